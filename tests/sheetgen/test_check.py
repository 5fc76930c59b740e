"""The sheet that checks the workbook: gradients by finite differences, and one answer for all of its checks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from sheetgen import generate
from templates import Activation, Network, Template, load_template
from tests.office import Cells, Office
from tests.sheetgen.networks import forward, nearest_kink, templates
from tests.sheetgen.steps import loss_of_all
from tests.sheetgen.workbooks import formulas_of, tables_of, values_of
from tests.shipped import every_template
from verifier.verification import verify

Shipped = Callable[[str], Path]
Rows = list[list[object]]
STEP = 1e-4  # of the test's own differences, another than the workbook's


def cached(path: Path, sheet: str) -> Rows:
    """The cached values of a sheet, row by row."""
    return [[cell.value for cell in row] for row in values_of(path)[sheet].iter_rows()]


def gradients(rows: Rows | Cells) -> dict[str, tuple[object, ...]]:
    """By parameter, what follows its value: both gradients, their difference, the tick, the gradient on the tab."""
    first = next(k for k, row in enumerate(rows) if row[0] == "parameter") + 1
    found = {}
    for row in rows[first:]:
        if not row[0]:
            break
        found[str(row[0])] = tuple(row[2:7])
    return found


def answers(rows: Rows | Cells) -> dict[str, object]:
    """The checks and their answers."""
    first = next(k for k, row in enumerate(rows) if row[0] == "The workbook checks itself") + 1
    return {str(row[0]): row[5] for row in rows[first : first + 5]}


def own_differences(template: Template) -> dict[str, float]:
    """The gradient of each trained parameter, from a forward pass that shares nothing with the workbook."""
    shown = template.one_of_step

    def loss(parameter: str, step: float) -> float:
        moved = {parameter: template.start[parameter] + step}
        if template.network.mixes_samples:
            return loss_of_all(template, moved)
        return forward(shown.network, {**shown.start, **moved})["E_total"]

    return {name: (loss(name, STEP) - loss(name, -STEP)) / (2 * STEP) for name in shown.network.trained}


def numbers_of_row(network: Network, row: Mapping[str, float | str]) -> dict[str, float]:
    """The inputs, targets and parameters of an iteration."""
    return {label: float(row[label]) for label in network.inputs + network.targets + network.parameters}


@every_template
def test_both_gradients_are_those_of_the_network_and_everything_passes(shipped_workbook: Shipped, name: str) -> None:
    template, path = load_template(name), shipped_workbook(name)
    found, expected = gradients(cached(path, "Check")), own_differences(template)
    assert set(expected) <= set(found)
    for parameter, gradient in expected.items():
        differences, chain_rule, _, tick, tab = found[parameter]
        assert differences == pytest.approx(gradient, abs=1e-7)
        assert chain_rule == pytest.approx(gradient, abs=1e-7)
        assert tab == pytest.approx(chain_rule, rel=1e-12)
        assert tick == "✓"
    trained = len(template.network.trained)
    assert [*answers(cached(path, "Check")).values()] == [f"✓ {trained} of {trained}", *3 * ["✓ yes"], "✓ PASS"]
    assert any("✓ PASS" in row for row in cached(path, "Start"))


@settings(max_examples=15)
@given(templates())
def test_no_network_fails_its_check_and_every_formula_is_verified(template: Template) -> None:
    """A parameter is left out of the comparison only where a ReLU unit is at its kink."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "random.xlsx"
        generate(template, path)
        result = verify(path)
        found = gradients(cached(path, "Check"))
    assert (result.findings, result.unchecked) == ((), ())
    ticks = {tick for name, (*_, tick, _) in found.items() if name in template.network.trained}
    assert ticks <= {"✓", "–"}
    if nearest_kink(template.network, template.start) > 1e-3:
        assert ticks == {"✓"}


