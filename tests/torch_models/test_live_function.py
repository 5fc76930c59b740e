"""`torch_models.live_sheets`: what `backprop live` does, in Python; and its example in the documentation."""

import contextlib
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn

import torch_models
from sheetgen.insertion import InsertionError
from sheetgen.layout import LimitError
from sheetgen.tensors.images_sheet import EMPTY
from templates import TemplateError
from tests.commands.pages import page
from tests.sheetgen.packages import loaded, sheet_names
from tests.sheetgen.workbooks import parts
from verifier import verify


def net(channels: int = 1) -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(channels, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))


def answers(path: Path) -> tuple[list[object], list[object]]:
    """What the list of the images says of them, and the label of each."""
    book = loaded(path)
    source = book.defined_names["Pictures"].value.replace("$", "")
    sheet, cells = source.split("!")
    listed = [row[0] for row in book[sheet][cells]]
    return [cell.value for cell in listed], [cell.offset(column=1).value for cell in listed]


@pytest.mark.parametrize("scale", [1, 255])
def test_images_may_be_from_0_to_1_or_to_255_with_one_channel_or_without(tmp_path: Path, scale: int) -> None:
    pixels = np.round(np.random.default_rng(0).uniform(size=(4, 6, 6)) * 255) / 255
    for name, images in (("a", pixels * scale), ("b", torch.from_numpy(pixels * scale)[:, None])):
        torch_models.live(net(), workbook=tmp_path / f"{name}.xlsx", images=images, labels=[2, 1, 0, 2])
    torch_models.live(net(), workbook=tmp_path / "c.xlsx", images=pixels, labels=torch.tensor([2, 1, 0, 2]))
    a, b, c = (parts(tmp_path / f"{name}.xlsx") for name in "abc")
    assert a == b == c


def test_without_labels_the_answers_of_the_module_are_taken_for_right(tmp_path: Path) -> None:
    images = torch.rand(9, 1, 6, 6)
    torch_models.live(net(), workbook=tmp_path / "new.xlsx", images=images)
    with torch.no_grad():
        expected = net()(images).argmax(dim=1).tolist()
    said, labels = answers(tmp_path / "new.xlsx")
    assert said[-1] == f"{len(said):02}: {EMPTY}"
    for text, label in zip(said[:-1], labels, strict=False):
        found = re.fullmatch(r"\d\d: class (\d) \(image (\d)\)", str(text))
        assert found is not None
        assert int(found[1]) == label == expected[int(found[2])]


def test_the_sheets_come_into_a_workbook_and_are_replaced_by_those_of_the_same_name(tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    wanted = ["Draw", "Layers", "Follow", "Step", "After", "Centre", "Images"]
    assert torch_models.live(net(), workbook=path, shape=(1, 6, 6)) == wanted
    assert torch_models.live(net(), workbook=path, shape=(1, 6, 6)) == wanted
    other = torch_models.live(net(3), workbook=path, shape=(3, 6, 6), name="colours", with_step=False)
    assert other == ["Draw 2", "Layers 2", "Follow 2", "Images 2"]
    assert sheet_names(path) == [*wanted, *other]


def test_what_is_wrong_is_raised_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    with pytest.raises(TemplateError, match=r"nn\.Tanh has no counterpart"):
        torch_models.live(nn.Sequential(nn.Tanh()), workbook=path)
    with pytest.raises(TemplateError, match="give images and labels, or shape"):
        torch_models.live(net(), workbook=path)
    with pytest.raises(LimitError, match="would need"):
        torch_models.live(nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.Linear(128, 10)), workbook=path)
    assert list(tmp_path.iterdir()) == []
    path.write_text("my notes")
    with pytest.raises(InsertionError, match="not a workbook"):
        torch_models.live(net(), workbook=path, shape=(1, 6, 6))
    assert path.read_text() == "my notes"


def test_the_room_of_live_sheets_does_not_hide_the_function() -> None:
    import torch_models.live_sheets.subject

    assert callable(torch_models.live)


def test_the_example_of_the_page_runs_and_its_step_is_proven(tmp_path: Path) -> None:
    (example,) = re.findall(r"## In Python\n\n```python\n(.*?)```", page("live.md"), re.DOTALL)
    with contextlib.chdir(tmp_path):
        exec(example, {})  # noqa: S102  of our own documentation
    (workbook,) = tmp_path.iterdir()
    assert sheet_names(workbook) == ["Draw", "Layers", "Follow", "Step", "After", "Images"]
    assert verify(workbook).status.name == "RIGHT"
