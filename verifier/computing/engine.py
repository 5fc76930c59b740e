"""Formulas as functions: each distinct one is compiled once by `formulas`, whose results are the verdict's.

Calling what `formulas` has for a formula costs a tenth of a millisecond and more. So its own parse of the
formula is also written out as plain Python, and with ranges in it as operations of NumPy (`arrays.py`), and these are
used only once they have been proven equal: on the first real arguments and on random ones. An argument or a result that
they do not cover (a text, a number too large) goes through `formulas` itself.
"""

import logging
import math
import pickle  # writes only; nothing is read back
import random
import re
import warnings
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, Protocol

import formulas
import numpy as np
import schedula
from formulas.tokens.operand import XlError

from verifier.computing.arrays import array_formula
from verifier.computing.compiling import compiled
from verifier.computing.plain import Plain, plain_function
from verifier.computing.proven import Argument, Proven, numbers_of
from verifier.reading.functions import OF_OWN_CELL
from verifier.reading.references import Pattern, UnsupportedFormulaError, column_name, placeholder
from verifier.values import ERROR_NAMES, ExcelError, Value

MOST_KEPT = 1_000  # compiled formulas, of some 20 kB each
LONGEST_TEXT = 32_767  # characters in a cell of Excel; without a limit, doubled texts would take all memory

_SAMPLES = 12  # random arguments on which plain Python must agree
_ROUNDING = 8e-16  # relative difference allowed there: NumPy's exp and Python's differ in the last place

# A formula turns truth values into numbers by two signs, `--(A1:A9>0)`; `formulas` takes them for none at all.
_TWO_SIGNS = re.compile(r'("(?:[^"]|"")*")|(?:(?<=[(,=<>])|^)\s*-\s*-')

# A function that gives a number of its own cell, and a text in which it is none.
_OWN = re.compile(rf'("(?:[^"]|"")*")|(?<![\w.])({"|".join(OF_OWN_CELL)})\(\s*\)', re.IGNORECASE)

# `formulas` logs what fails inside a formula; the failure itself comes back as an error value.
logging.getLogger("schedula").setLevel(logging.CRITICAL)


class Engine:
    """Compiles formulas, and keeps those asked for last: a class hands in the same few dozen again and again."""

    def __init__(self) -> None:
        self._compiled = lru_cache(MOST_KEPT)(CompiledFormula)

    def compile(self, pattern: Pattern) -> "Computable":
        """The function of a formula: its arguments are the values of its references, a range's as rows of values.

        Raises UnsupportedFormulaError.
        """
        compiled = self._compiled(pattern.skeleton, tuple(reference.is_range for reference in pattern.references))
        return compiled if pattern.element is None else ArrayElement(compiled, *pattern.element)


class Computable(Protocol):
    """A function of the values of references; `tokens` are the formula as parsed, over cells with these `addresses`.

    `own` says which numbers of the cell that it stands in it takes after them, by the function that gives them: `ROW`.
    `arrays` computes it in many cells at once, if anything does; of an array the `element` is shown, or else all of it.
    """

    tokens: tuple[Any, ...]
    addresses: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def element(self) -> tuple[int, int] | None:
        """The row and the column of the element that is shown."""

    @property
    def arrays(self) -> Proven | None:
        """The formula over arrays."""

    def __hash__(self) -> int:
        """By identity."""

    def __call__(self, arguments: Sequence[Argument]) -> Value:
        """The formula's value. Raises UnsupportedFormulaError."""


