"""What holds for every network: generated, it verifies as right, to the last digits."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from sheetgen import generate
from templates import Template
from tests.engine import ENGINE
from tests.verifier.strategies import templates
from verifier import Status, verify
from verifier.judging.oracle import Start, train

CLOSE = 1e-12  # of 1, or of the largest number where that is larger


def generated_then_verified(template: Template, folder: Path) -> None:
    path = folder / "random.xlsx"
    generate(template, path)
    result = verify(path, ENGINE)
    assert (result.faults, result.unchecked, result.problem) == ((), (), None)
    assert result.status is Status.RIGHT
    (table,) = result.tables
    assert table.rows == template.iterations + 1
    assert table.learning_rate == template.learning_rates[0]
    if table.diverged is None:
        tolerance = CLOSE * max(1.0, largest_number(template))  # linear and ReLU units can grow without bound
        assert {column.label: column.absolute for column in table.columns if column.absolute > tolerance} == {}


def largest_number(template: Template) -> float:
    """The largest number that the training of a template comes to, by the oracle."""
    network, start, rows = template.network, template.start, template.iterations + 1
    series = train(
        network,
        Start(
            parameters={name: start[name] for name in network.parameters},
            inputs=np.tile([start[name] for name in network.inputs], (rows, 1)),
            targets=np.tile([start[name] for name in network.targets], (rows, 1)),
            rates=np.full(rows, template.learning_rates[0]),
        ),
    )
    return max(float(np.max(np.abs(numbers))) for numbers in series.values())


@settings(max_examples=20)
@given(template=templates())
def test_every_generated_workbook_is_right(template: Template, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever its layers, units and biases, the workbook of a network verifies as right, to 1e-12."""
    generated_then_verified(template, tmp_path_factory.mktemp("random"))


@pytest.mark.slow
@settings(max_examples=200)
@given(template=templates())
def test_every_generated_workbook_of_many_is_right(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same of many more networks."""
    generated_then_verified(template, tmp_path_factory.mktemp("random"))
