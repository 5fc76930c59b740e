"""A CNN as live sheets: its numbers are PyTorch's, in the workbook as in LibreOffice, after every change."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from torch import Tensor, nn

from sheetgen.layout import LimitError
from sheetgen.tensors.centre_sheet import OFF
from sheetgen.tensors.centring import seen
from sheetgen.tensors.diagram import diagram_of
from sheetgen.tensors.draw_sheet import drawing_of, switch_cell
from sheetgen.tensors.images_sheet import Picture
from sheetgen.tensors.names import AFTER, LAYERS, STEP
from sheetgen.tensors.network import Network, step_of
from sheetgen.tensors.operations import Array, Convolution, Shape
from sheetgen.tensors.step_sheet import LOSS_AFTER, LOSS_BEFORE, RATE, TARGET
from sheetgen.tensors.workbook import formula_count, write_live
from templates import TemplateError
from tests.office import Cells, Office
from tests.sheetgen.test_office import differences
from tests.sheetgen.workbooks import formulas_of, numbers_of
from torch_models.images import CLASSES, images_at_hand
from torch_models.live_sheets.pictures import of_data_set, pictures_for
from torch_models.live_sheets.run import network_of_run, run_called
from torch_models.live_sheets.sequential import network_of
from verifier import verify

SAME = 1e-12  # relative to the largest number of a tensor
RATE_OF_STEP = 0.05
SEED = 2  # of a net most of whose units are on
# Those of Excel 2007 and of every other application.
FUNCTIONS = {
    "ABS", "AND", "AVERAGE", "CHAR", "CHOOSE", "COLUMN", "COUNT", "COUNTIF", "EXP", "IF", "INDEX", "INT", "ISTEXT",
    "LARGE", "LEFT", "LN", "MATCH", "MAX", "MIN", "MOD", "N", "ROUND", "SMALL", "SQRT", "SUM", "SUMPRODUCT", "TEXT",
    "VALUE",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@dataclass(frozen=True)
class Case:
    """A module, and an image that it is to take for a target."""

    module: nn.Sequential
    image: Tensor  # (1, channels, height, width)
    target: int

    @property
    def shape(self) -> Shape:
        _, channels, height, width = self.image.shape
        return channels, height, width

    @property
    def network(self) -> Network:
        return network_of(self.module, self.shape, "net")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small network of all kinds of layers, and an image with some pixels alike, as a drawing has them."""
    torch.manual_seed(draw(st.integers(0, 999)))
    channels, height, width = draw(st.integers(1, 3)), draw(st.integers(6, 9)), draw(st.integers(6, 9))
    image = torch.rand(1, channels, height, width).mul(3).round().div(3)
    layers, outputs = list[nn.Module](), image

    def add(*more: nn.Module) -> None:
        nonlocal outputs
        layers.extend(more)
        outputs = nn.Sequential(*more)(outputs)

    for _ in range(draw(st.integers(1, 2))):
        size = tuple(draw(st.integers(1, min(3, there))) for there in outputs.shape[2:])
        padding = tuple(draw(st.integers(0, one - 1)) for one in size)
        add(nn.Conv2d(outputs.shape[1], draw(st.integers(1, 4)), size, padding=padding, bias=draw(st.booleans())))
        add(*draw(st.sampled_from([(), (nn.ReLU(),)])))
        if min(outputs.shape[2:]) > 3:
            pool = draw(st.sampled_from([nn.MaxPool2d, nn.AvgPool2d, None]))
            add(*(() if pool is None else (pool(draw(st.sampled_from([2, (2, 3)]))),)))
    add(*draw(st.sampled_from([(), (nn.AdaptiveAvgPool2d(1),)])), nn.Dropout(0.5).eval(), nn.Flatten())
    if draw(st.booleans()):
        add(nn.Linear(outputs.shape[1], 4), nn.ReLU())
    classes = draw(st.integers(2, 4))
    add(nn.Linear(outputs.shape[1], classes), *draw(st.sampled_from([(), (nn.LogSoftmax(1),)])))
    return Case(nn.Sequential(*layers), image, draw(st.integers(0, classes - 1)))


