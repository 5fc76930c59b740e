"""Whatever its network and whoever laid it out: a right workbook is right, in a wrong one the wrong cells are named."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.engine import ENGINE
from tests.verifier.chain_rule import Net
from tests.verifier.foreign import Layout, write_workbook
from tests.verifier.foreign_layouts import layouts, sheets
from verifier import Kind, Status, verify

MANY = 400


def assert_right(tables: Sequence[Layout], path: Path) -> None:
    result = verify(write_workbook(path, *tables), ENGINE)
    found = [f"{fault.kind.value} {fault.cells} {fault.message}" for fault in result.faults]
    assert (found, result.problem, result.unchecked, len(result.tables)) == ([], None, (), len(tables))
    assert result.status is Status.RIGHT
    rates = [table.rate if isinstance(table.rate, float) else 0.5 for table in tables]
    assert sorted(table.learning_rate or 0.0 for table in result.tables) == sorted(rates)


@settings(max_examples=25)
@given(tables=sheets())
def test_right_workbook_in_any_layout_is_right(tables: list[Layout], tmp_path_factory: pytest.TempPathFactory) -> None:
    """No false alarm, whatever the network, the order and the spelling of its labels, and wherever things stand."""
    assert_right(tables, tmp_path_factory.mktemp("foreign") / "book.xlsx")


@pytest.mark.slow
@settings(max_examples=MANY)
@given(tables=sheets())
def test_right_workbook_in_many_layouts_is_right(
    tables: list[Layout], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same of many more layouts."""
    assert_right(tables, tmp_path_factory.mktemp("foreign") / "book.xlsx")


def slip(net: Net, draw: st.DrawFn) -> tuple[str, str]:
    """A gradient with another unit's activation in its derivative, as a_h1*(1-a_h1) in the place of a_h2*(1-a_h2)."""
    layer = draw(st.sampled_from([layer for layer in net.layers if len(layer) > 1]))
    right, wrong = draw(st.permutations(layer))[:2]
    weight = draw(st.sampled_from(right.weights))
    name = net.gradients[weight]
    before, _, after = net.formulas[name].rpartition(f"{{{right.output}}}*(1-{{{right.output}}})")
    return name, f"{before}{{{wrong.output}}}*(1-{{{wrong.output}}}){after}"


def assert_blamed(layout: Layout, data: st.DataObject, path: Path) -> None:
    assume(any(len(layer) > 1 for layer in layout.net.layers) and layout.rows > 3)
    name, form = data.draw(st.composite(lambda draw: slip(layout.net, draw))())
    outside = {n: f"{{{n}$}}" for n in (*layout.net.inputs, *layout.net.targets)} if layout.blank_below else {}
    for given_name, anchored in outside.items():
        form = form.replace(f"{{{given_name}}}", anchored)
    result = verify(write_workbook(path, replace(layout, formulas={**layout.formulas, name: form})), ENGINE)
    cells = f"{layout.cell(name, 0)}:{layout.cell(name, layout.rows - 1)}"
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.WRONG_GRADIENT, cells)]


@settings(max_examples=15)
@given(layout=layouts(), data=st.data())
def test_wrong_gradient_in_any_layout_is_found_at_its_cells(
    layout: Layout, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One gradient with a neighbour's activation is blamed where it stands, and nothing else is."""
    assert_blamed(layout, data, tmp_path_factory.mktemp("foreign") / "book.xlsx")


@pytest.mark.slow
@settings(max_examples=MANY)
@given(layout=layouts(), data=st.data())
def test_wrong_gradient_in_many_layouts_is_found_at_its_cells(
    layout: Layout, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same of many more layouts."""
    assert_blamed(layout, data, tmp_path_factory.mktemp("foreign") / "book.xlsx")
