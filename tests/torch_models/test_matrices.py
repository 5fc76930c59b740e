"""Matrices at right angles: their numbers are PyTorch's, after every change, and verify proves their updates."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import coordinate_to_tuple

torch = pytest.importorskip("torch")

from torch import Tensor, nn

from sheetgen.layout import LimitError
from sheetgen.matrices.forward import Forward
from sheetgen.matrices.matrix import Matrix
from sheetgen.matrices.net import Net
from sheetgen.matrices.passes import RATE, Passes, passes_of
from sheetgen.matrices.sheet import LOSS_AFTER, LOSS_BEFORE, NAME
from sheetgen.matrices.workbook import write_matrices
from sheetgen.tensors.operations import Array
from templates import TemplateError
from tests.office import Cells, Office
from tests.sheetgen.test_office import differences
from tests.sheetgen.workbooks import formulas_of, numbers_of
from torch_models.live_sheets.dense import dense_net_of
from verifier import verify

SAME = 1e-12  # relative to the largest number of a tensor
# Those of Excel 2007 and of every other application.
FUNCTIONS = {"EXP", "IF", "LN", "MAX", "SUM", "TANH"}
SCREEN = (1366 - 56, 768 - 268)  # less the headings and bars of a spreadsheet application


@pytest.fixture(autouse=True)
def _doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@dataclass(frozen=True)
class Case:
    """A module, the names of its file, and the loss that these make of its outputs."""

    module: nn.Sequential
    names: Mapping[str, Any]
    loss: nn.Module
    outputs: nn.Module  # the module without the softmax that the loss has in itself

    @property
    def net(self) -> Net:
        return dense_net_of(self.module, "net", self.names)

    def loss_value(self) -> Tensor:
        value: Tensor = self.loss(self.outputs(self.names["inputs"]), self.names["targets"])
        return value


UNITS = (nn.ReLU, nn.Sigmoid, nn.Tanh, nn.SiLU, None)
ENDS: Mapping[str, tuple[tuple[nn.Module, ...], nn.Module, bool]] = {
    # of a name: the last layers, the loss, and whether the targets are classes
    "softmax": ((nn.Softmax(1),), nn.CrossEntropyLoss(), True),
    "log softmax": ((nn.LogSoftmax(1),), nn.CrossEntropyLoss(), False),
    "classes": ((), nn.CrossEntropyLoss(), True),
    "numbers": ((), nn.MSELoss(), False),
    "sigmoid": ((nn.Sigmoid(),), nn.MSELoss(), False),
    "yes or no": ((), nn.BCEWithLogitsLoss(reduction="sum"), False),
}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small network, some of it without biases, up to three samples, and a loss that is named or told by layers."""
    torch.manual_seed(draw(st.integers(0, 999)))
    samples, widths = draw(st.integers(1, 3)), draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    widths[-1] = max(2, widths[-1])
    layers: list[nn.Module] = [nn.Flatten()]
    for before, width in pairwise(widths):
        layers.append(nn.Linear(before, width, bias=draw(st.booleans())))
        unit = draw(st.sampled_from(UNITS))
        layers += [] if unit is None or len(layers) // 2 == len(widths) else [unit(), nn.Dropout(0.5)]
    while not isinstance(layers[-1], nn.Linear):
        layers.pop()
    last, loss, are_classes = ENDS[draw(st.sampled_from(sorted(ENDS)))]
    targets = torch.rand(samples, widths[-1])
    if isinstance(loss, nn.CrossEntropyLoss):
        targets = torch.randint(0, widths[-1], (samples,)) if are_classes else targets.softmax(1)
    outputs = nn.Sequential(*layers, *(() if isinstance(loss, nn.CrossEntropyLoss) else last)).eval()
    names: dict[str, Any] = {"inputs": torch.randn(samples, widths[0]), "targets": targets}
    names |= {"loss": loss} if isinstance(loss, nn.BCEWithLogitsLoss) or (not last and not are_classes) else {}
    return Case(nn.Sequential(*layers, *last).eval(), names, loss, outputs)


