"""A mend is right in every cell that gets it, not in the first one alone; and what is right is left as it is."""

from pathlib import Path

import openpyxl
import pytest

from tests.verifier.book import read_book
from verifier import Engine, Status, verify
from verifier.computing.recompute import Formulas
from verifier.fixing import write_fixed
from verifier.judging.standing import Block, Standing, standings
from verifier.reading.parsing import parse
from verifier.reading.sheets import Sheet, Workbook

LABELS = ("i1", "i2", "t1", "w1", "w2", "a_o1", "E_total", "∂E/∂w1", "∂E/∂w2")
RATE = {"J2": "η", "K2": 0.4, "K3": 0.9, "K4": "heading"}


def write_net(path: Path, update_1: str, update_2: str | dict[int, str], rows: int = 12) -> Path:
    """One linear unit in columns A to I from row 7 on; `{p}` in an update is the row before, `{k}` the one that drifts.

    `update_2` may give another update for some iterations, the one at 0 being for all others.
    """
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    for column, label in enumerate(LABELS, 1):
        sheet.cell(6, column, label)
    for cell, content in RATE.items():
        sheet[cell] = content
    seconds = {0: update_2} if isinstance(update_2, str) else update_2
    for k in range(rows):
        r, p = 7 + k, 6 + k
        second = seconds.get(k, seconds[0])
        updates = [form.format(p=p, k=k + 1) for form in (update_1, second)] if k else [0.3, -0.2]
        forward = [f"=D{r}*A{r}+E{r}*B{r}", f"=0.5*(C{r}-F{r})^2"]
        gradients = [f"=-(C{r}-F{r})*{x}{r}" for x in "AB"]
        for column, content in enumerate([0.6, -0.35, 0.9, *updates, *forward, *gradients], 1):
            sheet.cell(r, column, content)
    workbook.save(path)
    return path


def formulas_of(path: Path, column: str, rows: range) -> list[str | None]:
    cells = read_book(path.read_bytes()).cells
    return [cells["Sheet", f"{column}{row}"].formula for row in rows]


def test_formula_that_drifts_is_not_written_down_a_column(engine: Engine, tmp_path: Path) -> None:
    """A sibling's formula that is right in the first row alone is proposed with the `$` that makes it right in all."""
    path = write_net(tmp_path / "net.xlsx", "=D{p}-$K{k}*H{p}", "=E{p}*1.01-$K$2*H{p}^2+F{p}")
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.verdict is not None
    assert fixed.verdict.status is Status.RIGHT
    assert formulas_of(tmp_path / "mended.xlsx", "E", range(8, 19)) == [f"E{r}-$K$2*I{r}" for r in range(7, 18)]


def test_right_first_rows_are_not_blamed_for_a_column_that_drifts(engine: Engine, tmp_path: Path) -> None:
    """Two updates with the `$` and all others without: the others are wrong, though they are the most."""
    updates = {0: "=E{p}-$K{k}*I{p}", 1: "=E{p}-$K$2*I{p}", 2: "=E{p}-$K$2*I{p}"}
    path = write_net(tmp_path / "net.xlsx", "=D{p}-$K$2*H{p}", updates)
    result = verify(path, engine)
    assert [fault.cells for fault in result.faults] == ["E10:E18"]
    assert {fault.mend for fault in result.faults} == {"=E9-$K$2*I9"}


@pytest.mark.parametrize(
    ("formula", "first", "then"),
    [
        ("A{r}*$D$1", Standing.RIGHT, Standing.RIGHT),
        ("A{r}*$D$2", Standing.WRONG, Standing.WRONG),
        ("A{r}*D{r}", Standing.RIGHT, Standing.WRONG),
        ("A{r}*E{r}", Standing.RIGHT, Standing.ERROR),
        ("A{r}*F{r}", Standing.RIGHT, Standing.RIGHT),
        ("$A$1*$D$1", Standing.RIGHT, Standing.WRONG),
    ],
)
def test_formula_is_judged_in_each_cell(formula: str, first: Standing, then: Standing, engine: Engine) -> None:
    """Three times A in rows 1 to 5, by a constant that is held, drifts, or drifts into a text or the same number."""
    rows = range(1, 6)
    values = {(r, 1): float(r) for r in rows} | {(r, 6): 3.0 for r in rows}
    values |= {(1, 4): 3.0, (2, 4): 2.0, (1, 5): 3.0} | {(r, 5): "text" for r in range(2, 6)}
    formulas = Formulas(Workbook((Sheet("S", False, dict(values)),), ()), engine)
    compiled = formulas.compile(parse(formula.format(r=1), 1, 2, {}), 0)
    own = {(0, r, 1): float(r) for r in rows} | {(0, r, 2): 3.0 * r for r in rows}
    drawn = {(0, r, 1): 0.7 * r**2 for r in rows} | {(0, r, 2): 2.1 * r**2 for r in rows}
    found = standings(
        formulas, {(0, r, 2): compiled for r in rows}, Block(0, rows, frozenset({1, 2})), dict(own), lambda _: [drawn]
    )
    assert list(found.values()) == [first, *[then] * 4]
