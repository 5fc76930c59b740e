"""`backprop live` puts its sheets into somebody's workbook, of a run or of a file's module, or says why not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file
from torch import nn

from sheetgen.tensors.draw_sheet import FIRST_ROW, drawing_of
from tests.commands.command import Outcome, complaint, in_process
from tests.commands.training import small_workbook
from tests.office import Office
from tests.sheetgen.insertion_targets import stuffed
from tests.sheetgen.packages import loaded, sheet_names, sound, unchanged
from tests.sheetgen.test_office import differences
from tests.sheetgen.workbooks import numbers_of, parts
from tests.torch_models.run_records import trained
from torch_models.recorded import recorded_folders
from torch_models.run_sheet import add_run
from verifier import verify

SHEETS = ["Draw", "Layers", "Follow", "Step", "After", "Centre", "Images"]
GRAY = """\
import torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))
images, labels = torch.rand(5, 6, 6), [0, 1, 2, 0, 1]
"""
COLOUR = """\
import torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(24, 4))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a workbook that somebody works in, and two files with small modules."""
    small_workbook(tmp_path / "book.xlsx")
    (tmp_path / "gray.py").write_text(GRAY)
    (tmp_path / "colour.py").write_text(COLOUR)
    return tmp_path


def said_of(outcome: Outcome) -> str:
    assert (outcome.status, outcome.errors) == (0, "")
    return outcome.output


def test_the_sheets_come_into_a_workbook_that_is_there_and_all_else_stays(folder: Path) -> None:
    path = folder / "book.xlsx"
    before, names = parts(path), sheet_names(path)
    said = said_of(in_process(folder, "live", "gray.py:net", "-o", "book.xlsx"))
    assert said.startswith(f"Added {', '.join(SHEETS)} to book.xlsx: net, 47 parameters, in about ")
    assert sheet_names(path) == [*names, *SHEETS]
    unchanged(before, path)
    sound(path)
    assert verify(path).status.name == "RIGHT"


@pytest.mark.office
def test_the_exercise_a_training_log_and_a_network_are_one_workbook(folder: Path, office: Office) -> None:
    """LibreOffice opens it and gives every cached number, and verify finds all of it right."""
    path = folder / "book.xlsx"
    add_run(path, trained("a run", 3))
    said_of(in_process(folder, "live", "gray.py:net", "-o", "book.xlsx"))
    assert sheet_names(path)[-len(SHEETS) - 1 :] == ["MNIST", *SHEETS]
    assert differences(office.values(path), numbers_of(path)) == []
    assert verify(path).status.name == "RIGHT"


def test_a_dense_network_comes_in_as_matrices_beside_its_pictures(folder: Path) -> None:
    """They are two views of one network, so neither takes the other's place."""
    (folder / "dense.py").write_text(
        "from torch import nn\nnet, shape = nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.LogSoftmax(1)), (1, 2, 2)\n"
    )
    path = folder / "book.xlsx"
    before, names = parts(path), sheet_names(path)
    said_of(in_process(folder, "live", "dense.py:net", "-o", "book.xlsx"))
    said = said_of(in_process(folder, "live", "dense.py:net", "-o", "book.xlsx", "--layout", "matrices"))
    assert said.startswith("Added Matrices to book.xlsx: net, 10 parameters, in about ")
    assert sheet_names(path) == [*names, *SHEETS, "Matrices"]
    unchanged(before, path)
    sound(path)
    again = complaint(in_process(folder, "live", "dense.py:net", "-o", "book.xlsx", "--layout", "matrices"))
    assert again.startswith("Error: book.xlsx already has the sheets of this network (Matrices): --force")
    assert "needs --layout pictures" in complaint(
        in_process(folder, "live", "dense.py:net", "--layout", "matrices", "--without-step")
    )


def test_the_same_network_is_replaced_with_force_only_and_another_gets_names_of_its_own(folder: Path) -> None:
    said_of(in_process(folder, "live", "gray.py:net", "--workbook", "new.xlsx"))
    (folder / "other.py").write_text(GRAY.replace("seed(1)", "seed(2)"))
    written = (folder / "new.xlsx").read_bytes()
    assert complaint(in_process(folder, "live", "gray.py:net", "-o", "new.xlsx")) == (
        f"Error: new.xlsx already has the sheets of this network ({', '.join(SHEETS)}): --force replaces them,"
        " and what was drawn or changed on them is lost; -o gives another workbook"
    )
    assert (folder / "new.xlsx").read_bytes() == written
    said_of(in_process(folder, "live", "gray.py:net", "-o", "new.xlsx", "--force"))
    assert sheet_names(folder / "new.xlsx") == SHEETS
    said = said_of(in_process(folder, "live", "gray.py:net", "-o", "new.xlsx", "--force", "--without-step"))
    assert said.startswith(f"Added {', '.join(SHEETS)} to")  # a step is there, and must fit its network
    said_of(in_process(folder, "live", "other.py:net", "-o", "new.xlsx"))
    assert sheet_names(folder / "new.xlsx") == [*SHEETS, *(f"{name} 2" for name in SHEETS)]
    sound(folder / "new.xlsx")


