"""The exercise edition: its blanks, its checks, and that its answers are not in the file."""

import html
import math
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sheetgen import LimitError
from sheetgen.practice import Exercise, exercise_of, write_exercise
from sheetgen.practice.blanks import USUAL, BlanksError, parse_wanted
from sheetgen.practice.fingerprint import fingerprint
from templates import Network, Template, load_template
from templates.practice import Part
from tests.sheetgen.exercises import NOTHING, RIGHT, SHEET, exercise_book
from tests.sheetgen.networks import forward, templates
from tests.shipped import every_exercise

_NUMBER = re.compile(r"(?<![\w.])[0-9]+(?:\.[0-9]+)?(?:E[+-]?[0-9]+)?", re.IGNORECASE)
MOST_TEXT, MOST_FORMULA = 255, 8192  # of Excel, for a text in a formula and for a formula


TRIALS_PART = "xl/worksheets/sheet2.xml"


def contents(path: Path) -> str:
    """All that the package says but for the trials, unpacked, parts of XML as their reader sees them."""
    with ZipFile(path) as package:
        names = [name for name in package.namelist() if name != TRIALS_PART]
        parts = [package.read(name).decode("utf-8", "ignore") for name in names]
    return html.unescape("\n".join(parts))


def significands(path: Path) -> list[float]:
    """Of all numbers in the package; the digits of a digest can look like one that no double holds."""
    numbers = {float(text) for text in _NUMBER.findall(contents(path))}
    return [significand(number) for number in numbers if math.isfinite(number)]


def significand(number: float) -> float:
    """A number without its sign and its power of ten."""
    return abs(number) / 10 ** math.floor(math.log10(abs(number))) if number else 0.0


def right_numbers(exercise: Exercise) -> list[float]:
    return [float(exercise.right[row][label]) for label, row in exercise.places]


# --- the answers are not there ---


@every_exercise
@pytest.mark.parametrize("seed", range(4))
def test_no_number_in_the_file_is_that_of_a_blank(tmp_path: Path, name: str, seed: int) -> None:
    """Nowhere in the package, in whatever power of ten, stands a number that is a right one to five digits.

    Adam's first step is the learning rate itself: a right number of two or three digits stands in any file. What other
    cells of the table have as well, or show where the blanks are empty, the sheet gives.
    """
    exercise = exercise_of(load_template(name), None, seed)
    book = exercise_book(tmp_path, name, None, seed)
    found = significands(book.path)
    asked = {blank.label for blank in exercise.blanks}
    given = [*exercise.right, *exercise.values_without(exercise.places)]
    values = [value for row in given for label, value in row.items() if label not in asked]
    shown = [significand(value) for value in values if isinstance(value, float)]
    for right in map(significand, right_numbers(exercise)):
        if abs(right - round(right, 2)) < 1e-5 or any(abs(number - right) < 5e-5 for number in shown):
            continue
        assert [number for number in found if abs(number - right) < 5e-5] == []


@every_exercise
def test_the_answers_file_would_fail_that(tmp_path: Path, name: str) -> None:
    """What is searched for is found where the blanks are filled in."""
    exercise = exercise_of(load_template(name))
    book = exercise_book(tmp_path, name)
    found = significands(book.answered)
    for right in map(significand, right_numbers(exercise)):
        assert any(abs(number - right) < 5e-5 for number in found)


@every_exercise
def test_no_formula_of_a_blank_is_in_the_file(tmp_path: Path, name: str) -> None:
    """Nowhere, but as a part of a longer one: a bias's gradient is in that of each weight beside it."""
    book = exercise_book(tmp_path, name)
    everything, answered = contents(book.path), contents(book.answered)
    for formula in book.answers.values():
        whole = re.compile(rf"(?<![\w*+/^(-]){re.escape(formula.removeprefix('='))}(?![\w*+/^)-])")
        assert not whole.search(everything)
        assert whole.search(answered)


