"""Steps of gradient descent, found by what their formulas mean: no label is read, and no layout is expected.

A cell is taken for the update of a parameter where its formula adds something to it (∂u/∂θ = 1), where a loss depends
on the parameter, and where that loss does not depend on the update. What is added is −η times the derivative of the
loss, the same η for all parameters of a step: so an update is proven, or it differs from the others. A cell between
the loss and the update that holds the derivative, but for a factor that all of a step have in common, is its gradient.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isclose, isnan

from verifier.computing.graph import Graph, Slopes
from verifier.computing.recompute import Cell
from verifier.values import Value

SAME = 1e-8  # relative: two numbers at random states that agree so far are the same function
CANCELLED = 1e-12  # of the sizes of what is added up, where nothing but rounding is left of it
MOST_ROUNDING = 1e-3  # of what an update adds, for it to be told how far it steps
_MANY = 256  # updates, of which some are compared with all
_CENTRES = 16  # of so many


@dataclass(frozen=True)
class State:
    """Values of all cells, and the derivatives of each formula there."""

    values: Mapping[Cell, Value]
    slopes: Slopes

    @cached_property
    def rounding(self) -> Mapping[Cell, float]:
        """How far each number may be off, by its own rounding and that of all it is made of."""
        return self.slopes.rounding(self.values)

    def number(self, cell: Cell) -> float | None:
        """The number in a cell; None where it holds none."""
        value = self.values.get(cell)
        return value if isinstance(value, float) else None


@dataclass(frozen=True)
class Objective:
    """What is differentiated: a loss; or, where no cell has the loss, outputs and the cells of its derivatives by them.

    `weights` are these cells, one for each of `cells`; a loss has none.
    """

    cells: tuple[Cell, ...]
    weights: tuple[Cell, ...] = ()

    def seeds(self, state: State) -> dict[Cell, float]:
        """The weight of each cell in a state."""
        if not self.weights:
            return dict.fromkeys(self.cells, 1.0)
        return {cell: state.number(by) or 0.0 for cell, by in zip(self.cells, self.weights, strict=True)}


@dataclass(frozen=True)
class Update:
    """What a step makes of a parameter: what it adds is `steps` times the `derivatives`, in each random state.

    `gradient` is the cell that holds the derivative times `factor`; None where there is none. `old` is where it reads
    the parameter: in that cell, or in one that repeats it.
    """

    cell: Cell
    parameter: Cell
    old: Cell
    values: tuple[float, ...]  # of the parameter, in each state
    steps: tuple[float, ...]  # NaN where the derivative is 0 and nothing is added
    rounding: float  # of the steps, relative: what is added may be small beside the parameter
    derivatives: tuple[float, ...]  # of the loss by the parameter, in each state
    gradient: Cell | None
    factor: float | None
    is_plain: bool  # whether it adds a multiple of its gradient, and nothing else
    is_rated: bool  # whether its steps are the same in all states, but for what one or two cells in them say
    find_between: Callable[[], tuple[Cell, ...]] = field(repr=False, compare=False)  # many, and not always asked for

    @cached_property
    def between(self) -> tuple[Cell, ...]:
        """The formula cells that it depends on, and the loss does not, readers first."""
        return self.find_between()


@dataclass(frozen=True, eq=False)
class Gradient:
    """A cell that should hold the derivative by another one; `is_held` tells whether it does."""

    cell: Cell
    of: Cell
    derivatives: tuple[float, ...]  # in each state
    is_held: bool


@dataclass(frozen=True)
class Step:
    """The updates that follow the derivatives of one objective; or its gradients, where nothing is updated."""

    objective: Objective
    updates: tuple[Update, ...]
    candidates: frozenset[Cell]  # that add something to what the loss depends on, be they proven or not
    reach: int  # the formulas that the loss depends on
    gradients: tuple[Gradient, ...] = ()
    own: int = 0  # the parameters, proven or not, that it depends on otherwise than through other ones
    behind: Container[Cell] = field(default=(), repr=False)  # all that the loss depends on, where there are updates
    still: frozenset[Cell] = frozenset()  # that add to a parameter by which the derivative is 0 in a state

    @property
    def rank(self) -> tuple[int, ...]:
        """What is the better explanation: more that is proven, more parameters of its own, and fewer formulas."""
        together = len(most_alike(self.updates))
        plain = sum(update.factor is not None and isclose(update.factor, 1.0, rel_tol=SAME) for update in self.updates)
        rated = sum(update.is_rated for update in self.updates)
        return together, len(self.updates), rated, self.own, plain, -self.reach


def passes_more(before: Step, after: Step, graph: Graph) -> bool:
    """Whether a step depends on the parameters of the one before it through anything but the updates of these.

    An optimizer's state belongs to its update: a step may look ahead along it.
    """
    updates = {cell for update in before.updates for cell in way_of(update, graph)}
    reached = {update.parameter for update in before.updates}
    for cell in reversed(graph.past(*after.objective.cells, since=reached)):
        if cell not in updates and not reached.isdisjoint(graph.reads[cell]):
            reached.add(cell)
    return not reached.isdisjoint(after.objective.cells)


def repeated(cell: Cell, graph: Graph) -> Cell | None:
    """The cell that a cell repeats, as `=A1` does; None where it does not."""
    formula = graph.formulas.get(cell) if cell in graph.reads else None
    is_reference = formula is not None and len(formula.pattern.skeleton) == len(formula.pattern.references) == 1
    return graph.reads[cell][0] if is_reference else None


def way_of(update: Update, graph: Graph) -> list[Cell]:
    """An update, and the cells from it to its gradient; it alone where it has none."""
    if update.gradient is None:
        return [update.cell]
    between = set(update.between) - {update.gradient}
    way = {update.cell}
    for cell in (update.cell, *update.between):
        if cell in way:
            way |= between.intersection(graph.reads[cell])
    return [cell for cell in (update.cell, *update.between) if cell in way]


def origin(cell: Cell, graph: Graph) -> Cell:
    """The cell that a cell repeats, be it through others; itself where it repeats none."""
    while (before := repeated(cell, graph)) is not None:
        cell = before
    return cell


def most_alike(updates: Sequence[Update]) -> list[Update]:
    """The updates that step equally far, where most do: as far as one of those that are tried, which stand apart."""
    tried = updates if len(updates) <= _MANY else updates[:: len(updates) // _CENTRES]
    return max(([other for other in updates if agree(one, other)] for one in tried), key=len, default=[])


def agree(one: Update, other: Update) -> bool:
    """Whether two updates step equally far along their derivatives, and far enough to tell.

    Where a derivative is 0 and nothing is added, in one state, the other one tells.
    """
    if max(one.rounding, other.rounding) > MOST_ROUNDING:
        return False
    tolerance = SAME + one.rounding + other.rounding
    pairs = [pair for pair in zip(one.steps, other.steps, strict=True) if not any(map(isnan, pair))]
    return bool(pairs) and all(isclose(a, b, rel_tol=tolerance) for a, b in pairs)


def is_proven(update: Update) -> bool:
    """Whether an update has the derivative in a cell of its own, or steps along it as far as a rate says."""
    return update.gradient is not None or (update.is_rated and not _is_constant(update.derivatives))


def _is_constant(numbers: Sequence[float]) -> bool:
    return all(isclose(number, numbers[0], rel_tol=SAME) for number in numbers)