def test_a_workbook_with_macros_keeps_them(folder: Path) -> None:
    path = stuffed(folder / "book.xlsm")
    macros = parts(path)["xl/vbaProject.bin"]
    said_of(in_process(folder, "live", "gray.py:net", "-o", "book.xlsm", "--without-step"))
    assert parts(path)["xl/vbaProject.bin"] == macros
    assert sheet_names(path) == ["Data", "Draw", "Layers", "Follow", "Centre", "Images"]
    links = [cell.hyperlink.location for row in loaded(path)["Draw"].iter_rows() for cell in row if cell.hyperlink]
    assert links == ["Layers!A1", "Follow!A1", "Centre!A1", "Images!A1"]


@pytest.mark.office
def test_two_networks_in_one_workbook_are_recalculated_each_by_its_own_sheets(folder: Path, office: Office) -> None:
    """LibreOffice gives every cached number, the exercise's too, and a pixel changes its own network alone."""
    path = folder / "book.xlsx"
    (folder / "other.py").write_text(GRAY.replace("seed(1)", "seed(2)"))
    for file in ("gray", "other"):
        said_of(in_process(folder, "live", f"{file}.py:net", "-o", "book.xlsx"))
    as_written = office.values(path)
    assert differences(as_written, numbers_of(path)) == []
    pixel = drawing_of((1, 6, 6)).cell((0, 0, 0)).replace("Draw!", "Draw 2!")
    changed = {name for name, cells in office.values(path, {pixel: 0.875}).items() if cells != as_written[name]}
    assert changed == {"Draw 2", "Layers 2", "Step 2", "After 2", "Centre 2"}


def locked(book: Path) -> None:
    book.with_name(f"~${book.name}").touch()


def locked_by_libreoffice(book: Path) -> None:
    book.with_name(f".~lock.{book.name}#").touch()


SPOILED: list[tuple[Callable[[Path], object], str]] = [
    (locked, "it is open in Excel: close it there"),
    (locked_by_libreoffice, "it is open in LibreOffice: close it there"),
    (lambda book: book.chmod(0o444), "it is read-only"),
    (lambda book: book.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)), "encrypted with a password"),
    (lambda book: book.write_text("my notes"), "not a workbook"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILED)
def test_a_workbook_that_takes_no_sheets_is_refused_as_train_does(
    folder: Path, spoil: Callable[[Path], object], words: str
) -> None:
    path = folder / "book.xlsx"
    spoil(path)
    before = path.read_bytes()
    assert complaint(in_process(folder, "live", "gray.py:net", "-o", "book.xlsx")).startswith(
        f"Error: book.xlsx: {words}"
    )
    assert path.read_bytes() == before


