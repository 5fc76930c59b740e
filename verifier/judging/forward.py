"""A forward pass: columns that are functions of other columns, and the derivatives of one with respect to the others.

Derivatives are accumulated in reverse, as backpropagation does it, but over the functions that stand there, whatever
they are: Griewank and Walther, "Evaluating Derivatives" (SIAM, 2008), chapter 3.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul

import numpy as np

from templates import Activation
from verifier.computing.derivative import Derivative
from verifier.computing.proven import Argument
from verifier.computing.recompute import Cell, Formula, Formulas, own_numbers
from verifier.judging.oracle import activate, slope
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

Numbers = Sequence[float]


@dataclass(frozen=True)
class Node:
    """A column as a function of others: `value` and `slopes` take the numbers of what it `reads`, in that order.

    Where the function has no number, `value` is NaN and so are the `slopes`.
    """

    reads: tuple[str, ...]
    value: Callable[[Numbers], float]
    slopes: Callable[[Numbers], Numbers]

    def reading(self, names: Sequence[str]) -> "Node":
        """The same function of other columns."""
        return Node(tuple(names), self.value, self.slopes)


@dataclass(frozen=True)
class ForwardPass:
    """Columns as functions, each after all that it reads."""

    nodes: Mapping[str, Node]

    def run(self, given: Mapping[str, float]) -> dict[str, float]:
        """The values of all columns; `given` has those that are not computed."""
        values = dict(given)
        for name, node in self.nodes.items():
            values[name] = node.value([values[read] for read in node.reads])
        return values

    def derivatives(self, of: str, values: Mapping[str, float]) -> dict[str, float]:
        """∂of/∂x for every x, where all that depends on x follows it; 0 is left out."""
        found = {of: 1.0}
        for name in reversed(list(self.nodes)):
            if name not in found:
                continue
            node = self.nodes[name]
            for read, slope_of in zip(node.reads, node.slopes([values[read] for read in node.reads]), strict=True):
                found[read] = found.get(read, 0.0) + found[name] * slope_of
        return found


def net_input(weights: Sequence[str], sources: Sequence[str], biases: Sequence[str]) -> Node:
    """Σ w·a plus the biases."""
    count = len(weights)

    def value(numbers: Numbers) -> float:
        return math.fsum([*map(mul, numbers[:count], numbers[count : 2 * count]), *numbers[2 * count :]])

    def slopes(numbers: Numbers) -> Numbers:
        return [*numbers[count : 2 * count], *numbers[:count], *([1.0] * len(biases))]

    return Node((*weights, *sources, *biases), value, slopes)


def activation(kind: Activation, net: str) -> Node:
    """A unit of one of the kinds that the oracle knows."""

    def value(numbers: Numbers) -> float:
        with np.errstate(all="ignore"):
            return float(activate(kind, np.array(numbers[0])))

    def slopes(numbers: Numbers) -> Numbers:
        return [float(slope(kind, np.array(value(numbers))))]

    return Node((net,), value, slopes)


def half_squared_error(target: str, output: str) -> Node:
    """½(t − a)²"""
    return half_squared_errors([target], [output])


def half_squared_errors(targets: Sequence[str], outputs: Sequence[str]) -> Node:
    """½ Σ (t − a)²"""
    count = len(targets)

    def errors(numbers: Numbers) -> Numbers:
        return [target - output for target, output in zip(numbers[:count], numbers[count:], strict=True)]

    def slopes(numbers: Numbers) -> Numbers:
        found = errors(numbers)
        return [*found, *(-error for error in found)]

    return Node((*targets, *outputs), lambda numbers: 0.5 * math.fsum(e * e for e in errors(numbers)), slopes)


def total(names: Sequence[str]) -> Node:
    """The sum of columns."""
    return Node(tuple(names), math.fsum, lambda numbers: [1.0] * len(numbers))


def own_formula(
    formula: Formula,
    cell: Cell,
    formulas: Formulas,
    name_of: Callable[[Cell], str | None],
    constants: Mapping[Cell, Value],
) -> Node:
    """A formula of the workbook as it stands in a cell; `name_of` names the columns of the cells that it reads.

    A cell without a name counts with its constant. Raises UnsupportedFormulaError where a range is too large.
    """
    operands = formulas.operands(cell, formula)
    places = [place for rows in operands for row in rows for place in row]
    names = {place: name for place in places if (name := name_of(place)) is not None}
    others = {place: constants.get(place, formulas.cached(place)) for place in places if place not in names}
    of_cell = own_numbers(formula.function.own, *cell[1:])
    own = _OwnFormula(formula, operands, names, others, of_cell)
    return Node(own.reads, own.value, own.slopes)


class _OwnFormula:
    """A formula as a function of the columns that it reads.

    `operands` are the cells of each reference, as rows; `names` are the columns of some of them, `constants` the values
    of all others, `of_cell` the numbers of its cell that it takes besides.
    """

    def __init__(
        self,
        formula: Formula,
        operands: Sequence[Sequence[Sequence[Cell]]],
        names: Mapping[Cell, str],
        constants: Mapping[Cell, Value],
        of_cell: Sequence[float],
    ) -> None:
        self.reads = tuple(dict.fromkeys(names.values()))
        self._formula, self._operands, self._names, self._constants = formula, operands, names, constants
        self._of_cell = of_cell
        self._derivative = Derivative(formula.function)

    def value(self, numbers: Numbers) -> float:
        """The formula's value for the numbers of what it reads."""
        try:
            result = self._formula.function(self._arguments(numbers))
        except UnsupportedFormulaError:
            return math.nan
        return result if isinstance(result, float) else math.nan

    def slopes(self, numbers: Numbers) -> Numbers:
        """Its derivatives with respect to what it reads; of a column that it reads in several places, their sum."""
        try:
            partials = self._derivative(self._arguments(numbers))
        except UnsupportedFormulaError:
            return [math.nan] * len(self.reads)
        found = dict.fromkeys(self.reads, 0.0)
        for rows, partial in zip(self._operands, partials[: len(self._operands)], strict=True):
            for place, number in zip((place for row in rows for place in row), np.ravel(partial).tolist(), strict=True):
                if place in self._names:
                    found[self._names[place]] += number
        return list(found.values())

    def _arguments(self, numbers: Numbers) -> list[Argument]:
        columns = dict(zip(self.reads, numbers, strict=True))
        known = {**self._constants, **{place: columns[name] for place, name in self._names.items()}}
        values = [[[known[place] for place in row] for row in rows] for rows in self._operands]
        references = self._formula.pattern.references
        read = [rows if reference.is_range else rows[0][0] for reference, rows in zip(references, values, strict=True)]
        return [*read, *self._of_cell]
