"""A matrix in cells: where it stands, its numbers, and the formula of each.

At right angles the left factor stands left of the product and the right factor above it, so that a number of the
product is made of what stands in its row and what stands in its column. That is the layout of Falk's scheme, which Tom
Yeh's "AI by Hand" draws networks in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.mathematics.expression import Expression, columns_used
from sheetgen.mathematics.notation import excel
from sheetgen.mathematics.training_step import Group
from sheetgen.mathematics.values import value_of
from sheetgen.tensors.blocks import Block
from sheetgen.tensors.operations import Array

Formula = Callable[[int, int], str]  # of a row and a column, from 0


@dataclass(frozen=True, eq=False)
class Matrix:
    """Numbers (rows, columns) in a block of one channel; where they have no formula they are typed."""

    name: str
    group: Group
    block: Block
    values: Array
    formula: Formula | None = None
    editable: bool = False  # whether it is there to be changed

    def cell(self, row: int, column: int) -> str:
        """The name of a number's cell."""
        return self.block.cell((0, row, column))

    def fixed(self, row: int, column: int) -> str:
        """The same, for formulas that are copied."""
        return self.block.fixed((0, row, column))


Labelled = Mapping[str, tuple[Matrix, int]]  # where the numbers of a label are: a matrix, and the row in it


def block_of(row: int, column: int, height: int, width: int) -> Block:
    """The block of a matrix whose first number stands at a row and a column."""
    return Block(row, column, (1, height, width), height)


def product(name: str, group: Group, block: Block, left: Matrix, top: Matrix) -> Matrix:
    """The product of the matrix at its left and the one above it: each number is a row times a column.

    The references are those that one can fill in to the right and down.
    """

    def formula(row: int, column: int) -> str:
        factors = [
            (_name(left, row, k, column_fixed=True), _name(top, k, column, row_fixed=True))
            for k in range(left.values.shape[1])
        ]
        return "=" + "+".join(f"{one}*{other}" for one, other in factors)

    return Matrix(name, group, block, left.values @ top.values, formula)


def each(name: str, group: Group, block: Block, expressions: Sequence[Expression], known: Labelled) -> Matrix:
    """A row for each expression, computed in every column from the numbers of that column."""

    def formula(row: int, column: int) -> str:
        def place(label: str) -> str:
            matrix, own_row = known[label]
            return matrix.cell(own_row, column)

        return excel(expressions[row], lambda read: place(read.label), place)

    def value(row: int, column: int) -> float:
        labels = {read.label for read in columns_used(expressions[row])}
        found = value_of(expressions[row], {one: float(known[one][0].values[known[one][1], column]) for one in labels})
        return float("nan") if isinstance(found, str) else found

    _, height, width = block.shape
    values = np.array([[value(row, column) for column in range(width)] for row in range(height)])
    return Matrix(name, group, block, values, formula)


def copied(name: str, group: Group, block: Block, matrix: Matrix) -> Matrix:
    """The same numbers in another place."""
    return Matrix(name, group, block, matrix.values, lambda row, column: f"={matrix.cell(row, column)}")


def transposed(name: str, group: Group, block: Block, matrix: Matrix) -> Matrix:
    """Its rows as columns."""
    return Matrix(name, group, block, matrix.values.T, lambda row, column: f"={matrix.cell(column, row)}")


def above(upper: Matrix, lower: Matrix | None) -> Matrix:
    """Two matrices, one right above the other, as one to read."""
    if lower is None:
        return upper
    first = upper.block
    block = block_of(first.row, first.column, first.shape[1] + lower.block.shape[1], first.shape[2])
    return Matrix(upper.name, upper.group, block, np.vstack([upper.values, lower.values]))


def beside(left: Matrix, right: Matrix | None) -> Matrix:
    """Two matrices, side by side, as one to read."""
    if right is None:
        return left
    first = left.block
    block = block_of(first.row, first.column, first.shape[1], first.shape[2] + right.block.shape[2])
    return Matrix(left.name, left.group, block, np.hstack([left.values, right.values]))


def _name(matrix: Matrix, row: int, column: int, row_fixed: bool = False, column_fixed: bool = False) -> str:
    return str(xl_rowcol_to_cell(*matrix.block.place((0, row, column)), row_abs=row_fixed, col_abs=column_fixed))
