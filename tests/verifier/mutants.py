"""Mutants: right workbooks with one thing changed, and what a verification has to say of each.

An operation proposes, for the formula of a cell in a training table, other formulas that mean something else. From
all that an operation proposes over a table a fixed sample is taken, the same in every run.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise
from typing import TypeVar

from templates import Network
from tests.verifier.book import EMPTY, Book, Cell
from tests.verifier.calculator import Address, evaluate, letters_of, place_of
from verifier import Kind
from verifier.values import ExcelError, Value

ITERATION = "iteration"
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Table:
    """The training table of a generated workbook: its sheet, its rows, and the letters of its columns by label."""

    book: Book
    network: Network
    sheet: str
    header_row: int
    columns: Mapping[str, str]

    @property
    def first_row(self) -> int:
        return self.header_row + 1

    @cached_property
    def last_row(self) -> int:
        letters = self.columns["w1"]
        return max(place_of(c)[0] for s, c in self.book.cells if s == self.sheet and re.fullmatch(rf"{letters}\d+", c))

    @property
    def rows(self) -> range:
        return range(self.first_row, self.last_row + 1)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of each column by its letters."""
        return {letters: label for label, letters in self.columns.items()}

    @cached_property
    def rate_cell(self) -> str:
        """The cell of the learning rate, without `$`."""
        match = re.search(r"\$([A-Z]+)\$(\d+)", self.formula("w1", self.first_row + 1))
        assert match is not None
        return match[1] + match[2]

    def address(self, label: str, row: int) -> Address:
        return self.sheet, f"{self.columns[label]}{row}"

    def cell(self, label: str, row: int) -> Cell:
        return self.book.cells[self.address(label, row)]

    def formula(self, label: str, row: int) -> str:
        return self.cell(label, row).formula or ""

    def iteration(self, row: int) -> int:
        return row - self.first_row

    def is_given(self, label: str) -> bool:
        """Whether a column holds what the network is shown."""
        return label in self.network.inputs + self.network.targets

    def computed(self) -> Iterator[tuple[str, int]]:
        """The cells whose formula a verification has to know: all but those of the start that may hold any number."""
        for label in self.columns:
            starts = self.is_given(label) or label in self.network.parameters
            for row in self.rows:
                if label != ITERATION and not (starts and row == self.first_row):
                    yield label, row


def find_table(book: Book, network: Network, sheet: str) -> Table:
    """The only training table on a generated tab, by its labels."""
    labels = (c for (s, c), cell in book.cells.items() if s == sheet and cell.value == "E_total" and not cell.formula)
    header = place_of(next(labels))[0]  # not where the labels stand once more, as formulas
    columns = {
        str(cell.value): re.sub(r"\d", "", c)
        for (s, c), cell in book.cells.items()
        if s == sheet and place_of(c)[0] == header and isinstance(cell.value, str)
    }
    return Table(book, network, sheet, header, columns)


@dataclass(frozen=True)
class Mutant:
    """A change, and what a verification must find: the cells that it names, and the kinds it may call their faults.

    `mend` is the formula, with `=`, that it has to propose, where it can know it.
    """

    name: str
    changes: Mapping[Address, Cell]
    cells: frozenset[Address]
    kinds: frozenset[Kind]
    mend: str | None = None
    rename: tuple[str, str] | None = field(default=None)  # of a tab, before any other change


# --- formulas -----------------------------------------------------------------------------------------------------

_REFERENCE = re.compile(r"(?<![A-Z!$'])(\$?)([A-Z]{1,3})(\$?)(\d+)(?![\d(])")
_NUMBER = re.compile(r"(?<![A-Z$\d.])\d+(?:\.\d+)?(?![\d.(])")
Operation = Callable[[Table, str, int, str], Iterator[str]]


def _references(formula: str) -> list[re.Match[str]]:
    """The relative references of a formula."""
    return [match for match in _REFERENCE.finditer(formula) if not match[1] and not match[3]]


def _with(formula: str, match: re.Match[str], text: str) -> str:
    return formula[: match.start()] + text + formula[match.end() :]


