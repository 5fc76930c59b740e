"""A sheet put into packages as few write them: all that they have is kept, and what they lack is made."""

import io
import re
import struct
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from sheetgen.insertion import insert_sheet
from tests.sheetgen.insertion_targets import by_openpyxl, odd, package, with_parts
from tests.sheetgen.insertions import everything, numbers, picture
from tests.sheetgen.packages import (
    sound,
    unchanged,
    workbook_part,
    xml,
)
from tests.sheetgen.workbooks import parts


def test_the_entries_of_other_parts_keep_their_times_their_packing_and_their_order(tmp_path: Path) -> None:
    path = odd(tmp_path / "book.xlsx")

    def entries() -> list[tuple[str, tuple[int, ...], int, int]]:
        with ZipFile(path) as file:
            return [(i.filename, i.date_time, i.compress_type, i.external_attr) for i in file.infolist()]

    before = entries()
    insert_sheet(path, numbers, "New", "a run")
    assert entries()[: len(before)] == before


def test_what_the_workbook_part_says_otherwise_stays(tmp_path: Path) -> None:
    """Comments, prefixes and extensions."""
    path = odd(tmp_path / "book.xlsx")
    insert_sheet(path, numbers, "New", "a run")
    text = parts(path)[workbook_part(path)].decode()
    assert "<!-- kept -->" in text
    assert '<x:sheet name="Old" sheetId="40" rel:id="first"/><x:sheet name="New" sheetId="41" rel:id="' in text
    assert text.endswith("<x:extLst/></x:workbook>")


def test_a_picture_is_one_even_where_the_ending_of_its_name_means_something_else(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    strange = '<Default Extension="PNG" ContentType="image/x-strange"/></Types>'
    with_parts(path, {}, {"[Content_Types].xml": ("</Types>", strange)})
    insert_sheet(path, lambda _, s: s.insert_image("A1", "x.png", {"image_data": picture("PNG", "red")}), "New", "run")
    override = b'<Override PartName="/xl/media/image1.png" ContentType="image/png"/>'
    assert override in parts(path)["[Content_Types].xml"]
    sound(path)


def test_a_type_of_a_part_that_is_not_there_does_not_stick_to_a_new_one(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    stale = '<Override PartName="/xl/worksheets/sheet3.xml" ContentType="something/else"/></Types>'
    with_parts(path, {}, {"[Content_Types].xml": ("</Types>", stale)})
    insert_sheet(path, numbers, "New", "a run")
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
    insert_sheet(path, everything, "New", "a run")
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
    insert_sheet(path, numbers, "New", "a run")
    unchanged(content, path)
    packed = path.read_bytes()
    with ZipFile(path) as file:
        for info in file.infolist():
            flags, *_, crc, size, unpacked = struct.unpack_from("<HHHHLLL", packed, info.header_offset + 6)
            assert (flags & 8, crc, size, unpacked) == (0, info.CRC, info.compress_size, info.file_size)


def test_a_sheet_is_listed_with_the_prefix_that_every_reader_knows(tmp_path: Path) -> None:
    """Where none is declared; some readers look for `r:id` and not for its namespace."""
    path = by_openpyxl(tmp_path / "book.xlsx")
    text = parts(path)["xl/workbook.xml"].decode()
    declared = re.sub(r' xmlns:r="[^"]*"|<sheet [^>]*/>', "", text)
    package(path, parts(path) | {"xl/workbook.xml": declared.encode()})
    insert_sheet(path, numbers, "New", "a run")
    assert b'name="New" sheetId="1" r:id="' in parts(path)["xl/workbook.xml"]
