"""Sheets to be inserted into workbooks, as XlsxWriter is told to write them."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter
from PIL import Image
from xlsxwriter.utility import quote_sheetname

CHART_TYPES = ("area", "bar", "column", "line", "pie", "doughnut", "radar", "scatter", "stock")

Write = Callable[[Any, Any], None]


def picture(kind: str, colour: str) -> io.BytesIO:
    """A small picture, as a file: a PNG or a JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, kind)
    file.seek(0)
    return file


def numbers(_: Any, sheet: Any) -> None:
    """A sheet with two numbers and their sum."""
    sheet.write_row("A1", [2, 3])
    sheet.write_formula("C1", "=A1+B1", None, 5)


def everything(workbook: Any, sheet: Any) -> None:
    """A sheet with all that XlsxWriter can put on one."""
    cells(workbook, sheet)
    rules(workbook, sheet)
    objects(workbook, sheet)
    page(workbook, sheet)


def cells(workbook: Any, sheet: Any) -> None:
    """Values of all kinds, formats of all kinds, columns and rows, merged cells, links."""
    title = workbook.add_format({"bold": True, "font_size": 16, "font_color": "#0B69A3", "bg_color": "#FFF3BF"})
    money = workbook.add_format({"num_format": '#,##0.00 "€"', "border": 1, "border_color": "#CBD2D9", "italic": True})
    wrapped = workbook.add_format({"text_wrap": True, "align": "center", "valign": "vcenter", "rotation": 30})
    open_cell = workbook.add_format({"locked": False, "hidden": True, "pattern": 3, "fg_color": "red"})
    sheet.write_row("A1", ["Epoch", "Loss", "  spaces  ", "η ∂ 😀 <&>\"'", "two\nlines"], title)
    for row in range(1, 11):
        sheet.write_number(row, 0, row)
        sheet.write_number(row, 1, 1 / row, money)
        sheet.write_formula(row, 2, f"=A{row + 1}*B{row + 1}", money, row * (1 / row))
    sheet.write_formula("D2", '=IF(A2=1,"one","more")', wrapped, "one")
    sheet.write_formula("D3", "=A2=1", None, True)
    sheet.write_formula("D4", "=1/0", open_cell, "#DIV/0!")
    sheet.write_boolean("D5", True)
    sheet.write_array_formula("D6:D7", "{=A2:A3*2}", money, 2)
    sheet.write_rich_string("D8", "plain ", title, " bold ", "again ", money, "x", wrapped)
    sheet.write_blank("D9", None, title)
    sheet.write_string("D10", "Epoch")
    sheet.write_url("E2", "https://example.org/a?b=c&d#e", string="outside", tip="a tip")
    sheet.write_url("E3", f"internal:{quote_sheetname(sheet.get_name())}!A1", string="inside")
    sheet.merge_range("A14:C15", "merged", title)
    sheet.set_column("A:A", 20, money)
    sheet.set_column("F:G", 5, None, {"hidden": True})
    sheet.set_row(17, 33.75, title)
    sheet.set_row(18, None, None, {"level": 1})


def rules(workbook: Any, sheet: Any) -> None:
    """Conditional formats and rules for what may be typed."""
    red = workbook.add_format({"bg_color": "#FF0000", "bold": True})
    blue = workbook.add_format({"font_color": "#0000FF", "num_format": "0.000"})
    sheet.conditional_format("B2:B11", {"type": "cell", "criteria": "<", "value": 0.2, "format": red})
    sheet.conditional_format("B2:B11", {"type": "top", "value": 3, "format": blue})
    sheet.conditional_format("C2:C11", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
    sheet.conditional_format("A2:A11", {"type": "data_bar"})
    sheet.conditional_format("B2:B11", {"type": "3_color_scale"})
    sheet.conditional_format("A2:A11", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.data_validation("H1", {"validate": "list", "source": ["a", "b"], "input_title": "choose"})
    sheet.data_validation("H2", {"validate": "integer", "criteria": ">", "value": "=$A$2"})


def objects(workbook: Any, sheet: Any) -> None:
    """Charts of all types, pictures, texts, notes, sparklines and tables."""
    name = sheet.get_name()
    for place, kind in enumerate(CHART_TYPES):
        chart = workbook.add_chart({"type": kind})
        for column in (1, 2, 1):
            chart.add_series({"values": [name, 1, column, 10, column], "categories": [name, 1, 0, 10, 0]})
        chart.set_title({"name": [name, 0, 0]})
        sheet.insert_chart(20 + 15 * place, 8, chart)
    sheet.insert_image("I2", "one.png", {"image_data": picture("PNG", "red"), "url": "https://example.org/"})
    sheet.insert_image("K2", "two.jpg", {"image_data": picture("JPEG", "blue"), "url": "internal:A1"})
    sheet.insert_textbox("I8", "a text", {"fill": {"color": "#EAF5FC"}})
    sheet.write_comment("A1", "a note", {"author": "somebody", "visible": True})
    sheet.add_sparkline("H3", {"range": f"{quote_sheetname(name)}!B2:B11", "markers": True})
    rate = workbook.add_format({"num_format": "0.0000%"})
    columns = [{"header": "x"}, {"header": "twice", "formula": "=[@x]*2", "format": rate}, {"header": "sum"}]
    columns[2] |= {"formula": "=SUM(Runs[x])", "total_function": "sum"}
    sheet.add_table("K40:M44", {"name": "Runs", "columns": columns, "total_row": True, "data": [[1], [2], [3]]})
    sheet.add_table("K50:L52", {"columns": [{"header": "a"}, {"header": "b"}]})
    sheet.write_formula("H4", "=SUM(Runs[x])+ROWS(Table2)", None, 8)


def page(workbook: Any, sheet: Any) -> None:
    """How the sheet is seen and printed, and its names."""
    quoted = quote_sheetname(sheet.get_name())
    workbook.define_name("Losses", f"={quoted}!$B$2:$B$11")
    workbook.define_name(f"{quoted}!Epochs", f"={quoted}!$A$2:$A$11")
    workbook.define_name("Half", "=0.5")
    sheet.print_area("A1:H30")
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.3)
    sheet.set_header("&LRun&R&G", {"image_right": "head.png", "image_data_right": picture("PNG", "green")})
    sheet.set_h_pagebreaks([20])
    sheet.freeze_panes(1, 1)
    sheet.set_tab_color("#7FCFB5")
    sheet.set_zoom(85)
    sheet.hide_gridlines(2)
    sheet.autofilter("A1:C11")
    sheet.protect("secret", {"format_cells": True})
    sheet.ignore_errors({"number_stored_as_text": "A1:A9"})
    sheet.set_background(picture("PNG", "white"))


def written(path: Path, sheets: Mapping[str, Write]) -> Path:
    """A workbook of these sheets, written by XlsxWriter alone."""
    workbook = xlsxwriter.Workbook(path, {"in_memory": True})
    for name, write in sheets.items():
        write(workbook, workbook.add_worksheet(name))
    workbook.close()
    return path
