"""The block on the sheet Check that compares whole tabs: each column with its own formula, in all rows at once.

The formula of a column holds in every row, so the sum of the squared differences between the column and its formula
over the columns that it reads is 0 but for rounding; not with a number typed over a formula. SUMPRODUCT computes row by
row with whole columns in every application, but not what looks at all cells of a range at once, as MAX does. Some
engines compute whole columns by operators alone (formualizer 0.13), so functions are written as operators. Of a
logarithm there is no such form: there, e to the power of the column is compared with that of its formula.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve
from sheetgen.check.layout import WHOLE_COLUMN, CheckLayout, address
from sheetgen.layout import MAX_FORMULA, TableLayout, on_sheet, sheet_name
from sheetgen.live import NO, NOTHING, YES, Live, write_live
from sheetgen.mathematics.expression import (
    Applied,
    Batch,
    Column,
    Expression,
    Number,
    Operation,
    Typed,
    absolute,
    added,
    average,
    below,
    columns_used,
    cos,
    equal,
    exp,
    ln,
    minus,
    negative,
    over,
    own_row,
    power,
    product,
    relu,
    sin,
    sqrt,
    step,
    summed,
    summed_product,
    tanh,
    times,
)
from sheetgen.mathematics.notation import excel
from sheetgen.mathematics.training_step import Group, TableColumn
from sheetgen.style import COLOURS, Styles

_CLOSE = "0.000000000000000001"  # a square
_FORM = f'[<0]"{NOTHING}";[<={_CLOSE}]"{YES}";"{NO}"'
_NO_NUMBERS = -1.0  # in the place of an error
_LARGEST, _LARGEST_POWER = 1e150, 709.7  # a larger number has no square, or no power of e
_SMALL = Number(0.00001)  # below it tanh(x) is x to ten digits, and 1 - exp(-2x) has lost as many as it may
_LINEAR = frozenset({added, minus, times, negative})
_EACH_ROW = _LINEAR | {over, power, sin, cos}
# As products, for IF looks at one cell where older versions of Excel calculate.
_positive = replace(step, excel="(({}>0)*1)")
_equal = replace(equal, excel="(({}={})*1)")
_below = replace(below, excel="(({}<{})*1)")


def _sign(argument: Expression) -> Expression:
    return _positive(argument) - _positive(-argument)


def _exp(argument: Expression) -> Expression:
    return exp(1) ** argument


def _tanh(argument: Expression) -> Expression:
    """Without overflow far from 0, and without cancellation near it."""
    is_small = _below(-_SMALL, argument) * _below(argument, _SMALL)
    shrinking = _exp(-(2 * argument * _sign(argument)))
    return is_small * argument + (1 - is_small) * _sign(argument) * ((1 - shrinking) / (1 + shrinking))


_AS_OPERATORS: Mapping[Operation, Callable[..., Expression]] = {
    step: _positive,
    equal: _equal,
    below: _below,
    relu: lambda argument: _positive(argument) * argument,
    absolute: lambda argument: _sign(argument) * argument,
    sqrt: lambda argument: argument**0.5,
    exp: _exp,
    tanh: _tanh,
}


@dataclass(frozen=True)
class WholeColumn:
    """A column of the tabs, and its formula as one over whole columns.

    `is_total` where the formula adds up over the samples of an iteration, whose rows the column has one cell for: then
    the sums over all rows are compared. `is_exponential` where it is e to the power of the column's.
    """

    label: str
    group: Group
    expression: Expression
    is_from_start: bool  # the formula holds in the rows of the start, too
    is_total: bool = False
    is_exponential: bool = False

    def formula(self, layout: TableLayout, tab: str) -> str:
        """The square of how far a tab's column is from its formula, relative to the column's own."""
        first = layout.first_row + (0 if self.is_from_start else layout.batch)

        def span(column: Column) -> str:
            shift = column.rows * layout.batch
            top, bottom = (layout.cell(column.label, row + shift) for row in (first, layout.last_row))
            return on_sheet(tab, f"{top}:{bottom}")

        def setting(label: str) -> str:
            place = layout.settings[label]
            return place if "!" in place else on_sheet(tab, place)

        own = span(Column(self.label))
        expected = excel(self.expression, span, setting).removeprefix("=")
        squares = f"SUMPRODUCT({own}^2)"
        if self.is_exponential:  # each row relative to its own, as a power can be too large for a square
            return f"=IFERROR(SUMPRODUCT((EXP(1)^{own}/({expected})-1)^2),-1)"
        if self.is_total:
            apart = f"(SUMPRODUCT({expected})-SUM({own}))^2"
            squares = f"({squares}+SUMPRODUCT(({expected})^2))"
        else:
            apart = f"SUMPRODUCT(({own}-({expected}))^2)"
        return f"=IFERROR({apart}/({squares}+1E-300),-1)"


def whole_columns(layout: TableLayout, curves: Sequence[Curve]) -> tuple[WholeColumn, ...]:
    """The columns that can be compared in all rows at once, from left to right."""
    per_step = frozenset(column.label for column in layout.columns if column.per_step)
    longest = max((sheet_name(curve.rate) for curve in curves), key=len)
    found = (_whole_column(column, per_step, layout.batch) for column in layout.columns)
    return tuple(one for one in found if one is not None and len(one.formula(layout, longest)) <= MAX_FORMULA)


def count_formulas(layout: TableLayout) -> int:
    """How many columns have formulas."""
    return sum(not isinstance(column.then, Number | Typed) for column in layout.columns)


def _whole_column(column: TableColumn, per_step: frozenset[str], batch: int) -> WholeColumn | None:
    if isinstance(column.then, Number | Typed):
        return None
    from_start = column.first == column.then
    make = partial(WholeColumn, column.label, column.group, is_from_start=from_start)
    used = {one.label for one in columns_used(column.then)}
    if any(isinstance(one, Batch) for one in columns_used(column.then)):
        total = None if used & per_step else _of_all_rows(column.then, batch)
        return None if total is None else make(total, is_total=True)
    if batch > 1 and not (used <= per_step if column.per_step else used.isdisjoint(per_step)):
        return None
    # The rows between those of a column per step hold nothing, which counts as 0, and their formula has to give that.
    if batch > 1 and column.per_step and not _is_0_of_nothing(column.then):
        return None
    expression = _in_each_row(column.then)
    if expression is not None:
        return make(expression)
    power_of_e = _in_each_row(_exponential(column.then))
    return None if power_of_e is None else make(power_of_e, is_exponential=True)


def _in_each_row(expression: Expression) -> Expression | None:
    """The expression as SUMPRODUCT computes it for each row; None where it does not."""
    match expression:
        case Batch() | Typed():
            return None
        case Applied(operation, parts):
            made = [_in_each_row(part) for part in parts]
            operands = tuple(part for part in made if part is not None)
            if len(operands) < len(parts):
                return None
            make = operation if operation in _EACH_ROW else _AS_OPERATORS.get(operation)
            return None if make is None else make(*operands)
    return expression


def _is_0_of_nothing(expression: Expression) -> bool:
    """Whether it is surely 0 in a row where all columns are empty, which count as 0."""
    match expression:
        case Applied(operation, parts) if operation is times:
            return any(map(_is_0_of_nothing, parts))
        case Applied(operation, parts) if operation in _LINEAR:
            return all(map(_is_0_of_nothing, parts))
    return isinstance(expression, Column)


def _exponential(expression: Expression) -> Expression:
    """E to the power of the expression, without the logarithms that are terms of it or factors of one."""
    match expression:
        case Applied(operation, (part,)) if operation is ln:
            return part
        case Applied(operation, (factor, Applied(inner, (part,)))) if operation is times and inner is ln:
            return part**factor
        case Applied(operation, (part,)) if operation is negative:
            return 1 / _exponential(part)
        case Applied(operation, parts) if operation is added:
            return product([*map(_exponential, parts)])
    return exp(expression)


def _of_all_rows(expression: Expression, batch: int) -> Expression | None:
    """What a sum over the samples adds up, so that its sum over all rows is that of all steps; None for other ones."""
    match expression:
        case Applied(operation, (part,)) if operation in (summed, average):
            own = _in_each_row(own_row(part))
            return own if own is None or operation is summed else own / batch
        case Applied(operation, (left, right)) if operation is summed_product:
            return _in_each_row(own_row(left) * own_row(right))
        case Applied(operation, (sums, Number() as factor)) if operation in (times, over):
            of_all = _of_all_rows(sums, batch)
            return None if of_all is None else operation(of_all, factor)
        case Applied(operation, (part,)) if operation is negative:
            of_all = _of_all_rows(part, batch)
            return None if of_all is None else -of_all
    return None


class WholeTabs:
    """The block: a row for each column of the tabs that is compared, and the answers of each tab."""

    def __init__(self, layout: TableLayout, check: CheckLayout, curves: Sequence[Curve]) -> None:
        self._layout, self._check, self._curves = layout, check, curves
        self._tabs = [sheet_name(curve.rate) for curve in curves]
        self._columns = whole_columns(layout, curves)

    def write(self, sheet: Worksheet, styles: Styles) -> None:
        """Write it beside the list of the parameters."""
        header = self._check.numbers_row - 1
        sheet.write_string(header - 2, WHOLE_COLUMN, "Do all rows of the tabs follow their formulas?", styles.heading())
        remark = "each column against its formula, computed once more from the columns that it reads"
        sheet.write_string(header - 1, WHOLE_COLUMN, remark, styles.quiet())
        for column, label in enumerate(("column", *self._tabs), WHOLE_COLUMN):
            sheet.write_string(header, column, label, styles.column_label(COLOURS[Group.BACKWARD]))
        for row, one in enumerate(self._columns, header + 1):
            sheet.write_string(row, WHOLE_COLUMN, one.label, styles.label(one.group))
            for column, (tab, curve) in enumerate(zip(self._tabs, self._curves, strict=True), WHOLE_COLUMN + 1):
                live = Live(one.formula(self._layout, tab), self._found(one, curve))
                write_live(sheet, row, column, live, styles.answer_of_number(_FORM))
        last = header + len(self._columns), WHOLE_COLUMN + len(self._tabs)
        for criteria, bound, form in ((">", float(_CLOSE), styles.missed()), (">=", 0, styles.met())):
            sheet.conditional_format(header + 1, WHOLE_COLUMN + 1, *last, {
                "type": "cell", "criteria": criteria, "value": bound, "format": form, "stop_if_true": True,
            })  # fmt: skip

    def answer(self) -> Live:
        """Whether all columns of all tabs that are compared follow their formulas, and how many that are."""
        top, count = self._check.numbers_row, count_formulas(self._layout) * len(self._tabs)
        span = f"{address(top, WHOLE_COLUMN + 1)}:" + address(
            top + len(self._columns) - 1, WHOLE_COLUMN + len(self._tabs)
        )
        wrong, errors = f"SUMPRODUCT(({span}>{_CLOSE})*1)", f"SUMPRODUCT(({span}<0)*1)"
        formula = (
            f'=IF({wrong}>0,"{NO} not "&{wrong}&" of {count}",'
            f'IF({errors}>0,"{NOTHING} errors in "&{errors},"{YES} {len(self._columns) * len(self._tabs)} of {count}"))'
        )
        found = [self._found(one, curve) for one in self._columns for curve in self._curves]
        if _NO_NUMBERS in found:
            return Live(formula, f"{NOTHING} errors in {found.count(_NO_NUMBERS)}")
        return Live(formula, f"{YES} {len(found)} of {count}")

    def _found(self, one: WholeColumn, curve: Curve) -> float:
        """An error never heals, so a column without one at the end has none."""
        value = curve.end[self._layout.places[one.label]]
        largest = _LARGEST_POWER if one.is_exponential else _LARGEST
        return 0.0 if isinstance(value, int | float) and abs(value) < largest else _NO_NUMBERS
