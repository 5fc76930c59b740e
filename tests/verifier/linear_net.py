"""A linear unit that is trained in a table: the smallest net of its writer's own kind."""

from collections.abc import Mapping
from pathlib import Path

import openpyxl

FIRST, ROWS = 7, 12
RATE: Mapping[str, float | str] = {"J2": "η", "K2": 0.4, "K3": 0.9, "K4": "heading"}
COLUMNS = {  # each with its content below the first row
    "i1": "0.6", "i2": "-0.35", "t1": "0.9", "w1": "=D{p}-$K$2*H{p}", "w2": "=E{p}-$K$2*I{p}",
    "a_o1": "=D{r}*A{r}+E{r}*B{r}", "E_total": "=0.5*(C{r}-F{r})^2",
    "∂E/∂w1": "=-(C{r}-F{r})*A{r}", "∂E/∂w2": "=-(C{r}-F{r})*B{r}",
}  # fmt: skip
START = {"w1": 0.3, "w2": -0.2}

Content = str | Mapping[int, str]  # of a column; or of some iterations, that at 0 being for all others


def write_net(
    path: Path,
    contents: Mapping[str, Content] | None = None,
    headings: Mapping[str, str] | None = None,
    beside: Mapping[str, float | str] = RATE,
    title: str = "Sheet",
) -> Path:
    """The table in A6:I18, with other contents and headings for some of its columns; `beside` are cells outside it.

    In a content `{r}` is its row, `{p}` the row before, and `{k}` the number of the iteration plus 1.
    """
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for cell, value in beside.items():
        sheet[cell] = value
    for column, (name, usual) in enumerate(COLUMNS.items(), 1):
        sheet.cell(FIRST - 1, column, (headings or {}).get(name, name))
        content = (contents or {}).get(name, usual)
        by_iteration = {0: content} if isinstance(content, str) else content
        for k in range(ROWS):
            text = by_iteration.get(k, by_iteration[0]).format(r=FIRST + k, p=FIRST - 1 + k, k=k + 1)
            value = START[name] if name in START and k == 0 else text if text.startswith("=") else float(text)
            sheet.cell(FIRST + k, column, value)
    workbook.save(path)
    return path
