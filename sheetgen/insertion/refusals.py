"""Workbooks that no sheet is put into, and why: found before anything is done.

Each is an InsertionError that says what to do instead. Some of these are files that cannot be changed; some would be
changed although somebody meant them not to be; and some would be damaged by it.
"""

import os
import stat
from pathlib import Path

from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import STRICT_MAIN, is_true, main
from sheetgen.insertion.package import CONTENT_TYPES, ROOT, InsertionError, Package

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

WORKBOOK_TYPES = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "application/vnd.ms-excel.sheet.macroenabled.main+xml",
}
OTHER_TYPES = {  # a word of their content type
    "template": "a template (.xltx): save it as a workbook (.xlsx) first",
    "binary": "a binary workbook (.xlsb): save it as .xlsx first",
    "addin": "an add-in, not a workbook",
    "wordprocessingml": "a text document, not a workbook",
    "presentationml": "a presentation, not a workbook",
}
LOCKS = {"~${}": "Excel", ".~lock.{}#": "LibreOffice", ".~{}": "WPS Office"}  # files beside one that is open


def refuse_file(path: Path) -> None:
    """Refuse a file that is not there, is no file, may not be changed, is open elsewhere, or is encrypted."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InsertionError("no such file") from None
    except OSError as error:
        raise InsertionError(f"it cannot be read: {error.strerror}") from None
    if stat.S_ISDIR(mode):
        raise InsertionError("a folder, not a workbook")
    if not stat.S_ISREG(mode):
        raise InsertionError("not a file that can be replaced")
    _refuse_what_is_open(path)
    _refuse_what_is_read_only(path.resolve())
    try:
        with path.open("rb") as file:
            start = file.read(len(OLE_MAGIC))
    except OSError as error:
        raise InsertionError(f"it cannot be read: {error.strerror}") from None
    if start == OLE_MAGIC:
        raise InsertionError(
            "encrypted with a password, or an .xls of before 2007: save it as .xlsx without a password"
        )


def _refuse_what_is_open(path: Path) -> None:
    for place in {path.absolute(), path.resolve()}:
        for pattern, application in LOCKS.items():
            lock = place.with_name(pattern.format(place.name))
            if lock.exists():
                raise InsertionError(
                    f"it is open in {application}: close it there (or, if it is not, remove {lock.name} beside it)"
                )


def _refuse_what_is_read_only(path: Path) -> None:
    """A file is replaced by another of its name, which would pass over its own permissions without a word."""
    # Whoever may do everything is asked by the permissions too: they say what is wanted.
    if not path.stat().st_mode & WRITABLE or not os.access(path, os.W_OK):
        raise InsertionError("it is read-only: allow it to be written, or copy it")
    if not path.parent.stat().st_mode & WRITABLE or not os.access(path.parent, os.W_OK):
        raise InsertionError("its folder is read-only: copy it to another one")


def refuse_package(package: Package) -> str:
    """Refuse a package that is no workbook, or none that may be changed. The name of its workbook's part."""
    part = _workbook_part(package)
    if any(relationship.kind == "origin" for relationship in package.relationships(ROOT)):
        raise InsertionError(
            "it is signed, and a change would break the signature: remove that, or save a copy without"
        )
    root = package.xml(part)
    if root.tag == f"{{{STRICT_MAIN}}}workbook":
        raise InsertionError("it is saved as 'Strict Open XML': save it as a plain 'Excel Workbook (.xlsx)' first")
    if root.tag != main("workbook"):
        raise InsertionError(f"damaged: {part} is not the part of a workbook")
    protection = root.find(main("workbookProtection"))
    if protection is not None and is_true(protection.get("lockStructure")):
        raise InsertionError("its structure is locked, so it takes no sheets: unprotect the workbook first")
    sharing = root.find(main("fileSharing"))
    if sharing is not None and (sharing.get("reservationPassword") or sharing.get("hashValue")):
        raise InsertionError("it may be changed with a password only: save it without one first")
    if any(relationship.kind == "revisionHeaders" for relationship in package.relationships(part)):
        raise InsertionError("it is shared and keeps track of changes: stop sharing it first")
    return part


def _workbook_part(package: Package) -> str:
    if not package.has(CONTENT_TYPES):
        if package.has("mimetype") and b"opendocument" in package.read("mimetype"):
            raise InsertionError("an OpenDocument file, not an Excel workbook: save it as .xlsx first")
        raise InsertionError("not a workbook: a zip of something else")
    part = package.related(ROOT, "officeDocument")
    content_type = "" if part is None else ContentTypes(package).of(part).lower()
    if part is None or not package.has(part) or content_type not in WORKBOOK_TYPES:
        for word, what in OTHER_TYPES.items():
            if word in content_type:
                raise InsertionError(what)
        raise InsertionError("not a workbook: a package of something else")
    return part
