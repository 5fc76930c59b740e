"""What the matrices of each pass are, a line of mathematics a layer."""

from sheetgen.mathematics.expression import Column
from sheetgen.mathematics.kinds import LOSSES
from sheetgen.mathematics.notation import mathematics
from sheetgen.matrices.net import Net
from templates import Activation, Loss

DELTAS = {  # of the output layer, where the derivatives of its loss and of its units go together
    (Loss.CATEGORICAL_CROSS_ENTROPY, Activation.SOFTMAX): "Σt·{output} − t",
    (Loss.MEAN_SQUARED_ERROR, Activation.LINEAR): "2·({output} − t)",
    (Loss.BINARY_CROSS_ENTROPY, Activation.SIGMOID): "{output} − t",
}


def forward_lines(net: Net) -> list[str]:
    """Of the forward pass: its layers, and the loss of each output."""
    lines, last = [], len(net.layers)
    for k, dense in enumerate(net.layers):
        biases = "" if dense.biases is None else f" + b{k + 1}"
        activation = dense.names.activation
        unit = "" if dense.is_linear else f",   a{k + 1} = {UNIT_NAMES.get(activation, activation.value)}(z{k + 1})"
        lines.append(f"z{k + 1} = W{k + 1}·{outputs_of(net, k)}{biases}{unit}")
    output, net_input = Column(outputs_of(net, last)), Column(f"z{last}")
    of_each = LOSSES[net.network.loss].forward(Column("t"), output, net_input, net.sizes[-1])
    share = f"/{net.samples}" if net.is_mean and net.samples > 1 else ""
    return [*lines, f"E = {mathematics(of_each)},   loss = ΣE{share}"]


def backward_lines(net: Net) -> list[str]:
    """Of the backward pass: the derivatives of each layer, from the last one on."""
    lines, last = [], len(net.layers)
    for k in range(last, 0, -1):
        gradients = f",   ∂W{k} = δ{k}·{outputs_of(net, k - 1)}ᵀ"
        lines.append(f"δ{k} = {_last_delta(net) if k == last else _delta(net, k)}{gradients}")
    by_number = "; ∘ multiplies number by number" if any("∘" in line for line in lines) else ""
    return [*lines, f"where δ = ∂loss/∂z and ∂W = ∂loss/∂W{by_number}"]


def after_lines(net: Net) -> list[str]:
    """Of the step, and the forward pass after it."""
    return ["W′ = W − η·∂W", *(["b′ = b − η·∂b"] if any(one.biases is not None for one in net.layers) else [])]


def outputs_of(net: Net, count: int) -> str:
    """The name of what so many layers make."""
    if count == 0:
        return "x"
    return f"{'z' if net.layers[count - 1].is_linear else 'a'}{count}"


def _last_delta(net: Net) -> str:
    last, output = net.layers[-1], outputs_of(net, len(net.layers))
    pair = (net.network.loss, last.names.activation)
    if pair not in DELTAS:
        return f"∂loss/∂z{len(net.layers)}"
    share = net.samples if net.is_mean else 1
    if net.network.loss is Loss.MEAN_SQUARED_ERROR:
        share *= last.units
    said = DELTAS[pair].format(output=output)
    if share == 1:
        return said
    return f"{said}/{share}" if said.endswith(")") else f"({said})/{share}"


def _delta(net: Net, k: int) -> str:
    carried = f"W{k + 1}ᵀ·δ{k + 1}"
    dense = net.layers[k - 1]
    activation = dense.names.activation
    return carried if dense.is_linear else f"{carried} ∘ {UNIT_NAMES.get(activation, activation.value)}′(z{k})"


UNIT_NAMES = {Activation.RELU: "ReLU", Activation.SIGMOID: "σ", Activation.SILU: "SiLU", Activation.GELU: "GELU"}
