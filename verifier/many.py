"""Many workbooks at once, spread by joblib over the cores of a machine, or over a cluster's.

Without more said, joblib's own pool of processes does the work (loky); within `joblib.parallel_config(backend=…)` it is
what that names, so the same call runs on Dask or on Ray. What travels there is a path, and what comes back is a
WorkbookResult: a worker elsewhere needs this package, and to see the file under the same path.
"""

import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path

from verifier.engines.calculator import Calculator
from verifier.findings import WorkbookResult
from verifier.guarded import check, failure
from verifier.limits import Limits

KILLED = "the process that checked it was killed: perhaps for lack of memory, or by a bug in a library"

_SETTLING = 1.0  # seconds that a thread of a stopped pool may take to end

_Check = Callable[[Path], WorkbookResult]
_Numbered = tuple[int, WorkbookResult]


def _ignore(_: WorkbookResult) -> None:
    """Take no notice of a result."""


def verify_many(
    paths: Iterable[str | Path],
    jobs: int | None = None,
    limits: Limits = Limits(),  # noqa: B008  frozen
    on_result: Callable[[WorkbookResult], None] = _ignore,
    second_opinion: Calculator | None = None,
) -> list[WorkbookResult]:
    """Verify workbooks, and return their results in the order of `paths`; `on_result` is given each as it comes.

    Each is verified as by `verify`, within the limits. `jobs` is joblib's: so many processes, -1 for as many as there
    are cores, None for what `joblib.parallel_config` says, or else one. A single file, and all files of a single job,
    are checked in this process.

    Raises ValueError for no jobs at all, and nothing for what is in a file: one that breaks the check, or kills the
    process that checks it, gets a result with a `problem`, and the others are checked all the same.
    """
    if jobs == 0:
        raise ValueError("jobs is 0; give a number of processes, or -1 for as many as there are cores")
    files = [Path(path) for path in paths]
    checks = partial(check, limits=limits, second_opinion=second_opinion)
    found: dict[int, WorkbookResult] = {}
    alone = jobs == 1 or len(files) <= 1
    for number, result in _one_by_one(files, checks) if alone else _spread(files, checks, jobs):
        found[number] = result
        on_result(result)
    return [found[number] for number in range(len(files))]


def _one_by_one(files: Sequence[Path], checks: _Check) -> Iterator[_Numbered]:
    return ((number, checks(path)) for number, path in enumerate(files))


def _spread(files: Sequence[Path], checks: _Check, jobs: int | None) -> Iterator[_Numbered]:
    """The results of all files as they come.

    A process that is killed takes the pool and the files in hand with it. These are then tried again, each alone, and
    a new pool goes on with the rest.
    """
    from joblib import effective_n_jobs  # a tenth of a second that a single file does not need

    waiting = dict(enumerate(files))
    jobs = None if jobs is None else min(effective_n_jobs(jobs), len(files))
    while waiting:
        begun: list[int] = []
        # What raises here is the pool or the cluster: a check itself never does.
        with suppress(Exception), closing(_pooled(dict(waiting), checks, jobs, begun.append)) as results:
            for number, result in results:
                del waiting[number]
                yield number, result
        for number in [number for number in begun if number in waiting] or list(waiting):
            yield number, _alone(waiting.pop(number), checks)


def _pooled(
    files: Mapping[int, Path], checks: _Check, jobs: int | None, begins: Callable[[int], None]
) -> Generator[_Numbered]:
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    def tasks() -> Iterator[object]:
        for number, path in files.items():
            begins(number)
            yield delayed(_numbered)(number, path, checks)

    if not get_active_backend()[0].supports_return_generator:  # as Ray's
        yield from Parallel(n_jobs=jobs, batch_size=1)(tasks())
        return
    pool = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    before = threading.enumerate()
    results: Generator[_Numbered] | None = None
    with _held_complaints() as complaints:
        try:
            with _deaf_children(), _silent_trackers():
                results = pool(tasks())
            yield from results
        except KeyboardInterrupt as interrupt:
            if results is not None:  # the pool then ends its processes, if it has not done so already
                with suppress(KeyboardInterrupt):
                    results.throw(interrupt)
            _await_threads(set(threading.enumerate()).difference(before))
            complaints.clear()
            raise


@contextmanager
def _silent_trackers() -> Iterator[None]:
    """Have loky's process that frees what a stopped pool leaves do so without a warning, which nobody could act on."""
    sys.warnoptions.append("ignore:resource_tracker")  # handed to the processes that are started meanwhile
    try:
        yield
    finally:
        sys.warnoptions.remove("ignore:resource_tracker")


@contextmanager
def _held_complaints() -> Iterator[list[threading.ExceptHookArgs]]:
    """Hold back what threads of the pool die of until the end; of a pool that was stopped it means nothing."""
    complaints: list[threading.ExceptHookArgs] = []
    before, threading.excepthook = threading.excepthook, complaints.append
    try:
        yield complaints
    finally:
        threading.excepthook = before
        for complaint in complaints:
            before(complaint)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Have the processes that are started meanwhile not hear Ctrl-C, which a terminal sends to all: this one ends them.

    A process inherits which signals are blocked. One that comes meanwhile is heard here afterwards, as a process that
    is ended before it has begun would complain. Blocking alone does not put that off: a thread of a library may take
    the signal, and Python then interrupts the main thread.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        resource_tracker.ensure_running()  # the first process of every pool, whose start unblocks the signal again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
    for number in heard[:1]:
        signal.raise_signal(number)


def _await_threads(threads: Iterable[threading.Thread]) -> None:
    """Let the threads of a pool that was stopped end.

    One that dies with the interpreter may have freed a semaphore and not yet said so, which loky then warns of.
    """
    for thread in threads:
        thread.join(_SETTLING)


def _numbered(number: int, path: Path, checks: _Check) -> _Numbered:
    return number, checks(path)


def _alone(path: Path, checks: _Check) -> WorkbookResult:
    """The result of one file that a pool has nothing else to do with."""
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        with closing(_pooled({0: path}, checks, jobs=2, begins=lambda _: None)) as results:  # one would be this process
            return next(results)[1]
    except TerminatedWorkerError:
        return WorkbookResult(path, 0.0, problem=KILLED)
    except Exception as error:
        return WorkbookResult(path, 0.0, problem=failure(error))
