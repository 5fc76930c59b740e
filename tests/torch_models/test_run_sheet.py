"""The sheet of a run shows its record: every number of it, what follows from them, and where it says nothing."""

import math
import subprocess
import sys
from pathlib import Path

import msgspec
import openpyxl
import pytest

from tests.torch_models.run_records import (
    MD5,
    RECIPE,
    RECORDS,
    Show,
    Shown,
    all_runs,
    changed,
    epochs,
    header,
    sheet_alone,
    shown_in,
    trained,
)
from torch_models.published import PUBLISHED_RUN, TARGET
from torch_models.record import Layer, Record
from torch_models.run_sheet import add_run
from training_log.sheet.epoch_table import table_name
from verifier import Status, verify

every_record = pytest.mark.parametrize("kind", RECORDS)
with_epochs = pytest.mark.parametrize("kind", [kind for kind, record in RECORDS.items() if record.epochs])
with_predictions = pytest.mark.parametrize("kind", [kind for kind, record in RECORDS.items() if record.predictions])


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workbook with a training table into which the sheet of every record was put."""
    return all_runs(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def values(workbook: Path) -> Show:
    return shown_in(workbook)


@pytest.fixture(scope="module")
def formulas(workbook: Path) -> Show:
    return shown_in(workbook, data_only=False)


def test_verify_recomputes_every_formula_to_its_cached_value(workbook: Path) -> None:
    result = verify(workbook)
    assert result.status is Status.RIGHT
    assert (result.faults, result.unchecked) == ((), ())


@every_record
def test_a_sheet_has_no_error_and_every_formula_its_value(values: Show, formulas: Show, kind: str) -> None:
    count = 0
    for row in formulas(kind).sheet.iter_rows():
        for cell in row:
            value = values(kind).sheet.cell(cell.row, cell.column)
            assert value.data_type != "e", value.coordinate
            if cell.data_type == "f":
                count += 1
                assert value.value is not None, value.coordinate
    assert count >= 2


@with_epochs
def test_the_numbers_of_the_record_are_in_the_table(values: Show, kind: str) -> None:
    """As XlsxWriter writes them, with 16 digits; what the record does not say is an empty cell."""
    record, shown = RECORDS[kind], values(kind)
    for label, name in (
        ("epoch", "epoch"), ("learning rate", "learning_rate"), ("train loss", "train_loss"),
        ("train accuracy", "train_accuracy"), ("test loss", "test_loss"), ("correct", "correct"), ("total", "total"),
        ("accuracy", "accuracy"), ("validation loss", "validation_loss"),
        ("validation correct", "validation_correct"), ("validation total", "validation_total"), ("seconds", "seconds"),
        ("images/s", "images_per_second"),
    ):  # fmt: skip
        expected = [getattr(epoch, name) for epoch in record.epochs]
        if all(value is None for value in expected):
            assert label not in shown.labels()
            continue
        found = shown.column(label)
        assert [value is None for value in found] == [value is None for value in expected], label
        assert [v for v in found if v is not None] == pytest.approx([v for v in expected if v is not None], rel=1e-15)
    if record.held_out:
        assert shown.column("validation accuracy") == [epoch.validation_accuracy for epoch in record.epochs]


@with_epochs
def test_no_column_is_empty_and_an_epoch_is_a_row(values: Show, kind: str) -> None:
    """Four columns of validation images are there where images were held out, and nowhere else."""
    shown = values(kind)
    for label in shown.labels():
        numbers = shown.column(label)
        assert len(numbers) == len(RECORDS[kind].epochs)
        assert any(number is not None for number in numbers), label
    held_out = [label for label in shown.labels() if "validation" in label]
    assert len(held_out) == (4 if RECORDS[kind].held_out else 0)


@with_epochs
def test_the_published_run_stands_beside_as_many_epochs_of_the_same_images(values: Show, kind: str) -> None:
    record, shown = RECORDS[kind], values(kind)
    published = PUBLISHED_RUN[: len(record.epochs)] if record.header.dataset in ("", "mnist") else ()
    missing = [None] * (len(record.epochs) - len(published))
    if not published:
        assert not any("published" in label for label in shown.labels())
        return
    assert shown.column("published test loss") == [epoch.test_loss for epoch in published] + missing
    assert shown.column("published accuracy") == [epoch.accuracy for epoch in published] + missing


@with_epochs
def test_signs_mark_the_epochs_that_meet_the_target_and_the_best(values: Show, kind: str) -> None:
    record, shown = RECORDS[kind], values(kind)
    meets = [epoch.accuracy >= TARGET for epoch in record.epochs]
    assert [sign == "✓" for sign in shown.column("meets the target")] == meets
    assert [sign == "★ best" for sign in shown.column("best epoch")] == [e is record.best for e in record.epochs]


@with_epochs
def test_what_follows_from_counts_is_a_formula(formulas: Show, kind: str) -> None:
    shown = formulas(kind)
    for label in ("accuracy", "target", "meets the target", "best epoch", "validation accuracy"):
        if label in shown.labels():
            assert all(str(value).startswith("=") for value in shown.column(label)), label
    for text in ("best epoch, by accuracy", "first epoch that meets the target", "epochs on record"):
        if text in shown.texts():
            assert str(shown.beside(text)[0]).startswith("="), text


@pytest.mark.parametrize(("kind", "accuracy", "parameters", "in_time", "overall"), [
    ("twenty epochs", "✓ yes", "✓ yes", "✓ yes", "✓ all three are met"),
    ("a hundred epochs", "✓ yes", "✓ yes", "✓ yes", "✓ all three are met"),
    ("target not reached", "✗ no", "✓ yes", "✗ no", "✗ not all three are met"),
    ("no layers", "✗ no", "✓ yes", "✗ no", "✗ not all three are met"),
    ("printed log", "✓ yes", "?", "✓ yes", "? not all three can be told"),
])  # fmt: skip
def test_each_ask_is_answered(
    values: Show, kind: str, accuracy: str, parameters: str, in_time: str, overall: str
) -> None:
    shown = values(kind)
    assert shown.beside("accuracy, at least")[-1] == accuracy
    assert shown.beside("parameters, fewer than")[-1] == parameters
    assert shown.beside("epochs until then, fewer than")[-1] == in_time
    assert overall in shown.texts()


def test_an_epoch_after_the_last_that_is_asked_for_is_too_late(tmp_path: Path) -> None:
    """With the target in epoch 20, as with none, the ask for fewer than 20 epochs is not met."""
    late = [changed(epoch, correct=9_941 if epoch.epoch >= 20 else 9_900) for epoch in epochs(25)]
    shown = sheet_alone(tmp_path / "late.xlsx", Record(header("late"), tuple(late)))
    assert shown.beside("first epoch that meets the target") == [20]
    assert shown.beside("epochs until then, fewer than") == [20, 20, "✗ no"]
    assert shown.beside("accuracy, at least")[-1] == "✓ yes"


@with_epochs
def test_what_the_run_reached_is_that_of_its_record(values: Show, kind: str) -> None:
    record, shown = RECORDS[kind], values(kind)
    best, first = record.best, record.first_to_meet(TARGET)
    assert best is not None
    by = "validation accuracy" if best.validation_total else "accuracy"
    assert shown.beside(f"best epoch, by {by}") == [best.epoch]
    assert shown.beside("its accuracy") == [best.accuracy]
    assert shown.beside("how many it gets wrong, of total") == [best.total - best.correct]
    assert shown.beside("first epoch that meets the target") == [first.epoch if first else "not reached"]
    assert shown.beside("epochs on record") == [len(record.epochs)]


def test_a_target_of_ones_own_takes_the_place_of_the_exercises(tmp_path: Path) -> None:
    record = RECORDS["target not reached"]
    shown = sheet_alone(tmp_path / "easy.xlsx", record, target=0.98)
    assert shown.beside("accuracy, at least")[0] == 0.98
    assert shown.column("target") == [0.98] * len(record.epochs)
    first = record.first_to_meet(0.98)
    assert first is not None
    assert shown.beside("first epoch that meets the target") == [first.epoch]


def test_a_target_that_differs_by_rounding_is_the_same_target(tmp_path: Path) -> None:
    """99.4 % typed into a cell is not the same double as 0.994."""
    (epoch,) = epochs(1)
    record = Record(header("typed"), (changed(epoch, correct=9_940),))
    shown = sheet_alone(tmp_path / "typed.xlsx", record, target=99.4 / 100)
    assert shown.column("target") != [0.994]
    assert shown.column("meets the target") == ["✓"]
    assert shown.beside("accuracy, at least")[-1] == "✓ yes"
    assert verify(tmp_path / "typed.xlsx").faults == ()


@with_predictions
def test_the_confusion_matrix_is_the_records_and_its_sums_are_live(values: Show, formulas: Show, kind: str) -> None:
    record, shown = RECORDS[kind], values(kind)
    assert record.predictions is not None
    confusion = record.predictions.confusion
    row, column = shown.place("taken for")
    cells = shown.sheet.iter_rows(min_row=row + 2, max_row=row + 13, min_col=column, max_col=column + 11)
    found = [[cell.value for cell in line] for line in cells]
    assert found[:10] == [[*counts, 1_000, counts[k] / 1_000] for k, counts in enumerate(confusion)]
    taken = [sum(counts) for counts in zip(*confusion, strict=True)]
    assert found[10][:11] == [*taken, 10_000]
    assert found[11][:10] == [confusion[k][k] / taken[k] for k in range(10)]
    assert formulas(kind).sheet.cell(row + 2, column + 10).data_type == "f"
    assert formulas(kind).sheet.cell(row + 2, column + 11).data_type == "f"


@with_predictions
def test_the_diagonal_is_checked_against_the_table_of_the_epochs(values: Show, kind: str) -> None:
    record, shown = RECORDS[kind], values(kind)
    assert record.best is not None
    assert shown.beside("on the diagonal") == [record.best.correct]
    assert shown.beside("correct in the table of the epochs") == [record.best.correct]
    row, column = shown.place("correct in the table of the epochs")
    assert shown.sheet.cell(row + 1, column + 10).value == "✓ yes"


def test_a_diagonal_that_is_not_the_epochs_is_told(tmp_path: Path) -> None:
    """Of an epoch with another count, and of one that the record no longer has."""
    record = RECORDS["one epoch"]
    (epoch,), predictions = record.epochs, record.predictions
    assert predictions is not None
    for other, counted in (
        (Record(record.header, (changed(epoch, correct=epoch.correct - 1),), predictions), epoch.correct - 1),
        (Record(record.header, record.epochs, msgspec.structs.replace(predictions, epoch=2)), "?"),
    ):
        shown = sheet_alone(tmp_path / "changed.xlsx", other)
        row, column = shown.place("correct in the table of the epochs")
        assert [shown.sheet.cell(row + k, column + 10).value for k in (0, 1)] == [counted, "✗ no"]


@every_record
def test_the_model_is_listed_and_its_parameters_summed_up(values: Show, formulas: Show, kind: str) -> None:
    record, shown = RECORDS[kind], values(kind)
    if not record.header.layers:
        assert "The record does not say which layers the model has." in shown.texts()
        return
    row, _ = shown.place("output shape")
    listed = [[cell.value for cell in line if cell.value] for line in shown.sheet[f"B{row + 1}:G{row + 4}"]]
    assert listed == [
        ["Conv2d 5x5", "32 × 26 × 26", 832], ["ReLU", "32 × 26 × 26"], ["Conv2d 1x1", "10 × 6 × 6", 19_066],
        ["LogSoftmax", "10"],
    ]  # fmt: skip
    assert shown.beside("all layers") == shown.beside("as the run counted them") == [19_898]
    assert formulas(kind).beside("all layers") == [f"=SUM($G${row + 1}:$G${row + 4})"]
    assert shown.sheet.cell(row + 7, 7).value == "✓ yes"


def test_layers_that_do_not_sum_up_to_what_the_run_counted_are_told(tmp_path: Path) -> None:
    other = header("other", layers=(Layer("Linear", (10,), 7_850),))
    shown = sheet_alone(tmp_path / "changed.xlsx", Record(other, epochs(1)))
    assert shown.beside("all layers") == [7_850]
    assert shown.sheet.cell(shown.place("as the run counted them")[0] + 1, 7).value == "✗ no"


@every_record
def test_the_settings_are_listed(values: Show, kind: str) -> None:
    head, shown = RECORDS[kind].header, values(kind)
    texts = set(shown.texts())
    assert {head.run} | set(head.md5.values()) | set(head.versions.values()) <= texts
    if not head.recipe:
        return
    for name, said in (("batch", 64), ("nesterov", "no"), ("seed", 1), ("device", head.device), ("begun", head.start)):
        assert shown.beside(name)[0] == said
    assert {name.replace("_", " ") for name in RECIPE} <= texts
    assert {f"MD5 of {file}" for file in MD5} <= texts
    assert shown.beside("train images")[0] == head.images["train"]


@every_record
def test_the_top_says_what_the_best_epoch_is_chosen_by(values: Show, kind: str) -> None:
    sheet = values(kind).sheet
    assert ("held out" in sheet["B3"].value) == (kind == "validation images")
    assert ("serve as validation images" in sheet["B3"].value) == (kind != "validation images")
    assert RECORDS[kind].header.run in sheet["B2"].value
    assert sheet["B1"].value == f"A convolutional network learns {'Fashion-' * (kind == 'other images')}MNIST"


@every_record
def test_a_block_without_data_is_left_out_with_a_word_on_it(values: Show, kind: str) -> None:
    record, texts = RECORDS[kind], set(values(kind).texts())
    if not record.epochs:
        assert "Nothing is on record yet." in texts
        assert values(kind).sheet.tables == {}
    assert ("The record does not say what the model takes each test image for." in texts) == (not record.predictions)
    assert ("The model makes none." in texts) == (kind == "no mistake")
    assert ("The record does not have the images that the model is wrong about." in texts) == (not record.predictions)


def test_what_a_record_says_is_never_a_formula(tmp_path: Path) -> None:
    """Nor does a text that is too long for a cell, or a character that XML cannot hold, spoil the workbook."""
    harmful = header(
        '=HYPERLINK("http://127.0.0.1")', model="=1+1", device="{=2+2}", precision="\x00\x1f\ufffe", layers=(),
        start="=NOW()", recipe={"=3+3": "=4+4", "long": "x" * 40_000}, parameters=None,
    )  # fmt: skip
    sheet_alone(tmp_path / "harmful.xlsx", Record(harmful, epochs(2)))
    sheet = openpyxl.load_workbook(tmp_path / "harmful.xlsx")["MNIST"]
    assert {"=1+1", "=3+3", "=4+4", "{=2+2}"} <= {
        str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "s"
    }
    found = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert not any("HYPERLINK" in formula or "NOW" in formula for formula in found)
    assert max(len(text) for text in Shown(sheet).texts()) < 1_000


def test_a_number_that_is_none_is_an_empty_cell(tmp_path: Path) -> None:
    first, second = epochs(2)
    broken = changed(second, test_loss=math.nan, train_loss=math.inf, seconds=math.nan)
    shown = sheet_alone(tmp_path / "broken.xlsx", Record(header("broken"), (first, broken)))
    assert shown.column("test loss") == [first.test_loss, None]
    assert shown.column("train loss") == [pytest.approx(first.train_loss), None]
    assert shown.beside("minutes of training") == [pytest.approx((first.seconds or 0) / 60)]


def test_a_run_that_goes_on_has_its_sheet_replaced_and_another_run_gets_its_own(workbook: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.xlsx"
    path.write_bytes(workbook.read_bytes())
    assert add_run(path, trained("one epoch", 2)) == "one epoch"
    assert add_run(path, trained("a new one", 3)) == "MNIST"
    assert add_run(path, trained("and another", 3)) == "MNIST 2"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[-2:] == ["MNIST", "MNIST 2"]
    assert len(Shown(book["one epoch"]).column("epoch")) == 2
    assert verify(path).status is Status.RIGHT


def test_tables_of_runs_have_names_of_their_own_that_excel_takes() -> None:
    names = [table_name(run) for run in ("a b", "a-b", "A B", "", "ä", "R1C1", "x" * 500, "2026-11-22_14-08-31")]
    assert len({name.lower() for name in names}) == len(names)
    assert all(name.replace("_", "a").isalnum() and name.isascii() and len(name) < 100 for name in names)


def test_the_sheet_is_written_without_pytorch() -> None:
    program = "import sys, torch_models.run_sheet; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
