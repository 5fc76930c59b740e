"""Matrices: one sheet with a forward pass, the backward pass, and the forward pass after a step."""

from collections.abc import Sequence

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import Live, write_field, write_live
from sheetgen.mathematics.training_step import Group
from sheetgen.matrices.matrix import Matrix
from sheetgen.matrices.net import Net
from sheetgen.matrices.passes import MARGIN, Pass, Passes
from sheetgen.page import set_up_page
from sheetgen.style import GENERAL, Styles
from sheetgen.tensors.blocks import Block

NAME = "Matrices"
COLUMN_PIXELS, MATRIX_ROW_PIXELS, LINE_PIXELS, GAP_PIXELS = 40, 23, 17, 14
FIELDS_ROW = 2
NAME_COLUMNS, FIELD_COLUMNS = 3, 2
LOSS_BEFORE, LOSS_AFTER = "$J$3", "$O$3"
ROUNDING = 1e-6  # more than of a number that was of single precision
SHORT, DECIMALS, SMALL = 2, 3, 0.01  # the decimals of short numbers and of others, and what is small for so many


def write_matrices_sheet(workbook: Workbook, styles: Styles, net: Net, passes: Passes) -> None:
    """Write the sheet."""
    sheet = workbook.add_worksheet(NAME)
    _set_up(sheet, passes)
    _write_title(sheet, styles, net)
    _write_fields(sheet, styles, net, passes)
    for one in passes.written:
        _write_pass(sheet, styles, one)


def _set_up(sheet: Worksheet, passes: Passes) -> None:
    last_row, last_column = (
        max(one.last_row for one in passes.written),
        max(one.last_column for one in passes.written),
    )
    sheet.set_column_pixels(0, last_column, COLUMN_PIXELS)
    for one in passes.written:
        if one.column == MARGIN or passes.are_side_by_side:  # else the matrices of another one may stand there
            sheet.set_column_pixels(one.column - 1, one.column - 1, GAP_PIXELS)
        for row in range(one.row + 1, one.last_row + 1):
            sheet.set_row_pixels(row, LINE_PIXELS if row < one.first_row else MATRIX_ROW_PIXELS)
    sheet.set_row_pixels(FIELDS_ROW + 1, GAP_PIXELS)
    sheet.set_h_pagebreaks(sorted({one.row for one in passes.written[1:]} - {passes.written[0].row}))
    sheet.freeze_panes(FIELDS_ROW + 1, 0)
    set_up_page(sheet, last_row + 1, last_column)


def _write_title(sheet: Worksheet, styles: Styles, net: Net) -> None:
    sheet.set_row(0, 27)
    sheet.write_string(0, MARGIN, f"{net.name} as matrices, one step of gradient descent", styles.title())
    some = f" The first {net.samples} of {net.all_samples:,} samples." if net.samples < net.all_samples else ""
    sheet.write_string(1, MARGIN, (
        "Each number of a product is where its row, at the left, and its column, above, cross. "
        f"Change a yellow cell or any weight, and everything else follows.{some}"
    ), styles.quiet())  # fmt: skip


def _write_fields(sheet: Worksheet, styles: Styles, net: Net, passes: Passes) -> None:
    shown = styles.result("0.000000", shrink=True)
    fields: Sequence[tuple[str, Live | float, Format]] = (
        ("Learning rate η", net.rate, styles.editable_as("General")),
        ("Loss before", _whole_loss(net, passes.forward.losses), shown),
        ("Loss after", _whole_loss(net, passes.after.losses), shown),
    )  # fmt: skip
    for k, (name, content, form) in enumerate(fields):
        column = MARGIN + k * (NAME_COLUMNS + FIELD_COLUMNS)
        write_field(sheet, styles, (FIELDS_ROW, column), (NAME_COLUMNS, FIELD_COLUMNS), name, content, form)


def _whole_loss(net: Net, losses: Matrix) -> Live:
    """The sum over the outputs, and the mean or the sum over the samples."""
    share = net.samples if net.is_mean else 1
    first, last = losses.cell(0, 0), losses.cell(losses.values.shape[0] - 1, losses.values.shape[1] - 1)
    return Live(f"=SUM({first}:{last})" + (f"/{share}" if share > 1 else ""), float(losses.values.sum()) / share)


def _write_pass(sheet: Worksheet, styles: Styles, one: Pass) -> None:
    """Write its name, its lines, and its matrices."""
    sheet.write_string(one.row, one.column, one.name, styles.heading())
    for k, line in enumerate(one.lines, 1):
        sheet.write_string(one.row + k, one.column, line, styles.small())
    for matrix in one.matrices:
        _write(sheet, styles, matrix)


def _write(sheet: Worksheet, styles: Styles, matrix: Matrix) -> None:
    """Write a matrix, and its name above it."""
    block = matrix.block
    if matrix.name:
        _write_name(sheet, styles, matrix.name, matrix.group, block)
    form = styles.in_matrix(matrix.group, _number_format(matrix), matrix.editable)
    for _, row, column in block.cells():
        place, value = block.place((0, row, column)), float(matrix.values[row, column])
        if matrix.formula is None:
            sheet.write_number(*place, value, form)
        else:
            write_live(sheet, *place, Live(matrix.formula(row, column), value), form)


def _number_format(matrix: Matrix) -> str:
    """As they are where all are short; else so many decimals, or powers of ten where these would show nothing."""
    if np.allclose(matrix.values, matrix.values.round(SHORT), rtol=0, atol=ROUNDING):
        return GENERAL
    most = np.abs(matrix.values).max()
    return "0.0E+0;-0.0E+0;0" if 0 < most < SMALL else f"0.{'0' * DECIMALS}"


def _write_name(sheet: Worksheet, styles: Styles, name: str, group: Group, block: Block) -> None:
    form = styles.matrix_name(group)
    if block.shape[2] == 1:
        sheet.write_string(block.row - 1, block.column, name, form)
    else:
        sheet.merge_range(block.row - 1, block.column, block.row - 1, block.last_column, name, form)