def close(found: Array, expected: Any) -> bool:
    """Whether two tensors are the same but for rounding."""
    wanted = np.asarray(expected.detach() if isinstance(expected, Tensor) else expected)
    return bool(np.abs(found.reshape(wanted.shape) - wanted).max() <= SAME * max(1.0, np.abs(wanted).max()))


def learned(module: nn.Module) -> list[nn.Linear]:
    return [layer for layer in module.modules() if isinstance(layer, nn.Linear)]


def check(passes: Passes, case: Case, numbers: Any, rate: float) -> None:
    """All gradients, all parameters after a step of SGD, and the net inputs before and after; `numbers` of a matrix."""
    module = case.outputs
    before = net_inputs(module, case.names["inputs"])
    case.loss_value().backward()
    gradients = [(layer.weight.grad, None if layer.bias is None else layer.bias.grad) for layer in learned(module)]
    torch.optim.SGD(module.parameters(), lr=rate).step()
    after = net_inputs(module, case.names["inputs"])
    for k, layer in enumerate(learned(module)):
        assert close(numbers(passes.forward.steps[k].nets), before[k].T)
        assert close(numbers(passes.after.steps[k].nets), after[k].T)
        found, moved = passes.backward[k].gradients, passes.after.steps[k].weights
        assert close(numbers(found.weights), gradients[k][0])
        assert close(numbers(moved.weights), layer.weight)
        assert (found.biases is None) == (moved.biases is None) == (layer.bias is None)
        if found.biases is not None and moved.biases is not None:
            assert close(numbers(found.biases), gradients[k][1])
            assert close(numbers(moved.biases), layer.bias)


def net_inputs(module: nn.Module, inputs: Tensor) -> list[Tensor]:
    """What each linear layer gives."""
    found = list[Tensor]()
    hooks = [layer.register_forward_hook(lambda *call: found.append(call[2].detach())) for layer in learned(module)]
    module(inputs)
    for hook in hooks:
        hook.remove()
    return found


def whole_loss(case: Case, forward: Forward) -> float:
    share = len(case.names["inputs"]) if case.loss.reduction == "mean" else 1
    return float(forward.losses.values.sum()) / share


@settings(max_examples=40)
@given(cases())
def test_every_gradient_and_the_whole_step_are_those_of_pytorch(case: Case) -> None:
    net = case.net
    passes = passes_of(net)
    assert whole_loss(case, passes.forward) == pytest.approx(case.loss_value().item(), rel=SAME, abs=SAME)
    check(passes, case, lambda matrix: matrix.values, net.rate)
    assert whole_loss(case, passes.after) == pytest.approx(case.loss_value().item(), rel=SAME, abs=SAME)


def classifier(seed: int = 4) -> Case:
    """3-4-2 with a ReLU and a log softmax, one sample of class 0."""
    torch.manual_seed(seed)
    outputs = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    names = {"inputs": torch.tensor([[2.0, 1.0, 3.0]]), "targets": torch.tensor([[1.0, 0.0]])}
    return Case(nn.Sequential(*outputs, nn.LogSoftmax(1)), names, nn.CrossEntropyLoss(), outputs)


def fitted(seed: int = 1) -> Case:
    """Four samples, a tanh and a sigmoid, and two numbers to fit."""
    torch.manual_seed(seed)
    layers = (nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3, bias=False), nn.Sigmoid(), nn.Linear(3, 2))
    names = {"inputs": torch.rand(4, 2), "targets": torch.rand(4, 2)}
    return Case(nn.Sequential(*layers), names, nn.MSELoss(), nn.Sequential(*layers))


def written(case: Case, folder: Path) -> Path:
    """The workbook of a case."""
    path = folder / "matrices.xlsx"
    write_matrices(case.net, path)
    return path


