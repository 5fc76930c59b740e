"""Sheets to be inserted, workbooks that they are inserted into, and what must hold of the result."""

import io
import posixpath
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl
import xlsxwriter
from openpyxl.workbook.workbook import Workbook
from PIL import Image
from xlsxwriter.utility import quote_sheetname

from tests.sheetgen.workbooks import MAIN, parts

R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
CHART_TYPES = ("area", "bar", "column", "line", "pie", "doughnut", "radar", "scatter", "stock")
STYLES_ORDER = (
    "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst"
).split()  # fmt: skip
WORKBOOK_ORDER = (
    "fileVersion fileSharing workbookPr AlternateContent revisionPtr workbookProtection bookViews sheets functionGroups"
    " externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches extLst"
).split()  # fmt: skip

Write = Callable[[Any, Any], None]


def picture(kind: str, colour: str) -> io.BytesIO:
    """A small picture, as a file: a PNG or a JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, kind)
    file.seek(0)
    return file


def numbers(_: Any, sheet: Any) -> None:
    """A sheet with two numbers and their sum."""
    sheet.write_row("A1", [2, 3])
    sheet.write_formula("C1", "=A1+B1", None, 5)


def everything(workbook: Any, sheet: Any) -> None:
    """A sheet with all that XlsxWriter can put on one."""
    cells(workbook, sheet)
    rules(workbook, sheet)
    objects(workbook, sheet)
    page(workbook, sheet)


def cells(workbook: Any, sheet: Any) -> None:
    """Values of all kinds, formats of all kinds, columns and rows, merged cells, links."""
    title = workbook.add_format({"bold": True, "font_size": 16, "font_color": "#0B69A3", "bg_color": "#FFF3BF"})
    money = workbook.add_format({"num_format": '#,##0.00 "€"', "border": 1, "border_color": "#CBD2D9", "italic": True})
    wrapped = workbook.add_format({"text_wrap": True, "align": "center", "valign": "vcenter", "rotation": 30})
    open_cell = workbook.add_format({"locked": False, "hidden": True, "pattern": 3, "fg_color": "red"})
    sheet.write_row("A1", ["Epoch", "Loss", "  spaces  ", "η ∂ 😀 <&>\"'", "two\nlines"], title)
    for row in range(1, 11):
        sheet.write_number(row, 0, row)
        sheet.write_number(row, 1, 1 / row, money)
        sheet.write_formula(row, 2, f"=A{row + 1}*B{row + 1}", money, row * (1 / row))
    sheet.write_formula("D2", '=IF(A2=1,"one","more")', wrapped, "one")
    sheet.write_formula("D3", "=A2=1", None, True)
    sheet.write_formula("D4", "=1/0", open_cell, "#DIV/0!")
    sheet.write_boolean("D5", True)  # noqa: FBT003
    sheet.write_array_formula("D6:D7", "{=A2:A3*2}", money, 2)
    sheet.write_rich_string("D8", "plain ", title, " bold ", "again ", money, "x", wrapped)
    sheet.write_blank("D9", None, title)
    sheet.write_string("D10", "Epoch")
    sheet.write_url("E2", "https://example.org/a?b=c&d#e", string="outside", tip="a tip")
    sheet.write_url("E3", f"internal:{quote_sheetname(sheet.get_name())}!A1", string="inside")
    sheet.merge_range("A14:C15", "merged", title)
    sheet.set_column("A:A", 20, money)
    sheet.set_column("F:G", 5, None, {"hidden": True})
    sheet.set_row(17, 33.75, title)
    sheet.set_row(18, None, None, {"level": 1})


def rules(workbook: Any, sheet: Any) -> None:
    """Conditional formats and rules for what may be typed."""
    red = workbook.add_format({"bg_color": "#FF0000", "bold": True})
    blue = workbook.add_format({"font_color": "#0000FF", "num_format": "0.000"})
    sheet.conditional_format("B2:B11", {"type": "cell", "criteria": "<", "value": 0.2, "format": red})
    sheet.conditional_format("B2:B11", {"type": "top", "value": 3, "format": blue})
    sheet.conditional_format("C2:C11", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
    sheet.conditional_format("A2:A11", {"type": "data_bar"})
    sheet.conditional_format("B2:B11", {"type": "3_color_scale"})
    sheet.conditional_format("A2:A11", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.data_validation("H1", {"validate": "list", "source": ["a", "b"], "input_title": "choose"})
    sheet.data_validation("H2", {"validate": "integer", "criteria": ">", "value": "=$A$2"})


def objects(workbook: Any, sheet: Any) -> None:
    """Charts of all types, pictures, texts, notes, sparklines and tables."""
    name = sheet.get_name()
    for place, kind in enumerate(CHART_TYPES):
        chart = workbook.add_chart({"type": kind})
        for column in (1, 2, 1):
            chart.add_series({"values": [name, 1, column, 10, column], "categories": [name, 1, 0, 10, 0]})
        chart.set_title({"name": [name, 0, 0]})
        sheet.insert_chart(20 + 15 * place, 8, chart)
    sheet.insert_image("I2", "one.png", {"image_data": picture("PNG", "red"), "url": "https://example.org/"})
    sheet.insert_image("K2", "two.jpg", {"image_data": picture("JPEG", "blue"), "url": "internal:A1"})
    sheet.insert_textbox("I8", "a text", {"fill": {"color": "#EAF5FC"}})
    sheet.write_comment("A1", "a note", {"author": "somebody", "visible": True})
    sheet.add_sparkline("H3", {"range": f"{quote_sheetname(name)}!B2:B11", "markers": True})
    rate = workbook.add_format({"num_format": "0.0000%"})
    columns = [{"header": "x"}, {"header": "twice", "formula": "=[@x]*2", "format": rate}, {"header": "sum"}]
    columns[2] |= {"formula": "=SUM(Runs[x])", "total_function": "sum"}
    sheet.add_table("K40:M44", {"name": "Runs", "columns": columns, "total_row": True, "data": [[1], [2], [3]]})
    sheet.add_table("K50:L52", {"columns": [{"header": "a"}, {"header": "b"}]})
    sheet.write_formula("H4", "=SUM(Runs[x])+ROWS(Table2)", None, 8)


def page(workbook: Any, sheet: Any) -> None:
    """How the sheet is seen and printed, and its names."""
    quoted = quote_sheetname(sheet.get_name())
    workbook.define_name("Losses", f"={quoted}!$B$2:$B$11")
    workbook.define_name(f"{quoted}!Epochs", f"={quoted}!$A$2:$A$11")
    sheet.print_area("A1:H30")
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.3)
    sheet.set_header("&LRun&R&G", {"image_right": "head.png", "image_data_right": picture("PNG", "green")})
    sheet.set_h_pagebreaks([20])
    sheet.freeze_panes(1, 1)
    sheet.set_tab_color("#7FCFB5")
    sheet.set_zoom(85)
    sheet.hide_gridlines(2)
    sheet.autofilter("A1:C11")
    sheet.protect("secret", {"format_cells": True})
    sheet.ignore_errors({"number_stored_as_text": "A1:A9"})
    sheet.set_background(picture("PNG", "white"), is_byte_stream=True)


def written(path: Path, sheets: Mapping[str, Write]) -> Path:
    """A workbook of these sheets, written by XlsxWriter alone."""
    workbook = xlsxwriter.Workbook(path)
    for name, write in sheets.items():
        write(workbook, workbook.add_worksheet(name))
    workbook.close()
    return path


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


def by_openpyxl(path: Path) -> Path:
    """A workbook that openpyxl has written, in Arial, with formulas that have no values."""
    book = openpyxl.Workbook()
    book.active.title = "Data"
    book.active.append([1, 2, "=A1+B1"])
    book.active["A1"].font = openpyxl.styles.Font(name="Arial", bold=True)
    book.active["B1"].number_format = "0.000"
    book.active["A2"].comment = openpyxl.comments.Comment("a note", "me")
    chart = openpyxl.chart.LineChart()
    chart.add_data(openpyxl.chart.Reference(book.active, min_col=1, max_col=2, min_row=1))
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


PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


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


def loaded(path: Path, values: bool = False) -> Workbook:
    """The workbook as openpyxl reads it, formulas or values; what it does not know it passes over."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, data_only=values, rich_text=True)


