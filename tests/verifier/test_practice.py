"""Grading an exercise: which blanks are right, wrong, empty, or typed, and whether what was given is still there."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheetgen.practice import exercise_of
from templates import Activation, Bias, Deltas, LayerSize, Network, Template, load_template, parse_template
from templates.shipped import shipped_text
from tests.office import Office
from tests.sheetgen.exercises import SHEET, ExerciseBook, exercise_book, slipped
from tests.sheetgen.networks import templates
from tests.shipped import every_exercise
from verifier import Engine, Status, verify
from verifier.findings import Grade, PracticeResult
from verifier.practice import accepting_numbers
from verifier.reports import github_summary, report


def grades(practice: PracticeResult | None) -> dict[str, Grade]:
    assert practice is not None
    return {blank.label: blank.grade for blank in practice.blanks}


@every_exercise
def test_an_exercise_that_is_not_begun(tmp_path: Path, engine: Engine, name: str) -> None:
    """All blanks are empty, nothing else is wrong, every formula is checked, and the verdict is open."""
    book = exercise_book(tmp_path, name)
    result = verify(book.path, engine)
    assert grades(result.practice) == dict.fromkeys(book.cells, Grade.EMPTY)
    assert (result.faults, result.unchecked, result.status) == ((), (), Status.UNCHECKED)
    assert result.practice is not None
    assert result.practice.changed == ()


@every_exercise
@pytest.mark.parametrize("wanted", [None, 5])
def test_right_answers_have_the_full_score(tmp_path: Path, engine: Engine, name: str, wanted: int | None) -> None:
    book = exercise_book(tmp_path, name, wanted)
    for path in (book.answered, book.filled(book.answers, tmp_path / "filled.xlsx")):
        result = verify(path, engine)
        assert grades(result.practice) == dict.fromkeys(book.cells, Grade.RIGHT)
        assert (result.faults, result.unchecked, result.status) == ((), (), Status.RIGHT)
        assert result.practice is not None
        assert (result.practice.score, result.practice.changed) == (len(book.cells), ())


@every_exercise
@pytest.mark.parametrize("draw", range(3))
def test_wrong_formulas_are_wrong_and_only_they(tmp_path: Path, engine: Engine, name: str, draw: int) -> None:
    """Whatever depends on a wrong blank is right all the same where its own formula is."""
    book = exercise_book(tmp_path, name, None, draw)
    labels = list(book.cells)
    wrong = {labels[draw], labels[-1 - draw % 2]}
    contents = {
        address: slipped(formula, address, draw) if book.label_of[address] in wrong else formula
        for address, formula in book.answers.items()
    }
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    found = grades(result.practice)
    assert {label for label, grade in found.items() if grade is Grade.WRONG} == wrong
    assert {label for label, grade in found.items() if grade is Grade.RIGHT} == set(labels) - wrong
    assert result.status is Status.FAULTS
    assert {finding.label for finding in result.faults} == wrong


def test_a_wrong_formula_is_explained(tmp_path: Path, engine: Engine) -> None:
    """The slip of the course's template, a_h1 in the place of a_h2, is named with the formula that is right."""
    book = exercise_book(tmp_path, "backprop", ["∂E_t/∂w3", "h1"])
    contents = {  # columns K and M hold a_h1 and a_h2
        address: re.sub(r"M([0-9]+)\*\(1-M", r"K\1*(1-K", formula) for address, formula in book.answers.items()
    }
    assert contents != dict(book.answers)
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    assert grades(result.practice) == {"h1": Grade.RIGHT, "∂E_t/∂w3": Grade.WRONG}
    (fault,) = result.faults
    assert fault.slip is not None
    assert fault.mend == book.answers[book.cells["∂E_t/∂w3"][0]]
    assert result.practice is not None
    assert result.practice.blanks[1].reason == fault.slip.name


@every_exercise
def test_typed_numbers_are_hard_coded(tmp_path: Path, engine: Engine, name: str) -> None:
    """A right number in the place of a formula, or a formula of numbers, is told from a wrong number."""
    exercise, book = exercise_of(load_template(name)), exercise_book(tmp_path, name)
    typed, computed, off = list(book.cells)[:3]
    contents: dict[str, str | float] = dict(book.answers)
    for k in range(2):
        contents[book.cells[typed][k]] = float(exercise.right[k][typed])
        contents[book.cells[computed][k]] = f"={exercise.right[k][computed]!r}*1"
        contents[book.cells[off][k]] = 0.123
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    expected = dict.fromkeys(book.cells, Grade.RIGHT)
    assert grades(result.practice) == expected | {
        typed: Grade.HARD_CODED, computed: Grade.HARD_CODED, off: Grade.WRONG,
    }  # fmt: skip
    assert result.status is Status.FAULTS


