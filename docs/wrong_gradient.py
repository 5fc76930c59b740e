"""Write wrong_gradient.xlsx: the workbook of the exercise with the fault that half of the public ones carry.

    python docs/wrong_gradient.py && backprop verify wrong_gradient.xlsx

On the tab `eta 0.5`, ∂E/∂w3 and ∂E/∂w4 use a_h1·(1 − a_h1) in the place of a_h2·(1 − a_h2).
"""

import re
from pathlib import Path
from zipfile import ZipFile

from sheetgen import generate
from templates import load_template

WORKBOOK, TAB = Path("wrong_gradient.xlsx"), "eta 0.5"
_GRADIENT = re.compile(r'<c r="(?:Z|AA)\d+"[^>]*><f>[^<]*</f>')  # of w3 and of w4
_VALUE = re.compile(r'(?: t="str")?(><f>[^<]*</f>)<v>[^<]*</v>')


def write(path: Path) -> None:
    """Generate the workbook, put the fault in, and take out all cached values, which would be those without it."""
    generate(load_template("backprop"), path)
    with ZipFile(path) as package:
        parts = {entry: package.read(entry).decode() if _is_sheet(entry.filename) else package.read(entry)
                 for entry in package.infolist()}  # fmt: skip
        names = re.findall(r'<sheet name="([^"]*)"', package.read("xl/workbook.xml").decode())
    tab = f"xl/worksheets/sheet{names.index(TAB) + 1}.xml"
    with ZipFile(path, "w") as package:
        for entry, content in parts.items():
            if isinstance(content, str):
                wrong = _GRADIENT.sub(lambda cell: re.sub(r"\bL(\d)", r"J\1", cell[0]), content)
                content = _VALUE.sub(r"\1", wrong if entry.filename == tab else content)
            package.writestr(entry, content)


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/worksheets/sheet")


if __name__ == "__main__":
    write(WORKBOOK)