def xml(path: Path, part: str) -> ElementTree.Element:
    """A part, parsed."""
    return ElementTree.fromstring(parts(path)[part])  # noqa: S314  of the package that was just written


def targets(path: Path, part: str) -> dict[str, str]:
    """Where a part's relationships lead: names of parts by the relationships' ids."""
    folder, name = posixpath.split(part)
    content = parts(path).get(posixpath.join(folder, "_rels", f"{name}.rels"))
    if content is None:
        return {}
    return {
        relation.attrib["Id"]: posixpath.normpath(posixpath.join("/", folder, relation.attrib["Target"])).lstrip("/")
        for relation in ElementTree.fromstring(content)  # noqa: S314
        if relation.attrib.get("TargetMode") != "External" and not relation.attrib["Target"].startswith("#")
    }


def workbook_part(path: Path) -> str:
    """The name of the workbook's part."""
    root = ElementTree.fromstring(parts(path)["_rels/.rels"])  # noqa: S314
    found = next(relation for relation in root if relation.attrib["Type"].endswith("/officeDocument"))
    return found.attrib["Target"].lstrip("/")


def sheet_part(path: Path, name: str) -> str:
    """The name of a sheet's part."""
    book = workbook_part(path)
    found = next(sheet for sheet in xml(path, book).iter(f"{MAIN}sheet") if sheet.attrib["name"] == name)
    return targets(path, book)[found.attrib[R_ID]]


