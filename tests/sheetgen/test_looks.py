"""What one sees: a colour for each group of columns, the same on every sheet, and a picture of the network."""

from collections.abc import Callable
from io import BytesIO
from math import prod
from pathlib import Path

import pytest
from openpyxl.styles import PatternFill
from PIL import Image, ImageChops, ImageColor

from sheetgen.mathematics.training_step import Group
from sheetgen.picture import HEIGHT, MOST_UNITS, SHARPNESS, WIDTH, network_picture
from sheetgen.style import COLOURS
from templates import LayerSize, Network, load_template
from tests.sheetgen.workbooks import HEADER_ROW, formulas_of, parts, tables_of, values_of
from tests.shipped import every_template

Shipped = Callable[[str], Path]
GROUPS = {
    "inputs and targets": ("t1", "t2", "i1", "i2"),
    "weights and biases": ("w1", "w8"),
    "forward pass": ("h1", "a_h1", "o2", "a_o2"),
    "loss": ("E1", "E2", "E_total"),
    "backward pass": ("∂E_t/∂w1", "∂E_t/∂w8"),
}


def colour(fill: PatternFill) -> str:
    """The colour of a cell as red, green and blue; empty where it has none."""
    return str(fill.fgColor.rgb)[-6:] if fill.fill_type == "solid" else ""


def test_labels_have_the_colour_that_the_legend_gives_their_group(shipped_workbook: Shipped) -> None:
    book = formulas_of(shipped_workbook("backprop"))
    legends = []
    for tab in [sheet for sheet in book if sheet.title.startswith("eta")]:
        cells = {
            cell.value: colour(cell.fill) for row in tab.iter_rows(max_row=HEADER_ROW) for cell in row if cell.value
        }
        legends.append({group: cells[group] for group in GROUPS})
        for group, labels in GROUPS.items():
            assert {cells[label] for label in labels} == {cells[group]}
    assert all(legend == legends[0] for legend in legends)
    assert len(set(legends[0].values()) - {""}) == len(GROUPS)


def test_cells_that_are_there_to_be_edited_look_alike_and_like_nothing_else(shipped_workbook: Shipped) -> None:
    """They are yellow: the numbers of the start sheet, the η of each tab, the
    iterations and the threshold of the comparison, the choice of a step, and the h of the check."""
    book = formulas_of(shipped_workbook("backprop"))
    start = {
        cell.coordinate for row in book["Start"].iter_rows() for cell in row if cell.data_type == "n" and cell.value
    }
    assert len(start) == 12
    yellow = colour(book["eta 0.5"]["G31"].fill)
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if colour(cell.fill) == yellow:
                is_tab = cell.value in book.sheetnames  # the choice of one on Explore
                assert cell.data_type == "n" or is_tab, f"{sheet.title}!{cell.coordinate}"
                assert cell.value is not None, f"{sheet.title}!{cell.coordinate}"
    assert {colour(book["Start"][address].fill) for address in start} == {yellow}
    assert colour(book["Compare"]["A7"].fill) == yellow