def test_weights_from_a_file_are_those_that_the_sheets_show(folder: Path) -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))
    save_file(net.state_dict(), folder / "net.safetensors")
    said_of(in_process(folder, "live", "gray.py:net", "--weights", "net.safetensors", "-o", "new.xlsx"))
    shown = {cell.value for row in loaded(folder / "new.xlsx")["Layers"].iter_rows() for cell in row}
    for weight in net.state_dict().values():
        assert {float(f"{number:.16G}") for number in weight.double().ravel().tolist()} <= shown


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"0.weight": torch.zeros(2, 1, 5, 5)}, "0.weight has the shape 2×1×5×5, expected 2×1×3×3"),
        ({"conv.weight": torch.zeros(1)}, "0.weight is missing, expected 2×1×3×3; there is conv.weight"),
        (
            {
                "0.weight": torch.zeros(2, 1, 3, 3), "0.bias": torch.zeros(2), "4.weight": torch.zeros(3, 8),
                "4.bias": torch.zeros(3), "5.bias": torch.zeros(3),
            },
            "5.bias is none of its parameters",
        ),
    ],
)  # fmt: skip
def test_other_weights_are_told_by_key_and_shape(folder: Path, weights: dict[str, torch.Tensor], said: str) -> None:
    save_file(weights, folder / "net.safetensors")
    outcome = in_process(folder, "live", "gray.py:net", "--weights", "net.safetensors")
    assert complaint(outcome) == f"Error: net.safetensors are not the weights of net: {said}"
    assert not list(folder.glob("*-live.xlsx"))


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("", "net, layer 0: nn.Conv2d reads 3 channels, got 1×28×28 numbers; give images and labels, or shape, as "
             "(channels, height, width), where they are not 1×28×28"),
        ("shape = (3, 5, 5)", "net, layer 4: nn.Linear reads 24 numbers, got 2×3×3"),
        ("images = torch.rand(4, 3, 5, 5)", "net, layer 4: nn.Linear reads 24 numbers, got 2×3×3"),
        ("shape = (3, 6)", "shape must be (channels, height, width), with 1 or 3 channels, got (3, 6)"),
        ("shape = (2, 5, 6)", "shape must be (channels, height, width), with 1 or 3 channels, got (2, 5, 6)"),
        ("images, shape = torch.rand(4, 3, 5, 6), (3, 6, 5)", "shape is 3×6×5, but the images are 3×5×6"),
        ("images = torch.rand(4, 5, 6, 3)", "images have the shape 4×5×6×3, expected n×channels×height×width with 1 or "
                                            "3 channels, or n×height×width"),
        ("images = torch.randn(4, 3, 5, 6)", "expected 0 to 1 or 0 to 255: leave out what normalises them"),
        ("images = [open]", "images must be a tensor or an array of numbers, got list"),
        ("images, labels = torch.rand(4, 3, 5, 6), [0, 1]", "labels have the shape 2, expected 4, one for each image"),
        ("images, labels = torch.rand(2, 3, 5, 6), [0, 4]", "labels go up to 4, expected at most 3: net has 4 outputs"),
        ("images, labels = torch.rand(2, 3, 5, 6), [0, -1]", "labels must be whole numbers from 0"),
        ("shape, mean = (3, 5, 6), (0.5, 0.5)", "mean and deviation must be numbers, the deviation above 0"),
        ("shape, deviation = (3, 5, 6), 'wide'", "mean and deviation must be numbers, the deviation above 0"),
        ("shape = (3, 5, 6); net[0].weight.data[0] = float('nan')", "net: has weights that are not finite"),
    ],
)  # fmt: skip
def test_images_that_do_not_fit_are_told_in_one_line(folder: Path, added: str, said: str) -> None:
    (folder / "colour.py").write_text(COLOUR + added)
    assert said in complaint(in_process(folder, "live", "colour.py:net"))
    assert not list(folder.glob("*-live.xlsx"))


def test_weights_of_a_run_are_its_own(folder: Path) -> None:
    assert "--weights needs FILE.py:NAME" in complaint(in_process(folder, "live", "tiny", "--weights", "x"))


@pytest.mark.office
def test_bytes_of_three_channels_are_drawn_on_three_papers(folder: Path, office: Office) -> None:
    """A file's images from 0 to 255, normalised by a mean and a deviation for each channel as PyTorch has it."""
    (folder / "colour.py").write_text(
        COLOUR + "images = torch.arange(90).reshape(1, 3, 5, 6)\nmean, deviation = (0.1, 0.2, 0.3), (0.5, 0.25, 1)\n"
    )
    said_of(in_process(folder, "live", "colour.py:net", "-o", "new.xlsx"))
    cells = office.values(folder / "new.xlsx")
    paper = drawing_of((3, 5, 6))
    drawn = [cells["Draw"][row][column] for row, column in map(paper.place, paper.cells())]
    assert drawn == pytest.approx([k / 255 for k in range(90)])
    names: dict[str, nn.Module] = {}
    exec(COLOUR, names)  # noqa: S102  the same module
    pixels = torch.arange(90).reshape(1, 3, 5, 6) / 255
    normalised = (pixels - torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1)) / torch.tensor([0.5, 0.25, 1]).reshape(
        3, 1, 1
    )
    with torch.no_grad():
        answer = int(names["net"].eval()(normalised).argmax())
    assert cells["Draw"][FIRST_ROW][31:].count(answer) == 1


def test_a_run_without_weights_leaves_the_workbook_as_it_was(folder: Path) -> None:
    (folder / "run").mkdir()
    shutil.copy(recorded_folders("tiny")[0] / "record.jsonl", folder / "run")
    before = (folder / "book.xlsx").read_bytes()
    assert "run has no weights" in complaint(in_process(folder, "live", "run", "-o", "book.xlsx"))
    assert (folder / "book.xlsx").read_bytes() == before
