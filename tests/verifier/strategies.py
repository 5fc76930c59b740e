"""Random networks for hypothesis."""

from collections.abc import Mapping

from hypothesis import strategies as st

from templates import Activation, Bias, Deltas, LayerSize, Network, Template

NUMBERS = st.floats(-1.5, 1.5).map(lambda number: round(number, 3))


@st.composite
def networks(draw: st.DrawFn, most_units: int = 3, most_layers: int = 3) -> Network:
    """Networks with up to so many layers and units a layer, of all kinds of units, with and without biases."""
    sizes = st.builds(
        LayerSize,
        st.integers(1, most_units),
        st.sampled_from(Activation),
        st.sampled_from(Bias),
        st.booleans(),
    ).filter(lambda size: size.units > 1 or size.activation is not Activation.SOFTMAX)
    return Network(draw(st.integers(1, most_units)), tuple(draw(st.lists(sizes, min_size=1, max_size=most_layers))))


def starts(network: Network) -> st.SearchStrategy[Mapping[str, float]]:
    """Numbers to start from, one for each input, target and parameter."""
    return st.fixed_dictionaries(dict.fromkeys((*network.inputs, *network.targets, *network.parameters), NUMBERS))


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """Templates of random networks, with few iterations."""
    network = draw(networks())
    return Template(
        name="random", title="Random", description="A random network.", network=network,
        start=draw(starts(network)), learning_rates=(draw(st.sampled_from((0.05, 0.1, 0.5))),),
        iterations=draw(st.integers(3, 7)), deltas=draw(st.sampled_from(Deltas)),
    )  # fmt: skip
