"""What all tests share: settings of hypothesis, the shipped workbooks, and one LibreOffice for the whole session.

At the end of a run its summary says how much memory a worker took at most.
"""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from sheetgen import generate
from templates import load_template
from tests.office import Office
from tests.sheetgen.workbooks import formulas_of, values_of

if sys.platform != "win32":
    import resource

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


def pytest_collection_finish() -> None:
    """What is there before the first test stays: without it in its way the collector comes often."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def collected() -> Iterator[None]:
    """What a module has made or read is not there any more when the next one begins; openpyxl's workbooks are large."""
    yield
    formulas_of.cache_clear()
    values_of.cache_clear()
    gc.collect()
    _give_back_what_is_freed()


def _give_back_what_is_freed() -> None:
    """Has the C library give the system what lies between what is still used; does nothing where it is not glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    if trim is not None:
        trim(0)


_PEAKS = pytest.StashKey[list[int]]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells the process that started it how much memory it took at most, in kilobytes."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None and sys.platform != "win32":
        output["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_testnodedown(node: Any) -> None:
    """Keeps what a worker told."""
    node.config.stash.setdefault(_PEAKS, []).append(getattr(node, "workeroutput", {}).get("peak", 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says it, where workers told."""
    peak = max(config.stash.get(_PEAKS, [0]))
    if peak:
        terminalreporter.write_line(f"a worker took {peak / 1e3:.0f} MB of memory at most")
