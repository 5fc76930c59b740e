"""What a package has that could run something or fetch something: it is said to be there, and never touched."""

from verifier.reading.package import Package

# A part of the path of a part, in small letters, and what such a part is.
_NOTES = {
    "vbaproject.bin": "has macros; they are never run",
    "macrosheets/": "has macro sheets of Excel 4; they are never run",
    "basic/script-lc.xml": "has macros; they are never run",
    "externallinks/": "has links to other workbooks; they are never followed",
    "connections.xml": "has connections to outside data; they are never followed",
    "querytables/": "has queries of outside data; they are never followed",
    "customdata/": "has queries of outside data; they are never followed",
    "webextensions/": "has web extensions; they are never run",
    "embeddings/": "has embedded files; they are never opened",
    "activex/": "has ActiveX controls; they are never run",
    "ctrlprops/": "has form controls; they are never run",
}


def notes(package: Package) -> list[str]:
    """A line for each kind of such parts that the package has."""
    parts = [part.lower() for part in package.parts()]
    found = (note for path, note in _NOTES.items() if any(path in part for part in parts))
    return list(dict.fromkeys(found))
