"""What the workbook says of E_total at each learning rate, against the plain list of its values."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from sheetgen import generate
from templates import Activation, Bias, LayerSize, Network, Template, load_template
from tests.office import Cells, Office
from tests.sheetgen.workbooks import formulas_of, tables_of, values_of
from verifier.verification import verify

Rows = list[list[object]]
RATES = (0.1, 1.0, 1.05, 1.3, 1e60)  # falls twice, swings, diverges, is no number after some rows
NEVER_RISES, RISES, OSCILLATES, DIVERGES = "✓ never rises", "↑ rises at times", "↑ oscillates", "✗ diverges"

STAYS_UP = "↑ rises, stays up"


@pytest.fixture(scope="module")
def swinging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tanh and a linear output, at learning rates at which E_total does all that it can."""
    network = Network(1, (LayerSize(2, Activation.TANH), LayerSize(1, Activation.LINEAR, Bias.SHARED)))
    start = {"i1": 1.0, "t1": 2.0, "w1": 1.0, "w2": -0.5, "w3": 0.6, "w4": 0.4, "b1": 0.1}
    path = tmp_path_factory.mktemp("swinging") / "swinging.xlsx"
    generate(Template("swinging", "Swinging", "", network, start, RATES, 60), path)
    return path


def behaviour(losses: list[float | str]) -> tuple[object, ...]:
    """Rises, the first of them, peaks, and the word; an error in the list makes all but the word a dash."""
    numbers = [loss for loss in losses if isinstance(loss, float | int)]
    if not numbers:
        return "–", "–", "–", "– no numbers"
    if len(numbers) < len(losses):
        return "–", "–", "–", DIVERGES
    up = [later > earlier + 1e-12 * numbers[0] for earlier, later in pairwise(numbers)]
    down = [later < earlier for earlier, later in pairwise(numbers)]
    peaks = sum(rise and fall for rise, fall in zip(up, down[1:], strict=False))
    stays_up = numbers[-1] > min(numbers) + 1e-12 * numbers[0]
    word = (STAYS_UP if stays_up else RISES) if any(up) else NEVER_RISES
    if peaks >= 2:
        word = OSCILLATES
    if numbers[-1] > numbers[0]:
        word = DIVERGES
    return sum(up), up.index(True) + 1 if any(up) else "–", peaks, word


def rows_of(path: Path, sheet: str) -> Rows:
    return [[cell.value for cell in row] for row in values_of(path)[sheet].iter_rows()]


def by_tab(rows: Rows | Cells) -> dict[str, tuple[object, ...]]:
    """What the sheet Check says of each tab: whether all is finite, rises, the first, peaks, the word."""
    (header,) = [row for row in rows if "steps up" in row]
    left = header.index("tab")
    return {str(row[left]): tuple(row[left + 5 : left + 10]) for row in rows if str(row[left]).startswith("eta")}


def test_every_measure_is_that_of_the_plain_list(swinging: Path) -> None:
    found = by_tab(rows_of(swinging, "Check"))
    tables = tables_of(swinging)
    assert set(found) == set(tables)
    for tab, table in tables.items():
        losses = [row["E_total"] for row in table]
        assert found[tab][1:] == behaviour(losses), tab
    words = {measures[-1] for measures in found.values()}
    assert {NEVER_RISES, DIVERGES, OSCILLATES} <= words


def test_a_number_too_large_is_said_with_the_iteration_from_which_on(swinging: Path) -> None:
    losses = [row["E_total"] for row in tables_of(swinging)["eta 1e+60"]]
    first = losses.index("#NUM!")
    assert by_tab(rows_of(swinging, "Check"))["eta 1e+60"][0] == f"✗ from {first} on"
    assert by_tab(rows_of(swinging, "Check"))["eta 0.1"][0] == "✓ all"


def test_start_and_compare_say_the_same_of_each_learning_rate(swinging: Path) -> None:
    words = {tab: measures[-1] for tab, measures in by_tab(rows_of(swinging, "Check")).items()}
    start = {str(row[5]): row[9] for row in rows_of(swinging, "Start") if str(row[5]).startswith("eta")}
    (compared,) = [row for row in rows_of(swinging, "Compare") if row[0] == "E_total over all"]
    assert start == words
    assert compared[1 : len(words) + 1] == [*words.values()]


