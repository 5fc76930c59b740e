"""Sheets of arbitrary formulas that train nothing, running totals and products among them: nothing is blamed."""

import random
from pathlib import Path

import pytest
from openpyxl.utils import get_column_letter

from tests.verifier.test_descent import descent, findings_of, write
from tests.verifier.trainings import Cells

KINDS = ("number", "number", "product", "sum", "total", "share", "choice", "decay")


def table(seed: int, rows: int, columns: int) -> Cells:
    """Columns that read columns left of them, and rows above; a sum below each."""
    generator = random.Random(seed)  # noqa: S311  the same formulas in every run
    cells: Cells = {}
    for number in range(1, columns + 1):
        kind = generator.choice(KINDS) if number > 2 else "number"
        own = get_column_letter(number)
        a, b = (get_column_letter(generator.randint(1, max(number - 1, 1))) for _ in range(2))
        cells[f"{own}1"] = generator.choice(("price", "total", "rate", "w1", "error", "loss", "x", "y"))
        cells[f"{own}{rows + 3}"] = f"=SUM({own}2:{own}{rows + 1})"
        for r in range(2, rows + 2):
            contents: dict[str, float | str] = {
                "number": round(generator.uniform(-2, 9), 2),
                "product": f"={a}{r}*{b}{r}",
                "sum": f"={a}{r}+{b}{r}*0.3",
                "total": f"={own}{r - 1}+{a}{r}*{b}{r}" if r > 2 else 1.0,
                "share": f"={a}{r}/SUM({a}$2:{a}${rows + 1})",
                "choice": f"=IF({a}{r}>2,{a}{r},{b}{r})",
                "decay": f"={own}{r - 1}*0.9+{a}{r - 1}*{b}{r - 1}*$B$2" if r > 2 else 0.5,
            }
            cells[f"{own}{r}"] = contents[kind]
    return cells


@pytest.mark.parametrize("seed", range(12))
def test_formulas_that_train_nothing_are_not_blamed(seed: int, tmp_path: Path) -> None:
    assert findings_of(descent(write(tmp_path / "book.xlsx", {"S": table(seed, 8, 14)}))) == []


def test_choice_that_repeats_a_cell_is_no_update(tmp_path: Path) -> None:
    """Found by the search: where =IF(G4>2,G4,A4) is A4, nothing is added to it, whatever depends on A4."""
    assert findings_of(descent(write(tmp_path / "book.xlsx", {"S": table(118, 23, 18)}))) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_formulas_that_train_nothing_are_not_blamed(seed: int, tmp_path: Path) -> None:
    assert findings_of(descent(write(tmp_path / "book.xlsx", {"S": table(seed, 5 + seed % 20, 8 + seed % 12)}))) == []
