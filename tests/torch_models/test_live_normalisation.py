"""A batch normalisation anywhere in a live network: folded into a convolution, or a scale and a shift of its own."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from torch import Tensor, nn

from sheetgen.tensors.diagram import diagram_of
from sheetgen.tensors.draw_sheet import drawing_of
from sheetgen.tensors.follow import views_of
from sheetgen.tensors.follow_layout import FIRST_ROW, SAID_ROW, Sheet
from sheetgen.tensors.follow_marks import FIRST_COLUMN, NUMBERS, ROW
from sheetgen.tensors.images_sheet import Picture
from sheetgen.tensors.names import AFTER, FOLLOW, LAYERS, STEP
from sheetgen.tensors.network import Network, step_of
from sheetgen.tensors.operations import Normalisation
from sheetgen.tensors.step_sheet import LOSS_AFTER
from sheetgen.tensors.workbook import RATE_OF_STEP, write_live
from tests.office import Office
from tests.torch_models.test_live import RATE_OF_STEP as RATE
from tests.torch_models.test_live import Case, block, close, loss_of, number
from torch_models.live_sheets.run import network_of_run, run_called
from torch_models.live_sheets.sequential import network_of
from verifier import verify


@pytest.fixture(autouse=True)
def _doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def norm(channels: int, affine: bool = True) -> nn.BatchNorm2d:
    """A normalisation as it might be after some learning, with scales of both signs."""
    made = nn.BatchNorm2d(channels, affine=affine).eval()
    assert made.running_mean is not None
    assert made.running_var is not None
    made.running_mean.uniform_(-1, 1)
    made.running_var.uniform_(0.5, 2)
    if affine:
        nn.init.uniform_(made.weight, -2, 2)
        nn.init.uniform_(made.bias, -1, 1)
    return made


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small network with normalisations before, between and after its layers, and nested in sequences."""
    torch.manual_seed(draw(st.integers(0, 999)))
    channels = draw(st.sampled_from([1, 3]))
    image = torch.rand(1, channels, 7, 8)
    layers = list[nn.Module]()

    def maybe_norm(count: int) -> list[nn.Module]:
        return [norm(count, affine) for affine in draw(st.lists(st.booleans(), max_size=2))]

    layers += [*draw(st.sampled_from([[], [nn.ReLU()]])), *maybe_norm(channels)]
    for filters in draw(st.sampled_from([(2,), (3, 2)])):
        conv = nn.Conv2d(channels, filters, draw(st.sampled_from([1, 2, 3])), bias=draw(st.booleans()))
        relu = draw(st.sampled_from([[], [nn.ReLU()], [nn.Dropout(0.5).eval()]]))
        inner = [conv, *maybe_norm(filters), *relu, *maybe_norm(filters)]
        layers += [nn.Sequential(*inner)] if draw(st.booleans()) else inner
        channels = filters
    layers += [draw(st.sampled_from([nn.MaxPool2d(2), nn.AvgPool2d(2)])), *maybe_norm(channels)]
    if draw(st.booleans()):
        layers += [nn.AdaptiveAvgPool2d(1), *maybe_norm(channels)]
    layers.append(nn.Flatten())
    count = nn.Sequential(*layers)(image).shape[1]
    layers.append(nn.Linear(count, 3))
    return Case(nn.Sequential(*layers), image, draw(st.integers(0, 2)))


def flat(module: nn.Module) -> Iterator[nn.Module]:
    for layer in module.children():
        yield from flat(layer) if isinstance(layer, nn.Sequential) else [layer]