def reached(losses: list[float | str], threshold: float) -> object:
    """The first iteration at which a list is not above a threshold, or why there is none."""
    passed = [k for k, loss in enumerate(losses) if not isinstance(loss, str) and loss <= threshold]
    if not passed:
        return "✗ never"
    lost = "#NUM!" in losses or float(losses[-1]) > threshold
    return "✗ not for long" if lost else passed[0]


def test_the_iterations_to_the_threshold_are_counted_for_every_learning_rate(swinging: Path) -> None:
    rows = rows_of(swinging, "Compare")
    (threshold,) = [row[1] for row in rows if row[0] == "E_total down to"]
    (found,) = [row[1 : len(RATES) + 1] for row in rows if row[0] == "takes iterations"]
    assert isinstance(threshold, float)
    losses = [[row["E_total"] for row in table] for table in tables_of(swinging).values()]
    assert found == [reached(each, threshold) for each in losses]


def test_a_network_that_dies_does_not_count_as_done(tmp_path: Path) -> None:
    """A step so large that the only ReLU unit is off for good: E_total falls once, rises, and stays where it is."""
    network = Network(1, (LayerSize(1, Activation.RELU), LayerSize(1, Activation.LINEAR)))
    start = {"i1": 1.0, "t1": 1.0, "w1": 0.1, "w2": 0.5}
    path = tmp_path / "dead.xlsx"
    generate(Template("dead", "Dead", "", network, start, (1.1, 5.0), 20), path)
    losses = [row["E_total"] for row in tables_of(path)["eta 5.0"]]
    assert losses[-1] == losses[-2] > min(losses)
    (said,) = [row[1:3] for row in rows_of(path, "Compare") if row[0] == "E_total over all"]
    (taken,) = [row[1:3] for row in rows_of(path, "Compare") if row[0] == "takes iterations"]
    assert said[1] in (STAYS_UP, DIVERGES)
    assert str(taken[1]).startswith("✗")
    assert verify(path).findings == ()


@pytest.mark.office
def test_a_text_in_an_input_is_no_divergence(tmp_path: Path, office: Office) -> None:
    """Where there is no number at all, nothing is said of the learning rates."""
    path = tmp_path / "text.xlsx"
    generate(replace(load_template("backprop"), iterations=5), path)
    sheets = office.values(path, {"Start!C14": "abc"})
    (said,) = [row[1:7] for row in sheets["Compare"] if row[0] == "E_total over all"]
    (taken,) = [row[1:7] for row in sheets["Compare"] if row[0] == "takes iterations"]
    assert (set(said), set(taken)) == ({"– no numbers"}, {"–"})
    assert any("– not checked" in row for row in sheets["Start"])


def test_verify_finds_every_formula_right(swinging: Path) -> None:
    result = verify(swinging)
    assert (result.findings, result.unchecked) == ((), ())


@pytest.mark.office
def test_a_threshold_and_a_learning_rate_that_are_changed_change_what_is_said(swinging: Path, office: Office) -> None:
    book = formulas_of(swinging)
    place = next(
        cell.offset(0, 1).coordinate for (cell,) in book["Compare"]["A1:A40"] if cell.value == "E_total down to"
    )
    rate = next(
        cell.offset(0, 1).coordinate for row in book["eta 0.1"]["A1:J31"] for cell in row if cell.value == "η ="
    )
    sheets = office.values(swinging, {f"Compare!{place}": 0.011, f"eta 0.1!{rate}": 1.3})
    found = by_tab(sheets["Check"])
    assert found["eta 0.1"] == found["eta 1.3"]
    header = 31
    column = sheets["eta 0.1"][header].index("E_total")
    (said,) = [row for row in sheets["Compare"] if row[0] == "takes iterations"]
    for k, tab in enumerate(("eta 0.1", "eta 1.0", "eta 1.05", "eta 1.3"), 1):
        losses = [row[column] for row in sheets[tab][header + 1 : header + 62]]
        assert said[k] == reached(losses, 0.011)


def test_one_iteration_has_no_peaks_and_is_written_all_the_same(tmp_path: Path) -> None:
    start = {"i1": 1.0, "t1": 0.5, "w1": 0.1}
    generate(Template("one", "One", "", Network(1, (LayerSize(1),)), start, (0.5,), 1), tmp_path / "one.xlsx")
    assert by_tab(rows_of(tmp_path / "one.xlsx", "Check"))["eta 0.5"][3] == 0
    assert verify(tmp_path / "one.xlsx").findings == ()
