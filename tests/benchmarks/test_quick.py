"""The benchmarks run: each prints its table in its quick form. What they measure is asserted nowhere."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("benchmark", "ours", "beside"),
    [
        ("generate", "backprop generate", "plain XlsxWriter"),
        ("verify", "backprop verify", "formulas.ExcelModel"),
        ("grade", "backprop verify --jobs 2", "--jobs 1"),
        ("train", "backprop train", "plain loop"),
    ],
    ids=lambda name: name,
)
def test_quick_benchmark_prints_both_sides(benchmark: str, ours: str, beside: str) -> None:
    """A benchmark that no longer fits the code it measures fails here."""
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert ours in done.stdout
    assert beside in done.stdout
    assert "ratio" in done.stdout


@pytest.mark.slow
def test_the_benchmark_of_the_teaching_sheets_prints_both_workbooks() -> None:
    command = [sys.executable, "-m", "benchmarks.teaching", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "with the teaching sheets and without" in done.stdout
    assert "Bytes added" in done.stdout
