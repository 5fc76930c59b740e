"""The oracle against finite differences, and against numbers that others have published."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from templates import Activation, Bias, LayerSize, Loss, Network, gradient_of, load_template
from tests.verifier.strategies import networks, starts
from verifier.judging.oracle import Array, Start, activate, losses_of, train

STEP = 1e-5  # of a central difference: its error is some STEP², that of rounding some 1e-16 / STEP
EXERCISE = load_template("backprop")


def trained(network: Network, start: Mapping[str, float], rate: float = 0.5, rows: int = 1) -> dict[str, Array]:
    """What the oracle says of a training with the same inputs and targets in all rows."""
    return train(
        network,
        Start(
            parameters={name: start[name] for name in network.parameters},
            inputs=np.tile([start[name] for name in network.inputs], (rows, 1)),
            targets=np.tile([start[name] for name in network.targets], (rows, 1)),
            rates=np.full(rows, rate),
        ),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Network, Mapping[str, float]]:
    network = draw(networks())
    return network, draw(starts(network))


@given(cases())
def test_gradients_are_those_of_finite_differences(case: tuple[Network, Mapping[str, float]]) -> None:
    """Every ∂E_t/∂w and ∂E_t/∂b is the slope of E_total, for all kinds of units, shared and own biases."""
    network, start = case
    result = trained(network, start)
    kinks = [
        result[net][0]
        for layer in network.layers
        if layer.activation in (Activation.RELU, Activation.LEAKY_RELU)
        for net in layer.nets
    ]
    assume(all(abs(net) > 1e-3 for net in kinks))  # at 0 a ReLU has no slope
    for name in network.trained:
        above, below = (trained(network, {**start, name: start[name] + step})["E_total"][0] for step in (STEP, -STEP))
        slope = (above - below) / (2 * STEP)
        assert result[gradient_of(name)][0] == pytest.approx(slope, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("loss", Loss)
def test_gradients_of_each_loss_are_those_of_finite_differences(loss: Loss) -> None:
    units = Activation.SOFTMAX if loss is Loss.CATEGORICAL_CROSS_ENTROPY else Activation.SIGMOID
    network = Network(2, (LayerSize(2, Activation.SILU), LayerSize(3, units, bias=Bias.SHARED)), loss)
    numbers = {name: 0.1 + k * 0.618 % 1 for k, name in enumerate((*network.inputs, *network.parameters))}
    start = {**numbers, "t1": 0.0, "t2": 0.3, "t3": 1.0}
    for name in network.trained:
        above, below = (trained(network, {**start, name: start[name] + step})["E_total"][0] for step in (STEP, -STEP))
        found = trained(network, start)[gradient_of(name)][0]
        assert found == pytest.approx((above - below) / (2 * STEP), rel=1e-6, abs=1e-9), name


def test_losses_are_those_of_their_definitions() -> None:
    targets, outputs = np.array([0.0, 0.25, 1.0, 1.0]), np.array([0.5, 0.75, 0.5, 0.125])
    nets = np.log(outputs / (1 - outputs))
    half, mean, entropy, categorical = (losses_of(loss, targets, outputs, nets).tolist() for loss in Loss)
    assert half == [0.125, 0.125, 0.125, 0.3828125]
    assert mean == [0.0625, 0.0625, 0.0625, 0.19140625]
    between = -0.25 * math.log(0.75) - 0.75 * math.log(0.25)
    assert entropy == pytest.approx([math.log(2), between, math.log(2), math.log(8)])
    assert categorical == pytest.approx([0.0, -0.25 * math.log(0.75), math.log(2), math.log(8)])


@given(cases())
def test_parameters_follow_their_gradients(case: tuple[Network, Mapping[str, float]]) -> None:
    """One step is w - η·∂E_t/∂w; a bias that is not trained stays as it is, and has no gradient."""
    network, start = case
    result = trained(network, start, rate=0.3, rows=2)
    for name in network.parameters:
        if name in network.trained:
            assert result[name][1] == result[name][0] - 0.3 * result[gradient_of(name)][0]
        else:
            assert result[name][1] == start[name]
            assert gradient_of(name) not in result


@pytest.mark.parametrize(
    ("rate", "loss"),
    [
        (0.1, 0.13351060733462522),
        (0.2, 0.07916642312214675),
        (0.5, 0.029166680235883584),
        (0.8, 0.0163866284770309),
        (1.0, 0.012395124175369723),
        (2.0, 0.005160108602350808),
    ],
)
def test_exercise_ends_at_its_published_losses(rate: float, loss: float) -> None:
    """After 100 iterations E_total is what the exercise's own workbook shows, computed by Excel."""
    losses = trained(EXERCISE.network, EXERCISE.start, rate, rows=101)["E_total"]
    assert losses[0] == pytest.approx(0.24251985734837728, rel=1e-14)
    assert losses[100] == pytest.approx(loss, rel=1e-13)


