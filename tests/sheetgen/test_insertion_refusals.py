"""Workbooks that no sheet is put into: refused before anything is done, with a reason and a way out."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_STORED, ZipFile, ZipInfo

import pytest

from sheetgen.insertion import InsertionError, check_insertable, insert_sheet
from sheetgen.insertion.package import MAX_LISTING
from tests.sheetgen.insertion_targets import OFFICE, by_openpyxl, odd, package, stuffed, with_parts
from tests.sheetgen.insertions import numbers
from tests.sheetgen.packages import loaded, sound
from tests.sheetgen.workbooks import parts

BOOK, TYPES, STYLES = "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


def refusal(path: Path) -> str:
    """Why a workbook is refused: the same before a training and after it, and without a trace."""
    before = sorted(path.parent.rglob("*")) if path.parent.exists() else []
    content = path.read_bytes() if path.is_file() else b""
    with pytest.raises(InsertionError) as first:
        check_insertable(path)
    with pytest.raises(InsertionError) as second:
        insert_sheet(path, numbers, "New", "a run")
    assert str(first.value) == str(second.value)
    assert (path.read_bytes() if path.is_file() else b"") == content
    assert (sorted(path.parent.rglob("*")) if path.parent.exists() else []) == before
    reason = str(first.value)
    assert "\n" not in reason
    assert str(path) not in reason
    return reason


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return by_openpyxl(tmp_path / "book.xlsx")


@pytest.mark.parametrize("maker", [by_openpyxl, stuffed, odd])
def test_a_workbook_that_is_not_refused_is_not_touched_by_the_question(
    tmp_path: Path, maker: Callable[[Path], Path]
) -> None:
    path = maker(tmp_path / "book.xlsm")
    before = path.read_bytes()
    check_insertable(path)
    check_insertable(str(path))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "missing.xlsx") == "no such file"
    assert refusal(tmp_path / "missing" / "book.xlsx") == "no such file"
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "missing.xlsx")
    assert refusal(tmp_path / "link.xlsx") == "no such file"


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    assert refusal(tmp_path / "folder.xlsx") == "a folder, not a workbook"


def test_a_pipe_is_refused_without_waiting_for_what_comes_out_of_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert "not a file" in refusal(tmp_path / "pipe.xlsx")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04" + bytes(100), b"\xff" * 3000])
def test_no_zip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    assert "not a zip package, or one that is cut off" in refusal(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off(book: Path, share: float) -> None:
    content = book.read_bytes()
    book.write_bytes(content[: int(len(content) * share)])
    assert "cut off" in refusal(book)


def test_an_encrypted_workbook_or_one_of_before_2007(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    assert "encrypted with a password" in refusal(path)
    assert "save it as .xlsx without a password" in refusal(path)


def test_a_package_with_encrypted_parts(book: Path) -> None:
    content = bytearray(book.read_bytes())
    at = content.rindex(b"PK\x01\x02")  # the entry of the last part in the directory: its flags are 8 bytes in
    struct.pack_into("<H", content, at + 8, 1)
    book.write_bytes(content)
    assert "encrypted" in refusal(book)


def test_parts_packed_as_no_workbook_packs_them(book: Path) -> None:
    content = parts(book)
    with ZipFile(book, "w", ZIP_BZIP2) as file:
        for name, data in content.items():
            file.writestr(name, data)
    assert "compressed in an unsupported way" in refusal(book)


def test_a_damaged_part_even_if_it_is_none_that_would_be_read(book: Path) -> None:
    with ZipFile(book) as file:
        info = file.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(book.read_bytes())
    at = info.header_offset + 30 + len(info.filename) + 20
    content[at : at + 8] = bytes(8)
    book.write_bytes(content)
    assert refusal(book).startswith("damaged: xl/worksheets/sheet1.xml cannot be unpacked")


def test_a_part_that_is_there_twice(book: Path) -> None:
    with ZipFile(book, "a") as file:
        file.writestr("XL/Workbook.xml", b"<other/>")
    assert "has a part twice" in refusal(book)


OTHERS = {
    "a text document, not a workbook": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ".main+xml",
    "a presentation": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    "a template (.xltx): save it as a workbook": "application/vnd.openxmlformats-officedocument.spreadsheetml.template"
    ".main+xml",
    "a template (.xltx)": "application/vnd.ms-excel.template.macroEnabled.main+xml",
    "(.xlsb): save it as .xlsx": "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
    "an add-in": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
    "not a workbook": "application/something-else",
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_kind_of_document(book: Path, what: str) -> None:
    mine = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with_parts(book, {}, {TYPES: (mine, OTHERS[what])})
    assert what in refusal(book)


def test_an_opendocument_file(tmp_path: Path) -> None:
    path = package(
        tmp_path / "book.ods",
        {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<office:document-content/>"},
    )
    assert "OpenDocument" in refusal(path)
    assert "save it as .xlsx" in refusal(path)


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    path = package(tmp_path / "book.zip", {"readme.txt": b"hello"})
    assert refusal(path) == "not a workbook: a zip of something else"


def test_strict_open_xml(book: Path) -> None:
    transitional, strict = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/"
    with_parts(book, {}, {BOOK: (transitional, strict + "spreadsheetml/main")})
    assert "Strict Open XML" in refusal(book)


@pytest.mark.parametrize("value", ["1", "true"])
def test_a_locked_structure(book: Path, value: str) -> None:
    with_parts(book, {}, {BOOK: ("<workbookProtection/>", f'<workbookProtection lockStructure="{value}"/>')})
    assert "structure is locked" in refusal(book)
    assert "unprotect the workbook" in refusal(book)


def test_locked_windows_are_no_matter(book: Path) -> None:
    with_parts(book, {}, {BOOK: ("<workbookProtection/>", '<workbookProtection lockWindows="1" lockStructure="0"/>')})
    check_insertable(book)


def test_a_password_for_changing_it(book: Path) -> None:
    sharing = '<fileSharing userName="me" reservationPassword="C0DE"/><workbookPr/>'
    with_parts(book, {}, {BOOK: ("<workbookPr/>", sharing)})
    assert "with a password only" in refusal(book)


def test_read_only_recommended_is_a_recommendation_to_people(book: Path) -> None:
    with_parts(book, {}, {BOOK: ("<workbookPr/>", '<fileSharing readOnlyRecommended="1"/><workbookPr/>')})
    check_insertable(book)


def test_a_signed_workbook(book: Path) -> None:
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    relation = f'<Relationship Id="sig" Type="{kind}" Target="_xmlsignatures/origin.sigs"/></Relationships>'
    with_parts(book, {"_xmlsignatures/origin.sigs": b""}, {"_rels/.rels": ("</Relationships>", relation)})
    assert "signed" in refusal(book)


def test_a_shared_workbook_that_keeps_track_of_changes(book: Path) -> None:
    relation = f'<Relationship Id="rev" Type="{OFFICE}/revisionHeaders" Target="revisions/h.xml"/></Relationships>'
    with_parts(book, {"xl/revisions/h.xml": b"<headers/>"}, {RELATIONS: ("</Relationships>", relation)})
    assert "stop sharing" in refusal(book)


@pytest.mark.parametrize(
    ("lock", "application"),
    [("~$book.xlsx", "Excel"), (".~lock.book.xlsx#", "LibreOffice"), (".~book.xlsx", "WPS Office")],
)
def test_a_workbook_that_is_open(book: Path, lock: str, application: str) -> None:
    book.with_name(lock).write_bytes(b"somebody")
    assert refusal(book).startswith(f"it is open in {application}: close it")
    assert lock in refusal(book)  # as it is left there by a crash, too


def test_a_workbook_that_is_open_where_a_link_leads(tmp_path: Path, book: Path) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "link.xlsx"
    link.symlink_to(book)
    book.with_name("~$book.xlsx").touch()
    assert "open in Excel" in refusal(link)


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555])
def test_a_read_only_file_even_for_those_who_may_do_everything(book: Path, mode: int) -> None:
    """Replacing it would not ask for its permissions, only for those of its folder."""
    book.chmod(mode)
    assert "read-only" in refusal(book)
    assert book.stat().st_mode & 0o777 == mode


def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    book = by_openpyxl(folder / "book.xlsx")
    folder.chmod(0o555)
    try:
        assert "folder is read-only" in refusal(book)
    finally:
        folder.chmod(0o755)


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "e">]><x xmlns="urn:x">&e;</x>'
LISTING = [BOOK, TYPES, STYLES, RELATIONS, "_rels/.rels", "docProps/app.xml", "xl/worksheets/_rels/sheet1.xml.rels"]


@pytest.mark.parametrize("part", LISTING)
@pytest.mark.parametrize("content", [ENTITY, b"<a><b></a>", b"", b"no xml", ENTITY.decode().encode("utf-16")])
def test_a_listing_part_that_is_no_xml_or_declares_entities(book: Path, part: str, content: bytes) -> None:
    package(book, parts(book) | {part: content})
    assert refusal(book).startswith(f"damaged: {part} ")


@pytest.mark.parametrize("part", LISTING)
def test_a_listing_part_that_unpacks_to_more_than_any_has(book: Path, part: str) -> None:
    """Its size is looked at before it is unpacked."""
    content = parts(book)
    with ZipFile(book, "w") as file:
        for name, data in content.items():
            info = ZipInfo(name)
            info.compress_type = 8 if name == part else ZIP_STORED
            if name == part:
                with file.open(info, "w") as large:
                    for _ in range(MAX_LISTING // (1 << 20) + 1):
                        large.write(bytes(1 << 20))
            else:
                file.writestr(info, data)
    assert refusal(book).startswith(f"refused: its part {part} has ")


def test_numbers_that_are_none_cost_nothing_but_the_number(tmp_path: Path) -> None:
    """An id that no application could read is not one that is taken."""
    book = odd(tmp_path / "book.xlsx")
    with_parts(book, {}, {"Book/The.Book.xml": ('sheetId="40"', f'sheetId="{"9" * 5000}"')})
    insert_sheet(book, numbers, "New", "a run")
    sound(book)


@pytest.mark.parametrize("part", [STYLES, BOOK])
def test_a_part_that_is_needed_and_missing(book: Path, part: str) -> None:
    content = parts(book)
    del content[part]
    package(book, content)
    assert refusal(book) in (f"damaged: it has no part {STYLES}", "not a workbook: a package of something else")


@pytest.mark.parametrize("part", ["docProps/app.xml", "xl/calcChain.xml", "xl/externalLinks/externalLink1.xml"])
def test_a_part_that_is_missing_and_not_needed_is_not_missed(tmp_path: Path, part: str) -> None:
    book = stuffed(tmp_path / "book.xlsm")
    content = parts(book)
    del content[part]
    package(book, content)
    for _ in range(2):
        assert insert_sheet(book, numbers, "New", "a run") == "New"
    assert part not in parts(book)


def test_a_sheet_to_be_replaced_that_has_no_part(book: Path) -> None:
    insert_sheet(book, numbers, "New", "a run")
    content = parts(book)
    del content["xl/worksheets/sheet3.xml"]
    package(book, content)
    with pytest.raises(InsertionError, match="damaged: its sheet 'New' has no part"):
        insert_sheet(book, numbers, "New", "a run")


def test_a_workbook_that_was_saved_in_the_meantime_is_not_overwritten(book: Path) -> None:
    def save(_: object, sheet: object) -> None:
        numbers(_, sheet)
        book.write_bytes(book.read_bytes() + b"\0")

    with pytest.raises(InsertionError, match="another application saved it"):
        insert_sheet(book, save, "New", "a run")
    assert len(loaded(book).sheetnames) == 2
    assert list(book.parent.iterdir()) == [book]


def test_a_file_that_the_system_will_not_replace_is_open_somewhere(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows does while an application has it open."""

    def replace(*_: object) -> None:
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InsertionError, match=r"cannot be replaced .*: close it where it is open"):
        insert_sheet(book, numbers, "New", "a run")
    assert list(book.parent.iterdir()) == [book]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "needs a name"),
        ("  ", "needs a name"),
        ("a" * 32, "too long"),
        ("😀" * 16, "too long"),
        *((f"a{character}b", "it has a") for character in "[]:*?/\\\n\x00"),
        ("'quoted", "apostrophe"),
        ("quoted'", "apostrophe"),
        ("History", "tracked changes"),
        ("HISTORY", "tracked changes"),
    ],
)
def test_what_cannot_be_the_name_of_a_sheet(book: Path, name: str, reason: str) -> None:
    before = book.read_bytes()
    with pytest.raises(InsertionError, match=reason):
        insert_sheet(book, numbers, name, "a run")
    with pytest.raises(InsertionError, match=reason):
        check_insertable(book, name)
    assert book.read_bytes() == before