@pytest.mark.office
def test_typed_numbers_in_a_saved_workbook_are_hard_coded_too(tmp_path: Path, engine: Engine, office: Office) -> None:
    """Its checks then have values, which say that a number was typed; that they cannot be recomputed is no doubt."""
    exercise, book = exercise_of(load_template("backprop")), exercise_book(tmp_path, "backprop", ["h1", "w2"])
    typed = {address: float(exercise.right[k]["h1"]) for k, address in enumerate(book.cells["h1"])}
    path = office.saved(book.filled({**book.answers, **typed}, tmp_path / "filled.xlsx"), tmp_path / "saved.xlsx")
    result = verify(path, engine)
    assert grades(result.practice) == {"h1": Grade.HARD_CODED, "w2": Grade.RIGHT}
    assert result.practice is not None
    assert (result.unchecked, result.practice.changed) == ((), ())
    assert accepting_numbers(result).status is Status.RIGHT


def test_typed_numbers_count_for_a_teacher_who_accepts_them(tmp_path: Path, engine: Engine) -> None:
    """Right ones, and only where what was given is as it was; a wrong one stays wrong."""
    exercise, book = exercise_of(load_template("backprop")), exercise_book(tmp_path, "backprop")
    typed, off = list(book.cells)[:2]
    contents: dict[str, str | float] = dict(book.answers)
    for k in range(2):
        contents[book.cells[typed][k]] = float(exercise.right[k][typed])
    right = accepting_numbers(verify(book.filled(contents, tmp_path / "right.xlsx"), engine))
    assert (set(grades(right.practice).values()), right.status) == ({Grade.RIGHT}, Status.RIGHT)
    contents[book.cells[off][0]] = 0.123
    wrong = accepting_numbers(verify(book.filled(contents, tmp_path / "wrong.xlsx"), engine))
    assert grades(wrong.practice) == dict.fromkeys(book.cells, Grade.RIGHT) | {off: Grade.WRONG}
    assert wrong.status is Status.FAULTS
    changed = verify(book.filled({**contents, "C6": 0.77}, tmp_path / "changed.xlsx"), engine)
    assert accepting_numbers(changed) == changed


def test_a_wrong_number_is_wrong_behind_a_wrong_blank(tmp_path: Path, engine: Engine) -> None:
    """The sheet has it wait for the blank before it; it is another number than the right one all the same."""
    book = exercise_book(tmp_path, "backprop", ["h1", "∂E_t/∂w1"])
    contents: dict[str, str | float] = {a: slipped(book.answers[a], a, 0) for a in book.cells["h1"]}
    contents |= dict.fromkeys(book.cells["∂E_t/∂w1"], 0.5)
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    assert set(grades(result.practice).values()) == {Grade.WRONG}


def test_a_right_formula_behind_an_error_is_right(tmp_path: Path, engine: Engine) -> None:
    book = exercise_book(tmp_path, "backprop", ["h1", "∂E_t/∂w1"])
    contents: dict[str, str | float] = {**book.answers, book.cells["h1"][0]: "a half"}
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    assert grades(result.practice) == {"h1": Grade.WRONG, "∂E_t/∂w1": Grade.RIGHT}
    assert result.practice is not None
    assert result.practice.blanks[0].reason == "text instead of a number"


def test_half_a_blank_is_empty(tmp_path: Path, engine: Engine) -> None:
    book = exercise_book(tmp_path, "backprop", ["h1", "w3"])
    contents = {address: text for address, text in book.answers.items() if address != book.cells["h1"][1]}
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    assert grades(result.practice) == {"h1": Grade.EMPTY, "w3": Grade.RIGHT}
    assert result.status is Status.UNCHECKED