@every_exercise
def test_trials_are_other_trainings(tmp_path: Path, name: str) -> None:
    """What the hidden sheet says of a blank is the right number of other starts, computed here from these.

    A blank of XOR that is 0 for its first sample, of two zeros, is not 0 there.
    """
    exercise, book = exercise_of(load_template(name)), exercise_book(tmp_path, name)
    trials = openpyxl.load_workbook(book.path)["Trials"]
    table = openpyxl.load_workbook(book.path)[SHEET]
    labels = {str(cell.value): cell.column_letter for cell in table[5] if cell.value is not None}
    for turn in range(4):
        numbers = {
            label: [float(trials[f"{column}{7 * turn + row}"].value) for row in (6, 7)]
            for label, column in labels.items()
        }
        start = {label: numbers[label][0] for label in exercise.template.start}
        net = forward(exercise.template.network, start) if exercise.template.network.is_dense else {}
        for label, value in net.items():
            assert numbers[label][0] == pytest.approx(value, rel=1e-9, abs=1e-12)
        for label, row in exercise.places:
            assert numbers[label][row] != pytest.approx(float(exercise.right[row][label]), rel=1e-5)


@every_exercise
def test_nothing_is_hidden_but_names_trials_and_what_tells_formulas(tmp_path: Path, name: str) -> None:
    """One sheet is visible, without hidden columns or comments; that of the trials has numbers alone, and hidden rows
    tell of each blank cell whether it holds a formula."""
    book = openpyxl.load_workbook(exercise_book(tmp_path, name).path)
    sheet, trials = book.worksheets
    assert (sheet.title, sheet.sheet_state) == (SHEET, "visible")
    assert (trials.title, trials.sheet_state) == ("Trials", "veryHidden")
    assert {cell.data_type for row in trials for cell in row} == {"n"}
    assert [column for column in sheet.column_dimensions.values() if column.hidden] == []
    hidden = [cell.value for number, row in sheet.row_dimensions.items() if row.hidden for cell in sheet[number]]
    blanks = [address for addresses in exercise_book(tmp_path, name).cells.values() for address in addresses]
    expected = {f"=IFERROR(_xlfn.ISFORMULA({address}),TRUE)" for address in blanks}
    assert {formula for formula in hidden if formula is not None} == expected
    assert [cell for row in sheet for cell in row if cell.comment is not None] == []


# --- the sheet ---


@every_exercise
def test_only_a_name_blanks_and_questions_can_be_edited(tmp_path: Path, name: str) -> None:
    book = exercise_book(tmp_path, name)
    sheet = openpyxl.load_workbook(book.path)[SHEET]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    unlocked = {cell.coordinate for row in sheet for cell in row if not cell.protection.locked}
    questions = unlocked - {"A2", *book.answers}
    assert unlocked >= {"A2", *book.answers}
    assert len(questions) == len(book.cells)
    assert all(sheet[address].value is None for address in unlocked)


@every_exercise
def test_what_a_viewer_shows_is_an_empty_exercise(tmp_path: Path, name: str) -> None:
    """Cached are: nothing in the blanks, for each the sign of an empty one, and a score of 0; of the answers, the
    right signs and the full score. No formula gives an empty text."""
    book = exercise_book(tmp_path, name)
    for path, sign, score in ((book.path, NOTHING, 0), (book.answered, RIGHT, len(book.cells))):
        sheet = openpyxl.load_workbook(path, data_only=True)[SHEET]
        assert {sheet[book.check_of(address)].value for address in book.answers} == {sign}
        assert [cell.value for row in sheet for cell in row if cell.value == score and cell.font.b]
        formulas = openpyxl.load_workbook(path)[SHEET]
        empty = [
            c.coordinate
            for row in formulas
            for c in row
            if c.data_type == "f" and sheet[c.coordinate].value in (None, "")
        ]
        assert empty == []


