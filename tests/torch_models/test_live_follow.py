"""Follow and Folding in LibreOffice: an output is PyTorch's, and the parts of a normalisation make the weights."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn

from sheetgen.tensors.centring import seen
from sheetgen.tensors.diagram import diagram_of
from sheetgen.tensors.folding_sheet import CHECK, FACTOR, FOLDED_BIAS, GAMMA, KERNELS_ROW, TABLE_ROW
from sheetgen.tensors.follow import views_of
from sheetgen.tensors.follow_back import NAMES as BACK
from sheetgen.tensors.follow_back import Back
from sheetgen.tensors.follow_layout import FIRST_ROW, SAID_ROW, Sheet
from sheetgen.tensors.follow_marks import FIRST_COLUMN, NUMBERS, ROW
from sheetgen.tensors.names import FOLDING, FOLLOW, LAYERS
from tests.office import Cells, Office
from tests.sheetgen.workbooks import formulas_of
from tests.torch_models.test_live import FIXED, SAME, Case, number, written

IMAGE = torch.from_numpy(seen(FIXED.image[0].numpy()))[None]
SHEET = Sheet(views_of(FIXED.network.stages, diagram_of(FIXED.network).wirings, LAYERS))
# Of each layer what Follow calls it, how much of the module it is, and an output, counted from 1.
CHOICES = [
    ("1: convolution 3×3, ReLU", 2, (2, 1, 5)),
    ("2: max pool 2×2", 3, (2, 1, 2)),
    ("3: convolution 1×2, ReLU", 5, (1, 1, 2)),
    ("4: average pool 1×2", 6, (2, 1, 1)),
    ("5: linear, ReLU", 9, (4, 1, 1)),
    ("6: linear", 10, (1, 1, 1)),
    ("7: log softmax", 11, (3, 1, 1)),
]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_default_dtype(torch.float64)
    try:
        return written(FIXED, tmp_path_factory.mktemp("follow"))
    finally:
        torch.set_default_dtype(torch.float32)


def chosen(office: Office, workbook: Path, layer: str, place: tuple[int, ...]) -> dict[str, Cells]:
    """The cells after an output is chosen."""
    fields = (f"{FOLLOW}!{field.replace('$', '')}" for field in SHEET.fields)
    return office.values(workbook, dict(zip(fields, (layer, *map(float, place)), strict=True)))


def followed(cells: dict[str, Cells], name: str) -> float:
    return number(cells, f"{FOLLOW}!{SHEET.number(name)}")


@pytest.mark.office
@pytest.mark.parametrize("stage", range(len(CHOICES)))
def test_a_chosen_output_is_made_of_its_window_and_stands_on_layers(office: Office, workbook: Path, stage: int) -> None:
    layer, modules, place = CHOICES[stage]
    cells = chosen(office, workbook, layer, place)
    with torch.no_grad():
        outputs = FIXED.module[:modules](IMAGE).reshape(FIXED.network.shapes[stage + 1])
    expected = float(outputs[tuple(k - 1 for k in place)])
    assert followed(cells, "result") == pytest.approx(expected, abs=SAME)
    assert str(cells[FOLLOW][SAID_ROW][2]).startswith("✓ as on Layers, in ")


@pytest.mark.office
def test_the_products_of_a_convolution_and_their_sums_are_shown(office: Office, workbook: Path) -> None:
    cells = chosen(office, workbook, CHOICES[2][0], (3, 2, 1))
    with torch.no_grad():
        inputs, layer = FIXED.module[:3](IMAGE)[0], FIXED.module[3]
        window = torch.nn.functional.pad(inputs, (1, 1))[:, 1:2, 0:2]
        products = window * layer.weight[2]
    column = SHEET.block_column(2)
    rows = [cells[FOLLOW][FIRST_ROW + 2 * channel] for channel in (0, 1)]
    assert np.array([row[column : column + 2] for row in rows], dtype=float) == pytest.approx(products[:, 0].numpy())
    sums = [row[SHEET.block_column(3)] for row in rows]
    assert np.array(sums, dtype=float) == pytest.approx(products.sum(dim=(1, 2)).numpy())
    assert cells[FOLLOW][SAID_ROW + 3][SHEET.block_column(1)] == "No product is above 0"
    assert (products <= 0).all()
    assert followed(cells, "bias") == pytest.approx(float(layer.bias[2].detach()))


@pytest.mark.office
@pytest.mark.parametrize("stage", range(1, len(CHOICES)))
def test_the_largest_product_leads_back_to_an_output_of_the_layer_before(
    office: Office, workbook: Path, stage: int
) -> None:
    """Whose number is the one in its window; and the sheet says which."""
    layer, _, place = CHOICES[stage]
    cells = chosen(office, workbook, layer, place)
    map_, row, column = (int(number(cells, f"{FOLLOW}!{Back(SHEET).name(name)}")) for name in BACK[2:])
    with torch.no_grad():
        inputs = FIXED.module[: CHOICES[stage - 1][1]](IMAGE).reshape(FIXED.network.shapes[stage])
    blocks = [
        np.array([[cell if isinstance(cell, float) else np.nan for cell in line[first : first + SHEET.columns]]
                  for line in cells[FOLLOW][FIRST_ROW : FIRST_ROW + SHEET.lines]])
        for first in (SHEET.block_column(0), SHEET.block_column(2))
    ]  # fmt: skip
    window, products = blocks
    said = cells[FOLLOW][SAID_ROW + 3][SHEET.block_column(1)]
    assert window[products == np.nanmax(products)][0] == pytest.approx(float(inputs[map_ - 1, row - 1, column - 1]))
    assert said == f"The largest product comes from map {map_}, row {row}, column {column} of {CHOICES[stage - 1][0]}"


@pytest.mark.office
@pytest.mark.parametrize("place", [(3, 1, 1), (1, 0, 1), (1, 1, 6)])
def test_an_output_that_is_not_there_is_told_and_the_nearest_is_shown(
    office: Office, workbook: Path, place: tuple[int, int, int]
) -> None:
    cells = chosen(office, workbook, CHOICES[0][0], place)
    said = cells[FOLLOW][SAID_ROW][2]
    assert said == "✗ no such output: this layer has 2 maps of 5 × 5; the nearest is shown"
    shown = [followed(cells, name) for name in ("map", "row", "column")]
    assert shown == [min(max(wanted, 1), most) for wanted, most in zip(place, (2, 5, 5), strict=True)]
    assert not any("#" in str(cell) for row in cells[FOLLOW] for cell in row)


@pytest.mark.office
def test_layers_frames_the_window_the_kernel_and_the_output(office: Office, workbook: Path) -> None:
    row = chosen(office, workbook, CHOICES[2][0], (3, 2, 1))[LAYERS][ROW]
    found = dict(zip(NUMBERS, row[FIRST_COLUMN:], strict=False))
    wiring = diagram_of(FIXED.network).wirings[2]
    (top, left), (bottom, right) = wiring.source.place((0, 1, -1)), wiring.source.place((1, 1, 0))
    output = wiring.output.place((2, 1, 0))
    numbers = (2, *output, top, bottom, left, right, wiring.kernels[2].column)
    assert found == dict(zip(NUMBERS, (place + 1 for place in numbers), strict=True))


@pytest.mark.office
def test_the_parts_of_a_normalisation_make_the_weights_of_layers(tmp_path: Path, office: Office) -> None:
    """Another γ gives another factor, and then the weights of Layers are not made of it."""
    torch.manual_seed(5)
    norm = nn.BatchNorm2d(2)
    nn.init.uniform_(norm.weight, 0.5, 2)
    nn.init.normal_(norm.bias)
    module = nn.Sequential(nn.Conv2d(1, 2, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(18, 3)).double()
    with torch.no_grad():
        module(torch.rand(9, 1, 5, 5).double())  # gives the normalisation its statistics
    case = Case(module.eval(), FIXED.image, 1)
    column = diagram_of(case.network).wirings[0].kernels[1].column
    gamma = f"{FOLDING}!{chr(ord('A') + column % 26)}{TABLE_ROW + GAMMA + 1}"
    assert column < 26
    path = written(case, tmp_path)
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    for typed in ({}, {gamma: 3.0}):
        cells = office.values(path, typed)[FOLDING]
        factor = typed.get(gamma, state["1.weight"][1]) / np.sqrt(state["1.running_var"][1] + norm.eps)
        shift = (state["0.bias"][1] - state["1.running_mean"][1]) * factor + state["1.bias"][1]
        assert cells[TABLE_ROW + FACTOR][column] == pytest.approx(factor)
        assert cells[TABLE_ROW + FOLDED_BIAS][column] == pytest.approx(shift)
        assert cells[KERNELS_ROW][column] == pytest.approx(state["0.weight"][1, 0, 0, 0])
        assert cells[TABLE_ROW + CHECK][column] == ("✗" if typed else "✓")


def test_a_network_without_a_normalisation_has_no_sheet_of_one(workbook: Path) -> None:
    assert FOLDING not in formulas_of(workbook).sheetnames
