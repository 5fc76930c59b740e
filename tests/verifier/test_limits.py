"""What the check of one file may take: met limits end it with one line, and leave the process as it was."""

import codecs
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from sheetgen import generate
from tests.verifier.networks import template
from verifier import Limits
from verifier.guarded import check
from verifier.limits import LimitError, size_text, within

resource = pytest.importorskip("resource", reason="there are limits on Unix alone")

ROOT = Path(__file__).parents[2]
SOON = 0.3  # seconds
LONG = 60  # seconds that nobody sleeps who is stopped


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file that takes long: a thousand sums over twenty thousand cells, as many as are ever computed."""
    path = tmp_path_factory.mktemp("slow") / "slow.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in range(1, 20_001):
        sheet.cell(row, 1, 0.5 * row)
    for row in range(1, 1_001):
        sheet.cell(row, 3, f"=SUM(A$1:A$20000)+A{row}")
    workbook.save(path)
    return path


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("right") / "right.xlsx"
    generate(template("backprop"), path)
    return path


def test_a_workbook_that_takes_too_long_is_given_up(slow: Path) -> None:
    """The line says the limit and the option that moves it."""
    result = check(slow, Limits(seconds=SOON))
    assert result.problem == "it took longer than 0.3 s (--time-limit)"
    assert result.seconds >= SOON


def test_a_workbook_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    """In a process of its own: this one may have more memory to use again, from the tests before, than it takes."""
    path = tmp_path / "much.xlsx"
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for row in range(1, 4_001):
        sheet.append([0.5 * row, *(f"=A{row}*{column}" for column in range(20))])
    workbook.save(path)
    code = f"from verifier.guarded import *; print(check(Path({str(path)!r}), Limits(memory=5_000_000)).problem)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "it took more memory than 5 MB (--memory-limit)\n"


def test_the_next_file_is_checked_as_if_nothing_had_been(slow: Path, right: Path) -> None:
    check(slow, Limits(seconds=SOON))
    assert check(right, Limits()).status == 0


def test_a_file_within_its_limits_leaves_the_process_as_it_was(right: Path) -> None:
    before = state()
    assert check(right, Limits()).status == 0
    assert state() == before


def test_a_met_limit_leaves_the_process_as_it_was(slow: Path) -> None:
    before = state()
    assert check(slow, Limits(seconds=SOON)).problem
    assert state() == before


def state() -> tuple[object, ...]:
    """What the limits change for a while: the signal's handler, the timer, the address space."""
    return (
        signal.getsignal(signal.SIGALRM),
        signal.getitimer(signal.ITIMER_REAL),
        resource.getrlimit(resource.RLIMIT_AS),
    )


def sleep_through(kind: type[BaseException], times: int) -> None:
    """Sleep, and take so many exceptions of a kind for one's own."""
    for _ in range(times):
        with suppress(kind):
            time.sleep(LONG)
    time.sleep(LONG)
    raise AssertionError("nobody has stopped it")


def test_a_met_limit_is_no_error_of_what_it_stops() -> None:
    """Libraries catch `Exception` around what they call, and would go on."""
    with pytest.raises(LimitError), within(Limits(seconds=0.05)):
        sleep_through(Exception, 1)


def test_a_library_that_takes_even_that_is_stopped_at_the_next_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.limits._AGAIN", 0.05)
    with pytest.raises(LimitError), within(Limits(seconds=0.05)):
        sleep_through(BaseException, 2)


def test_a_met_limit_that_is_lost_on_the_way_is_met_at_the_end() -> None:
    """An exception in a callback, as that of a weak reference, goes nowhere."""
    with pytest.raises(LimitError), within(Limits(seconds=0.05)), suppress(BaseException):
        time.sleep(10)


def test_only_a_met_limit_is_lost_in_silence() -> None:
    """Python prints what a callback raises, a traceback that says nothing to who asked for a check."""
    code = (
        "import time, weakref; from verifier.limits import LimitError, Limits, within\n"
        "class Thing: pass\n"
        "def gone(call):\n thing = Thing(); finalizer = weakref.ref(thing, call); del thing\n"
        "try:\n with within(Limits(seconds=0.05)): gone(lambda _: time.sleep(10)); gone(lambda _: 1 / 0)\n"
        "except LimitError as limit: print(limit)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "it took longer" in done.stdout
    assert "ZeroDivisionError" in done.stderr
    assert "LimitError" not in done.stderr


def test_a_met_limit_that_is_wrapped_on_the_way_keeps_its_words() -> None:
    """Python's codecs raise what they meet once more, as the same exception with words of their own around it."""
    name = "tests-sleep"

    def decode(*_: object) -> tuple[str, int]:
        time.sleep(10)
        return "", 0

    def find(asked: str) -> codecs.CodecInfo | None:
        return codecs.CodecInfo(codecs.utf_8_encode, decode) if asked.replace("_", "-") == name else None

    codecs.register(find)
    try:
        with pytest.raises(LimitError, match=r"^it took longer than 0\.05 s \(--time-limit\)$"), within(Limits(0.05)):
            b"text".decode(name)
    finally:
        codecs.unregister(find)


def interrupted_after_a_limit() -> None:
    with suppress(LimitError):
        time.sleep(10)
    raise KeyboardInterrupt


def test_ctrl_c_after_a_met_limit_is_still_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), within(Limits(seconds=0.05)):
        interrupted_after_a_limit()


def test_a_timer_that_was_set_before_goes_on_afterwards() -> None:
    """A program that is watched by an alarm of its own still is."""
    signal.setitimer(signal.ITIMER_REAL, 1_000.0)
    try:
        with within(Limits()):
            pass
        assert 900 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1_000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_an_allocation_past_the_limit_fails_and_one_below_it_does_not() -> None:
    """The large one is larger than any that the process may have freed before and could use again."""
    with within(Limits(memory=200_000_000)):
        assert len(bytearray(50_000_000)) == 50_000_000
    with pytest.raises(LimitError, match="200 MB"), within(Limits(memory=200_000_000)):
        bytearray(20_000_000_000)


def test_no_limits_bound_nothing() -> None:
    before = state()
    with within(Limits(seconds=None, memory=None)):
        assert state() == before


def test_in_a_thread_a_file_is_checked_without_limits(right: Path) -> None:
    """Signals reach the main thread alone; elsewhere the check goes on as long as it takes."""
    found = []
    thread = threading.Thread(target=lambda: found.append(check(right, Limits(seconds=1e-6, memory=1))))
    thread.start()
    thread.join()
    assert [result.status for result in found] == [0]


@pytest.mark.parametrize(
    ("size", "text"), [(4_000_000_000, "4 GB"), (1_500_000, "1.5 MB"), (2_000, "2 kB"), (10, "10 bytes")]
)
def test_a_size_is_written_as_people_write_it(size: int, text: str) -> None:
    assert size_text(size) == text
