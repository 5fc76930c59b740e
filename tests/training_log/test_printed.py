"""Printed logs, read back: ours, the exercise's, and what people paste around them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.torch_models.record_strategies import epochs
from torch_models.published import PUBLISHED_RUN
from torch_models.record import Epoch, Record
from torch_models.run_sheet import exercise_record
from training_log import Log, LogError, read_log
from training_log.readers.printed import read_printed
from training_log.readers.source import Source

LINE = "Test set: Average loss: 0.0182, Accuracy: 9943/10000 (99.43%)"
PUBLISHED_LOG = "\n".join(epoch.describe() for epoch in PUBLISHED_RUN) + "\n"


def read(folder: Path, text: str, encoding: str = "utf-8") -> Record:
    """Read a text as a log in a file."""
    path = folder / "training.log"
    path.write_bytes(text.encode(encoding))
    record = exercise_record(path)
    assert record is not None
    return record


def log_of(folder: Path, text: str) -> Log:
    """Read a text as any log."""
    path = folder / "training.log"
    path.write_bytes(text.encode())
    return read_log(path)


def numbers(record: Record) -> list[tuple[int, float, int, int]]:
    """What a log tells of each epoch."""
    return [(epoch.epoch, epoch.test_loss, epoch.correct, epoch.total) for epoch in record.epochs]


def test_the_published_run_comes_back_from_its_printed_lines(tmp_path: Path) -> None:
    """Twenty epochs; the first and the best as the exercise prints them."""
    record = read(tmp_path, PUBLISHED_LOG)
    assert record.epochs == PUBLISHED_RUN
    assert PUBLISHED_LOG.splitlines()[14] == LINE
    assert numbers(record)[0] == (1, 0.1038, 9694, 10000)
    assert record.best == record.epochs[14]


@given(epochs(1))
def test_any_epoch_comes_back_from_its_line_to_four_decimals(epoch: Epoch) -> None:
    log = read_printed(Source(Path("a.log")), epoch.describe())
    if len(f"{epoch.test_loss:.4f}") > 40:
        assert log is None
        return
    assert log is not None
    assert log.columns["test loss"] == [pytest.approx(epoch.test_loss, abs=5e-5, rel=1e-12)]
    assert (log.columns["correct"], log.columns["total"]) == ([epoch.correct], [epoch.total])


BARS = "\r\n".join(
    f"\r  0%|          | 0/469 [00:00<?, ?it/s]\rloss=0.{k} batch_id=468 Accuracy=97.{k}: 100%|██████████| 469/469 "
    f"[00:20<00:00, 22.{k}it/s]\n\n{epoch.describe()}\n"
    for k, epoch in enumerate(PUBLISHED_RUN)
)


@pytest.mark.parametrize(
    "around",
    [
        lambda log: f"EPOCH: 1\n{log}\n\nDone.",
        lambda log: log.replace("\n", "\r\n"),
        lambda log: log.replace("\n", "\r"),
        lambda _: BARS,
        lambda log: log.replace("Test set:", "\x1b[32m2026-11-22 12:00:01 INFO\x1b[0m Test set:"),
        lambda log: log.replace("Test set: Average loss:", "Test set:\tAverage loss: "),
        lambda log: log.replace("Average", "\n  Average"),
        lambda log: "\ufeff" + log,
        lambda log: log.rstrip(),
    ],
    ids=["text", "CRLF", "CR", "bars", "prefix", "blanks", "wrapped", "mark", "no end"],
)
def test_what_stands_around_the_lines_does_not_matter(tmp_path: Path, around: Callable[[str], str]) -> None:
    assert read(tmp_path, around(PUBLISHED_LOG)).epochs == PUBLISHED_RUN


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_log_is_read_in_the_encodings_that_shells_write(tmp_path: Path, encoding: str) -> None:
    """`backprop train > training.log` in PowerShell is UTF-16."""
    assert read(tmp_path, "Größe\n" + PUBLISHED_LOG, encoding).epochs == PUBLISHED_RUN


def test_whole_percents_are_read_as_the_counts_say(tmp_path: Path) -> None:
    """As the exercise's older versions print them."""
    record = read(tmp_path, "\nTest set: Average loss: 0.0299, Accuracy: 9903/10000 (99%)\n")
    assert numbers(record) == [(1, 0.0299, 9903, 10000)]


