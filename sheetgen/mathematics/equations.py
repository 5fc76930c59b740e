"""The equations of a training step as lines of text, from the same expressions as the formulas."""

from sheetgen.mathematics.chain_rule import ChainRule
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.optimizers import states_of
from sheetgen.mathematics.training_step import Group, TableColumn, updated
from templates import Network, Training, gradient_of
from templates.training import SCHEDULED_RATE

MOST_LINES = 60  # of a block; a network with more says how many it left out


def forward_lines(columns: tuple[TableColumn, ...]) -> list[str]:
    """Net inputs, activations and losses in the order in which they are computed."""
    return _at_most(_lines(columns, Group.FORWARD, Group.LOSS))


def backward_lines(columns: tuple[TableColumn, ...], network: Network, training: Training) -> list[str]:
    """The gradients, and the update that uses them."""
    return [*_at_most(_lines(columns, Group.BACKWARD)), *update_lines(columns, network, training)]


def update_lines(columns: tuple[TableColumn, ...], network: Network, training: Training) -> list[str]:
    """The states and the update of a trained parameter, said once for all of them."""
    name = network.trained[0]
    (layer,) = (layer for layer in network.layers if name in layer.parameters)
    others = " and so on" if len(network.trained) > 1 else ""
    own = {label for label, _, _ in states_of(name, training)} | {SCHEDULED_RATE}
    before = _lines(tuple(column for column in columns if column.label in own), Group.STATE)
    return [*before, f"{name}(n+1) = {mathematics(updated(name, layer, training, rows=0))}{others}"]


def chain_rule_lines(network: Network) -> list[str]:
    """How a gradient comes about, factor by factor, for the first output and the first unit of the layer before it.

    Further back the chain only repeats what it does there.
    """
    rule, lines = ChainRule(network), list[str]()
    for layer in network.layers[:-3:-1]:
        of_unit = [*rule.unit(layer, 0)]
        first = [one.name for one in of_unit].index(gradient_of(layer.weights[0][0]))
        *ways, net, along, weight = of_unit[: first + 1]
        lines += [f"{one.name} = {_at_most_terms(one.text.split(' + '))}" for one in (*ways[:2], net, along, weight)]
        lines.append("")
    return lines[:-1]


def _lines(columns: tuple[TableColumn, ...], *groups: Group) -> list[str]:
    return [f"{column.label} = {mathematics(column.then)}" for column in columns if column.group in groups]


def _at_most(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    left_out = len(lines) - MOST_LINES + 1
    return [*lines[: MOST_LINES - 1], f"… and {left_out} more, each in the formulas of its column"]


def _at_most_terms(terms: list[str], most: int = 6) -> str:
    return " + ".join(terms if len(terms) <= most else [*terms[: most - 1], "…"])
