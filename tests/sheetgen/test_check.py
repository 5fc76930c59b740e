"""The sheet that checks the workbook: gradients by finite differences, and one answer for all of its checks."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from sheetgen import generate
from templates import Activation, Bias, Deltas, LayerSize, Network, Template, load_template
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
    return {str(row[0]): row[5] for row in rows[first : first + 6]}


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
    first, *yes, whole, all_of_it = answers(cached(path, "Check")).values()
    assert (first, yes, all_of_it) == (f"✓ {trained} of {trained}", 3 * ["✓ yes"], "✓ PASS")
    assert re.fullmatch(r"✓ \d+ of \d+", str(whole))
    assert any("✓ PASS" in row for row in cached(path, "Start"))


@settings(max_examples=15)
@given(templates())
def test_no_network_fails_its_check_and_every_formula_is_verified(template: Template) -> None:
    """A parameter is left out of the comparison only where a ReLU unit is at its kink."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "random.xlsx"
        generate(template, path)
        result = verify(path)
        found, said = gradients(cached(path, "Check")), answers(cached(path, "Check"))
    assert (result.findings, result.unchecked) == ((), ())
    ticks = {tick for name, (*_, tick, _) in found.items() if name in template.network.trained}
    assert ticks <= {"✓", "–"}
    if nearest_kink(template.network, template.start) > 1e-3 and "– h cannot tell" not in said.values():
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
    assert {re.sub(r"in \d+", "", str(answer)) for answer in found.values()} == {
        "– no numbers", "– errors ", "– not checked",
    }  # fmt: skip
    assert (verify(path).findings, verify(path).unchecked) == ((), ())


@pytest.mark.office
def test_a_step_that_is_chosen_is_checked_in_its_own_numbers(shipped_workbook: Shipped, office: Office) -> None:
    """The tab in B4 and the iteration in B5 of Explore, h on Check."""
    path, network = shipped_workbook("deep"), load_template("deep").network
    place = next(
        cell.offset(0, 1).coordinate
        for row in formulas_of(path)["Check"].iter_rows()
        for cell in row
        if cell.value == "h ="
    )
    sheets = office.values(path, {"Explore!B4": "eta 2.0", "Explore!B5": 40.0, f"Check!{place}": 1e-4})
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


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> tuple[Template, Path]:
    """A network of 411 parameters, more than are moved."""
    network = Network(30, (LayerSize(12, bias=Bias.PER_UNIT), LayerSize(3, bias=Bias.PER_UNIT)))
    labels = network.inputs + network.targets + network.parameters
    start = {label: (k % 23 - 11) / 20 for k, label in enumerate(labels)}
    template = replace(load_template("backprop"), network=network, start=start, iterations=3, deltas=Deltas.COLUMNS)
    path = tmp_path_factory.mktemp("wide") / "wide.xlsx"
    generate(template, path)
    return template, path


def test_of_many_parameters_some_are_moved_that_meet_every_input_and_unit(wide: tuple[Template, Path]) -> None:
    """Said as so many of all; and the tab is compared with Explore for all of them."""
    template, path = wide
    rows, network = cached(path, "Check"), template.network
    found = gradients(rows)
    moved = {name for name, (_, _, _, tick, _) in found.items() if tick == "✓"}
    met = set()
    for layer in network.layers:
        for net, weights in zip(layer.nets, layer.weights, strict=True):
            met |= {end for weight, source in zip(weights, layer.feeding, strict=True) if weight in moved
                    for end in (net, source)}  # fmt: skip
    hidden, last = network.layers
    assert met == {*network.inputs, *hidden.nets, *hidden.outputs, *last.nets}
    assert len(network.trained) == 411
    assert next(iter(answers(rows).values())) == f"✓ {len(moved)} of 411"
    first = next(iter(tables_of(path).values()))[0]
    for name in network.trained:
        assert found[name][1] == pytest.approx(float(first[f"∂E_t/∂{name}"]), rel=1e-9)
        assert found[name][4] == pytest.approx(found[name][1], rel=1e-9)


