"""A package as any application reads it: what a sheet leads to, and what must be whole and consistent."""

import posixpath
import warnings
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
from openpyxl.workbook.workbook import Workbook

from tests.sheetgen.workbooks import MAIN, parts

R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STYLES_ORDER = [
    *("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles"),
    *("colors", "extLst"),
]
WORKBOOK_ORDER = [
    *("fileVersion", "fileSharing", "workbookPr", "AlternateContent", "revisionPtr", "workbookProtection", "bookViews"),
    *("sheets", "functionGroups", "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews"),
    *("pivotCaches", "extLst"),
]


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


def sheet_names(path: Path) -> list[str]:
    """The names of all sheets, in their order."""
    return [sheet.attrib["name"] for sheet in xml(path, workbook_part(path)).iter(f"{MAIN}sheet")]


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
    assert [part for part in after if part in before] == list(before)


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