def folded(module: nn.Sequential) -> list[tuple[Tensor, Tensor]]:
    """The weights and biases of a live network's stages as PyTorch's functions of the module's parameters."""
    made, is_open = list[tuple[Tensor, Tensor]](), False
    for layer in flat(module):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            made.append((layer.weight, torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias))
            is_open = isinstance(layer, nn.Conv2d)
        elif isinstance(layer, nn.BatchNorm2d):
            assert layer.running_mean is not None
            assert layer.running_var is not None
            scale = (layer.weight if layer.affine else 1) / torch.sqrt(layer.running_var + layer.eps)
            shift = (layer.bias if layer.affine else 0) - layer.running_mean * scale
            if is_open:
                weights, bias = made.pop()
                made.append((weights * scale[:, None, None, None], bias * scale + shift))
            else:
                made.append((scale[:, None, None, None], shift))
        elif not isinstance(layer, nn.Dropout):
            is_open = False
    return made


@settings(max_examples=40)
@given(cases())
def test_outputs_and_gradients_are_those_of_autograd(case: Case) -> None:
    """Carried back from the cells to the module's own parameters by PyTorch, they are the gradients of all of these."""
    network = case.network
    case.image.requires_grad_()
    loss = loss_of(case)
    parameters = list(case.module.parameters())
    expected = torch.autograd.grad(loss, [case.image, *parameters])
    activations = network.activations(case.image[0].detach().numpy())
    step = step_of(network, activations, case.target, RATE)
    assert close(-activations[-1][case.target], loss)
    assert close(step.deltas[0], expected[0][0])
    gradients = [pair for pair in step.gradients if pair is not None]
    surrogate = torch.zeros(())
    for pair, cells in zip(gradients, folded(case.module), strict=True):
        for gradient, cell in zip(pair, cells, strict=True):
            surrogate = surrogate + (torch.from_numpy(gradient).reshape(cell.shape) * cell).sum()
    for found, one in zip(torch.autograd.grad(surrogate, parameters), expected[1:], strict=True):
        assert close(found.numpy(), one)


def fixed() -> Case:
    """A net that normalises after a ReLU and after a pool, and looks at three channels."""
    torch.manual_seed(6)
    module = nn.Sequential(
        norm(3), nn.Conv2d(3, 2, 3, padding=1), nn.ReLU(), norm(2), nn.Conv2d(2, 2, 2), nn.ReLU(), nn.MaxPool2d(2),
        norm(2), nn.Flatten(), nn.Linear(8, 3),
    )  # fmt: skip
    return Case(module, torch.rand(1, 3, 5, 5), 1)


def written(case: Case, folder: Path) -> tuple[Path, Network]:
    network = network_of(case.module, case.shape, "net", (0.5, 0.25, 0.125), (2.0, 4.0, 0.5))
    write_live(network, [Picture("drawn", case.target, case.image[0].numpy())], "Drawn.", folder / "live.xlsx")
    return folder / "live.xlsx", network


@pytest.mark.office
def test_after_a_pixel_changes_every_activation_and_scale_is_pytorchs(tmp_path: Path, office: Office) -> None:
    """Of a network of three channels, each normalised by a mean and a deviation of its own; and after the step too."""
    case = fixed()
    path, network = written(case, tmp_path)
    cells = office.values(path, {drawing_of(case.shape).cell((2, 4, 3)): 0.25})
    case.image[0, 2, 4, 3] = 0.25
    mean, deviation = (torch.tensor(one).reshape(3, 1, 1) for one in (network.mean, network.deviation))
    case.image.sub_(mean).div_(deviation)
    diagram, shown = diagram_of(network), case.image
    for layer, picture in ((0, 1), (2, 2), (3, 3), (5, 4), (6, 5), (7, 6), (9, 7)):
        assert close(block(cells, LAYERS, diagram.pictures[picture]), case.module[: layer + 1](shown)[0])
    step = step_of(network, network.activations(cells_of_drawing(case, mean, deviation)), 1, RATE_OF_STEP)
    for wiring, stage, gradient in zip(diagram.wirings, network.stages, step.gradients, strict=True):
        if isinstance(stage.operation, Normalisation) and gradient is not None:
            scales = np.stack([block(cells, STEP, one) for one in wiring.kernels])
            assert close(scales, gradient[0])
            moved = np.stack([block(cells, AFTER, one) for one in wiring.kernels])
            assert close(moved, stage.operation.weights - RATE_OF_STEP * gradient[0])
    after = step.after.activations(cells_of_drawing(case, mean, deviation))
    assert number(cells, LOSS_AFTER) == pytest.approx(-after[-1][1].item(), rel=1e-12)


