"""All steps of gradient descent in a workbook: the objectives that explain its updates, and which step has which.

First losses are looked for. What no loss explains may follow outputs instead: cells that hold the derivatives of a loss
by them, as A − T behind a softmax, and from which the chain rule leads to the updates.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from math import isclose

from verifier.claims.descent import SAME, Objective, State, Step, Update, repeated
from verifier.claims.finder import MOST_VISITS, Finder, TooLargeError
from verifier.claims.gradients import find_gradients
from verifier.claims.groups import Group, Groups
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formula
from verifier.reading.references import Reference

Layout = tuple[str, tuple[Reference, ...]]  # a formula, and what it reads, moved with it

_SAMPLES = 8  # of cells with one formula, of which at least one is the loss of a step if they are losses
_MOST_UPDATES = 16  # of one parameter by one formula
_MOST_SHEETS = 3  # in which outputs of one kind are tried
_VISITS_WITHOUT_A_LOSS = 3_000_000  # formulas that are passed to find what has no loss, some four seconds
_OF_PROOF = 4  # numbers of a step's rank that tell how much it proves
_LEAST_RIGHT = 2  # updates by outputs, in all steps of one kind, for these to be more than chance


def find_steps(graph: Graph, states: Sequence[State]) -> list[Step]:
    """All steps of a workbook, in the order in which their parameters are computed. Raises TooLargeError.

    First the updates that are proven tell what the objectives are, then each takes the others of its step.
    """
    finder, groups = Finder(graph, states), Groups(graph, through_copies=True)
    chosen = _best(_by_losses(finder))
    chosen += _without_a_loss(finder, groups, chosen)
    if chosen and chosen[0].gradients:
        return chosen
    place = {cell: k for k, cell in enumerate(finder.graph.order)}

    def when(step: Step) -> tuple[int, int]:
        """When its parameters are computed, and then its loss: that of a later step may come first."""
        starts = (place.get(update.parameter, -1) for update in step.updates)
        return max(starts), max(place[cell] for cell in step.objective.cells)

    return finder.completed(sorted(chosen, key=when))


def _without_a_loss(finder: Finder, groups: Groups, taken: Sequence[Step]) -> list[Step]:
    """The steps by inner losses and by outputs, or gradients that no update follows; none where that takes too long."""
    finder.allow(_VISITS_WITHOUT_A_LOSS)
    found: list[Step] = []
    try:
        found += _best(_by_inner_losses(finder, groups, taken))
        found += _by_outputs(finder, groups, [*taken, *found])
        alone = None if taken or found else find_gradients(finder, groups)
    except TooLargeError:
        alone = None
    finder.allow(MOST_VISITS)
    return found if alone is None else [alone]


def _by_losses(finder: Finder) -> Iterator[Step]:
    """The steps by all cells that may be a loss.

    A loss is read by nothing; or by what only shows it, as its change does, and then the cells with its formula are all
    losses. An output is none, whose derivatives may be those of its error but for a sign: that proves as much.
    """
    graph = finder.graph
    steps = _tried(list(_ends(finder)), finder, {})
    proven = [step for step in steps.values() if step is not None]
    yield from proven
    readers: dict[Cell, Step] = {}  # of what is read, the best of the losses that read it
    for step in sorted(proven, key=_proof):
        readers |= dict.fromkeys(graph.reads[step.objective.cells[0]], step)
    shown = set(map(graph.formulas.get, readers)) - set(map(graph.formulas.get, steps)) - {None}
    inner = _tried([cell for cell in graph.order if graph.formulas.get(cell) in shown], finder, readers)
    for cell, by in inner.items():
        is_more = by is not None and (cell not in readers or _proof(by) > _proof(readers[cell]))
        if by is not None and (is_more or not _uses(by, cell, finder)):
            yield by


def _proof(step: Step) -> tuple[int, ...]:
    """How much a step proves."""
    return step.rank[:_OF_PROOF]


def _by_inner_losses(finder: Finder, groups: Groups, taken: Sequence[Step]) -> Iterator[Step]:
    """The steps by losses that other cells read too, of updates that are not taken.

    Each formula is tried where it comes first; where it proves something, all cells with it are losses.
    """
    if not _open_pairs(finder, taken):
        return
    claimed = {cell for step in taken for cell in step.candidates}
    for group in groups.first_ones(_MOST_SHEETS):
        first = finder.step(Objective(group)) if len(group) == 1 and group[0] in finder.graph.read else None
        if first is None or _uses(first, group[0], finder):
            continue
        for other in groups.with_skeleton(groups.skeleton(group[0])):
            step = finder.step(Objective(other)) if len(other) == 1 and other[0][0] == group[0][0] else None
            if step is not None and claimed.isdisjoint(step.candidates):
                yield step


def _uses(step: Step, cell: Cell, finder: Finder) -> bool:
    """Whether updates are computed from a cell, as from the state of an optimiser, which is no loss."""
    return cell in finder.graph.read_by([*step.candidates, *finder.made_of(step)])


def _ends(finder: Finder) -> Iterator[Cell]:
    """The cells that nothing reads; of those that add something to a parameter, as updates do, one of each formula.

    What is only shown by another cell, on a sheet of its own, may be one, and so may all cells with its formula.
    """
    adding = {cell for cell, _ in finder.parameter_pairs}
    graph, seen = finder.graph, set[str]()
    copies = {cell: of for cell in graph.order if cell not in graph.read and (of := repeated(cell, graph)) is not None}
    shown = {graph.formulas.get(cell) for cell in copies.values()}
    for cell in graph.order:
        formula = graph.formulas.get(cell)
        is_read = cell in graph.read and formula not in shown
        if formula is None or is_read or cell in copies or (cell in adding and formula.pattern.skeleton in seen):
            continue
        if cell in adding:
            seen.add(formula.pattern.skeleton)
        yield cell


def _tried(ends: Sequence[Cell], finder: Finder, readers: Mapping[Cell, Step]) -> dict[Cell, Step | None]:
    """The steps by some cells; not of those with a formula by which some, spread among them, prove nothing.

    Some are read by losses that prove `readers`. Where those with one formula add nothing to these, as the loss of one
    sample in many does not, the others that are read so are left out too.
    """
    kinds: dict[tuple[str | None, bool], list[Cell]] = {}
    for cell in ends:
        kinds.setdefault((finder.graph.skeleton(cell), cell in readers), []).append(cell)
    found: dict[Cell, Step | None] = {}
    for cells in kinds.values():
        samples = cells[:: max(len(cells) // _SAMPLES, 1)]
        found |= {cell: finder.step(Objective((cell,)), readers.get(cell)) for cell in samples}
        if len(cells) <= len(samples) or any(_adds_to(readers.get(cell), found[cell]) for cell in samples):
            left = [cell for cell in cells if cell not in found]
            found |= {cell: finder.step(Objective((cell,)), readers.get(cell)) for cell in left}
    return {cell: found[cell] for cell in ends if cell in found}


def _adds_to(reader: Step | None, step: Step | None) -> bool:
    """Whether a step proves something: as much as one by what reads its loss, or other updates."""
    if step is None or reader is None:
        return step is not None
    return _proof(step) >= _proof(reader) or any(update.cell not in reader.candidates for update in step.updates)


def _best(steps: Iterable[Step]) -> list[Step]:
    """Each update with the step that proves the most of them, with the least.

    The loss of one sample in many proves fewer; the change of the loss since the step before proves as many. What a
    better step does not prove, though its loss depends on the parameter, is not another training by a part of the loss.
    """
    found: list[Step] = []
    claimed: set[Cell] = set()
    for step in sorted(steps, key=lambda step: step.rank, reverse=True):
        updates = tuple(update for update in step.updates if update.cell not in claimed)
        claimed |= step.candidates
        if updates:
            found.append(replace(step, updates=updates))
    return found


# --- no loss in any cell ----------------------------------------------------------------------------------------------


def _by_outputs(finder: Finder, groups: Groups, taken: Sequence[Step]) -> list[Step]:
    """The steps by outputs and the cells of the loss's derivatives by them, of updates that are not taken.

    What outputs explain is tried where they come first; what explains the most there is then taken in all steps.
    """
    open_pairs = _open_pairs(finder, taken)
    if not open_pairs:
        return []
    claimed = {cell for step in taken for cell in step.candidates}
    outputs = _Outputs(finder, groups, open_pairs)
    found: list[Step] = []
    for kind in outputs.kinds():
        steps = [step for step in outputs.steps(*kind) if claimed.isdisjoint(update.cell for update in step.updates)]
        if sum(outputs.strength(step) for step in steps) and sum(len(s.updates) for s in steps) >= _LEAST_RIGHT:
            found += steps
            claimed |= {cell for step in steps for cell in step.candidates}
    return found


def _open_pairs(finder: Finder, taken: Sequence[Step]) -> list[tuple[Cell, Cell]]:
    """What may be updates, with their parameters, and is not taken.

    What is written as a proven update, and adds nothing as a unit that is off has no derivative, is one of its step.
    What many cells with one formula add to is the bias of a convolution, and no parameter of which they are updates.
    """
    claimed = {cell for step in taken for cell in (*step.candidates, *_off(step, finder.graph))}
    forward = _forward(finder.graph, taken)
    pairs = [pair for pair in finder.parameter_pairs if pair[0] not in claimed]
    formulas = {cell: formula for cell, _ in pairs if (formula := finder.graph.formulas.get(cell)) is not None}
    updating = {formula for formula in set(formulas.values()) if _layout(formula) not in forward}
    pairs = [pair for pair in pairs if formulas.get(pair[0]) in updating]
    adding = Counter((finder.graph.skeleton(cell), parameter) for cell, parameter in pairs)
    return [pair for pair in pairs if adding[finder.graph.skeleton(pair[0]), pair[1]] <= _MOST_UPDATES]


def _off(step: Step, graph: Graph) -> Iterator[Cell]:
    """What is written as the updates of a step, of parameters whose derivative is 0."""
    alike = {graph.skeleton(update.cell) for update in step.updates}
    return (cell for cell in step.still if graph.skeleton(cell) in alike)


def _forward(graph: Graph, steps: Sequence[Step]) -> set[Layout]:
    """The formulas between the parameters and the losses of some steps: a cell with one of them updates nothing."""
    found: set[Formula | None] = set()
    for step in steps:
        past = graph.past(*step.objective.cells, until={update.parameter for update in step.updates})
        found.update(map(graph.formulas.get, past))
    return {_layout(formula) for formula in found if formula is not None}


def _layout(formula: Formula) -> Layout:
    """A formula as it is on any sheet: a step may have a sheet, or have its loss after it on another one."""
    return formula.pattern.skeleton, tuple(replace(reference, sheet=None) for reference in formula.pattern.references)


class _Outputs:
    """What outputs, with cells for the derivatives by them, explain of some updates."""

    def __init__(self, finder: Finder, groups: Groups, pairs: Sequence[tuple[Cell, Cell]]) -> None:
        self._finder, self._groups, self._pairs = finder, groups, pairs
        self._known: dict[tuple[Group, Group], Step | None] = {}

    def kinds(self) -> list[tuple[str, str]]:
        """The formulas of outputs and of the derivatives by them that explain something, the best first."""
        ranks: dict[tuple[str, str], tuple[int, ...]] = {}
        for outputs in self._groups.first_ones(_MOST_SHEETS):
            if repeated(outputs[0], self._finder.graph) is not None:
                continue
            for weights, step in self._tried(outputs, self._weights_of(outputs)):
                kind = self._groups.skeleton(outputs[0]), self._groups.skeleton(weights[0])
                way = len(self._finder.graph.past(*weights, until=set(self._finder.graph.past(*outputs))))
                rank = self.strength(step), len(step.candidates), len(step.updates), -step.reach, -way
                ranks[kind] = max(ranks.get(kind, rank), rank)
        return sorted(ranks, key=lambda kind: ranks[kind], reverse=True)

    def steps(self, outputs: str, weights: str) -> Iterator[Step]:
        """The steps by all outputs with a formula, where the derivatives by them have another one."""
        for group in self._groups.with_skeleton(outputs):
            by = [other for other in self._weights_of(group) if self._groups.skeleton(other[0]) == weights]
            yield from (step for _, step in islice(self._tried(group, by), 1))

    def strength(self, step: Step) -> int:
        """Twice how many of its updates are proven by more than that they repeat a weight, or add up all weights.

        That the weight is a function of the output, as an error is, counts half as much, where there is no other.
        """
        sums = [sum(step.objective.seeds(state).values()) for state in self._finder.states]
        proven = sum(not self._is_plain(update, sums) for update in step.updates)
        return 2 * proven or int(self._is_error(step.objective))

    def _is_error(self, objective: Objective) -> bool:
        """Whether the weight of a single output depends on the parameters as the output does, and on several."""
        if len(objective.cells) > 1:
            return False
        graph = self._finder.graph
        parameters = {parameter for _, parameter in self._pairs}
        ratios: list[list[float]] = []
        slopes: list[list[float]] = []
        for state in self._finder.states:
            one, other = (
                graph.gradient(graph.past(cell, until=parameters), state.slopes, {cell: 1.0})
                for cell in (*objective.cells, *objective.weights)
            )
            both = [(one[p], other.get(p, 0.0)) for p in sorted(parameters) if one.get(p)]
            slopes.append([a for a, _ in both])
            ratios.append([b / a for a, b in both])
        varies = any(not isclose(a, slopes[0][0], rel_tol=SAME) for row in slopes for a in row)
        return varies and all(
            len(row) > 1 and row[0] != 0 and all(isclose(ratio, row[0], rel_tol=SAME) for ratio in row)
            for row in ratios
        )

    def _is_plain(self, update: Update, sums: Sequence[float]) -> bool:
        factors = [slope / total if total else 0.0 for slope, total in zip(update.derivatives, sums, strict=True)]
        return all(isclose(factor, factors[0], rel_tol=SAME) for factor in factors)

    def _weights_of(self, outputs: Group) -> list[Group]:
        """The groups of as many cells between some outputs and the updates of what these depend on."""
        graph = self._finder.graph
        behind = graph.behind(*outputs)
        pairs = self._finder.outside(self._pairs, behind)
        updates = {cell for cell, parameter in pairs if parameter not in outputs}
        between = [cell for cell in graph.past(*updates, until=behind) if cell not in updates]
        return [group for group in self._groups.among(between) if len(group) == len(outputs)]

    def _tried(self, outputs: Group, weights: Iterable[Group]) -> Iterator[tuple[Group, Step]]:
        for group in weights:
            if (outputs, group) not in self._known:
                self._known[outputs, group] = self._finder.step(Objective(outputs, group))
            step = self._known[outputs, group]
            if step is not None:
                yield group, step
