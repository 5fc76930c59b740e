"""A run's record in its files: what is written comes back, and what is damaged is named."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.torch_models.record_strategies import records
from torch_models.record import Epoch, Header, Predictions, Record
from torch_models.record_file import (
    PREDICTIONS_FILE,
    RECORD_FILE,
    RecordError,
    append_epoch,
    cut_record,
    read_record,
    start_record,
    write_predictions,
)

HEADER = Header(run="2026-11-22_15-24-33_tiny_mnist_seed-1", model="tiny")


def epoch(number: int, correct: int = 9_000, total: int = 10_000) -> Epoch:
    """An epoch with little on record."""
    return Epoch(epoch=number, test_loss=0.25, correct=correct, total=total)


def write(folder: Path, record: Record) -> Path:
    """Put a record into a folder as a run does; the folder."""
    start_record(folder, record.header)
    for done in record.epochs:
        append_epoch(folder, done)
    if record.predictions is not None:
        write_predictions(folder, record.predictions)
    return folder


@given(records())
@settings(max_examples=30)
def test_a_record_comes_back_as_it_was_written(record: Record) -> None:
    with TemporaryDirectory() as folder:
        assert read_record(write(Path(folder), record)) == record


def test_a_record_is_one_json_object_a_line_the_header_first(tmp_path: Path) -> None:
    """So that anything can read it; what is not known is left out."""
    write(tmp_path, Record(HEADER, (epoch(1), epoch(2, 9_100))))
    assert [json.loads(line) for line in (tmp_path / RECORD_FILE).read_text().splitlines()] == [
        {"run": "2026-11-22_15-24-33_tiny_mnist_seed-1", "model": "tiny"},
        {"epoch": 1, "test_loss": 0.25, "correct": 9000, "total": 10000},
        {"epoch": 2, "test_loss": 0.25, "correct": 9100, "total": 10000},
    ]


def test_a_record_is_found_by_its_folder_and_by_its_file(tmp_path: Path) -> None:
    record = Record(HEADER, (epoch(1),))
    write(tmp_path, record)
    assert read_record(tmp_path) == read_record(tmp_path / RECORD_FILE) == read_record(str(tmp_path)) == record


def test_a_run_begins_its_record_once(tmp_path: Path) -> None:
    start_record(tmp_path, HEADER)
    before = (tmp_path / RECORD_FILE).read_bytes()
    with pytest.raises(FileExistsError):
        start_record(tmp_path, Header(run="another"))
    assert (tmp_path / RECORD_FILE).read_bytes() == before


def test_an_epoch_is_on_disk_when_it_is_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kill leaves is read by anybody: nothing waits in a buffer, and the disk was told to write it down."""
    start_record(tmp_path, HEADER)
    told: list[bytes] = []
    monkeypatch.setattr("os.fsync", lambda _: told.append((tmp_path / RECORD_FILE).read_bytes()))
    append_epoch(tmp_path, epoch(1))
    assert len(told) == 1
    assert told[0].endswith(b'"total":10000}\n')


def test_a_full_disk_is_an_error_not_half_a_line(tmp_path: Path) -> None:
    """Linux has a device that is always full."""
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    (tmp_path / RECORD_FILE).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        append_epoch(tmp_path, epoch(1))


@given(st.integers(0, 200))
@example(0)
@example(1)
@settings(max_examples=20)
def test_a_last_line_that_was_cut_off_is_not_read(cut: int) -> None:
    """However many of its characters are missing."""
    with TemporaryDirectory() as name:
        folder = write(Path(name), Record(HEADER, (epoch(1), epoch(2))))
        content = (folder / RECORD_FILE).read_bytes()
        last = content.splitlines(keepends=True)[-1]
        cut = min(cut, len(last))
        (folder / RECORD_FILE).write_bytes(content[: len(content) - cut])
        assert [found.epoch for found in read_record(folder).epochs] == ([1] if cut else [1, 2])


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_record_is_cut_back_to_an_epoch(tmp_path: Path, count: int) -> None:
    write(tmp_path, Record(HEADER, (epoch(1), epoch(2))))
    with (tmp_path / RECORD_FILE).open("ab") as file:
        file.write(b'{"epoch":3,"te')
    cut_record(tmp_path, count)
    append_epoch(tmp_path, epoch(min(count, 2) + 1))
    assert [found.epoch for found in read_record(tmp_path).epochs] == list(range(1, min(count, 2) + 2))


Spoil = Callable[[list[bytes]], list[bytes]]
GOOD = b'{"epoch":2,"test_loss":0.25,"correct":9000,"total":10000}'


