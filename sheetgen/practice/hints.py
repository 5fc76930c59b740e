"""What an exercise says of a blank: the task; the reason, for whoever asks; the formula in symbols, on asking again."""

from collections.abc import Iterator, Mapping, Sequence

from sheetgen.mathematics.expression import mathematics
from sheetgen.mathematics.training_step import TableColumn
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
            found[output] = f"the activation of the unit {net}"
            found[delta_of(net)] = f"the gradient for the net input {net}"
        for name in layer.trained:
            found[gradient_of(name)] = f"the gradient for {name}"
            found[name] = f"{name} after the update"
    return found


def reasons(network: Network) -> Mapping[str, str]:
    """The idea behind each computed quantity, by its label; that of a parameter is the idea of its update."""
    found = {TOTAL_LOSS: f"Add up {_list(network.losses, ' + ')}."}
    last = _last(network)
    for loss, target, output in zip(network.losses, network.targets, last.outputs, strict=True):
        found[loss] = f"Half of the squared difference between the target {target} and the output {output}."
    for number, layer in enumerate(network.layers):
        fed = network.layers[number + 1] if number + 1 < len(network.layers) else None
        found |= dict(_unit_reasons(layer, fed, network))
        found |= dict(_parameter_reasons(layer))
    return found


def formula_in_symbols(column: TableColumn, blank: Blank) -> str:
    """The column's formula for a reader: `a_h1 = 1/(1 + exp(−h1))`, where (n−1) is the row above."""
    text = mathematics(column.then)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return f"{blank.label} = {text}" + (", where (n−1) is the row above" if blank.part is Part.UPDATE else "")


def _unit_reasons(layer: Layer, fed: Layer | None, network: Network) -> Iterator[tuple[str, str]]:
    for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
        bias = f", and add the bias {layer.biases[unit]}" if layer.biases else ""
        yield net, f"Multiply what feeds {net} ({_list(layer.sources)}) by the weights on the way, add up{bias}."
        yield output, f"Put {net} through the activation function of the unit: {layer.activation.value}."
        slope = f"∂{output}/∂{net}"
        if fed is None:
            loss = network.losses[unit]
            yield delta_of(net), f"The chain rule: ∂{loss}/∂{output} · {slope}."
        else:
            arriving = [f"{delta_of(k)}·{row[unit]}" for k, row in zip(fed.nets, fed.weights, strict=True)]
            yield (
                delta_of(net),
                f"The chain rule: what comes back to {output}, {_list(arriving, ' + ')}, times {slope}.",
            )


def _parameter_reasons(layer: Layer) -> Iterator[tuple[str, str]]:
    for net, row in zip(layer.nets, layer.weights, strict=True):
        for weight, source in zip(row, layer.sources, strict=True):
            yield (
                gradient_of(weight),
                (
                    f"The chain rule: ∂E_t/∂{weight} = ∂E_t/∂{net} · ∂{net}/∂{weight}. "
                    f"On its way to {net}, {weight} is multiplied by {source}, so ∂{net}/∂{weight} = {source}."
                ),
            )
    for bias in layer.bias_names if layer.trained_bias else ():
        units = [net for net, name in zip(layer.nets, layer.biases, strict=True) if name == bias]
        yield (
            gradient_of(bias),
            (
                f"The chain rule: {bias} is added to {_list(units)} as it is, "
                f"so ∂E_t/∂{bias} = {_list([f'∂E_t/∂{net}' for net in units], ' + ')}."
            ),
        )
    for name in layer.trained:
        yield (
            name,
            (f"Go downhill: take {name} in the row above, less {LEARNING_RATE} times its gradient in the row above."),
        )


def _last(network: Network) -> Layer:
    return network.layers[-1]


def _list(names: Sequence[str], between: str = ", ") -> str:
    shown = names if len(names) <= _MOST_NAMES else [*names[: _MOST_NAMES - 1], "…"]
    return between.join(shown)
