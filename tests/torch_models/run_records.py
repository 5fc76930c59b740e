"""Records of runs of every kind, made up, and where to find what in the sheets that show them."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import msgspec
import openpyxl
import xlsxwriter
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen import generate
from templates import load_template
from torch_models.published import PUBLISHED_RUN, TARGET
from torch_models.record import Epoch, Header, Layer, Mistake, Predictions, Record, Setting
from torch_models.run_sheet import add_run, write_run_sheet

LAYERS = (
    Layer("Conv2d 5x5", (32, 26, 26), 832),
    Layer("ReLU", (32, 26, 26), 0),
    Layer("Conv2d 1x1", (10, 6, 6), 19_066),
    Layer("LogSoftmax", (10,), 0),
)
RECIPE: Mapping[str, Setting] = {
    "name": "reference", "epochs": 20, "batch": 64, "learning_rate": 0.01, "nesterov": False, "schedule": "constant",
}  # fmt: skip
MD5 = {f"{part}-ubyte": f"{k:032x}" for k, part in enumerate(("images", "labels"), 0xABC)}
KEPT = 55_000  # training images, where others are held out


def header(run: str, held_out: bool = False, **changes: object) -> Header:
    """The header of a run of the reference model."""
    said: dict[str, object] = {
        "run": run, "model": "reference", "parameters": 19_898, "layers": LAYERS, "recipe": RECIPE, "seed": 1,
        "dataset": "mnist", "md5": MD5,
        "images": {"train": KEPT if held_out else 60_000, "validation": 5_000 if held_out else 0, "test": 10_000},
        "device": "cpu (x86_64)", "threads": 2, "processes": 1, "precision": "float32",
        "versions": {"python": "3.12.3", "torch": "2.13.0"}, "start": "2026-11-22T14:08:31+01:00",
    }  # fmt: skip
    return Header(**(said | changes))  # type: ignore[arg-type]


def epochs(count: int, top: float = 0.9941, held_out: bool = False) -> tuple[Epoch, ...]:
    """Epochs whose accuracy rises to about `top` of 10,000 test images; the last digits are by chance."""
    chance = random.Random(count)  # noqa: S311  the same in every run
    made = []
    for k in range(1, count + 1):
        correct = round(10_000 * (top - 0.025 * math.exp(-k / 2) + chance.gauss(0, 0.0004)))
        validation = {
            "validation_loss": 0.03 + 0.1 * math.exp(-k / 2),
            "validation_correct": round(correct / 2 + chance.gauss(0, 5)),
            "validation_total": 5_000,
        }
        made.append(
            Epoch(
                epoch=k, learning_rate=0.01, train_loss=0.03 + 0.3 * math.exp(-k / 2),
                train_accuracy=0.99 - 0.1 * math.exp(-k / 2), test_loss=0.018 + 0.09 * math.exp(-k / 2),
                correct=correct, total=10_000, seconds=36 + chance.random(), images_per_second=1_650 + chance.random(),
                **(validation if held_out else {}),
            )
        )  # fmt: skip
    return tuple(made)


def mistake(k: int) -> Mistake:
    """A mistake whose picture is a bar of ink, no other's."""
    pixels = bytes(255 - y if x in range(k, k + 4) and 4 <= y < 24 else 0 for y in range(28) for x in range(28))
    return Mistake(100 + 7 * k, k % 10, (k + 1 + k // 10) % 10, 1 - k / 100, pixels)


def predictions(epoch: Epoch, mistakes: int = 20) -> Predictions:
    """A confusion matrix with as many images on its diagonal as the epoch has right."""
    counts = [[1_000 if label == digit else 0 for digit in range(10)] for label in range(10)]
    for k in range(epoch.total - epoch.correct):
        label, step = k * k % 10, 1 + k % 3
        counts[label][label] -= 1
        counts[label][(label + step) % 10] += 1
    return Predictions(epoch.epoch, tuple(map(tuple, counts)), tuple(mistake(k) for k in range(mistakes)))


def trained(run: str, count: int, top: float = 0.9941, held_out: bool = False, mistakes: int = 2) -> Record:
    """The record of a run of some epochs, with the predictions of the best."""
    record = Record(header(run, held_out), epochs(count, top, held_out))
    best = record.best
    return record if best is None else Record(record.header, record.epochs, predictions(best, mistakes))


RECORDS: Mapping[str, Record] = {
    "twenty epochs": trained("twenty epochs", 20, mistakes=20),
    "one epoch": trained("one epoch", 1, mistakes=3),
    "no epoch": trained("no epoch", 0),
    "printed log": Record(Header(run="printed log"), PUBLISHED_RUN),
    "validation images": trained("validation images", 12, held_out=True),
    "a hundred epochs": trained("a hundred epochs", 100),
    "target not reached": trained("target not reached", 9, top=0.985),
    "other images": Record(header("other images", dataset="fashion-mnist"), epochs(4, top=0.91)),
    "no layers": Record(header("no layers", layers=()), epochs(3)),
    "no mistake": Record(header("no mistake"), (last := Epoch(epoch=1, test_loss=0.0, correct=10_000, total=10_000),),
                         predictions(last, 0)),
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A run's sheet, read back: by what it says beside and above its numbers."""

    sheet: Worksheet

    def place(self, text: str) -> tuple[int, int]:
        """The row and column of the one cell that holds a text."""
        places = [(cell.row, cell.column) for row in self.sheet.iter_rows() for cell in row if cell.value == text]
        assert len(places) == 1, (text, places)
        return places[0]

    def beside(self, text: str) -> list[object]:
        """What stands to the right of a text in the same half of the sheet, without the empty cells."""
        row, column = self.place(text)
        last = 7 if column < 5 else 21
        cells = self.sheet.iter_rows(min_row=row, max_row=row, min_col=column + 1, max_col=last, values_only=True)
        return [value for value in next(cells) if value is not None]

    def labels(self) -> list[str]:
        """The labels of the table of the epochs."""
        (table,) = self.sheet.tables.values()
        return [str(cell.value) for cell in self.sheet[table.ref][0]]

    def column(self, label: str) -> list[object]:
        """A column of the table of the epochs."""
        (table,) = self.sheet.tables.values()
        labels, *rows = self.sheet[table.ref]
        place = [cell.value for cell in labels].index(label)
        return [row[place].value for row in rows]

    def texts(self) -> Iterator[str]:
        """Every text."""
        for row in self.sheet.iter_rows(values_only=True):
            yield from (value for value in row if isinstance(value, str))


Show = Callable[[str], Shown]  # the sheet of a record, by its name in RECORDS


def sheet_alone(path: Path, record: Record, name: str = "MNIST", target: float = TARGET) -> Shown:
    """Write a workbook with the sheet of a run alone; the sheet, read back."""
    with xlsxwriter.Workbook(path) as workbook:
        write_run_sheet(workbook, workbook.add_worksheet(name), record, target)
    return Shown(openpyxl.load_workbook(path, data_only=True)[name])


@cache
def all_runs(folder: Path) -> Path:
    """A small workbook with a training table into which the sheet of every record was put; made once, to be read."""
    path = folder / "all runs.xlsx"
    generate(replace(load_template("backprop"), iterations=3, learning_rates=(0.5,)), path)
    for kind, record in RECORDS.items():
        assert add_run(path, record, kind) == kind
    return path


@lru_cache(maxsize=1)
def shown_in(path: Path, data_only: bool = True) -> Show:
    """The sheets of a workbook with their cached values, or else with their formulas; to be read only."""
    book = openpyxl.load_workbook(path, data_only=data_only)
    return lambda name: Shown(book[name])


def changed(epoch: Epoch, **changes: float) -> Epoch:
    """An epoch with some other numbers."""
    return msgspec.structs.replace(epoch, **changes)
