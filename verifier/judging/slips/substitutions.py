"""Edits that put other references in the place of those of a formula."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from verifier.judging.slips.edits import Edit
from verifier.judging.slips.names import Names
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.tree import Form, Node, refer
from verifier.judging.slips.trial import Trial
from verifier.reading.references import Reference

MOST_OCCURRENCES = 4  # of a reference, all of whose subsets are tried; of more, only single ones
MOST_LEAVES = 24  # of a formula in which single references are exchanged
MOST_PAIRS = 3  # references that give way at once


def leaves_of(tree: Node) -> dict[Reference, list[Node]]:
    """The places of each reference in a formula, from left to right."""
    leaves: dict[Reference, list[Node]] = {}
    for node in tree.walk():
        if node.reference is not None:
            leaves.setdefault(node.reference, []).append(node)
    return leaves


def single(names: Names, trial: Trial, right: Node | None) -> Iterator[Edit]:
    """One reference in the place of another: first wherever the formula has it, then in some places.

    `right` is a right formula, which may read what else the names do not tell.
    """
    leaves = leaves_of(trial.tree)
    others = [*names.readable, *(leaves_of(right) if right is not None else ())]
    cells = {old: _in_place_of(old, others, names) for old in leaves if not old.is_range}
    values = {old: trial.values([refer(reference) for reference in news]) for old, news in cells.items()}
    for old, news in cells.items():
        for k in trial.fits_each(leaves[old], values[old]):
            yield Edit(_changes(leaves[old], news[k]))
    for old, news in cells.items():
        for some in _subsets(leaves[old]):
            for k in trial.fits_each(some, values[old]):
                yield Edit(_changes(some, news[k]))


def _in_place_of(old: Reference, others: Sequence[Reference], names: Names) -> list[Reference]:
    forms = (form for reference in others if not reference.is_range for form in names.like(reference, old))
    return list(dict.fromkeys(form for form in forms if form != old))


def ranges(tree: Node, right: Node) -> Iterator[Edit]:
    """A range of the right formula in the place of another."""
    leaves = leaves_of(tree)
    olds, news = ([r for r in there if r.is_range] for there in (leaves, leaves_of(right)))
    return (_everywhere({old: new}, leaves) for old, new in product(olds, news) if old != new)


def deleted(names: Names, tree: Node) -> Iterator[Edit]:
    """References in the place of a `#REF!`."""
    lost = [node for node in tree.walk() if node.form is Form.LITERAL and node.name == "#REF!"]
    for node in lost[:1]:
        for new in map(refer, names.readable):
            told = "has {0} where a deleted cell was; {1} belongs there"
            yield Edit({node: new}, SlipName.DELETED, (node, new), told, "replace {0} with {1}")


def usual(tree: Node, right: Node) -> Iterator[Edit]:
    """The references of the column's usual formula, where that is the same formula but for them."""
    own = [node for node in tree.walk() if node.reference is not None]
    other = [node for node in right.walk() if node.reference is not None]
    if tree.text(lambda _: "") != right.text(lambda _: ""):
        return
    changed = [(a, b.reference) for a, b in zip(own, other, strict=True) if a.reference != b.reference]
    changes = {node: refer(new, node.marks[0]) for node, new in changed if new is not None}
    if changes:
        yield Edit(changes)


def exchanged(tree: Node) -> Iterator[Edit]:
    """Two references swapped: wherever the formula has them, then one of each."""
    leaves = leaves_of(tree)
    singles = [reference for reference in leaves if not reference.is_range]
    for one, other in combinations(singles[:MOST_LEAVES], 2):
        yield _everywhere({one: other, other: one}, leaves)
    nodes = [node for reference in singles for node in leaves[reference]]
    if len(nodes) > MOST_LEAVES:
        return
    for a, b in combinations(nodes, 2):
        if a.reference is not None and b.reference is not None and a.reference != b.reference:
            yield Edit({**_changes([a], b.reference), **_changes([b], a.reference)})


def several(tree: Node, right: Node) -> Iterator[Edit]:
    """References of the right formula that this one lacks, in the place of those that it should not have."""
    own, other = leaves_of(tree), leaves_of(right)
    wrong, lacking = [r for r in own if r not in other], [r for r in other if r not in own]
    if not 1 < len(wrong) <= MOST_PAIRS or not 0 < len(lacking) <= MOST_PAIRS:
        return
    for news in product(lacking, repeat=len(wrong)):
        yield _everywhere(dict(zip(wrong, news, strict=True)), own)


def _subsets(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Some of the places of a reference, but not all; few at a time first."""
    sizes = range(1, len(nodes)) if len(nodes) <= MOST_OCCURRENCES else (1,)
    for size in sizes:
        yield from combinations(nodes, size)


def _everywhere(news: Mapping[Reference, Reference], leaves: Mapping[Reference, Sequence[Node]]) -> Edit:
    return Edit({node: fresh for old, new in news.items() for node, fresh in _changes(leaves[old], new).items()})


def _changes(nodes: Sequence[Node], new: Reference) -> dict[Node, Node]:
    return {node: refer(new, node.marks[0]) for node in nodes}