def test_mazurs_example_gives_his_numbers() -> None:
    """Matt Mazur's first forward pass and update, as far as he prints the digits."""
    template = load_template("mazur")
    result = trained(template.network, template.start, 0.5, rows=2)
    first = {"h1": "0.3775", "a_h1": "0.593269992", "a_h2": "0.596884378", "o1": "1.105905967", "a_o1": "0.75136507",
             "a_o2": "0.772928465", "E1": "0.274811083", "E2": "0.023560026", "E_total": "0.298371109",
             "∂E_t/∂w5": "0.082167041", "∂E_t/∂w1": "0.000438568"}  # fmt: skip
    after = {"w1": "0.149780716", "w2": "0.19956143", "w3": "0.24975114", "w4": "0.29950229", "w5": "0.35891648",
             "w6": "0.408666186", "w7": "0.511301270", "w8": "0.561370121", "b1": "0.35", "b2": "0.60",
             "E_total": "0.2910277737"}  # fmt: skip
    for row, published in enumerate((first, after)):
        for name, digits in published.items():
            last_place = 10.0 ** -len(digits.partition(".")[2])
            assert result[name][row] == pytest.approx(float(digits), abs=0.5001 * last_place), name


def test_units_that_share_a_bias_share_its_gradient() -> None:
    """The gradient of a bias that several units share is the sum of theirs."""
    own = Network(2, (LayerSize(2, bias=Bias.PER_UNIT), LayerSize(1)))
    shared = Network(2, (LayerSize(2, bias=Bias.SHARED), LayerSize(1)))
    start = {"i1": 0.3, "i2": -0.8, "t1": 0.6, "w1": 0.1, "w2": 0.4, "w3": -0.5, "w4": 0.9, "w5": 0.7, "w6": -0.2}
    apart = trained(own, {**start, "b1": 0.25, "b2": 0.25})
    together = trained(shared, {**start, "b1": 0.25})
    expected = apart["∂E_t/∂b1"][0] + apart["∂E_t/∂b2"][0]
    assert together["∂E_t/∂b1"][0] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Activation.SIGMOID, [1 / (1 + math.e), 0.5, 1 / (1 + math.exp(-2))]),
        (Activation.TANH, [math.tanh(-1), 0.0, math.tanh(2)]),
        (Activation.RELU, [0.0, 0.0, 2.0]),
        (Activation.LINEAR, [-1.0, 0.0, 2.0]),
        (Activation.LEAKY_RELU, [-0.01, 0.0, 2.0]),
        (Activation.SOFTPLUS, [math.log1p(math.exp(-1)), math.log(2), math.log1p(math.exp(2))]),
        (Activation.SILU, [-1 / (1 + math.e), 0.0, 2 / (1 + math.exp(-2))]),
        (Activation.GELU, [-0.15880800939172324, 0.0, 1.954597694087775]),  # as PyTorch has them
    ],
)
def test_activations_are_their_functions(kind: Activation, values: list[float]) -> None:
    """Each kind of unit gives its function of -1, 0 and 2."""
    assert activate(kind, np.array([-1.0, 0.0, 2.0])) == pytest.approx(values, rel=1e-15)


def test_number_too_large_for_excel_is_unknown_from_there_on() -> None:
    """From where a training diverges beyond Excel's numbers, all that depends on them is NaN."""
    network = Network(1, (LayerSize(1, Activation.LINEAR),))
    result = trained(network, {"i1": 10.0, "t1": 1.0, "w1": 1.0}, rate=1e10, rows=60)
    assert np.isfinite(result["E_total"][0])
    assert np.isnan(result["E_total"][-1])
    first = int(np.flatnonzero(np.isnan(result["w1"]))[0])
    assert np.isnan(result["w1"][first:]).all()
    assert not any(np.isinf(series).any() for series in result.values())


def test_sigmoid_is_an_error_where_excels_exponential_is() -> None:
    """1/(1+EXP(-h)) is an error in Excel where EXP(-h) is too large, and 1 where it vanishes."""

    def output(net: float) -> float:
        one = np.ones((1, 1))
        start = Start(parameters={"w1": net}, inputs=one, targets=one, rates=np.ones(1))
        return float(train(Network(1, (LayerSize(1),)), start)["a_o1"][0])

    assert math.isnan(output(-710.0))
    assert output(-709.0) == pytest.approx(math.exp(-709.0), rel=1e-12)
    assert output(710.0) == 1.0
