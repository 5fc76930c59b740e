"""Trainings of many kinds, sizes and numbers: right ones are never accused, whole wrong columns only where they are."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier import trainings
from tests.verifier.test_descent import descent, findings_of, write
from tests.verifier.trainings import Sheets

FEW, MANY = 20, 1_000

RULES = ("plain", "momentum", "heavy ball", "nesterov", "adagrad", "rmsprop", "adam", "weight decay", "decaying rate")
SIZES = st.tuples(st.integers(2, 3), st.integers(2, 4), st.integers(2, 3))
KINDS = st.one_of(
    st.builds(trainings.regression, st.sampled_from(RULES), rows=st.integers(4, 12), shows_loss=st.booleans()),
    st.builds(trainings.perceptron, rows=st.integers(5, 14)),
    st.builds(trainings.logistic_batch, epochs=st.integers(2, 6), inline=st.booleans()),
    st.builds(trainings.online_inline, rows=st.integers(4, 10)),
    st.builds(trainings.matrices, updates=st.booleans(), sizes=SIZES, samples=st.integers(2, 3)),
    st.builds(trainings.surface, rows=st.integers(8, 16), inline=st.booleans()),
    st.builds(trainings.differences, rows=st.integers(5, 12)),
    st.sampled_from([trainings.epochs(), trainings.recurrent(), trainings.one_step(), trainings.likelihood()]),
)


def renumbered(sheets: Sheets, seed: int) -> Sheets:
    """The same formulas over other numbers, near those that stand there; zeros and ones, as of classes, stay."""
    generator = random.Random(seed)  # noqa: S311  the same numbers in every run

    def other(content: float | str) -> float | str:
        is_any = isinstance(content, float) and content not in (0, 1)
        return content * generator.uniform(0.7, 1.3) if isinstance(content, float) and is_any else content

    return {title: {cell: other(content) for cell, content in cells.items()} for title, cells in sheets.items()}


def assert_not_accused(sheets: Sheets, seed: int, folder: Path) -> None:
    """Of its steps some may be open, and where all units are off there is none; but nothing is wrong."""
    assert findings_of(descent(write(folder / "book.xlsx", renumbered(sheets, seed)))) == []


@settings(max_examples=FEW)
@given(sheets=KINDS, seed=st.integers(0, 10**6))
def test_right_training_of_any_numbers_is_not_accused(
    sheets: Sheets, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_not_accused(sheets, seed, tmp_path_factory.mktemp("search"))


@pytest.mark.slow
@settings(max_examples=MANY)
@given(sheets=KINDS, seed=st.integers(0, 10**6))
def test_many_right_trainings_of_any_numbers_are_not_accused(
    sheets: Sheets, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_not_accused(sheets, seed, tmp_path_factory.mktemp("search"))
