"""What an exercise says of a blank: the task; on asking, the reason, then what it is made of, then the formula."""

from collections.abc import Iterator, Mapping, Sequence

from sheetgen.mathematics.derivatives import Graph, gradients
from sheetgen.mathematics.expression import Column, Expression, Setting, product
from sheetgen.mathematics.kinds import LOSSES
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.optimizers import rule_of, states_of
from sheetgen.mathematics.rules import rule_in_words
from sheetgen.mathematics.training_step import TableColumn, forward_pass
from sheetgen.practice.blanks import Blank
from templates import LEARNING_RATE, PLAIN, TOTAL_LOSS, Layer, Network, Template, Training, delta_of, gradient_of
from templates.training import state_of

LONGEST = 1_200  # characters of a formula in symbols; more cannot be read
_MOST_NAMES, _MOST_PARTS = 6, 20  # in one list


def tasks(template: Template) -> Mapping[str, str]:
    """What each computed quantity is, by its label."""
    network = template.network
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
            for state in rule_of(template.training).states:
                found[state_of(name, state.letter)] = f"{state.words}, for {name}"
    return found


def reasons(template: Template) -> Mapping[str, str]:
    """The idea behind each computed quantity, by its label; that of a parameter is the idea of its update."""
    network = template.network
    forward, words = forward_pass(network), LOSSES[network.loss].words
    found = {TOTAL_LOSS: f"Add up {_list(network.losses, ' + ')}."}
    for loss, target, output in zip(network.losses, network.targets, _last(network).outputs, strict=True):
        found[loss] = words.format(target=target, output=output)
    deltas = {net: delta_of(net) for layer in network.layers for net in layer.nets}
    arriving = gradients(forward, TOTAL_LOSS, deltas)
    for layer in network.layers:
        found |= dict(_unit_reasons(layer, network, forward, arriving))
        found |= dict(_parameter_reasons(layer, forward, template.training))
    return found


def made_of(column: TableColumn) -> str:
    """What the column's formula reads, in words, without how."""
    read = list(_read(column.then))
    own = dict.fromkeys(one.label for one in read if not (isinstance(one, Column) and one.rows))
    above = dict.fromkeys(one.label for one in read if isinstance(one, Column) and one.rows)
    parts = [_list([*own], most=_MOST_PARTS)] if own else []
    parts += [f"{_list([*above], most=_MOST_PARTS)} in the row above"] if above else []
    return f"It is made of {'; and of '.join(parts)}."


def _read(expression: Expression) -> Iterator[Column | Setting]:
    if isinstance(expression, Column | Setting):
        yield expression
    for part in expression.parts:
        yield from _read(part)


def formula_in_symbols(column: TableColumn, blank: Blank) -> str:
    """The column's formula for a reader: `a_h1 = 1/(1 + exp(−h1))`, where (n−1) is the row above."""
    text = mathematics(column.then)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return f"{blank.label} = {text}" + (", where (n−1) is the row above" if blank.rows[0] else "")


def _unit_reasons(
    layer: Layer, network: Network, forward: Graph, arriving: Mapping[str, Expression]
) -> Iterator[tuple[str, str]]:
    for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
        biases = "".join(f", and add the bias {bias}" for bias in layer.biases_of(unit))
        weighted = (
            f"Multiply what feeds {net} ({_list(layer.sources[unit])}) by the weights on the way, add up{biases}."
        )
        yield net, weighted if layer.weights else f"It is {rule_in_words(layer, unit)}."
        if output == net:
            yield delta_of(net), f"The chain rule: what comes back to {net} from all that reads it, added up."
            continue
        read = _list([label for label in layer.nets if label in forward[output].slopes])
        yield output, f"Put {read} through the activation function of the unit: {layer.activation.value}."
        ways = _list([*_ways(net, layer, network, forward, arriving)], " + ")
        yield delta_of(net), f"The chain rule: {ways}."


def _ways(
    net: str, layer: Layer, network: Network, forward: Graph, arriving: Mapping[str, Expression]
) -> Iterator[str]:
    """The ways on which a gradient comes back to a net input, in words."""
    losses = dict(zip(_last(network).outputs, network.losses, strict=True))
    for reader in (label for label in (*layer.outputs, *network.losses) if net in forward[label].slopes):
        slope = f"∂{reader}/∂{net}"
        if reader in network.losses:
            yield slope
        elif reader in losses and reader in forward[losses[reader]].slopes:
            yield f"∂{losses[reader]}/∂{reader} · {slope}"
        elif reader not in losses:
            terms = _list(mathematics(arriving[reader]).split(" + "), " + ")
            yield f"what comes back to {reader}, {terms}, times {slope}"


def _parameter_reasons(layer: Layer, forward: Graph, training: Training) -> Iterator[tuple[str, str]]:
    step = f"{LEARNING_RATE} times its gradient in the row above"
    if training != PLAIN:
        step = f"a step of {training.optimizer.phrase}: against {rule_of(training).idea}, all of the row above"
    for name in layer.trained:
        nets = [label for label, column in forward.items() if name in column.slopes]
        if len(nets) > 1 and name not in layer.bias_names:
            ways = [f"∂E_t/∂{net}·{mathematics(product(forward[net].slopes[name]))}" for net in nets]
            way = f"{name} stands at several units, so ∂E_t/∂{name} = {_list(ways, ' + ')}."
        elif name in layer.bias_names:
            terms = _list([*map(gradient_of, nets)], " + ")
            way = f"{name} is added to {_list(nets)} as it is, so ∂E_t/∂{name} = {terms}."
        else:
            net, carried = nets[0], mathematics(product(forward[nets[0]].slopes[name]))
            way = (
                f"∂E_t/∂{name} = ∂E_t/∂{net} · ∂{net}/∂{name}. "
                f"On its way to {net}, {name} is multiplied by {carried}, so ∂{net}/∂{name} = {carried}."
            )
        yield gradient_of(name), f"The chain rule: {way}"
        yield name, f"Go downhill: take {name} in the row above, less {step}."
        for state, (label, added, _) in zip(rule_of(training).states, states_of(name, training), strict=True):
            yield (
                label,
                f"Take {mathematics(state.keeps)} times what is in the row above, and add {mathematics(added)}.",
            )


def _last(network: Network) -> Layer:
    return network.layers[-1]


def _list(names: Sequence[str], between: str = ", ", most: int = _MOST_NAMES) -> str:
    shown = names if len(names) <= most else [*names[: most - 1], "…"]
    return between.join(shown)