@given(template=templates(), seed=st.integers(0, 99))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_exercises_of_all_networks_are_graded(tmp_path: Path, engine: Engine, template: Template, seed: int) -> None:
    """Answers have the full score, and an empty exercise no fault."""
    book = exercise_book(tmp_path, template, None, seed)
    assert set(grades(verify(book.answered, engine).practice).values()) == {Grade.RIGHT}
    empty = verify(book.path, engine)
    assert set(grades(empty.practice).values()) == {Grade.EMPTY}
    assert empty.faults == ()


def test_states_of_an_optimizer_are_graded(tmp_path: Path, engine: Engine) -> None:
    """Adam's means with a decay of the weights; a mean without the decay is wrong, and what reads it is right."""
    text = shipped_text("adam").replace("weight_decay = 0.0", "weight_decay = 0.01")
    template = parse_template(text, name="decay", source="decay.toml")
    book = exercise_book(tmp_path, template, ["m_w1", "v_w1", "m_w2", "w1"])
    assert set(grades(verify(book.answered, engine).practice).values()) == {Grade.RIGHT}
    (mean,) = book.cells["m_w1"]
    without = re.sub(r"\+\$[A-Z]+\$3\*[A-Z]+7", "", book.answers[mean])
    assert without != book.answers[mean]
    result = verify(book.filled({**book.answers, mean: without}, tmp_path / "wrong.xlsx"), engine)
    assert grades(result.practice) == dict.fromkeys(book.cells, Grade.RIGHT) | {"m_w1": Grade.WRONG}


def test_a_whole_layer_is_graded(tmp_path: Path, engine: Engine) -> None:
    """Each blank by itself, where no formula of its layer is left to compare it with."""
    book = exercise_book(tmp_path, "backprop", ["h1", "a_h1", "h2", "a_h2"])
    contents = {
        **book.answers,
        **{address: f"=TANH({'L' if address[0] == 'M' else 'J'}{address[1:]})" for address in book.cells["a_h2"]},
    }
    assert set(grades(verify(book.answered, engine).practice).values()) == {Grade.RIGHT}
    result = verify(book.filled(contents, tmp_path / "wrong.xlsx"), engine)
    assert grades(result.practice) == dict.fromkeys(book.cells, Grade.RIGHT) | {"a_h2": Grade.WRONG}


@pytest.mark.parametrize(
    ("formula", "grade"),
    [
        ("=E{0}*F{0}+D{0}*G{0}", Grade.WRONG),  # i1 and i2 swapped
        ("=SUMPRODUCT(D{0}:E{0},F{0}:G{0})", Grade.RIGHT),
        ("=J{0}", Grade.NOT_CHECKED),
    ],
)
def test_a_blank_may_be_written_in_any_way(tmp_path: Path, engine: Engine, formula: str, grade: Grade) -> None:
    """By its function alone a formula is right; one that reads itself has none."""
    book = exercise_book(tmp_path, "backprop", ["h1"])
    contents = {address: formula.format(address[1:]) for address in book.cells["h1"]}
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    assert grades(result.practice) == {"h1": grade}


HIDDEN_WITH_A_SHARED_BIAS = Template(
    "3-1-1", "", "",
    Network(3, (LayerSize(1, Activation.TANH, Bias.SHARED), LayerSize(1, Activation.TANH, Bias.NONE))),
    {"i1": 1.0, "i2": 0.08, "i3": 0.95, "t1": -0.27, "w1": -0.04, "w2": 0.65, "w3": 1.18, "b1": 1.39, "w4": -0.39},
    (0.1,), 3, Deltas.COLUMNS,
)  # fmt: skip
LINEAR_IN_THE_MIDDLE = Template(
    "1-1-2-1", "", "",
    Network(1, (
        LayerSize(1, Activation.TANH, Bias.NONE), LayerSize(2, Activation.LINEAR, Bias.PER_UNIT),
        LayerSize(1, Activation.TANH, Bias.NONE),
    )),
    {"i1": 1.22, "t1": -1.08, "w1": 0.0, "w2": 1.5, "w3": -0.33, "b1": 0.0, "b2": 0.01, "w4": 0.01, "w5": 0.0},
    (0.01,), 3,
)  # fmt: skip


@pytest.mark.parametrize(("net", "seed"), [(HIDDEN_WITH_A_SHARED_BIAS, 69), (LINEAR_IN_THE_MIDDLE, 0)])
def test_what_was_given_is_not_blamed_for_empty_blanks(
    tmp_path: Path, engine: Engine, net: Template, seed: int
) -> None:
    """Without what fills them in, these nets can be read as others, to which formulas that were given are wrong."""
    result = verify(exercise_book(tmp_path, net, None, seed).path, engine)
    assert (result.faults, result.status) == ((), Status.UNCHECKED)


