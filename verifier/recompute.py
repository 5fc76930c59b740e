"""Values of cells from values of other cells: the chain of all formulas, or single ones on values that are given.

A cell is named by the number of its sheet, from 0, and its row and column, from 1.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass

from verifier.engine import Argument, CompiledFormula, Engine
from verifier.references import Pattern, Reference, UnsupportedFormulaError
from verifier.values import ExcelError, Value
from verifier.workbook import Sheet, Workbook

Cell = tuple[int, int, int]

MAX_RANGE = 2_000_000  # cells of a range that are read for one formula
CIRCULAR = "it is part of a circular reference"


@dataclass(frozen=True, slots=True)
class Formula:
    """A compiled formula with its references, ready to be computed at any cell of its sheet."""

    function: CompiledFormula
    references: tuple[Reference, ...]
    sheets: tuple[int, ...]  # the sheet of each reference


class Formulas:
    """All formulas of a workbook, compiled; those that cannot be are in `unsupported`, each with its reason."""

    def __init__(self, workbook: Workbook, engine: Engine) -> None:
        self.workbook = workbook
        self._engine = engine
        self.unsupported: dict[Cell, str] = {}
        self._by_cell: dict[Cell, Formula] = {}
        self._sheets = {sheet.name.casefold(): number for number, sheet in enumerate(workbook.sheets)}
        self._ends = [_end(sheet) for sheet in workbook.sheets]
        compiled: dict[tuple[int, int], Formula | str] = {}
        for number, sheet in enumerate(workbook.sheets):
            for place, unsupported in sheet.unsupported.items():
                self.unsupported[(number, *place)] = unsupported.reason
            for place, pattern in sheet.formulas.items():
                # The patterns of a sheet are shared objects, so their identity tells them apart, and fast.
                key = (number, id(pattern))
                formula = compiled.get(key)
                if formula is None:
                    formula = compiled[key] = self._compiled(pattern, number)
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

    def constant(self, cell: Cell) -> Value:
        """What a cell without a formula holds."""
        return self.workbook.sheets[cell[0]].values.get((cell[1], cell[2]))

    def cached(self, cell: Cell) -> Value:
        """What the file says a cell's value is, computed or not."""
        return self.constant(cell)

    def pattern(self, cell: Cell) -> Pattern:
        """The pattern of the formula in a cell. Raises KeyError where there is none."""
        return self.workbook.sheets[cell[0]].formulas[(cell[1], cell[2])]

    def formula(self, cell: Cell) -> Formula:
        """The compiled formula in a cell. Raises KeyError where there is none."""
        return self._by_cell[cell]

    def precedents(self, cell: Cell, formula: Formula | None = None) -> list[Cell]:
        """The cells that a formula reads, the one in the cell or another put into its place."""
        formula = formula or self._by_cell[cell]
        _, row, column = cell
        found: list[Cell] = []
        for sheet, reference in zip(formula.sheets, formula.references, strict=True):
            if reference.last_row is not None:
                found += [place for line in self._range(sheet, reference, row, column) for place in line]
            else:
                found.append((sheet, reference.row.at(row), reference.column.at(column)))
        return found

    def compute(self, cell: Cell, values: Mapping[Cell, Value], formula: Formula | None = None) -> Value:
        """What a formula gives for the values of its precedents; one not among `values` is taken as constant.

        The formula is the one in the cell, or another put into its place. Raises UnsupportedFormulaError.
        """
        formula = formula or self._by_cell[cell]
        _, row, column = cell
        arguments: list[Argument] = []
        for sheet, reference in zip(formula.sheets, formula.references, strict=True):
            if reference.last_row is not None:
                lines = self._range(sheet, reference, row, column)
                arguments.append([[self._value(place, values) for place in line] for line in lines])
            else:
                arguments.append(self._value((sheet, reference.row.at(row), reference.column.at(column)), values))
        return formula.function(arguments)

    def compile(self, pattern: Pattern, sheet: int) -> Formula:
        """A formula ready to be computed at any cell of a sheet. Raises UnsupportedFormulaError."""
        sheets = []
        for reference in pattern.references:
            number = sheet if reference.sheet is None else self._sheets.get(reference.sheet.casefold())
            if number is None:
                raise UnsupportedFormulaError(f"it refers to the sheet '{reference.sheet}', which is not there")
            sheets.append(number)
        return Formula(self._engine.compile(pattern), pattern.references, tuple(sheets))

    def _value(self, cell: Cell, values: Mapping[Cell, Value]) -> Value:
        return values[cell] if cell in values else self.constant(cell)

    def _compiled(self, pattern: Pattern, sheet: int) -> Formula | str:
        """The compiled formula, or the reason why there is none."""
        try:
            return self.compile(pattern, sheet)
        except UnsupportedFormulaError as error:
            return str(error)

    def _range(self, sheet: int, reference: Reference, row: int, column: int) -> list[list[Cell]]:
        """The cells of a range by rows, no further than the sheet's last value, so that `A:A` stays small."""
        if reference.last_row is None or reference.last_column is None:
            raise ValueError("a range was expected")
        end_row, end_column = self._ends[sheet]
        rows = sorted((reference.row.at(row), reference.last_row.at(row)))
        columns = sorted((reference.column.at(column), reference.last_column.at(column)))
        last_row, last_column = max(min(rows[1], end_row), rows[0]), max(min(columns[1], end_column), columns[0])
        if (last_row - rows[0] + 1) * (last_column - columns[0] + 1) > MAX_RANGE:
            raise UnsupportedFormulaError("it reads a range of more than two million cells")
        return [[(sheet, r, c) for c in range(columns[0], last_column + 1)] for r in range(rows[0], last_row + 1)]


def recompute(formulas: Formulas, cells: Iterator[Cell], values: MutableMapping[Cell, Value]) -> dict[Cell, str]:
    """Compute cells and all that they depend on, precedents first, into `values`; what is there already is given.

    Returns the cells whose formulas cannot be computed, each with its reason; they count with their cached values.
    """
    failed: dict[Cell, str] = {}
    open_cells: set[Cell] = set()
    for wanted in cells:
        stack = [wanted]
        while stack:
            cell = stack[-1]
            if cell in values or cell not in formulas:
                stack.pop()
                continue
            if cell not in open_cells:
                waiting = [p for p in formulas.precedents(cell) if p not in values and p in formulas]
                if waiting:
                    if any(p in open_cells for p in waiting):
                        failed |= {p: CIRCULAR for p in (cell, *waiting) if p in open_cells or p == cell}
                        values.update({p: formulas.cached(p) for p in failed if p not in values})
                        continue
                    open_cells.add(cell)
                    stack.extend(waiting)
                    continue
            stack.pop()
            open_cells.discard(cell)
            try:
                values[cell] = formulas.compute(cell, values)
            except UnsupportedFormulaError as error:
                failed[cell] = str(error)
                values[cell] = formulas.cached(cell)
    return failed


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
