"""The workbook as a package: what any spreadsheet application needs to find in it, whole and consistent."""

import posixpath
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from openpyxl.utils import column_index_from_string, range_boundaries
from openpyxl.utils.cell import coordinate_from_string

from sheetgen import generate, row_count
from templates import load_template
from tests.sheetgen.workbooks import MAIN, parts, raw_cells, sheet_parts, values_of, xml_parts
from tests.shipped import every_template

Shipped = Callable[[str], Path]


@every_template
def test_rows_and_cells_stand_in_order_with_none_twice(shipped_workbook: Shipped, name: str) -> None:
    """Excel repairs, that is cuts, a sheet whose rows or cells are out of order."""
    for part, sheet in sheet_parts(shipped_workbook(name)).items():
        numbers = [int(row.attrib["r"]) for row in sheet.iter(f"{MAIN}row")]
        assert numbers == sorted(set(numbers)), part
        for row in sheet.iter(f"{MAIN}row"):
            addresses = [coordinate_from_string(cell.attrib["r"]) for cell in row.iter(f"{MAIN}c")]
            assert {number for _, number in addresses} <= {int(row.attrib["r"])}
            columns = [column_index_from_string(letters) for letters, _ in addresses]
            assert columns == sorted(set(columns)), f"{part} {row.attrib['r']}"


@every_template
def test_a_table_covers_its_header_and_a_row_for_each_iteration(shipped_workbook: Shipped, name: str) -> None:
    """Or a block of rows, one for each sample of the iteration, the first of which has a value in every column."""
    template = load_template(name)
    book = values_of(shipped_workbook(name))
    tables = [(sheet, table) for sheet in book for table in sheet.tables.values()]
    assert len(tables) == len(template.learning_rates)
    assert len({table.name for _, table in tables}) == len({table.id for _, table in tables}) == len(tables)
    for sheet, table in tables:
        header, *rows = sheet[table.ref]
        assert [column.name for column in table.tableColumns] == [cell.value for cell in header]
        assert [row[-1].value for row in rows[:: template.batch]] == list(range(template.iterations + 1))
        assert all(cell.value is not None for row in rows[:: template.batch] for cell in row)
        assert rows[-1][0].row == sheet.max_row


@every_template
def test_a_sheet_says_how_far_its_cells_reach(shipped_workbook: Shipped, name: str) -> None:
    """Readers that stream, such as openpyxl's read-only mode, stop where the sheet's dimension ends."""
    for part, sheet in sheet_parts(shipped_workbook(name)).items():
        dimension = sheet.find(f"{MAIN}dimension")
        assert dimension is not None
        _, _, last_column, last_row = range_boundaries(dimension.attrib["ref"])
        for cell in raw_cells(sheet):
            letters, row = coordinate_from_string(cell.address)
            assert row <= last_row, part
            assert column_index_from_string(letters) <= last_column, part


@every_template
def test_every_part_that_is_referred_to_is_there_and_has_a_type(shipped_workbook: Shipped, name: str) -> None:
    path = shipped_workbook(name)
    names = set(parts(path))
    for part, root in xml_parts(path).items():
        if part.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(part))
            for relation in root:
                if relation.attrib.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, relation.attrib["Target"]))
                    assert target.removeprefix("/") in names, part
    types = xml_parts(path)["[Content_Types].xml"]
    declared = {entry.attrib["PartName"].removeprefix("/") for entry in types if "PartName" in entry.attrib}
    endings = {entry.attrib["Extension"] for entry in types if "Extension" in entry.attrib}
    assert declared <= names
    assert all(part in declared or part.rpartition(".")[2] in endings for part in names)


def test_generated_twice_a_workbook_is_the_same_to_the_byte(tmp_path: Path) -> None:
    template = replace(load_template("backprop"), iterations=3)
    generate(template, tmp_path / "one.xlsx")
    time.sleep(1.1)  # a time written into the file, in seconds, would be another
    generate(template, tmp_path / "two.xlsx")
    one, two = parts(tmp_path / "one.xlsx"), parts(tmp_path / "two.xlsx")
    assert [name for name in one if one[name] != two.get(name)] == []
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_progress_counts_every_row_as_it_is_computed_and_as_it_is_written(tmp_path: Path) -> None:
    template = replace(load_template("backprop"), iterations=600, learning_rates=(0.5, 1.0))
    told: list[int] = []
    generate(template, tmp_path / "rows.xlsx", told.append)
    assert sum(told) == row_count(template) == 2 * 2 * 601
    assert len(told) > 2