@pytest.mark.office
@pytest.mark.parametrize("make", [classifier, fitted])
def test_after_an_input_a_target_and_the_rate_change_every_number_is_pytorchs(
    make: Any, tmp_path: Path, office: Office
) -> None:
    case, passes, path = make(), passes_of(make().net), written(make(), tmp_path)
    assert differences(office.values(path), numbers_of(path)) == []
    x, t = passes.forward.inputs.cell(1, 0), passes.forward.targets.cell(1, 0)
    cells = office.values(path, {f"{NAME}!{x}": -0.7, f"{NAME}!{t}": 0.25, f"{NAME}!{RATE}": 0.3})[NAME]
    case.names["inputs"][0, 1], case.names["targets"][0, 1] = -0.7, 0.25
    assert number(cells, LOSS_BEFORE) == pytest.approx(case.loss_value().item(), rel=SAME)
    check(passes, case, lambda matrix: block(cells, matrix), 0.3)
    assert number(cells, LOSS_AFTER) == pytest.approx(case.loss_value().item(), rel=SAME)


def block(cells: Cells, matrix: Matrix) -> Array:
    """The numbers of a matrix, as they stand in its cells."""
    rows, columns = matrix.values.shape
    places = [[matrix.block.place((0, row, column)) for column in range(columns)] for row in range(rows)]
    return np.array([[cells[row][column] for row, column in line] for line in places], dtype=float)


def number(cells: Cells, name: str) -> float:
    row, column = coordinate_to_tuple(name.replace("$", ""))
    return float(cells[row - 1][column - 1])


@pytest.mark.parametrize("make", [classifier, fitted])
def test_verify_proves_every_update_and_finds_a_wrong_gradient(make: Any, tmp_path: Path) -> None:
    """At random numbers each weight and each bias is moved against the derivative of the loss that stands there."""
    path, net = written(make(), tmp_path), make().net
    result = verify(path)
    assert result.status.name == "RIGHT"
    (table,) = result.tables
    assert table.training is not None
    assert (table.training.proven, table.training.every) == (net.parameters, net.parameters)
    gradient = passes_of(net).backward[0].gradients.weights
    live = next(place for place in np.ndindex(gradient.values.shape) if gradient.values[place])
    book = openpyxl.load_workbook(path)
    book[NAME][gradient.cell(*live)].value += "*2"
    book.save(tmp_path / "wrong.xlsx")
    wrong = verify(tmp_path / "wrong.xlsx")
    assert wrong.status.name == "FAULTS"
    assert gradient.cell(*live) in str(wrong)


def formulas(path: Path) -> dict[str, str]:
    sheet = formulas_of(path)[NAME]
    return {cell.coordinate: str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}


@pytest.mark.parametrize("make", [classifier, fitted])
def test_a_product_is_made_of_what_stands_in_its_row_and_in_its_column(make: Any, tmp_path: Path) -> None:
    """Of net inputs, of derivatives that are carried back, and of gradients; one can fill the formulas in."""
    found, passes = formulas(written(make(), tmp_path)), passes_of(make().net)
    products = [step.nets for one in (passes.forward, passes.after) for step in one.steps]
    for back in passes.backward:
        products += [one for one in (back.carried, back.gradients.weights, back.gradients.biases) if one is not None]
    for matrix in products:
        for row, column in np.ndindex(matrix.values.shape):
            own = re.fullmatch(r"([A-Z]+)(\d+)", matrix.cell(row, column))
            assert own is not None
            terms = found[own[0]].removeprefix("=").split("+")
            for term in terms:
                assert re.fullmatch(rf"\$[A-Z]+{own[2]}\*{own[1]}\$\d+", term), (own[0], term)
    assert len(products) == sum(2 + 1 + (dense.biases is not None) for dense in make().net.layers) + (
        len(make().net.layers) - 1
    )


@pytest.mark.parametrize("make", [classifier, fitted])
def test_it_uses_no_function_that_excel_2007_does_not_know_and_no_array(make: Any, tmp_path: Path) -> None:
    path = written(make(), tmp_path)
    found = formulas(path)
    assert {name for one in found.values() for name in re.findall(r"([A-Z][A-Z0-9.]*)\(", one)} <= FUNCTIONS
    assert len(found) == make().net.formula_count
    assert not [cell for row in formulas_of(path)[NAME].iter_rows() for cell in row if hasattr(cell.value, "ref")]


