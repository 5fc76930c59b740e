"""The look of the workbook: one colour for each group on every sheet, and the cell formats made of them.

The hues are those of Okabe and Ito's palette, made lighter, which colour-blind readers can tell apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from sheetgen.mathematics.training_step import Group

FONT = "Calibri"
INK = "#1F2933"
QUIET = "#616E7C"
LINE = "#CBD2D9"
EDITABLE = "#FFF3BF"  # cells that are there to be changed


@dataclass(frozen=True)
class Hues:
    """The colour of a group where it is a label, and where it lies behind numbers."""

    label: str
    body: str


COLOURS = {
    Group.DATA: Hues("#F5E663", "#FEFCE8"),
    Group.PARAMETERS: Hues("#8FCBF0", "#EAF5FC"),
    Group.FORWARD: Hues("#7FCFB5", "#E8F6F1"),
    Group.LOSS: Hues("#F2A97E", "#FDEFE6"),
    Group.BACKWARD: Hues("#DDAFCB", "#F9EEF5"),
    Group.STATE: Hues("#A9B4E0", "#EFF1FA"),
    Group.COUNT: Hues("#CBD2D9", "#F5F7FA"),
}

# Yes and no, as dark text on a light ground: bluish green and vermilion, and always with a sign or a word.
MET, MISSED = Hues("#00644A", "#CDEBE1"), Hues("#A34700", "#FBDCC8")
MARK = "#E69F00"  # a frame around what another sheet shows
BEST = "#3E4C59"  # behind white text

NUMBER_FORMATS = {
    Group.DATA: "General",
    Group.PARAMETERS: "0.000000",
    Group.FORWARD: "0.000000",
    Group.LOSS: "[=0]0;[<0.0000005]0.00E+00;0.000000",  # never negative; one that is small is not shown as none
    Group.BACKWARD: "0.00000000",
    Group.STATE: "[>=0.001]0.00000000;[<=-0.001]-0.00000000;0.0000E+00",  # squares of gradients are small
    Group.COUNT: "0",
}
SIGNED_FORMATS = {  # for what is shaded by size and sign, so that the sign shows without the colour
    Group.PARAMETERS: "+0.000000;-0.000000;0.000000",
    Group.BACKWARD: "+0.00000000;-0.00000000;0.00000000",
}
DARK, DARK_NEGATIVE, DARK_POSITIVE = "#0B3C5D", "#C8501E", "#0072B2"  # of pictures, whose cells show no number
NEGATIVE, NEUTRAL, POSITIVE = "#F2A97E", "#FFFFFF", "#8FCBF0"  # of numbers shaded by size and sign
COLUMN_WIDTHS = {  # in characters: a label, or a negative number in its format
    Group.DATA: 7.0,
    Group.PARAMETERS: 9.6,
    Group.FORWARD: 9.6,
    Group.LOSS: 9.6,
    Group.BACKWARD: 11.6,
    Group.STATE: 11.6,
    Group.COUNT: 9.6,
}
GENERAL = "General"
WIDEST = 99.0  # a number further from 0 would fill its cell with ####


class Styles:
    """The cell formats of one workbook, each made once, when it is first asked for."""

    def __init__(self, workbook: Workbook) -> None:
        self._make = cache(lambda items: workbook.add_format(dict(items)))

    def _format(self, **properties: str | int | bool) -> Format:
        # Text on a colour of ours has one too; all other text is left to the application, whose sheets may be dark.
        ink = INK if "bg_color" in properties else "automatic"
        return self._make(tuple(sorted({"font_name": FONT, "font_color": ink, **properties}.items())))

    def title(self) -> Format:
        return self._format(bold=True, font_size=18)

    def heading(self) -> Format:
        return self._format(bold=True, font_size=12)

    def text(self) -> Format:
        return self._format()

    def quiet(self) -> Format:
        return self._format(font_color=QUIET)

    def meaning(self) -> Format:
        """What is said of the cell to the left."""
        return self._format(font_color=QUIET, indent=1)

    def link(self) -> Format:
        return self._format(font_color="#1F7ABF", underline=1)

    def label(self, group: Group) -> Format:
        """A group's label, or a chip of its colour in the legend."""
        return self._format(bold=True, bg_color=COLOURS[group].label, align="center", bottom=1, bottom_color=QUIET)

    def number(self, group: Group) -> Format:
        """A number of a group, on its light background."""
        return self._format(num_format=NUMBER_FORMATS[group], bg_color=COLOURS[group].body)

    def signed(self, group: Group) -> Format:
        """A number of a group that is shaded by size and sign."""
        return self._format(num_format=SIGNED_FORMATS[group], bg_color=COLOURS[group].body, border=1, border_color=LINE)

    def square(self, group: Group) -> Format:
        """A number in a block of narrow cells."""
        return self._format(
            num_format="0.000", bg_color=COLOURS[group].body, align="center", border=1, border_color=LINE
        )

    def in_matrix(self, group: Group, form: str, editable: bool) -> Format:
        """A number of a matrix in a form of its own, smaller where its cell is too narrow for it.

        The general form shows as many digits as there is room for without that.
        """
        ground = EDITABLE if editable else COLOURS[group].body
        return self._format(
            num_format=form, bg_color=ground, bold=editable, align="center", valign="vcenter", border=1,
            border_color=LINE, font_size=10, shrink=form != GENERAL,
        )  # fmt: skip

    def matrix_name(self, group: Group) -> Format:
        """What stands above a matrix."""
        return self._format(
            bold=True, bg_color=COLOURS[group].label, align="center", font_size=10, border=1, border_color=LINE
        )  # fmt: skip

    def formula_name(self, group: Group) -> Format:
        """The label before a formula."""
        return self._format(
            bold=True, bg_color=COLOURS[group].label, align="center", valign="vcenter", bottom=1, bottom_color=LINE
        )

    def formula_text(self) -> Format:
        """A formula as a text, on as many lines as it needs."""
        return self._format(text_wrap=True, valign="vcenter", indent=1, bottom=1, bottom_color=LINE)

    def formula_remark(self) -> Format:
        """What is said in the place of a formula."""
        return self._format(text_wrap=True, valign="vcenter", indent=1, bottom=1, bottom_color=LINE, font_color=QUIET)

    def formula_result(self, group: Group) -> Format:
        """The number that a formula gives."""
        return self._format(
            num_format=NUMBER_FORMATS[group], bg_color=COLOURS[group].body, valign="vcenter",
            bottom=1, bottom_color=LINE,
        )  # fmt: skip

    def wide_number(self) -> Format:
        """What replaces a number's own format where it is too wide for its cell."""
        return self._make((("num_format", "0.00E+00"),))

    def name(self) -> Format:
        """What stands before an editable number."""
        return self._format(bold=True, align="right")

    def editable(self) -> Format:
        """A number that is there to be changed."""
        return self._format(bold=True, bg_color=EDITABLE, border=1, border_color=LINE, align="right")

    def column_label(self, hues: Hues) -> Format:
        """The label of one of many columns, on two lines where it needs them."""
        return self._format(
            bold=True, bg_color=hues.label, font_size=10, align="center", valign="vcenter", text_wrap=True,
            bottom=1, bottom_color=QUIET,
        )  # fmt: skip

    def list_label(self, hues: Hues, align: str = "left") -> Format:
        """The label of a column that has the room for it, or of a row."""
        return self._format(bold=True, bg_color=hues.label, align=align, valign="vcenter")

    def column_label_quiet(self, align: str = "right") -> Format:
        """What stands above the numbers of a small block."""
        return self._format(font_color=QUIET, align=align)

    def label_text(self) -> Format:
        """The heading of a part of a block."""
        return self._format(bold=True)

    def measure(self, hues: Hues, form: str) -> Format:
        """A number in a form of its own, or a sign, on the light background of its column."""
        return self._format(num_format=form, bg_color=hues.body, align="center")

    def result(self, form: str = "General", align: str = "right", shrink: bool = False) -> Format:
        """A number in a form of its own, or a text, on white; one that would be cut off can be made smaller."""
        return self._format(num_format=form, align=align, shrink=shrink)

    def total(self, form: str = "General", align: str = "right") -> Format:
        """What is below the last of those that it sums up."""
        return self._format(num_format=form, align=align, bold=True, top=1, top_color=QUIET)

    def caption(self) -> Format:
        """What stands below a picture."""
        return self._format(bold=True, font_size=10)

    def small(self) -> Format:
        """What is said below that."""
        return self._format(font_color=QUIET, font_size=10)

    def editable_as(self, form: str) -> Format:
        """A number that is there to be changed, in a form of its own."""
        return self._format(
            bold=True, bg_color=EDITABLE, border=1, border_color=LINE, align="right", num_format=form
        )  # fmt: skip

    def answer(self, align: str = "center") -> Format:
        """A yes or a no, which `met` or `missed` then colours."""
        return self._format(bold=True, align=align)

    def answer_of_number(self, form: str) -> Format:
        """The same where the form of a number makes it a sign."""
        return self._format(bold=True, align="center", num_format=form)

    def met(self) -> Format:
        """What a conditional format adds where something is as it was asked for."""
        return self._on(MET.body, MET.label)

    def missed(self) -> Format:
        """What a conditional format adds where it is not."""
        return self._on(MISSED.body, MISSED.label)

    def doubtful(self) -> Format:
        """What a conditional format adds to what is neither."""
        return self._on(COLOURS[Group.COUNT].body, INK)

    def best(self) -> Format:
        """What a conditional format adds to the best of a table's rows."""
        return self._on(BEST, "#FFFFFF")

    def best_marked(self) -> Format:
        """The same with a sign before a whole number."""
        return self._make((("bg_color", BEST), ("bold", True), ("font_color", "#FFFFFF"), ("num_format", '"▼ "0')))

    def missed_number(self, group: Group) -> Format:
        """What a conditional format adds to a number that is not what it should be: a sign, as well as a colour."""
        form = ";".join(f'"✗ "{sign}{NUMBER_FORMATS[group]}' for sign in ("", "-"))
        return self._make((("bg_color", MISSED.body), ("font_color", MISSED.label), ("num_format", form)))

    def waiting(self, sign: str) -> Format:
        """What a conditional format adds to a number that is none yet: a sign in its place."""
        return self._make((("num_format", f'"{sign}";"{sign}";"{sign}"'), ("font_color", QUIET)))

    def smallest(self) -> Format:
        """Which of a table's rows is the best."""
        return self._format(num_format='"▼ at "0', font_color=QUIET, align="right")

    def band(self, group: Group) -> Format:
        """The name of a group above its labels."""
        return self._format(bg_color=COLOURS[group].label, align="center", font_size=10)

    def _on(self, ground: str, ink: str) -> Format:
        return self._make((("bg_color", ground), ("bold", True), ("font_color", ink)))

    def blank(self, group: Group) -> Format:
        """A cell of an exercise that is there to be filled in."""
        return self._format(
            num_format=NUMBER_FORMATS[group], bold=True, bg_color=EDITABLE, border=2, border_color=QUIET, locked=False
        )  # fmt: skip

    def to_write_in(self) -> Format:
        """A cell for a text, as for a name."""
        return self._format(bg_color=EDITABLE, border=1, border_color=LINE, shrink=True, locked=False)

    def question(self) -> Format:
        """A cell that a learner types a question mark into."""
        return self._format(
            bold=True, bg_color=EDITABLE, border=1, border_color=LINE, align="center", valign="vcenter", locked=False
        )  # fmt: skip

    def pixel(self, edges: Iterable[str]) -> Format:
        """A number of a picture, seen only by its shade; `edges` are those of the picture that it lies at."""
        frame = {name: value for edge in edges for name, value in ((edge, 1), (f"{edge}_color", LINE))}
        return self._format(num_format=";;;", **frame)

    def paper(self) -> Format:
        """A pixel that is there to be painted; a thick dot, 2, shows as a dot."""
        return self._format(
            num_format='[=2]"•";;;', border=1, border_color=LINE, font_size=8, font_color="#FFFFFF", align="center"
        )

    def huge(self) -> Format:
        """The answer to everything on a sheet."""
        return self._format(bold=True, font_size=54, align="center", valign="vcenter")

    def marked(self) -> Format:
        """What a conditional format adds to the cells of a picture that another sheet shows."""
        return self._make((("border", 1), ("border_color", MARK)))

    def followed(self, form: str) -> Format:
        """A number of a block that shows how another one is made."""
        return self._format(num_format=form, font_size=10, align="center")

    def tiny(self) -> Format:
        """A digit beside a pixel."""
        return self._format(font_size=7, align="center", valign="vcenter")

    def folded(self) -> Format:
        """A number in the width of a kernel."""
        return self._format(num_format="0.000;-0.000;0", font_size=9, align="center", shrink=True)

    def small_number(self) -> Format:
        """A number that other formulas need, and people seldom."""
        return self._format(num_format="General", font_color=QUIET, font_size=10, align="right")

    def arrow(self) -> Format:
        """What leads from a picture to the next."""
        return self._format(font_size=16, font_color=QUIET, align="center", valign="vcenter")

    def bar_name(self) -> Format:
        """What stands before a bar."""
        return self._format(bold=True, align="right", valign="vcenter")

    def bar_percent(self) -> Format:
        """How long a bar is."""
        return self._format(num_format="0.0%", align="right", valign="vcenter")

    def bar(self, edge: str) -> Format:
        """A cell of a bar, with a white line at its upper or lower edge."""
        white: dict[str, str | int | bool] = {edge: 5, f"{edge}_color": NEUTRAL}
        return self._format(**white)

    def ground(self, colour: str) -> Format:
        """What a conditional format adds to a cell that a bar reaches."""
        return self._make((("bg_color", colour),))

    def choice(self) -> Format:
        """A text that is there to be chosen."""
        return self._format(bold=True, bg_color=EDITABLE, border=1, border_color=LINE)

    def wrapped(self) -> Format:
        """A text on as many lines as it needs."""
        return self._format(text_wrap=True, valign="vcenter", indent=1)

    def middle(self) -> Format:
        """A text in the middle of its row's height."""
        return self._format(valign="vcenter", indent=1)