@every_exercise
def test_excel_takes_every_formula(tmp_path: Path, name: str) -> None:
    """No text in a formula is longer than Excel allows, no formula either, and none is of a newer kind; without the
    function of 2013 that tells formulas the exercise works as well."""
    most = min(12, len(exercise_of(load_template(name)).columns) // 2)
    sheet = openpyxl.load_workbook(exercise_book(tmp_path, name, most).path)[SHEET]
    formulas = [str(cell.value) for row in sheet for cell in row if cell.data_type == "f"]
    formulas = [re.sub(r"^=IFERROR\(_xlfn\.ISFORMULA\(\w+\),TRUE\)$", "=TRUE", formula) for formula in formulas]
    for formula in formulas:
        assert len(formula) <= MOST_FORMULA
        assert all(len(text) <= MOST_TEXT for text in re.findall(r'"((?:[^"]|"")*)"', formula))
        assert not re.search(r"\b(INDIRECT|OFFSET|LET|LAMBDA|_xl\w+)\b|[{}\[\]]", re.sub(r'"[^"]*"', "", formula))


@every_exercise
def test_what_one_works_with_stays_on_the_screen(tmp_path: Path, name: str) -> None:
    """The score, the blanks and their checks are in the rows above the frozen edge, and the list is below it."""
    book = exercise_book(tmp_path, name)
    sheet = openpyxl.load_workbook(book.path)[SHEET]
    frozen = int(str(sheet.freeze_panes).lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    row_of = {cell.value: cell.row for row in sheet for cell in row if isinstance(cell.value, str)}
    assert row_of["Your score"] < frozen
    assert all(sheet[book.check_of(address)].row < frozen for address in book.answers)
    assert row_of["what belongs there"] > frozen


@every_exercise
def test_it_prints_on_pages_that_one_can_read(tmp_path: Path, name: str) -> None:
    """Each page has the heads of the rows, and as many characters side by side as 10.9 inches have at half size."""
    sheet = openpyxl.load_workbook(exercise_book(tmp_path, name).path)[SHEET]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_cols == "$A:$A"
    heads, *widths = [
        dimension.width
        for dimension in sheet.column_dimensions.values()
        for _ in range(dimension.min or 0, (dimension.max or 0) + 1)
    ]
    page = heads + sum(widths) / (sheet.page_setup.fitToWidth or 1)
    assert page < 200
    hints = max(merged.max_col for merged in sheet.merged_cells.ranges)
    assert heads + sum(widths[: hints - 1]) <= page


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("first.xlsx", "again.xlsx", "other.xlsx"))
    for path, seed in ((first, 7), (again, 7), (other, 8)):
        write_exercise(exercise_of(load_template("backprop"), None, seed), path)
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()
    drawn = {exercise_of(load_template("backprop"), None, seed).blanks for seed in range(20)}
    assert len(drawn) > 10


# --- the choice ---


def parts(blanks: Sequence[object]) -> list[Part]:
    return [blank.part for blank in blanks]  # type: ignore[attr-defined]


@every_exercise
def test_usual_blanks(name: str) -> None:
    """Two of the forward pass, three gradients, one update, and these in the order in which one computes them.

    As many gradients as can be blank, where there are fewer.
    """
    template = load_template(name)
    gradients = min(3, len(template.network.trained))
    assert parts(exercise_of(template).blanks) == [Part.FORWARD] * 2 + [Part.GRADIENT] * gradients + [Part.UPDATE]


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        ("a_h1,∂E_t/∂w5,w3", {"a_h1", "∂E_t/∂w5", "w3"}),
        ("a_h1, dE/dw5, w3", {"a_h1", "∂E_t/∂w5", "w3"}),
        ("E_total,o2", {"E_total", "o2"}),
    ],
)
def test_blanks_by_name(asked: str, labels: set[str]) -> None:
    blanks = exercise_of(load_template("backprop"), parse_wanted(asked)).blanks
    assert {blank.label for blank in blanks} == labels


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ("6", (2, 3, 1)),
        ("1", (0, 1, 0)),
        ("12", (4, 6, 2)),
        ("gradient=4", (0, 4, 0)),
        ("update=2,forward=1", (1, 0, 2)),
    ],
)
def test_blanks_by_count(asked: str, counts: tuple[int, int, int]) -> None:
    found = parts(exercise_of(load_template("backprop"), parse_wanted(asked)).blanks)
    assert tuple(found.count(part) for part in USUAL) == counts


def test_what_one_part_has_no_room_for_goes_to_the_others() -> None:
    """40 blanks are half of a wide table, and of its forward pass only 13 can be blank."""
    blanks = exercise_of(load_template("deep"), 40).blanks
    assert len(blanks) == 40
    assert [parts(blanks).count(part) for part in USUAL] == [13, 21, 6]


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("0", "at least one blank"),
        ("16", "room for 15"),
        ("999999999999", "room for 15"),
        ("update=9", "at most 8"),
        ("state=1", "at most 0"),
        ("update=x", "not a count of blanks"),
        ("backward=2", "not a count of blanks"),
        ("update=1,update=2", "given twice"),
        ("w3,w3", "named twice"),
        ("i1", "given, not computed"),
        ("h9", "no such quantity"),
        (" , ", "no blanks are named"),
    ],
)
def test_blanks_that_cannot_be(asked: str, complaint: str) -> None:
    """What was asked is refused with the rule, and where a name is wrong, with those that would do."""
    with pytest.raises(BlanksError, match=complaint):
        exercise_of(load_template("backprop"), parse_wanted(asked))