def test_all_of_a_small_network_is_on_the_first_screen(tmp_path: Path) -> None:
    path, passes = written(classifier(), tmp_path), passes_of(classifier().net)
    assert passes.are_side_by_side
    sheet = formulas_of(path)[NAME]
    wide = {k: one for one in sheet.column_dimensions.values() for k in range(one.min, one.max + 1)}
    width = sum(round(wide[k].width * 7) for k in range(1, sheet.max_column + 1))
    height = sum((sheet.row_dimensions[k].height or 15) * 4 / 3 for k in range(1, sheet.max_row + 1))
    assert (width <= SCREEN[0], height <= SCREEN[1]) == (True, True), (width, height)


def test_the_file_gives_the_samples_the_loss_and_the_rate() -> None:
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    names = {
        "inputs": torch.rand(9, 1, 2), "targets": torch.arange(9) % 2, "loss": nn.CrossEntropyLoss(reduction="sum"),
        "optimizer": torch.optim.Adam(module.parameters(), lr=0.02),
    }  # fmt: skip
    net = dense_net_of(module, "net", names)
    assert (net.samples, net.all_samples, net.rate, net.is_mean) == (8, 9, 0.02, False)
    assert close(net.inputs.T, names["inputs"][:8, 0])
    assert net.targets.tolist() == [[1, 0] * 4, [0, 1] * 4]
    assert dense_net_of(module, "net", {**names, "batch_size": 3}).samples == 3


def test_where_the_file_has_no_samples_one_is_drawn_and_the_first_output_is_asked_for() -> None:
    module = copy.deepcopy(classifier().module).float().requires_grad_(requires_grad=False)
    net = dense_net_of(module, "net", {})
    assert net.inputs.shape == (3, 1)
    assert (net.inputs == net.inputs.round(1)).all()
    assert net.targets.tolist() == [[1], [0]]
    assert len({*net.inputs.ravel()}) == 3


@pytest.mark.parametrize(
    ("module", "names", "said"),
    [
        (nn.Linear(2, 2), {}, "net: nn.Linear has no counterpart; nn.Sequential has one"),
        (nn.Sequential(nn.Flatten()), {}, "net: has no nn.Linear"),
        (nn.Sequential(nn.Conv2d(1, 2, 3)), {}, "net, layer 0: nn.Conv2d has no counterpart among matrices, which"),
        (nn.Sequential(nn.Linear(2, 2), nn.Softmax(1), nn.Linear(2, 2)), {"loss": 3}, "loss: 3 has no counterpart"),
        (nn.Sequential(nn.Linear(2, 2)), {"inputs": [[1, 2]]}, "inputs: must be a tensor with a sample in each row"),
        (nn.Sequential(nn.Linear(2, 2)), {"targets": torch.rand(2, 3)}, "targets: must have the shape 2x2"),
        (
            nn.Sequential(nn.Linear(2, 2)),
            {"inputs": torch.rand(3, 2), "targets": torch.rand(2, 2)},
            "targets: must have a row for each of 3 samples, got 2",
        ),
        (nn.Sequential(nn.Linear(2, 2)), {"targets": "one"}, "targets: must be a tensor with a sample in each row"),
    ],
)
def test_what_has_no_counterpart_is_refused_in_one_line(module: nn.Module, names: Any, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        dense_net_of(module, "net", names)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_that_is_too_large_or_gives_no_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match=r"net has a layer of 784 numbers; .* up to 40: .* leave --layout out"):
        dense_net_of(nn.Sequential(nn.Flatten(), nn.Linear(784, 9)), "net", {})
    deep = nn.Sequential(*(nn.Linear(40, 40) for _ in range(14)))
    with pytest.raises(LimitError, match=r"net would need \d\d,\d\d\d formulas; .* up to 60,000"):
        dense_net_of(deep, "net", {})
    case = classifier()
    case.names["inputs"][0, 0] = 1e300
    with pytest.raises(LimitError, match="net gives numbers that are too large for a cell"):
        written(case, tmp_path)
    assert list(tmp_path.iterdir()) == []
