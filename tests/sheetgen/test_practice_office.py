"""A real spreadsheet application computes the checks, the score and the hints of an exercise."""

import math
import re
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from docs.learner import write as write_learners_exercise
from sheetgen.practice import exercise_of
from templates import load_template
from tests.office import Cells, Office
from tests.sheetgen.exercises import (
    NOT_YET,
    NOTHING,
    RIGHT,
    SHEET,
    TYPED,
    WAITS,
    ExerciseBook,
    exercise_book,
    slipped,
)
from tests.shipped import every_exercise
from verifier import verify

pytestmark = pytest.mark.office


def on_sheet(contents: Mapping[str, str | float]) -> dict[str, str | float]:
    return {f"{SHEET}!{address}": content for address, content in contents.items()}


def at(cells: Cells, address: str) -> float | str:
    column, row = openpyxl.utils.cell.coordinate_from_string(address)
    return cells[row - 1][openpyxl.utils.column_index_from_string(column) - 1]


def right_of(address: str) -> str:
    column, row = openpyxl.utils.cell.coordinate_from_string(address)
    return f"{openpyxl.utils.get_column_letter(openpyxl.utils.column_index_from_string(column) + 1)}{row}"


def checks(book: ExerciseBook, cells: Cells) -> dict[str, float | str]:
    """The sign of each blank cell."""
    return {address: at(cells, book.check_of(address)) for address in book.answers}


def score(cells: Cells) -> float | str:
    """What stands right of "Your score", the first thing there."""
    (row,) = [row for row in cells if "Your score" in row]
    return next(value for value in row[row.index("Your score") + 1 :] if value != "")


@every_exercise
@pytest.mark.parametrize("seed", [1, 2])
def test_right_formulas_have_the_full_score(tmp_path: Path, office: Office, name: str, seed: int) -> None:
    book = exercise_book(tmp_path, name, None, seed)
    cells = office.values(book.path, on_sheet(book.answers))[SHEET]
    assert set(checks(book, cells).values()) == {RIGHT}
    assert score(cells) == len(book.cells)


@every_exercise
def test_typed_numbers_are_marked_and_do_not_count(tmp_path: Path, office: Office, name: str) -> None:
    """Numbers as one works them out by hand, with as many digits as the sheet asks for, are right, but no formulas."""
    exercise, book = exercise_of(load_template(name)), exercise_book(tmp_path, name)
    digits = max(check.digits for check in exercise.fingerprints.values())
    typed = {
        address: float(f"{exercise.right[2 - len(book.cells[label]) + k][label]:.{digits}g}")
        for label, addresses in book.cells.items()
        for k, address in enumerate(addresses)
    }
    cells = office.values(book.path, on_sheet(typed))[SHEET]
    assert set(checks(book, cells).values()) == {TYPED}
    assert score(cells) == 0
    (row,) = [row for row in cells if "Your score" in row]
    assert f" of {len(book.cells)}, {len(book.cells)} typed: ✎" in row


def test_the_score_is_the_grade(tmp_path: Path, office: Office) -> None:
    """Of formulas that are right, one that is wrong, numbers and an empty blank the sheet counts what verify counts."""
    write_learners_exercise(tmp_path / "learner.xlsx")
    practice = verify(tmp_path / "learner.xlsx").practice
    assert practice is not None
    assert score(office.values(tmp_path / "learner.xlsx", {})[SHEET]) == practice.score == 3


def test_the_score_says_what_may_be_right_and_given_numbers_wait(tmp_path: Path, office: Office) -> None:
    """Behind an empty blank a right formula counts by the rule, which the sheet cannot see: it says that it may."""
    book = exercise_book(tmp_path, "backprop", ["h1", "∂E_t/∂w1"])
    gradient = {a: book.answers[a] for a in book.cells["∂E_t/∂w1"]}
    cells = office.values(book.path, on_sheet(gradient))[SHEET]
    (row,) = [row for row in cells if "Your score" in row]
    assert score(cells) == 0
    assert " of 2, and 1 may be: ↑" in row
    assert any("A blank counts when its formula is right, whatever" in str(text) for row in cells for text in row)
    sheet = openpyxl.load_workbook(book.path)[SHEET]
    hidden = {
        str(area.sqref): (rule.formula[0], rule.dxf.numFmt.formatCode)
        for area, rules in sheet.conditional_formatting._cf_rules.items()
        for rule in rules
        if rule.dxf.numFmt is not None and "…" in rule.dxf.numFmt.formatCode
    }
    first, _ = book.cells["h1"]
    activation = right_of(first)  # a_h1 would be 0.5 of an empty h1
    column, row_number = openpyxl.utils.cell.coordinate_from_string(first)
    assert f"ISBLANK(${column}${row_number})" in hidden[activation][0]
    assert not set(hidden) & set(book.answers)


