"""Work on one file within its limits, so that whatever is in it, and whatever breaks, there is a result."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from verifier.computing.engine import Engine
from verifier.engines.calculator import Calculator
from verifier.findings import WorkbookResult
from verifier.limits import LimitError, Limits, within
from verifier.verification import silent, verify

T = TypeVar("T")

_MOST_TEXT = 300  # characters of an error's own words
_kept = threading.local()  # the engine of each thread: its start, and the formulas that it has compiled, are paid once


def check(
    path: Path, limits: Limits, second_opinion: Calculator | None = None, progress: Callable[[str], None] = silent
) -> WorkbookResult:
    """Verify one workbook within the limits, as `verify` does. Never raises but for an interrupt."""
    begin = time.perf_counter()
    result = guarded(lambda engine: verify(path, engine, progress, second_opinion), limits)
    if isinstance(result, str):
        return WorkbookResult(path, time.perf_counter() - begin, problem=result)
    return result


def guarded(work: Callable[[Engine], T], limits: Limits) -> T | str:
    """What the work returns; or, where it meets a limit or fails, why, in words that follow "not done:"."""
    try:
        with within(limits):
            return work(_engine())
    except LimitError as error:
        _kept.engine = Engine()  # what the one before was doing when it was stopped, nobody knows
        return str(error)
    except Exception as error:  # a teacher's other 199 files are not to suffer from it
        return failure(error)


def failure(error: Exception) -> str:
    """An error that should not have been, as the problem of a result."""
    words = " ".join(f"{type(error).__name__}: {error}".split())[:_MOST_TEXT]
    return f"the check failed ({words}); this is a bug in backprop; please report it"


def _engine() -> Engine:
    if not hasattr(_kept, "engine"):
        _kept.engine = Engine()
    engine: Engine = _kept.engine
    return engine
