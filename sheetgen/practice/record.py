"""A sheet that keeps what a learner is given as it is written, for the digests that a grader compares."""

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sheetgen.mathematics.values import Value
from templates.practice import Given, digest_of


class RecordedSheet:
    """Writes to `sheet`; rows and columns count from 0."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self._given: dict[Given, list[tuple[tuple[int, int], str | float]]] = {kind: [] for kind in Given}

    def label(self, row: int, column: int, text: str, style: Format) -> None:
        """Write a label that is to stay."""
        self._keep(Given.LABELS, row, column, text)
        self.sheet.write_string(row, column, text, style)

    def number(self, row: int, column: int, number: float, style: Format) -> None:
        """Write a number that is to stay."""
        self._keep(Given.NUMBERS, row, column, number)
        self.sheet.write_number(row, column, number, style)

    def formula(self, row: int, column: int, formula: str, style: Format, value: Value) -> None:
        """Write a formula of the table that is to stay."""
        self._keep(Given.FORMULAS, row, column, formula)
        self.sheet.write_formula(row, column, formula, style, value)

    def check(self, row: int, column: int, formula: str, style: Format, value: Value) -> None:
        """Write a formula that checks what a learner does."""
        self._keep(Given.CHECKS, row, column, formula)
        self.sheet.write_formula(row, column, formula, style, value)

    def trial(self, row: int, column: int, number: float) -> None:
        """Keep a number of a trial, which stands on a sheet of its own."""
        self._keep(Given.TRIALS, row, column, number)

    def digests(self) -> str:
        """A digest for each kind of what was written, as one text."""
        return ";".join(f"{kind.value}={digest_of(contents)}" for kind, contents in self._given.items())

    def _keep(self, kind: Given, row: int, column: int, content: str | float) -> None:
        self._given[kind].append(((row + 1, column + 1), content))