def loss_of(case: Case) -> Tensor:
    """What the step makes smaller, of outputs that are logarithms of probabilities or what one takes them of."""
    return -torch.log_softmax(case.module(case.image), dim=1)[0, case.target]


def close(found: Array, expected: Array | Tensor) -> bool:
    """Whether two tensors are the same but for rounding."""
    wanted = np.asarray(expected.detach() if isinstance(expected, Tensor) else expected)
    return bool(np.abs(found.reshape(wanted.shape) - wanted).max() <= SAME * max(1.0, np.abs(wanted).max()))


def learned(module: nn.Sequential) -> list[nn.Module]:
    return [layer for layer in module if isinstance(layer, nn.Conv2d | nn.Linear)]


@settings(max_examples=25)
@given(cases())
def test_outputs_and_gradients_are_those_of_pytorch(case: Case) -> None:
    network, pixels = case.network, case.image[0].numpy()
    case.image.requires_grad_()
    loss = loss_of(case)
    loss.backward()
    activations = network.activations(pixels)
    step = step_of(network, activations, case.target, RATE_OF_STEP)
    assert close(-activations[-1][case.target], loss)
    assert case.image.grad is not None
    assert close(step.deltas[0], case.image.grad[0])
    gradients = [gradient for gradient in step.gradients if gradient is not None]
    for (weights, biases), layer in zip(gradients, learned(case.module), strict=True):
        assert close(weights, layer.weight.grad)
        assert layer.bias is None or close(biases, layer.bias.grad)


def test_a_normalisation_is_folded_into_the_convolution_before_it() -> None:
    torch.manual_seed(4)
    norm = nn.BatchNorm2d(5)
    nn.init.uniform_(norm.weight, -1, 1)
    nn.init.normal_(norm.bias)
    module = nn.Sequential(
        nn.Conv2d(2, 5, 3, bias=False), norm, nn.ReLU(), nn.Conv2d(5, 3, 3), nn.BatchNorm2d(3, affine=False),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Softmax(1),
    )  # fmt: skip
    images = torch.rand(8, 2, 7, 7)
    module(images)  # gives the normalisation its statistics
    module.eval()
    network = network_of(module, (2, 7, 7), "net")
    assert all(isinstance(stage.operation, Convolution) for stage in network.stages[:2])
    assert close(np.exp(network.activations(images[0].numpy())[-1]), module(images[:1])[0])


def written(case: Case, folder: Path) -> Path:
    """The workbook of a case."""
    path = folder / "live.xlsx"
    write_live(case.network, [Picture("drawn", case.target, case.image[0].numpy())], "Drawn.", path)
    return path


def fixed(seed: int) -> Case:
    """A net of all kinds of layers that looks at a small 7."""
    torch.manual_seed(seed)
    module = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 3, (1, 2), padding=(0, 1)),
        nn.ReLU(), nn.AvgPool2d((1, 2)), nn.Flatten(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3), nn.LogSoftmax(1),
    )  # fmt: skip
    image = [[0, 0, 1, 1, 0], [0, 0.5, 1, 1, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0.5, 0], [0, 0, 1, 1, 1]]
    return Case(module.double(), torch.tensor(image).double().reshape(1, 1, 5, 5), 1)


FIXED = fixed(SEED)