def test_a_notebook_is_a_log_of_what_its_cells_printed(tmp_path: Path) -> None:
    """The source of the cell has the same words in it, without numbers."""
    source = "print('\\nTest set: Average loss: {:.4f}, Accuracy: {}/{} ({:.2f}%)\\n'.format(a, b, c, d))"
    outputs = [{"output_type": "stream", "name": "stdout", "text": PUBLISHED_LOG.splitlines(keepends=True)}]
    cells = [{"cell_type": "code", "source": [source], "outputs": outputs}]
    path = tmp_path / "exercise.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}, indent=1))
    record = exercise_record(path)
    assert record is not None
    assert record.epochs == PUBLISHED_RUN


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Test set: Average loss: 2.3026, Accuracy: 0/10000 (0.00%)", (1, 2.3026, 0, 10000)),
        ("Test set: Average loss: 0.0000, Accuracy: 10000/10000 (100.00%)", (1, 0.0, 10000, 10000)),
        ("Test set: Average loss: 1, Accuracy: 1/3 (33%)", (1, 1.0, 1, 3)),
        ("Test set: Average loss: 1.5e-05, Accuracy: 1/3 (33%)", (1, 1.5e-05, 1, 3)),
    ],
)
def test_numbers_at_the_edge_are_read(tmp_path: Path, line: str, expected: tuple[int, float, int, int]) -> None:
    assert numbers(read(tmp_path, line)) == [expected]


def test_epochs_are_counted_in_the_order_of_their_lines(tmp_path: Path) -> None:
    lines = [epoch.describe() for epoch in PUBLISHED_RUN]
    record = read(tmp_path, "\n".join(reversed(lines)))
    assert [epoch.epoch for epoch in record.epochs] == list(range(1, 21))
    assert [epoch.correct for epoch in record.epochs] == [epoch.correct for epoch in reversed(PUBLISHED_RUN)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Total params: 19,898\nTrainable params: 19,898", 19_898),
        ("Total params: 19898", 19_898),
        ("==========\nTotal params:             1,199,882", 1_199_882),
        ("no summary", None),
    ],
)
def test_the_parameters_are_those_of_the_models_summary(tmp_path: Path, text: str, count: int | None) -> None:
    assert read(tmp_path, f"{text}\n{LINE}").header.parameters == count


def test_the_same_file_is_the_same_run_and_another_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is called, and whatever was appended to it: a workbook replaces the run's sheet."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "training.log").write_text(LINE)
    monkeypatch.chdir(tmp_path / "a")
    name = read_log("training.log").run
    with Path("training.log").open("a") as file:
        file.write(f"\n{LINE}")
    assert read_log("../a/training.log").run == name
    assert name.startswith("training.log ")
    assert read_log("../b/training.log").run != name


@pytest.mark.parametrize("name", ["x" * 200, "two\nlines.log", "∂ \u200b.log"])
def test_a_run_has_a_name_that_a_workbook_can_keep_whatever_its_file_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LINE)
    run = read_log(tmp_path / name).run
    assert run.isprintable()
    assert len(run) <= 255


@pytest.mark.parametrize(
    "text",
    ["nothing of the kind", "Test set: Average loss: , Accuracy: 9943/10000", "Accuracy: 9943/10000 (99%)"],
)
def test_a_text_without_an_epoch_is_refused_with_what_is_expected(tmp_path: Path, text: str) -> None:
    with pytest.raises(LogError) as caught:
        log_of(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'training.log'} is not understood, from line 1 on; expected a")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LINE.replace("0.0182", "nan"), "test loss is nan in epoch 2: these cells are empty."),
        (LINE.replace("0.0182", "-inf"), "test loss is -inf in epoch 2: these cells are empty."),
        (LINE.replace("0.0182", "1e999"), "test loss is inf in epoch 2: these cells are empty."),
        (LINE.replace("0.0182", "0.0.1"), "test loss in line 3 is '0.0.1', not a number: such cells are empty."),
    ],
)
def test_a_number_that_is_none_is_told_and_the_epoch_stays(tmp_path: Path, line: str, words: str) -> None:
    """Leaving it out would count the epochs after it wrongly."""
    log = log_of(tmp_path, f"{LINE}\n\n{line}\n{LINE}")
    assert log.notes == (words,)
    assert (log.at, log.columns["test loss"]) == ([1, 2, 3], [0.0182, None, 0.0182])


