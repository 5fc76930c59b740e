"""The names of everything in a network, against lists written by hand."""

from templates import (
    Activation,
    Bias,
    LayerSize,
    Loss,
    Network,
    activation_of,
    delta_of,
    gradient_of,
    numbered,
)


def test_the_weights_of_a_2_2_2_network_are_numbered_layer_by_layer_and_row_by_row() -> None:
    hidden, output = Network(2, (LayerSize(2), LayerSize(2))).layers
    assert hidden.weights == (("w1", "w2"), ("w3", "w4"))
    assert output.weights == (("w5", "w6"), ("w7", "w8"))
    assert hidden.feeding == ("i1", "i2")
    assert output.feeding == ("a_h1", "a_h2")
    assert (hidden.nets, hidden.outputs) == (("h1", "h2"), ("a_h1", "a_h2"))
    assert (output.nets, output.outputs) == (("o1", "o2"), ("a_o1", "a_o2"))


def test_layers_of_different_sizes_keep_one_row_a_unit() -> None:
    hidden, output = Network(3, (LayerSize(2), LayerSize(1))).layers
    assert hidden.weights == (("w1", "w2", "w3"), ("w4", "w5", "w6"))
    assert output.weights == (("w7", "w8"),)


def test_hidden_units_keep_counting_from_layer_to_layer_and_outputs_start_anew() -> None:
    first, second, output = Network(1, (LayerSize(2), LayerSize(3), LayerSize(2))).layers
    assert first.nets == ("h1", "h2")
    assert second.nets == ("h3", "h4", "h5")
    assert output.nets == ("o1", "o2")
    assert second.weights == (("w3", "w4"), ("w5", "w6"), ("w7", "w8"))
    assert output.weights == (("w9", "w10", "w11"), ("w12", "w13", "w14"))
    assert output.feeding == ("a_h3", "a_h4", "a_h5")


def test_layers_of_the_same_size_are_told_apart() -> None:
    """The last layer is the output also where the hidden ones look just like it."""
    size = LayerSize(1)
    assert [layer.nets for layer in Network(1, (size, size, size)).layers] == [("h1",), ("h2",), ("o1",)]


def test_a_single_layer_is_the_output_layer() -> None:
    (output,) = Network(2, (LayerSize(1),)).layers
    assert (output.nets, output.sources, output.weights) == (("o1",), (("i1", "i2"),), (("w1", "w2"),))


def test_a_shared_bias_is_one_name_for_all_units_and_biases_keep_counting() -> None:
    sizes = (
        LayerSize(2, bias=Bias.SHARED),
        LayerSize(2),
        LayerSize(3, bias=Bias.PER_UNIT),
        LayerSize(1, bias=Bias.SHARED),
    )
    layers = Network(1, sizes).layers
    assert [layer.biases for layer in layers] == [("b1", "b1"), (), ("b2", "b3", "b4"), ("b5",)]
    assert [layer.bias_names for layer in layers] == [("b1",), (), ("b2", "b3", "b4"), ("b5",)]


def test_parameters_run_layer_by_layer_weights_before_biases() -> None:
    network = Network(1, (LayerSize(2, bias=Bias.PER_UNIT), LayerSize(1, bias=Bias.SHARED)))
    assert network.parameters == ("w1", "w2", "b1", "b2", "w3", "w4", "b3")


def test_trained_are_all_weights_and_then_the_biases_that_are_trained() -> None:
    sizes = (
        LayerSize(2, bias=Bias.PER_UNIT),
        LayerSize(1, bias=Bias.SHARED, trained_bias=False),
        LayerSize(1, bias=Bias.SHARED),
    )
    network = Network(1, sizes)
    assert network.parameters == ("w1", "w2", "b1", "b2", "w3", "w4", "b3", "w5", "b4")
    assert network.trained == ("w1", "w2", "w3", "w4", "w5", "b1", "b2", "b4")


def test_inputs_are_numbered_by_the_inputs_targets_and_losses_by_the_outputs() -> None:
    network = Network(3, (LayerSize(1), LayerSize(2)))
    assert network.inputs == ("i1", "i2", "i3")
    assert network.targets == ("t1", "t2")
    assert network.losses == ("E1", "E2")


def test_a_unit_and_a_parameter_name_what_belongs_to_them() -> None:
    assert activation_of("h1") == "a_h1"
    assert gradient_of("w1") == "∂E_t/∂w1"
    assert delta_of("o2") == "δ_o2"
    assert numbered("w", 2, 4) == ("w5", "w6")


def test_a_network_is_described_by_its_units_their_kinds_and_whether_it_has_biases() -> None:
    assert Network(2, (LayerSize(2), LayerSize(2))).describe() == "2-2-2 sigmoid"
    entropy = Network(1, (LayerSize(1),), Loss.BINARY_CROSS_ENTROPY)
    assert entropy.describe() == "1-1 sigmoid, binary cross-entropy"
    mixed = (LayerSize(3, Activation.RELU), LayerSize(2, Activation.TANH), LayerSize(2, bias=Bias.PER_UNIT))
    assert Network(3, mixed).describe() == "3-3-2-2 relu-tanh-sigmoid with biases"
