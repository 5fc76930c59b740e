"""What a unit without weights is of its sources; as with the kinds of units, all else follows from that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sheetgen.mathematics.derivatives import Node, node
from sheetgen.mathematics.expression import (
    MINUS_ONE,
    Batch,
    Column,
    Expression,
    Factors,
    Number,
    equal,
    exp,
    largest,
    sqrt,
    summed,
    summed_squares,
    total,
)
from templates import Layer, Rule

MOST_NAMES = 8  # in one line


@dataclass(frozen=True)
class RuleKind:
    """What a unit is of its sources and its constant; and the same in words, of the names of the sources.

    `slopes` makes the derivative with respect to sources, from the last one on, of the sources, of the units of the
    layer that read the same ones, and of the constant.
    """

    words: str
    forward: Callable[[Sequence[Expression], float], Expression]
    slopes: Callable[[Sequence[Expression], Sequence[Expression], float], Sequence[Factors]] | None = None

    def column(self, layer: Layer, unit: int) -> Node:
        """The column of a unit, counted from 0."""
        names = layer.sources[unit]
        sources, constant = [*map(Column, names)], layer.constants[unit] if layer.constants else 0
        simpler = self.slopes(sources, _siblings(layer, unit), constant) if self.slopes else ()
        return node(
            layer.nets[unit],
            self.forward(sources, constant),
            dict(zip(names[len(names) - len(simpler) :], simpler, strict=True)),
        )


def _siblings(layer: Layer, unit: int) -> list[Expression]:
    """The units that read the same sources."""
    own = layer.sources[unit]
    return [Column(net) for row, net in zip(layer.sources, layer.nets, strict=True) if row == own]


def _softmax_slopes(_: Sequence[Expression], shares: Sequence[Expression], own: float) -> Sequence[Factors]:
    share = shares[int(own)]
    return [(share, 1 - share) if k == own else (MINUS_ONE, share, other) for k, other in enumerate(shares)]


def _batch(column: Expression) -> Expression:
    """The cells of a column in all rows of the step."""
    return Batch(column.label) if isinstance(column, Column) else column


def _products(sources: Sequence[Expression], _: float) -> Expression:
    return total([left * right for left, right in zip(sources[::2], sources[1::2], strict=True)])


RULES: Mapping[Rule, RuleKind] = {
    Rule.MAXIMUM: RuleKind(
        "the largest of {sources}", lambda sources, _: largest(*sources) if len(sources) > 1 else sources[0]
    ),
    Rule.MEAN: RuleKind("the mean of {sources}", lambda sources, _: total(sources) / len(sources)),
    Rule.PRODUCTS: RuleKind("the products, two by two, added up", _products),
    Rule.SCALED_PRODUCTS: RuleKind(
        "the products, two by two, added up, over the root of their number",
        lambda sources, _: _products(sources, 0) / sqrt(len(sources) // 2),
    ),
    Rule.SOFTMAX: RuleKind(
        "the share of its own exponential in those of the row",
        lambda sources, own: exp(sources[int(own)]) / total([*map(exp, sources)]),
        _softmax_slopes,
    ),
    Rule.BATCH_MEAN: RuleKind(
        "over all samples of the step: the mean of {sources}",
        lambda sources, count: total([*map(summed, map(_batch, sources))]) / count,
    ),
    Rule.BATCH_VARIANCE: RuleKind(
        "over all samples of the step: the mean square of {others} less {last}",
        lambda sources, count: total([summed_squares(_batch(one) - sources[-1]) for one in sources[:-1]]) / count,
        lambda *_: [(Number(0),)],  # differences from a mean sum to 0
    ),
    Rule.NORMALISED: RuleKind(
        "{first} less its mean, over the root of its variance {last}",
        lambda sources, epsilon: (sources[0] - sources[1]) / sqrt(sources[2] + epsilon),
        lambda sources, own, epsilon: [(MINUS_ONE, Number(0.5), own[0], 1 / (sources[2] + epsilon))],
    ),
    Rule.COMPARISON: RuleKind("1 where {sources} is this word, else 0", lambda sources, word: equal(sources[0], word)),
}


def rule_in_words(layer: Layer, unit: int) -> str:
    """What a unit is, for people."""
    names = layer.sources[unit]
    sources, others = _shown(names), _shown(names[:-1])
    return RULES[layer.rule].words.format(sources=sources, first=names[0], others=others, last=names[-1])


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 1], "…"])