def styles_part(path: Path) -> str:
    """The name of the styles' part."""
    root = ElementTree.fromstring(  # noqa: S314
        parts(path)[posixpath.join(posixpath.dirname(workbook_part(path)), "_rels",
                                   posixpath.basename(workbook_part(path)) + ".rels")]
    )  # fmt: skip
    found = next(relation for relation in root if relation.attrib["Type"].endswith("/styles"))
    return targets(path, workbook_part(path))[found.attrib["Id"]]


def unchanged(before: Mapping[str, bytes], path: Path) -> None:
    """Assert that all parts are as before but for those that list parts or formats, in the order that they had."""
    after = parts(path)
    book = next(name for name in before if name.lower() in ("xl/workbook.xml", "book/the.book.xml"))
    folder, name = posixpath.split(book)
    listing = {"[Content_Types].xml", book, posixpath.join(folder, "_rels", f"{name}.rels"), "docProps/app.xml"}
    listing.add(styles_part(path))
    assert [part for part in before if after.get(part) != before[part] and part not in listing] == []
    assert list(after)[: len(before)] == list(before)


def sound(path: Path) -> None:
    """Assert what any application needs to find in a package, whole and consistent."""
    content = parts(path)
    with ZipFile(path) as file:
        assert file.testzip() is None
        assert len(file.namelist()) == len({name.lower() for name in file.namelist()})
    roots = {name: ElementTree.fromstring(data) for name, data in content.items() if is_xml(name)}  # noqa: S314
    sound_relationships(path, content, roots)
    sound_types(content, roots["[Content_Types].xml"])
    sound_sheets(path, roots)
    sound_styles(path, roots)
    tables = [root for root in roots.values() if root.tag == f"{MAIN}table"]
    assert len({table.attrib["id"] for table in tables}) == len(tables)
    assert len({table.attrib["displayName"].lower() for table in tables}) == len(tables)


def is_xml(part: str) -> bool:
    return part.endswith((".xml", ".rels")) and not part.startswith("customXml")


