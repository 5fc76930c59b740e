"""A sheet that shows the same is replaced where it is: never doubled, and nothing of the old one is left behind."""

import posixpath
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sheetgen.insertion import InsertionError, check_insertable, insert_sheet
from tests.sheetgen.insertion_targets import (
    OFFICE,
    PACKAGE,
    by_openpyxl,
    by_xlsxwriter,
    odd,
    package,
    stuffed,
    with_parts,
)
from tests.sheetgen.insertions import everything, numbers, picture, written
from tests.sheetgen.packages import (
    loaded,
    sheet_names,
    sheet_part,
    sound,
    targets,
    unchanged,
    xml,
)
from tests.sheetgen.workbooks import MAIN, parts

BOOK = "xl/workbook.xml"


def two(_: Any, sheet: Any) -> None:
    sheet.write("A1", 2)


@pytest.mark.parametrize("maker", [by_xlsxwriter, by_openpyxl, stuffed, odd])
def test_replaced_by_the_same_the_package_is_the_same(tmp_path: Path, maker: Any) -> None:
    path = maker(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    before = parts(path)
    for _ in range(3):
        assert insert_sheet(path, everything, "New", "a run") == "New"
    after = parts(path)
    assert {part: after.get(part) for part in before} == before
    assert set(after) == set(before)
    sound(path)


@pytest.mark.parametrize("maker", [by_xlsxwriter, by_openpyxl, stuffed, odd])
def test_nothing_of_the_old_sheet_is_left_behind(tmp_path: Path, maker: Any) -> None:
    """Its charts, pictures, notes and tables go with it; the workbook has then the parts of a small sheet only."""
    path, other = maker(tmp_path / "book.xlsx"), maker(tmp_path / "other.xlsx")
    before = parts(path)
    insert_sheet(path, everything, "New", "a run")
    insert_sheet(path, numbers, "New", "a run")
    insert_sheet(other, numbers, "New", "a run")
    gone = {"xl/calcChain.xml"}  # nothing else but that: see below
    assert set(parts(path)) - gone == set(parts(other)) - gone
    unchanged({part: content for part, content in before.items() if part not in gone}, path)
    sound(path)


def test_each_key_has_a_sheet_of_its_own(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    for number in (1, 2, 1, 2, 2):
        insert_sheet(path, lambda _, sheet, number=number: sheet.write("A1", number), "Run", f'run "{number}" η')
    book = loaded(path)
    assert book.sheetnames == ["Data", "Empty", "Run", "Run 2"]
    assert [book[name]["A1"].value for name in ("Run", "Run 2")] == [1, 2]
    sound(path)


def move_and_rename(path: Path, old: str, new: str) -> None:
    """Make a sheet the first one, under a new name, as Excel does."""
    root = xml(path, BOOK)
    listing = root.find(f"{MAIN}sheets")
    assert listing is not None
    place = [sheet.attrib["name"] for sheet in listing].index(old)
    sheet = listing[place]
    listing.remove(sheet)
    listing.insert(0, sheet)
    sheet.attrib["name"] = new
    for name in root.iter(f"{MAIN}definedName"):
        local = name.attrib.get("localSheetId")
        if local is not None:
            name.attrib["localSheetId"] = str(0 if int(local) == place else int(local) + (int(local) < place))
        name.text = re.sub(rf"(?<!\w)'?{old}'?!", f"'{new}'!", name.text or "")
    package(path, parts(path) | {BOOK: ElementTree.tostring(root)})


def test_a_sheet_that_was_renamed_and_moved_is_replaced_where_it_is(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    move_and_rename(path, "New", "My best")
    before = parts(path)
    ids = [(sheet.attrib["name"], sheet.attrib["sheetId"]) for sheet in xml(path, BOOK).iter(f"{MAIN}sheet")]
    assert insert_sheet(path, everything, "New", "a run") == "My best"
    assert [(s.attrib["name"], s.attrib["sheetId"]) for s in xml(path, BOOK).iter(f"{MAIN}sheet")] == ids
    assert ids[0] == ("My best", "4")
    assert set(parts(path)) == set(before)
    sound(path)
    book = loaded(path)
    assert book["My best"].print_area == "'My best'!$A$1:$H$30"
    assert book["First"].print_area == "'First'!$A$1:$B$2"
    assert book["My best"].defined_names["Losses"].value == "'My best'!$B$2:$B$11"
    assert b"'My best'!$B$2:$B$11" in parts(path)["xl/charts/chart2.xml"]


def test_a_name_for_all_sheets_follows_the_sheet_that_brought_it(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    move_and_rename(path, "New", "My best")
    insert_sheet(path, everything, "New", "a run")
    book = loaded(path)
    assert book.defined_names["Losses"].value == "'My best'!$B$2:$B$11"
    assert "Losses" not in book["My best"].defined_names
    sound(path)


def test_a_name_for_all_sheets_means_what_the_sheet_says_last(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    for rows in (10, 20):
        insert_sheet(
            path, lambda b, _, rows=rows: b.define_name("Losses", f"='My run'!$B$1:$B${rows}"), "My run", "a run"
        )
    book = loaded(path)
    assert book.defined_names["Losses"].value == "'My run'!$B$1:$B$20"
    assert list(book["My run"].defined_names) == ["backprop_key"]


def test_a_table_keeps_its_name(tmp_path: Path) -> None:
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", "a run")
    insert_sheet(path, everything, "Other", "another run")
    for _ in range(2):
        insert_sheet(path, everything, "Other", "another run")
    book = loaded(path)
    assert list(book["New"].tables) == ["Runs", "Table2"]
    assert list(book["Other"].tables) == ["Runs_2", "Table2_2"]
    sound(path)


def test_of_copies_of_a_sheet_the_oldest_is_replaced(tmp_path: Path) -> None:
    """A copy that somebody has made in Excel has the hidden name of its original; it is not ours."""
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, numbers, "New", "a run")
    insert_sheet(path, numbers, "Copy", "a copy")
    with_parts(path, {}, {BOOK: ('"a copy"', '"a run"')})
    insert_sheet(path, two, "New", "a run")
    book = loaded(path)
    assert book.sheetnames == ["Data", "Empty", "New", "Copy"]
    assert [book[name].max_column for name in ("New", "Copy")] == [1, 3]


@pytest.mark.parametrize("selected", [True, False])
def test_the_open_tab_stays_open_where_it_is_the_one_that_is_replaced(tmp_path: Path, selected: bool) -> None:
    path = written(tmp_path / "book.xlsx", {"First": numbers})
    insert_sheet(path, numbers, "New", "a run")
    if selected:
        part = sheet_part(path, "New")
        with_parts(path, {}, {
            part: ('<sheetView ', '<sheetView tabSelected="1" '),
            sheet_part(path, "First"): (' tabSelected="1"', ""),
            BOOK: ("<workbookView ", '<workbookView activeTab="1" '),
        })  # fmt: skip
    insert_sheet(path, two, "New", "a run")
    book = loaded(path)
    assert book.active.title == ("New" if selected else "First")
    assert [sheet.sheet_view.tabSelected or False for sheet in book] == [not selected, selected]


def test_a_sheet_that_somebody_has_hidden_stays_hidden(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, numbers, "New", "a run")
    with_parts(path, {}, {BOOK: ('name="New"', 'name="New" state="hidden"')})
    insert_sheet(path, two, "New", "a run")
    assert loaded(path)["New"].sheet_state == "hidden"


def test_a_part_that_another_sheet_has_come_to_use_stays(tmp_path: Path) -> None:
    """Excel keeps a picture once, however many sheets show it."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(
        path, lambda _, s: s.insert_image("A1", "x.png", {"image_data": picture("PNG", "red")}), "New", "a run"
    )
    drawing = next(part for part in targets(path, sheet_part(path, "New")).values() if "/drawing" in part)
    (image,) = targets(path, drawing).values()
    mine = next(part for part in targets(path, sheet_part(path, "First")).values() if "/drawing" in part)
    folder, name = posixpath.split(mine)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    with_parts(
        path, {}, {relations: (re.findall(r"\.\./media/[^\"]*", parts(path)[relations].decode())[0], "/" + image)}
    )
    insert_sheet(path, numbers, "New", "a run")
    assert image in parts(path)
    assert drawing not in parts(path)


CHAIN = '<x:calcChain xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</x:calcChain>'


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ('<x:c r="C1" i="1"/><x:c r="C2"/>', True),
        ('<x:c r="C1" i="1"/><x:c r="C1" i="2" l="1"/>', False),
        ('<x:c r="A1" i="2"/><x:c r="C1"/><x:c r="C1" i="1"/>', False),
    ],
)
def test_an_order_of_calculation_is_dropped_where_it_names_cells_of_the_old_sheet(
    tmp_path: Path, entries: str, kept: bool
) -> None:
    """Excel repairs a workbook whose chain names a cell that has no formula; without the chain it makes a new one."""
    path = stuffed(tmp_path / "book.xlsm")
    insert_sheet(path, numbers, "New", "a run")
    assert "xl/calcChain.xml" in parts(path)
    package(path, parts(path) | {"xl/calcChain.xml": CHAIN.format(entries).encode()})
    insert_sheet(path, two, "New", "a run")
    assert ("xl/calcChain.xml" in parts(path)) is kept
    assert (b"calcChain" in parts(path)["[Content_Types].xml"]) is kept
    sound(path)


@pytest.mark.parametrize(("kind", "what"), [("pivotTable", "pivot table"), ("slicer", "slicer")])
def test_a_sheet_with_somebody_s_own_pivot_table_is_not_replaced(tmp_path: Path, kind: str, what: str) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, numbers, "New", "a run")
    folder, name = posixpath.split(sheet_part(path, "New"))
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="/xl/theirs.xml"/>'
    listing = f'<Relationships xmlns="{PACKAGE}/relationships">{relation}</Relationships>'
    with_parts(path, {"xl/theirs.xml": b"<a/>", f"{folder}/_rels/{name}.rels": listing.encode()}, {})
    before = path.read_bytes()
    with pytest.raises(InsertionError, match=f"'New'.* has a {what}"):
        insert_sheet(path, two, "New", "a run")
    with pytest.raises(InsertionError, match=f"'New'.* has a {what}"):
        check_insertable(path, key="a run")
    check_insertable(path, key="another run")
    assert path.read_bytes() == before


def test_what_somebody_has_put_on_the_sheet_goes_with_it(tmp_path: Path) -> None:
    """Settings of a printer, say, which Excel adds when the sheet is printed; and names local to it."""
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, numbers, "New", "a run")
    folder, name = posixpath.split(sheet_part(path, "New"))
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/printerSettings" Target="../printerSettings/p1.bin"/>'
    listing = f'<Relationships xmlns="{PACKAGE}/relationships">{relation}</Relationships>'
    override = '<Override PartName="/xl/printerSettings/p1.bin" ContentType="application/printer"/></Types>'
    local = '<definedName name="mine" localSheetId="2">New!$A$1</definedName></definedNames>'
    with_parts(
        path,
        {"xl/printerSettings/p1.bin": b"x", f"{folder}/_rels/{name}.rels": listing.encode()},
        {"[Content_Types].xml": ("</Types>", override), BOOK: ("</definedNames>", local)},
    )
    insert_sheet(path, two, "New", "a run")
    assert "xl/printerSettings/p1.bin" not in parts(path)
    assert list(loaded(path)["New"].defined_names) == ["backprop_key"]
    sound(path)


def test_a_sheet_renamed_to_what_excel_does_not_allow_is_refused(tmp_path: Path) -> None:
    """Other applications allow longer names."""
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, numbers, "New", "a run")
    with_parts(path, {}, {BOOK: ('name="New"', f'name="{"long " * 7}"')})
    with pytest.raises(InsertionError, match="too long"):
        insert_sheet(path, two, "New", "a run")
    with pytest.raises(InsertionError, match="too long"):
        check_insertable(path, "New", "a run")


def test_the_key_is_a_hidden_name_of_the_sheet_alone(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    insert_sheet(path, numbers, "New", 'a "run"')
    (name,) = xml(path, BOOK).iter(f"{MAIN}definedName")
    assert name.attrib == {"name": "backprop_key", "localSheetId": "2", "hidden": "1"}
    assert name.text == '"a ""run"""'
    assert sheet_names(path)[2] == "New"