@pytest.mark.office
def test_after_a_pixel_the_target_and_the_rate_change_every_number_is_pytorchs(tmp_path: Path, office: Office) -> None:
    """The loss before and after a step of SGD, the activations, every gradient, and every weight after the step."""
    case = Case(copy.deepcopy(FIXED.module), FIXED.image.clone(), 2)
    path = written(FIXED, tmp_path)
    pixel = drawing_of(case.shape).cell((0, 4, 3))
    cells = office.values(path, {switch_cell(case.shape): OFF, pixel: 0.25, TARGET: 2.0, RATE: RATE_OF_STEP})
    case.image[0, 0, 4, 3] = 0.25

    loss = loss_of(case)
    loss.backward()
    assert number(cells, LOSS_BEFORE) == pytest.approx(loss.item(), rel=SAME)
    diagram = diagram_of(case.network)
    convolutions = [w for w in diagram.wirings if w.kernels]
    shown = case.image
    for layer, picture in ((1, 1), (2, 2), (4, 3), (5, 4), (8, 5), (10, 7)):
        assert close(block(cells, LAYERS, diagram.pictures[picture]), case.module[: layer + 1](shown)[0])
    gradients = [(layer.weight.grad, layer.bias.grad) for layer in learned(case.module)]
    torch.optim.SGD(case.module.parameters(), lr=RATE_OF_STEP).step()
    for wiring, layer, (weight, bias) in zip(convolutions, learned(case.module), gradients, strict=True):
        for blocks, gradient, after in ((wiring.kernels, weight, layer.weight), (wiring.biases, bias, layer.bias)):
            assert close(np.stack([block(cells, STEP, one) for one in blocks]), gradient)
            assert close(np.stack([block(cells, AFTER, one) for one in blocks]), after)
    assert number(cells, LOSS_AFTER) == pytest.approx(loss_of(case).item(), rel=SAME)
    assert loss_of(case) < loss


def block(cells: dict[str, Cells], sheet: str, place: object) -> Array:
    """The numbers of a block on a sheet."""
    found = [cells[sheet][row][column] for row, column in map(place.place, place.cells())]  # type: ignore[attr-defined]
    return np.array(found, dtype=float)


def number(cells: dict[str, Cells], name: str) -> float:
    """The number in a cell, `Sheet!$A$1`."""
    sheet, column, row = re.fullmatch(r"(\w+)!\$?([A-Z]+)\$?(\d+)", name).groups()  # type: ignore[union-attr]
    place = 0
    for letter in column:
        place = 26 * place + ord(letter) - ord("A") + 1
    return float(cells[sheet][int(row) - 1][place - 1])


@pytest.mark.office
def test_windows_may_reach_far_beyond_the_image(tmp_path: Path, office: Office) -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 5, padding=4), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 3)).double()
    path = written(Case(module, FIXED.image, 1), tmp_path)
    assert differences(office.values(path), numbers_of(path)) == []


@pytest.mark.office
def test_a_text_in_the_drawing_counts_as_nothing(tmp_path: Path, office: Office) -> None:
    path, pixel = written(FIXED, tmp_path), drawing_of(FIXED.shape).cell((0, 2, 2))
    with_text, with_nothing = (office.values(path, {pixel: typed}) for typed in ("ink", 0.0))
    assert number(with_text, LOSS_AFTER) == number(with_nothing, LOSS_AFTER) != number(office.values(path), LOSS_AFTER)


def test_verify_proves_every_weight_of_the_step(tmp_path: Path) -> None:
    """At random numbers each is moved against the derivative of the loss that stands there; none in a wrong one."""
    path = written(FIXED, tmp_path)
    result = verify(path)
    assert result.status.name == "RIGHT"
    book = formulas_of(path)
    kernel = next(w.kernels[1] for w in diagram_of(FIXED.network).wirings if w.kernels).on("").cell((0, 1, 1))
    book[STEP][kernel].value = f"{book[STEP][kernel].value}*2"
    book.save(tmp_path / "wrong.xlsx")
    assert verify(tmp_path / "wrong.xlsx").status.name == "FAULTS"


@pytest.fixture(scope="module")
def tiny() -> Network:
    return network_of_run(run_called("tiny"))


