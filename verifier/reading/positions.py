"""Where in a formula a range stands: in an argument that takes it whole, or where one value is meant.

A formula of one cell gives one value, so where a range stands for a value the spreadsheet takes the one of its cells
that is in the formula's own row or column (implicit intersection); in an array formula it takes them all, one after the
other. Which of a function's arguments take ranges is in `verifier.reading.functions`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from verifier.reading.functions import chooses, computes_arrays, reduces, takes_range
from verifier.reading.references import UnsupportedFormulaError

SINGLE = "SINGLE"  # what Excel shows as `@`: one value of a range, in any formula


class NotElementwiseError(Exception):
    """A formula whose elements cannot be computed one by one."""


@dataclass(frozen=True)
class Position:
    """The calls around an operand, the outermost first, each with its argument from 0; whether it is that argument."""

    calls: tuple[tuple[str, int], ...]
    is_argument: bool

    def is_single(self) -> bool:
        """Whether one value of a range is asked for by name."""
        if not any(name == SINGLE for name, _ in self.calls):
            return False
        if self.calls[-1][0] == SINGLE and self.is_argument:
            return True
        raise UnsupportedFormulaError("it asks for a single value of something other than a range")

    def takes_range_in_cell(self) -> bool:
        """Whether a range is taken whole in a formula of one cell."""
        if self.is_single():
            return False
        if self.calls and self.is_argument and takes_range(*self.calls[-1]):
            return True
        chosen = False
        for name, argument in reversed(self.calls):
            chosen = chosen or chooses(name)
            if takes_range(name, argument) and chosen:
                raise UnsupportedFormulaError(f"a range within {name} is chosen by a condition")
            if computes_arrays(name, argument):
                return True
        return False

    def takes_range_in_array(self) -> bool:
        """Whether a range is taken whole by a function that gives one value for it, within an array formula.

        Raises NotElementwiseError where the function gives an array.
        """
        for name, argument in reversed(self.calls):
            if reduces(name, argument):
                return True
            if takes_range(name, argument):
                raise NotElementwiseError
        return False


@dataclass
class _Call:
    """A bracket that is open, of a call or, without a name, of none: its argument's number, and where that begins."""

    name: str
    argument: int
    start: int


class Calls:
    """The calls that are open, as a formula is read from its start to its end."""

    def __init__(self, formula: str) -> None:
        self._formula = formula
        self._open: list[_Call] = []

    def enter(self, name: str, start: int) -> None:
        """A call's opening bracket, or a plain one without a name, ends before `start`."""
        self._open.append(_Call(name, 0, start))

    def comma(self, start: int) -> None:
        """The next argument begins at `start`."""
        if self._open:
            self._open[-1].argument += 1
            self._open[-1].start = start

    def leave(self) -> None:
        """A closing bracket."""
        if self._open:
            self._open.pop()

    def position(self, start: int, end: int) -> Position:
        """The position of the operand that is written from `start` to `end`."""
        calls = tuple((call.name, call.argument) for call in self._open if call.name)
        return Position(calls, self._is_argument(start, end))

    def _is_argument(self, start: int, end: int) -> bool:
        """Whether nothing but plain brackets stands between the operand and the ends of its argument."""
        brackets = list(self._plain_brackets())
        if len(brackets) == len(self._open):
            return False
        begin = self._open[-1 - len(brackets)].start
        before = re.compile(r"[\s(]*").fullmatch(self._formula, begin, start)
        after = re.compile(rf"(?:\s*\)){{{len(brackets)}}}\s*[,)]").match(self._formula, end)
        return bool(before and after)

    def _plain_brackets(self) -> Iterator[_Call]:
        for call in reversed(self._open):
            if call.name:
                return
            yield call
