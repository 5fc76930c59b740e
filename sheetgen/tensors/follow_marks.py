"""The output that Follow shows, with its window and its kernel, in frames on Layers.

Conditional formats read only the sheet that they are on, so Layers repeats in a row of its title what is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import Live, choice, write_live
from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block
from sheetgen.tensors.diagram import MARGIN
from sheetgen.tensors.follow import View
from sheetgen.tensors.follow_layout import Sheet, Shown
from sheetgen.tensors.names import FOLLOW

ROW, FIRST_COLUMN = 3, 60  # of the numbers, which are not shown
NUMBERS = ("layer", "row", "column", "top", "bottom", "left", "right", "kernel")


@dataclass(frozen=True)
class Marks:
    """The sheet with the numbers that its formats read."""

    sheet: Worksheet
    styles: Styles
    at: Sheet

    def name(self, number: str) -> str:
        return str(xl_rowcol_to_cell(ROW, FIRST_COLUMN + NUMBERS.index(number), row_abs=True, col_abs=True))

    @cached_property
    def formulas(self) -> Mapping[str, str]:
        """What each number is."""
        layer, map_, top, left, row, column = (
            f"{FOLLOW}!{self.at.number(name)}" for name in ("layer", "map", "top", "left", "sheet row", "sheet column")
        )

        def by_layer(numbers: Sequence[int]) -> str:
            return choice(self.name("layer"), list(map(str, numbers)))

        places = [_window(view) for view in self.at.views]
        return dict(zip(NUMBERS, (
            layer, row, column,
            f"{by_layer([p.top for p in places])}+{top}-1+({map_}-1)*{by_layer([p.pitch for p in places])}",
            f"{self.name('top')}+{by_layer([p.lines - 1 for p in places])}",
            f"{by_layer([p.left for p in places])}+{left}-1",
            f"{self.name('left')}+{by_layer([view.size[1] - 1 for view in self.at.views])}",
            f"{by_layer([p.kernel for p in places])}+({map_}-1)*{by_layer([v.kernel_step for v in self.at.views])}",
        ), strict=True))  # fmt: skip


@dataclass(frozen=True)
class _Window:
    """Where the first window of a view is, counted from 1 as ROW and COLUMN do."""

    top: int
    left: int
    lines: int  # from its first row to its last, over all of its maps
    pitch: int  # from the window of an output map to that of the next
    kernel: int  # the column of the first kernel; 0 where there is none


def _window(view: View) -> _Window:
    source, (down, right) = view.wiring.source, view.margin
    lines = (view.channels - 1) * source.pitch + view.size[0]
    is_own = view.is_of_one_map
    kernel = view.wiring.kernels[0].column + 1 if view.wiring.kernels else 0
    return _Window(source.row + 1 - down, source.column + 1 - right, lines, source.pitch if is_own else 0, kernel)


def write_marks(sheet: Worksheet, styles: Styles, at: Sheet, shown: Shown) -> None:
    """Write the numbers, and the formats of each picture and of each layer's kernels."""
    marks = Marks(sheet, styles, at)
    values = _values(shown)
    for k, (name, formula) in enumerate(marks.formulas.items()):
        write_live(sheet, ROW, FIRST_COLUMN + k, Live(f"={formula}", values[name]), styles.pixel(()))
    said, place = f"{FOLLOW}!{at.fields[0]}", (f"{FOLLOW}!{at.number(name)}" for name in ("map", "row", "column"))
    map_, row, column = place
    text = f'="In orange, as on {FOLLOW}: layer "&{said}&", map "&{map_}&", row "&{row}&", column "&{column}'
    first = [int(shown.numbers[name]) for name in ("map", "row", "column")]
    value = "In orange, as on {}: layer {}, map {}, row {}, column {}".format(FOLLOW, shown.name, *first)
    write_live(sheet, ROW, MARGIN, Live(text, value), styles.quiet())
    for k, view in enumerate(at.views, 1):
        _write_formats(marks, k, view)


def _write_formats(marks: Marks, layer: int, view: View) -> None:
    chosen, name = f"{marks.name('layer')}={layer}", marks.name
    source, output, (height, width) = view.wiring.source, view.wiring.output, view.size
    window = (
        f"{chosen},ROW()>={name('top')},ROW()<={name('bottom')},COLUMN()>={name('left')},COLUMN()<={name('right')},"
        f"MOD(ROW()-{name('top')},{source.pitch})<{height}"
    )
    _mark(marks, [source], window)
    _mark(marks, [output], f"{chosen},ROW()={name('row')},COLUMN()={name('column')}")
    if view.wiring.kernels:
        first = view.wiring.kernels[0]
        column = f"COLUMN()>={name('kernel')},COLUMN()<{name('kernel')}+{width}"
        _mark(marks, view.wiring.kernels, f"{chosen},{column},MOD(ROW()-{first.row + 1},{first.pitch})<{height}")


def _mark(marks: Marks, blocks: Sequence[Block], conditions: str) -> None:
    area = blocks[0].row, blocks[0].column, blocks[-1].last_row, blocks[-1].last_column
    marks.sheet.conditional_format(*area, {
        "type": "formula", "criteria": f"=AND({conditions})", "format": marks.styles.marked(),
    })  # fmt: skip


def _values(shown: Shown) -> dict[str, float]:
    numbers, view = shown.numbers, shown.view
    window = _window(view)
    top = window.top + numbers["top"] - 1 + shown.place[0] * window.pitch
    left = window.left + numbers["left"] - 1
    known = (
        numbers["layer"], numbers["sheet row"], numbers["sheet column"],
        top, top + window.lines - 1, left, left + view.size[1] - 1,
        window.kernel + shown.place[0] * view.kernel_step,
    )  # fmt: skip
    return dict(zip(NUMBERS, known, strict=True))
