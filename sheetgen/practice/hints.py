"""What an exercise says of a blank: the task; the reason, for whoever asks; the formula in symbols, on asking again."""

from collections.abc import Iterator, Mapping, Sequence

from sheetgen.mathematics.derivatives import Graph, gradients
from sheetgen.mathematics.expression import Expression, product
from sheetgen.mathematics.kinds import LOSSES
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.rules import rule_in_words
from sheetgen.mathematics.training_step import TableColumn, forward_pass
from sheetgen.practice.blanks import Blank, Part
from templates import LEARNING_RATE, TOTAL_LOSS, Layer, Network, delta_of, gradient_of

LONGEST = 1_200  # characters of a formula in symbols; more cannot be read
_MOST_NAMES = 6  # in one list


def tasks(network: Network) -> Mapping[str, str]:
    """What each computed quantity is, by its label."""
    found = {TOTAL_LOSS: "the loss of all outputs together"}
    found |= {
        loss: f"the loss of the output {net}" for loss, net in zip(network.losses, _last(network).nets, strict=True)
    }
    for layer in network.layers:
        for net, output in zip(layer.nets, layer.outputs, strict=True):
            found[net] = f"the net input of the unit {net}"
            found[output] = f"the activation of the unit {net}" if output != net else f"the unit {net}"
            found[delta_of(net)] = f"the gradient for the net input {net}"
        for name in layer.trained:
            found[gradient_of(name)] = f"the gradient for {name}"
            found[name] = f"{name} after the update"
    return found


def reasons(network: Network) -> Mapping[str, str]:
    """The idea behind each computed quantity, by its label; that of a parameter is the idea of its update."""
    forward, words = forward_pass(network), LOSSES[network.loss].words
    found = {TOTAL_LOSS: f"Add up {_list(network.losses, ' + ')}."}
    for loss, target, output in zip(network.losses, network.targets, _last(network).outputs, strict=True):
        found[loss] = words.format(target=target, output=output)
    deltas = {net: delta_of(net) for layer in network.layers for net in layer.nets}
    arriving = gradients(forward, TOTAL_LOSS, deltas)
    for layer in network.layers:
        found |= dict(_unit_reasons(layer, network, arriving))
        found |= dict(_parameter_reasons(layer, forward))
    return found


def formula_in_symbols(column: TableColumn, blank: Blank) -> str:
    """The column's formula for a reader: `a_h1 = 1/(1 + exp(−h1))`, where (n−1) is the row above."""
    text = mathematics(column.then)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return f"{blank.label} = {text}" + (", where (n−1) is the row above" if blank.part is Part.UPDATE else "")


def _unit_reasons(layer: Layer, network: Network, arriving: Mapping[str, Expression]) -> Iterator[tuple[str, str]]:
    losses = dict(zip(_last(network).outputs, network.losses, strict=True))
    for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
        bias = f", and add the bias {layer.biases[unit]}" if layer.biases else ""
        feeding = _list(layer.sources[unit])
        weighted = f"Multiply what feeds {net} ({feeding}) by the weights on the way, add up{bias}."
        yield net, weighted if layer.weights else f"It is {rule_in_words(layer, unit)}."
        if output == net:
            yield delta_of(net), f"The chain rule: what comes back to {net} from all that reads it, added up."
            continue
        yield output, f"Put {net} through the activation function of the unit: {layer.activation.value}."
        slope, terms = f"∂{output}/∂{net}", _list(mathematics(arriving[output]).split(" + "), " + ")
        back = f"what comes back to {output}, {terms}, times {slope}"
        yield (
            delta_of(net),
            f"The chain rule: {f'∂{losses[output]}/∂{output} · {slope}' if output in losses else back}.",
        )


def _parameter_reasons(layer: Layer, forward: Graph) -> Iterator[tuple[str, str]]:
    for name in layer.trained:
        nets = [label for label, column in forward.items() if name in column.slopes]
        if len(nets) > 1 and name not in layer.biases:
            ways = [f"∂E_t/∂{net}·{mathematics(product(forward[net].slopes[name]))}" for net in nets]
            way = f"{name} stands at several units, so ∂E_t/∂{name} = {_list(ways, ' + ')}."
        elif name in layer.biases:
            terms = _list([*map(gradient_of, nets)], " + ")
            way = f"{name} is added to {_list(nets)} as it is, so ∂E_t/∂{name} = {terms}."
        else:
            net, carried = nets[0], mathematics(product(forward[nets[0]].slopes[name]))
            way = (
                f"∂E_t/∂{name} = ∂E_t/∂{net} · ∂{net}/∂{name}. "
                f"On its way to {net}, {name} is multiplied by {carried}, so ∂{net}/∂{name} = {carried}."
            )
        yield gradient_of(name), f"The chain rule: {way}"
        yield (
            name,
            f"Go downhill: take {name} in the row above, less {LEARNING_RATE} times its gradient in the row above.",
        )


def _last(network: Network) -> Layer:
    return network.layers[-1]


def _list(names: Sequence[str], between: str = ", ") -> str:
    shown = names if len(names) <= _MOST_NAMES else [*names[: _MOST_NAMES - 1], "…"]
    return between.join(shown)
