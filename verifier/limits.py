"""Bounds on what the check of one file may take: seconds by the clock, and bytes of memory.

Both are the operating system's own: an interval timer, whose signal becomes an exception between two steps of Python,
and a limit on the process's address space, past which an allocation fails (setitimer(2), setrlimit(2)). So they hold in
the main thread of a process alone, which is where a command works, and the workers of joblib's own pool and of Ray. In
another thread, as those of a Dask worker, neither holds; on Windows there is neither, and macOS has no such limit on
memory: there the bounds that a cluster sets to its workers are what there is.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

if sys.platform != "win32":
    import resource

GIGABYTE = 1_000_000_000  # bytes
_AGAIN = 1.0  # seconds from one signal to the next: what raises the first may be a callback, whose exceptions are lost
_ADDRESS_SPACE = Path("/proc/self/statm")  # of Linux; its first number is the process's size in pages


@dataclass(frozen=True)
class Limits:
    """What the check of one file may take; None is no bound.

    `seconds` are wall seconds; `memory` are bytes, those that the process has before the check not counted.
    """

    seconds: float | None = 120.0
    memory: int | None = 4 * GIGABYTE


class LimitError(BaseException):
    """A bound was met. No Exception, so that nothing on the way takes it for an error of its own."""


class _LostLimits:
    """Reports what is raised where Python can only print it, as in a callback; a limit is told by the result."""

    def __init__(self, others: Callable[["sys.UnraisableHookArgs"], object]) -> None:
        self._others = others

    def __call__(self, lost: "sys.UnraisableHookArgs") -> None:
        """Report it, or not."""
        if not issubclass(lost.exc_type, LimitError):
            self._others(lost)


@contextmanager
def within(limits: Limits) -> Iterator[None]:
    """Bound what is done in a `with`. Raises LimitError, whose text goes on from "not checked"."""
    try:
        with _within_seconds(limits.seconds), _within_memory(limits.memory):
            yield
    except MemoryError:
        bound = "there is" if limits.memory is None else f"{size_text(limits.memory)} (--memory-limit)"
        raise LimitError(f"it took more memory than {bound}") from None


@contextmanager
def _within_seconds(seconds: float | None) -> Iterator[None]:
    if seconds is None or sys.platform == "win32" or not _in_main_thread():
        yield
        return

    met: list[LimitError] = []

    def strike(_: int, __: FrameType | None) -> None:
        met.append(LimitError(f"it took longer than {seconds:g} s (--time-limit)"))
        raise met[-1]

    if not isinstance(sys.unraisablehook, _LostLimits):
        sys.unraisablehook = _LostLimits(sys.unraisablehook)
    handler = signal.signal(signal.SIGALRM, strike)
    remaining = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        if met:  # a codec of Python's, for one, raises what it meets once more, with words of its own around it
            raise met[-1] from None
        raise
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, *remaining)
        finally:  # the signal may come between the two lines
            signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
    if met:  # and was lost on the way
        raise met[-1]


@contextmanager
def _within_memory(memory: int | None) -> Iterator[None]:
    if memory is None or sys.platform == "win32" or not _in_main_thread() or not _ADDRESS_SPACE.exists():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    least = min(limit for limit in (_address_space() + memory, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (least, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _address_space() -> int:
    """The bytes of address space that this process has taken."""
    return int(_ADDRESS_SPACE.read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def size_text(size: int) -> str:
    """A number of bytes as people write it: `4 GB`, `1.5 GB`, `300 MB`."""
    for name, unit in (("GB", GIGABYTE), ("MB", 1_000_000), ("kB", 1_000)):
        if size >= unit:
            return f"{size / unit:g} {name}"
    return f"{size} bytes"