def test_what_is_not_computed_cannot_be_blank() -> None:
    """A bias that is not trained is given, and the activation of a linear unit is its net input."""
    with pytest.raises(BlanksError, match="given, not computed"):
        exercise_of(load_template("mazur"), ["b1"])
    linear = load_template("backprop")
    sizes = tuple(type(size)(size.units, type(size.activation).LINEAR) for size in linear.network.sizes)
    template = Template("linear", "", "", Network(2, sizes), linear.start, (0.5,), 1, linear.deltas)
    with pytest.raises(BlanksError, match="h1 itself"):
        exercise_of(template, ["a_h1"])


@given(templates(), st.integers(0, 10**6))
@settings(max_examples=60)
def test_every_network_has_exercises(template: Template, seed: int) -> None:
    """Right values, computed independently, pass the checks, also when rounded; what depends on a blank is told."""
    exercise = exercise_of(template, None, seed)
    start = forward(template.network, template.start)
    for label, row in exercise.places:
        value, check = float(exercise.right[row][label]), exercise.fingerprints[label, row]
        if row == 0 and label in start:
            assert value == pytest.approx(start[label], rel=1e-12, abs=1e-15)
        assert check.accepts(value)
        assert check.accepts(float(f"{value:.{check.digits}g}"))
    for before in exercise.before.values():
        assert set(before) < set(exercise.places) or not before


# --- fingerprints ---

numbers = st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9)


def test_the_check_of_a_net_input_fails_a_neighbouring_input() -> None:
    """However little the inputs differ; a sum is no place in which slips are not tried."""
    template = load_template("backprop")
    start = {**template.start, "i1": 0.5, "i2": 0.500001}
    exercise = exercise_of(replace(template, start=start), ["h1"])
    check = exercise.fingerprints["h1", 0]
    assert check.accepts(start["w1"] * start["i1"] + start["w2"] * start["i2"])
    assert not check.accepts(start["w1"] * start["i1"] + start["w2"] * start["i1"])


@given(numbers, st.lists(st.floats(1e-6, 0.5), max_size=20), st.integers(0, 2**32))
def test_fingerprints_tell_a_number_from_slips(number: float, differences: list[float], seed: int) -> None:
    """A number passes its check, also with the last digits off, and what differs by a millionth of it or more fails."""
    misses = [number * (1 + difference) for difference in differences] + [-number, 0.0]
    check = fingerprint(number, misses, random.Random(seed))  # noqa: S311  nothing secret
    assert check.accepts(number)
    assert check.accepts(number * (1 + 1e-12))
    assert check.accepts(number * (1 - 1e-12))
    assert not any(check.accepts(miss) for miss in misses)


@given(numbers, st.floats(-0.5, 0.5))
def test_a_number_is_seldom_taken_for_another(number: float, difference: float) -> None:
    """What differs by more than some units of the fifth digit fails, but for one in 300,000."""
    assume(abs(difference) > 3e-4)
    checks = [fingerprint(number, [], random.Random(seed)) for seed in range(3)]  # noqa: S311  as above
    assert sum(check.accepts(number * (1 + difference)) for check in checks) <= 1


@every_exercise
def test_whole_layers_and_states_can_be_blank(name: str) -> None:
    """Whatever is computed can, but for what repeats another column, as long as half of the table stays."""
    template = load_template(name)
    asked = list(next(layer.nets for layer in template.network.layers if len(layer.nets) < 6))
    if states := [column.label for column in exercise_of(template).columns if column.label.startswith("m_w")]:
        asked += states[:2]
    exercise = exercise_of(template, asked)
    assert {blank.label for blank in exercise.blanks} == set(asked)


def test_a_network_that_mixes_samples_has_no_exercise() -> None:
    """Of one sample the statistics of a batch say nothing."""
    with pytest.raises(
        LimitError, match=r"an exercise has one sample, and what 2 → .*batch norm.* makes of one depends"
    ):
        exercise_of(load_template("norm"))
