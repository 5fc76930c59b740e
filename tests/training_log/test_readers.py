"""Logs of every kind are read by their content, and what is not understood is told with its line."""

import json
from pathlib import Path

import pytest

from training_log import Log, LogError, read_log
from training_log.readers.source import Source


def read(folder: Path, text: str | bytes, name: str = "a file") -> Log:
    """Read a text as a log, from a file whose name says nothing."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_log(path)


LIGHTNING = """\
epoch,step,train_loss_epoch,train_loss_step,val_loss
0,1,,0.46,
0,3,,0.13,
0,3,,,0.05
0,3,0.41,,
1,5,,0.03,
1,7,,,0.007
1,7,0.025,,
"""


def test_the_rows_that_lightning_writes_of_an_epoch_are_one(tmp_path: Path) -> None:
    """Its training, in steps and as a whole, and its validation; the last number of each counts."""
    log = read(tmp_path, LIGHTNING)
    assert (log.axis, log.at) == ("epoch", [0, 1])
    assert log.columns == {
        "step": [3, 7], "train_loss_epoch": [0.41, 0.025], "train_loss_step": [0.13, 0.03], "val_loss": [0.05, 0.007],
    }  # fmt: skip
    assert log.notes == ()


def test_lightnings_hyperparameters_beside_its_metrics_are_the_settings(tmp_path: Path) -> None:
    (tmp_path / "hparams.yaml").write_text("lr: 0.1\nbatch: 64\nopt: adam\nnested:\n  a: 1\nlist: !!python/x [1]\n")
    log = read(tmp_path, LIGHTNING)
    assert log.settings == {"Settings": {"lr": 0.1, "batch": 64, "opt": "adam"}}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_is_read_with_any_delimiter(tmp_path: Path, delimiter: str, mark: str) -> None:
    """As Keras' CSVLogger lets one choose it."""
    text = mark + "epoch,accuracy,loss\r\n0,0.5,0.69\r\n1,0.6,0.6\r\n"
    log = read(tmp_path, text.replace(",", delimiter))
    assert (log.at, log.columns) == ([0, 1], {"accuracy": [0.5, 0.6], "loss": [0.69, 0.6]})


def test_steps_count_the_rows_where_no_column_has_the_epoch(tmp_path: Path) -> None:
    log = read(tmp_path, "Step,loss\n100,1.5\n200,1.25\n")
    assert (log.axis, log.at, log.columns) == ("step", [100, 200], {"loss": [1.5, 1.25]})


@pytest.mark.parametrize("end", ["\n", ""])
def test_json_lines_are_read_with_what_is_nested_in_them(tmp_path: Path, end: str) -> None:
    rows = [
        {"epoch": 1, "loss": 0.5, "val": {"loss": 0.6}, "list": [1]},
        {"epoch": 2, "loss": 0.25, "val": {"loss": 0.3}},
    ]
    log = read(tmp_path, "\n".join(map(json.dumps, rows)) + "\n" + end)
    assert log.columns == {"loss": [0.5, 0.25], "val/loss": [0.6, 0.3]}


def test_a_list_of_objects_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps([{"epoch": 1, "loss": 2}, {"epoch": 2, "loss": 1}], indent=2)).columns == {
        "loss": [2, 1]
    }


@pytest.mark.parametrize("whole", [{"loss": [2.0, 1.0]}, {"history": {"loss": [2.0, 1.0]}, "epoch": [1, 2]}])
def test_a_history_of_keras_is_read(tmp_path: Path, whole: object) -> None:
    log = read(tmp_path, json.dumps(whole))
    assert (log.at, log.columns) == ([1, 2], {"loss": [2, 1]})


def test_the_state_of_hugging_faces_trainer_is_read(tmp_path: Path) -> None:
    """Training and evaluation at the same part of an epoch are one row; its summary of the whole is none."""
    history = [
        {"epoch": 0.5, "loss": 2.0, "step": 5}, {"epoch": 1.0, "loss": 1.0, "step": 10},
        {"epoch": 1.0, "eval_loss": 1.5, "step": 10},
        {"epoch": 1.0, "train_loss": 1.5, "train_runtime": 3.0, "step": 10},
    ]  # fmt: skip
    log = read(tmp_path, json.dumps({"log_history": history, "max_steps": 10, "best_metric": None}))
    assert log.at == [0.5, 1]
    assert log.columns == {"loss": [2, 1], "step": [5, 10], "eval_loss": [None, 1.5]}
    assert log.settings == {"Settings": {"max_steps": 10}}