# --- what was given ---


def changed_at(book: ExerciseBook, address: str, content: str | float) -> dict[str, str | float]:
    return {**book.answers, address: content}


@pytest.mark.parametrize(
    ("address", "content", "what"),
    [
        ("F6", 0.16, "a number to start from"),  # w1
        ("F5", "w9", "a label"),
        ("F7", "=F6", "a formula that was given"),
        ("J8", "✓", "a check"),  # of h1
        ("J8", '=IF(1,"✓","✗")', "a check"),
    ],
)
def test_a_change_to_what_was_given_is_said(
    tmp_path: Path, engine: Engine, address: str, content: str | float, what: str
) -> None:
    book = exercise_book(tmp_path, "backprop", ["h1", "∂E_t/∂w3"])
    result = verify(book.filled(changed_at(book, address, content), tmp_path / "filled.xlsx"), engine)
    assert result.practice is not None
    assert what in result.practice.changed
    assert result.status is Status.FAULTS
    assert what in report("text", [result])


def test_notes_beside_the_table_change_nothing(tmp_path: Path, engine: Engine) -> None:
    book = exercise_book(tmp_path, "backprop")
    result = verify(book.filled(changed_at(book, "T20", "my notes"), tmp_path / "filled.xlsx"), engine)
    assert result.practice is not None
    assert result.practice.changed == ()


@every_exercise
def test_libreoffice_saves_an_exercise_that_is_still_one(
    tmp_path: Path, engine: Engine, office: Office, name: str
) -> None:
    """What LibreOffice writes differently is no change to what was given."""
    book = exercise_book(tmp_path, name)
    result = verify(office.saved(book.answered, tmp_path / "saved.xlsx"), engine)
    assert grades(result.practice) == dict.fromkeys(book.cells, Grade.RIGHT)
    assert result.practice is not None
    assert result.practice.changed == ()
    assert result.status is Status.RIGHT


def with_names(path: Path, output: Path, change: Callable[[str], str]) -> Path:
    """The workbook with its list of names changed."""
    with ZipFile(path) as source, ZipFile(output, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            if part == "xl/workbook.xml":
                content = change(content.decode("utf-8")).encode("utf-8")
            target.writestr(part, content)
    return output


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"(backprop_practice_blank_1\"[^>]*>)[^<]*", r"\1Practice!$A$1:$XFD$1048576"),
        (r"(backprop_practice_blank_1\"[^>]*>)[^<]*", r"\1Practice!$A$1"),
        (r"(backprop_practice_blank_1\"[^>]*>)[^<]*", r"\1Practice!$J$5:$J$6"),
        (r"(backprop_practice_blank_1\"[^>]*>)[^<]*", r"\1=1+1"),
        (r"backprop_practice_blank_1\"", 'backprop_practice_blank_77"'),
        (r"backprop_practice_blank_1\"", 'backprop_practice_blank_x"'),
        (r"(backprop_practice_table\"[^>]*>)[^<]*", r"\1Practice!$A$1:$XFD$1048576"),
        (r"(backprop_practice_table\"[^>]*>)[^<]*", r"\1Elsewhere!$B$5:$AF$7"),
        (r"(backprop_practice_check_2\"[^>]*>)[^<]*", r"\1Practice!$B$8:$B$23"),
        (r"(backprop_practice_rate\"[^>]*>)[^<]*", r"\1#REF!"),
        (r"backprop_practice_digests", "backprop_practice_other"),
        (r"backprop_practice_trials", "backprop_practice_other"),
        (r"(backprop_practice_trials\"[^>]*>)[^<]*", r"\1Practice!$A$1:$AF$28"),
        (r"(backprop_practice_trials\"[^>]*>)[^<]*", r"\1Trials!$A$1:$XFD$1048576"),
        (r"(backprop_practice_trials\"[^>]*>)[^<]*", r"\1Trials!$A$1:$AF$7"),
    ],
)
def test_a_list_of_blanks_that_was_tampered_with(
    tmp_path: Path, engine: Engine, pattern: str, replacement: str
) -> None:
    """Names that do not fit together are said to be changed, at once, and are no traceback."""
    book = exercise_book(tmp_path, "backprop")
    path = with_names(book.answered, tmp_path / "changed.xlsx", lambda text: re.sub(pattern, replacement, text))
    result = verify(path, engine)
    assert result.practice is not None
    assert result.practice.changed != ()
    assert result.status is Status.FAULTS


