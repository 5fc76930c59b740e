"""A mend is right in every cell that gets it, not in the first one alone; and what is right is left as it is."""

from pathlib import Path

import pytest

from tests.verifier.book import read_book
from tests.verifier.linear_net import write_net
from verifier import Engine, Status, verify
from verifier.computing.recompute import Formulas
from verifier.fixing import write_fixed
from verifier.judging.standing import Block, Standing, standings
from verifier.reading.parsing import parse
from verifier.reading.sheets import Sheet, Workbook


def formulas_of(path: Path, column: str, rows: range) -> list[str | None]:
    cells = read_book(path.read_bytes()).cells
    return [cells["Sheet", f"{column}{row}"].formula for row in rows]


def test_formula_that_drifts_is_not_written_down_a_column(engine: Engine, tmp_path: Path) -> None:
    """A sibling's formula that is right in the first row alone is proposed with the `$` that makes it right in all."""
    path = write_net(tmp_path / "net.xlsx", {"w1": "=D{p}-$K{k}*H{p}", "w2": "=E{p}*1.01-$K$2*H{p}^2+F{p}"})
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.verdict is not None
    assert fixed.verdict.status is Status.RIGHT
    assert formulas_of(tmp_path / "mended.xlsx", "E", range(8, 19)) == [f"E{r}-$K$2*I{r}" for r in range(7, 18)]


def test_right_first_rows_are_not_blamed_for_a_column_that_drifts(engine: Engine, tmp_path: Path) -> None:
    """Two updates with the `$` and all others without: the others are wrong, though they are the most."""
    updates = {0: "=E{p}-$K{k}*I{p}", 1: "=E{p}-$K$2*I{p}", 2: "=E{p}-$K$2*I{p}"}
    path = write_net(tmp_path / "net.xlsx", {"w2": updates})
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
