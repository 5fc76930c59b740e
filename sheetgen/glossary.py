"""The terms that the sheets use, in a line each, with the names that a network has for them."""

from typing import NamedTuple

from templates import LEARNING_RATE, TOTAL_LOSS, Activation, Network, delta_of


class Term(NamedTuple):
    """A term, an example of what has it for a name on the sheets, and what it means."""

    term: str
    example: str
    meaning: str


def glossary(network: Network) -> tuple[Term, ...]:
    """The terms in the order in which a step needs them."""
    parameter = network.trained[0]
    unit = next((layer for layer in network.layers if layer.outputs[0] != layer.nets[0]), network.layers[-1])
    net, output, gradient = unit.nets[0], unit.outputs[0], network.gradient_of(parameter)
    named = (
        Term("net input", net, "what arrives at a unit: its inputs times their weights, added up, and the bias"),
        Term("activation", output, f"what the unit makes of its net input {net} and hands on"),
        Term("target", network.targets[0], "what the output is to become"),
        Term("loss", network.losses[0], "how far an output is from its target"),
        Term("total loss", TOTAL_LOSS, "the sum of the losses, which training makes smaller; E_t is short for it"),
        Term("gradient", gradient, f"how fast {TOTAL_LOSS} grows with {parameter}, all else unchanged: its slope"),
        Term("delta", delta_of(net), f"the gradient for a net input, {network.gradient_of(net)}"),
        Term("learning rate", LEARNING_RATE, "how long a step is, as a multiple of the gradient"),
        Term("update", f"{parameter}(n+1)", "the value in the next iteration: a step against the gradient"),
        Term("iteration", "n", "a forward pass to the loss, a backward pass to the gradients, and an update"),
    )
    if any(layer.activation in (Activation.RELU, Activation.LEAKY_RELU) for layer in network.layers):
        return (*named, Term("condition", f"[{output} > 0]", f"1 where {output} is above 0, otherwise 0"))
    return named
