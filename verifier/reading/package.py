"""A workbook's package: a zip of XML parts, opened as something that may have been made to do harm.

The format is that of ECMA-376 part 2. Nothing in a part is executed or fetched: document types are refused, so there
are no entities; sizes are bounded before anything is unpacked.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO
from zipfile import BadZipFile, ZipFile

from lxml import etree

MAX_PART = 1 << 30  # bytes of a part, unpacked: 100,000 iterations of the default table need a third of it
MAX_RATIO = 200  # of unpacked to packed size, where a part is large; a table's rows pack about 10 to 1
LARGE = 1 << 24
UNPACKING_ERRORS = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
_HEAD = 512  # bytes that tell what a file is
_TEXT = "\t\n\r\f"


class WorkbookError(Exception):
    """A file that cannot be read as a workbook: says why, in a phrase without the file's name."""


class Package:
    """The parts of a workbook, for use in a `with`. Raises WorkbookError for anything but a sound package.

    Names of parts are compared without regard to case (ECMA-376 part 2, section 6.2.2.3), and a backslash, which some
    programs write, counts as a slash; they are always given as the zip has them.
    """

    def __init__(self, path: Path) -> None:
        try:
            if not path.is_dir() and path.exists() and not path.is_file():
                raise WorkbookError("not a regular file: a pipe, a device or a socket")
            with path.open("rb") as file:
                kind = _kind_of_file(file.read(_HEAD))
            if kind is not None:
                raise WorkbookError(kind)
            self._zip = ZipFile(path)
        except FileNotFoundError:
            raise WorkbookError("no such file") from None
        except IsADirectoryError:
            raise WorkbookError("a folder, not a workbook") from None
        except OSError as error:
            raise WorkbookError(f"it cannot be read: {error.strerror}") from None
        except (BadZipFile, ValueError, NotImplementedError):
            raise WorkbookError("not a workbook: not a zip package, or one that is cut off") from None
        entries = [info for info in self._zip.infolist() if not info.is_dir()]
        self._names = {_equal_name(info.filename): info.filename for info in entries}
        if len(self._names) < len(entries):
            raise WorkbookError("damaged: the package has a part twice, so applications may read it differently")
        self._sizes = {info.filename: (info.file_size, info.compress_size) for info in entries}

    def __enter__(self) -> "Package":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def parts(self) -> Iterator[str]:
        """The names of all parts."""
        return iter(self._sizes)

    def has(self, part: str) -> bool:
        """Whether there is a part of this name."""
        return _equal_name(part) in self._names

    def elements(self, part: str, *tags: str) -> Iterator[etree._Element]:
        """Yield the part's elements of the given names, in any namespace, each complete; what was yielded is let go."""
        try:
            with self.open(part) as file:
                events = etree.iterparse(
                    file, events=("end",), tag=[f"{{*}}{tag}" for tag in tags],
                    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                )  # fmt: skip
                for _, element in events:
                    yield element
                    element.clear()
                    parent = element.getparent()
                    if parent is not None and element.getprevious() is not None:
                        del parent[0]
        except etree.XMLSyntaxError as error:
            raise WorkbookError(f"damaged: {part} is not well-formed XML ({error.msg})") from None
        except UNPACKING_ERRORS as error:
            raise WorkbookError(f"damaged: {part} cannot be unpacked ({error})") from None

    def relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """The part's relationships by id: the last word of their type, and the part they lead to."""
        relations = relationships_part(part)
        if not self.has(relations):
            return {}
        found = {}
        for element in self.elements(relations, "Relationship"):
            if element.get("TargetMode") != "External":
                target = _joined(_path(part).parent, element.get("Target", "").replace("\\", "/"))
                kind = element.get("Type", "").rpartition("/")[2]
                found[element.get("Id", "")] = (kind, self._names.get(_equal_name(target), target))
        return found

    def open(self, part: str) -> IO[bytes]:
        """Open a part to be read, if it is sound. Raises WorkbookError."""
        if not self.has(part):
            raise WorkbookError(f"damaged: it has no part {part}")
        part = self._names[_equal_name(part)]
        size, packed = self._sizes[part]
        if size > MAX_PART or (size > LARGE and size > MAX_RATIO * max(packed, 1)):
            raise WorkbookError(f"refused: {part} would unpack {packed:,} bytes to {size:,}")
        try:
            with self._zip.open(part) as file:
                if b"<!DOCTYPE" in file.read(4096):
                    raise WorkbookError(f"refused: {part} declares a document type, which no workbook does")
            return self._zip.open(part)
        except UNPACKING_ERRORS as error:
            raise WorkbookError(f"damaged: {part} cannot be unpacked ({error})") from None


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace; of one whose prefix nobody declares, as it is written.

    Where such a one is, the part turns out not to be well-formed, but not before its end.
    """
    return str(element.tag).rpartition("}")[2]


def relationships_part(part: str) -> str:
    """The part in which a part's relationships stand."""
    path = _path(part)
    return str(path.parent / "_rels" / f"{path.name}.rels")


def _path(part: str) -> PurePosixPath:
    return PurePosixPath(part.replace("\\", "/"))


def _equal_name(part: str) -> str:
    """What two names of the same part have in common."""
    return part.replace("\\", "/").lstrip("/").lower()


def _kind_of_file(head: bytes) -> str | None:
    """What a file is that begins with these bytes, where it is known not to be a package."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):  # a compound file (MS-CFB)
        return "encrypted with a password, or an .xls of before 2007: save it as .xlsx without one"
    if not head:
        return "not a workbook: the file is empty"
    if head.startswith(b"%PDF"):
        return "not a workbook: a PDF"
    if head.startswith(b"PK"):
        return None
    text = head.decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return "not a workbook: a page of HTML or XML: open it in a spreadsheet program and save it as .xlsx"
    if text and all(character.isprintable() or character in _TEXT for character in text):
        return "not a workbook: plain text, such as a .csv; save as .xlsx to keep the formulas"
    return None


def _joined(folder: PurePosixPath, target: str) -> str:
    """The name of the part that a relationship's target means, seen from a folder."""
    if target.startswith("/"):
        return target.lstrip("/")
    names: list[str] = list(folder.parts)
    for name in target.split("/"):
        if name == "..":
            names = names[:-1]
        elif name != ".":
            names.append(name)
    return "/".join(names)
