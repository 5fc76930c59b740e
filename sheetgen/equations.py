"""The equations of a training step as lines of text, from the same expressions as the formulas."""

from sheetgen.expression import Column, mathematics, product
from sheetgen.training_step import Group, TableColumn, slope
from templates import LEARNING_RATE, Activation, Network, gradient_of

MOST_LINES = 60  # of a block; a network with more says how many it left out


def forward_lines(columns: tuple[TableColumn, ...]) -> list[str]:
    """Net inputs, activations and losses in the order in which they are computed."""
    return _at_most(_lines(columns, Group.FORWARD, Group.LOSS))


def backward_lines(columns: tuple[TableColumn, ...], network: Network) -> list[str]:
    """The gradients, and the update that uses them."""
    return [*_at_most(_lines(columns, Group.BACKWARD)), *update_lines(network)]


def update_lines(network: Network) -> list[str]:
    """The update of a trained parameter, said once for all of them."""
    name = network.trained[0]
    others = " and so on" if len(network.trained) > 1 else ""
    return [f"{name}(n+1) = {name} − {LEARNING_RATE}·{gradient_of(name)}{others}"]


def chain_rule_lines(network: Network) -> list[str]:
    """How a gradient comes about, factor by factor, for the first output and the first unit of the layer before it.

    Further back the chain only repeats what it does there.
    """
    lines: list[str] = []
    for number in reversed(range(len(network.layers))[-2:]):
        layer = network.layers[number]
        net, output, weight, source = layer.nets[0], layer.outputs[0], layer.weights[0][0], layer.sources[0]
        if number == len(network.layers) - 1:
            loss = network.losses[0]
            arriving = f"∂{loss}/∂{output}"
            lines.append(f"{arriving} = {mathematics(Column(output) - Column(network.targets[0]))}")
        else:
            fed = network.layers[number + 1]
            arriving = f"∂E_t/∂{output}"
            terms = [f"∂E_t/∂{unit}·{row[0]}" for unit, row in zip(fed.nets, fed.weights, strict=True)]
            lines.append(f"{arriving} = {_at_most_terms(terms)}")
        lines.append(f"∂{output}/∂{net} = {_slope_text(layer.activation, output)}")
        lines.append(f"∂{net}/∂{weight} = {source}")
        lines.append(f"∂E_t/∂{net} = {arriving} · ∂{output}/∂{net}")
        lines.append(f"{gradient_of(weight)} = ∂E_t/∂{net} · ∂{net}/∂{weight}")
        lines.append("")
    return lines[:-1]


def _slope_text(kind: Activation, output: str) -> str:
    factors = slope(kind, Column(output))
    return mathematics(product(factors)) if factors else "1"


def _lines(columns: tuple[TableColumn, ...], *groups: Group) -> list[str]:
    return [f"{column.label} = {mathematics(column.then)}" for column in columns if column.group in groups]


def _at_most(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    left_out = len(lines) - MOST_LINES + 1
    return [*lines[: MOST_LINES - 1], f"… and {left_out} more, each in the formulas of its column"]


def _at_most_terms(terms: list[str], most: int = 6) -> str:
    return " + ".join(terms if len(terms) <= most else [*terms[: most - 1], "…"])
