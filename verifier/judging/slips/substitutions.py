"""Edits that put other references in the place of those of a formula."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from verifier.judging.slips.edits import Edit, Substitution
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


def single(names: Names, trial: Trial, right: Node | None) -> Iterator[Substitution]:
    """One reference in the place of another: first wherever the formula has it, then in some places.

    `right` is a right formula, which may read what else the names do not tell.
    """
    leaves = leaves_of(trial.tree)
    others = [*names.readable, *(leaves_of(right) if right is not None else ())]
    cells = {old: _in_place_of(old, others, names) for old in leaves if not old.is_range}
    values = {old: trial.values([refer(reference) for reference in news]) for old, news in cells.items()}
    for old, news in cells.items():
        for k in trial.fits_each(leaves[old], values[old]):
            yield _substitution({old: news[k]}, {old: leaves[old]})
    for old, news in cells.items():
        for some in _subsets(leaves[old]):
            for k in trial.fits_each(some, values[old]):
                yield Substitution(((old, news[k]),), _changes(some, news[k]), False)


def _in_place_of(old: Reference, others: Sequence[Reference], names: Names) -> list[Reference]:
    forms = (form for reference in others if not reference.is_range for form in names.like(reference, old))
    return list(dict.fromkeys(form for form in forms if form != old))


def ranges(trial: Trial, right: Node) -> Iterator[Substitution]:
    """A range of the right formula in the place of another."""
    leaves = leaves_of(trial.tree)
    olds, news = ([r for r in tree if r.is_range] for tree in (leaves, leaves_of(right)))
    for old, new in product(olds, news):
        substitution = _substitution({old: new}, leaves)
        if old != new and trial.fits_with(substitution.changes):
            yield substitution


def deleted(names: Names, tree: Node) -> Iterator[Edit]:
    """References in the place of a `#REF!`."""
    lost = [node for node in tree.walk() if node.form is Form.LITERAL and node.name == "#REF!"]
    for node in lost[:1]:
        for new in map(refer, names.readable):
            told = "has {0} where a deleted cell was; {1} belongs there"
            yield Edit(SlipName.DELETED, {node: new}, (node, new), told, "replace {0} by {1}")


def usual(tree: Node, right: Node) -> Iterator[Substitution]:
    """The references of the column's usual formula, where that is the same formula but for them."""
    own = [node for node in tree.walk() if node.reference is not None]
    other = [node for node in right.walk() if node.reference is not None]
    if tree.text(lambda _: "") != right.text(lambda _: ""):
        return
    changed = [(a, b) for a, b in zip(own, other, strict=True) if a.reference != b.reference]
    pairs = dict.fromkeys((a.reference, b.reference) for a, b in changed if a.reference and b.reference)
    if pairs:
        changes = {a: refer(b.reference, a.marks[0]) for a, b in changed if b.reference is not None}
        leaves = leaves_of(tree)
        yield Substitution(tuple(pairs), changes, len(changes) == sum(len(leaves[old]) for old, _ in pairs))


def exchanged(trial: Trial) -> Iterator[Substitution]:
    """Two references in each other's place: wherever the formula has them, then one of each."""
    return (substitution for substitution in _exchanges(leaves_of(trial.tree)) if trial.fits_with(substitution.changes))


def _exchanges(leaves: Mapping[Reference, Sequence[Node]]) -> Iterator[Substitution]:
    singles = [reference for reference in leaves if not reference.is_range]
    for one, other in combinations(singles[:MOST_LEAVES], 2):
        yield _substitution({one: other, other: one}, leaves)
    nodes = [node for reference in singles for node in leaves[reference]]
    if len(nodes) > MOST_LEAVES:
        return
    for a, b in combinations(nodes, 2):
        if a.reference is not None and b.reference is not None and a.reference != b.reference:
            changes = {**_changes([a], b.reference), **_changes([b], a.reference)}
            yield Substitution(((a.reference, b.reference), (b.reference, a.reference)), changes, False)


def several(trial: Trial, right: Node) -> Iterator[Substitution]:
    """References of the right formula that this one lacks, in the place of those that it should not have."""
    own, other = leaves_of(trial.tree), leaves_of(right)
    wrong, lacking = [r for r in own if r not in other], [r for r in other if r not in own]
    if not 1 < len(wrong) <= MOST_PAIRS or not 0 < len(lacking) <= MOST_PAIRS:
        return
    for news in product(lacking, repeat=len(wrong)):
        substitution = _substitution(dict(zip(wrong, news, strict=True)), own)
        if trial.fits_with(substitution.changes):
            yield substitution


def _subsets(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Some of the places of a reference, but not all; few at a time first."""
    sizes = range(1, len(nodes)) if len(nodes) <= MOST_OCCURRENCES else (1,)
    for size in sizes:
        yield from combinations(nodes, size)


def _substitution(news: Mapping[Reference, Reference], leaves: Mapping[Reference, Sequence[Node]]) -> Substitution:
    changes = {node: fresh for old, new in news.items() for node, fresh in _changes(leaves[old], new).items()}
    return Substitution(tuple(news.items()), changes, True)


def _changes(nodes: Sequence[Node], new: Reference) -> dict[Node, Node]:
    return {node: refer(new, node.marks[0]) for node in nodes}