def cells_of_drawing(case: Case, mean: Tensor, deviation: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The pixels as they stand on the paper."""
    return (case.image[0] * deviation + mean).numpy()


def test_verify_proves_the_step_of_a_network_with_normalisations(tmp_path: Path) -> None:
    path, _ = written(fixed(), tmp_path)
    assert verify(path).status.name == "RIGHT"


def test_the_reference_model_has_all_of_its_parameters(tmp_path: Path) -> None:
    """Its normalisations follow its ReLUs: 19,898 parameters, none of them folded into another."""
    network = network_of_run(run_called("reference"))
    assert network.parameters == 19_898
    assert sum(isinstance(stage.operation, Normalisation) for stage in network.stages) == 4
    names = write_live(network, [], "", tmp_path / "live.xlsx", with_step=False)
    assert names == ["Draw", "Layers", "Follow", "Centre", "Images"]


@pytest.mark.parametrize("model", ["tiny", "reference"])
def test_the_answer_on_200_test_images_is_the_models_own(model: str) -> None:
    from safetensors.torch import load_file

    from torch_models.images import images_at_hand
    from torch_models.models import MODELS

    module, network = MODELS[model](), network_of_run(run_called(model))
    module.load_state_dict(load_file(run_called(model) / "best.safetensors"))
    module.double().eval()
    pixels = images_at_hand(Path("nowhere")).test_images[:200, None] / 255
    with torch.no_grad():
        mean, deviation = (float(np.ravel(one)[0]) for one in (network.mean, network.deviation))
        expected = module((torch.from_numpy(pixels) - mean) / deviation).numpy()
    found = np.stack([network.activations(image)[-1].ravel() for image in pixels])
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert np.abs(found - expected).max() < 1e-12 * np.abs(expected).max()


@pytest.mark.office
@pytest.mark.parametrize(("stage", "layers"), [(1, 1), (3, 4), (6, 8)])
def test_an_output_of_a_normalisation_is_followed_to_its_scale_and_shift(
    tmp_path: Path, office: Office, stage: int, layers: int
) -> None:
    """It looks at one number, of the map in its own place, and is framed with its scale on Layers."""
    case = fixed()
    path, network = written(case, tmp_path)
    at = Sheet(views_of(network.stages, diagram_of(network).wirings, LAYERS))
    fields = (f"{FOLLOW}!{field.replace('$', '')}" for field in at.fields)
    cells = office.values(path, dict(zip(fields, (f"{stage}: normalisation", 2.0, 1.0, 2.0), strict=True)))
    mean, deviation = (torch.tensor(one).reshape(3, 1, 1) for one in (network.mean, network.deviation))
    image = (case.image - mean) / deviation
    with torch.no_grad():
        expected = float(case.module[:layers](image)[0, 1, 0, 1])
        window = float(case.module[: layers - 1](image)[0, 1, 0, 1])
    assert number(cells, f"{FOLLOW}!{at.number('result')}") == pytest.approx(expected, rel=1e-12)
    assert str(cells[FOLLOW][SAID_ROW][2]).startswith("✓ as on Layers, in ")
    assert cells[FOLLOW][FIRST_ROW][at.block_column(0)] == pytest.approx(window)
    wiring = diagram_of(network).wirings[stage - 1]
    (row, column), output = wiring.source.place((1, 0, 1)), wiring.output.place((1, 0, 1))
    marked = dict(zip(NUMBERS, cells[LAYERS][ROW][FIRST_COLUMN:], strict=False))
    numbers = (stage - 1, *output, row, row, column, column, wiring.kernels[1].column)
    assert marked == dict(zip(NUMBERS, (place + 1 for place in numbers), strict=True))
