"""What `backprop train` refuses, before it trains anything: in one clear line, and with nothing changed."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.command import Outcome, backprop, complaint
from tests.commands.training import BOOK, QUICK, here, small_workbook


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "huge"], ["--model", "'huge' is not one of", "'reference'"]),
        (["--recipe", "mine"], ["--recipe", "'mine' is not one of"]),
        (["--epochs", "0"], ["--epochs", "0 is not in the range 1<=x<=10000"]),
        (["--epochs", "many"], ["--epochs", "'many' is not a valid integer"]),
        (["--dataset", "cifar"], ["--dataset", "'cifar' is not one of", "'fashion-mnist'"]),
        (["--data-dir", "a file"], ["--data-dir", "'a file' is a file"]),
        (["--validation", "-1"], ["--validation", "-1 is not in the range"]),
        (["--seed", "-1"], ["--seed", "-1 is not in the range"]),
        (["--seed", "2147483648"], ["--seed", "is not in the range"]),
        (["--device", "gpu"], ["--device", "'gpu' is not one of", "'cuda'"]),
        (["--threads", "0"], ["--threads", "0 is not in the range"]),
        (["--precision", "float16"], ["--precision", "'float16' is not one of"]),
        (["--runs-dir", "a file"], ["--runs-dir", "'a file' is a file"]),
        (["--resume", "missing"], ["--resume", "Path 'missing' does not exist"]),
        (["--target", "best"], ["--target", "'best' is not a number; give a percentage"]),
        (["mnist"], ["Got unexpected extra argument (mnist)"]),
        (["--epoch", "3", "--colour"], ["No such option"]),
    ],
)
def test_a_wrong_call_names_the_option_and_the_value(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    (tmp_path / "a file").touch()
    outcome = here(tmp_path, *arguments)
    assert outcome.status == 2
    for word in words:
        assert word in complaint(outcome)
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("model", "tiny"),
        ("recipe", "tiny"),
        ("epochs", "9"),
        ("dataset", "digits"),
        ("validation", "5"),
        ("seed", "1"),
        ("precision", "bfloat16"),
        ("runs-dir", "runs"),
    ],
)
def test_a_run_that_goes_on_takes_no_option_that_would_make_it_another(tmp_path: Path, option: str, value: str) -> None:
    """Nor one that says what it is already: it would be ignored."""
    outcome = here(tmp_path, "--resume", ".", f"--{option}", value)
    assert outcome.status == 2
    assert complaint(outcome) == f"Error: --{option}: a resumed run keeps its settings; leave it out"


def locked(book: Path) -> None:
    """Open it in Excel, as far as the folder shows."""
    book.with_name(f"~${book.name}").touch()


def encrypted(book: Path) -> None:
    """Give it a password: it is then a compound file of Microsoft's."""
    book.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504))


def folder(book: Path) -> None:
    """Put a folder in its place."""
    book.unlink()
    book.mkdir()


SPOILED: list[tuple[Callable[[Path], object], str]] = [
    (locked, r"it is open in Excel: close it there \(or, if it is not, remove ~\$backprop.xlsx beside it\)"),
    (lambda book: book.chmod(0o444), "it is read-only: allow it to be written, or copy it"),
    (encrypted, "encrypted with a password, or an .xls of before 2007"),
    (
        lambda book: book.write_bytes(book.read_bytes()[:5_000]),
        "not a workbook: not a zip package, or one that is cut off",
    ),
    (lambda book: book.write_bytes(b""), "not a workbook"),
    (lambda book: book.write_text("my notes"), "not a workbook"),
    (folder, "a folder, not a workbook"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILED)
def test_a_workbook_that_cannot_take_a_sheet_is_refused_before_training(
    tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    """And not after hours of it."""
    pytest.importorskip("torch")
    spoil(small_workbook(tmp_path / BOOK))
    before = sorted(tmp_path.rglob("*"))
    outcome = here(tmp_path, *QUICK)
    assert outcome.status == 1
    assert re.match(f"Error: backprop.xlsx: {words}", complaint(outcome))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workbook", "a file/book.xlsx"], "a file/book.xlsx could not be written: a file is not a folder"),
        (["--workbook", "book.xls"], "book.xls does not exist; a new workbook must end in .xlsx"),
        (["--workbook", ""], "a folder, not a workbook"),
        (["--sheet", "a/b"], "'a/b' cannot be the name of a sheet: it has a '/'"),
        (["--sheet", "x" * 32], "is too long for the name of a sheet: at most 31 characters"),
        (["--sheet", " "], "a sheet needs a name"),
        (["--device", "cuda"], "this PyTorch finds no CUDA device; --device auto uses what is available"),
        (["--validation", "1545"], "1,545 images cannot be held out for validation: digits has 1,545 training images"),
        (["--dataset", "mnist"], "mnist is not in data"),
        (["--runs-dir", "a file/runs"], "a file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_before_a_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    torch = pytest.importorskip("torch")
    from tests.torch_models.data_sets import put_in_the_place_of_torchvision

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    put_in_the_place_of_torchvision(monkeypatch, None)
    small_workbook(tmp_path / BOOK)
    (tmp_path / "a file").touch()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    outcome = here(tmp_path, *QUICK, *arguments)
    assert outcome.status == 1
    assert words in complaint(outcome)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="to root nothing is forbidden")
def test_a_runs_folder_that_cannot_be_made_is_said_with_the_reason(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    small_workbook(tmp_path / BOOK)
    (tmp_path / "mine").mkdir(mode=0o555)
    assert "mine/runs: Permission denied" in complaint(here(tmp_path, *QUICK, "--runs-dir", "mine/runs"))


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ({}, "record.jsonl cannot be read: No such file or directory"),
        ({"record.jsonl": "{"}, "record.jsonl, line 1: the line has no end"),
        ({"record.jsonl": '{"run":"x"}\n'}, "the header of the record does not say how to go on"),
        ({"record.jsonl": '{"run":"x","processes":1}\n'}, "the header of the record does not say how to go on"),
        (
            {"record.jsonl": "Test set: Average loss: 0.1, Accuracy: 1/2 (50%)\n"},
            "record.jsonl, line 1: not the header of a run",
        ),
    ],
)
def test_what_is_no_run_that_can_go_on_is_said_in_one_line(tmp_path: Path, there: dict[str, str], words: str) -> None:
    pytest.importorskip("torch")
    small_workbook(tmp_path / BOOK)
    (tmp_path / "run").mkdir()
    for name, content in there.items():
        (tmp_path / "run" / name).write_text(content)
    outcome = here(tmp_path, "--resume", "run")
    assert outcome.status == 1
    assert words in complaint(outcome)


def test_a_refusal_is_the_same_from_the_installed_command(tmp_path: Path) -> None:
    """Which is what the tests above stand for."""
    outcome: Outcome = backprop(tmp_path, "train", "--epochs", "0")
    assert outcome.status == 2
    assert complaint(outcome) == complaint(here(tmp_path, "--epochs", "0"))
