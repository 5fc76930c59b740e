"""A newcomer adds softsign as docs/templates.md says, and finds it everywhere: in a copy of the packages, as shown."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.commands.command import environment

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
CHANGES = re.findall(r"```diff\n(\S+)\n(.*?)```", PAGE.partition("## Add your own unit")[2], re.DOTALL)

TEMPLATE = """\
inputs = [0.7, -1.2]
targets = [0.3]

[[layers]]
activation = "softsign"
weights = [[0.8, 0.5], [0.4, -0.9]]

[[layers]]
activation = "softsign"
weights = [[0.6, -0.7]]

[training]
learning_rates = [0.5]
iterations = 5
"""

# Prints what the changed packages make of the template.
SEEN = """
import json, sys
from pathlib import Path
import sheetgen
from sheetgen.mathematics.equations import forward_lines
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import training_rows
from templates import load_template
from verifier import verify

template = load_template("net.toml")
columns = table_columns(template.network)
rows = training_rows(columns, template.settings(0.5), 5)
sheetgen.generate(template, "net.xlsx")
result = verify("net.xlsx")
print(json.dumps({
    "where": sheetgen.__file__,
    "lines": forward_lines(columns),
    "gradients": {c.label: mathematics(c.then) for c in columns},
    "rows": [dict(zip([c.label for c in columns], row)) for row in rows],
    "verdict": result.status.name, "faults": len(result.faults),
}))
"""


def seen(folder: Path, changes: int) -> dict[str, Any]:
    """What comes of the template after the first so many changes of the page."""
    for package in ("opc", "sheetgen", "templates", "verifier"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, change in CHANGES[:changes]:
        file, lines = folder / name, change.splitlines(keepends=True)
        before, after = ("".join(line[1:] for line in lines if line[0] != sign) for sign in "+-")
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name} has no place for the change"
        file.write_text(text.replace(before, after), encoding="utf-8")
    (folder / "net.toml").write_text(TEMPLATE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SEEN], cwd=folder, env=environment(PYTHONPATH=str(folder)),
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert Path(found["where"]).is_relative_to(folder)
    return found


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """With the formula alone."""
    return seen(tmp_path_factory.mktemp("packages"), len(CHANGES) - 1)


@pytest.fixture(scope="module")
def simpler(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """With the shorter derivative too."""
    return seen(tmp_path_factory.mktemp("packages"), len(CHANGES))


def with_pytorch() -> list[dict[str, float]]:
    """Each iteration's loss, parameters and gradients, with PyTorch's own softsign and descent, in float64."""
    hidden = torch.tensor([[0.8, 0.5], [0.4, -0.9]], dtype=torch.float64, requires_grad=True)
    output = torch.tensor([[0.6, -0.7]], dtype=torch.float64, requires_grad=True)
    inputs, targets = (torch.tensor(numbers, dtype=torch.float64) for numbers in ([0.7, -1.2], [0.3]))
    optimizer, rows = torch.optim.SGD([hidden, output], lr=0.5), []
    for _ in range(6):
        optimizer.zero_grad()
        softsign = torch.nn.functional.softsign
        loss = 0.5 * ((targets - softsign(output @ softsign(hidden @ inputs))) ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        assert hidden.grad is not None
        assert output.grad is not None
        weights = torch.cat([hidden.flatten(), output.flatten()]).tolist()
        gradients = torch.cat([hidden.grad.flatten(), output.grad.flatten()]).tolist()
        rows.append({"E_total": loss.item()})
        rows[-1] |= {f"w{k}": number for k, number in enumerate(weights, 1)}
        rows[-1] |= {f"∂E_t/∂w{k}": number for k, number in enumerate(gradients, 1)}
        optimizer.step()
    return rows


def test_softsign_stands_in_the_equations(added: dict[str, Any]) -> None:
    assert "a_h1 = h1/(1 + |h1|)" in added["lines"]
    assert "a_o1 = o1/(1 + |o1|)" in added["lines"]


def test_the_shorter_derivative_of_softsign_stands_in_the_gradients(simpler: dict[str, Any]) -> None:
    assert simpler["gradients"]["∂E_t/∂w5"] == "(a_o1 − t1)·(1 − |a_o1|)²·a_h1"


@pytest.mark.parametrize("form", ["added", "simpler"])
def test_softsign_trains_as_in_pytorch(form: str, request: pytest.FixtureRequest) -> None:
    rows = request.getfixturevalue(form)["rows"]
    for row, expected in zip(rows, with_pytorch(), strict=True):
        assert {label: row[label] for label in expected} == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("form", ["added", "simpler"])
def test_verify_proves_softsign_without_knowing_it(form: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(form)
    assert (found["verdict"], found["faults"]) == ("RIGHT", 0)
