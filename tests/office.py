"""LibreOffice, driven through UNO, its Python bridge.

Debian builds the bridge (`python3-uno`) for the system's own Python, so this module runs twice: the tests import
`Office`, and `Office` runs this same file under the system's Python, where it starts LibreOffice and answers requests.
A request and its answer are a line of JSON each.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SYSTEM_PYTHON = "/usr/bin/python3"
SECONDS = 600  # to start or to end, busy as the machine may be
PICTURE_RESOLUTION = 60  # dots an inch

Cells = list[list[float | str]]


class Office:
    """A running LibreOffice with a profile of its own; a context manager."""

    @staticmethod
    def missing() -> str | None:
        """The reason why it cannot be used here, or None where it can."""
        for program in ("soffice", "pdftoppm", SYSTEM_PYTHON):
            if shutil.which(program) is None:
                return f"{program} is not installed"
        if subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode != 0:
            return f"{SYSTEM_PYTHON} has no module uno (python3-uno)"
        return None

    def __enter__(self) -> "Office":
        self._bridge = subprocess.Popen(
            [SYSTEM_PYTHON, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._bridge.communicate(timeout=SECONDS)  # the end of its input is its signal to stop

    def values(self, workbook: Path, typed: Mapping[str, float | str] | None = None) -> dict[str, Cells]:
        """Type numbers, texts or formulas into cells (`Sheet!A1`), recalculate, and give each sheet's cells from A1 on.

        Numbers are full doubles; an empty cell is an empty text.
        """
        sheets: dict[str, Cells] = self._ask("values", workbook=str(workbook), typed=dict(typed or {}))
        return sheets

    def pictures(self, workbook: Path, folder: Path) -> dict[str, Path]:
        """Print the first page of every visible sheet, recalculated, as a PNG in `folder`."""
        names: dict[str, str] = self._ask("pictures", workbook=str(workbook), folder=str(folder))
        return {sheet: Path(picture) for sheet, picture in names.items()}

    def saved(self, workbook: Path, output: Path) -> Path:
        """Recalculate a workbook and save it under another name, as LibreOffice writes `.xlsx`."""
        self._ask("saved", workbook=str(workbook), output=str(output))
        return output

    def _ask(self, what: str, **arguments: object) -> Any:
        assert self._bridge.stdin is not None
        assert self._bridge.stdout is not None
        print(json.dumps([what, arguments]), file=self._bridge.stdin, flush=True)
        answer = self._bridge.stdout.readline()
        if not answer:
            raise RuntimeError("LibreOffice's bridge has ended; what it said is on standard error")
        return json.loads(answer)


def _property(name: str, value: object) -> object:
    from com.sun.star.beans import PropertyValue

    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def _connect(pipe: str) -> Any:
    import uno
    from com.sun.star.connection import NoConnectException

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    give_up = time.monotonic() + SECONDS
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def _open(desktop: Any, workbook: str) -> Any:
    book = desktop.loadComponentFromURL(Path(workbook).as_uri(), "_blank", 0, (_property("Hidden", True),))
    if book is None:
        raise RuntimeError(f"LibreOffice cannot open {workbook}")
    return book


def _values(desktop: Any, workbook: str, typed: Mapping[str, float | str]) -> dict[str, Cells]:
    book = _open(desktop, workbook)
    for place, number in typed.items():
        sheet, address = place.rsplit("!", 1)
        cell = book.Sheets.getByName(sheet).getCellRangeByName(address)
        cell.setFormula(number) if isinstance(number, str) else cell.setValue(number)
    book.calculateAll()
    cells = {}
    for sheet in book.Sheets:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        used = sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
        cells[sheet.Name] = [list(row) for row in used.getDataArray()]
    book.close(True)
    return cells


def _pictures(desktop: Any, workbook: str, folder: str) -> dict[str, str]:
    book = _open(desktop, workbook)
    book.calculateAll()
    areas = {sheet.Name: sheet.getPrintAreas() for sheet in book.Sheets if sheet.IsVisible}
    pictures = {}
    for number, (name, area) in enumerate(areas.items(), 1):
        for sheet in book.Sheets:
            sheet.setPrintAreas(area if sheet.Name == name else ())  # one that has none is then left out
        page = Path(folder, f"sheet{number}")
        book.storeToURL(page.with_suffix(".pdf").as_uri(), (_property("FilterName", "calc_pdf_Export"),))
        first = ["-png", "-r", str(PICTURE_RESOLUTION), "-f", "1", "-l", "1", "-singlefile"]
        subprocess.run(["pdftoppm", *first, str(page.with_suffix(".pdf")), str(page)], check=True)
        pictures[name] = str(page.with_suffix(".png"))
    book.close(True)
    return pictures


def _saved(desktop: Any, workbook: str, output: str) -> str:
    book = _open(desktop, workbook)
    book.calculateAll()
    book.storeToURL(Path(output).as_uri(), (_property("FilterName", "Calc MS Excel 2007 XML"),))
    book.close(True)
    return output


def _serve() -> None:
    """Start LibreOffice, answer requests until there are no more, and end it."""
    pipe = f"tests-{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        soffice = subprocess.Popen(
            ["soffice", f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore",
             "--nologo", f"--accept=pipe,name={pipe};urp;"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            desktop = _connect(pipe)
            for line in sys.stdin:
                what, arguments = json.loads(line)
                answer = {"values": _values, "pictures": _pictures, "saved": _saved}[what](desktop, **arguments)
                print(json.dumps(answer), flush=True)
            desktop.terminate()
            soffice.wait(SECONDS)
        finally:
            soffice.terminate()  # where it has not ended yet


if __name__ == "__main__":
    _serve()
