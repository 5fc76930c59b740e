"""Several sheets put into a workbook at once: their formulas, names, links and rules go on to find each other."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from sheetgen.insertion import InsertionError, insert_sheet, insert_sheets, sheets_there
from tests.office import Office
from tests.sheetgen.insertion_targets import by_openpyxl, by_xlsxwriter, odd, stuffed, with_parts
from tests.sheetgen.insertions import everything, numbers
from tests.sheetgen.packages import loaded, sheet_names, sound, unchanged
from tests.sheetgen.workbooks import parts

Maker = Callable[[Path], Path]
MACROS = "xl/vbaProject.bin"

every_maker = pytest.mark.parametrize("maker", [by_xlsxwriter, by_openpyxl, stuffed, odd])


def linked(book: Any) -> None:
    """Two sheets that lead to each other by all that leads to a sheet."""
    one, two = book.add_worksheet("First"), book.add_worksheet("List")
    red = book.add_format({"bg_color": "#FF0000", "bold": True})
    two.write_column("A1", [2, 3, 5])
    book.define_name("Losses", "=List!$A$1:$A$3")
    one.write_formula("A1", "=List!A1+List!A2", None, 5)
    one.write_formula("A2", '=SUM(Losses)&"First!A1"', None, "10First!A1")
    one.write_formula("A3", "=First!A1*2", None, 10)
    one.write_url("B1", "internal:List!A1", string="→ List, not Listing")
    two.write_url("B1", "internal:First!A1", string="→ First")
    one.data_validation("C1", {"validate": "list", "source": "=List!$A$1:$A$3"})
    one.data_validation("C2", {"validate": "list", "source": "=Losses"})
    one.conditional_format("A1:A3", {"type": "formula", "criteria": "=A1>List!$A$3", "format": red})
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=List!$A$1:$A$3"})
    one.insert_chart("E1", chart)
    one.print_area("A1:B3")
    two.activate()


@every_maker
def test_every_other_part_stays_byte_for_byte_and_the_package_is_sound(tmp_path: Path, maker: Maker) -> None:
    path = maker(tmp_path / "book.xlsx")
    before, names = parts(path), sheet_names(path)
    expected = ["First 2" if "First" in names else "First", "List"]
    assert insert_sheets(path, linked, "a pair") == expected
    unchanged(before, path)
    sound(path)
    assert sheet_names(path) == [*names, *expected]


def test_formulas_names_links_and_rules_follow_a_sheet_that_gets_another_name(tmp_path: Path) -> None:
    """`First`, and the name `Losses`, are taken; `List` is once the first pair is there."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheets(path, linked, "a pair")
    assert insert_sheets(path, linked, "another pair") == ["First 3", "List 2"]
    book = loaded(path)
    for one, two in (("First 2", "List"), ("First 3", "List 2")):
        quoted = f"'{two}'" if " " in two else two
        assert [book[one][f"A{row}"].value for row in (1, 2, 3)] == [
            f"={quoted}!A1+{quoted}!A2", '=SUM(Losses)&"First!A1"', f"='{one}'!A1*2"
        ]  # fmt: skip
        assert (book[one]["B1"].hyperlink.location, book[one]["B1"].value) == (f"{quoted}!A1", f"→ {two}, not Listing")
        assert (book[two]["B1"].hyperlink.location, book[two]["B1"].value) == (f"'{one}'!A1", f"→ {one}")
        rules = [rule for area in book[one].conditional_formatting for rule in area.rules]
        assert [rule.formula for rule in rules] == [[f"A1>{quoted}!$A$3"]]
        assert rules[0].dxf.fill.bgColor.rgb == "FFFF0000"
        sources = [validation.formula1 for validation in book[one].data_validations.dataValidation]
        assert sources == [f"{quoted}!$A$1:$A$3", "Losses"]
        assert book[one].defined_names["Losses"].value == f"{quoted}!$A$1:$A$3"
        assert "Losses" not in book[two].defined_names  # which does not use it
        assert book[one].print_area == f"'{one}'!$A$1:$B$3"
    assert book.defined_names["Losses"].value == "First!$B$2"
    sound(path)


