"""The values of a training table: its columns' expressions, compiled to Python and run row by row.

These are what the cells cache, so they follow Excel where it differs from IEEE 754: a number too large is the
error `#NUM!`, as is a logarithm of 0; an error in an operand is the result, and there is no negative zero.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter

from sheetgen.mathematics.expression import Column, Expression, columns_used
from sheetgen.mathematics.notation import Notation, write
from sheetgen.mathematics.training_step import TableColumn

Value = float | str  # a str is an Excel error
NO_NUMBER, DIVIDED_BY_0 = "#NUM!", "#DIV/0!"

_NAMESPACE = {"exp": math.exp, "log": math.log, "tanh": math.tanh, "sqrt": math.sqrt, "max": max, "__builtins__": {}}


def training_rows(
    columns: Sequence[TableColumn], settings: Mapping[str, float], iterations: int
) -> Iterator[Sequence[Value]]:
    """Yield the values of each row, from the start to the last iteration, `iterations + 1` in all.

    `settings` holds the learning rate and the number that each parameter, input and target starts from.
    """
    row = _first(tuple(columns)).values((), settings)
    yield row
    if iterations == 0:
        return
    following = _next(tuple(columns))
    for _ in range(iterations):
        row = following.values(row, settings)
        yield row


def computed(function: Callable[..., float], *operands: Value) -> Value:
    """What a formula gives for its operands: an error among them, or a number too large, is an error."""
    errors = [operand for operand in operands if isinstance(operand, str)]
    if errors:
        return errors[0]
    try:
        value = function(*operands) + 0.0
    except ZeroDivisionError:
        return DIVIDED_BY_0
    except (OverflowError, ValueError):  # ValueError: outside of what a function is defined for
        return NO_NUMBER
    return value if math.isfinite(value) else NO_NUMBER


@lru_cache(maxsize=4)  # the tabs of a workbook have the same columns
def _first(columns: tuple[TableColumn, ...]) -> "_Row":
    return _Row([column.first for column in columns], columns)


@lru_cache(maxsize=4)
def _next(columns: tuple[TableColumn, ...]) -> "_Row":
    return _Row([column.then for column in columns], columns)


class _Row:
    """All the cells of one row, as one compiled function, and one by one for a row in which a number is too large."""

    def __init__(self, expressions: Sequence[Expression], columns: Sequence[TableColumn]) -> None:
        self._expressions = expressions
        self._place = {column.label: k for k, column in enumerate(columns)}
        sources = [self._python(expression) for expression in expressions]
        body = "".join(f"    c{k} = {source} + 0.0\n" for k, source in enumerate(sources))
        names = ", ".join(f"c{k}" for k in range(len(sources)))
        code = f"def row(before, setting):\n{body}    return ({names},)\n"
        scope: dict[str, Callable[..., Sequence[float]]] = {}
        exec(code, dict(_NAMESPACE), scope)  # noqa: S102  the code is printed from our own expressions, never from a file
        self._row = scope["row"]

    def values(self, before: Sequence[Value], settings: Mapping[str, float]) -> Sequence[Value]:
        """The values of this row, given those of the row before."""
        try:
            row = self._row(before, settings)
            if math.isfinite(math.fsum(row)):
                return row
        except (ArithmeticError, TypeError, ValueError):
            pass  # what has no number in this row, or an error in the row before
        return self._one_by_one(before, settings)

    def _one_by_one(self, before: Sequence[Value], settings: Mapping[str, float]) -> Sequence[Value]:
        row: list[Value] = []
        for expression in self._expressions:
            operands = [
                (row if column.rows == 0 else before)[self._place[column.label]] for column in columns_used(expression)
            ]
            errors = [operand for operand in operands if isinstance(operand, str)]
            row.append(errors[0] if errors else self._cell(expression, row, before, settings))
        return row

    def _cell(
        self, expression: Expression, row: Sequence[Value], before: Sequence[Value], settings: Mapping[str, float]
    ) -> Value:
        scope = {"before": before, "setting": settings} | {f"c{k}": value for k, value in enumerate(row)}
        return _as_excel_computes(self._python(expression), scope)

    def _python(self, expression: Expression) -> str:
        return _python(expression, self._column)

    def _column(self, column: Column) -> str:
        place = self._place[column.label]
        return f"c{place}" if column.rows == 0 else f"before[{place}]"


def value_of(expression: Expression, known: Mapping[str, Value]) -> Value:
    """The value of an expression over labels of one iteration, whose values are `known`."""
    errors = [value for column in columns_used(expression) if isinstance(value := known[column.label], str)]
    if errors:
        return errors[0]
    return _as_excel_computes(_python(expression, lambda column: f"known[{column.label!r}]"), {"known": known})


def _python(expression: Expression, column: Callable[[Column], str]) -> str:
    return write(expression, Notation(repr, column, "setting[{!r}]".format, attrgetter("python")))


def _as_excel_computes(python: str, scope: Mapping[str, object]) -> Value:
    return computed(lambda: float(eval(python, {**_NAMESPACE, **scope})))  # noqa: S307  as above