@every_exercise
@pytest.mark.parametrize("draw", range(3))
def test_a_wrong_formula_fails_and_only_it(tmp_path: Path, office: Office, name: str, draw: int) -> None:
    """Of the blanks with a wrong reference those say so that no other wrong one comes before; what only follows from a
    wrong one waits for it, and all others are right. A wrong formula that gives the right number is not told by it."""
    book, exercise = exercise_book(tmp_path, name, None, draw), exercise_of(load_template(name), None, draw)
    labels = list(book.cells)
    wrong = {labels[draw], labels[-1 - draw]}
    contents = {
        address: slipped(formula, address, draw) if book.label_of[address] in wrong else formula
        for address, formula in book.answers.items()
    }
    cells = office.values(book.path, on_sheet(contents))[SHEET]
    found = checks(book, cells)
    address_of = {(label, row): book.cells[label][row - 2] for label, row in exercise.places}
    numbers = {place: float(at(cells, address)) for place, address in address_of.items() if place[0] in wrong}
    told = {
        (label, row)
        for (label, row), number in numbers.items()
        if not math.isclose(number, float(exercise.right[row][label]), rel_tol=1e-6, abs_tol=1e-9)
    }
    for place, address in address_of.items():
        before = told.intersection(exercise.before[place])
        if not before:
            assert found[address] == (NOT_YET if place in told else RIGHT), place
        else:
            assert found[address] in ((WAITS,) if place in told else (WAITS, RIGHT)), place


def test_a_text_an_error_and_an_empty_cell(tmp_path: Path, office: Office) -> None:
    book = exercise_book(tmp_path, "backprop")
    labels = list(book.cells)
    contents = dict(book.answers)
    (text, *_), (error, *_), (empty, *_) = (book.cells[label] for label in labels[2:5])
    contents |= {text: "a half", error: "=1/0"}
    del contents[empty]
    found = checks(book, office.values(book.path, on_sheet(contents))[SHEET])
    assert (found[text], found[error], found[empty]) == (NOT_YET, NOT_YET, NOTHING)


def test_an_error_from_another_blank_is_not_ones_own(tmp_path: Path, office: Office) -> None:
    """A right formula that reads an error waits; a text does not, wherever it stands."""
    book = exercise_book(tmp_path, "backprop", ["h1", "∂E_t/∂w1", "∂E_t/∂w5"])
    contents = {**book.answers, book.cells["h1"][0]: "=1/0", book.cells["∂E_t/∂w5"][0]: "a half"}
    found = checks(book, office.values(book.path, on_sheet(contents))[SHEET])
    assert [found[book.cells[label][0]] for label in book.cells] == [NOT_YET, WAITS, NOT_YET]


@every_exercise
def test_hints_on_demand(tmp_path: Path, office: Office, name: str) -> None:
    """`?` gives a reason, `??` what the formula is made of, `???` it in symbols, with the blank's own label first."""
    book = exercise_book(tmp_path, name)
    sheet = openpyxl.load_workbook(book.path)[SHEET]
    others = {*book.answers, "A2"}  # where the name goes
    questions = [cell for row in sheet for cell in row if not cell.protection.locked and cell.coordinate not in others]
    said: dict[str, list[str]] = {}
    for question in ("", "?", "??", "???"):
        asked = on_sheet({cell.coordinate: question for cell in questions})
        cells = office.values(book.path, asked)[SHEET]
        said[question] = [str(at(cells, right_of(cell.coordinate))) for cell in questions]
    assert set(said[""]) == {"–"}
    assert len(set(said["?"])) == len(questions)
    for label, hint, parts, formula in zip(book.cells, said["?"], said["??"], said["???"], strict=True):
        assert len(hint) > 20
        assert formula.startswith(f"{label} = ")
        named = parts.removeprefix("It is made of ").removesuffix(".").replace(" in the row above", "")
        assert all(part in formula for part in re.split(r", |; and of ", named) if part != "…")


@every_exercise
def test_the_sheet_prints(tmp_path: Path, office: Office, name: str) -> None:
    book = exercise_book(tmp_path, name)
    assert list(office.pictures(book.path, tmp_path)) == [SHEET]
