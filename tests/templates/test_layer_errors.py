"""What is wrong in a layer that is not dense is said like anything else: file, field, rule and value, in one line."""

import pytest

from templates import TemplateError, parse_template

PICTURE = "input_shape = [1, 3, 3]\ninputs = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]\n"
SEQUENCE = "input_shape = [2, 2]\ninputs = [[1, 2], [3, 4]]\n"
CONVOLUTION = 'kind = "conv2d"\nkernels = [[[1, 2], [3, 4]]]\n'
NORM = 'kind = "batch norm"\n'
SAMPLES = "inputs = [[1], [2]]\n"
RECURRENT = 'kind = "recurrent"\ninput_weights = [[1, 2]]\nrecurrent_weights = [[1]]\n'
ATTENTION = 'kind = "attention"\nquery = [[1, 2]]\nkey = [[1, 2]]\nvalue = [[1, 2]]\n'

# The inputs, the layer, and the field, the rule and the value that are named.
WRONG = [
    pytest.param(PICTURE, 'kind = "conv3d"', "layers[1].kind", "must be one of dense, conv2d", "'conv3d'", id="kind"),
    pytest.param(PICTURE, CONVOLUTION + "size = 2", "layers[1].size", "is not a known field", "2", id="unknown field"),
    pytest.param(
        "inputs = [1, 2]\n",
        CONVOLUTION,
        "layers[1].kind",
        "takes what has channels, rows, columns",
        "'conv2d'",
        id="no picture",
    ),
    pytest.param(
        PICTURE,
        'kind = "conv2d"\nkernels = [[[[1]], [[1]]]]',
        "layers[1].kernels",
        "for each of the 1 channels",
        "2",
        id="channels",
    ),
    pytest.param(
        PICTURE,
        'kind = "conv2d"\nkernels = [[[1, 2], [3]]]',
        "layers[1].kernels",
        "rows of one length",
        "[[[1, 2], [3]]]",
        id="ragged kernel",
    ),
    pytest.param(PICTURE, 'kind = "conv2d"\nkernels = [1]', "layers[1].kernels", "inside each other", "[1]", id="flat"),
    pytest.param(
        PICTURE, CONVOLUTION + "padding = 2", "layers[1].padding", "must be less than the kernels' 2", "2", id="padding"
    ),
    pytest.param(PICTURE, CONVOLUTION + "stride = 0", "layers[1].stride", "rows and columns", "0", id="stride"),
    pytest.param(PICTURE, CONVOLUTION + "biases = [1, 2]", "layers[1].biases", "1 units", "[1, 2]", id="biases"),
    pytest.param(
        PICTURE, 'kind = "max pool"\nsize = 4', "layers[1].size", "must fit the picture", "'4x4'", id="window"
    ),
    pytest.param(PICTURE, 'kind = "max pool"', "layers[1].size", "is missing", "", id="no window"),
    pytest.param(PICTURE, 'kind = "dropout"\nrate = 1\nseed = 1', "layers[1].rate", "less than 1", "1", id="rate"),
    pytest.param(PICTURE, 'kind = "dropout"\nrate = 0.5', "layers[1].seed", "is missing", "", id="no seed"),
    pytest.param(
        "inputs = [0, 2]\n", 'kind = "embedding"\nvectors = [[1], [2]]', "inputs", "from 0 to 1", "2.0", id="word"
    ),
    pytest.param(
        SEQUENCE, RECURRENT.replace("[[1, 2]]", "[[1]]"), "layers[1].input_weights", "2 a row", "1", id="width"
    ),
    pytest.param(
        SEQUENCE,
        RECURRENT.replace("[[1]]", "[[1, 2]]"),
        "layers[1].recurrent_weights",
        "1 rows of 1",
        "[1, 2]",
        id="not square",
    ),
    pytest.param(
        SEQUENCE,
        ATTENTION.replace("key = [[1, 2]]", "key = [[1, 2], [3, 4]]"),
        "layers[1].key",
        "as many rows",
        "2",
        id="keys",
    ),
    pytest.param(SEQUENCE, ATTENTION.replace("[[1, 2]]", "[[1]]", 1), "layers[1].query", "2 a row", "1", id="query"),
    pytest.param(
        "inputs = [1]\n", NORM, "layers[1].kind", "a batch_size of 2 or more", "'batch norm'", id="one sample"
    ),
    pytest.param(SAMPLES, NORM + "gamma = [1, 2]", "layers[1].gamma", "one for each of 1", "[1, 2]", id="gamma"),
    pytest.param(SAMPLES, NORM + "beta = true", "layers[1].beta", "list of 1 to", "true", id="beta"),
    pytest.param(SAMPLES, NORM + "epsilon = 0", "layers[1].epsilon", "must be more than 0", "0", id="epsilon"),
    pytest.param(
        SAMPLES.replace("[[1], [2]]", "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]") + "input_shape = [2, 2]\n",
        NORM,
        "layers[1].kind",
        "takes units, or channels, rows and columns",
        "'batch norm'",
        id="tokens",
    ),
    pytest.param(
        "input_shape = [4]\ninputs = [1]\n", "weights = [[1]]", "inputs", "must be 4 numbers", "1", id="inputs"
    ),
    pytest.param(
        "input_shape = [0]\ninputs = [1]\n", "weights = [[1]]", "input_shape", "1 or more", "[0.0]", id="shape"
    ),
]


@pytest.mark.parametrize(("inputs", "layer", "field", "rule", "got"), WRONG)
def test_an_error_of_a_layer_is_one_line(inputs: str, layer: str, field: str, rule: str, got: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(_text(inputs, layer), name="net", source="net.toml")
    message = str(caught.value)
    assert message.startswith(f"net.toml: {field} ")
    assert rule in message
    assert message.endswith(f"got {got}" if got else "is missing")
    assert "\n" not in message


def test_the_last_layer_is_dense() -> None:
    text = f"{PICTURE}targets = [1]\n[[layers]]\n{CONVOLUTION}[training]\nlearning_rates = [1]\niterations = 1\n"
    with pytest.raises(TemplateError, match=r"layers\[1\]\.kind must be dense for the last layer, got 'conv2d'"):
        parse_template(text, name="net", source="net.toml")


def _text(inputs: str, layer: str) -> str:
    dense = ""
    if "kind" in layer:
        dense = f"[[layers]]\nweights = [[{'1, 1' if 'embedding' in layer else '1'}]]\n"
    targets = "[[1], [1]]" if inputs.startswith("inputs = [[") else "[1]"
    return (
        f"{inputs}targets = {targets}\n[[layers]]\n{layer}\n{dense}[training]\nlearning_rates = [1]\niterations = 1\n"
    )