def test_a_parameter_that_moves_a_unit_over_its_kink_is_not_compared(tmp_path: Path) -> None:
    """Where all weights are 0 the slope of a ReLU unit is 0 on one side and 1 on the other, and neither is wrong."""
    template = load_template("deep")
    start = dict.fromkeys(template.start, 0.0) | {"i1": 1.0, "t1": 1.0, "w10": 1.0, "w16": 1.0}
    generate(replace(template, start=start, iterations=2), tmp_path / "kinks.xlsx")
    rows = cached(tmp_path / "kinks.xlsx", "Check")
    assert gradients(rows)["w1"][3] == "–"
    assert gradients(rows)["w16"][3] == "✓"
    assert answers(rows)["All of it"] == "✓ PASS"
    assert verify(tmp_path / "kinks.xlsx").findings == ()


def test_a_step_without_numbers_says_so_and_neither_passes_nor_fails(tmp_path: Path) -> None:
    template = load_template("backprop")
    sizes = tuple(replace(size, activation=Activation.LINEAR) for size in template.network.sizes)
    start = dict.fromkeys(template.start, 1e200)
    path = tmp_path / "huge.xlsx"
    generate(replace(template, network=replace(template.network, sizes=sizes), start=start, iterations=2), path)
    found = answers(cached(path, "Check"))
    assert set(found.values()) == {"– no numbers", "– not checked"}
    assert (verify(path).findings, verify(path).unchecked) == ((), ())


@pytest.mark.office
def test_a_step_that_is_chosen_is_checked_in_its_own_numbers(shipped_workbook: Shipped, office: Office) -> None:
    """η in B4 and the iteration in B5 of Explore, h on Check."""
    path, network = shipped_workbook("deep"), load_template("deep").network
    place = next(
        cell.offset(0, 1).coordinate
        for row in formulas_of(path)["Check"].iter_rows()
        for cell in row
        if cell.value == "h ="
    )
    sheets = office.values(path, {"Explore!B4": 2.0, "Explore!B5": 40.0, f"Check!{place}": 1e-4})
    numbers = numbers_of_row(network, tables_of(path)["eta 2.0"][40])
    expected = own_differences(replace(load_template("deep"), start=numbers))
    for parameter, gradient in expected.items():
        differences, chain_rule, *_ = gradients(sheets["Check"])[parameter]
        assert differences == pytest.approx(gradient, abs=1e-7)
        assert chain_rule == pytest.approx(gradient, abs=1e-7)
    assert answers(sheets["Check"])["All of it"] == "✓ PASS"


@pytest.mark.office
@pytest.mark.parametrize("label", ["∂E_t/∂w3", "E_total"])
def test_a_number_typed_over_a_formula_of_the_chosen_row_fails(
    shipped_workbook: Shipped, office: Office, label: str
) -> None:
    path = shipped_workbook("backprop")
    tab = formulas_of(path)["eta 0.5"]
    column = next(cell.column_letter for cell in tab[32] if cell.value == label)
    sheets = office.values(path, {f"eta 0.5!{column}33": 0.123})
    assert answers(sheets["Check"])["All of it"] == "✗ FAIL"
    assert any("✗ FAIL" in row for row in sheets["Start"])


def test_a_gradient_on_the_tab_that_is_another_is_marked_by_a_sign_and_a_colour(shipped_workbook: Shipped) -> None:
    """On each parameter's row, where the tab's number differs from that by the chain rule beside it."""
    sheet = formulas_of(shipped_workbook("backprop"))["Check"]
    header = next(row for row in sheet.iter_rows() if row[0].value == "parameter")
    (tab,) = (cell for cell in header if cell.value == "on the tab")
    (known,) = (cell for cell in header if cell.value == "by chain rule")
    first, last = (f"{tab.column_letter}{tab.row + k}" for k in (1, 8))
    rules = {str(block.sqref): found for block, found in sheet.conditional_formatting._cf_rules.items()}
    (rule,) = rules[f"{first}:{last}"]
    assert f"ABS(${first}-${known.column_letter}{known.row + 1})>" in rule.formula[0]
    assert "✗" in rule.dxf.numFmt.formatCode
    assert rule.dxf.fill.bgColor.rgb is not None
