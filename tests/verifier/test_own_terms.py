"""A table with another activation or loss is judged on its own terms: its gradients must be those of its own loss."""

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from tests.verifier.calculator import evaluate
from tests.verifier.foreign import FORMULAS, Layout, write_workbook
from verifier import Engine, Kind, Status, verify

HIDDEN, OUTPUTS = ("h1", "h2"), ("o1", "o2")


def network(activation: str, slope: str, delta: str | None = None, **losses: str) -> dict[str, str]:
    """Formulas of a 2-2-2 net with another hidden activation, its slope, and the outputs' deltas ∂E_total/∂o.

    `{x}` stands for the unit's own net input, `{a}` for its activation, `{t}` for its target.
    """
    formulas = {f"a_{net}": _of(activation, net) for net in HIDDEN} | losses
    deltas = {net: f"({_of(delta, net)})" if delta else f"({_sigmoid_delta(net)})" for net in OUTPUTS}
    for unit, net in enumerate(HIDDEN):
        arriving = "+".join(f"{deltas[o]}*{{w{5 + 2 * k + unit}}}" for k, o in enumerate(OUTPUTS))
        for source in (1, 2):
            formulas[f"∂E_t/∂w{2 * unit + source}"] = f"({arriving})*({_of(slope, net)})*{{i{source}}}"
    for k, net in enumerate(OUTPUTS):
        for unit in (1, 2):
            formulas[f"∂E_t/∂w{4 + 2 * k + unit}"] = f"{deltas[net]}*{{a_h{unit}}}"
    return formulas


def _of(form: str, net: str) -> str:
    return form.replace("{x}", f"{{{net}}}").replace("{a}", f"{{a_{net}}}").replace("{t}", f"{{t{net[1]}}}")


def _sigmoid_delta(net: str) -> str:
    return _of("({a}-{t})*{a}*(1-{a})", net)


SIGMOID, SIGMOID_SLOPE = "1/(1+EXP(-{x}))", "{a}*(1-{a})"
NETWORKS: Mapping[str, Mapping[str, str]] = {
    "leaky ReLU": network("IF({x}>0,{x},0.01*{x})", "IF({x}>0,1,0.01)"),
    "softplus": network("LN(1+EXP({x}))", "1/(1+EXP(-{x}))"),
    "swish": network("{x}/(1+EXP(-{x}))", "1/(1+EXP(-{x}))+{x}*EXP(-{x})/(1+EXP(-{x}))^2"),
    "ELU": network("IF({x}>0,{x},EXP({x})-1)", "IF({x}>0,1,EXP({x}))"),
    "squared error": network(
        SIGMOID, SIGMOID_SLOPE, "2*({a}-{t})*{a}*(1-{a})", E1="({t1}-{a_o1})^2", E2="({t2}-{a_o2})^2"
    ),
    "mean squared error": network(
        SIGMOID, SIGMOID_SLOPE, "({a}-{t})*{a}*(1-{a})",
        E1="({t1}-{a_o1})^2", E2="({t2}-{a_o2})^2", E_total="({E1}+{E2})/2",
    ),
    "mean of the halves": network(SIGMOID, SIGMOID_SLOPE, "({a}-{t})*{a}*(1-{a})/2", E_total="AVERAGE({E1},{E2})"),
    "cross entropy": network(
        SIGMOID, SIGMOID_SLOPE, "{a}-{t}",
        E1="-({t1}*LN({a_o1})+(1-{t1})*LN(1-{a_o1}))", E2="-({t2}*LN({a_o2})+(1-{t2})*LN(1-{a_o2}))",
    ),
    "softmax": {
        **network(SIGMOID, SIGMOID_SLOPE, "{a}*({t1}+{t2})-{t}", E1="-{t1}*LN({a_o1})", E2="-{t2}*LN({a_o2})"),
        "a_o1": "EXP({o1})/(EXP({o1})+EXP({o2}))",
        "a_o2": "EXP({o2})/(EXP({o1})+EXP({o2}))",
    },
    "penalty on weights": {
        **{f"∂E_t/∂w{k}": FORMULAS[f"∂E_t/∂w{k}"] + f"+0.1*{{w{k}}}" for k in range(1, 9)},
        "E_total": "{E1}+{E2}+0.05*SUMSQ({w1}:{w4},{w5}:{w8})",
    },
    "absolute error": network(
        SIGMOID, SIGMOID_SLOPE, "IF({a}>{t},1,-1)*{a}*(1-{a})", E1="ABS({t1}-{a_o1})", E2="ABS({t2}-{a_o2})"
    ),
}  # fmt: skip


def faults(path: Path, engine: Engine) -> list[tuple[Kind, str | None]]:
    return [(fault.kind, fault.label) for fault in verify(path, engine).faults]


def same_formula(found: str, layout: Layout, label: str) -> bool:
    """Whether a formula in a column's first row gives what the layout's own formula for it gives."""
    form = re.sub(r"\{([^}]+)\}", lambda match: layout.cell(match[1], 0), {**FORMULAS, **layout.formulas}[label])
    source = partial(random_number, 7)
    return evaluate(found.removeprefix("="), "", source) == pytest.approx(evaluate(form, "", source), rel=1e-9)


def random_number(seed: int, sheet: str, cell: str) -> float:
    return random.Random(f"{seed} {sheet} {cell}").uniform(0.1, 0.9)  # noqa: S311  the same each run