def sound_relationships(path: Path, content: Mapping[str, bytes], roots: Mapping[str, ElementTree.Element]) -> None:
    reached = set()
    for part in roots:
        if part.endswith(".rels"):
            folder, name = posixpath.split(part.removesuffix(".rels"))
            source = posixpath.join(posixpath.dirname(folder), name)
            assert source in content or part == "_rels/.rels", part
            ids = [relation.attrib["Id"] for relation in roots[part]]
            assert len(ids) == len(set(ids)), part
            reached |= set(targets(path, source).values()) | {part}
            if source in roots:
                used = {value for element in roots[source].iter() for key, value in element.items() if key == R_ID}
                assert used <= set(ids), part
    assert {name for name in reached if name not in content} == set()
    assert {name for name in content if name not in reached and not name.endswith("/")} == {"[Content_Types].xml"}


def sound_types(content: Mapping[str, bytes], types: ElementTree.Element) -> None:
    declared = [entry.attrib["PartName"].removeprefix("/") for entry in types if "PartName" in entry.attrib]
    endings = [entry.attrib["Extension"].lower() for entry in types if "Extension" in entry.attrib]
    assert len(declared) == len(set(declared))
    assert len(endings) == len(set(endings))
    assert set(declared) - {"style/s.xml"} <= set(content)
    for part in content:
        assert part in declared or part.rpartition(".")[2].lower() in endings or part.endswith(("/", "Types].xml")), (
            part
        )


def sound_sheets(path: Path, roots: Mapping[str, ElementTree.Element]) -> None:
    book = roots[workbook_part(path)]
    sheets = list(book.iter(f"{MAIN}sheet"))
    for attribute in ("name", "sheetId", R_ID):
        values = [sheet.attrib[attribute].lower() for sheet in sheets]
        assert len(values) == len(set(values)), attribute
    names = [(e.attrib["name"].lower(), e.attrib.get("localSheetId")) for e in book.iter(f"{MAIN}definedName")]
    assert len(names) == len(set(names))
    assert all(place is None or int(place) < len(sheets) for _, place in names)
    in_order(book, WORKBOOK_ORDER)
    selected = [
        view
        for sheet in sheets
        for view in roots[targets(path, workbook_part(path))[sheet.attrib[R_ID]]].iter(f"{MAIN}sheetView")
        if view.attrib.get("tabSelected") == "1"
    ]
    assert len(selected) <= 1


def sound_styles(path: Path, roots: Mapping[str, ElementTree.Element]) -> None:
    styles = roots[styles_part(path)]
    in_order(styles, STYLES_ORDER)
    size = {child.tag.removeprefix(MAIN): len(child) for child in styles}
    for child in styles:
        assert child.attrib.get("count", str(len(child))) == str(len(child)), child.tag
    for xf in styles.iter(f"{MAIN}xf"):
        for attribute, listing in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
            assert int(xf.attrib.get(attribute, "0")) < size[listing]
        assert int(xf.attrib.get("xfId", "0")) < size["cellStyleXfs"]
    numbers = [element.attrib["numFmtId"] for element in styles.iterfind(f"{MAIN}numFmts/{MAIN}numFmt")]
    assert len(numbers) == len(set(numbers))
    for part, root in roots.items():
        if root.tag == f"{MAIN}worksheet":
            for element in root.iter():
                for attribute, listing in (("s", "cellXfs"), ("style", "cellXfs"), ("dxfId", "dxfs")):
                    if element.tag in {f"{MAIN}{tag}" for tag in ("c", "row", "col", "cfRule")}:
                        assert int(element.attrib.get(attribute, "0")) < max(size.get(listing, 0), 1), part


def in_order(root: ElementTree.Element, order: list[str]) -> None:
    places = [order.index(child.tag.rpartition("}")[2]) for child in root]
    assert places == sorted(places)
    assert len(places) == len(set(places))