def other_unit(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """A reference to a column's neighbour of the same kind: another activation, weight, gradient, target."""
    for match in _references(formula):
        for other in _neighbours(table.labels[match[2]], table):
            yield _with(formula, match, f"{table.columns[other]}{match[4]}")


def other_unit_everywhere(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """All references to a column, to its neighbour instead, as in the gradient that a course template spread."""
    for letters in sorted({match[2] for match in _references(formula)}):
        for other in _neighbours(table.labels[letters], table):
            yield re.sub(rf"(?<![A-Z$]){letters}(?=\d)", table.columns[other], formula)


def net_for_activation(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """A unit's net input in the place of its activation, where the two differ."""
    linear = {o for layer in table.network.layers if layer.activation == "linear" for o in layer.outputs}
    for match in _references(formula):
        used = table.labels[match[2]]
        tested = formula[match.end() :].startswith(">")  # a ReLU is active where its net input is, all the same
        if used.startswith("a_") and used not in linear and not tested:
            yield _with(formula, match, f"{table.columns[used[2:]]}{match[4]}")


def dropped_term(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """A term, a factor or an exponent left out."""
    for position, sign in enumerate(formula):
        if sign in "+-*/^" and position > 0 and formula[position - 1] not in "(+-*/^,":
            yield formula[:position] + formula[_operand_end(formula, position + 1) :]


def flipped_sign(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """+ for -, - for +; a leading minus left out."""
    for position, sign in enumerate(formula):
        binary = position > 0 and formula[position - 1] not in "(+-*/^,"
        if sign in "+-":
            other = {"+": "-", "-": "+"}[sign] if binary else ""
            yield formula[:position] + other + formula[position + 1 :]


def shifted_row(table: Table, label: str, row: int, formula: str) -> Iterator[str]:
    """A reference to the row above or below the right one."""
    for match in _references(formula):
        if _row_matters(table, label, table.labels[match[2]], row):
            for shift in (-1, 1):
                yield _with(formula, match, f"{match[2]}{int(match[4]) + shift}")


def frozen_reference(table: Table, label: str, row: int, formula: str) -> Iterator[str]:
    """A reference anchored to the first row, below it."""
    for match in _references(formula):
        if int(match[4]) > table.first_row and _row_matters(table, label, table.labels[match[2]], row):
            yield _with(formula, match, f"{match[2]}${table.first_row}")


def too_early(table: Table, label: str, row: int, formula: str) -> Iterator[str]:
    """The updated weight, in the row below, where the one that is being updated belongs."""
    if label.startswith(("∂", "δ")) and row < table.last_row:
        for match in _references(formula):
            if table.labels[match[2]] in table.network.parameters:
                yield _with(formula, match, f"{match[2]}{int(match[4]) + 1}")


def transposed_weights(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """Two weights swapped."""
    weights = [match for match in _references(formula) if table.labels[match[2]][0] == "w"]
    for one, other in pairwise(weights):
        if one[2] != other[2]:
            yield (
                formula[: one.start()] + other[0] + formula[one.end() : other.start()] + one[0] + formula[other.end() :]
            )


def missing_parentheses(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """A pair of parentheses left out; the signs then bind otherwise."""
    for position, sign in enumerate(formula):
        if sign == "(" and (position == 0 or not formula[position - 1].isalpha()):
            end = _operand_end(formula, position)
            yield formula[:position] + formula[position + 1 : end - 1] + formula[end:]


def wrong_constant(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """0.4 for 0.5, and other numbers that are not the right ones."""
    for match in _NUMBER.finditer(formula):
        yield _with(formula, match, {"0.5": "0.4", "1": "1.01", "2": "3", "0": "0.01"}[match[0]])


def wrong_rate(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """The learning rate typed into the formula, or taken from the cell above or beside its own."""
    letters, number = re.sub(r"\d", "", table.rate_cell), re.sub(r"\D", "", table.rate_cell)
    anchored = f"${letters}${number}"
    if anchored in formula:
        typed = table.book.cells[table.sheet, table.rate_cell].value
        beside = letters_of(place_of(table.rate_cell)[1] + 1)
        for text in (repr(typed), "0.45", f"${letters}${int(number) - 1}", f"${beside}${number}"):
            yield formula.replace(anchored, text)


def loose_anchor(table: Table, label: str, row: int, formula: str) -> Iterator[str]:  # noqa: ARG001
    """The learning rate's cell with fewer `$`: right here, and wrong wherever the formula is filled."""
    letters, number = re.sub(r"\d", "", table.rate_cell), re.sub(r"\D", "", table.rate_cell)
    if table.iteration(row) >= 2 and f"${letters}${number}" in formula:
        for text in (f"{letters}{number}", f"{letters}${number}", f"${letters}{number}"):
            yield formula.replace(f"${letters}${number}", text)


OPERATIONS: tuple[Operation, ...] = (
    other_unit, other_unit_everywhere, net_for_activation, dropped_term, flipped_sign, shifted_row, frozen_reference,
    too_early, transposed_weights, missing_parentheses, wrong_constant, wrong_rate, loose_anchor,
)  # fmt: skip
_SAME_HERE = (loose_anchor,)  # operations whose formulas give the right number in the cell where they stand


def _neighbours(label: str, table: Table) -> list[str]:
    """The columns of the same kind with the numbers next to a label's."""
    match = re.fullmatch(r"(.*?)(\d+)", label)
    if match is None:
        return []
    return [name for k in (-1, 1) if (name := f"{match[1]}{int(match[2]) + k}") in table.columns]


def _row_matters(table: Table, label: str, used: str, row: int) -> bool:
    """Whether the row of a reference decides what a formula gives or how its column is filled.

    Inputs and targets are the same in all rows. In the first two rows, which start columns, any of their rows will do.
    """
    constant = table.is_given(used) or (used in table.network.parameters and used not in table.network.trained)
    return not constant or (table.iteration(row) >= 2 and label != used)


def _operand_end(formula: str, start: int) -> int:
    """Where the operand that begins at a position ends: a reference, a number, a call or a parenthesis."""
    match = re.compile(r"-?[A-Z$\d.]*").match(formula, start)
    end = match.end() if match else start
    if end < len(formula) and formula[end] == "(":
        depth = 0
        for position in range(end, len(formula)):
            depth += {"(": 1, ")": -1}.get(formula[position], 0)
            if depth == 0:
                return position + 1
    return end


def _means_the_same(one: str, other: str) -> bool:
    """Whether two formulas give the same for random values of whatever cells they read."""
    for seed in range(5):
        values = [evaluate(formula, "", _random_source(seed)) for formula in (one, other)]
        if any(isinstance(value, ExcelError) for value in values):
            return False
        left, right = (float(value or 0.0) for value in values)
        if abs(left - right) > 1e-6 * max(abs(left), abs(right)):
            return False
    return True


def _random_source(seed: int) -> Callable[[str, str], Value]:
    return lambda sheet, cell: random.Random(f"{seed} {sheet} {cell}").uniform(-2, 2)  # noqa: S311  the same each run


# --- mutants ------------------------------------------------------------------------------------------------------


def formula_mutants(table: Table, count: int, operation: Operation) -> list[Mutant]:
    """A sample of the mutants with one formula changed by an operation."""
    found = []
    for label, row in table.computed():
        others = dict.fromkeys(operation(table, label, row, table.formula(label, row)))
        found += [(label, row, other) for other in others]
    mutants: list[Mutant] = []
    for label, row, other in _sample(found, len(found), table, operation.__name__):
        if len(mutants) == count:
            break
        if operation in _SAME_HERE or not _means_the_same(table.formula(label, row), other):
            mutants.append(_formula_mutant(table, operation, label, row, other))
    return mutants


def _formula_mutant(table: Table, operation: Operation, label: str, row: int, formula: str) -> Mutant:
    address = table.address(label, row)
    return Mutant(
        name=f"{operation.__name__} in {label}, iteration {table.iteration(row)}: {table.formula(label, row)}"
        f" -> {formula}",
        changes={address: Cell(formula)},
        cells=frozenset({address}),
        kinds=_formula_kinds(table, label, row),
        mend="=" + table.formula(label, row),
    )


def _formula_kinds(table: Table, label: str, row: int) -> frozenset[Kind]:
    """Below the first two rows, which start the columns, a wrong formula is one that breaks its column's pattern."""
    kinds = {Kind.BROKEN_PATTERN, Kind.ERROR}
    return frozenset(kinds if table.iteration(row) >= 2 else kinds | {wrong_kind(table, label)})


def wrong_kind(table: Table, label: str) -> Kind:
    """A wrong forward formula, a wrong gradient and a wrong update are different findings."""
    if label in table.network.parameters:
        return Kind.WRONG_UPDATE
    return Kind.WRONG_GRADIENT if label[0] in "∂δ" else Kind.WRONG_FORWARD


def column_mutants(table: Table, operation: Operation, count: int) -> list[Mutant]:
    """A sample of the mutants with the formulas of a whole column changed alike; one fault, with its whole reach."""
    found = []
    for label in table.columns:
        if label == ITERATION or table.is_given(label) or label not in dict(table.computed()):
            continue
        rows = [row for name, row in table.computed() if name == label]
        variants = [list(operation(table, label, row, table.formula(label, row))) for row in rows]
        for k, other in enumerate(variants[0]):
            if not _means_the_same(table.formula(label, rows[0]), other):
                found.append((label, [(row, texts[k]) for row, texts in zip(rows, variants, strict=True)]))
    return [
        _column_mutant(table, operation, label, cells)
        for label, cells in _sample(found, count, table, "column " + operation.__name__)
    ]


def _column_mutant(table: Table, operation: Operation, label: str, formulas: list[tuple[int, str]]) -> Mutant:
    changes = {table.address(label, row): Cell(formula) for row, formula in formulas}
    first = formulas[0][0]
    return Mutant(
        name=f"{operation.__name__} in all of {label}: {table.formula(label, first)} -> {formulas[0][1]}",
        changes=changes,
        cells=frozenset(changes),
        kinds=frozenset({wrong_kind(table, label)}),
        mend="=" + table.formula(label, first),
    )


def value_mutants(table: Table, count: int) -> list[Mutant]:
    """A formula replaced by a value: its own, one very slightly off, another; by an error; by nothing."""
    cells = [
        (label, row) for label, row in table.computed() if label in table.network.trained or _is_computed(table, label)
    ]
    found = []
    for label, row in cells:
        value = table.cell(label, row).value
        assert isinstance(value, float)
        texts: dict[Value, Kind] = {
            value: Kind.CONSTANT,
            value * (1 + 1e-7): Kind.CONSTANT,
            value + 0.125: Kind.CONSTANT,
            ExcelError("#REF!"): Kind.ERROR,
            ExcelError("#N/A"): Kind.ERROR,
            None: Kind.MISSING,
        }
        found += [(label, row, other, kind) for other, kind in texts.items()]
    return [_value_mutant(table, *chosen) for chosen in _sample(found, count, table, "value")]


def _is_computed(table: Table, label: str) -> bool:
    return not table.is_given(label) and label not in table.network.parameters


def _value_mutant(table: Table, label: str, row: int, value: Value, kind: Kind) -> Mutant:
    address = table.address(label, row)
    return Mutant(
        name=f"{value!r} typed over {label}, iteration {table.iteration(row)}",
        changes={address: Cell(value=value)},
        cells=frozenset({address}),
        kinds=frozenset({kind}),
        mend="=" + table.formula(label, row),
    )


def row_mutants(table: Table) -> list[Mutant]:
    """A whole row emptied."""
    mutants = []
    for row in (table.first_row + 1, table.rows[len(table.rows) // 2]):
        everything = {table.address(label, row): EMPTY for label in table.columns}
        named = frozenset(table.address(label, row) for label in table.columns if label != ITERATION)
        mutants.append(Mutant(f"row {row} emptied", everything, named, frozenset({Kind.MISSING})))
    return mutants


def emptied_column_mutants(table: Table, count: int) -> list[Mutant]:
    """All cells of a column emptied below its label."""
    labels = [label for label in table.columns if label != ITERATION and _is_computed(table, label)]
    mutants = []
    for label in _sample(labels, count, table, "emptied column"):
        changes = {table.address(label, row): EMPTY for row in table.rows}
        mutants.append(Mutant(f"{label} emptied", changes, frozenset(changes), frozenset({Kind.MISSING})))
    return mutants


def _kind(label: str) -> str:
    return label.rstrip("0123456789")


def label_mutants(table: Table, count: int) -> list[Mutant]:
    """A label edited: to nonsense, to nothing, to another column's, to one of its kind with an unused number."""
    found = []
    labels = [label for label in table.columns if label != ITERATION]
    for label in labels:
        others: list[Value] = [None, labels[labels.index(label) - 1], *_neighbours(label, table)[:1]]
        if not label[-1].isdigit() or sum(_kind(other) == _kind(label) for other in labels) > 1:
            others.insert(0, "banana")  # over the only unit of its kind it may be another word for it
        if label[-1].isdigit():
            others.append(label.rstrip("0123456789") + "99")
        found += [(label, other) for other in dict.fromkeys(others)]
    mutants = []
    for label, other in _sample(found, count, table, "label"):
        address = table.address(label, table.header_row)
        change = {address: EMPTY if other is None else Cell(value=other)}
        name = f"the label {label} changed to {other!r}"
        mutants.append(Mutant(name, change, frozenset({address}), frozenset({Kind.LABEL})))
    return mutants


def cache_mutants(table: Table, count: int) -> list[Mutant]:
    """Only the cached value of a formula changed."""
    mutants = []
    for label, row in _sample(list(table.computed()), count, table, "cache"):
        cell, address = table.cell(label, row), table.address(label, row)
        assert isinstance(cell.value, float)
        change = {address: Cell(cell.formula, cell.value * 1.001 + 1e-6)}
        mutants.append(Mutant(f"cache of {label} in row {row}", change, frozenset({address}), frozenset({Kind.STALE})))
    return mutants


def input_mutants(table: Table) -> list[Mutant]:
    """Another number typed for an input or a target in one row; the rows below follow their own formulas."""
    mutants = []
    for label in (table.network.inputs[0], table.network.targets[-1]):
        for row in (table.first_row + 1, table.rows[len(table.rows) // 2], table.last_row):
            address = table.address(label, row)
            name = f"{label} typed in row {row}"
            mutants.append(
                Mutant(name, {address: Cell(value=0.37)}, frozenset({address}), frozenset({Kind.CHANGED_INPUT}))
            )
    return mutants


def count_mutants(table: Table) -> list[Mutant]:
    """A cell of the column that counts the iterations with another formula, or a number, from its third row on."""
    row = table.rows[len(table.rows) // 2]
    address = table.address(ITERATION, row)
    formula = table.formula(ITERATION, row)
    return [
        Mutant("count by two", {address: Cell(formula.replace("+1", "+2"))}, frozenset({address}),
               frozenset({Kind.BROKEN_PATTERN}), "=" + formula),
        Mutant("typed count", {address: Cell(value=4.0)}, frozenset({address}), frozenset({Kind.CONSTANT})),
    ]  # fmt: skip


def _columns(table: Table, count: int) -> list[Mutant]:
    operations = (other_unit, other_unit_everywhere, net_for_activation, dropped_term, flipped_sign, wrong_constant,
                  missing_parentheses, transposed_weights)  # fmt: skip
    return [mutant for operation in operations for mutant in column_mutants(table, operation, max(1, count // 3))]


GROUPS: Mapping[str, Callable[[Table, int], list[Mutant]]] = {
    **{operation.__name__: partial(formula_mutants, operation=operation) for operation in OPERATIONS},
    "columns": _columns,
    "values": lambda table, count: value_mutants(table, 2 * count),
    "rows": lambda table, _: row_mutants(table),
    "emptied columns": emptied_column_mutants,
    "labels": lambda table, count: label_mutants(table, 2 * count),
    "caches": cache_mutants,
    "inputs": lambda table, _: input_mutants(table),
    "counts": lambda table, _: count_mutants(table),
}  # each gives a sample of its mutants of a table, the larger the greater the number


def _sample(found: list[_Item], count: int, table: Table, name: str) -> list[_Item]:
    generator = random.Random(f"{name} {table.network.describe()}")  # noqa: S311  the same each run
    return generator.sample(found, min(count, len(found)))
