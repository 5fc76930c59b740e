"""A mended copy is never worse than the workbook, and what it leaves wrong is named."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier.book import read_book
from tests.verifier.linear_net import FIRST, RATE, ROWS, write_net
from verifier import Engine, Finding, Kind, WorkbookResult, verify
from verifier.computing.recompute import Formulas, recompute
from verifier.findings import Repair
from verifier.fixing import FixError, write_fixed
from verifier.reading.workbook import read_workbook
from verifier.values import ExcelError

SWAPPED = {"∂E/∂w2": "=-(C{r}-F{r})*A{r}"}  # the gradient with the other input
FACTORS = st.sampled_from(["$K$2", "$K{k}", "K{r}", "K{p}", "$L$2", "D{p}", "0.4", "$K$4"])


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ({(8, 5): "=E7-$K$4*I7"}, "it would have 65 cells with errors, and the workbook has 0"),
        ({(8, 5): "=E7-$K$3*I7", (9, 4): "=D8+$K$2*H8"}, "it would have 2 faults, and the workbook has 1"),
    ],
    ids=["errors", "faults"],
)
def test_copy_that_would_be_worse_is_not_written(
    contents: dict[tuple[int, int], str], reason: str, engine: Engine, tmp_path: Path
) -> None:
    """A right workbook, of which a verification is made to say what is wrong; with a text, all that reads it fails."""
    path = write_net(tmp_path / "net.xlsx")
    repairs = tuple(Repair(0, *place, content) for place, content in contents.items())
    claimed = WorkbookResult(path, 0.0, findings=(Finding(Kind.WRONG_UPDATE, "Sheet", "E8", 1, "", repairs=repairs),))
    with pytest.raises(FixError, match=reason):
        write_fixed(path, claimed, tmp_path / "copy.xlsx", engine)
    assert [file.name for file in tmp_path.iterdir()] == ["net.xlsx"]


@given(factors=st.tuples(FACTORS, FACTORS, FACTORS), breaks=st.tuples(*[st.integers(2, ROWS - 1)] * 2))
@settings(max_examples=12)
def test_updates_that_drift_in_any_way_are_mended_without_harm(
    engine: Engine, factors: tuple[str, str, str], breaks: tuple[int, int]
) -> None:
    """Three factors for the learning rate in one column: the wrong ones are mended, and no cell becomes an error."""
    form = "=E{{p}}-{}*I{{p}}".format
    updates = {k: form(factors[sum(k >= place for place in breaks)]) for k in range(ROWS)}
    with TemporaryDirectory() as folder:
        path = write_net(Path(folder, "net.xlsx"), {"w2": updates})
        result = verify(path, engine)
        if not any(fault.repairs for fault in result.faults):
            return
        copy = Path(folder, "copy.xlsx")
        try:
            verdict = write_fixed(path, result, copy, engine).verdict
        except FixError:
            return
        assert verdict is not None
        assert len(verdict.faults) < len(result.faults)
        assert errors_in(copy, engine) <= errors_in(path, engine)


def errors_in(path: Path, engine: Engine) -> int:
    formulas = Formulas(read_workbook(path), engine)
    values = formulas.constants()
    recompute(formulas, iter(formulas), values)
    return sum(isinstance(value, ExcelError) for value in values.values())


def losses_of(path: Path, engine: Engine) -> list[float]:
    """The losses of the table, as the workbook itself computes them."""
    formulas = Formulas(read_workbook(path), engine)
    values = formulas.constants()
    recompute(formulas, iter(formulas), values)
    return [float(str(values[0, FIRST + k, 7])) for k in range(ROWS)]


def test_pasted_losses_of_the_wrong_formulas_are_named(engine: Engine, tmp_path: Path) -> None:
    """They stay as they are; a curve that is no result of the table, and has no heading, is nobody's business."""
    losses = losses_of(write_net(tmp_path / "plain.xlsx", SWAPPED), engine)
    pasted = {f"M{FIRST + k}": loss for k, loss in enumerate(losses)}
    others = {f"O{FIRST + k}": 1 / (k + 3) for k in range(ROWS)}
    run = {"Q6": "η = 0.1"} | {f"Q{FIRST + k}": 1 / (k + 2) for k in range(ROWS)}
    path = write_net(tmp_path / "net.xlsx", SWAPPED, beside={**RATE, "M6": "loss", **pasted, **others, **run})
    copy = tmp_path / "copy.xlsx"
    fixed = write_fixed(path, verify(path, engine), copy, engine)
    assert list(fixed.named()) == [
        ("Sheet", "M7:M18", "pasted numbers that G7:G18 gave before it was mended: paste them again"),
        ("Sheet", "Q7:Q18", "pasted numbers of another run ('η = 0.1'), which were not checked: calculate them again"),
    ]
    cells = read_book(copy.read_bytes()).cells
    assert [cells["Sheet", f"M{FIRST + k}"].value for k in range(ROWS)] == pytest.approx(losses, rel=1e-14)
