"""The sheet of any log has the columns that the log has, charts of what belongs together, and asks where asked."""

from pathlib import Path

import openpyxl
import pytest

from tests.office import Office
from tests.sheetgen.workbooks import CHART, xml_parts
from tests.training_log.logs import ALL, TARGETS, classification, log_of, regression, write_all
from tests.training_log.sheets_read import beside, sheet_of, table_of, texts
from training_log.measures import Kind, Split, chooser, judge, measures
from training_log.sheet import Page
from training_log.sheets import add_logs
from verifier import verify

every_log = pytest.mark.parametrize("name", ALL)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_all(tmp_path_factory.mktemp("logs") / "all.xlsx")


@every_log
def test_the_table_has_the_logs_numbers_and_no_empty_column(workbook: Path, name: str) -> None:
    log, table = ALL[name], table_of(workbook, name)
    assert table["epoch"] == log.at
    for column, numbers in log.columns.items():
        found = table[column.replace("_", " ")]
        assert found == [number if number is None else pytest.approx(number, rel=1e-15) for number in numbers]
    assert all(any(value is not None for value in column) for column in table.values())


@every_log
def test_a_target_is_asked_only_where_it_is_given(workbook: Path, name: str) -> None:
    table, said = table_of(workbook, name), texts(sheet_of(workbook, name))
    assert ("target" in table) == ("meets the target" in table) == ("met?" in said) == (name in TARGETS)


def test_what_is_asked_is_answered_in_the_scale_of_its_column(workbook: Path) -> None:
    """A loss at most, an accuracy at least, and 0.94 of a column in percent is 94."""
    assert beside(sheet_of(workbook, "regression"), "val loss, at most") == [1.05, 1, "✓ yes"]
    assert beside(sheet_of(workbook, "classification"), "val accuracy, at least") == [0.9, pytest.approx(0.9), "✓ yes"]
    assert beside(sheet_of(workbook, "percent"), "test acc, at least") == [94, 95, "✓ yes"]
    assert table_of(workbook, "percent")["meets the target"] == ["–", "–", "–", "✓", "✓"]
    assert table_of(workbook, "regression")["meets the target"] == ["–"] * 5 + ["✓"] + ["–"] * 4


def test_an_epoch_without_the_number_meets_no_target(workbook: Path) -> None:
    table = table_of(workbook, "classification")
    assert [k for k, sign in enumerate(table["meets the target"], 1) if sign == "✓"] == [15]
    assert table["val accuracy"][1] is None


@pytest.mark.parametrize(
    ("name", "by", "epoch"),
    [("regression", "val loss", 6), ("classification", "val accuracy", 15), ("percent", "test acc", 5),
     ("parts", "eval loss", 3)],
)  # fmt: skip
def test_the_best_epoch_is_chosen_by_data_that_nobody_trained_on(
    workbook: Path, name: str, by: str, epoch: float
) -> None:
    assert beside(sheet_of(workbook, name), f"best epoch, by {by}")[0] == epoch
    table = table_of(workbook, name)
    assert [at for at, sign in zip(table["epoch"], table["best epoch"], strict=True) if sign == "★ best"] == [epoch]


@pytest.mark.parametrize(
    ("name", "charts"),
    [
        ("regression", [["loss", "val loss", "target"]]),
        ("classification", [["loss", "val loss"], ["accuracy", "val accuracy", "target"], ["lr"], ["grad norm"]]),
        ("percent", [["train loss"], ["test acc", "target"]]),
        ("parts", [["loss", "eval loss"]]),
    ],
)
def test_a_chart_has_what_belongs_together(workbook: Path, name: str, charts: list[list[str]]) -> None:
    found = []
    for chart in xml_parts(workbook, "xl/charts/chart").values():
        series = list(chart.iter(f"{CHART}ser"))
        if series[0].findtext(f".//{CHART}f", "").partition("!")[0].strip("'") == name:
            found.append([one.findtext(f"{CHART}tx//{CHART}v") for one in series])
    assert found == charts


def test_a_rate_that_stays_has_no_chart(tmp_path: Path) -> None:
    log = log_of("constant", {k: {"loss": 1 / k, "lr": 0.1} for k in range(1, 5)})
    add_logs(tmp_path / "a.xlsx", [Page(log)], ["constant"])
    assert len(xml_parts(tmp_path / "a.xlsx", "xl/charts/chart")) == 1


@pytest.mark.parametrize(
    ("name", "kind", "split"),
    [
        ("train_loss", Kind.LOSS, Split.TRAIN), ("val/loss", Kind.LOSS, Split.VALIDATION),
        ("eval_loss", Kind.LOSS, Split.VALIDATION), ("testLoss", Kind.LOSS, Split.TEST),
        ("loss", Kind.LOSS, Split.NONE),
        ("val_acc", Kind.ACCURACY, Split.VALIDATION), ("f1", Kind.ACCURACY, Split.NONE),
        ("lr-Adam/pg1", Kind.RATE, Split.NONE), ("learning_rate", Kind.RATE, Split.NONE),
        ("train_samples_per_second", Kind.SPEED, Split.TRAIN), ("images/s", Kind.SPEED, Split.NONE),
        ("eval_runtime", Kind.SECONDS, Split.VALIDATION), ("mae", Kind.OTHER, Split.NONE),
        ("correct", Kind.COUNT, Split.NONE),
    ],
)  # fmt: skip
def test_what_a_column_is_its_name_tells(name: str, kind: Kind, split: Split) -> None:
    (measure,) = measures(log_of("a", {1: {name: 1}, 2: {name: 0}}))
    assert (measure.kind, measure.split) == (kind, split)