@pytest.mark.parametrize("name", NETWORKS)
def test_other_networks_are_right_on_their_own_terms(name: str, engine: Engine, tmp_path: Path) -> None:
    """A net with an activation or a loss of its own is right where its gradients are those of its own loss."""
    path = write_workbook(tmp_path / "book.xlsx", Layout(formulas=NETWORKS[name]))
    assert faults(path, engine) == []
    assert verify(path, engine).status is Status.RIGHT


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("label", ["∂E_t/∂w3", "∂E_t/∂w6"])
def test_wrong_gradient_of_another_network_is_found(name: str, label: str, engine: Engine, tmp_path: Path) -> None:
    """One gradient that is not the derivative of the table's own loss is found, and nothing else."""
    own = {**FORMULAS, **NETWORKS[name]}
    wrong = own[label].replace("{i1}", "{i2}") if label == "∂E_t/∂w3" else own[label].replace("a_h2", "a_h1")
    path = write_workbook(tmp_path / "book.xlsx", Layout(formulas={**NETWORKS[name], label: wrong}))
    (fault,) = verify(path, engine).faults
    assert (fault.kind, fault.label) == (Kind.WRONG_GRADIENT, label)
    assert fault.mend is not None
    assert same_formula(fault.mend, Layout(formulas=NETWORKS[name]), label)


@pytest.mark.parametrize("name", NETWORKS)
def test_wrong_update_of_another_network_is_found(name: str, engine: Engine, tmp_path: Path) -> None:
    """An update with a neighbour's gradient is a wrong update, whatever the forward pass."""
    wrong = {"w3": "{w3'}-$E$8*{∂E_t/∂w1'}"}
    path = write_workbook(tmp_path / "book.xlsx", Layout(formulas={**NETWORKS[name], **wrong}))
    assert faults(path, engine) == [(Kind.WRONG_UPDATE, "w3")]


@pytest.mark.parametrize("name", ["leaky ReLU", "softplus", "swish", "ELU"])
def test_unit_unlike_its_siblings_is_a_wrong_forward_formula(name: str, engine: Engine, tmp_path: Path) -> None:
    """A unit that reads its neighbour's net input is wrong itself, though its gradients follow what is right."""
    wrong = {"a_h2": NETWORKS[name]["a_h2"].replace("h2", "h1")}
    path = write_workbook(tmp_path / "book.xlsx", Layout(formulas={**NETWORKS[name], **wrong}))
    assert faults(path, engine) == [(Kind.WRONG_FORWARD, "a_h2")]


def test_forward_pass_that_the_gradients_do_not_follow_is_named_where_fewest_columns_are_wrong(
    engine: Engine, tmp_path: Path
) -> None:
    """Squared errors without the half that eight gradients count on are two wrong formulas, not eight."""
    losses = {"E1": "({t1}-{a_o1})^2", "E2": "({t2}-{a_o2})^2"}
    path = write_workbook(tmp_path / "book.xlsx", replace(Layout(), formulas=losses))
    assert faults(path, engine) == [(Kind.WRONG_FORWARD, "E1"), (Kind.WRONG_FORWARD, "E2")]


_CHAIN = {
    "slope 1": "{a_o1}*(1-{a_o1})",
    "back 1": "({a_o1}-{t1})*{slope 1}",
    "back 2": "({a_o2}-{t2})*{a_o2}*(1-{a_o2})",
}
_ARRIVING = "({{back 1}}*{{w{0}}}+{{back 2}}*{{w{1}}})*{{a_h{2}}}*(1-{{a_h{2}}})"
_BY_CHAIN = {
    "∂E_t/∂w1": _ARRIVING.format(5, 7, 1) + "*{i1}", "∂E_t/∂w2": _ARRIVING.format(5, 7, 1) + "*{i2}",
    "∂E_t/∂w3": _ARRIVING.format(6, 8, 2) + "*{i1}", "∂E_t/∂w4": _ARRIVING.format(6, 8, 2) + "*{i2}",
    "∂E_t/∂w5": "{back 1}*{a_h1}", "∂E_t/∂w6": "{back 1}*{a_h2}",
    "∂E_t/∂w7": "{back 2}*{a_h1}", "∂E_t/∂w8": "{back 2}*{a_h2}",
}  # fmt: skip


def test_unnamed_factor_is_blamed_for_the_gradients_that_use_it(engine: Engine, tmp_path: Path) -> None:
    """A column of the chain rule under a name of its writer's own is found wrong itself, not the six that read it."""
    right = Layout(extra=_CHAIN, formulas=_BY_CHAIN)
    assert faults(write_workbook(tmp_path / "right.xlsx", right), engine) == []
    wrong = replace(right, extra={**_CHAIN, "back 2": "({a_o2}-{t2})*{a_o2}*(1-{a_o1})"})
    (fault,) = verify(write_workbook(tmp_path / "wrong.xlsx", wrong), engine).faults
    letters = wrong.column("back 2")
    assert (fault.kind, fault.cells) == (Kind.WRONG_GRADIENT, f"{letters}11:{letters}22")


def test_typed_value_in_a_derivative_of_nothing_known_is_found(engine: Engine, tmp_path: Path) -> None:
    """A factor of the chain rule whose quantities the table has not keeps one formula all the way down."""
    name = "∂E1/∂a_o9"
    layout = Layout(extra={name: "{a_o1}-{t1}"})
    path = write_workbook(tmp_path / "book.xlsx", layout)
    assert faults(path, engine) == []
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0][layout.cell(name, 6)] = 0.123
    workbook.save(path)
    assert faults(path, engine) == [(Kind.CONSTANT, name)]
