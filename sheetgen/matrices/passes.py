"""The three passes of a sheet: forward, backward, and forward after a step; side by side as far as a screen is wide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sheetgen.mathematics.training_step import Group
from sheetgen.matrices.backward import Back, backward_at
from sheetgen.matrices.forward import Forward, Place, Weights, forward_at, once_more, typed
from sheetgen.matrices.matrix import Matrix, block_of
from sheetgen.matrices.net import Net
from sheetgen.matrices.words import after_lines, backward_lines, forward_lines

FIRST_ROW, MARGIN = 4, 1  # of the name of the first pass, and its column
LEAST_COLUMNS = 10  # of a pass, for its lines
MOST_COLUMNS = 33  # of a screen; a pass that would reach beyond stands below the others
ROWS_BETWEEN = 3  # from the last row of passes to the name of one below them
RATE = "$E$3"

_Placed = TypeVar("_Placed")


@dataclass(frozen=True, eq=False)
class Pass:
    """A pass on the sheet: its name, what its matrices are in words, where it begins, and the matrices."""

    name: str
    lines: Sequence[str]
    row: int
    column: int
    matrices: Sequence[Matrix]

    @property
    def first_row(self) -> int:
        """The first row of its matrices, with the names above them."""
        return min(matrix.block.row for matrix in self.matrices) - 1

    @property
    def last_row(self) -> int:
        """The last row that it has a number in."""
        return max(matrix.block.last_row for matrix in self.matrices)

    @property
    def last_column(self) -> int:
        """The last column that it needs."""
        return max(self.column + LEAST_COLUMNS - 1, *(matrix.block.last_column for matrix in self.matrices))


@dataclass(frozen=True, eq=False)
class Passes:
    """All three, as what they compute and as what is written."""

    forward: Forward
    backward: Sequence[Back]
    after: Forward
    written: Sequence[Pass]

    @property
    def are_side_by_side(self) -> bool:
        """Whether none stands below another one."""
        return len({one.row for one in self.written}) == 1


def passes_of(net: Net) -> Passes:
    """Place and compute them."""
    lines = forward_lines(net), backward_lines(net), after_lines(net)
    page = _Page(max(map(len, lines)), [])
    forward = page.add(
        "Forward", lines[0], lambda row, column: forward_at(net, Place(row, column), typed(net)), _of_forward
    )
    backward = page.add("Backward", lines[1], lambda row, column: backward_at(net, row, column, forward), _of_backward)
    given = once_more(net, forward, partial(_moved, net, forward, backward))
    after = page.add(
        "After the step",
        lines[2],
        lambda row, column: forward_at(net, Place(row, column, "′"), given),
        lambda after: [matrix for matrix in _of_forward(after) if matrix is not forward.targets],
    )
    return Passes(forward, backward, after, page.passes)


@dataclass(frozen=True)
class _Page:
    """The passes that are placed already, and the most lines that one has."""

    most_lines: int
    passes: list[Pass]

    def add(
        self,
        name: str,
        lines: Sequence[str],
        make: Callable[[int, int], _Placed],
        matrices_of: Callable[[_Placed], list[Matrix]],
    ) -> _Placed:
        """Place a pass right of the last one, or below all of them where it would reach too far; what `make` gives."""
        for row, column in self._places():
            placed = make(row + 1 + self.most_lines, column)
            one = Pass(name, lines, row, column, matrices_of(placed))
            if one.last_column <= MOST_COLUMNS:
                break
        self.passes.append(one)
        return placed

    def _places(self) -> list[tuple[int, int]]:
        if not self.passes:
            return [(FIRST_ROW, MARGIN)]
        last = self.passes[-1]
        below = max(one.last_row for one in self.passes) + ROWS_BETWEEN
        return [(last.row, last.last_column + 2), (below, MARGIN)]


def _of_forward(forward: Forward) -> list[Matrix]:
    return forward.matrices


def _of_backward(backs: Sequence[Back]) -> list[Matrix]:
    return [matrix for back in backs for matrix in back.matrices]


def _moved(net: Net, forward: Forward, backward: Sequence[Back], k: int, row: int, column: int) -> Weights:
    """The weights and biases of a layer after the step."""
    weights, gradients = forward.steps[k].weights, backward[k].gradients
    first = _against(net, row, column, weights.weights, gradients.weights)
    if weights.biases is None or gradients.biases is None:
        return Weights(first, None)
    column += weights.weights.values.shape[1]
    return Weights(first, _against(net, row, column, weights.biases, gradients.biases))


def _against(net: Net, row: int, column: int, before: Matrix, gradient: Matrix) -> Matrix:
    """Numbers after a step against their gradient."""
    return Matrix(
        f"{before.name}′",
        Group.PARAMETERS,
        block_of(row, column, *before.values.shape),
        before.values - net.rate * gradient.values,
        lambda i, j: f"={before.cell(i, j)}-{RATE}*{gradient.cell(i, j)}",
    )
