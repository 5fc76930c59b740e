"""What a unit without weights is of its sources; as with the kinds of units, all else follows from that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sheetgen.mathematics.derivatives import Node, node
from sheetgen.mathematics.expression import Column, Expression, Factors, equal, exp, largest, sqrt, total
from templates import Layer, Rule


MOST_NAMES = 8  # in one line


@dataclass(frozen=True)
class RuleKind:
    """What a unit is of its sources and its constant; and the same in words, of the names of the sources.

    `slopes` makes the derivative with respect to each source, of the unit's own value and the columns of the layer that
    hold the same for each of the sources.
    """

    words: str
    forward: Callable[[Sequence[Expression], int], Expression]
    slopes: Callable[[Sequence[Expression]], Sequence[Factors]] | None = None

    def column(self, layer: Layer, unit: int) -> Node:
        """The column of a unit, counted from 0."""
        names = layer.sources[unit]
        constant = layer.constants[unit] if layer.constants else 0
        return node(
            layer.nets[unit],
            self.forward([*map(Column, names)], constant),
            dict(zip(names, self.slopes(_siblings(layer, unit)), strict=True)) if self.slopes else {},
        )


def _siblings(layer: Layer, unit: int) -> list[Expression]:
    """For each source of a unit, the unit of which it is the first source; its own comes first."""
    of_first = {row[0]: net for row, net in zip(layer.sources, layer.nets, strict=True)}
    return [Column(of_first[name]) for name in layer.sources[unit]]


def _products(sources: Sequence[Expression], _: int) -> Expression:
    return total([left * right for left, right in zip(sources[::2], sources[1::2], strict=True)])


RULES: Mapping[Rule, RuleKind] = {
    Rule.MAXIMUM: RuleKind("the largest of {sources}", lambda sources, _: largest(*sources)),
    Rule.MEAN: RuleKind("the mean of {sources}", lambda sources, _: total(sources) / len(sources)),
    Rule.PRODUCTS: RuleKind("the sum of products, two by two, of {sources}", _products),
    Rule.SCALED_PRODUCTS: RuleKind(
        "the sum of products, two by two, of {sources}, over the root of their number",
        lambda sources, _: _products(sources, 0) / sqrt(len(sources) // 2),
    ),
    Rule.SOFTMAX: RuleKind(
        "the exponential of the first, over the sum of those of {sources}",
        lambda sources, _: exp(sources[0]) / total([*map(exp, sources)]),
        lambda shares: [(shares[0], 1 - shares[0]), *((-shares[0], share) for share in shares[1:])],
    ),
    Rule.COMPARISON: RuleKind("1 where {sources} is its word, else 0", lambda sources, word: equal(sources[0], word)),
}


def rule_in_words(layer: Layer, unit: int) -> str:
    """What a unit is, for people."""
    names = layer.sources[unit]
    shown = ", ".join(names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 1], "…"])
    return RULES[layer.rule].words.format(sources=shown)
