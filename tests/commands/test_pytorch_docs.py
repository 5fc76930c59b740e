"""What docs/pytorch.md shows is what the commands print, and its table what the code takes."""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest

pytest.importorskip("torch")

from backprop.chosen_template import chosen_template
from docs import torch_net
from sheetgen import generate
from templates import load_template
from tests.commands.pages import ROOT, check_session, page, session
from torch_models.conversion import layers, losses, optimizers
from torch_models.conversion.refusals import name_of

PAGE, NET = page("pytorch.md"), page("torch_net.py")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a Unix shell")
@pytest.mark.slow
def test_the_page_shows_what_its_commands_print(tmp_path: Path) -> None:
    """But for the progress on a machine that takes its time."""
    shutil.copy(ROOT / "docs" / "torch_net.py", tmp_path)
    shown = session(PAGE)
    assert len(shown) > 8
    quiet = [(f"{command} 2>/dev/null" if "--iterations" in command else command, said) for command, said in shown]
    check_session(quiet, tmp_path)


def test_the_page_shows_the_file_of_its_example() -> None:
    assert NET.endswith(f'"""\n\n{PYTHON[0]}')


def test_the_tab_has_the_losses_that_the_script_prints(tmp_path: Path) -> None:
    printed = re.findall(r"^step +(\d+): (\S+)$", PAGE, re.MULTILINE)
    assert len(printed) == 5
    generate(chosen_template("", f"{ROOT / 'docs' / 'torch_net.py'}:model"), tmp_path / "net.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "net.xlsx", data_only=True)["eta 0.1"]
    *_, label = (cell for row in sheet.iter_rows() for cell in row if cell.value == "E_total")  # that of the table
    for step, loss in printed:
        assert f"{sheet.cell(label.row + 1 + 4 * int(step), label.column).value:.9f}" == loss


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(ROOT / "docs")
    exec(PYTHON[1], {})  # noqa: S102
    assert "eta 0.1" in openpyxl.load_workbook("batches.xlsx", read_only=True).sheetnames
    assert load_template("mine.toml").start["w3"] == torch_net.model[0].weight[1, 0].item()


def correspondences() -> Iterator[tuple[object, Sequence[str]]]:
    """Each class of PyTorch that has a counterpart, and what that is called in a template."""
    for kind, layer in layers.LAYERS.items():
        yield kind, [layer.kind.value]
    for kind, (unit, _) in layers.UNITS.items():
        yield kind, [unit.value]
    for kind, loss in losses.LOSSES.items():
        yield kind, [loss.loss.value]
    usual = {"momentum": 0, "nesterov": False, "betas": (0, 0), "eps": 1, "weight_decay": 0, "alpha": 0}
    for kind, optimizer in optimizers.OPTIMIZERS.items():
        groups = [usual, {**usual, "momentum": 0.5}, {**usual, "momentum": 0.5, "nesterov": True}]
        yield kind, [*dict.fromkeys(str(optimizer.fields(group)["kind"]) for group in groups)]


def test_the_table_has_every_class_that_has_a_counterpart_and_no_other() -> None:
    table = PAGE.partition("| PyTorch |")[2].partition("\n\n")[0]
    said = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", table, re.MULTILINE))
    nothing = {name_of(kind): "nothing" for kind in layers._NOTHING}
    assert said == {name_of(kind): ", ".join(names) for kind, names in correspondences()} | nothing


def test_the_page_shows_pictures_that_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE)
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / "docs" / picture).read_bytes().startswith(b"\x89PNG"), picture
