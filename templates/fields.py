"""The fields of a template's tables, each checked as it is taken out."""

import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from templates.network import Bias
from templates.training import Range

_Choice = TypeVar("_Choice", bound=StrEnum)
Rows = tuple[tuple[float, ...], ...]  # numbers, all rows of one length
MAX_UNITS = 1000  # far past what a sheet can hold (16,384 columns); keeps a slip of the pen from taking all memory
MAX_SAMPLES = 100_000  # of a template: what a sheet can hold is less
_NEARLY = 0.85  # of a name's letters: one of four may be missing or too many; beta1 and beta2 are less alike


class TemplateError(Exception):
    """A template that cannot be used: names the file, the field, the rule and the value it got."""


class Table:
    """A TOML table whose fields are taken out one by one, each checked; what is left over is an error."""

    def __init__(
        self, data: Mapping[str, object], source: str, path: str = "", file: "list[Table] | None" = None
    ) -> None:
        self._data, self.source, self._path = dict(data), source, path
        self._file = [] if file is None else file  # all tables of the file, as far as it is read
        self._file.append(self)
        self._given = frozenset(data)
        self._nested = {field for field, value in data.items() if isinstance(value, list) and _holds_lists(value)}
        self._known: list[str] = []

    def error(self, field: str, rule: str, got: object) -> TemplateError:
        return TemplateError(f"{self.source}: {self._path}{field} {rule}, got {_toml(got)}")

    def missing(self, field: str, also: str = "") -> TemplateError:
        """That a field is missing, and what could be given in its place."""
        self._known.append(field)
        return TemplateError(f"{self.source}: {self._path}{field} is missing{also}")

    def misspelt(self) -> TemplateError | None:
        """That a field of the file is nearly one that was looked for and is not there: what else is wrong follows."""
        for table in self._file:
            absent = [field for field in table._known if field not in table._given]
            for field in table._data:
                if get_close_matches(field, absent, 1, cutoff=_NEARLY):
                    return table._unknown(field, absent)
        return None

    def ignore(self, field: str) -> None:
        """Take a field out, whatever it is."""
        self._take(field, None)

    def text(self, field: str, default: str) -> str:
        value = self._take(field, default)
        if not isinstance(value, str):
            raise self.error(field, "must be a text", value)
        return value

    def flag(self, field: str, default: bool) -> bool:
        value = self._take(field, default)
        if not isinstance(value, bool):
            raise self.error(field, "must be true or false", value)
        return value

    def has(self, *fields: str) -> bool:
        """Whether any of some fields is given."""
        self._known += fields
        return not self._data.keys().isdisjoint(fields)

    def take(self, field: str) -> object:
        """What a field is given as, whatever that is; None where it is not."""
        return self._take(field, None)

    def count(self, field: str, least: int = 1, default: int | None = None) -> int:
        value = self._required(field) if default is None else self._take(field, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise self.error(field, f"must be a whole number, {least} or more", value)

    def fraction(self, field: str) -> float:
        value = self._required(field)
        if _is_number(value) and 0 <= value < 1:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        raise self.error(field, "must be a number from 0 to less than 1", value)

    def size(self, field: str, default: tuple[int, int] | None = None) -> tuple[int, int]:
        """Rows and columns; one number is both."""
        value = self._required(field) if default is None else self._take(field, default)
        pair = [value, value] if isinstance(value, int) else value
        if isinstance(pair, list | tuple) and len(pair) == 2 and all(type(n) is int and n >= 1 for n in pair):
            return pair[0], pair[1]
        raise self.error(field, "must be a whole number, 1 or more, or two: rows and columns", value)

    def choice(self, field: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        value = self._required(field) if default is None else self._take(field, default)
        return kind(self._one_of(field, [member.value for member in kind], value))

    def name(self, field: str, names: Iterable[str]) -> str:
        return self._one_of(field, list(names), self._required(field))

    def number(self, field: str, default: float | None, range_: Range) -> float:
        value = self._required(field) if default is None else self._take(field, default)
        if isinstance(value, int | float) and _is_number(value) and range_.allows(value):
            return value
        raise self.error(field, range_.value, value)

    def numbers(self, field: str) -> tuple[float, ...]:
        return self._as_numbers(field, self._required(field))

    def is_nested(self, field: str) -> bool:
        """Whether it was a list of lists."""
        return field in self._nested

    def rows(self, field: str) -> Rows:
        """Numbers, a row a sample: a list of rows, or one row on its own."""
        if not self.is_nested(field):
            return (self.numbers(field),)
        return self._equal_rows(field, self._required(field))

    def arrays(self, field: str) -> Rows:
        """Numbers, an array of up to three dimensions for each sample, or one number: row-major."""
        value = self._required(field)
        if not isinstance(value, list) or not value or len(value) > MAX_SAMPLES:
            raise self.error(field, f"must be a list of at most {MAX_SAMPLES:,} rows of numbers", value)
        rows = tuple(Table({field: row}, self.source, self._path).array(field, range(1, 4))[0] for row in value)
        return self._equal_rows(field, [list(row) for row in rows])

    def matrix(self, field: str) -> Rows:
        value = self._required(field)
        if not isinstance(value, list) or not value or len(value) > MAX_UNITS:
            raise self.error(field, "must be a list with one row of numbers for each unit", value)
        return self._equal_rows(field, value)

    def _equal_rows(self, field: str, value: object) -> Rows:
        if not isinstance(value, list) or len(value) > MAX_SAMPLES:
            raise self.error(field, f"must be a list of at most {MAX_SAMPLES:,} rows of numbers", value)
        rows = tuple(self._as_numbers(f"{field}[{k}]", row) for k, row in enumerate(value, 1))
        for k, row in enumerate(rows, 1):
            if len(row) != len(rows[0]):
                raise self.error(
                    f"{field}[{k}]", f"must be as long as the first row, {len(rows[0])} numbers", list(row)
                )
        return rows

    def array(self, field: str, ranks: range) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Numbers in rows, rows in blocks and so on, as deep as one of `ranks`: row-major, and their shape."""
        value = self._required(field)
        shape = list[int]()
        parts: list[object] = [value]
        while all(isinstance(part, list) for part in parts) and len(shape) < ranks[-1]:
            lengths = {len(part) for part in parts}  # type: ignore[arg-type]
            if len(lengths) > 1 or 0 in lengths:
                raise self.error(field, "must have rows of one length, none of them empty", value)
            shape.append(lengths.pop())
            parts = [inner for part in parts for inner in part]  # type: ignore[attr-defined]
        if len(shape) not in ranks:
            raise self.error(field, f"must be lists of numbers, {ranks[0]} to {ranks[-1]} inside each other", value)
        for number in parts:
            if not _is_number(number):
                raise self.error(field, "must hold finite numbers only", number)
        return tuple(map(float, parts)), tuple(shape)  # type: ignore[arg-type]

    def bias(self, field: str, units: int, default: list[float] | None = None) -> tuple[Bias, tuple[float, ...]]:
        value = self._take(field, default)
        if value is None:
            return Bias.NONE, ()
        if _is_number(value):
            return Bias.SHARED, self._as_numbers(field, [value])
        biases = self._as_numbers(field, value)
        if len(biases) != units:
            raise self.error(field, f"must be one number for the layer, or one for each of its {units} units", value)
        return Bias.PER_UNIT, biases

    def of_each(self, field: str, count: int, default: float) -> tuple[float, ...]:
        """A number for each of so many, or one from which all of them start."""
        value = self._take(field, default)
        numbers = self._as_numbers(field, [value] * count if _is_number(value) else value)
        if len(numbers) != count:
            raise self.error(field, f"must be one number, or one for each of {count}", value)
        return numbers

    def table(self, field: str) -> "Table":
        value = self._required(field)
        if not isinstance(value, dict):
            raise self.error(field, "must be a table", value)
        return Table(value, self.source, f"{self._path}{field}.", self._file)

    def optional(self, field: str) -> "Table | None":
        if field in self._data:
            return self.table(field)
        self._known.append(field)
        return None

    def tables(self, field: str) -> list["Table"]:
        value = self._required(field)
        if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
            raise self.error(field, f"must be given, one [[{field}]] for each", value)
        return [Table(entry, self.source, f"{field}[{k}].", self._file) for k, entry in enumerate(value, 1)]

    def done(self) -> None:
        for field in self._data:
            raise self._unknown(field, self._known)

    def _unknown(self, field: str, known: list[str]) -> TemplateError:
        nearest = get_close_matches(field, known, 1, cutoff=0.0)
        hint = f" (the nearest is {nearest[0]})" if nearest else ""
        return self.error(field, f"is not a known field here{hint}", self._data[field])

    def _take(self, field: str, default: object) -> object:
        self._known.append(field)
        return self._data.pop(field, default)

    def _required(self, field: str) -> object:
        if field not in self._data:
            raise self.missing(field)
        return self._take(field, None)

    def _one_of(self, field: str, names: list[str], value: object) -> str:
        if isinstance(value, str) and value in names:
            return value
        raise self.error(field, f"must be one of {', '.join(names)}", value)

    def _as_numbers(self, field: str, value: object) -> tuple[float, ...]:
        if not isinstance(value, list) or not value or len(value) > MAX_UNITS:
            raise self.error(field, f"must be a list of 1 to {MAX_UNITS} numbers", value)
        for number in value:
            if not _is_number(number):
                raise self.error(field, "must hold finite numbers only", number)
        return tuple(float(number) for number in value)


def _holds_lists(value: list[object]) -> bool:
    return any(isinstance(row, list) for row in value)


def _is_number(value: object) -> bool:
    """Whether it is a number, not a truth value, that a double can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _toml(value: object) -> str:
    """The value as TOML writes it, cut where it is long."""
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
