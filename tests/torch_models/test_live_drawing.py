"""Draw and Centre: pens, and a drawing that is placed as MNIST's digits are, checked against integrals of its ink."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

torch = pytest.importorskip("torch")

from docs.animation import DIGIT, STROKE, drawings
from sheetgen.tensors.centre_sheet import OFF
from sheetgen.tensors.centring import centred, inked, seen
from sheetgen.tensors.draw_sheet import drawing_of, seen_of, switch_cell
from sheetgen.tensors.operations import Array
from tests.office import Office
from tests.torch_models.test_live import FIXED, block, close, written
from torch_models.live_sheets.run import network_of_run, run_called

BOX, MIDDLE = 20, 14  # of MNIST, the middle counted from 0


def placed(ink: Array) -> Array:
    """An image of 28 by 28 as MNIST's authors place it, by the integral of its ink along each direction."""
    reach = [np.flatnonzero(ink.any(axis=1 - axis)) for axis in (0, 1)]
    masses = [np.average(np.arange(28), weights=ink.sum(axis=1 - axis)) for axis in (0, 1)]
    zoom = BOX / (1 + max(one[-1] - one[0] for one in reach))
    for axis in (0, 1):
        start = reach[axis][0] - 0.5
        shift = MIDDLE + 0.5 - (masses[axis] - start) * zoom
        assume(abs(shift % 1 - 0.5) > 1e-6)  # where rounding decides
        centres, half = start + (np.arange(28) - round(shift) + 0.5) / zoom, max(1, 1 / zoom) / 2
        integral = np.vstack([np.zeros((1, 28)), np.moveaxis(ink, axis, 0).cumsum(axis=0)])
        begin, end = (
            np.stack([np.interp(at, np.arange(29) - 0.5, line) for line in integral.T], axis=1)
            for at in (centres - half, centres + half)
        )
        ink = np.moveaxis((end - begin) / (2 * half), 0, axis)
    return ink


@settings(max_examples=60)
@given(arrays(np.float64, (28, 28), elements=st.sampled_from([0, 0, 0, 0, 0, 0.5, 1]), fill=st.just(0.0)))
def test_a_drawing_fills_the_box_and_its_centre_of_mass_lies_in_the_middle(drawing: Array) -> None:
    if drawing.any():
        assert np.abs(centred(drawing, True).seen - placed(drawing)).max() < 1e-12


def test_a_digit_that_lies_as_those_of_mnist_do_stays_as_it_is() -> None:
    digit = np.zeros((28, 28))
    digit[4:24, 10:19] = np.random.default_rng(3).random((20, 9)) * np.linspace(0.8, 1, 20)[:, None]
    assert (seen(digit[None])[0] == digit).all()
    assert (seen(np.roll(digit, (3, -7), (0, 1))[None])[0] == digit).all()


def test_what_is_drawn_small_and_in_a_corner_gets_its_answer_only_when_it_is_placed() -> None:
    network, (*_, drawing) = network_of_run(run_called("tiny")), drawings(STROKE)
    assert network.activations(seen(drawing))[-1].argmax() == DIGIT
    assert network.activations(centred(drawing[0], False).seen[None])[-1].argmax() != DIGIT


def test_a_thick_dot_inks_what_is_around_it_and_never_more_than_black() -> None:
    drawing = np.zeros((4, 5))
    drawing[1, 1:4] = 2
    drawing[3, 3] = 0.5
    assert inked(drawing).round(9).tolist() == [
        [0.3, 0.6, 0.9, 0.6, 0.3], [0.3, 1, 1, 1, 0.3], [0.3, 0.6, 0.9, 0.6, 0.3], [0, 0, 0, 0.5, 0],
    ]  # fmt: skip


@pytest.mark.office
@pytest.mark.parametrize("switched", [True, False])
def test_the_sheet_shows_what_is_typed_as_it_is_placed(tmp_path: Path, office: Office, switched: bool) -> None:
    """With a thick dot, a grey one, a text and an empty cell; switched off it is the ink itself."""
    drawing, paper = np.zeros((5, 5)), drawing_of(FIXED.shape)
    drawing[3, 1], drawing[4, 4], drawing[2, 0] = 2, 0.25, 1
    typed: dict[str, float | str] = {paper.cell((0, *place)): float(drawing[place]) for place in np.ndindex(5, 5)}
    typed |= {paper.cell((0, 0, 0)): "ink", paper.cell((0, 0, 1)): ""}
    typed |= {} if switched else {switch_cell(FIXED.shape): OFF}
    cells = office.values(written(FIXED, tmp_path), typed)
    found = block(cells, "Draw", seen_of(FIXED.shape)).reshape(5, 5)
    assert close(found, centred(drawing, switched).seen)
    assert switched or close(found, inked(drawing))
