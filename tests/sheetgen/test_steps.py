"""The derivation, read as a person reads it: every formula in symbols comes to the number beside it."""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings

from sheetgen import generate
from sheetgen.explore.steps_sheet import FIRST_ROW, WIDTHS
from templates import Network, Template, load_template
from tests.sheetgen.networks import templates
from tests.sheetgen.steps import first_step, read
from tests.sheetgen.workbooks import formulas_of, values_of
from tests.shipped import every_plainly_trained

Shipped = Callable[[str], Path]
IN_FULL = "in full: "
OVER_SAMPLES = "over all samples of the step"


class Line(NamedTuple):
    name: str
    symbols: str
    value: float
    meaning: str


def lines_of(path: Path, are_origins: bool = False) -> Iterator[Line]:
    """The lines of the sheet Steps from top to bottom: of the derivation, or of where its first factors come from."""
    heading = ""
    for name, symbols, value, meaning in values_of(path)["Steps"].iter_rows(
        min_row=FIRST_ROW + 1, max_col=len(WIDTHS), values_only=True
    ):
        if symbols is None:
            heading = str(name)
        elif heading.startswith("Where ") == are_origins:
            yield Line(name or "", str(symbols).removeprefix("= "), float(str(value)), str(meaning))


def close(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)


def check_derivation(path: Path, template: Template, rate: float) -> None:
    """Read the page with nothing but the numbers that one starts from; every line then adds its own."""
    known = {**template.first_sample.start, "η": rate}
    for line in lines_of(path):
        assert line.name not in known, f"{line.name} is derived twice"
        known[line.name] = line.value if line.meaning.startswith(OVER_SAMPLES) else read(line.symbols, known)
        assert close(known[line.name], line.value), line
        if line.meaning.startswith(IN_FULL):
            assert close(read(line.meaning.removeprefix(IN_FULL), known), line.value), line
    expected = first_step(template, rate)
    for label, value in expected.items():
        if not is_left_out(template.network, label):
            assert close(known[label], value), label


def is_left_out(network: Network, label: str) -> bool:
    """Whether the page has another name for it, or it stays as it is."""
    untrained = {f"{name}(n+1)" for name in set(network.parameters) - set(network.trained)}
    return label.startswith("δ_") or label in untrained


@every_plainly_trained
def test_every_formula_comes_to_the_value_beside_it(shipped_workbook: Shipped, name: str) -> None:
    template = load_template(name)
    rates = template.learning_rates
    check_derivation(shipped_workbook(name), template, rates[(len(rates) - 1) // 2])


@every_plainly_trained
def test_the_first_factors_come_from_their_definitions(shipped_workbook: Shipped, name: str) -> None:
    """Each form, read in symbols, has the value of the factor that the derivation then uses."""
    path = shipped_workbook(name)
    known = {line.name: line.value for line in lines_of(path)} | load_template(name).first_sample.start
    factor = ""
    for line in lines_of(path, are_origins=True):
        factor = line.name or factor
        assert close(line.value, known[factor]), line
        assert close(read(line.symbols, known), line.value), line


def test_the_half_the_sign_and_the_slope_of_a_sigmoid_are_explained(shipped_workbook: Shipped) -> None:
    forms = [(line.symbols, line.meaning) for line in lines_of(shipped_workbook("backprop"), are_origins=True)]
    assert [symbols for symbols, _ in forms] == [
        "½·(2·(t1 − a_o1))·(−1)", "−(t1 − a_o1)", "a_o1 − t1",
        "(−(1/(1 + exp(−o1))²))·(−exp(−o1))", "1/(1 + exp(−o1))·(exp(−o1)/(1 + exp(−o1)))", "a_o1·(1 − a_o1)",
    ]  # fmt: skip
    assert all(meaning for _, meaning in forms)


@settings(max_examples=30)
@given(template=templates())
def test_the_derivation_is_right_in_every_index_of_every_network(template: Template) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "random.xlsx")
        generate(template, path)
        check_derivation(path, template, template.learning_rates[0])


def test_a_gradient_is_the_product_of_its_named_factors(shipped_workbook: Shipped) -> None:
    lines = {line.name: line for line in lines_of(shipped_workbook("backprop"))}
    assert lines["∂E_t/∂w7"].symbols == "∂E_t/∂o2 · ∂o2/∂w7"
    assert lines["∂E_t/∂w7"].meaning == "in full: ∂E2/∂a_o2 · ∂a_o2/∂o2 · ∂o2/∂w7"
    assert lines["∂E_t/∂w3"].meaning == "in full: ∂E_t/∂a_h2 · ∂a_h2/∂h2 · ∂h2/∂w3"
    assert lines["∂E_t/∂a_h2"].symbols == "∂E_t/∂o1·w6 + ∂E_t/∂o2·w8"
    assert lines["w3(n+1)"].symbols == "w3 − η·∂E_t/∂w3"


def test_a_shared_bias_has_a_part_of_its_own(tmp_path: Path) -> None:
    """It is summed over the units that share it; an untrained one is not derived."""
    text = "inputs = [0.5]\ntargets = [0.3, 0.1]\n[[layers]]\nweights = [[0.5], [0.4]]\nbiases = 0.1\n{}"
    text += "[training]\nlearning_rates = [0.5]\niterations = 2\n"
    symbols = {}
    for trained in ("", "train_biases = false\n"):
        file = tmp_path / f"shared{len(trained)}.toml"
        file.write_text(text.format(trained), encoding="utf-8")
        generate(load_template(file), file.with_suffix(".xlsx"))
        symbols[trained] = {line.name: line.symbols for line in lines_of(file.with_suffix(".xlsx"))}
    assert symbols[""]["∂E_t/∂b1"] == "∂E_t/∂o1 · ∂o1/∂b1 + ∂E_t/∂o2 · ∂o2/∂b1"
    assert "∂E_t/∂b1" not in symbols["train_biases = false\n"]


def test_the_factors_are_live_formulas_over_explore_and_the_lines_above(shipped_workbook: Shipped) -> None:
    sheet = formulas_of(shipped_workbook("backprop"))["Steps"]
    cells: Mapping[str, str] = {
        row[0].value: row[2].value for row in sheet.iter_rows(min_row=FIRST_ROW + 1) if row[1].value is not None
    }
    places = {row[0].value: row[2].coordinate for row in sheet.iter_rows(min_row=FIRST_ROW + 1)}
    assert all(formula.startswith("=") for formula in cells.values())
    assert cells["∂E_t/∂w5"] == f"={places['∂E_t/∂o1']}*{places['∂o1/∂w5']}"
    assert cells["h1"].startswith("=Explore!")
