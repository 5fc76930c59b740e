"""The networks: the exercise's own layer for layer, and two smaller ones."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn

from torch_models.models import MODELS, parameter_count, summary
from torch_models.published import MOST_PARAMETERS

# The reference as the exercise's own summary prints it: layer, shape of its output, parameters.
REFERENCE = (
    (nn.Conv2d, (32, 26, 26), 832),
    (nn.ReLU, (32, 26, 26), 0),
    (nn.BatchNorm2d, (32, 26, 26), 64),
    (nn.Conv2d, (16, 26, 26), 4_624),
    (nn.ReLU, (16, 26, 26), 0),
    (nn.BatchNorm2d, (16, 26, 26), 32),
    (nn.MaxPool2d, (16, 13, 13), 0),
    (nn.Dropout, (16, 13, 13), 0),
    (nn.Conv2d, (32, 13, 13), 4_640),
    (nn.ReLU, (32, 13, 13), 0),
    (nn.BatchNorm2d, (32, 13, 13), 64),
    (nn.Conv2d, (32, 13, 13), 9_248),
    (nn.ReLU, (32, 13, 13), 0),
    (nn.BatchNorm2d, (32, 13, 13), 64),
    (nn.MaxPool2d, (32, 6, 6), 0),
    (nn.Dropout, (32, 6, 6), 0),
    (nn.Conv2d, (10, 6, 6), 330),
    (nn.ReLU, (10, 6, 6), 0),
    (nn.AvgPool2d, (10, 1, 1), 0),
    (nn.Flatten, (10,), 0),
    (nn.LogSoftmax, (10,), 0),
)
EVERY_MODEL = pytest.mark.parametrize("name", MODELS)


class Exercise(nn.Module):
    """The exercise's network as a student types it in, to be computed with beside ours."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 32, 5, padding=1), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.conv3, self.bn3 = nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32)
        self.conv4, self.bn4 = nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32)
        self.conv5 = nn.Conv2d(32, 10, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Log-probabilities (batch, 10) for images (batch, 1, 28, 28)."""
        x = self.bn2(self.conv2(self.bn1(self.conv1(x).relu())).relu())
        x = nn.functional.dropout(nn.functional.max_pool2d(x, 2), 0.25, self.training)
        x = self.bn4(self.conv4(self.bn3(self.conv3(x).relu())).relu())
        x = nn.functional.dropout(nn.functional.max_pool2d(x, 2), 0.25, self.training)
        x = nn.functional.avg_pool2d(self.conv5(x).relu(), 6)
        return nn.functional.log_softmax(x.view(-1, 10), dim=1)


def images(count: int = 3) -> torch.Tensor:
    """Noise in the form of normalised images."""
    return torch.randn(count, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_the_reference_is_the_exercises_network_layer_for_layer() -> None:
    """Layers in their order, what comes out of each, and how much each learns."""
    model = MODELS["reference"]()
    assert [(type(layer), *line) for layer, line in zip(model, shapes_and_parameters(model), strict=True)] == [
        (kind, shape, parameters) for kind, shape, parameters in REFERENCE
    ]
    assert parameter_count(model) == 19_898


def shapes_and_parameters(model: nn.Sequential) -> list[tuple[tuple[int, ...], int]]:
    """Of each layer, as `summary` says it."""
    return [(line.output_shape, line.parameters) for line in summary(model)]


@pytest.mark.parametrize("training", [False, True])
def test_the_reference_computes_what_the_exercises_network_computes(training: bool) -> None:
    """With the same weights, and the same chance where dropout takes part."""
    ours, theirs = MODELS["reference"]().train(training), Exercise().train(training)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    outputs = []
    for model in (ours, theirs):
        torch.manual_seed(5)
        outputs.append(model(images()))
    torch.testing.assert_close(*outputs)


@pytest.mark.parametrize(("name", "fewer_than"), [("reference", 20_000), ("compact", 8_000), ("tiny", 4_300)])
def test_every_model_has_fewer_parameters_than_the_exercise_allows(name: str, fewer_than: int) -> None:
    count = sum(parameter.numel() for parameter in MODELS[name]().parameters() if parameter.requires_grad)
    assert count == parameter_count(MODELS[name]()) < fewer_than <= MOST_PARAMETERS


@EVERY_MODEL
def test_outputs_are_log_probabilities_of_ten_digits(name: str) -> None:
    outputs = MODELS[name]().eval()(images())
    assert outputs.shape == (3, 10)
    torch.testing.assert_close(outputs.exp().sum(dim=1), torch.ones(3))


@EVERY_MODEL
def test_the_summary_agrees_with_what_passes_through_the_layers(name: str) -> None:
    """Hooks on the layers see the shapes as an image passes; the layers themselves hold the parameters."""
    model = MODELS[name]()
    seen: list[tuple[str, tuple[int, ...], int]] = []
    for layer in model:
        layer.register_forward_hook(
            lambda layer, _, output: seen.append((
                type(layer).__name__, tuple(output.shape[1:]), sum(weights.numel() for weights in layer.parameters())
            ))
        )  # fmt: skip
    model.eval()(images(1))
    lines = [(line.name.split()[0], line.output_shape, line.parameters) for line in summary(MODELS[name]())]
    assert lines == seen
    assert sum(parameters for *_, parameters in lines) == parameter_count(model)


@EVERY_MODEL
def test_a_layer_with_a_kernel_is_named_with_its_size(name: str) -> None:
    for layer, line in zip(MODELS[name](), summary(MODELS[name]()), strict=True):
        if isinstance(layer, nn.Conv2d):
            height, width = layer.weight.shape[2:]
            assert line.name == f"Conv2d {height}x{width}"
        elif isinstance(layer, nn.MaxPool2d):
            assert line.name == "MaxPool2d 2x2"


@EVERY_MODEL
@pytest.mark.parametrize("training", [True, False])
def test_the_summary_leaves_the_model_and_the_random_numbers_as_they_were(name: str, training: bool) -> None:
    """Its modes, layer by layer, its weights and the normalisations' statistics; and nothing is drawn."""
    model = MODELS[name]().train(training)
    model[1].training = not training
    modes = [module.training for module in model.modules()]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    chance = torch.get_rng_state()
    summary(model)
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), chance)
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())


@EVERY_MODEL
def test_a_model_is_initialised_by_the_seed_alone(name: str) -> None:
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        states.append(torch.cat([weights.flatten() for weights in MODELS[name]().parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])