def test_the_same_are_replaced_where_they_are_under_the_names_that_they_have(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheets(path, linked, "a pair")
    before = parts(path)
    assert insert_sheets(path, linked, "a pair") == ["First", "List"]
    assert parts(path) == before
    insert_sheet(path, numbers, "Mine", "mine")
    for old, new in (('name="List"', 'name="My list"'), ("List!", "'My list'!")):
        with_parts(path, {}, {"xl/workbook.xml": (old, new)})
    assert insert_sheets(path, linked, "a pair") == ["First", "My list"]
    assert sheet_names(path) == ["Data", "Empty", "First", "My list", "Mine"]
    book = loaded(path)
    assert book["First"]["A1"].value == "='My list'!A1+'My list'!A2"
    assert book.defined_names["Losses"].value == "'My list'!$A$1:$A$3"
    sound(path)


def test_sheets_that_are_there_are_known_by_their_key(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    assert sheets_there(path, "a pair") == {}
    insert_sheets(path, linked, "a pair")
    insert_sheet(path, numbers, "Alone", "a pair")
    assert sheets_there(path, "a pair") == {"First": "First 2", "List": "List"}
    assert sheets_there(path, "a") == {}


def test_a_sheet_of_several_that_somebody_has_removed_comes_again(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")

    def one(book: Any) -> None:
        book.add_worksheet("First").write("A1", 1)

    insert_sheets(path, one, "a pair")
    assert insert_sheets(path, linked, "a pair") == ["First", "List"]
    assert sheet_names(path) == ["Data", "Empty", "First", "List"]
    sound(path)


def test_a_name_that_somebody_has_given_a_table_is_not_taken(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    before = path.read_bytes()

    def named(book: Any) -> None:
        book.add_worksheet("A")
        book.add_worksheet("B")
        book.define_name("Mine2", "=B!$A$1")

    with pytest.raises(InsertionError, match="table Mine2"):
        insert_sheets(path, named, "a pair")
    assert path.read_bytes() == before


def test_sheets_with_all_that_a_sheet_can_have_are_each_whole(tmp_path: Path) -> None:
    """Parts of several sheets have names, ids and numbers of their own."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")

    def both(book: Any) -> None:
        everything(book, book.add_worksheet("New"))
        second = book.add_worksheet("Newer")
        second.add_table("A1:B3")
        second.add_sparkline("H3", {"range": "New!B2:B11"})
        second.conditional_format("A2:A11", {"type": "data_bar", "data_bar_2010": True})

    before = parts(path)
    insert_sheets(path, both, "a pair")
    unchanged(before, path)
    sound(path)
    texts = [text.decode() for name, text in parts(path).items() if name.startswith("xl/worksheets/sheet")]
    assert sum("DA7ABA51-AAAA-BBBB-0004-000000000001" in text for text in texts) == 1
    assert sum("DA7ABA51-AAAA-BBBB-0005-000000000001" in text for text in texts) == 1


def test_macros_stay(tmp_path: Path) -> None:
    path = stuffed(tmp_path / "book.xlsm")
    macros = parts(path)[MACROS]
    insert_sheets(path, linked, "a pair")
    assert parts(path)[MACROS] == macros
    assert b"macroEnabled" in parts(path)["[Content_Types].xml"]


def test_a_chart_sheet_is_a_mistake(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")

    def with_chart(book: Any) -> None:
        linked(book)
        chart = book.add_chart({"type": "pie"})
        chart.add_series({"values": "=List!$A$1:$A$3"})
        book.add_chartsheet("Chart").set_chart(chart)

    with pytest.raises(ValueError, match="not chart sheets"):
        insert_sheets(path, with_chart, "a pair")


def test_sheets_may_be_written_by_a_workbook_of_another_kind(tmp_path: Path) -> None:
    class Large(xlsxwriter.Workbook):  # type: ignore[misc]  # XlsxWriter ships no types
        def __init__(self, file: Any, options: Any) -> None:
            super().__init__(file, {**options, "default_format_properties": {"font_name": "Arial", "font_size": 20}})

    path = by_openpyxl(tmp_path / "book.xlsx")

    def write(book: Any) -> None:
        book.add_worksheet("Large").write("A1", "x", book.add_format({"bold": True}))

    insert_sheets(path, write, "large", Large)
    font = loaded(path)["Large"]["A1"].font
    assert (font.name, font.size, font.bold) == ("Arial", 20, True)


@pytest.mark.office
@pytest.mark.parametrize("maker", [by_xlsxwriter, by_openpyxl])
def test_in_libreoffice_each_pair_counts_with_its_own_numbers(tmp_path: Path, office: Office, maker: Maker) -> None:
    """In a workbook as LibreOffice saves it too, with formulas that read names which are taken."""
    path = maker(tmp_path / "book.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", "saved", path.name]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    path = tmp_path / "saved" / path.name
    before, values = parts(path), office.values(path)
    first, list_ = insert_sheets(path, linked, "a pair")
    other, other_list = insert_sheets(path, linked, "another pair")
    unchanged(before, path)
    sound(path)
    after = office.values(path, {f"{list_}!A1": 20, f"{other_list}!A1": 200})
    assert {name: after[name] for name in values} == values
    assert [[row[0] for row in after[name][:3]] for name in (first, other)] == [
        [23, "28First!A1", 46], [203, "208First!A1", 406]
    ]  # fmt: skip
