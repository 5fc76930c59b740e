"""Values of cells from values of other cells: the chain of all formulas, or single ones on values that are given.

A cell is named by the number of its sheet, from 0, and its row and column, from 1.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial

from verifier.computing.engine import Computable, Engine
from verifier.computing.proven import Argument
from verifier.reading.references import Axis, Pattern, Reference, UnsupportedFormulaError
from verifier.reading.workbook import Sheet, Workbook
from verifier.values import ExcelError, Value

Cell = tuple[int, int, int]

LONG_RANGE = 10_000  # cells of a range, as of a whole column, of which only those are read that the sheet has
MAX_RANGE = 2_000_000  # cells of a range that one formula reads
MAX_RANGES = 50_000_000  # cells of all ranges together, each as often as it is read: some ten seconds
CIRCULAR = "it is part of a circular reference"


Places = Callable[[int, int], tuple[Cell, ...]]
Take = Callable[[Mapping[Cell, Value], int, int], Sequence[Argument]]


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A compiled formula, ready to be computed at any cell of its sheet.

    In a row and column, `places` gives the cells of its references, but is None where one of them is a range; `take`
    takes their values out of a mapping, and raises KeyError where one is not there.
    """

    pattern: Pattern
    function: Computable
    sheets: tuple[int, ...]  # the sheet of each reference
    places: Places | None
    take: Take