@pytest.mark.office
def test_a_number_in_a_gradient_that_is_not_moved_fails(wide: tuple[Template, Path], office: Office) -> None:
    template, path = wide
    found = gradients(cached(path, "Check"))
    name = next(name for name in template.network.trained if found[name][3] is None)
    assert typed_over(office, path, "eta 0.5", f"∂E_t/∂{name}", 0, 123.0)["The tab has the gradients of Explore"] == (
        "✗ no"
    )


@pytest.mark.office
@pytest.mark.parametrize("h", [1.0, 0.1, 1e-12])
def test_with_an_h_that_tells_nothing_nothing_is_checked(shipped_workbook: Shipped, office: Office, h: float) -> None:
    """The tolerance that it needs exceeds 1 % of the largest gradient, so that a wrong one could agree."""
    sheets = office.values(shipped_workbook("backprop"), {"Check!B15": h})
    found = answers(sheets["Check"])
    assert next(iter(found.values())) == "– h cannot tell"
    assert found["All of it"] == "– not checked"
    assert {tick for *_, tick, _ in gradients(sheets["Check"]).values()} == {"–", ""}
    assert any("– not checked" in row for row in sheets["Start"])


def test_numbers_too_large_for_h_are_not_checked(tmp_path: Path) -> None:
    """A network that has blown up does not agree within thousands."""
    template = load_template("backprop")
    path = tmp_path / "large.xlsx"
    generate(replace(template, start={**template.start, "w5": 3e6}, iterations=2), path)
    found = answers(cached(path, "Check"))
    assert (next(iter(found.values())), found["All of it"]) == ("– h cannot tell", "– not checked")
    assert verify(path).findings == ()


@pytest.mark.office
@pytest.mark.parametrize(
    ("name", "label", "iteration"),
    [("backprop", "∂E_t/∂w1", 90), ("backprop", "w7", 50), ("backprop", "a_h2", 3), ("xor", "∂E_t/∂w2", 7),
     ("xor", "w6", 20), ("adam", "w3", 60), ("deep", "a_h1", 5), ("softmax", "E2", 3)],
)  # fmt: skip
def test_a_number_typed_over_a_formula_of_any_row_of_any_tab_fails(
    shipped_workbook: Shipped, office: Office, name: str, label: str, iteration: int
) -> None:
    """Not of the step that Explore shows: each column of each tab is compared with its formula in all rows."""
    tab = f"eta {load_template(name).learning_rates[-1]!r}"
    found = typed_over(office, shipped_workbook(name), tab, label, iteration, 0.4321)
    *others, whole, verdict = found.values()
    assert {str(answer)[0] for answer in others} == {"✓"}
    assert str(whole).startswith("✗ not 1 of ")
    assert verdict == "✗ FAIL"


def test_start_says_what_its_checks_cover(shipped_workbook: Shipped) -> None:
    """The step, and the rows of the tabs; where some columns are left out, how many are compared."""
    step = (
        "Checked for the step shown on Explore: chain rule = finite differences = tab. "
        "Checked for all tabs: every row follows its formulas"
    )
    texts = {cell for row in cached(shipped_workbook("backprop"), "Start") for cell in row}
    assert step in texts
    texts = {str(cell) for row in cached(shipped_workbook("xor"), "Start") for cell in row}
    assert f"{step}, in 25 of 34 columns" in texts


def typed_over(office: Office, path: Path, tab: str, label: str, iteration: int, number: float) -> dict[str, object]:
    """What is answered after a number is typed over a formula of a tab."""
    sheet = formulas_of(path)[tab]
    (header,) = (row for row in sheet.iter_rows() if any(cell.value == "E_total" for cell in row))
    (column,) = (cell.column_letter for cell in header if cell.value == label)
    rows = [row["iteration"] for row in tables_of(path)[tab]]
    return answers(office.values(path, {f"{tab}!{column}{header[0].row + 1 + rows.index(iteration)}": number})["Check"])


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
