"""The text of a template's file: what is read from it again is what it was written from."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates import load_template, parse_template, template_names
from templates.shipped import FOLDER, shipped_text
from templates.toml_text import toml_of


@pytest.mark.parametrize("name", template_names())
def test_the_fields_of_a_shipped_template_make_the_same_template(name: str) -> None:
    written = toml_of(tomllib.loads(shipped_text(name)))
    assert parse_template(written, name=name, source=f"{name}.toml", beside=FOLDER) == load_template(name)


plain = st.text() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
lists = st.recursive(plain, lambda inner: st.lists(inner, max_size=4), max_leaves=30)
names = st.text('abz_19γ. "', min_size=1)
tables = st.recursive(
    st.dictionaries(names, lists, max_size=4),
    lambda inner: st.dictionaries(names, lists | inner | st.lists(inner, min_size=1, max_size=3), max_size=4),
    max_leaves=4,
)


@given(tables)
def test_any_fields_come_back_from_their_text(fields: dict[str, Any]) -> None:
    """To the sign of 0, and a whole number stays apart from one with a point: what Python shows is the same."""
    assert shown(tomllib.loads(toml_of(fields))) == shown(fields)


def shown(value: Any) -> str:
    """As Python shows it, whatever the order of its fields."""
    if isinstance(value, dict):
        return str(sorted((name, shown(one)) for name, one in value.items()))
    return str([shown(one) for one in value]) if isinstance(value, list) else repr(value)


def test_a_long_matrix_has_a_row_a_line_and_a_number_no_digit_too_many() -> None:
    layer = {"kind": "dense", "weights": [[0.1, 1e-08, 2.0, 1.5], [1 / 3, -0.5, 3, 4]] * 2, "biases": [0.25] * 2}
    assert (
        toml_of({"layers": [layer], "title": 'A "net"', "training": {"optimizer": {"kind": "adam"}}})
        == """\
title = "A \\"net\\""

[[layers]]
kind = "dense"
weights = [
    [0.1, 1e-08, 2.0, 1.5],
    [0.3333333333333333, -0.5, 3, 4],
    [0.1, 1e-08, 2.0, 1.5],
    [0.3333333333333333, -0.5, 3, 4],
]
biases = [0.25, 0.25]

[training]

[training.optimizer]
kind = "adam"
"""
    )
