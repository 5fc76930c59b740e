"""A sheet put into somebody's workbook: it is there with all that belongs to it, and nothing else has changed."""

import io
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen import insert_sheet
from tests.sheetgen.insertion_targets import by_openpyxl, by_xlsxwriter, odd, package, stuffed, with_parts
from tests.sheetgen.insertions import everything, numbers, picture, written
from tests.sheetgen.packages import (
    loaded,
    sheet_names,
    sheet_part,
    sound,
    styles_part,
    targets,
    unchanged,
    workbook_part,
    xml,
)
from tests.sheetgen.workbooks import MAIN, parts

Shipped = Callable[[str], Path]
MAKERS = {"XlsxWriter": by_xlsxwriter, "openpyxl": by_openpyxl, "macros": stuffed, "hand": odd}

every_maker = pytest.mark.parametrize("maker", MAKERS)


def made(maker: str, folder: Path) -> Path:
    return MAKERS[maker](folder / ("book.xlsm" if maker == "macros" else "book.xlsx"))


@every_maker
def test_every_other_part_stays_byte_for_byte_and_the_package_is_sound(tmp_path: Path, maker: str) -> None:
    path = made(maker, tmp_path)
    before = parts(path)
    assert insert_sheet(path, "New", everything, "a run") == "New"
    unchanged(before, path)
    sound(path)
    assert sheet_names(path)[-1] == "New"


def test_a_generated_workbook_takes_a_sheet(tmp_path: Path, shipped_workbook: Shipped) -> None:
    path = tmp_path / "backprop.xlsx"
    path.write_bytes(shipped_workbook("backprop").read_bytes())
    before = parts(path)
    insert_sheet(path, "New", everything, "a run")
    unchanged(before, path)
    sound(path)


def test_the_entries_of_other_parts_keep_their_times_their_packing_and_their_order(tmp_path: Path) -> None:
    path = odd(tmp_path / "book.xlsx")

    def entries() -> list[tuple[str, tuple[int, ...], int, int]]:
        with ZipFile(path) as file:
            return [(i.filename, i.date_time, i.compress_type, i.external_attr) for i in file.infolist()]

    before = entries()
    insert_sheet(path, "New", numbers, "a run")
    assert entries()[: len(before)] == before


@every_maker
def test_the_sheet_reads_as_if_xlsxwriter_had_written_it_alone(tmp_path: Path, maker: str) -> None:
    """All of its XML but the numbers of its formats, which are another workbook's, and its strings, now inline."""
    path, alone = made(maker, tmp_path), written(tmp_path / "alone.xlsx", {"New": everything})
    insert_sheet(path, "New", everything, "a run")
    assert plain_sheet(path) == plain_sheet(alone)


def plain_sheet(path: Path) -> list[tuple[str, dict[str, str], str]]:
    """A sheet's XML as a list, with the strings in their cells, and without numbers that mean something elsewhere."""
    root = xml(path, sheet_part(path, "New"))
    shared = parts(path).get("xl/sharedStrings.xml")
    strings = list(xml(path, "xl/sharedStrings.xml")) if shared else []
    for cell in root.iter(f"{MAIN}c"):
        value = cell.find(f"{MAIN}v")
        if cell.attrib.get("t") == "s" and value is not None:
            cell.attrib["t"] = "inlineStr"
            cell.remove(value)
            inline = strings[int(value.text or "")]
            inline.tag = f"{MAIN}is"
            cell.append(inline)
    found = []
    for element in root.iter():
        left = {key: value for key, value in element.items() if key not in ("s", "style", "dxfId", "tabSelected")}
        rule = re.sub(r"BBBB-....", "BBBB-", element.text or "")
        found.append((element.tag, {key: re.sub("BBBB-....", "BBBB-", value) for key, value in left.items()}, rule))
    return found


@every_maker
def test_what_belongs_to_the_sheet_comes_with_it_unchanged(tmp_path: Path, maker: str) -> None:
    """Charts, pictures, drawings, notes: the same bytes under other names; only tables have numbers of their own."""
    path, alone = made(maker, tmp_path), written(tmp_path / "alone.xlsx", {"New": everything})
    insert_sheet(path, "New", everything, "a run")
    assert belongings(path) == belongings(alone)
    assert len(belongings(path)) > 15