class Formulas:
    """All formulas of a workbook, compiled; those that cannot be are in `unsupported`, each with its reason."""

    def __init__(self, workbook: Workbook, engine: Engine) -> None:
        self.workbook = workbook
        self.unsupported: dict[Cell, str] = {}
        self._engine = engine
        self._by_cell: dict[Cell, Formula] = {}
        self._known: dict[tuple[Pattern, int], Formula] = {}
        self._sheets = {sheet.name.casefold(): number for number, sheet in enumerate(workbook.sheets)}
        self._values = [sheet.values for sheet in workbook.sheets]
        self._range_cells = 0  # read so far
        self._ends = [_end(sheet) for sheet in workbook.sheets]
        for number, sheet in enumerate(workbook.sheets):
            self._add(number, sheet)

    def _add(self, number: int, sheet: Sheet) -> None:
        compiled: dict[Pattern, Formula | str] = {}
        for place, unsupported in sheet.unsupported.items():
            self.unsupported[(number, *place)] = unsupported.reason
        for place, pattern in sheet.formulas.items():
            formula = compiled.get(pattern)
            if formula is None:
                formula = compiled[pattern] = self._compiled(pattern, number)
            if isinstance(formula, str):
                self.unsupported[(number, *place)] = formula
            else:
                self._by_cell[(number, *place)] = formula

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._by_cell)

    def __len__(self) -> int:
        return len(self._by_cell)

    def __contains__(self, cell: object) -> bool:
        return cell in self._by_cell

    def get(self, cell: Cell) -> Formula | None:
        """The compiled formula in a cell; None where there is none."""
        return self._by_cell.get(cell)

    def with_changes(self, changes: Mapping[Cell, Formula]) -> "Formulas":
        """The same workbook with other formulas in some cells."""
        changed = copy(self)
        changed._by_cell = {**self._by_cell, **changes}
        return changed

    def constants(self) -> dict[Cell, Value]:
        """All cells that hold a value of their own."""
        return {
            (number, *place): value
            for number, sheet in enumerate(self.workbook.sheets)
            for place, value in sheet.values.items()
            if place not in sheet.formulas and (number, *place) not in self._by_cell
        }

    def cached(self, cell: Cell) -> Value:
        """What the file says a cell's value is: a constant, or what was computed when it was saved."""
        return self._values[cell[0]].get(cell[1:])

    def compile(self, pattern: Pattern, sheet: int) -> Formula:
        """A formula ready to be computed at any cell of a sheet, one of each pattern.

        Raises UnsupportedFormulaError.
        """
        if (pattern, sheet) not in self._known:
            self._known[pattern, sheet] = self._made(pattern, sheet)
        return self._known[pattern, sheet]

    def _made(self, pattern: Pattern, sheet: int) -> Formula:
        sheets = []
        for reference in pattern.references:
            number = sheet if reference.sheet is None else self._sheets.get(reference.sheet.casefold())
            if number is None:
                raise UnsupportedFormulaError(f"it refers to the sheet '{reference.sheet}', which is not there")
            sheets.append(number)
        function = self._engine.compile(pattern)
        references, numbers = pattern.references, tuple(sheets)
        if any(reference.is_range for reference in references):
            return Formula(
                pattern, function, numbers, None, partial(self._arguments, references, numbers, function.own)
            )
        return Formula(pattern, function, numbers, *_places(references, numbers, function.own))

    def _compiled(self, pattern: Pattern, sheet: int) -> Formula | str:
        """The compiled formula, or the reason why there is none."""
        try:
            return self.compile(pattern, sheet)
        except UnsupportedFormulaError as error:
            return str(error)

    def precedents(self, cell: Cell, formula: Formula | None = None) -> Sequence[Cell]:
        """The cells that a formula reads, the one in the cell or another put into its place."""
        formula = formula or self._by_cell[cell]
        _, row, column = cell
        if formula.places is not None:
            return formula.places(row, column)
        areas = self.areas(cell, formula)
        for _, rows, columns in areas:
            self._count(rows, columns)
        return [(sheet, r, c) for sheet, rows, columns in areas for r in rows for c in columns]

    def reads(self, cell: Cell) -> Sequence[Cell]:
        """What the formula in a cell reads; nothing where there is none, or where it reads too much."""
        try:
            return self.precedents(cell) if cell in self else ()
        except UnsupportedFormulaError:
            return ()

    def is_filled(self, cell: Cell) -> bool:
        """Whether there is anything in a cell."""
        return cell in self or cell in self.unsupported or self.cached(cell) is not None

    def areas(self, cell: Cell, formula: Formula | None = None) -> list[tuple[int, range, range]]:
        """The sheet, the rows and the columns of each reference of a formula, the one in the cell or another one there.

        Raises UnsupportedFormulaError where a range is too large.
        """
        formula = formula or self._by_cell[cell]
        return [
            (sheet, *self._area(sheet, reference, *cell[1:]))
            for sheet, reference in zip(formula.sheets, formula.pattern.references, strict=True)
        ]

    def bounded_areas(self, cell: Cell) -> list[tuple[int, range, range]] | None:
        """The same of the formula in a cell; None where a range is too large."""
        try:
            return self.areas(cell)
        except UnsupportedFormulaError:
            return None

    def operands(self, cell: Cell, formula: Formula) -> list[list[list[Cell]]]:
        """The cells that a formula reads if it stands in a cell: rows of cells for each of its references.

        Raises UnsupportedFormulaError where a range is too large.
        """
        areas = self.areas(cell, formula)
        return [[[(sheet, r, c) for c in columns] for r in rows] for sheet, rows, columns in areas]

    def compute(self, cell: Cell, values: MutableMapping[Cell, Value], formula: Formula | None = None) -> Value:
        """What a formula gives for values of the cells that it reads, the one in the cell or another in its place.

        A cell that has no value in `values` is computed into it from those that have, down to the constants of the
        workbook. Raises UnsupportedFormulaError.
        """
        formula = formula or self._by_cell[cell]
        _, row, column = cell
        try:  # nearly always all that it reads is there
            return formula.function(formula.take(values, row, column))
        except KeyError:
            recompute(self, iter(self.precedents(cell, formula)), values)
            return formula.function(self.arguments(cell, values, formula))

    def arguments(self, cell: Cell, values: Mapping[Cell, Value], formula: Formula | None = None) -> list[Argument]:
        """What a formula takes of values, the one in the cell or another in its place; `take` does so, but quicker.

        Raises KeyError for a formula without a value, and UnsupportedFormulaError where a range is too large.
        """
        formula = formula or self._by_cell[cell]
        references, own = formula.pattern.references, formula.function.own
        return self._arguments(references, formula.sheets, own, values, *cell[1:])

    def _arguments(
        self,
        references: Sequence[Reference],
        sheets: Sequence[int],
        own: Sequence[str],
        values: Mapping[Cell, Value],
        row: int,
        column: int,
    ) -> list[Argument]:
        """The values of references, then the numbers of the own cell; raises KeyError for a formula without one yet."""
        arguments: list[Argument] = []
        for sheet, reference in zip(sheets, references, strict=True):
            rows, columns = self._area(sheet, reference, row, column)
            self._count(rows, columns)
            lines = [[values.get((sheet, r, c)) for c in columns] for r in rows]
            for r, line in zip(rows, lines, strict=True):
                if None in line:
                    known = zip(columns, line, strict=True)
                    line[:] = [self._value((sheet, r, c), values) if value is None else value for c, value in known]
            arguments.append(lines if reference.is_range else lines[0][0])
        return [*arguments, *own_numbers(own, row, column)]

    def _value(self, cell: Cell, values: Mapping[Cell, Value]) -> Value:
        if cell in values:
            return values[cell]
        if cell in self._by_cell:
            raise KeyError(cell)
        return self._values[cell[0]].get(cell[1:])

    def _area(self, sheet: int, reference: Reference, row: int, column: int) -> tuple[range, range]:
        """The rows and the columns of a reference; those of a long range go no further than the sheet's values do."""
        top, left = reference.row.at(row), reference.column.at(column)
        if reference.last_row is None or reference.last_column is None:
            return range(top, top + 1), range(left, left + 1)
        top, bottom = sorted((top, reference.last_row.at(row)))
        left, right = sorted((left, reference.last_column.at(column)))
        if (bottom - top + 1) * (right - left + 1) > LONG_RANGE:  # what goes with another range keeps its size
            end_row, end_column = self._ends[sheet]
            bottom, right = max(min(bottom, end_row), top), max(min(right, end_column), left)
        rows, columns = range(top, bottom + 1), range(left, right + 1)
        if len(rows) * len(columns) > MAX_RANGE:
            raise UnsupportedFormulaError(f"it reads a range of more than {MAX_RANGE:,} cells")
        return rows, columns

    def _count(self, rows: range, columns: range) -> None:
        """Count the cells of a range that is read. Raises UnsupportedFormulaError where they are too many in all."""
        self._range_cells += len(rows) * len(columns)
        if self._range_cells > MAX_RANGES:
            raise UnsupportedFormulaError(f"the workbook's formulas read more than {MAX_RANGES:,} cells in ranges")


