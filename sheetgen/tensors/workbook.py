"""Write a network as a workbook of live sheets: Draw, Layers, Step, After, and the images to start from."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from opc.files import EPOCH, whole_file
from sheetgen.generation import QuickWorkbook
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
from sheetgen.tensors.names import LAYERS
from sheetgen.tensors.network import Network, Stage, step_of
from sheetgen.tensors.operations import Array, Convolution
from sheetgen.tensors.step_sheet import RATE, Setting, write_step_sheet

MOST_FORMULAS = 200_000
LAST_ROW, LAST_COLUMN = (1 << 20) - 20, (1 << 14) - 20  # of an Excel sheet, with some room
RATE_OF_STEP = 0.001
SQUARE_FONT = {
    "font_name": "Arial",
    "font_size": 10,
}  # which every application has, so that columns are as wide as rows are high


def formula_count(network: Network) -> int:
    """How many formulas the sheets have, some hundreds aside."""
    image, *sizes = [int(np.prod(shape)) for shape in network.shapes]
    kernels = sum(s.operation.weights.size for s in network.stages if isinstance(s.operation, Convolution))
    pooled = sum(size for k, size in enumerate(sizes) if pool_at_once(network.stages[k : k + 2]))
    step = 2 * (image + sum(sizes)) + network.parameters + kernels
    drawn = 6 * image if is_placed(network.shape) else image
    return drawn + step + network.parameters + sum(sizes) - pooled


def write_live(network: Network, pictures: Sequence[Picture], source: str, output: Path) -> None:
    """Write the workbook to `output`, in the place of what is there, whole or not at all.

    `pictures` are to start from, the first of them is shown; `source` says where they are from. Raises LimitError,
    OSError.
    """
    network, diagram = _as_written(network), diagram_of(network)
    count = formula_count(network)
    if count > MOST_FORMULAS or diagram.turned_row > LAST_ROW or diagram.last_column > LAST_COLUMN:
        raise LimitError(
            f"{network.name} would need {count:,} formulas for {network.parameters:,} parameters; "
            f"a spreadsheet stays quick up to {MOST_FORMULAS:,}: take a smaller network"
        )
    gallery = Gallery([*map(_picture_as_written, pictures), empty_picture(network.shape)])
    label = gallery.pictures[0].label
    pixels = seen(gallery.pictures[0].pixels)
    before = network.activations(pixels)
    step = step_of(network, before, label, RATE_OF_STEP)
    after = step.after.activations(pixels)
    with whole_file(output) as file:
        workbook = QuickWorkbook(file, {"in_memory": True, "default_format_properties": SQUARE_FONT})
        created = datetime(*EPOCH, tzinfo=UTC)  # not now: equal input gives an equal file
        workbook.set_properties({"title": f"{network.name}, live", "created": created})
        styles = Styles(workbook)
        write_draw_sheet(workbook, styles, network, diagram, gallery, before)
        write_layers_sheet(workbook, styles, network, diagram, before, seen_of(network.shape))
        followed = write_follow_sheet(workbook, styles, network, diagram, before)
        write_marks(workbook.get_worksheet_by_name(LAYERS), styles, *followed)
        setting = Setting(gallery.label_of(choice_cell()), RATE_OF_STEP)
        write_step_sheet(workbook, styles, network, diagram, (before, after), step, setting)
        write_after_sheet(workbook, styles, step.after, diagram, after, RATE)
        if is_placed(network.shape):
            drawn = centred(gallery.pictures[0].pixels[0], True)
            write_centre_sheet(workbook, styles, drawing_of(network.shape), switch_cell(network.shape), drawn)
        if is_folded(network):
            write_folding_sheet(workbook, styles, network, diagram)
        write_images_sheet(workbook, styles, gallery, source)
        workbook.close()


def _as_written(network: Network) -> Network:
    """The network with its numbers as XlsxWriter writes them, with 16 digits: what the workbook then computes with."""
    return replace(network, stages=[_stage_as_written(stage) for stage in network.stages])


def _stage_as_written(stage: Stage) -> Stage:
    operation = stage.operation
    if not isinstance(operation, Convolution):
        return stage
    rounded = replace(operation, weights=_rounded(operation.weights), bias=_rounded(operation.bias))
    return replace(stage, operation=rounded)


def _picture_as_written(picture: Picture) -> Picture:
    return replace(picture, pixels=_rounded(picture.pixels))


def _rounded(array: Array) -> Array:
    return np.array([float(f"{number:.16G}") for number in array.ravel()]).reshape(array.shape)