def third(line: bytes) -> Spoil:
    """Put a line in the place of the second epoch's."""
    return lambda lines: [*lines[:2], line, *lines[3:]]


def first(line: bytes) -> Spoil:
    """Put a line in the place of the header."""
    return lambda lines: [line, *lines[1:]]


@pytest.mark.parametrize(
    ("spoil", "line", "words"),
    [
        (first(b'{"model":"tiny"}'), 1, "not the header of a run: Object missing required field `run`"),
        (first(b"{}"), 1, "not the header of a run"),
        (first(b'{"run":1}'), 1, "not the header of a run: Expected `str`, got `int` - at `$.run`"),
        (first(b'{"run":""}'), 1, "the run's name must have 1 to 255 printable characters"),
        (first(b'{"run":"two\\nlines"}'), 1, "the run's name must have 1 to 255 printable characters"),
        (first(b'{"run":"' + b"x" * 256 + b'"}'), 1, "the run's name must have 1 to 255 printable characters"),
        (first(b'{"run":"x","parameters":-1}'), 1, "not the header of a run"),
        (first(b'{"run":"\xff"}'), 1, "not the header of a run"),
        (first(b'{"run":"x","what":' + b"[" * 100_000), 1, "not the header of a run"),
        (first(GOOD), 1, "not the header of a run"),
        (third(b""), 3, "not the epoch of a run"),
        (third(b"{"), 3, "not the epoch of a run"),
        (third(b"null"), 3, "not the epoch of a run: Expected `object`, got `null`"),
        (third(GOOD.replace(b"0.25", b"null")), 3, "Expected `float`, got `null` - at `$.test_loss`"),
        (third(GOOD.replace(b"0.25", b"NaN")), 3, "not the epoch of a run"),
        (third(GOOD.replace(b"0.25", b"1e999")), 3, "not the epoch of a run"),
        (third(GOOD.replace(b"0.25", b"-0.25")), 3, "Expected `float` >= 0.0"),
        (third(GOOD.replace(b"9000", b"9000.5")), 3, "Expected `int`"),
        (third(GOOD.replace(b"9000", b"9" * 5_000)), 3, "not the epoch of a run"),
        (third(GOOD.replace(b"9000", b"10001")), 3, "more images are right than there are"),
        (third(GOOD.replace(b"10000", b"0")), 3, "Expected `int` >= 1"),
        (third(GOOD.replace(b"}", b',"train_accuracy":99.4}')), 3, "Expected `float` <= 1.0"),
        (third(GOOD.replace(b"}", b',"validation_correct":3,"validation_total":2}')), 3, "more images are right"),
        (third(GOOD.replace(b"}", b',"validation_correct":3}')), 3, "more images are right"),
        (third(GOOD.replace(b":2,", b":3,")), 3, "expected epoch 2, found epoch 3"),
        (third(GOOD.replace(b":2,", b":1,")), 3, "expected epoch 2, found epoch 1"),
        (third(GOOD.replace(b":2,", b":0,")), 3, "not the epoch of a run"),
        (lambda lines: [lines[0], lines[2], lines[1]], 2, "expected epoch 1, found epoch 2"),
        (lambda lines: [lines[0], lines[0]], 2, "not the epoch of a run"),
        (lambda lines: [*lines, b""], 4, "not the epoch of a run"),
    ],
)
def test_a_damaged_line_is_named_with_its_number_and_what_is_wrong(
    tmp_path: Path, spoil: Spoil, line: int, words: str
) -> None:
    path = write(tmp_path, Record(HEADER, (epoch(1), epoch(2)))) / RECORD_FILE
    path.write_bytes(b"".join(part + b"\n" for part in spoil(path.read_bytes().splitlines())))
    with pytest.raises(RecordError) as caught:
        read_record(path)
    assert str(caught.value).startswith(f"{path}, line {line}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_header_without_an_end_is_named(tmp_path: Path) -> None:
    (tmp_path / RECORD_FILE).write_bytes(b'{"run":"x"}')
    with pytest.raises(RecordError, match=r"record\.jsonl, line 1: the line has no end"):
        read_record(tmp_path)


def matrix(rows: int = 10, columns: int = 10) -> tuple[tuple[int, ...], ...]:
    return ((1,) * columns,) * rows


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not the predictions of a run"),
        (b"[]", "not the predictions of a run: Expected `object`, got `array`"),
        (b'{"epoch":1}', "not the predictions of a run"),
        (json.dumps({"epoch": 1, "confusion": matrix(9), "mistakes": []}).encode(), "not one of ten by ten digits"),
        (json.dumps({"epoch": 1, "confusion": matrix(10, 9), "mistakes": []}).encode(), "not one of ten by ten digits"),
        (
            json.dumps({
                "epoch": 1, "confusion": matrix(),
                "mistakes": [{"index": 0, "label": 1, "predicted": 2, "probability": 1, "pixels": "AAAA"}],
            }).encode(),
            "an image does not have 28 by 28 pixels",
        ),
        (
            json.dumps({
                "epoch": 1, "confusion": matrix(),
                "mistakes": [{"index": 0, "label": 10, "predicted": 2, "probability": 1, "pixels": ""}],
            }).encode(),
            "not the predictions of a run",
        ),
    ],
)  # fmt: skip
def test_damaged_predictions_are_named(tmp_path: Path, content: bytes, words: str) -> None:
    write(tmp_path, Record(HEADER, (epoch(1),)))
    (tmp_path / PREDICTIONS_FILE).write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / PREDICTIONS_FILE))
    assert words in str(caught.value)


