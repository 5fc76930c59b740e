"""Workbooks of the 2-2-2 exercise as other people lay them out, written by openpyxl from formulas of our own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.verifier.calculator import letters_of

START = {
    "t1": 0.01, "t2": 0.99, "i1": 0.05, "i2": 0.10, "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30,
    "w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55,
}  # fmt: skip
WEIGHTS = tuple(f"w{k}" for k in range(1, 9))
GRADIENTS = {name: f"∂E_t/∂{name}" for name in WEIGHTS}

# {x} is the cell of x in the same row, {x'} that in the row before.
SIGMOID = "1/(1+EXP(-{{{}}}))"
_DELTA = "({{a_o{0}}}-{{t{0}}})*{{a_o{0}}}*(1-{{a_o{0}}})"


def _hidden(unit: int, source: str) -> str:
    arriving = "+".join(_DELTA.format(k) + f"*{{w{4 + 2 * (k - 1) + unit}}}" for k in (1, 2))
    return f"({arriving})*{{a_h{unit}}}*(1-{{a_h{unit}}})*{{{source}}}"


FORMULAS: Mapping[str, str] = {
    "h1": "{w1}*{i1}+{w2}*{i2}",
    "h2": "{w3}*{i1}+{w4}*{i2}",
    "o1": "{w5}*{a_h1}+{w6}*{a_h2}",
    "o2": "{w7}*{a_h1}+{w8}*{a_h2}",
    **{f"a_{net}": SIGMOID.format(net) for net in ("h1", "h2", "o1", "o2")},
    "E1": "0.5*({t1}-{a_o1})^2",
    "E2": "0.5*({t2}-{a_o2})^2",
    "E_total": "{E1}+{E2}",
    "∂E_t/∂w1": _hidden(1, "i1"),
    "∂E_t/∂w2": _hidden(1, "i2"),
    "∂E_t/∂w3": _hidden(2, "i1"),
    "∂E_t/∂w4": _hidden(2, "i2"),
    "∂E_t/∂w5": _DELTA.format(1) + "*{a_h1}",
    "∂E_t/∂w6": _DELTA.format(1) + "*{a_h2}",
    "∂E_t/∂w7": _DELTA.format(2) + "*{a_h1}",
    "∂E_t/∂w8": _DELTA.format(2) + "*{a_h2}",
}
ORDER = (
    "t1", "t2", "i1", "i2", "w1", "w2", "w3", "w4", "h1", "a_h1", "h2", "a_h2", "w5", "w6", "w7", "w8",
    "o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total", *GRADIENTS.values(),
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How a training table stands on a sheet.

    `labels` gives other spellings, `formulas` other forms of formulas; `extra` are more columns with a formula each.
    `rate` is the formula of the learning rate's cell in an update, `rate_label` and `rate_place` where it stands.
    """

    order: Sequence[str] = ORDER
    labels: Mapping[str, str] = field(default_factory=dict)
    formulas: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    header_row: int = 10
    first_column: int = 2
    rows: int = 12
    rate: float = 0.5
    rate_label: str | None = "η"
    rate_place: tuple[int, int] = (8, 4)  # the label's row and column
    rate_offset: tuple[int, int] = (0, 1)  # from the label to the value
    rate_text: str | None = None  # in an update, in the place of its cell's address

    def moved(self, rows: int = 0, columns: int = 0) -> "Layout":
        """The same table and its learning rate further down or to the right."""
        (row, column), first = self.rate_place, self.first_column
        return replace(
            self, header_row=self.header_row + rows, first_column=first + columns,
            rate_place=(row + rows, column + columns),
        )  # fmt: skip

    def column(self, name: str) -> str:
        """The letters of a column."""
        return letters_of(self.first_column + [*self.order, *self.extra].index(name))

    def cell(self, name: str, row: int) -> str:
        """The address of a column's cell; rows count from 0, the start."""
        return f"{self.column(name)}{self.header_row + 1 + row}"

    @property
    def rate_cell(self) -> str:
        row, column = (a + b for a, b in zip(self.rate_place, self.rate_offset, strict=True))
        return f"${letters_of(column)}${row}"


def write_table(sheet: Worksheet, layout: Layout) -> None:
    """Write the table, its labels and its learning rate to a sheet."""
    row, column = layout.rate_place
    if layout.rate_label is not None:
        sheet.cell(row, column, layout.rate_label)
    sheet[layout.rate_cell.replace("$", "")] = layout.rate
    for name in [*layout.order, *layout.extra]:
        letters = layout.column(name)
        sheet[f"{letters}{layout.header_row}"] = layout.labels.get(name, name)
        for k in range(layout.rows):
            sheet[layout.cell(name, k)] = _content(layout, name, k)


def _content(layout: Layout, name: str, row: int) -> float | str:
    form = {**FORMULAS, **layout.extra, **layout.formulas}.get(name)
    if form is None and (row == 0 or name not in WEIGHTS):
        return START[name]
    if form is None:
        form = f"{{{name}'}}-{layout.rate_text or layout.rate_cell}*{{{GRADIENTS[name]}'}}"
    elif "'" in form and row == 0:
        return START.get(name, 0.0)

    def address(match: re.Match[str]) -> str:
        label = match[1]
        if label.endswith("$"):
            return f"${layout.column(label[:-1])}${layout.header_row + 1}"
        return layout.cell(label.removesuffix("'"), row - label.endswith("'"))

    return "=" + re.sub(r"\{([^}]+)\}", address, form)


def write_workbook(path: Path, *layouts: Layout, sheet: str = "Sheet1") -> Path:
    """Write a workbook with these tables on one sheet."""
    workbook = openpyxl.Workbook()
    worksheet = workbook.active
    assert isinstance(worksheet, Worksheet)
    worksheet.title = sheet
    for layout in layouts:
        write_table(worksheet, layout)
    workbook.save(path)
    return path
