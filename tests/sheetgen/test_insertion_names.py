"""The names that come with an inserted sheet: its own, those of its tables and ranges, and where they are listed."""

from pathlib import Path
from typing import Any

import pytest

from sheetgen.insertion import InsertionError, insert_sheet
from tests.sheetgen.insertion_targets import by_openpyxl, by_xlsxwriter, package
from tests.sheetgen.insertions import everything, numbers
from tests.sheetgen.packages import (
    loaded,
    sound,
    xml,
)
from tests.sheetgen.workbooks import parts


def test_names_and_print_areas_stay_those_of_their_sheets(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    book = loaded(path)
    assert book["First"].print_area == "'First'!$A$1:$B$2"
    assert book["It's mine"].print_area == "'It''s mine'!$A$1:$B$2"
    assert book["New"].print_area == "'New'!$A$1:$H$30"
    assert book["New"].print_title_rows == "$1:$1"
    assert book.defined_names["Losses"].value == "First!$B$2"
    assert book["New"].defined_names["Losses"].value == "New!$B$2:$B$11"
    assert book["New"].defined_names["Epochs"].value == "New!$A$2:$A$11"


def test_a_name_for_all_sheets_comes_with_the_sheet_where_it_is_free(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    assert loaded(path).defined_names["Losses"].value == "New!$B$2:$B$11"


def test_a_name_that_somebody_has_given_a_table_is_not_taken(tmp_path: Path) -> None:
    def names(workbook: Any, sheet: Any) -> None:
        workbook.define_name("mine2", "=New!$A$1")
        sheet.write("A1", 1)

    path = by_xlsxwriter(tmp_path / "book.xlsx")
    with pytest.raises(InsertionError, match="table mine2"):
        insert_sheet(path, names, "New", "a run")


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("New", "New"),
        ("FIRST", "FIRST 2"),
        ("it's MINE", "it's MINE 2"),
        ("chart", "chart 2"),
        ("first ", "first "),
        ("a" * 31, "a" * 31),
    ],
)
def test_a_sheet_gets_a_name_that_no_other_has_but_for_case(tmp_path: Path, wanted: str, got: str) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    assert insert_sheet(path, numbers, wanted, "a run") == got
    assert loaded(path).sheetnames[-1] == got
    sound(path)


def test_a_long_name_is_cut_to_make_room_for_its_number(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    long = "😀" + "a" * 29
    names = [insert_sheet(path, numbers, long, f"run {k}") for k in range(11)]
    assert names[:2] == [long, "😀" + "a" * 27 + " 2"]
    assert names[10] == "😀" + "a" * 26 + " 11"
    assert loaded(path).sheetnames[2:] == names
    spaced = "a" * 28 + " bc"
    assert [insert_sheet(path, numbers, spaced, f"spaced {k}") for k in range(2)] == [spaced, "a" * 28 + " 2"]


def test_the_sheet_is_told_its_name_before_it_is_written(tmp_path: Path) -> None:
    path, told = by_openpyxl(tmp_path / "book.xlsx"), []
    insert_sheet(path, lambda _, sheet: told.append(sheet.get_name()), "data", "a run")
    assert told == ["data 2"]


def test_tables_get_names_that_are_free_and_formulas_follow(tmp_path: Path) -> None:
    def tables(workbook: Any, sheet: Any) -> None:
        columns = [{"header": "Mine2"}, {"header": "b", "formula": "=SUM(Mine2[Mine2])"}]
        sheet.add_table("A1:B3", {"name": "Mine2", "columns": columns})
        sheet.write_formula("D1", '=SUM(MINE2[[#All],[Mine2]])&"Mine2"&Mine2()&Mine2x', None, 0)
        sheet.conditional_format("A2", {"type": "formula", "criteria": "=ROWS(Mine2)>1"})
        sheet.add_table("A5:B6")
        workbook.define_name("Total", "=SUM(Mine2[b])")

    path = by_xlsxwriter(tmp_path / "book.xlsx")  # has the tables Mine1 and Mine2
    insert_sheet(path, tables, "New", "a run")
    sound(path)
    sheet = loaded(path)["New"]
    assert list(sheet.tables) == ["Mine2_2", "Table2"]
    assert sheet["B2"].value == "=SUM(Mine2_2[Mine2])"
    assert sheet.tables["Mine2_2"].tableColumns[1].calculatedColumnFormula.attr_text == "SUM(Mine2_2[Mine2])"
    assert sheet["D1"].value == '=SUM(Mine2_2[[#All],[Mine2]])&"Mine2"&Mine2()&Mine2x'
    assert [rule.formula for area in sheet.conditional_formatting for rule in area.rules] == [["ROWS(Mine2_2)>1"]]
    assert loaded(path).defined_names["Total"].value == "SUM(Mine2_2[b])"


def test_the_properties_list_the_sheet_among_sheets_and_its_names_among_names(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    text = [element.text for element in xml(path, "docProps/app.xml").iter() if (element.text or "").strip()]
    start = text.index("Worksheets")
    assert text[start : start + 6] == ["Worksheets", "3", "Charts", "1", "Named Ranges", "7"]
    titles = text[start + 6 :]
    assert titles[:4] == ["First", "It's mine", "New", "Chart"]
    assert {"First!Print_Area", "New!Print_Area", "New!Print_Titles", "New!Epochs", "New!Losses"} <= set(titles)


VECTORS = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties" xmlns:vt="http://'
    'schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><HeadingPairs><vt:vector><vt:variant><vt:lpstr>'
    "{}</vt:lpstr></vt:variant><vt:variant><vt:i4>{}</vt:i4></vt:variant></vt:vector></HeadingPairs>"
    "<TitlesOfParts><vt:vector><vt:lpstr>{}</vt:lpstr></vt:vector></TitlesOfParts></Properties>"
)


def test_the_heading_of_sheets_may_be_in_any_language(tmp_path: Path) -> None:
    """That of names is not known then, so they are not listed."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    package(path, parts(path) | {"docProps/app.xml": VECTORS.format("Arbeitsblätter", 1, "First").encode()})
    insert_sheet(path, everything, "New", "a run")
    texts = [element.text for element in xml(path, "docProps/app.xml").iter() if element.text]
    assert texts == ["Arbeitsblätter", "2", "First", "New"]


@pytest.mark.parametrize(
    "text",
    [
        "<Properties/>",
        "<a><b/></a>",
        VECTORS.format("Chapters", 1, "Introduction"),
        VECTORS.format("Worksheets", 2, "First"),
        VECTORS.format("Worksheets", "x", "First"),
    ],
)
def test_properties_of_another_shape_are_left_alone(tmp_path: Path, text: str) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    package(path, parts(path) | {"docProps/app.xml": text.encode()})
    insert_sheet(path, numbers, "New", "a run")
    assert parts(path)["docProps/app.xml"] == text.encode()
    sound(path)
