"""What the tests of reading share: workbooks by hand, of several sheets and tables, and what is computed of them."""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from tests.verifier.calculator import letters_of
from tests.verifier.hostile import MAIN, RELATIONS, ROOT_RELATIONS, WORKBOOK, relations_xml, write_package
from verifier import Engine
from verifier.computing.recompute import Formulas, recompute
from verifier.reading.workbook import Workbook, read_workbook
from verifier.values import Value

_TYPE = "application/vnd.openxmlformats-"
_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Default Extension="rels" ContentType="{_TYPE}package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{_TYPE}officedocument.spreadsheetml.worksheet+xml"/>'
    f'<Override PartName="/{WORKBOOK}" ContentType="{_TYPE}officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


def book_parts(sheets: Mapping[str, str], names: str = "", tables: str = "") -> dict[str, str | bytes]:
    """The parts of a workbook with sheets of these cells, by name, and a table on the first of them."""
    count = range(1, len(sheets) + 1)
    tabs = "".join(
        f'<sheet name="{escape(s)}" sheetId="{k}" r:id="rId{k}"/>' for k, s in zip(count, sheets, strict=True)
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _CONTENT_TYPES,
        ROOT_RELATIONS: relations_xml(("rId1", "officeDocument", WORKBOOK)),
        WORKBOOK: f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{tabs}</sheets>'
        f"<definedNames>{names}</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": relations_xml(
            *((f"rId{k}", "worksheet", f"worksheets/sheet{k}.xml") for k in count)
        ),
    }
    if tables:
        parts["xl/worksheets/_rels/sheet1.xml.rels"] = relations_xml(("rId1", "table", "../tables/table1.xml"))
        parts["xl/tables/table1.xml"] = tables
    return parts | {
        f"xl/worksheets/sheet{k}.xml": _sheet(cells) for k, cells in zip(count, sheets.values(), strict=True)
    }


def _sheet(cells: str) -> str:
    """A sheet with these cells in rows of their own, as programs write them; one that comes again takes the place."""
    rows: dict[int, dict[str, str]] = {}
    for match in re.finditer(r'<c r="([A-Z]+)([0-9]+)".*?</c>', cells):
        rows.setdefault(int(match[2]), {})[match[1].rjust(3)] = match[0]
    lines = "".join(f'<row r="{row}">{"".join(dict(sorted(rows[row].items())).values())}</row>' for row in sorted(rows))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def number_cell(address: str, value: float) -> str:
    """A cell with a number."""
    return f'<c r="{address}"><v>{value!r}</v></c>'


def array_cells(region: str, formula: str, others: str = "", attributes: str = "") -> str:
    """A cell with an array formula over a region, and the region's other cells, which have values alone."""
    first = region.partition(":")[0]
    return f'<c r="{first}"{attributes}><f t="array" ref="{region}">{escape(formula)}</f><v>0</v></c>{others}'


def computed(path: Path, engine: Engine) -> tuple[dict[str, Value], dict[str, str]]:
    """What all formulas of a file's sheets give, by `Sheet!A1`, and why others cannot be computed."""
    workbook = read_workbook(path)
    formulas = Formulas(workbook, engine)
    values = formulas.constants()
    failed = formulas.unsupported | recompute(formulas, iter(formulas), values)

    def name(cell: tuple[int, int, int]) -> str:
        return f"{workbook.sheets[cell[0]].name}!{letters_of(cell[2])}{cell[1]}"

    return {name(c): values[c] for c in formulas if c not in failed}, {name(c): reason for c, reason in failed.items()}


def computed_cells(
    folder: Path, engine: Engine, sheets: Mapping[str, str], names: str = "", tables: str = ""
) -> tuple[dict[str, Value], dict[str, str]]:
    """The same of a workbook made of sheets of cells."""
    return computed(write_package(folder / "b.xlsx", book_parts(sheets, names, tables)), engine)


def read_cells(folder: Path, sheets: Mapping[str, str], names: str = "", tables: str = "") -> Workbook:
    """The workbook made of sheets of cells, as it is read."""
    return read_workbook(write_package(folder / "b.xlsx", book_parts(sheets, names, tables)))