@every_template
def test_the_picture_of_a_network_is_a_sharp_png_in_the_colours_of_the_sheets(
    shipped_workbook: Shipped, name: str
) -> None:
    drawn = network_picture(load_template(name).network)
    with Image.open(BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("PNG", (WIDTH * SHARPNESS, HEIGHT * SHARPNESS))
        counts = picture.convert("RGB").getcolors(maxcolors=1000)
    assert counts is not None
    large = {f"{red:02X}{green:02X}{blue:02X}" for count, (red, green, blue) in counts if count > 500}
    tab = next(sheet for sheet in formulas_of(shipped_workbook(name)) if sheet.title.startswith("eta"))
    cells = {cell.value: colour(cell.fill) for cell in tab[1] if cell.value}
    assert {cells["inputs and targets"], cells["forward pass"], cells["loss"]} <= large
    assert drawn in parts(shipped_workbook(name)).values()


EDGE = 2 * SHARPNESS  # of a block, which is not yellow
YELLOW = ImageColor.getrgb(COLOURS[Group.DATA].label)


@pytest.mark.parametrize(
    ("shape", "units", "rows_by_column"),
    [
        ((3,), [MOST_UNITS + 1, 2], 3),
        ((MOST_UNITS + 1,), [1], MOST_UNITS + 1),
        ((4, 3), [MOST_UNITS + 1, 2], 4 / 3),
        ((1, 3, 4), [MOST_UNITS + 1, 2], 3 / 4),
        ((5,), [99] * 9 + [1], 5),
        ((5,), [9] * 50 + [1], 5),
    ],
)
def test_a_network_without_room_for_its_units_is_blocks_of_square_cells(
    shape: tuple[int, ...], units: list[int], rows_by_column: float
) -> None:
    """Seen by the block of the inputs, the only yellow one, which stands on the left."""
    network = Network(prod(shape), tuple(map(LayerSize, units)), input_shape=shape)
    with Image.open(BytesIO(network_picture(network))) as picture:
        away = ImageChops.difference(picture.convert("RGB"), Image.new("RGB", picture.size, YELLOW)).convert("L")
    left, top, right, bottom = away.point(lambda level: 255 * (level < 8)).getbbox() or (0, 0, 0, 0)
    assert right < away.width / 3
    assert (bottom - top + EDGE) / (right - left + EDGE) == pytest.approx(rows_by_column, rel=0.1)


def test_any_size_of_a_network_has_a_picture() -> None:
    assert network_picture(Network(9_999, (LayerSize(1),) * 3 + (LayerSize(5_000), LayerSize(1)), input_shape=(9_999,)))


def test_a_sheet_prints_one_page_wide_and_a_table_in_two_halves_with_its_labels(shipped_workbook: Shipped) -> None:
    """The forward pass with the chart above it is on one page, the losses and gradients are on the next, the last."""
    book = formulas_of(shipped_workbook("backprop"))
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        if not sheet.title.startswith("eta"):
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        else:
            assert [mark.id for mark in sheet.col_breaks.brk] == [20]  # before column U, E1
            assert sheet.print_title_rows == f"${HEADER_ROW}:${HEADER_ROW}"
            assert sheet.print_area.endswith("$61")


@every_template
def test_text_can_be_read_on_a_light_and_on_a_dark_sheet(shipped_workbook: Shipped, name: str) -> None:
    """On a ground of ours the ink is ours; elsewhere it is the application's, or one that stands out from both.

    At least 3:1, which WCAG 2 asks of large text, from white and from the black of a dark theme, #1E1E1E.
    """
    for sheet in formulas_of(shipped_workbook(name)):
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            ink = cell.font.color.rgb if cell.font.color is not None else None
            if colour(cell.fill):
                assert ink is not None
                assert contrast(str(ink)[-6:], colour(cell.fill)) >= 4.5
            elif ink is not None:
                assert min(contrast(str(ink)[-6:], ground) for ground in ("FFFFFF", "1E1E1E")) >= 3.0


def contrast(one: str, other: str) -> float:
    """The ratio of the luminances of two colours, as WCAG 2.2 defines it."""
    dark, light = sorted(luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@every_template
def test_the_start_explains_the_words_with_names_of_the_network(shipped_workbook: Shipped, name: str) -> None:
    """A line each, in the order of a step; the example is a name that the tabs have, or one that is made of it."""
    path = shipped_workbook(name)
    rows = [[cell.value for cell in row] for row in values_of(path)["Start"].iter_rows()]
    first = next(k for k, row in enumerate(rows) if "What the words mean" in row)
    column = rows[first].index("What the words mean")
    said = {row[column]: row[column + 1] for row in rows[first + 1 :] if row[column]}
    labels = set(next(iter(tables_of(path).values()))[0])
    assert list(said)[:5] == ["net input", "activation", "target", "loss", "total loss"]
    assert {said[word] for word in ("net input", "activation", "total loss", "gradient")} <= labels
    assert said["learning rate"] == "η"
