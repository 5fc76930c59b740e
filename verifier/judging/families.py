"""The families of a forward pass, and the ways in which each may be read: as the vocabulary has it, or as it stands.

What all units of a layer, or all losses, have in common is taken for meant; one that differs from its siblings is
wrong. Coupled units, as those of a softmax, are taken as they are.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence

from templates import TOTAL_LOSS, Layer, Network
from verifier.judging import forward
from verifier.judging.case import Case
from verifier.judging.forward import Node
from verifier.judging.own_columns import own_node

Family = Mapping[str, Node]  # columns that are chosen together

_POINTS = (-1.3, -0.4, 0.7, 2.1)  # net inputs on which activations differ
_SAMPLES = 6  # random arguments on which two functions must agree to be the same
_SAME = 1e-9


def families(case: Case, network: Network) -> list[list[Family]]:
    """For each family of columns the ways to read it, the most usual first."""
    activations = [_activations(case, layer) for layer in network.layers]
    return [_nets(case, network), *activations, _losses(case, network), _total(case, network)]


def _nets(case: Case, network: Network) -> list[Family]:
    """The net inputs: weighted sums, or as they are where most of them are something else."""
    usual = {
        net: forward.net_input(layer.weights[k], layer.sources, layer.biases[k : k + 1])
        for layer in network.layers
        for k, net in enumerate(layer.nets)
        if net in case.table.columns
    }
    own = {net: node for net in usual if (node := own_node(case, net)) is not None}
    agreeing = sum(_same(node, usual[net]) for net, node in own.items())
    return [usual] if agreeing * 2 >= len(own) else [usual, usual | own]


def _activations(case: Case, layer: Layer) -> list[Family]:
    """The activations of a layer: of the kind that was inferred, or as most of its units are."""
    shown = [
        (net, output) for net, output in zip(layer.nets, layer.outputs, strict=True) if output in case.table.columns
    ]
    own = {output: node for _, output in shown if (node := own_node(case, output)) is not None}
    if not all(net in case.table.columns for net, _ in shown):
        return [own]
    usual = {output: forward.activation(layer.activation, net) for net, output in shown}
    common = _most_common([node for node in own.values() if len(node.reads) == 1 and _is_everywhere(node)], _of_one)
    if common is not None and _of_one(common) == _of_one(next(iter(usual.values()))):
        return [usual]
    if common is not None:
        return [usual, {output: common.reading([net]) for net, output in shown}]
    coupled = bool(own) and all(len(node.reads) > 1 for node in own.values())  # as those of a softmax are
    return [usual, usual | own] if coupled else [usual]


def _losses(case: Case, network: Network) -> list[Family]:
    """The losses of the outputs: half squared errors, or as most of them are."""
    pairs = zip(network.targets, network.layers[-1].outputs, network.losses, strict=True)
    shown = [(target, output, loss) for target, output, loss in pairs if loss in case.table.columns]
    usual = {loss: forward.half_squared_error(target, output) for target, output, loss in shown}
    own = {loss: node for _, _, loss in shown if (node := own_node(case, loss)) is not None}
    of_two = {loss: _target_first(node, network.targets) for loss, node in own.items() if len(node.reads) == 2}
    common = _most_common([node for node in of_two.values() if node is not None], _of_two)
    if common is None:
        return [usual, usual | own] if own else [usual]
    if _of_two(common) == _of_two(next(iter(usual.values()))):
        return [usual]
    return [usual, {loss: common.reading([target, output]) for target, output, loss in shown}]


def _total(case: Case, network: Network) -> list[Family]:
    """The total: the sum of the losses, or as it is; half the squared errors where the table shows neither."""
    shown = [loss for loss in network.losses if loss in case.table.columns]
    own = own_node(case, TOTAL_LOSS) if TOTAL_LOSS in case.table.columns else None
    if not shown:
        return [{TOTAL_LOSS: own or forward.half_squared_errors(network.targets, network.layers[-1].outputs)}]
    usual = forward.total(shown)
    return [{TOTAL_LOSS: usual}] if own is None or _same(own, usual) else [{TOTAL_LOSS: usual}, {TOTAL_LOSS: own}]


def _target_first(node: Node, targets: Sequence[str]) -> Node | None:
    """A function of a target and an output, the target first; None where it is of something else."""
    kinds = [name in targets for name in node.reads]
    if kinds == [True, False]:
        return node
    if kinds != [False, True]:
        return None
    return Node(
        node.reads[::-1],
        lambda numbers: node.value(numbers[::-1]),
        lambda numbers: node.slopes(numbers[::-1])[::-1],
    )


Signature = tuple[float, ...]


def _most_common(nodes: Sequence[Node], signature: Callable[[Node], Signature]) -> Node | None:
    """One of the nodes with the signature that most have; the first of them."""
    signatures = [signature(node) for node in nodes]
    return max(nodes, key=lambda node: signatures.count(signature(node)), default=None)


def _is_everywhere(node: Node) -> bool:
    """Whether a function of one number has a value for all of them, as an activation must: 1/(1-EXP(-x)) has not."""
    return all(math.isfinite(node.value([point])) for point in (-20.0, *_POINTS, 0.0, 20.0))


def _of_one(node: Node) -> Signature:
    return tuple(_rounded(node.value([point])) for point in _POINTS)


def _of_two(node: Node) -> Signature:
    generator = random.Random(2)  # noqa: S311  the same samples in every run
    points = [[generator.uniform(0.1, 0.9), generator.uniform(0.1, 0.9)] for _ in range(_SAMPLES)]
    return tuple(_rounded(node.value(point)) for point in points)


def _rounded(number: float) -> float:
    return -1e300 if math.isnan(number) else float(f"{number:.9e}")


def _same(one: Node, other: Node) -> bool:
    """Whether two functions read the same and give the same, on random numbers."""
    if set(one.reads) != set(other.reads):
        return False
    generator = random.Random(1)  # noqa: S311  the same samples in every run
    for _ in range(_SAMPLES):
        numbers = {name: generator.uniform(0.1, 0.9) for name in one.reads}
        left, right = (node.value([numbers[name] for name in node.reads]) for node in (one, other))
        if not math.isclose(left, right, rel_tol=_SAME):
            return False
    return True
