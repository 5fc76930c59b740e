"""Mutants of workbooks as other people lay them out: the operations of `mutants`, and faults of whole columns."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from templates import LEARNING_RATE, Bias, LayerSize, Network
from tests.verifier.book import EMPTY, Cell, read_book
from tests.verifier.chain_rule import NONE, OWN, SHARED, Net
from tests.verifier.foreign import Layout, write_workbook
from tests.verifier.mutants import GROUPS, Mutant, Table, wrong_kind
from verifier import Kind

_BIASES = {NONE: Bias.NONE, SHARED: Bias.SHARED, OWN: Bias.PER_UNIT}
Contents = Mapping[int, Cell]  # of a column, by row


@dataclass(frozen=True)
class ForeignTable(Table):
    """The only table of a workbook with this layout."""

    layout: Layout

    @property
    def first_row(self) -> int:
        return self.header_row + self.layout.gap + 1

    @cached_property
    def last_row(self) -> int:
        return self.first_row + self.layout.rows - 1  # below it there may be the learning rate, or a note

    @property
    def rate_cell(self) -> str:
        return self.layout.rate_cell.replace("$", "")

    def is_given(self, label: str) -> bool:
        """Whether a column holds what the network is shown, or the learning rate."""
        return label == LEARNING_RATE or super().is_given(label)

    def computed(self) -> Iterator[tuple[str, int]]:
        """The cells that have a formula; what is given may be typed, or stand elsewhere."""
        return ((label, row) for label, row in super().computed() if self.formula(label, row))

    def formula(self, label: str, row: int) -> str:
        address = self.address(label, row)
        return self.book.cells[address].formula or "" if address in self.book.cells else ""


def foreign_table(layout: Layout, path: Path) -> ForeignTable:
    """The table of a new workbook with this layout, with the values that its formulas give."""
    book = read_book(write_workbook(path, layout).read_bytes()).recalculated()
    known = [name for name in layout.names if name in (*layout.net.order, *layout.net.deltas, LEARNING_RATE)]
    columns = {name: layout.column(name) for name in known}
    return ForeignTable(book, _network(layout.net), "Sheet1", layout.header_row, columns, layout)


def _network(net: Net) -> Network:
    kinds = net.biases or (NONE,) * (len(net.shape) - 1)
    layers = zip(net.shape[1:], kinds, strict=True)
    return Network(net.shape[0], tuple(LayerSize(units, bias=_BIASES[kind]) for units, kind in layers))


# --- whole columns ------------------------------------------------------------------------------------------------


def _columns(table: ForeignTable) -> dict[str, list[int]]:
    """The rows with a formula of each computed column."""
    rows: dict[str, list[int]] = {}
    for label, row in table.computed():
        if not table.is_given(label):
            rows.setdefault(label, []).append(row)
    return rows


def _mutant(table: ForeignTable, what: str, label: str, contents: Contents, kind: Kind) -> Mutant:
    changes = {table.address(label, row): cell for row, cell in contents.items()}
    return Mutant(f"{what} {label}", changes, frozenset(changes), frozenset({kind}))


def _edited(what: str, edit: Callable[[str], str]) -> Callable[[ForeignTable], Iterator[Mutant]]:
    """Mutants with all formulas of a column edited alike."""

    def mutants(table: ForeignTable) -> Iterator[Mutant]:
        for label, rows in _columns(table).items():
            contents = {row: Cell(edit(table.formula(label, row))) for row in rows}
            yield _mutant(table, what, label, contents, wrong_kind(table, label))

    return mutants


def _half_filled(table: ForeignTable) -> Iterator[Mutant]:
    for label, rows in _columns(table).items():
        contents = dict.fromkeys(rows[len(rows) // 2 :], EMPTY)
        yield _mutant(table, "only the first rows of", label, contents, Kind.MISSING)


def _pasted(table: ForeignTable) -> Iterator[Mutant]:
    for label, rows in _columns(table).items():
        contents = {row: Cell(value=table.cell(label, row).value) for row in rows}
        yield _mutant(table, "values pasted over", label, contents, Kind.CONSTANT)


def _loose_rate(table: ForeignTable) -> Iterator[Mutant]:
    """Updates whose learning rate drifts down the column, as their formula was filled without a `$`."""
    letters, number = re.findall("[A-Z]+|[0-9]+", table.layout.rate_cell)
    for label, rows in _columns(table).items():
        if label in table.network.parameters and table.layout.rate_text is None:
            drifted = {row: f"{letters}{int(number) + row - rows[0]}" for row in rows}
            contents = {
                row: Cell(table.formula(label, row).replace(table.layout.rate_cell, drifted[row])) for row in rows
            }
            yield _mutant(table, "drifting rate in", label, contents, Kind.WRONG_UPDATE)


def _other_gradient(table: ForeignTable) -> Iterator[Mutant]:
    """Updates that subtract the gradient of another parameter."""
    gradients = {name: gradient for name, gradient in table.layout.net.gradients.items() if gradient in table.columns}
    for (label, own), other in zip(gradients.items(), list(gradients.values())[1:], strict=False):
        column = re.compile(rf"(?<![A-Z$]){table.columns[own]}(?=\d)")
        rows = _columns(table)[label]
        contents = {row: Cell(column.sub(table.columns[other], table.formula(label, row))) for row in rows}
        yield _mutant(table, f"{other} in", label, contents, Kind.WRONG_UPDATE)


COLUMN_FAULTS: Mapping[str, Callable[[ForeignTable], Iterator[Mutant]]] = {
    "a tenth more": _edited("a tenth more in", lambda formula: f"({formula})*1.1"),
    "other sign": _edited("other sign of", lambda formula: f"-({formula})"),
    "only the first rows": _half_filled,
    "pasted values": _pasted,
    "drifting rate": _loose_rate,
    "another gradient": _other_gradient,
}
_IN_OUR_LAYOUT = ("labels", "counts", "rows")  # of our own spelling, or of a column that counts
_OF_A_RATE_CELL = ("wrong_rate", "loose_anchor")


def groups_of(table: ForeignTable) -> list[str]:
    """The names of the groups of mutants that a table can have."""
    left_out = set(_IN_OUR_LAYOUT)
    if table.layout.blank_below or table.layout.outside:
        left_out.add("inputs")
    if table.layout.rate_text is not None:
        left_out.update(_OF_A_RATE_CELL)
    return [*(name for name in GROUPS if name not in left_out), *COLUMN_FAULTS]


def mutants_of(table: ForeignTable, group: str) -> list[Mutant]:
    """The mutants of a group; what mends them may be spelled in another way than their own formulas were."""
    found = COLUMN_FAULTS[group](table) if group in COLUMN_FAULTS else GROUPS[group](table, 3)
    return [Mutant(m.name, m.changes, m.cells, m.kinds) for m in found]