@given(st.binary(max_size=60))
@settings(max_examples=50)
def test_no_content_raises_anything_else(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, RECORD_FILE)
        for start in (b"", b"{", b'{"run":"x"}\n', b'{"run":"x"}\n{"epoch":1,'):
            path.write_bytes(start + content)
            try:
                read_record(path)
            except RecordError as error:
                assert str(path) in str(error)  # noqa: PT017  any other error fails the test


@pytest.mark.parametrize(("name", "reason"), [("missing", "No such file"), ("folder", "No such file")])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RecordError, match=f"{name}.* cannot be read: {reason}"):
        read_record(tmp_path / name)


def test_a_file_too_large_for_a_record_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch_models.record_file.MAX_BYTES", 5_000)
    path = tmp_path / RECORD_FILE
    path.write_bytes(bytes(5_001))
    with pytest.raises(RecordError, match="not the record of a run: it has more than 5,000 bytes"):
        read_record(path)


def test_predictions_replace_those_of_an_earlier_epoch(tmp_path: Path) -> None:
    write(tmp_path, Record(HEADER, (epoch(1), epoch(2)), Predictions(1, matrix(), ())))
    later = Predictions(2, matrix(), ())
    write_predictions(tmp_path, later)
    assert read_record(tmp_path).predictions == later


def test_a_record_that_an_editor_saved_with_other_line_ends_is_the_same(tmp_path: Path) -> None:
    record = Record(HEADER, (epoch(1), epoch(2)))
    path = write(tmp_path, record) / RECORD_FILE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_record(path) == record


def test_the_best_epoch_is_the_first_of_the_most_accurate() -> None:
    accuracies = (9_000, 9_400, 9_300, 9_400)
    record = Record(HEADER, tuple(epoch(k, correct) for k, correct in enumerate(accuracies, 1)))
    assert record.best == record.epochs[1]
    assert Record(HEADER, ()).best is None


def test_held_out_images_choose_the_best_epoch_where_there_are_any() -> None:
    """Whatever the test images say."""
    chosen = Epoch(epoch=1, test_loss=1, correct=5, total=10, validation_correct=9, validation_total=10)
    other = Epoch(epoch=2, test_loss=1, correct=9, total=10, validation_correct=8, validation_total=10)
    assert Record(HEADER, (chosen, other)).best == chosen


@pytest.mark.parametrize(
    ("correct", "total", "target", "met"),
    [
        (9_940, 10_000, 0.994, True),
        (9_939, 10_000, 0.994, False),
        (9_940, 10_000, 99.4 / 100, True),
        (994, 1_000, 0.994, True),
        (0, 10, 0.0, True),
        (3, 3, 1.0, True),
    ],
)
def test_a_target_is_met_by_as_many_images_as_it_says(correct: int, total: int, target: float, met: bool) -> None:
    """As whole numbers say it: rounding in binary does not decide. (99.4 / 100 is more than 0.994.)"""
    assert epoch(1, correct, total).meets(target) is met


def test_the_first_epoch_to_meet_a_target_is_the_first() -> None:
    record = Record(HEADER, tuple(epoch(k, correct) for k, correct in enumerate((9_000, 9_400, 9_300, 9_500), 1)))
    assert record.first_to_meet(0.94) == record.epochs[1]
    assert record.first_to_meet(0.96) is None


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no device without an end")
def test_no_more_is_read_of_a_device_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch_models.record_file.MAX_BYTES", 1_000)
    with pytest.raises(RecordError, match="it has more than 1,000 bytes"):
        read_record("/dev/zero")
