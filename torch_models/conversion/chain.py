"""A module as a chain of layers: the steps that `torch.fx` traces, where each reads the one before it and nothing else.

Source: Reed et al., "torch.fx: Practical Program Capture and Transformation for Deep Learning in Python" (MLSys, 2022).
"""

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, fx, nn

from templates import TemplateError
from torch_models.conversion.refusals import no_counterpart

_FUNCTIONS: Mapping[object, type[nn.Module]] = {  # each takes its input, and then what the class takes
    **dict.fromkeys((torch.relu, nn.functional.relu, "relu"), nn.ReLU),
    **dict.fromkeys((torch.tanh, nn.functional.tanh, "tanh"), nn.Tanh),
    **dict.fromkeys((torch.sigmoid, nn.functional.sigmoid, "sigmoid"), nn.Sigmoid),
    **dict.fromkeys((torch.flatten, "flatten"), nn.Flatten),
    **dict.fromkeys((torch.softmax, nn.functional.softmax, "softmax"), nn.Softmax),
    **dict.fromkeys((torch.log_softmax, nn.functional.log_softmax, "log_softmax"), nn.LogSoftmax),
    nn.functional.leaky_relu: nn.LeakyReLU,
    nn.functional.softplus: nn.Softplus,
    nn.functional.silu: nn.SiLU,
    nn.functional.gelu: nn.GELU,
    nn.functional.max_pool2d: nn.MaxPool2d,
    nn.functional.avg_pool2d: nn.AvgPool2d,
}


@dataclass(frozen=True)
class Link:
    """A layer of the chain: where it is, the path of its parameters, and what is picked of what it gives."""

    where: str  # for people: `Sequential.0`
    path: str  # before the names of its parameters: `0.`
    module: nn.Module
    picked: tuple[object, ...] = ()  # one index after the other

    def __call__(self, values: Any) -> Tensor:
        """What it gives for a batch."""
        values = self.module(values)
        for index in self.picked:
            values = values[index]
        if not isinstance(values, Tensor):
            raise TypeError("returns several tensors, and none is selected")
        return values


def chain_of(module: nn.Module) -> list[Link]:
    """The layers of a module from its input to its output. Raises `TemplateError`."""
    root = type(module).__name__
    if type(module).__module__.startswith("torch.nn.") and not isinstance(module, nn.Sequential):
        return [Link(root, "", module)]
    try:
        graph = fx.symbolic_trace(module).graph
    except Exception as error:  # whatever the module's own code says to it
        first = str(error).partition("\n")[0]
        raise TemplateError(f"{root}: cannot be traced by torch.fx: {type(error).__name__}: {first}") from None
    graph.eliminate_dead_code()
    links = list[Link]()
    for node in _in_line(graph, root):
        if node.target is operator.getitem and links:
            links[-1] = replace(links[-1], picked=(*links[-1].picked, node.args[1]))
        else:
            links.append(_link(node, module, root))
    return links


def _in_line(graph: fx.Graph, root: str) -> Iterator[fx.Node]:
    """The steps between input and output, each of which reads the one before it."""
    for before, node in pairwise(graph.nodes):
        if node.all_input_nodes != [before]:
            where = root if node.op == "output" else f"{root}.{node.name}"
            raise TemplateError(
                f"{where}: reads something other than the layer before it; only a chain of layers is supported"
            )
        if node.op == "output" and node.args[0] is not before:
            raise TemplateError(f"{root}: does not return a single tensor; only a chain of layers is supported")
        if node.op != "output":
            yield node


def _link(node: fx.Node, module: nn.Module, root: str) -> Link:
    if node.op == "call_module":
        return Link(f"{root}.{node.target}", f"{node.target}.", module.get_submodule(str(node.target)))
    where = f"{root}.{node.name}"
    try:
        kind = _FUNCTIONS[node.target]
    except KeyError:
        raise no_counterpart(where, node.target, _FUNCTIONS.values()) from None
    options = {name: value for name, value in node.kwargs.items() if value is not None and name != "_stacklevel"}
    try:
        return Link(where, f"{node.name}.", kind(*node.args[1:], **options))
    except TypeError as error:
        raise TemplateError(f"{where}: has no counterpart: {error}") from None
