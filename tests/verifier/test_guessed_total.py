"""A heading that may mean something else than the loss blames nobody: `C`, `Error`."""

from pathlib import Path

import pytest

from tests.verifier.linear_net import RATE, write_net
from verifier import Engine, Status, verify


@pytest.mark.parametrize("formula", ["=D{r}*2", "3", "=SUM(A{r}:B{r})"])
def test_column_headed_by_a_letter_is_a_helper_where_it_is_no_loss(
    formula: str, engine: Engine, tmp_path: Path
) -> None:
    result = verify(write_net(tmp_path / "net.xlsx", {"E_total": formula}, {"E_total": "C"}), engine)
    assert (result.status, result.findings, result.unchecked) == (Status.RIGHT, (), ())


@pytest.mark.parametrize("formula", ["=C{r}-F{r}", "=(C{r}-F{r})^2"])
def test_error_that_is_not_the_loss_is_said_and_not_blamed(formula: str, engine: Engine, tmp_path: Path) -> None:
    """Nothing tells whether a signed or a whole squared error was meant: the gradients are those of half a square."""
    result = verify(write_net(tmp_path / "net.xlsx", {"E_total": formula}, {"E_total": "Error"}), engine)
    assert result.findings == ()
    (doubt,) = result.unchecked
    assert (doubt.cells, doubt.reason[:25]) == ("G7:G18", "it is headed 'Error', but")


@pytest.mark.parametrize("heading", ["C", "Error", "E_total"])
def test_gradient_that_is_not_the_losss_is_wrong_whatever_the_loss_is_called(
    heading: str, engine: Engine, tmp_path: Path
) -> None:
    path = write_net(tmp_path / "net.xlsx", {"∂E/∂w2": "=-(C{r}-F{r})*A{r}"}, {"E_total": heading})
    (fault,) = verify(path, engine).faults
    assert (fault.label, fault.cells) == ("∂E_t/∂w2", "I7:I18")


def test_loss_that_says_so_is_checked(engine: Engine, tmp_path: Path) -> None:
    """Under `Loss` the gradients have to be its derivatives."""
    result = verify(write_net(tmp_path / "net.xlsx", {"E_total": "=(C{r}+F{r})^2"}, {"E_total": "Loss"}), engine)
    assert result.status is Status.FAULTS


@pytest.mark.parametrize("heading", ["η = 0.1", "lr = 0.9", "LR1"])
def test_heading_over_pasted_numbers_says_nothing_of_the_tables_learning_rate(
    heading: str, engine: Engine, tmp_path: Path
) -> None:
    """It tells of a curve of another training that was pasted beside the table."""
    curve = {"J6": heading} | {f"J{7 + k}": 0.5 / (k + 1) for k in range(12)}
    result = verify(write_net(tmp_path / "net.xlsx", beside={**RATE, **curve}), engine)
    assert (result.status, result.findings) == (Status.RIGHT, ())


def test_number_of_a_tab_is_no_learning_rate(engine: Engine, tmp_path: Path) -> None:
    result = verify(write_net(tmp_path / "net.xlsx", title="LR1"), engine)
    assert (result.status, result.findings) == (Status.RIGHT, ())