def test_an_accuracy_is_told_from_a_percentage_and_from_what_is_neither() -> None:
    for numbers, kind in (((0.5, 1), Kind.ACCURACY), ((50, 99.5), Kind.PERCENT), ((-1, 200), Kind.OTHER)):
        (measure,) = measures(log_of("a", {k: {"accuracy": number} for k, number in enumerate(numbers)}))
        assert measure.kind is kind


def test_a_plain_name_is_the_training_datas_beside_one_of_validation() -> None:
    """As in Keras; and it is the test data's that is judged where training data are named."""
    keras = measures(classification())
    assert {one.label: one.split for one in keras}["accuracy"] is Split.TRAIN
    assert chooser(keras) is judge(keras)
    named = measures(
        log_of("a", {1: {"train_loss": 1, "loss": 2, "correct": 5, "total": 10, "val_correct": 4, "val_total": 10}})
    )
    judged, chosen = judge(named), chooser(named)
    assert judged is not None
    assert chosen is not None
    assert (judged.label, judged.numbers, chosen.label) == ("accuracy", [0.5], "val accuracy")


def test_names_that_excel_does_not_tell_apart_get_numbers(tmp_path: Path) -> None:
    log = log_of("names", {1: {"loss": 1, "Loss": 2, "LOSS ": 3, "epoch_": 4, "train_loss": 5, "train loss": 6}})
    add_logs(tmp_path / "a.xlsx", [Page(log)], ["names"])
    table = table_of(tmp_path / "a.xlsx", "names")
    assert len({label.lower() for label in table}) == 8
    assert [values[0] for values in list(table.values())[:7]] == [1, 1, 2, 3, 4, 5, 6]


def test_verify_recomputes_every_formula_to_its_cached_value(workbook: Path) -> None:
    result = verify(workbook)
    assert (result.faults, result.unchecked) == ((), ())


def test_a_text_of_a_log_is_never_a_formula(tmp_path: Path) -> None:
    log = log_of("=1+1", {1: {"=2+2": 1.0, "loss": 2}}, {"=3+3": "=4+4"})
    add_logs(tmp_path / "a.xlsx", [Page(log)], ["harmless"])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["harmless"]
    formulas = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert not any(f"{k}+{k}" in formula for formula in formulas for k in (1, 2, 3, 4))


def test_a_run_that_is_logged_again_has_its_sheet_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert add_logs(path, [Page(regression())], ["mine"]) == ["mine"]
    assert add_logs(path, [Page(regression(), 2.0)], ["other"]) == ["mine"]
    assert add_logs(path, [Page(classification())], ["mine"]) == ["mine 2"]
    assert "target" in table_of(path, "mine")


@pytest.mark.office
def test_a_hard_recalculation_gives_the_cached_values(workbook: Path, office: Office) -> None:
    same_as_cached(workbook, office)


@pytest.mark.office
def test_all_follows_the_target(workbook: Path, tmp_path: Path, office: Office) -> None:
    """A target typed in gives the sheet that is written for that target."""
    add_logs(tmp_path / "other.xlsx", [Page(classification(), 0.885)], ["classification"])
    typed = office.values(workbook, {"classification!E8": 0.885})["classification"]
    written = sheet_of(tmp_path / "other.xlsx", "classification")
    assert differences(typed, written) == []
    assert differences(typed, sheet_of(workbook, "classification")) != []


def same_as_cached(workbook: Path, office: Office) -> None:
    """Check that a spreadsheet application recalculates every sheet to the values in it."""
    recalculated = office.values(workbook)
    book = openpyxl.load_workbook(workbook, data_only=True)
    assert {name: differences(recalculated[name], book[name]) for name in book.sheetnames} == {
        name: [] for name in book.sheetnames
    }


def differences(recalculated: list[list[float | str]], sheet: object) -> list[str]:
    """The cells that have another value than is cached in a sheet."""
    found = []
    for row in sheet.iter_rows():  # type: ignore[attr-defined]
        for cell in row:
            cells = recalculated[cell.row - 1] if cell.row <= len(recalculated) else []
            value = cells[cell.column - 1] if cell.column <= len(cells) else ""
            expected = "" if cell.value is None else cell.value
            if value != (expected if isinstance(expected, str) else pytest.approx(expected, rel=1e-12)):
                found.append(f"{cell.coordinate}: {value!r} instead of {expected!r}")
    return found
