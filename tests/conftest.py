"""What all tests share: settings of hypothesis, the shipped workbooks, and one LibreOffice for the whole session."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sheetgen import generate
from templates import load_template
from tests.office import Office

# No example is given a time limit: how long one takes is the machine's business, not a property of the code. And all
# runs draw the same ones, so that everybody meets what the gate meets; `--hypothesis-profile=explore` draws new ones.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("explore", settings.get_profile("project"), derandomize=False)
settings.load_profile("project")


@pytest.fixture(scope="session")
def shipped_workbook(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function that gives the workbook of a shipped template, generated once; tests only read it."""
    folder = tmp_path_factory.mktemp("shipped")

    @cache
    def workbook(name: str) -> Path:
        path = folder / f"{name}.xlsx"
        generate(load_template(name), path)
        return path

    return workbook


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """A running LibreOffice; the test is skipped where it is not installed."""
    missing = Office.missing()
    if missing is not None:
        pytest.skip(missing)
    with Office() as running:
        yield running