def belongings(path: Path) -> list[tuple[str, bytes]]:
    """The parts that a sheet leads to, in order, tables aside: their names but for numbers, and their bytes."""
    found, waiting = [], [sheet_part(path, "New")]
    content = parts(path)
    while waiting:
        for target in targets(path, waiting.pop(0)).values():
            name = re.sub(r"\d+", "", target.rpartition("/")[2])
            found.append((name, b"" if name == "table.xml" else content[target]))
            waiting.append(target)
    return found


@pytest.mark.parametrize("maker", ["XlsxWriter", "openpyxl", "macros"])  # openpyxl reads styles in one place only
def test_cells_look_as_if_xlsxwriter_had_written_them_alone(tmp_path: Path, maker: str) -> None:
    path, alone = made(maker, tmp_path), written(tmp_path / "alone.xlsx", {"New": everything})
    insert_sheet(path, "New", everything, "a run")
    assert looks(loaded(path)["New"]) == looks(loaded(alone)["New"])


def looks(sheet: Worksheet) -> dict[str, list[Any]]:
    """The value and the format of every cell, row and column, and the rules, as openpyxl reads them."""
    found: dict[str, list[Any]] = {}
    for row in sheet.iter_rows():
        for cell in row:
            value = cell.value.text if isinstance(cell.value, ArrayFormula) else str(cell.value)
            found[cell.coordinate] = [value, cell.data_type, *look(cell)]
    for kind in (sheet.column_dimensions, sheet.row_dimensions):
        for key, dimension in kind.items():
            found[f"{key}"] = [dimension.hidden, dimension.outlineLevel, *look(dimension)]
    for area in sheet.conditional_formatting:
        found[str(area.sqref)] = [
            (rule.type, rule.priority, re.sub(r"numFmtId=\d+", "", repr(rule.dxf))) for rule in area.rules
        ]
    found["styles"] = [column.dataDxfId is None for t in sheet.tables.values() for column in t.tableColumns]
    return found


def look(cell: Any) -> list[Any]:
    if not cell.has_style:
        return []
    kinds = (cell.font, cell.fill, cell.border, cell.alignment, cell.protection)
    return [cell.number_format, getattr(cell, "hyperlink", None) and cell.style, *map(repr, kinds)]


def test_values_are_cached_beside_their_formulas(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, "New", everything, "a run")
    formulas, values = loaded(path)["New"], loaded(path, values=True)["New"]
    assert formulas["C2"].value == "=A2*B2"
    assert [values[place].value for place in ("C2", "D2", "D3", "D4")] == [1, "one", True, "#DIV/0!"]
    assert str(values["D8"].value) == "plain  bold again x"


def test_the_column_of_a_table_keeps_the_format_of_its_numbers(tmp_path: Path) -> None:
    """A table's formats are numbers in the workbook's list of differences, which has others here."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, "New", everything, "a run")
    number = loaded(path)["New"].tables["Runs"].tableColumns[1].dataDxfId
    difference = list(xml(path, styles_part(path)).iter(f"{MAIN}dxf"))[number]
    assert [element.attrib["formatCode"] for element in difference.iter(f"{MAIN}numFmt")] == ["0.0000%"]


def test_the_open_tab_stays_the_only_one_selected(tmp_path: Path) -> None:
    """Two selected sheets are a group: what is typed into one goes into both."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, "New", everything, "a run")
    book = loaded(path)
    assert book.active.title == "It's mine"
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == ["It's mine"]


def test_names_and_print_areas_stay_those_of_their_sheets(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, "New", everything, "a run")
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
    insert_sheet(path, "New", everything, "a run")
    assert loaded(path).defined_names["Losses"].value == "New!$B$2:$B$11"


def test_a_name_that_somebody_has_given_a_table_is_not_taken(tmp_path: Path) -> None:
    from sheetgen import InsertionError

    def names(workbook: Any, sheet: Any) -> None:
        workbook.define_name("mine2", "=New!$A$1")
        sheet.write("A1", 1)

    path = by_xlsxwriter(tmp_path / "book.xlsx")
    with pytest.raises(InsertionError, match="table mine2"):
        insert_sheet(path, "New", names, "a run")


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
    assert insert_sheet(path, wanted, numbers, "a run") == got
    assert loaded(path).sheetnames[-1] == got
    sound(path)


