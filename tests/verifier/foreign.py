"""Workbooks as other people lay them out, written by openpyxl from formulas of our own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.verifier.calculator import letters_of
from tests.verifier.chain_rule import EXERCISE, Net

WEIGHTS = EXERCISE.weights
GRADIENTS = EXERCISE.gradients
SIGMOID = "1/(1+EXP(-{{{}}}))"
FORMULAS: Mapping[str, str] = EXERCISE.formulas
ORDER = (
    "t1", "t2", "i1", "i2", "w1", "w2", "w3", "w4", "h1", "a_h1", "h2", "a_h2", "w5", "w6", "w7", "w8",
    "o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total", *GRADIENTS.values(),
)  # fmt: skip
UPDATE = "{w'}-{η}*{g'}"  # {w} is the parameter, {g} its gradient, {η} the learning rate
EMPTY = ""  # the formula of a column that is left free
TYPED = "typed"  # the formula of a column that says `note` in each row


@dataclass(frozen=True)
class Layout:
    """How a training table stands on a sheet.

    `labels` gives other spellings, `formulas` other forms of formulas; `extra` are more columns with a formula each,
    in the `order` or behind it. `outside` are the cells, as `$C$5`, of what stands once beside the table, without a
    column. `rate` is what the learning rate's cell holds, `rate_label` and `rate_place` where it stands, on the sheet
    `rate_tab` if that is another; `rate_text` is what updates say in the place of its address, a column's template too.
    """

    net: Net = EXERCISE
    order: Sequence[str] = ORDER
    labels: Mapping[str, str] = field(default_factory=dict)
    formulas: Mapping[str, str] = field(default_factory=dict)
    update: str = UPDATE
    extra: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)
    blank_below: frozenset[str] = frozenset()  # inputs and targets that only the first row has
    header_row: int = 10
    gap: int = 0  # rows between the header and the start
    units: str | None = None  # what stands in the first of these rows, under every label
    first_column: int = 2
    rows: int = 12
    rate: float | str = 0.5
    rate_label: str | None = "η"
    rate_place: tuple[int, int] = (8, 4)  # the label's row and column
    rate_offset: tuple[int, int] = (0, 1)  # from the label to the value
    rate_tab: str | None = None
    rate_text: str | None = None

    def moved(self, rows: int = 0, columns: int = 0) -> "Layout":
        """The same table and its learning rate further down or to the right."""
        (row, column), first = self.rate_place, self.first_column
        return replace(
            self, header_row=self.header_row + rows, first_column=first + columns,
            rate_place=(row + rows, column + columns),
        )  # fmt: skip

    @property
    def names(self) -> list[str]:
        """All columns from left to right."""
        return [name for name in dict.fromkeys([*self.order, *self.extra]) if name not in self.outside]

    def column(self, name: str) -> str:
        """The letters of a column."""
        return letters_of(self.first_column + self.names.index(name))

    def cell(self, name: str, row: int) -> str:
        """The address of a column's cell; rows count from 0, the start."""
        return f"{self.column(name)}{self.header_row + 1 + self.gap + row}"

    @property
    def rate_cell(self) -> str:
        """The address of the learning rate, without the name of its sheet."""
        row, column = (a + b for a, b in zip(self.rate_place, self.rate_offset, strict=True))
        return f"${letters_of(column)}${row}"

    def form(self, name: str) -> str | None:
        """The template of a column's formula; None where it holds numbers."""
        given = {**self.net.formulas, **self.extra, **self.formulas}.get(name)
        if given is not None or name not in self.net.parameters:
            return given
        tab = "" if self.rate_tab is None else f"'{self.rate_tab}'!"
        rate = self.rate_text or tab + self.rate_cell
        return self.update.replace("{η}", rate).replace("{w'}", f"{{{name}'}}").replace("{g'}", f"{{∂E_t/∂{name}'}}")


def write_table(sheet: Worksheet, layout: Layout) -> None:
    """Write the table, its labels and its learning rate to a sheet, or to that which holds the learning rate."""
    book = sheet.parent
    assert book is not None
    tab = sheet if layout.rate_tab is None else book[layout.rate_tab]
    row, column = layout.rate_place
    if layout.rate_label is not None:
        tab.cell(row, column, layout.rate_label)
    tab[layout.rate_cell.replace("$", "")] = layout.rate
    for name, address in layout.outside.items():
        sheet[address.replace("$", "")] = layout.net.first(name)
        label = sheet[address.replace("$", "")].offset(0, -1)
        label.value = layout.labels.get(name, name)
    for name in layout.names:
        if layout.extra.get(name) == EMPTY:
            continue
        letters = layout.column(name)
        sheet[f"{letters}{layout.header_row}"] = layout.labels.get(name, name)
        if layout.units is not None and layout.gap:
            sheet[f"{letters}{layout.header_row + 1}"] = layout.units
        for k in range(layout.rows):
            sheet[layout.cell(name, k)] = _content(layout, name, k)


def _content(layout: Layout, name: str, row: int) -> float | str | None:
    form = layout.form(name)
    if form == TYPED:
        return "note"
    if form is None or (row == 0 and name in layout.net.parameters):
        return layout.net.first(name) if row == 0 or name not in layout.blank_below else None
    if "'" in re.sub(r"'[^'{}]*'!", "", form) and row == 0:
        known = (*layout.net.parameters, *layout.net.inputs, *layout.net.targets)
        return layout.net.first(name) if name in known else 0.0

    def address(match: re.Match[str]) -> str:
        label = match[1]
        if label.rstrip("$'") in layout.outside:
            return layout.outside[label.rstrip("$'")]
        if label.endswith("$"):
            return f"${layout.column(label[:-1])}${layout.header_row + 1 + layout.gap}"
        return layout.cell(label.removesuffix("'"), row - label.endswith("'"))

    return "=" + re.sub(r"\{([^}]+)\}", address, form)


def write_workbook(path: Path, *layouts: Layout, sheet: str = "Sheet1") -> Path:
    """Write a workbook with these tables on one sheet, and the sheets that hold learning rates behind it."""
    workbook = openpyxl.Workbook()
    worksheet = workbook.active
    assert isinstance(worksheet, Worksheet)
    worksheet.title = sheet
    for tab in dict.fromkeys(layout.rate_tab for layout in layouts if layout.rate_tab is not None):
        workbook.create_sheet(tab)
    for layout in layouts:
        write_table(worksheet, layout)
    workbook.save(path)
    return path
