"""A sheet put into somebody's workbook: it is there with all that belongs to it, and nothing else has changed."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen.insertion import insert_sheet, sheet_xml
from tests.sheetgen.insertion_targets import by_openpyxl, by_xlsxwriter, odd, stuffed
from tests.sheetgen.insertions import everything, numbers, picture, written
from tests.sheetgen.packages import (
    loaded,
    sheet_names,
    sheet_part,
    sound,
    styles_part,
    targets,
    unchanged,
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
    assert insert_sheet(path, everything, "New", "a run") == "New"
    unchanged(before, path)
    sound(path)
    assert sheet_names(path)[-1] == "New"


def test_a_generated_workbook_takes_a_sheet(tmp_path: Path, shipped_workbook: Shipped) -> None:
    path = tmp_path / "backprop.xlsx"
    path.write_bytes(shipped_workbook("backprop").read_bytes())
    before = parts(path)
    insert_sheet(path, everything, "New", "a run")
    unchanged(before, path)
    sound(path)


def test_a_sheet_is_the_same_in_however_many_pieces_its_rows_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under another name, so that formulas and links change too."""
    whole, pieces = stuffed(tmp_path / "whole.xlsm"), tmp_path / "pieces.xlsm"
    pieces.write_bytes(whole.read_bytes())
    taken = sheet_names(whole)[0]
    assert insert_sheet(whole, everything, taken, "a run") == f"{taken} 2"
    monkeypatch.setattr(sheet_xml, "BLOCK", 1)  # a row each
    insert_sheet(pieces, everything, taken, "a run")
    assert parts(pieces) == parts(whole)


@every_maker
def test_the_sheet_reads_as_if_xlsxwriter_had_written_it_alone(tmp_path: Path, maker: str) -> None:
    """All of its XML but the numbers of its formats, which are another workbook's, and its strings, now inline."""
    path, alone = made(maker, tmp_path), written(tmp_path / "alone.xlsx", {"New": everything})
    insert_sheet(path, everything, "New", "a run")
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
    insert_sheet(path, everything, "New", "a run")
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
    insert_sheet(path, everything, "New", "a run")
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
    insert_sheet(path, everything, "New", "a run")
    formulas, values = loaded(path)["New"], loaded(path, values=True)["New"]
    assert formulas["C2"].value == "=A2*B2"
    assert [values[place].value for place in ("C2", "D2", "D3", "D4")] == [1, "one", True, "#DIV/0!"]
    assert str(values["D8"].value) == "plain  bold again x"


def test_the_column_of_a_table_keeps_the_format_of_its_numbers(tmp_path: Path) -> None:
    """A table's formats are numbers in the workbook's list of differences, which has others here."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    number = loaded(path)["New"].tables["Runs"].tableColumns[1].dataDxfId
    difference = list(xml(path, styles_part(path)).iter(f"{MAIN}dxf"))[number]
    assert [element.attrib["formatCode"] for element in difference.iter(f"{MAIN}numFmt")] == ["0.0000%"]


def test_the_open_tab_stays_the_only_one_selected(tmp_path: Path) -> None:
    """Two selected sheets are a group: what is typed into one goes into both."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    book = loaded(path)
    assert book.active.title == "It's mine"
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == ["It's mine"]


def test_a_chart_may_show_cells_of_another_sheet(tmp_path: Path) -> None:
    """XlsxWriter, which does not know that sheet, would warn."""

    def chart(workbook: Any, sheet: Any) -> None:
        made = workbook.add_chart({"type": "line"})
        made.add_series({"values": "=Data!$A$1:$C$1"})
        sheet.insert_chart("A1", made)

    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, chart, "New", "a run")
    assert b"Data!$A$1:$C$1" in parts(path)["xl/charts/chart2.xml"]


def test_days_are_counted_as_in_the_workbook(tmp_path: Path) -> None:
    path, day = tmp_path / "mac.xlsx", datetime(2026, 2, 3)
    book = xlsxwriter.Workbook(path, {"date_1904": True})
    book.add_worksheet()
    book.close()
    insert_sheet(
        path, lambda b, s: s.write_datetime("A1", day, b.add_format({"num_format": "yyyy-mm-dd"})), "New", "run"
    )
    assert loaded(path)["New"]["A1"].value == day


def test_rules_of_excel_2010_have_ids_that_no_other_sheet_has(tmp_path: Path) -> None:
    """A data bar has two parts, which find each other by it."""
    path = by_openpyxl(tmp_path / "book.xlsx")
    found = []
    for name in ("New", "Another"):
        insert_sheet(path, everything, name, name)
        text = parts(path)[sheet_part(path, name)].decode()
        found.append(set(re.findall(r"<x14:id>(.*?)</x14:id>", text)))
        assert found[-1] == set(re.findall(r'<x14:cfRule type="dataBar" id="(.*?)"', text)) != set()
    assert found[0] & found[1] == set()


def test_a_hidden_sheet_comes_hidden(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, lambda _, sheet: sheet.very_hidden(), "New", "a run")
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
        insert_sheet(path, MISTAKES[what], "New", "a run")
    assert path.read_bytes() == before


@pytest.mark.parametrize("key", ["", "a" * 256, "two\nlines"])
def test_a_key_that_no_formula_can_hold_is_a_mistake(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="a key has"):
        insert_sheet(by_openpyxl(tmp_path / "book.xlsx"), numbers, "New", key)