def test_a_long_name_is_cut_to_make_room_for_its_number(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    long = "😀" + "a" * 29
    names = [insert_sheet(path, long, numbers, f"run {k}") for k in range(11)]
    assert names[:2] == [long, "😀" + "a" * 27 + " 2"]
    assert names[10] == "😀" + "a" * 26 + " 11"
    assert loaded(path).sheetnames[2:] == names


def test_the_sheet_is_told_its_name_before_it_is_written(tmp_path: Path) -> None:
    path, told = by_openpyxl(tmp_path / "book.xlsx"), []
    insert_sheet(path, "data", lambda _, sheet: told.append(sheet.get_name()), "a run")
    assert told == ["data 2"]


def test_a_chart_may_show_cells_of_another_sheet(tmp_path: Path) -> None:
    """XlsxWriter, which does not know that sheet, would warn."""

    def chart(workbook: Any, sheet: Any) -> None:
        made = workbook.add_chart({"type": "line"})
        made.add_series({"values": "=Data!$A$1:$C$1"})
        sheet.insert_chart("A1", made)

    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, "New", chart, "a run")
    assert b"Data!$A$1:$C$1" in parts(path)["xl/charts/chart2.xml"]


def test_tables_get_names_that_are_free_and_formulas_follow(tmp_path: Path) -> None:
    def tables(workbook: Any, sheet: Any) -> None:
        columns = [{"header": "Mine2"}, {"header": "b", "formula": "=SUM(Mine2[Mine2])"}]
        sheet.add_table("A1:B3", {"name": "Mine2", "columns": columns})
        sheet.write_formula("D1", '=SUM(MINE2[[#All],[Mine2]])&"Mine2"&Mine2()&Mine2x', None, 0)
        sheet.conditional_format("A2", {"type": "formula", "criteria": "=ROWS(Mine2)>1"})
        sheet.add_table("A5:B6")
        workbook.define_name("Total", "=SUM(Mine2[b])")

    path = by_xlsxwriter(tmp_path / "book.xlsx")  # has the tables Mine1 and Mine2
    insert_sheet(path, "New", tables, "a run")
    sound(path)
    sheet = loaded(path)["New"]
    assert list(sheet.tables) == ["Mine2_2", "Table2"]
    assert sheet["B2"].value == "=SUM(Mine2_2[Mine2])"
    assert sheet.tables["Mine2_2"].tableColumns[1].calculatedColumnFormula.attr_text == "SUM(Mine2_2[Mine2])"
    assert sheet["D1"].value == '=SUM(Mine2_2[[#All],[Mine2]])&"Mine2"&Mine2()&Mine2x'
    assert [rule.formula for area in sheet.conditional_formatting for rule in area.rules] == [["ROWS(Mine2_2)>1"]]
    assert loaded(path).defined_names["Total"].value == "SUM(Mine2_2[b])"


def test_days_are_counted_as_in_the_workbook(tmp_path: Path) -> None:
    from datetime import datetime

    import xlsxwriter

    path, day = tmp_path / "mac.xlsx", datetime(2026, 2, 3)
    book = xlsxwriter.Workbook(path, {"date_1904": True})
    book.add_worksheet()
    book.close()
    insert_sheet(
        path, "New", lambda b, s: s.write_datetime("A1", day, b.add_format({"num_format": "yyyy-mm-dd"})), "run"
    )
    assert loaded(path)["New"]["A1"].value == day


def test_the_properties_list_the_sheet_among_sheets_and_its_names_among_names(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, "New", everything, "a run")
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
    insert_sheet(path, "New", everything, "a run")
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
    insert_sheet(path, "New", numbers, "a run")
    assert parts(path)["docProps/app.xml"] == text.encode()
    sound(path)


def test_what_the_workbook_part_says_otherwise_stays(tmp_path: Path) -> None:
    """Comments, prefixes and extensions."""
    path = odd(tmp_path / "book.xlsx")
    insert_sheet(path, "New", numbers, "a run")
    text = parts(path)[workbook_part(path)].decode()
    assert "<!-- kept -->" in text
    assert '<x:sheet name="Old" sheetId="40" rel:id="first"/><x:sheet name="New" sheetId="41" rel:id="' in text
    assert text.endswith("<x:extLst/></x:workbook>")


def test_rules_of_excel_2010_have_ids_that_no_other_sheet_has(tmp_path: Path) -> None:
    """A data bar has two parts, which find each other by it."""
    path = by_openpyxl(tmp_path / "book.xlsx")
    found = []
    for name in ("New", "Another"):
        insert_sheet(path, name, everything, name)
        text = parts(path)[sheet_part(path, name)].decode()
        found.append(set(re.findall(r"<x14:id>(.*?)</x14:id>", text)))
        assert found[-1] == set(re.findall(r'<x14:cfRule type="dataBar" id="(.*?)"', text)) != set()
    assert found[0] & found[1] == set()