def test_a_folder_is_read_by_the_log_in_it(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(LIGHTNING)
    (tmp_path / "notes.txt").write_text("nothing")
    log = read_log(tmp_path)
    assert log.at == [0, 1]
    assert log.name == tmp_path.name[:28]


def test_epochs_of_a_run_that_was_resumed_are_there_once_and_told(tmp_path: Path) -> None:
    """The later lines count, whole; what the earlier had beside them does not stay."""
    log = read(tmp_path, "epoch,loss,extra\n1,3,1\n2,2,1\n3,1,1\n2,2.5,\n3,1.5,\n")
    assert (log.at, log.columns["loss"]) == ([1, 2, 3], [3, 2.5, 1.5])
    assert log.columns["extra"] == [1, None, None]
    assert log.notes == ("epoch 2 and 3 logged more than once, as in a resumed run: the later lines count.",)


def test_epochs_out_of_order_are_sorted(tmp_path: Path) -> None:
    log = read(tmp_path, "epoch,loss\n3,1\n1,3\n2,2\n")
    assert (log.at, log.columns["loss"], log.notes) == ([1, 2, 3], [3, 2, 1], ())


def test_what_is_no_finite_number_is_told_with_its_epochs(tmp_path: Path) -> None:
    log = read(tmp_path, "epoch,loss,val\n1,nan,1\n2,inf,2\n3,NaN,n/a\n4,-Infinity,3\n5,nan,4\n6,1,5\n")
    assert log.columns == {"loss": [None] * 5 + [1], "val": [1, 2, None, 3, 4, 5]}
    assert log.notes == (
        "loss is -inf, inf and nan in epoch 1, 2, 3, 4 and 1 more: these cells are empty.",
        "val in line 4 is 'n/a', not a number: such cells are empty.",
    )


def test_a_column_of_one_text_is_a_setting(tmp_path: Path) -> None:
    log = read(tmp_path, "epoch,loss,optimizer\n1,2,adam\n2,1,adam\n")
    assert (list(log.columns), log.settings) == (["loss"], {"Settings": {"optimizer": "adam"}})


@pytest.mark.parametrize("text", ["epoch,loss,val\n1,2,3\n2,1", '{"epoch": 1, "loss": 2, "val": 3}\n{"epoch": 2, "lo'])
def test_a_last_line_that_was_cut_off_is_left_out_and_told(tmp_path: Path, text: str) -> None:
    """Its writer was killed."""
    log = read(tmp_path, text)
    assert log.at == [1]
    assert log.notes[0].startswith("Line ")
    assert log.notes[0].endswith(" is cut off and left out.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; expected a record of SheetLogger"),
        ("\n \n", "is empty"),
        ("some words\n", "is not understood, from line 1 on; expected a record"),
        ("loss,accuracy\n1,2\n", "line 1: no column counts the epochs; expected one named 'epoch'"),
        ("epoch,loss\n1,2\nx,1\n", "line 3: the epoch is 'x'; expected a number, 0 or more"),
        ("epoch,loss\n-1,2\n", "line 2: the epoch is '-1'"),
        ("epoch,loss\nnan,2\n", "line 2: the epoch is 'nan'"),
        ("epoch,loss\n1,2,3\n2,2\n", "line 2: 3 values under 2 columns"),
        ("epoch,loss\n", "contains no numbers"),
        ('{"epoch": 1, "loss": 2}\n{"epoch": 2,\n', "line 2: not JSON"),
        ('{"epoch": 1, "loss": 2}\n[1]\n', "line 2: expected an object"),
        ('{"epoch": 1, "loss": 2}\n{"loss": 1}\n', "line 2: no name counts the epochs"),
        ('{"loss": [1, 2], "val": [1]}', "line 1: the lists of a history must have one entry per epoch"),
        ('{"log_history": [{"loss": 1}]}', "entry 1 of log_history has no epoch"),
        ("[1, 2]", "line 1: expected an object"),
        ("{}", "line 1: no name counts the epochs"),
        (b"\x7fELF\0\0", "it is binary; expected"),
        ("[" * 100_000, "is not understood"),
        ("epoch," + ",".join(f"c{k}" for k in range(101)) + "\n" + ",".join("1" * 102), "more than 100"),
    ],
)  # fmt: skip
def test_what_is_no_log_is_told_in_a_line_with_what_was_expected(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(LogError) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(str(tmp_path / "a file"))
    assert words in said
    assert "\n" not in said


def test_a_file_that_is_too_large_or_not_there_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LogError, match="missing cannot be read: No such file"):
        read_log(tmp_path / "missing")
    with pytest.raises(LogError, match="is a folder without a log in it"):
        read_log(tmp_path)
    monkeypatch.setattr("training_log.readers.source.MAX_BYTES", 100)
    with pytest.raises(LogError, match="is not a training log: it has more than 100 bytes"):
        read(tmp_path, "epoch,loss\n" * 100)


def test_more_rows_than_a_sheet_shows_are_refused_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_log.rows.MOST_ROWS", 10)
    with pytest.raises(LogError, match="line 12: more than 10 epochs; log fewer of them"):
        read(tmp_path, "epoch,loss\n" + "".join(f"{k},1\n" for k in range(20)))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/version_3/metrics.csv", "version_3"),
        ("a/checkpoint-12/trainer_state.json", "checkpoint-12"),
        ("a/seed 1.csv", "seed 1"),
        ("a/events/events.out.tfevents.17.vm.1.0", "events"),
        ("a/what [is] it?.log", "what is it"),
        ("a/" + "x" * 80 + ".csv", "x" * 28),
    ],
)
def test_a_sheet_is_named_after_the_file_or_its_folder(path: str, name: str) -> None:
    assert Source(Path(path)).name == name