@pytest.fixture(scope="module")
def workbook(tiny: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of the recorded run, with the digits."""
    folder = tmp_path_factory.mktemp("live")
    write_live(tiny, pictures_for(tiny, of_data_set(images_at_hand(folder))), "Digits.", folder / "tiny.xlsx")
    return folder / "tiny.xlsx"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameters"), [("tiny", 4_012), ("compact", 7_596)])
def test_verify_proves_all_weights_of_a_recorded_network(name: str, parameters: int, tmp_path: Path) -> None:
    """Thousands of updates in some ten thousand formulas, those of units that are off among them."""
    network = network_of_run(run_called(name))
    pictures = pictures_for(network, of_data_set(images_at_hand(tmp_path)))
    write_live(network, pictures, "Digits.", tmp_path / "live.xlsx")
    result = verify(tmp_path / "live.xlsx")
    (table,) = result.tables
    assert table.training is not None
    assert (result.status.name, result.unchecked, result.notes) == ("RIGHT", (), ())
    assert (table.training.steps, table.training.proven, table.training.every) == (1, parameters, parameters)


@pytest.mark.office
def test_a_hard_recalculation_gives_every_cached_number(workbook: Path, office: Office) -> None:
    assert differences(office.values(workbook), numbers_of(workbook)) == []


def test_it_is_small_and_uses_no_function_that_excel_2007_does_not_know(tiny: Network, workbook: Path) -> None:
    assert workbook.stat().st_size < 1_000_000
    formulas = [
        str(cell.value)
        for sheet in formulas_of(workbook)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert len(formulas) == pytest.approx(formula_count(tiny), rel=0.03)
    assert {name for formula in formulas for name in re.findall(r"([A-Z][A-Z0-9.]*)\(", formula)} <= FUNCTIONS


def test_the_pictures_are_right_and_wrong_ones_and_the_first_leaves_a_doubt(tiny: Network) -> None:
    first, *others = pictures_for(tiny, of_data_set(images_at_hand(Path("nowhere"))))
    assert 0.5 < np.exp(tiny.activations(seen(first.pixels))[-1].max()) < 0.9
    answers = [int(tiny.activations(seen(one.pixels))[-1].argmax()) for one in others]
    right = [one.label for one, answer in zip(others, answers, strict=True) if one.label == answer]
    assert right == list(range(CLASSES))
    assert len(others) > CLASSES


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([nn.Tanh()], "net, layer 0: nn.Tanh has no counterpart; nn.Conv2d,"),
        ([nn.ReLU()], "net: gives 1×8×8 numbers, expected one for each class"),
        ([nn.Linear(8, 2)], "net, layer 0: nn.Linear has no counterpart without an nn.Flatten before it"),
        ([nn.Flatten(), nn.MaxPool2d(2)], "net, layer 1: nn.MaxPool2d has no counterpart after an nn.Flatten"),
        ([nn.Conv2d(1, 2, 3, stride=2)], "nn.Conv2d(stride=(2, 2)) has no counterpart; stride=(1, 1) has"),
        ([nn.Conv2d(1, 2, 3, padding=3)], "nn.Conv2d(padding=(3, 3)) has no counterpart; less than"),
        ([nn.Conv2d(1, 2, 2, padding="same")], "padding='same'"),
        ([nn.Conv2d(2, 2, 3)], "layer 0: nn.Conv2d reads 2 channels, got 1×8×8 numbers"),
        ([nn.Conv2d(1, 2, 9)], "layer 0: nn.Conv2d has no room in 1×8×8 numbers"),
        ([nn.MaxPool2d(3, stride=2)], "nn.MaxPool2d(stride=2) has no counterpart; stride=(3, 3) has"),
        ([nn.Flatten(), nn.Linear(63, 2)], "layer 1: nn.Linear reads 63 numbers, got 1×8×8"),
        ([nn.BatchNorm2d(2)], "layer 0: nn.BatchNorm2d reads 2 channels, got 1"),
        ([nn.Flatten(2)], "layer 0: nn.Flatten(start_dim=2) has no counterpart; start_dim=1 has"),
        ([nn.Sequential(nn.ReLU6())], "layer 0.0: nn.ReLU6 has no counterpart"),
        ([nn.Flatten(), nn.Softmax(1), nn.Linear(64, 2)], "layer 2: nn.Linear follows a softmax"),
        ([nn.Conv2d(1, 2, 3)], "net: gives 2×6×6 numbers, expected one for each class"),
    ],
)
def test_what_has_no_counterpart_is_refused_by_its_name(layers: list[nn.Module], said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        network_of(nn.Sequential(*layers), (1, 8, 8), "net")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_that_is_too_large_is_refused_with_the_cells_that_it_would_need(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    with pytest.raises(LimitError, match=r"net would need 3\d\d,\d\d\d formulas for 101,770 parameters"):
        write_live(network_of(module, (1, 28, 28), "net"), [], "", tmp_path / "live.xlsx")
    assert list(tmp_path.iterdir()) == []
