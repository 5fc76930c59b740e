"""Workbooks as somebody has worked in them, into which sheets are inserted."""

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl
import xlsxwriter
from openpyxl.chart import LineChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font
from xlsxwriter.utility import quote_sheetname

from tests.sheetgen.insertions import cells, numbers, picture, rules
from tests.sheetgen.workbooks import parts

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def once(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """Have a workbook made once, and written again wherever it is asked for."""
    made: list[bytes] = []

    @wraps(make)
    def again(path: Path) -> Path:
        if not made:
            made.append(make(path).read_bytes())
        path.write_bytes(made[0])
        return path

    return again


@once
def by_xlsxwriter(path: Path) -> Path:
    """Somebody's workbook: two sheets, a chart sheet, names, styles of its own, the second sheet open."""
    workbook = xlsxwriter.Workbook(path)
    for name in ("First", "It's mine"):
        sheet = workbook.add_worksheet(name)
        cells(workbook, sheet)
        rules(workbook, sheet)
        sheet.add_table("K40:L44", {"name": f"Mine{len(workbook.worksheets())}"})
        sheet.insert_image("I2", "one.png", {"image_data": picture("PNG", "yellow")})
        sheet.write_comment("B2", "mine")
        sheet.add_sparkline("H3", {"range": f"{quote_sheetname(name)}!B2:B11"})
        sheet.print_area("A1:B2")
    chart = workbook.add_chart({"type": "line"})
    chart.add_series({"values": "=First!$B$2:$B$11"})
    workbook.add_chartsheet("Chart").set_chart(chart)
    workbook.define_name("Rate", "=0.5")
    workbook.define_name("Losses", "=First!$B$2")
    workbook.worksheets()[1].activate()
    workbook.set_properties({"title": "mine"})
    workbook.close()
    return path


@once
def by_openpyxl(path: Path) -> Path:
    """A workbook that openpyxl has written, in Arial, with formulas that have no values."""
    book = openpyxl.Workbook()
    book.active.title = "Data"
    book.active.append([1, 2, "=A1+B1"])
    book.active["A1"].font = Font(name="Arial", bold=True)
    book.active["B1"].number_format = "0.000"
    book.active["A2"].comment = Comment("a note", "me")
    chart = LineChart()
    chart.add_data(Reference(book.active, min_col=1, max_col=2, min_row=1))
    book.active.add_chart(chart, "D4")
    book.create_sheet("Empty")
    book.save(path)
    return path


def with_parts(path: Path, more: Mapping[str, bytes], edits: Mapping[str, tuple[str, str]]) -> Path:
    """The package with parts added, and a text replaced by another in each of those of `edits`."""
    content = parts(path)
    for part, (old, new) in edits.items():
        assert old in content[part].decode(), part
        content[part] = content[part].decode().replace(old, new).encode()
    return package(path, {**content, **more})


def package(path: Path, content: Mapping[str, bytes]) -> Path:
    """A package of these parts, packed in different ways at different times."""
    with ZipFile(path, "w") as file:
        for number, (name, data) in enumerate(content.items()):
            info = ZipInfo(name, (2001 + number % 9, 2, 3, 4, 5, 6))
            info.compress_type = ZIP_DEFLATED if number % 3 else 0
            info.external_attr = 0o600 << 16
            file.writestr(info, data)
    return path


@once
def stuffed(path: Path) -> Path:
    """A workbook with macros and with parts that nobody here knows: settings of printers, links, data of add-ins."""
    workbook = xlsxwriter.Workbook(path)
    numbers(workbook, workbook.add_worksheet("Data"))
    macros = path.with_name("vbaProject.bin")
    macros.write_bytes(bytes(range(256)) * 40)
    workbook.add_vba_project(str(macros))
    workbook.close()
    macros.unlink()
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = (
        f'<Relationship Id="rId77" Type="{relation}/externalLink" Target="externalLinks/externalLink1.xml"/>'
        f'<Relationship Id="rId78" Type="{relation}/calcChain" Target="/xl/calcChain.xml"/>'
        f'<Relationship Id="custom" Type="{relation}/customXml" Target="../customXml/item1.xml"/>'
    )
    sheet = f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{relation}/printerSettings"'
    more = {
        "xl/printerSettings/printerSettings1.bin": b"\x00\xff" * 500,
        "xl/worksheets/_rels/sheet1.xml.rels": (
            sheet + ' Target="../printerSettings/printerSettings1.bin"/></Relationships>'
        ).encode(),
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{SPREADSHEET}"/>'.encode(),
        "xl/calcChain.xml": f'<calcChain xmlns="{SPREADSHEET}"><c r="C1" i="1"/></calcChain>'.encode(),
        "customXml/item1.xml": b"<anything><!-- at all --></anything>",
        "xl/media/": b"",
    }
    kinds = (("externalLinks/externalLink1", "externalLink"), ("calcChain", "calcChain"))
    types = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'spreadsheetml.{kind}+xml"/>'
        for part, kind in kinds
    )
    edits = {
        "xl/_rels/workbook.xml.rels": ("</Relationships>", links + "</Relationships>"),
        "[Content_Types].xml": ("</Types>", types + "</Types>"),
    }
    return with_parts(path, more, edits)


def odd(path: Path, styles: str | None = None) -> Path:
    """A hand-made workbook: prefixes everywhere, targets from the root, strange names, no properties, few types."""
    book = (
        f'<?xml version="1.0"?><!-- kept --><x:workbook xmlns:x="{SPREADSHEET}" xmlns:rel="{OFFICE}"><x:sheets>'
        '<x:sheet name="Old" sheetId="40" rel:id="first"/></x:sheets><x:extLst/></x:workbook>'
    )
    relations = f'<q:Relationships xmlns:q="{PACKAGE}/relationships">'
    types = f'<t:Types xmlns:t="{PACKAGE}/content-types"><t:Default Extension="XML" ContentType="application/xml"/>'
    main_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = {"Book/The.Book.xml": "sheet.main", "Book/Sheets/Sheet1.xml": "worksheet", "style/s.xml": "styles"}
    to_styles = f'<q:Relationship Id="s" Type="{OFFICE}/styles" Target="../style/s.xml"/>' if styles else ""
    content = {
        "Book/The.Book.xml": book,
        "[Content_Types].xml": types
        + '<t:Override PartName="/_rels/.rels" ContentType='
        + '"application/vnd.openxmlformats-package.relationships+xml"/>'
        + '<t:Override PartName="/Book/_rels/The.Book.xml.rels" ContentType='
        + '"application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(f'<t:Override PartName="/{p}" ContentType="{main_type}.{k}+xml"/>' for p, k in overrides.items())
        + "</t:Types>",
        "_rels/.rels": f'{relations}<q:Relationship Id="b" Type="{OFFICE}/officeDocument" Target="/Book/The.Book.xml"/>'
        "</q:Relationships>",
        "Book/_rels/The.Book.xml.rels": f'{relations}<q:Relationship Id="first" Type="{OFFICE}/worksheet" '
        f'Target="/Book/Sheets/Sheet1.xml"/>{to_styles}</q:Relationships>',
        "Book/Sheets/Sheet1.xml": f'<x:worksheet xmlns:x="{SPREADSHEET}"><x:sheetData><x:row r="1"><x:c r="A1">'
        "<x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>",
    }
    if styles:
        content["style/s.xml"] = styles
    return package(path, {name: text.encode() for name, text in content.items()})