class CompiledFormula:
    """One formula, compiled by `formulas` over cells of its own; `ranges` tells which of its references are ranges."""

    element: tuple[int, int] | None = None

    def __init__(self, skeleton: str, ranges: Sequence[bool]) -> None:
        self.own = tuple(dict.fromkeys(match[2].upper() for match in _OWN.finditer(skeleton) if match[2]))
        addresses = _addresses([*ranges, *(False for _ in self.own)])
        numbers = dict(zip(self.own, addresses[len(ranges) :], strict=True))
        skeleton = _OWN.sub(lambda match: match[1] or numbers[match[2].upper()], skeleton)
        text = _TWO_SIGNS.sub(lambda match: match[1] or "-1*-1*", skeleton)
        for k, address in enumerate(addresses):
            text = text.replace(placeholder(k), address)
        self.addresses = tuple(addresses)
        self._function, self.tokens = compiled(text, addresses)
        self._plain = None if any(ranges) else plain_function(self.tokens, addresses)
        self._proven = False
        # Without a choice in it, a formula of errors is an error that depends on where they stand alone.
        self._strict = all(str(token.name).upper() != "IF" for token in self.tokens)
        self._errors: dict[tuple[ExcelError | None, ...], Value] = {}
        self._last_array: tuple[bytes, list[list[Value]]] | None = None
        self._ranges = (*ranges, *(False for _ in self.own))
        self._is_asked_again = False

    @cached_property
    def arrays(self) -> Proven | None:
        """The formula over arrays; None where it uses anything else."""
        formula = array_formula(self.tokens, self.addresses)
        return None if formula is None else Proven(formula, self._ranges, self._rows_of)

    def __call__(self, arguments: Sequence[Argument]) -> Value:
        """The formula's value."""
        if self._plain is not None:
            try:
                result = self._plain(*arguments)
                if math.isfinite(result) and (self._proven or self._prove(arguments)):
                    return result + 0.0  # Excel has no negative zero
            except TypeError:
                if self._strict and self._proven:
                    return self._of_errors(arguments)
            except (ArithmeticError, ValueError):
                pass  # not covered: a number too large, a root of a negative one
        elif any(self._ranges):
            rows = self._by_arrays(arguments)
            if rows is not None and len(rows) == len(rows[0]) == 1:
                return rows[0][0]
        return self.reference(arguments)

    def _by_arrays(self, arguments: Sequence[Argument]) -> list[list[Value]] | None:
        """The values as NumPy has them; None where it is not known to have them, and at the first call."""
        if not self._is_asked_again or self.arrays is None:
            self._is_asked_again = True
            return None
        known = numbers_of(arguments)
        if known is None or not self.arrays.gives_values(known[0]) or (known[1] and not self.arrays.takes_empty):
            return None
        try:
            found, finite = self.arrays.formula.run(known[0])
        except ValueError:  # of ranges that do not go together
            return None
        return (found[-1][0] + 0.0).tolist() if finite[0] else None

    def _of_errors(self, arguments: Sequence[Argument]) -> Value:
        """The value for arguments that are not all numbers, looked up where they are numbers and errors."""
        if not all(isinstance(argument, float | ExcelError) for argument in arguments):
            return self.reference(arguments)
        key = tuple(argument if isinstance(argument, ExcelError) else None for argument in arguments)
        if key not in self._errors:
            self._errors[key] = self.reference(arguments)
        return self._errors[key]

    def reference(self, arguments: Sequence[Argument]) -> Value:
        """The formula's value as `formulas` itself computes it."""
        result = self._computed(arguments)
        if result.size > 1:
            raise UnsupportedFormulaError("it gives a whole array, and a cell holds one value")
        return _from_formulas(result.ravel()[0])

    def array(self, arguments: Sequence[Argument]) -> list[list[Value]]:
        """The formula's values, in rows; kept for the next element of the array."""
        key = pickle.dumps(arguments)
        if self._last_array is None or self._last_array[0] != key:
            self._last_array = key, self._by_arrays(arguments) or self._rows_of(arguments)
        return self._last_array[1]

    def _rows_of(self, arguments: Sequence[Argument]) -> list[list[Value]]:
        """The formula's values in rows as `formulas` computes them, or what is proven to do as well."""
        if self._proven:
            return [[self(arguments)]]
        return [[_from_formulas(value) for value in row] for row in np.atleast_2d(self._computed(arguments))]

    def _computed(self, arguments: Sequence[Argument]) -> Any:
        values = [_to_formulas(argument) for argument in arguments]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                result = self._function(*values)
            except Exception as error:  # the package raises whatever a function's own code raises
                raise UnsupportedFormulaError(f"`formulas` cannot compute it ({_cause(error)})") from None
        return np.asarray(result, dtype=object)

    def _prove(self, arguments: Sequence[Argument]) -> bool:
        """Compare plain Python with `formulas` on these arguments and on random ones; drop it where they differ."""
        generator = random.Random(len(arguments))  # noqa: S311  the same samples in every run
        samples = [list(arguments)] + [[generator.uniform(-3, 3) for _ in arguments] for _ in range(_SAMPLES)]
        self._proven = all(_agrees(self._plain, sample, self.reference(sample)) for sample in samples)
        if not self._proven:
            self._plain = None
        return self._proven


