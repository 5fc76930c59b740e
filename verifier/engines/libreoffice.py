"""LibreOffice, asked to recalculate a plain copy of the workbook and to save it again.

One process for each workbook, with a profile of its own that is thrown away. What it saves carries 15 digits, which is
far more than a disagreement needs. It has no booleans of its own, and saves its own error codes as those of Excel.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from verifier.computing.recompute import Cell
from verifier.engines.calculator import EngineError
from verifier.engines.office_profile import write_profile
from verifier.engines.plain_book import PlainBook, write_copy
from verifier.engines.process import ProgramError, run_program
from verifier.reading.package import WorkbookError
from verifier.reading.workbook import read_workbook
from verifier.values import Value

SECONDS = 60.0  # for one workbook; 20,000 formulas take a few
MISSING = (
    "the engine LibreOffice is not installed: there is no program soffice on the path or in its usual place; install "
    "it (Debian and Ubuntu: `apt install libreoffice-calc`; macOS: `brew install --cask libreoffice`; Windows: "
    "`winget install TheDocumentFoundation.LibreOffice`), or choose another engine"
)
_ON_PATH = ("soffice", "libreoffice")
_MACOS = Path("/Applications/LibreOffice.app/Contents/MacOS/soffice")
_WINDOWS = Path("LibreOffice", "program", "soffice.com")  # soffice.exe would not wait until it has ended


@dataclass(frozen=True)
class LibreOffice:
    """Calculates by LibreOffice: by its `program`, in no more than some seconds for a workbook."""

    program: Path
    seconds: float = SECONDS
    name: str = "LibreOffice"

    @classmethod
    def installed(cls) -> "LibreOffice":
        """The engine, where its program is found. Raises EngineError."""
        program = next(_programs(), None)
        if program is None:
            raise EngineError(MISSING)
        return cls(program)

    def calculate(self, book: PlainBook) -> Mapping[Cell, Value]:
        """The values of all formulas. Raises EngineError."""
        with tempfile.TemporaryDirectory(prefix="backprop-", ignore_cleanup_errors=True) as folder:
            copy, saved = Path(folder, "copy.xlsx"), Path(folder, "saved")
            write_copy(book, copy)
            said = self._convert(copy, saved, Path(folder))
            try:
                sheets = read_workbook(saved / copy.name).sheets
            except WorkbookError as error:
                raise EngineError(f"LibreOffice did not calculate it ({error}; it said: {said!r})") from None
            return {cell: _value(sheets[cell[0]].values.get(cell[1:])) for cell in book.formulas}

    def _convert(self, copy: Path, saved: Path, folder: Path) -> str:
        """Have the copy loaded, recalculated and saved in another folder; returns what the program said."""
        profile = folder / "profile"
        write_profile(profile)
        command = [
            str(self.program), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo",
            "--nolockcheck", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(saved), str(copy),
        ]  # fmt: skip
        try:
            return run_program(command, self.seconds, folder)
        except ProgramError as error:
            raise EngineError(f"LibreOffice {error}") from None


def _programs() -> Iterator[Path]:
    """Where the program is, as far as it is there."""
    found = [shutil.which(name) for name in _ON_PATH]
    yield from (Path(path) for path in found if path)
    folders = [Path(os.environ[name]) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)") if name in os.environ]
    yield from (path for path in (_MACOS, *(folder / _WINDOWS for folder in folders)) if path.is_file())


def _value(value: Value) -> Value:
    """The value, with Excel's zero, which has no sign."""
    return value + 0.0 if isinstance(value, float) else value