def own_numbers(own: Sequence[str], row: int, column: int) -> list[float]:
    """The numbers of a cell that a formula in it takes, by their functions: its row for `ROW`, or its column."""
    return [float(row if name == "ROW" else column) for name in own]


def _places(references: Sequence[Reference], sheets: Sequence[int], own: Sequence[str]) -> tuple[Places, Take]:
    """`places` and `take` of a formula, compiled, as they are called for every cell."""

    def axis(axis: Axis, name: str) -> str:
        return str(axis.number) if axis.anchored else f"{name}{axis.number:+d}"

    cells = [
        f"({s}, {axis(r.row, 'row')}, {axis(r.column, 'column')})" for r, s in zip(references, sheets, strict=True)
    ]
    places = f"lambda row, column: ({''.join(f'{cell}, ' for cell in cells)})"
    taken = [*(f"values[{cell}]" for cell in cells), *(f"{name.lower()} + 0.0" for name in own)]
    take = f"lambda values, row, column: ({''.join(f'{one}, ' for one in taken)})"
    empty: dict[str, object] = {"__builtins__": {}}
    return eval(places, empty), eval(take, empty)  # noqa: S307  written from numbers alone


def recompute(formulas: Formulas, cells: Iterator[Cell], values: MutableMapping[Cell, Value]) -> dict[Cell, str]:
    """Compute cells and all that they depend on, precedents first, into `values`; what is there already is given.

    Returns the cells whose formulas cannot be computed, each with its reason; they count with their cached values.
    """
    later = []
    for cell in cells:
        formula = formulas.get(cell)
        if formula is None or cell in values:
            continue
        try:  # nearly always everything that it reads is there already
            values[cell] = formula.function(formula.take(values, cell[1], cell[2]))
        except (KeyError, UnsupportedFormulaError):
            later.append(cell)
    failed: dict[Cell, str] = {}
    for cell in later:
        failed |= _recompute_from_below(formulas, cell, values)
    return failed


def _recompute_from_below(formulas: Formulas, wanted: Cell, values: MutableMapping[Cell, Value]) -> dict[Cell, str]:
    """Compute one cell after all that it depends on."""
    failed: dict[Cell, str] = {}
    open_cells: dict[Cell, None] = {}  # those that wait for a precedent, in order: the way down from the wanted one
    stack = [wanted]
    while stack:
        cell = stack[-1]
        if cell in values or cell not in formulas:
            stack.pop()
            continue
        try:
            waiting = [p for p in formulas.precedents(cell) if p not in values and p in formulas]
            if not waiting:
                values[cell] = formulas.compute(cell, values)
            elif circle := _circle(open_cells, cell, waiting):
                failed |= dict.fromkeys(circle, CIRCULAR)
                values.update({p: formulas.cached(p) for p in circle})
            else:
                open_cells[cell] = None
                stack.extend(waiting)
                continue
        except UnsupportedFormulaError as error:
            failed[cell] = str(error)
            values[cell] = formulas.cached(cell)
        stack.pop()
        open_cells.pop(cell, None)
    return failed


def _circle(way: Mapping[Cell, None], last: Cell, waiting: list[Cell]) -> list[Cell]:
    """The part of the way down, `last` its end, that leads back to where it began; empty where it leads on."""
    if not any(cell == last or cell in way for cell in waiting):  # nearly always; the way may be long
        return []
    cells, again = [*way, last], set(waiting)
    return cells[next(k for k, cell in enumerate(cells) if cell in again) :]


def _end(sheet: Sheet) -> tuple[int, int]:
    """The last row and the last column that hold a value."""
    return max((row for row, _ in sheet.values), default=1), max((column for _, column in sheet.values), default=1)


def differs(left: Value, right: Value, absolute: float, relative: float) -> bool:
    """Whether two values differ beyond rounding; an error equals any error of the same name."""
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) > absolute + relative * max(abs(left), abs(right))
    if isinstance(left, ExcelError) or isinstance(right, ExcelError):
        return not (isinstance(left, ExcelError) and isinstance(right, ExcelError))
    return left != right
