"""Put a network into a workbook as live sheets: Draw, Layers, Step, After, and the images to start from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
from xlsxwriter.workbook import Workbook

from sheetgen.generation import QuickWorkbook
from sheetgen.insertion import put_sheets
from sheetgen.layout import LimitError
from sheetgen.style import Styles
from sheetgen.tensors.after_sheet import pool_at_once, write_after_sheet
from sheetgen.tensors.centre_sheet import write_centre_sheet
from sheetgen.tensors.centring import centred, seen
from sheetgen.tensors.diagram import diagram_of
from sheetgen.tensors.draw_sheet import choice_cell, drawing_of, is_placed, seen_of, switch_cell, write_draw_sheet
from sheetgen.tensors.folding_sheet import is_folded, write_folding_sheet
from sheetgen.tensors.follow_marks import write_marks
from sheetgen.tensors.follow_sheet import write_follow_sheet
from sheetgen.tensors.images_sheet import Gallery, Picture, empty_picture, write_images_sheet
from sheetgen.tensors.layers_sheet import write_layers_sheet
from sheetgen.tensors.names import AFTER, CENTRE, DRAW, FOLLOW, IMAGES, LAYERS, STEP
from sheetgen.tensors.network import Network, Stage, step_of
from sheetgen.tensors.operations import Array, Convolution, Learned, Operation
from sheetgen.tensors.step_sheet import RATE, Setting, write_step_sheet

MOST_FORMULAS = 200_000
LAST_ROW, LAST_COLUMN = (1 << 20) - 20, (1 << 14) - 20  # of an Excel sheet, with some room
RATE_OF_STEP = 0.001
SQUARE_FONT = {
    "font_name": "Arial",
    "font_size": 10,
}  # which every application has, so that columns are as wide as rows are high


class SquareWorkbook(QuickWorkbook):
    """A workbook in whose font columns are as wide as rows are high."""

    def __init__(self, file: IO[bytes], options: Mapping[str, object]) -> None:
        super().__init__(file, {**options, "default_format_properties": dict(SQUARE_FONT)})


def formula_count(network: Network, with_step: bool = True) -> int:
    """How many formulas the sheets have, some hundreds aside."""
    image, *sizes = [int(np.prod(shape)) for shape in network.shapes]
    drawn = 6 * image if is_placed(network.shape) else image
    if not with_step:
        return drawn + image + sum(sizes)
    kernels = sum(s.operation.weights.size for s in network.stages if isinstance(s.operation, Convolution))
    pooled = sum(size for k, size in enumerate(sizes) if pool_at_once(network.stages[k : k + 2]))
    step = 2 * (image + sum(sizes)) + network.parameters + kernels
    return drawn + step + network.parameters + sum(sizes) - pooled


def write_live(
    network: Network,
    pictures: Sequence[Picture],
    source: str,
    workbook: Path,
    key: str | None = None,
    with_step: bool = True,
) -> list[str]:
    """Put the sheets into a workbook, or write a new one where there is none; the names that they have there.

    `pictures` are to start from, the first of them is shown; `source` says where they are from. Sheets of the same
    `key`, or without one of a network of the same name, are replaced. Without the step there are no sheets Step and
    After. Raises LimitError, InsertionError, OSError.
    """
    network = _as_written(network)
    _check_size(network, with_step)
    gallery = Gallery([*map(_picture_as_written, pictures), empty_picture(network.shape)])

    def write(book: Workbook) -> None:
        _write_sheets(book, network, gallery, source, with_step)

    return put_sheets(workbook, write, key or f"live {network.name}", f"{network.name}, live", SquareWorkbook)


def _check_size(network: Network, with_step: bool) -> None:
    count, diagram = formula_count(network, with_step), diagram_of(network)
    if count > MOST_FORMULAS or diagram.turned_row > LAST_ROW or diagram.last_column > LAST_COLUMN:
        raise LimitError(
            f"{network.name} would need {count:,} formulas for {network.parameters:,} parameters; "
            f"a spreadsheet stays quick up to {MOST_FORMULAS:,}: take a smaller network"
        )


def _write_sheets(workbook: Workbook, network: Network, gallery: Gallery, source: str, with_step: bool) -> None:
    styles, diagram, shape = Styles(workbook), diagram_of(network), network.shape
    shown, of_step = gallery.pictures[0], (STEP, AFTER) if with_step else ()
    before = network.activations(seen(shown.pixels, network.of_digits))
    centre = (CENTRE,) if is_placed(shape) else ()
    links = (LAYERS, FOLLOW, *of_step, *centre, IMAGES)
    write_draw_sheet(workbook, styles, network, diagram, gallery, before, links)
    write_layers_sheet(workbook, styles, network, diagram, before, seen_of(shape), (DRAW, FOLLOW, *of_step))
    followed = write_follow_sheet(workbook, styles, network, diagram, before, (DRAW, LAYERS, *of_step[:1]))
    write_marks(workbook.get_worksheet_by_name(LAYERS), styles, *followed)
    if with_step:
        _write_step(workbook, styles, network, gallery, before)
    if is_placed(shape):
        drawn = centred(shown.pixels[0], network.of_digits)
        write_centre_sheet(workbook, styles, drawing_of(shape), switch_cell(shape), drawn)
    if is_folded(network):
        write_folding_sheet(workbook, styles, network, diagram)
    write_images_sheet(workbook, styles, gallery, source, choice_cell())


def _write_step(
    workbook: Workbook, styles: Styles, network: Network, gallery: Gallery, before: Sequence[Array]
) -> None:
    """Write Step and After."""
    shown, diagram = gallery.pictures[0], diagram_of(network)
    step = step_of(network, before, shown.label, RATE_OF_STEP)
    after = step.after.activations(seen(shown.pixels, network.of_digits))
    setting = Setting(gallery.label, RATE_OF_STEP)
    write_step_sheet(workbook, styles, network, diagram, (before, after), step, setting)
    write_after_sheet(workbook, styles, step.after, diagram, after, RATE)


def _as_written(network: Network) -> Network:
    """The network with its numbers as XlsxWriter writes them, with 16 digits: what the workbook then computes with."""
    return replace(network, stages=[_stage_as_written(stage) for stage in network.stages])


def _stage_as_written(stage: Stage) -> Stage:
    operation = stage.operation
    if not isinstance(operation, Learned):
        return stage
    rounded: Operation = replace(operation, weights=_rounded(operation.weights), bias=_rounded(operation.bias))
    return replace(stage, operation=rounded)


def _picture_as_written(picture: Picture) -> Picture:
    return replace(picture, pixels=_rounded(picture.pixels))


def _rounded(array: Array) -> Array:
    return np.array([float(f"{number:.16G}") for number in array.ravel()]).reshape(array.shape)