@pytest.mark.parametrize("counts", ["10001/10000", "0/0"])
def test_counts_that_cannot_be_are_named_with_their_line(tmp_path: Path, counts: str) -> None:
    with pytest.raises(LogError, match=r"line 3: .* images cannot be right"):
        log_of(tmp_path, f"{LINE}\n\n{LINE.replace('9943/10000', counts)}\n{LINE}")


TORCH = """\
Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300039
Train Epoch: 1 [59520/60000 (99%)]\tLoss: 0.100000

Test set: Average loss: 0.0524, Accuracy: 9823/10000 (98%)

Train Epoch: 2 [0/60000 (0%)]\tLoss: 0.200000
Train Epoch: 2 [59520/60000 (99%)]\tLoss: 0.050000

Test set: Average loss: 0.0400, Accuracy: 9870/10000 (99%)
"""


def test_the_losses_of_batches_that_pytorchs_example_prints_stand_beside_their_epoch(tmp_path: Path) -> None:
    """Of each epoch the last one."""
    log = log_of(tmp_path, TORCH)
    assert log.columns == {
        "train batch loss": [0.1, 0.05], "test loss": [0.0524, 0.04], "correct": [9823, 9870], "total": [10000, 10000],
    }  # fmt: skip


def test_a_run_that_went_on_from_its_checkpoint_has_each_epoch_once(tmp_path: Path) -> None:
    log = log_of(tmp_path, TORCH + TORCH[TORCH.index("Train Epoch: 2") :].replace("9870", "9880"))
    assert (log.at, log.columns["correct"]) == ([1, 2], [9823, 9880])


BAR = "\x1b[1m{0}/2\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m \x1b[1m0s\x1b[0m 30ms/step - accuracy: 0.{1} - loss: 0.{2}"
KERAS = "".join(
    f"Epoch {k}/3\n" + BAR.format(1, 10 + k, 90) + "\r" + "\x08" * 20 + BAR.format(2, 50 + k, 40 - k)
    + f" - val_accuracy: 0.6{k} - val_loss: 3.{k}e-01\n"
    for k in (1, 2, 3)
)  # fmt: skip
OLD = "Epoch 1/2\n60000/60000 [==============================] - 5s 83us/step - loss: 0.2 - acc: 0.9\nEpoch 2/2\n" + (
    "60000/60000 [==============================] - 5s 83us/step - loss: 0.1 - acc: 0.95\n"
)
QUIET = "Epoch 1/2\n1875/1875 - 3s - 2ms/step - accuracy: 0.9 - loss: 0.2\nEpoch 2/2\n" + (
    "1875/1875 - 3s - 2ms/step - accuracy: 0.95 - loss: nan\n"
)


def test_the_last_state_of_each_bar_of_keras_is_its_epoch(tmp_path: Path) -> None:
    log = log_of(tmp_path, KERAS)
    assert log.columns == {
        "accuracy": [0.51, 0.52, 0.53], "loss": [0.39, 0.38, 0.37], "val_accuracy": [0.61, 0.62, 0.63],
        "val_loss": [0.31, 0.32, 0.33],
    }  # fmt: skip


def test_old_bars_of_keras_and_lines_without_a_bar_are_read(tmp_path: Path) -> None:
    assert log_of(tmp_path, OLD).columns == {"loss": [0.2, 0.1], "acc": [0.9, 0.95]}
    quiet = log_of(tmp_path, QUIET)
    assert quiet.columns == {"accuracy": [0.9, 0.95], "loss": [0.2, None]}
    assert quiet.notes == ("loss is nan in epoch 2: these cells are empty.",)


@pytest.mark.parametrize(
    "text",
    [
        "Test set: Average loss: " + "9" * 1_000_000,
        "Test set:" + " " * 1_000_000,
        "Test set: Average loss: 0.1, Accuracy: " + "9" * 1_000_000 + "/10",
        "Test set: Average loss: 0.1, Accuracy: 1/" + "9" * 1_000_000,
        LINE + "\nTotal params: " + "9" * 1_000_000,
    ],
)
def test_a_text_made_to_do_harm_takes_no_time(tmp_path: Path, text: str) -> None:
    """Endless digits neither make the search go back and forth nor become a number."""
    if LINE in text:
        assert "Settings" not in log_of(tmp_path, text).settings
        return
    with pytest.raises(LogError, match="is not understood"):
        log_of(tmp_path, text)


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    assert read_printed(Source(Path("a.log")), text) is None
