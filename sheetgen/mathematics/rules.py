"""What a unit without weights is of its sources; as with the kinds of units, all else follows from that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sheetgen.mathematics.derivatives import Node, node
from sheetgen.mathematics.expression import MINUS_ONE, Column, Expression, Factors, equal, exp, largest, sqrt, total
from templates import Layer, Rule

MOST_NAMES = 8  # in one line


@dataclass(frozen=True)
class RuleKind:
    """What a unit is of its sources and its constant; and the same in words, of the names of the sources.

    `slopes` makes the derivative with respect to each source, of the units of the layer that read the same sources and
    of the constant.
    """

    words: str
    forward: Callable[[Sequence[Expression], int], Expression]
    slopes: Callable[[Sequence[Expression], int], Sequence[Factors]] | None = None

    def column(self, layer: Layer, unit: int) -> Node:
        """The column of a unit, counted from 0."""
        names = layer.sources[unit]
        constant = layer.constants[unit] if layer.constants else 0
        return node(
            layer.nets[unit],
            self.forward([*map(Column, names)], constant),
            dict(zip(names, self.slopes(_siblings(layer, unit), constant), strict=True)) if self.slopes else {},
        )


def _siblings(layer: Layer, unit: int) -> list[Expression]:
    """The units that read the same sources."""
    own = layer.sources[unit]
    return [Column(net) for row, net in zip(layer.sources, layer.nets, strict=True) if row == own]


def _softmax_slopes(shares: Sequence[Expression], own: int) -> Sequence[Factors]:
    share = shares[own]
    return [(share, 1 - share) if k == own else (MINUS_ONE, share, other) for k, other in enumerate(shares)]


def _products(sources: Sequence[Expression], _: int) -> Expression:
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
        lambda sources, own: exp(sources[own]) / total([*map(exp, sources)]),
        _softmax_slopes,
    ),
    Rule.COMPARISON: RuleKind("1 where {sources} is this word, else 0", lambda sources, word: equal(sources[0], word)),
}


def rule_in_words(layer: Layer, unit: int) -> str:
    """What a unit is, for people."""
    names = layer.sources[unit]
    shown = ", ".join(names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 1], "…"])
    return RULES[layer.rule].words.format(sources=shown)
