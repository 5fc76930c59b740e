"""The derivatives of columns that are functions of other columns, as expressions.

Reverse accumulation: Griewank and Walther, "Evaluating Derivatives" (SIAM, 2008), chapter 3. The rule of each operation
stands beside it, in `expression`; nothing here knows what the columns are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from types import MappingProxyType

from sheetgen.mathematics import expression as operations
from sheetgen.mathematics.expression import (
    MINUS_ONE,
    Applied,
    Batch,
    Column,
    Expression,
    Factors,
    Number,
    columns_used,
    over_samples,
    own_row,
    product,
    total,
)


@dataclass(frozen=True)
class Node:
    """A column: its formula, and its derivative with respect to each column that this reads, factor by factor."""

    expression: Expression
    slopes: Mapping[str, Factors]

    @cached_property
    def per_step(self) -> bool:
        """Whether it has one value for all samples of a step, which it is made of."""
        return any(isinstance(column, Batch) for column in columns_used(self.expression))


Graph = dict[str, Node]  # each column after all that it reads


def node(label: str, expression: Expression, simpler: Mapping[str, Factors] = MappingProxyType({})) -> Node:
    """The column of a formula; derivatives that are known in a `simpler` form than by its operations have that.

    Of a sum over the samples they are those by the columns that it reads in all rows, in the row of each.
    """
    slopes = {**_slopes(expression, Column(label)), **simpler}
    return Node(
        expression,
        {
            read: _simplified(tuple(map(own_row, factors)))
            for read, factors in slopes.items()
            if Number(0) not in factors
        },
    )


def gradients(
    graph: Graph, of: str, names: Mapping[str, str], simpler: Mapping[str, Expression] = MappingProxyType({})
) -> dict[str, Expression]:
    """∂of/∂x by the label of every column x that it depends on; one that has a name is read by its name in others.

    One that is known in a `simpler` form than the chain rule's has that. Where a column stands once for all samples of
    a step, the derivatives are those of the sum of all samples' `of`.
    """
    statistics = {label for label, column in graph.items() if column.per_step}
    once = frozenset({*statistics, *(names[label] for label in statistics if label in names)})
    users: dict[str, list[str]] = {}
    for label, column in graph.items():
        for read in column.slopes:
            users.setdefault(read, []).append(label)
    found: dict[str, Expression] = {of: Number(1)}
    for label in [*reversed(graph), *(read for read in users if read not in graph)]:
        terms = list[Expression]()
        for user in users.get(label, ()):
            if user in found:
                arriving = Column(names[user]) if user in names else found[user]
                term = _continued(arriving, graph[user].slopes[label])
                is_of_all = label in statistics and user not in statistics
                terms.append(over_samples(term, once) if is_of_all else term)
        if terms:
            found[label] = simpler.get(label) or total(terms)
    return found


def _continued(arriving: Expression, factors: Factors) -> Expression:
    """A derivative times the next one; after a product or a sum, the factors of the next one keep together."""
    if arriving == Number(1) or not factors:
        return product(factors) if factors else arriving
    is_whole = isinstance(arriving, Applied) and arriving.operation in (operations.added, operations.times)
    return product([arriving, product(factors)] if is_whole else [arriving, *factors])


def _slopes(expression: Expression, own: Expression) -> dict[str, Factors]:
    """The derivative with respect to each column that an expression reads; 0 is left out."""
    if isinstance(expression, Column):
        return {expression.label: ()}
    found: dict[str, list[Factors]] = {}
    for part, slope in zip(expression.parts, expression.slopes(own), strict=True):
        for label, inner in _slopes(part, part).items() if Number(0) not in slope else ():
            found.setdefault(label, []).append(slope + inner)
    return {
        label: terms[0] if len(terms) == 1 else (total([product(_simplified(term)) for term in terms]),)
        for label, terms in found.items()
    }


def _simplified(factors: Factors) -> Factors:
    """The same product with its numbers as one, and with its sign inside a difference where it has one."""
    number = prod(factor.value for factor in factors if isinstance(factor, Number))
    kept: list[Expression] = [Number(number)] if number != 1 else []
    kept += [factor for factor in factors if not isinstance(factor, Number) and factor != MINUS_ONE]
    if factors.count(MINUS_ONE) % 2 == 0:
        return tuple(kept)
    for k, factor in enumerate(kept):
        if isinstance(factor, Applied) and factor.operation is operations.minus:
            left, right = factor.parts
            return (*kept[:k], right - left, *kept[k + 1 :])
    return (-product(kept),)