def test_a_picture_is_one_even_where_the_ending_of_its_name_means_something_else(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    strange = '<Default Extension="PNG" ContentType="image/x-strange"/></Types>'
    with_parts(path, {}, {"[Content_Types].xml": ("</Types>", strange)})
    insert_sheet(path, "New", lambda _, s: s.insert_image("A1", "x.png", {"image_data": picture("PNG", "red")}), "run")
    override = b'<Override PartName="/xl/media/image1.png" ContentType="image/png"/>'
    assert override in parts(path)["[Content_Types].xml"]
    sound(path)


def test_a_type_of_a_part_that_is_not_there_does_not_stick_to_a_new_one(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    stale = '<Override PartName="/xl/worksheets/sheet3.xml" ContentType="something/else"/></Types>'
    with_parts(path, {}, {"[Content_Types].xml": ("</Types>", stale)})
    insert_sheet(path, "New", numbers, "a run")
    sound(path)
    (override,) = (e for e in xml(path, "[Content_Types].xml") if e.attrib.get("PartName", "").endswith("sheet3.xml"))
    assert override.attrib["ContentType"].endswith("worksheet+xml")


def test_targets_may_be_written_as_addresses_on_the_web_are(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    content = parts(path)
    content["xl/my styles.xml"] = content.pop("xl/styles.xml")
    package(path, content)
    edits = {"[Content_Types].xml": ("/xl/styles.xml", "/xl/my styles.xml")}
    with_parts(path, {}, edits | {"xl/_rels/workbook.xml.rels": ("styles.xml", "my%20styles.xml")})
    insert_sheet(path, "New", everything, "a run")
    assert "xl/styles.xml" not in parts(path)
    assert b"Hyperlink" in parts(path)["xl/my styles.xml"]


class Pipe(io.BytesIO):
    """A file that can only be written from the start to the end."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


def test_entries_written_to_a_pipe_are_copied_with_their_sizes_before_them(tmp_path: Path) -> None:
    """Then the sizes stand behind the content, and a flag says so. Some readers go by what stands before it."""
    path, pipe = by_openpyxl(tmp_path / "book.xlsx"), Pipe()
    content = parts(path)
    with ZipFile(pipe, "w", ZIP_DEFLATED) as file:
        for name, data in content.items():
            file.writestr(name, data)
    path.write_bytes(pipe.getvalue())
    assert struct.unpack_from("<H", path.read_bytes(), 6) == (8,)
    insert_sheet(path, "New", numbers, "a run")
    unchanged(content, path)
    packed = path.read_bytes()
    with ZipFile(path) as file:
        for info in file.infolist():
            flags, *_, crc, size, unpacked = struct.unpack_from("<HHHHLLL", packed, info.header_offset + 6)
            assert (flags & 8, crc, size, unpacked) == (0, info.CRC, info.compress_size, info.file_size)


def test_a_hidden_sheet_comes_hidden(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, "New", lambda _, sheet: sheet.very_hidden(), "a run")
    assert loaded(path)["New"].sheet_state == "veryHidden"


MISTAKES: dict[str, Callable[[Any, Any], object]] = {
    "macros": lambda b, _: b.add_vba_project(picture("PNG", "red"), is_stream=True),
    "dynamic arrays": lambda _, s: s.write_dynamic_array_formula("A1", "=SORT(B1:B3)"),
    "checkboxes": lambda _, s: s.insert_checkbox("A1", boolean=True),
    "pictures in cells": lambda _, s: s.embed_image("A1", "x.png", {"image_data": picture("PNG", "red")}),
    "custom properties": lambda b, _: b.set_custom_property("a", "b"),
    "document properties": lambda b, _: b.set_properties({"title": "mine"}),
    "only one sheet": lambda b, _: b.add_worksheet("another"),
    "only one sheet ": lambda b, _: b.add_chartsheet("another"),
    "settings": lambda b, _: b.set_calc_mode("manual"),
    "settings ": lambda b, _: b.read_only_recommended(),
    "name for macros": lambda _, s: s.set_vba_name("Mine"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_what_is_no_part_of_a_sheet_is_a_mistake_and_not_dropped(tmp_path: Path, what: str) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=what.strip()):
        insert_sheet(path, "New", MISTAKES[what], "a run")
    assert path.read_bytes() == before


@pytest.mark.parametrize("key", ["", "a" * 256, "two\nlines"])
def test_a_key_that_no_formula_can_hold_is_a_mistake(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="a key has"):
        insert_sheet(by_openpyxl(tmp_path / "book.xlsx"), "New", numbers, key)
