"""`backprop generate --practice` as a user runs it, and the grading of what it wrote."""

from pathlib import Path

import pytest

from tests.commands.command import backprop, complaint


def test_an_exercise_and_its_grades(tmp_path: Path) -> None:
    """The exercise under its usual name, the answers beside it; one is not finished, the other all right."""
    outcome = backprop(tmp_path, "generate", "--practice", "--blanks", "a_h1,dE/dw5,w3", "--with-answers")
    assert outcome.status == 0
    assert outcome.output.splitlines() == [
        "Wrote backprop-practice.xlsx: 2-2-2 sigmoid, learning rate 0.1, 3 blanks: a_h1, ∂E_t/∂w5, w3",
        "Wrote backprop-practice-answers.xlsx: the same, filled in",
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"backprop-practice.xlsx", "backprop-practice-answers.xlsx"}

    exercise = backprop(tmp_path, "verify", "backprop-practice.xlsx")
    assert exercise.status == 3
    assert "0 of 3 blanks right, 3 empty" in exercise.output
    answers = backprop(tmp_path, "verify", "backprop-practice-answers.xlsx")
    assert answers.status == 0
    assert "3 of 3 blanks right" in answers.output


def test_the_seed_draws_the_blanks(tmp_path: Path) -> None:
    for name, seed in (("first", "5"), ("again", "5"), ("other", "6")):
        arguments = ("deep", "--practice", "--seed", seed, "--blanks", "8", "-o", f"{name}.xlsx")
        assert backprop(tmp_path, "generate", *arguments).status == 0
    first, again, other = ((tmp_path / f"{name}.xlsx").read_bytes() for name in ("first", "again", "other"))
    assert first == again
    assert first != other


def test_the_learning_rate_is_the_first(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "generate", "mazur", "--practice", "--learning-rates", "0.5,1")
    assert "mazur-practice.xlsx" in outcome.output
    assert "learning rate 0.5" in outcome.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--practice", "--blanks", "99"), "--blanks: 99 blanks are too many: this table has room for 15"),
        (("--practice", "--blanks", "w77"), "--blanks: w77 cannot be blank: there is no such quantity"),
        (("--practice", "--iterations", "5"), "an exercise is one update"),
        (("--blanks", "3"), "need --practice"),
        (("--seed", "3"), "need --practice"),
        (("--with-answers",), "need --practice"),
        (("--practice", "-o", "exercise.ods"), "does not end in .xlsx"),
    ],
)
def test_what_cannot_be_asked_for(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """One line says what is wrong, and nothing is written."""
    assert says in complaint(backprop(tmp_path, "generate", *arguments))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_without_force(tmp_path: Path) -> None:
    """Neither an exercise that somebody may have worked in, nor its answers."""
    taken = tmp_path / "backprop-practice-answers.xlsx"
    taken.write_text("mine")
    arguments = ("generate", "--practice", "--with-answers")
    assert "--force overwrites it" in complaint(backprop(tmp_path, *arguments))
    assert [path.name for path in tmp_path.iterdir()] == [taken.name]
    assert backprop(tmp_path, *arguments, "--force").status == 0
    assert taken.read_bytes().startswith(b"PK")