def test_a_workbook_that_is_no_exercise_has_no_grades(engine: Engine, shipped_workbook: Callable[[str], Path]) -> None:
    assert verify(shipped_workbook("backprop"), engine).practice is None


def test_a_sheet_of_another_name_is_still_an_exercise(tmp_path: Path, engine: Engine) -> None:
    book = exercise_book(tmp_path, "backprop")
    workbook = openpyxl.load_workbook(book.path)
    sheet = workbook[SHEET]
    for address, formula in book.answers.items():
        sheet[address] = formula
    sheet.title = "Ada's solution"
    for defined in sheet.defined_names.values():
        defined.attr_text = defined.attr_text.replace("Practice!", "'Ada''s solution'!")
    workbook.save(tmp_path / "ada.xlsx")
    assert set(grades(verify(tmp_path / "ada.xlsx", engine).practice).values()) == {Grade.RIGHT}


# --- reports ---


def test_every_report_has_the_grades(tmp_path: Path, engine: Engine) -> None:
    """Score and blanks in each format, and where one is wrong, why."""
    book = exercise_book(tmp_path, "backprop", ["h1", "a_h2", "∂E_t/∂w3"])
    first = book.cells["h1"]
    contents: dict[str, str | float] = {address: book.answers[address] for address in book.cells["∂E_t/∂w3"]}
    contents |= {address: slipped(book.answers[address], address, 0) for address in first}
    result = verify(book.filled(contents, tmp_path / "filled.xlsx"), engine)
    text = report("text", [result])
    assert "1 of 3 blanks right, 1 wrong, 1 empty" in text
    assert re.search(r"a_h2 +M6:M7 +empty", text)
    for form in ("html", "github", "junit"):
        assert "a_h2" in report(form, [result]), form
        assert "empty" in report(form, [result]), form
    practice = json.loads(report("json", [result]))["workbooks"][0]["practice"]
    assert (practice["score"], practice["of"], practice["changed"]) == (1, 3, [])
    assert [blank["grade"] for blank in practice["blanks"]] == ["wrong", "empty", "right"]
    heading, line = report("csv", [result]).splitlines()
    assert heading.endswith(",score,blanks,wrong blanks")
    assert line.endswith(',1,3,"h1 (wrong), a_h2 (empty)"')


def test_an_exercise_that_is_not_finished_is_called_so(tmp_path: Path, engine: Engine) -> None:
    """Beside others it has its score; in CI it is a warning that names what is empty, and stands in the summary."""
    book = exercise_book(tmp_path, "backprop", ["h1", "w3"])
    half = book.filled({a: book.answers[a] for a in book.cells["h1"]}, tmp_path / "half.xlsx")
    results = [verify(half, engine), verify(book.answered, engine)]
    text = report("text", results)
    assert "2 workbooks: 1 right, 1 not finished" in text
    assert re.search(r"half\.xlsx +not finished +0 .* 1 of 2$", text, re.MULTILINE)
    assert re.search(r"answered\.xlsx +right +0 .* 2 of 2$", text, re.MULTILINE)
    assert "<td>1 of 2</td>" in report("html", results).replace(' class="count"', "")
    (warning,) = [line for line in report("github", results).splitlines() if line.startswith("::warning")]
    assert "title=1 of 2 blanks right%2C 1 empty::w3 (H7): empty" in warning
    summary = github_summary(results)
    assert "| w3 | H7 | empty |  |" in summary
    assert "| h1 |" not in summary


def test_the_summary_says_that_an_exercise_was_changed(tmp_path: Path, engine: Engine) -> None:
    book = exercise_book(tmp_path, "backprop", ["h1"])
    result = verify(book.filled(changed_at(book, "F5", "w9"), tmp_path / "filled.xlsx"), engine)
    assert "handed out (a label)" in github_summary([result]).replace("\\", "")
    (error,) = [
        line
        for line in report("github", [result]).splitlines()
        if line.startswith("::error") and "title=1 of 1" in line
    ]
    assert "handed out (a label)" in error