class ArrayElement:
    """One element of the array that a formula gives, its row and column from 0: the elements are computed together."""

    def __init__(self, formula: CompiledFormula, row: int, column: int) -> None:
        self.tokens, self.addresses, self.own = formula.tokens, formula.addresses, formula.own
        self._formula, self.element = formula, (row, column)

    @property
    def arrays(self) -> Proven | None:
        """The formula of all elements over arrays."""
        return self._formula.arrays

    def __call__(self, arguments: Sequence[Argument]) -> Value:
        """The element's value; an array of one row or column is the same in all rows or columns that show it."""
        rows = self._formula.array(arguments)
        row, column = self.element[0] if len(rows) > 1 else 0, self.element[1] if len(rows[0]) > 1 else 0
        return rows[row][column] if row < len(rows) and column < len(rows[0]) else ExcelError("#N/A")


def _agrees(plain: Plain | None, arguments: Sequence[Argument], expected: Value) -> bool:
    try:
        value = plain(*arguments) if plain is not None else math.nan
    except (ArithmeticError, TypeError, ValueError):
        return isinstance(expected, ExcelError)
    if isinstance(expected, float) and math.isfinite(value):
        return abs(value - expected) <= _ROUNDING * abs(expected) + 1e-18
    return isinstance(expected, ExcelError) and not math.isfinite(value)


def _addresses(ranges: Sequence[bool]) -> list[str]:
    """Where the arguments stand for `formulas`, each in columns of its own; a range as one of two by two cells.

    How large a range really is only its values tell: they come as an array.
    """
    addresses = []
    for k, is_range in enumerate(ranges):
        left, right = column_name(2 * k + 1), column_name(2 * k + 2)
        addresses.append(f"{left}1:{right}2" if is_range else f"{left}1")
    return addresses


def _to_formulas(argument: Argument) -> Any:
    rows = argument if isinstance(argument, list) else [[argument]]
    values = [value if type(value) is float else _cell_to_formulas(value) for row in rows for value in row]
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array.reshape(len(rows), len(rows[0]))


def _cell_to_formulas(value: Value) -> Any:
    if value is None:
        return schedula.EMPTY
    if isinstance(value, ExcelError):
        return _ERRORS.get(value, _ERRORS["#VALUE!"])
    return value


_ERRORS: dict[str, Any] = dict(formulas.tokens.operand.Error.errors)


def _from_formulas(value: Any) -> Value:
    if isinstance(value, XlError):
        return ExcelError(next(name for name in ERROR_NAMES if _ERRORS[name] == value))
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value) + 0.0 if math.isfinite(value) else ExcelError("#NUM!")
    if isinstance(value, complex):
        return ExcelError("#NUM!")  # the root of a negative number
    if value is schedula.EMPTY:
        return 0.0  # a formula that gives an empty cell shows 0
    if isinstance(value, str):
        return str(value) if len(value) <= LONGEST_TEXT else ExcelError("#VALUE!")
    raise UnsupportedFormulaError(f"`formulas` gives a {type(value).__name__}, which no cell can hold")


def _cause(error: Exception) -> str:
    """The name of an error, or of the one that the dispatcher of `formulas` reports."""
    reported = error.args[-1] if error.args else None
    return type(reported if isinstance(reported, Exception) else error).__name__
