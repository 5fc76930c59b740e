"""A workbook's package, read with care and written again with some of its parts changed.

The format is that of ECMA-376 part 2: a zip whose entries are parts; `[Content_Types].xml` says what each part is, and
beside a part `_rels/NAME.rels` says which parts it leads to. Part names are compared without regard to case (§6.2.2).
Only parts that list others are ever held in memory, and only up to a bound; all the rest is copied through.
"""

import posixpath
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from opc.files import EPOCH
from opc.packed import CHUNK, copy_entry, like
from sheetgen.insertion.ooxml import XmlError, elements, parse, serialise, stream

CONTENT_TYPES = "[Content_Types].xml"
ROOT = ""  # the package itself, as the source of relationships
MAX_LISTING = 1 << 26  # bytes, unpacked, of a part that is held in memory; a workbook.xml has some thousands
ENCRYPTED = 1  # a flag of an entry
# What unpacking a damaged part may raise.
UNPACKING_ERRORS = (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class InsertionError(Exception):
    """A workbook that no sheet can be put into: says why and what to do, in a phrase without the file's name."""


@dataclass(frozen=True)
class Relationship:
    """One way from a part to another: `kind` is the last word of its type.

    `target` is a part, or an address where it is external.
    """

    id: str
    kind: str
    target: str
    external: bool


class Package:
    """The parts of a package and the changes that are to be made to them; `write` makes them. Closes no file."""

    def __init__(self, file: IO[bytes], most: int = MAX_LISTING) -> None:
        self._most = most  # bytes of a part that is held in memory
        try:
            self._zip = ZipFile(file)
        except (BadZipFile, ValueError, NotImplementedError):
            raise InsertionError("not a workbook: not a zip package, or one that is cut off") from None
        self._entries: dict[str, ZipInfo] = {}  # by the part's name in lower case
        for info in self._zip.infolist():
            if self._entries.setdefault(part_key(info.filename), info) is not info:
                raise InsertionError("damaged: the package has a part twice, so applications may read it differently")
            if info.flag_bits & ENCRYPTED:
                raise InsertionError("its parts are encrypted with a password: save it without one")
            if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise InsertionError("its parts are compressed in an unsupported way: open it and save it again")
        self._changed: dict[str, tuple[str, bytes]] = {}  # by the key: the name and the new content
        self._removed: set[str] = set()

    def has(self, part: str) -> bool:
        """Whether there is such a part, with the changes made so far."""
        return part_key(part) in self._changed or self._in_zip(part)

    def parts(self) -> Iterator[str]:
        """The names of all parts, with the changes made so far."""
        yield from (info.filename for key, info in self._entries.items() if key not in self._removed)
        yield from (name for key, (name, _) in self._changed.items() if not self._in_zip(name))

    def read(self, part: str) -> bytes:
        """A part's content, whole. Raises InsertionError where it is missing, damaged, or too large to be a list."""
        key = part_key(part)
        if key in self._changed:
            return self._changed[key][1]
        if not self._in_zip(part):
            raise InsertionError(f"damaged: it has no part {part}")
        if self._entries[key].file_size > self._most:
            raise InsertionError(f"refused: its part {part} has {self._entries[key].file_size:,} bytes")
        try:
            return self._zip.read(self._entries[key])
        except (*UNPACKING_ERRORS, OSError) as error:
            raise InsertionError(f"damaged: {part} cannot be unpacked ({error})") from None

    def xml(self, part: str) -> etree._Element:
        """The root of a part. Raises InsertionError where it is missing, or not the XML that a workbook has."""
        try:
            return parse(self.read(part))
        except XmlError as error:
            raise InsertionError(f"damaged: {part} {error}") from None

    def stream(self, part: str, *tags: str) -> Iterator[etree._Element]:
        """Yield a part's elements of SpreadsheetML with these names, each complete; what was yielded is let go."""
        try:
            with self._zip.open(self._entries[part_key(part)]) as file:
                yield from stream(file, *tags)
        except XmlError as error:
            raise InsertionError(f"damaged: {part} {error}") from None
        except UNPACKING_ERRORS as error:
            raise InsertionError(f"damaged: {part} cannot be unpacked ({error})") from None

    def test(self) -> None:
        """Unpack every part, and keep nothing. Raises InsertionError for one that is damaged."""
        for info in self._entries.values():
            try:
                with self._zip.open(info) as file:
                    while file.read(CHUNK):
                        pass
            except (*UNPACKING_ERRORS, OSError) as error:
                raise InsertionError(f"damaged: {info.filename} cannot be unpacked ({error})") from None

    def put(self, part: str, content: bytes) -> None:
        """Give a part new content, or add it. Its content type is `ContentTypes`' business."""
        self._changed[part_key(part)] = (part, content)

    def put_xml(self, part: str, root: etree._Element) -> None:
        """Give an XML part new content, or add it."""
        self.put(part, serialise(root))

    def remove(self, part: str) -> None:
        """Take a part away, with its relationships."""
        for name in (part, relationships_part(part)):
            self._changed.pop(part_key(name), None)
            self._removed.add(part_key(name))

    def free_name(self, part: str) -> str:
        """The part's name, with the first number in it that makes it a new one."""
        match = re.fullmatch(r"(.*?)\d*(\.[^./]*)", part)
        stem, ending = match.groups() if match else (part, "")
        number = 1
        while self.has(f"{stem}{number}{ending}") or self.has(relationships_part(f"{stem}{number}{ending}")):
            number += 1
        return f"{stem}{number}{ending}"

    def relationships(self, part: str) -> list[Relationship]:
        """Where a part leads; `ROOT` is the package itself."""
        listing = relationships_part(part)
        if not self.has(listing):
            return []
        found = []
        for element in elements(self.xml(listing)):
            target = element.get("Target", "")
            external = element.get("TargetMode") == "External" or target.startswith("#")  # a place in the workbook
            kind = element.get("Type", "").rpartition("/")[2]
            target = target if external else self._resolved(part, target)
            found.append(Relationship(element.get("Id", ""), kind, target, external))
        return found

    def related(self, part: str, kind: str) -> str | None:
        """The part of that kind that a part leads to, if it leads to one; it may be missing."""
        for relationship in self.relationships(part):
            if relationship.kind == kind and not relationship.external:
                return relationship.target
        return None

    def reachable(self, part: str) -> list[str]:
        """Every part that `part` leads to, directly or not, and itself first."""
        found = {part_key(part): part}
        waiting = [part]
        while waiting:
            for relationship in self.relationships(waiting.pop()):
                target = relationship.target
                if not relationship.external and part_key(target) not in found and self.has(target):
                    found[part_key(target)] = target
                    waiting.append(target)
        return list(found.values())

    def write(self, file: IO[bytes]) -> None:
        """Write the package with its changes: parts that were there in their order, the new ones behind them."""
        with ZipFile(file, "w", ZIP_DEFLATED) as output:
            output.comment = self._zip.comment
            for key, info in self._entries.items():
                if key in self._changed:
                    output.writestr(like(info), self._changed[key][1])
                elif key not in self._removed:
                    copy_entry(self._zip, info, output)
            for key, (name, content) in self._changed.items():
                if key not in self._entries:
                    output.writestr(ZipInfo(name, EPOCH), content, ZIP_DEFLATED)

    def _in_zip(self, part: str) -> bool:
        return part_key(part) in self._entries and part_key(part) not in self._removed

    def _resolved(self, source: str, target: str) -> str:
        """The part that a relationship's target means; with the name that it has in the zip, where it is there."""
        path = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), target)).lstrip("/")
        for name in (path, unquote(path)):
            if self._in_zip(name):
                return self._entries[part_key(name)].filename.lstrip("/")
        return path


def relationships_part(part: str) -> str:
    """The part in which a part's relationships stand."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relative(source: str, target: str) -> str:
    """The part `target` as a relationship of the part `source` names it."""
    return posixpath.relpath("/" + target, "/" + posixpath.dirname(source))


def part_key(part: str) -> str:
    """What two spellings of a part's name have in common."""
    return part.lstrip("/").lower()
