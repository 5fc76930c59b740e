"""The values of a training table: its columns' expressions, compiled to Python and run row by row.

These are what the cells cache, so they follow Excel where it differs from IEEE 754: a number too large is the
error `#NUM!`, as is a logarithm of 0; an error in an operand is the result, and there is no negative zero.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import chain, groupby, repeat
from operator import add, attrgetter

from sheetgen.mathematics.expression import Batch, Column, Expression, Typed, columns_used
from sheetgen.mathematics.notation import Notation, write
from sheetgen.mathematics.training_step import ITERATION, TableColumn
from templates import Samples

Value = float | str  # a str is an Excel error
Row = Sequence[Value | None]  # None where a column has no cell
Settings = Mapping[str, float | Sequence[float]]  # a sequence is that of the samples' cells
NO_NUMBER, DIVIDED_BY_0 = "#NUM!", "#DIV/0!"
_Cells = Value | list[Value]  # of a column in an iteration: a list where it has a cell for each sample


def _add(terms: Iterable[float]) -> float:
    """The sum from the left, as applications compute it; Python's own is another one from 3.12 on."""
    return reduce(add, terms, 0.0)


_NAMESPACE = {name: getattr(math, name) for name in ("exp", "log", "tanh", "sqrt", "sin", "cos", "floor")}
_NAMESPACE |= {
    "abs": abs,
    "max": max,
    "min": min,
    "int": int,
    "len": len,
    "range": range,
    "add": _add,
    "__builtins__": {},
}


def training_rows(
    columns: Sequence[TableColumn], settings: Settings, iterations: int, samples: Samples | None = None
) -> Iterator[Row]:
    """Yield the values of each row, from the start to the last iteration, `iterations + 1` in all.

    Where an iteration takes several samples, it has a row for each, and the columns `per_step` in the first one alone.
    `settings` holds the learning rate and the number that each parameter, input and target starts from, or of several
    samples those of all.
    """
    batch = 1 if samples is None else samples.batch
    steps = repeat(()) if samples is None else samples.steps()
    step = _first(tuple(columns), batch)
    cells: Sequence[_Cells] = ()
    for iteration, numbers in zip(range(iterations + 1), steps, strict=False):  # the steps are without end
        if iteration == 1:
            step = _next(tuple(columns), batch)
        cells = step.values(cells, settings, numbers)
        yield from step.rows(cells)


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
def _first(columns: tuple[TableColumn, ...], batch: int) -> "_Step":
    return _Step([column.first for column in columns], columns, batch)


@lru_cache(maxsize=4)
def _next(columns: tuple[TableColumn, ...], batch: int) -> "_Step":
    return _Step([column.then for column in columns], columns, batch)


class _Step:
    """All the cells of one iteration, as one compiled function, and one by one where a number is too large.

    Of a batch of several samples, the cells of a column that has one for each are a list.
    """

    def __init__(self, expressions: Sequence[Expression], columns: Sequence[TableColumn], batch: int) -> None:
        self._expressions, self._batch = expressions, batch
        self._place = {column.label: k for k, column in enumerate(columns)}
        self._lists = [batch > 1 and not column.per_step for column in columns]
        # The iteration stands to the right of what reads it.
        self._order = sorted(range(len(columns)), key=lambda k: columns[k].label != ITERATION)
        scope: dict[str, Callable[..., Sequence[_Cells]]] = {}
        exec(self._code(), dict(_NAMESPACE), scope)  # noqa: S102  the code is printed from our own expressions, never from a file
        self._step = scope["step"]

    def values(self, before: Sequence[_Cells], settings: Settings, numbers: Sequence[int]) -> Sequence[_Cells]:
        """The cells of each column, given those of the iteration before and the numbers of the samples."""
        try:
            cells = self._step(before, settings, numbers)
            if math.isfinite(math.fsum(self._flat(cells))):
                return cells
        except (ArithmeticError, TypeError, ValueError):
            pass  # what has no number here, or an error in the iteration before
        return self._one_by_one({"before": before, "setting": settings, "numbers": numbers})

    def rows(self, cells: Sequence[_Cells]) -> Iterator[Row]:
        """The same row by row."""
        if self._batch == 1:
            yield cells  # type: ignore[misc]  # there are no lists then
            return
        for r in range(self._batch):
            yield [value[r] if isinstance(value, list) else value if r == 0 else None for value in cells]

    def _code(self) -> str:
        """A function of Python; what has a cell for each sample is computed in loops."""
        lines = ["def step(before, setting, numbers):", f"    rows, r = range({self._batch}), 0"]
        for is_list, run in groupby(self._order, key=self._lists.__getitem__):
            places = list(run)
            if is_list:
                lines += [f"    c{k} = []" for k in places] + ["    for r in rows:"]
                lines += [f"        c{k}.append({self._python(self._expressions[k])} + 0.0)" for k in places]
            else:
                lines += [f"    c{k} = {self._python(self._expressions[k])} + 0.0" for k in places]
        names = "".join(f"c{k}, " for k in range(len(self._expressions)))
        return "\n".join([*lines, f"    return ({names})"])

    def _flat(self, cells: Sequence[_Cells]) -> Iterable[float]:
        if self._batch == 1:
            return cells  # type: ignore[return-value]  # as above; a text among them is a TypeError, which is caught
        return chain.from_iterable(value if isinstance(value, list) else [value] for value in cells)  # type: ignore[misc, list-item]

    def _one_by_one(self, scope: dict[str, object]) -> Sequence[_Cells]:
        cells: list[_Cells] = [0.0] * len(self._expressions)
        scope["rows"] = range(self._batch)
        for k in self._order:
            expression, is_list = self._expressions[k], self._lists[k]
            found = [self._cell(expression, cells, {**scope, "r": r}) for r in range(self._batch if is_list else 1)]
            cells[k] = scope[f"c{k}"] = found if is_list else found[0]
        return cells

    def _cell(self, expression: Expression, cells: Sequence[_Cells], scope: Mapping[str, object]) -> Value:
        for column in columns_used(expression):
            earlier = column.rows < 0
            if isinstance(column, Typed):
                continue
            operand = (scope["before"] if earlier else cells)[self._place[column.label]]  # type: ignore[index]
            if isinstance(operand, list) and not isinstance(column, Batch):
                operand = operand[scope["r"]]  # type: ignore[call-overload]
            for value in operand if isinstance(operand, list) else [operand]:
                if isinstance(value, str):
                    return value
        return _as_excel_computes(self._python(expression), scope)

    def _python(self, expression: Expression) -> str:
        return _python(expression, self._column)

    def _column(self, column: Column) -> str:
        if isinstance(column, Typed):
            return "numbers[r]"
        place = self._place[column.label]
        name = f"before[{place}]" if column.rows < 0 else f"c{place}"
        return f"{name}[r]" if self._lists[place] else name


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
