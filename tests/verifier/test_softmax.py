"""Softmax units and the cross-entropies: right ones are proven, wrong ones named, however far the units are from 0."""

import re
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from sheetgen import generate
from templates import parse_template
from verifier import Status, verify

CATEGORICAL = """\
inputs = [1.0, -1.0]
targets = {targets}
loss = "categorical cross-entropy"
deltas = "columns"
[[layers]]
activation = "softmax"
weights = {weights}
"""
BINARY = CATEGORICAL.replace("categorical", "binary").replace("softmax", "sigmoid")
TRAINING = "[training]\nlearning_rates = [0.5]\niterations = 4\n"
NEAR, FAR = "[[0.2, 0.3], [-0.4, 0.1], [0.5, 0.6]]", "[[25, -25], [-25, 25], [1, 2]]"
ONE_OF_THREE, SHARED = "[0.0, 1.0, 0.0]", "[0.2, 0.5, 0.3]"

_LARGEST = "MAX({o1},{o2},{o3})"
SHIFTED = {
    f"a_o{k}": f"EXP({{o{k}}}-{_LARGEST})/({'+'.join(f'EXP({{o{j}}}-{_LARGEST})' for j in (1, 2, 3))})"
    for k in (1, 2, 3)
}
SHORT = {f"δ_o{k}": f"{{a_o{k}}}-{{t{k}}}" for k in (1, 2, 3)}  # right as long as the targets sum to 1
OVER_NETS = {f"E{k}": f"{{t{k}}}*(LN(EXP({{o1}})+EXP({{o2}})+EXP({{o3}}))-{{o{k}}})" for k in (1, 2, 3)}
OF_OUTPUTS = {f"E{k}": f"-({{t{k}}}*LN({{a_o{k}}})+(1-{{t{k}}})*LN(1-{{a_o{k}}}))" for k in (1, 2, 3)}


def workbook(folder: Path, text: str, changes: Mapping[str, str]) -> Path:
    """A generated workbook with other formulas in whole columns; `{o1}` stands for the cell of o1 in the row."""
    path = folder / "net.xlsx"
    generate(parse_template(text + TRAINING, name="net", source="net.toml"), path)
    if changes:
        book = openpyxl.load_workbook(path)
        sheet = book["eta 0.5"]
        header = next(row for row in sheet.iter_rows() if row[0].value == "t1")
        letters = {cell.value: get_column_letter(cell.column) for cell in header}
        for row in range(header[0].row + 1, header[0].row + 6):
            for label, formula in changes.items():
                here = re.sub(r"\{(\w+)\}", lambda match, row=row: f"{letters[match[1]]}{row}", formula)
                sheet[f"{letters[label]}{row}"] = f"={here}"
        book.save(path)
    return path


@pytest.mark.parametrize("weights", [NEAR, FAR])
@pytest.mark.parametrize("targets", [ONE_OF_THREE, SHARED])
@pytest.mark.parametrize(
    ("network", "changes", "loss"),
    [
        pytest.param(CATEGORICAL, {}, "softmax, categorical cross-entropy", id="categorical"),
        pytest.param(CATEGORICAL, SHIFTED | SHORT, "softmax, categorical cross-entropy", id="shifted, and a − t"),
        pytest.param(CATEGORICAL, OVER_NETS | SHORT, "softmax, its own forward pass", id="categorical, of net inputs"),
        pytest.param(BINARY, {}, "sigmoid, binary cross-entropy", id="binary"),
        pytest.param(BINARY, OF_OUTPUTS, "sigmoid", id="binary, of outputs"),
    ],
)
def test_right_ones_are_right_far_from_0_too(
    tmp_path: Path, network: str, changes: Mapping[str, str], loss: str, targets: str, weights: str
) -> None:
    result = verify(workbook(tmp_path, network.format(targets=targets, weights=weights), changes))
    assert result.status is Status.RIGHT, result.faults
    assert loss in result.tables[0].network


@pytest.mark.parametrize(
    ("network", "label", "formula"),
    [
        (CATEGORICAL, "a_o2", "EXP({o1})/(EXP({o1})+EXP({o2})+EXP({o3}))"),
        (CATEGORICAL, "a_o2", "EXP({o2})/(EXP({o1})+EXP({o2})+EXP({o2}))"),
        (CATEGORICAL, "E2", "-({t2}*LN({a_o1}))"),
        (CATEGORICAL, "δ_o2", "({t1}+{t2}+{t3})*{a_o1}-{t2}"),
        (CATEGORICAL, "δ_o2", "({a_o2}-{t2})*{a_o2}*(1-{a_o2})"),
        (BINARY, "E2", "{t1}*LN(1+EXP(-{o2}))+(1-{t2})*LN(1+EXP({o2}))"),
        (BINARY, "δ_o2", "({a_o2}-{t2})*{a_o2}*(1-{a_o2})"),
    ],
)
def test_a_wrong_one_is_named_alone(tmp_path: Path, network: str, label: str, formula: str) -> None:
    path = workbook(tmp_path, network.format(targets=SHARED, weights=NEAR), {label: formula})
    assert [fault.label for fault in verify(path).faults] == [label]
