"""The equations above the table, against those one writes by hand."""

from collections.abc import Callable
from pathlib import Path

from sheetgen.mathematics.equations import MOST_LINES, backward_lines, chain_rule_lines, forward_lines
from sheetgen.mathematics.training_step import table_columns
from templates import PLAIN, Activation, LayerSize, Network, load_template
from tests.sheetgen.workbooks import values_of

EXERCISE = load_template("backprop").network
FORWARD = [
    "h1 = w1·i1 + w2·i2",
    "a_h1 = 1/(1 + exp(−h1))",
    "h2 = w3·i1 + w4·i2",
    "a_h2 = 1/(1 + exp(−h2))",
    "o1 = w5·a_h1 + w6·a_h2",
    "a_o1 = 1/(1 + exp(−o1))",
    "o2 = w7·a_h1 + w8·a_h2",
    "a_o2 = 1/(1 + exp(−o2))",
    "E1 = ½·(t1 − a_o1)²",
    "E2 = ½·(t2 − a_o2)²",
    "E_total = E1 + E2",
]
CHAIN_RULE = [
    "∂E1/∂a_o1 = a_o1 − t1",
    "∂a_o1/∂o1 = a_o1·(1 − a_o1)",
    "∂E_t/∂o1 = ∂E1/∂a_o1 · ∂a_o1/∂o1",
    "∂o1/∂w5 = a_h1",
    "∂E_t/∂w5 = ∂E_t/∂o1 · ∂o1/∂w5",
    "",
    "∂E_t/∂a_h1 = ∂E_t/∂o1·w5 + ∂E_t/∂o2·w7",
    "∂a_h1/∂h1 = a_h1·(1 − a_h1)",
    "∂E_t/∂h1 = ∂E_t/∂a_h1 · ∂a_h1/∂h1",
    "∂h1/∂w1 = i1",
    "∂E_t/∂w1 = ∂E_t/∂h1 · ∂h1/∂w1",
]


def test_the_forward_pass_of_the_exercise() -> None:
    assert forward_lines(table_columns(EXERCISE)) == FORWARD


def test_the_backward_pass_of_the_exercise_ends_with_the_update() -> None:
    lines = backward_lines(table_columns(EXERCISE), EXERCISE, PLAIN)
    assert lines[2] == (
        "∂E_t/∂w3 = ((a_o1 − t1)·a_o1·(1 − a_o1)·w6 + (a_o2 − t2)·a_o2·(1 − a_o2)·w8)·(a_h2·(1 − a_h2))·i1"
    )
    assert lines[4] == "∂E_t/∂w5 = (a_o1 − t1)·a_o1·(1 − a_o1)·a_h1"
    assert lines[-1] == "w1(n+1) = w1 − η·∂E_t/∂w1 and so on"
    assert len(lines) == 9


def test_the_chain_rule_of_the_exercise_factor_by_factor() -> None:
    assert chain_rule_lines(EXERCISE) == CHAIN_RULE


def test_each_kind_of_unit_has_its_own_slope_in_the_chain_rule() -> None:
    slopes = {
        Activation.SIGMOID: "∂a_o1/∂o1 = a_o1·(1 − a_o1)",
        Activation.TANH: "∂a_o1/∂o1 = 1 − a_o1²",
        Activation.RELU: "∂a_o1/∂o1 = [a_o1 > 0]",
        Activation.LINEAR: "∂a_o1/∂o1 = 1",
        Activation.LEAKY_RELU: "∂a_o1/∂o1 = 0.01 + 0.99·[a_o1 > 0]",
        Activation.SOFTPLUS: "∂a_o1/∂o1 = 1/(1 + exp(−o1))",
        Activation.SILU: "∂a_o1/∂o1 = a_o1 + (1 − a_o1)/(1 + exp(−o1))",
    }
    for kind, line in slopes.items():
        assert line in chain_rule_lines(Network(1, (LayerSize(1, kind),)))


def test_a_large_network_says_how_many_equations_it_leaves_out() -> None:
    network = Network(10, (LayerSize(10),))
    lines = backward_lines(table_columns(network), network, PLAIN)
    assert len(lines) == MOST_LINES + 1
    assert lines[-2].startswith("… and 41 more")


def test_every_tab_shows_all_three(shipped_workbook: Callable[[str], Path]) -> None:
    tab = values_of(shipped_workbook("backprop"))["eta 2.0"]
    shown = [cell.value for row in tab.iter_rows(max_row=31) for cell in row if isinstance(cell.value, str)]
    for line in [*FORWARD, *filter(None, CHAIN_RULE), *backward_lines(table_columns(EXERCISE), EXERCISE, PLAIN)]:
        assert line in shown
