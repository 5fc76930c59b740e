"""A package written again with some of its parts changed, all others copied as they are packed."""

from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from opc.packed import copy_entry, like
from verifier.reading.package import UNPACKING_ERRORS, Package, WorkbookError

_LARGE = 1 << 30  # bytes; an entry that may grow past 2 GiB has to say so before


def read_part(package: Package, part: str) -> bytes:
    """The whole of a part. Raises WorkbookError."""
    try:
        with package.open(part) as file:
            return file.read()
    except UNPACKING_ERRORS as error:
        raise WorkbookError(f"damaged: {part} cannot be unpacked ({error})") from None


def read_sound_part(package: Package, part: str) -> bytes:
    """The whole of a part that nobody has read yet, if it is well-formed XML. Raises WorkbookError."""
    for _ in package.elements(part, "none"):
        pass
    return read_part(package, part)


def write_package(source: Path, output: IO[bytes], changed: Mapping[str, Iterable[bytes]], dropped: Set[str]) -> None:
    """Write the package of a file with some parts changed, each given in pieces, and some left out.

    Raises WorkbookError, OSError.
    """
    try:
        with ZipFile(source) as old, ZipFile(output, "w") as new:
            new.comment = old.comment
            for info in old.infolist():
                if info.filename in changed:
                    with new.open(like(info), "w", force_zip64=info.file_size > _LARGE) as file:
                        for piece in changed[info.filename]:
                            file.write(piece)
                elif info.filename not in dropped:
                    copy_entry(old, info, new)
    except BadZipFile as error:
        raise WorkbookError(f"damaged: it cannot be copied ({error})") from None
