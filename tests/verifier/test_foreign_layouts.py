"""No false alarm: a right workbook is right however its writer lays it out, labels it and writes its formulas."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.verifier.book import read_book
from tests.verifier.foreign import FORMULAS, GRADIENTS, ORDER, WEIGHTS, Layout, write_workbook
from verifier import Engine, Kind, Status, WorkbookResult, verify
from verifier.fixing import write_fixed

PLAIN = Layout()
_GRADIENTS_FIRST = (*GRADIENTS.values(), "E_total", "E1", "E2", *(n for n in ORDER if n[0] not in "∂E"))


def verdict(path: Path, engine: Engine) -> tuple[Status, int, int, list[str]]:
    result = verify(path, engine)
    return result.status, len(result.tables), len(result.unchecked), [
        f"{f.kind.value} {f.cells} {f.message}" for f in result.faults
    ]  # fmt: skip


def assert_right(path: Path, engine: Engine, tables: int = 1) -> WorkbookResult:
    """The workbook is right; so it is too with the values that a spreadsheet application would cache."""
    assert verdict(path, engine) == (Status.RIGHT, tables, 0, [])
    assert not verify(path, engine).cached
    read_book(path.read_bytes()).recalculated().write(path)
    assert verdict(path, engine) == (Status.RIGHT, tables, 0, [])
    result = verify(path, engine)
    assert result.notes == ()
    assert max(column.absolute for table in result.tables for column in table.columns) <= 1e-12
    return result


LAYOUTS = {
    "plain": PLAIN,
    "in the first cell": replace(PLAIN, header_row=1, first_column=1, rate_place=(3, 40)),
    "far away": replace(PLAIN, header_row=500, first_column=100, rate_place=(3, 2)),
    "gradients first": replace(PLAIN, order=_GRADIENTS_FIRST),
    "reversed": replace(PLAIN, order=tuple(reversed(ORDER))),
    "weights at the end": replace(PLAIN, order=(*(n for n in ORDER if n not in WEIGHTS), *WEIGHTS)),
    "step column": replace(PLAIN, extra={"Step": "{Step'}+1"}),
    "note columns": replace(PLAIN, extra={"Epoch": "{Epoch'}+1", "loss change": "{E_total}-{E_total$}"}),
    "delta columns": replace(
        PLAIN,
        extra={"δ_o1": "({a_o1}-{t1})*{a_o1}*(1-{a_o1})", "δ_o2": "({a_o2}-{t2})*{a_o2}*(1-{a_o2})"},
        formulas={"∂E_t/∂w5": "{δ_o1}*{a_h1}", "∂E_t/∂w8": "{δ_o2}*{a_h2}"},
    ),
    "no E1 and E2": replace(
        PLAIN,
        order=tuple(name for name in ORDER if name not in ("E1", "E2")),
        formulas={"E_total": "0.5*({t1}-{a_o1})^2+0.5*({t2}-{a_o2})^2"},
    ),
    "inputs of the row before": replace(PLAIN, formulas={name: f"{{{name}'}}" for name in ("t1", "t2", "i1", "i2")}),
    "inputs anchored to the first row": replace(
        PLAIN, formulas={k: f.replace("{i1}", "{i1$}").replace("{i2}", "{i2$}") for k, f in FORMULAS.items()}
    ),
    "power": replace(PLAIN, formulas={"E1": "0.5*POWER({t1}-{a_o1},2)", "E2": "POWER({t2}-{a_o2},2)*0.5"}),
    "halves": replace(PLAIN, formulas={"E1": "({t1}-{a_o1})^2/2", "E2": "1/2*({a_o2}-{t2})^2"}),
    "minus one": replace(PLAIN, formulas={f"a_{net}": f"1/(1+EXP(-1*{{{net}}}))" for net in ("h1", "h2", "o1", "o2")}),
    "another sigmoid": replace(PLAIN, formulas={f"a_{n}": f"EXP({{{n}}})/(1+EXP({{{n}}}))" for n in ("h1", "o2")}),
    "sums": replace(
        PLAIN,
        formulas={
            "E_total": "SUM({E1},{E2})", "h1": "SUM({w1}*{i1},{w2}*{i2})",
            "h2": "SUMPRODUCT({i1}:{i2},{w3}:{w4})", "o1": "PRODUCT({w5},{a_h1})+{w6}*{a_h2}",
        },
    ),
    "sum of a range": replace(PLAIN, formulas={"E_total": "SUM({E1}:{E2})"}),
    "minus twice": replace(PLAIN, formulas={"∂E_t/∂w5": "-({t1}-{a_o1})*{a_o1}*(1-{a_o1})*{a_h1}"}),
    "rate below its label": replace(PLAIN, rate_offset=(1, 0)),
    "rate three cells off": replace(PLAIN, rate_offset=(0, 3)),
    "rate without a label": replace(PLAIN, rate_label=None),
    "rate typed into the updates": replace(PLAIN, rate_text="0.5", rate_label=None),
    "rate one": replace(PLAIN, rate=1.0),
    "three rows": replace(PLAIN, rows=3),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_right_workbook_in_another_layout_is_right(name: str, engine: Engine, tmp_path: Path) -> None:
    """Where a table stands, and which of many equal formulas it has, makes no difference."""
    result = assert_right(write_workbook(tmp_path / "book.xlsx", LAYOUTS[name]), engine)
    assert result.tables[0].network == "2-2-2 sigmoid"
    assert result.tables[0].learning_rate == LAYOUTS[name].rate


SPELLINGS = {
    "capitals": {name: name.upper() for name in ("t1", "t2", "i1", "i2", "h1", "h2", "o1", "o2", *WEIGHTS)},
    "trailing blanks": {name: f"{name}  " for name in ORDER},
    "out and net": {f"a_{n}": f"out({n})" for n in ("h1", "h2", "o1", "o2")} | {"h1": "net(h1)", "o2": "net(o2)"},
    "out_": {f"a_{n}": f"out_{n}" for n in ("h1", "h2", "o1", "o2")},
    "act_": {f"a_{n}": f"act_{n}" for n in ("h1", "h2", "o1", "o2")},
    "a_H1": {"a_h1": "a_H1", "a_h2": "a_H2"},
    "e1": {"E1": "e1", "E2": "e2", "E_total": "E_tot"},
    "E(o1)": {"E1": "E(o1)", "E2": "E(o2)", "E_total": "E_Total"},
    **{total: {"E_total": total} for total in ("E_TOTAL", "E_T", "Etotal", "E Total")},
    **{
        form: {gradient: form.replace("w1", weight) for weight, gradient in GRADIENTS.items()}
        for form in (
            "∂E/∂w1", "∂E_total/∂w1", "δE_tot/δw1", "𝜕E_t/𝜕w1", "𝟃E/𝟃w1", "dE/dw1", "dE_total / dw1", "E∂w1", "Edw1",
            "Etotaldw1", "dw1", "E/∂w1",
        )
    },
    "∂E_t/∂W1": {gradient: f"∂E_t/∂{weight.upper()}" for weight, gradient in GRADIENTS.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", SPELLINGS)
def test_right_workbook_with_other_labels_is_right(name: str, engine: Engine, tmp_path: Path) -> None:
    """Labels mean the same in every spelling that people use."""
    assert_right(write_workbook(tmp_path / "book.xlsx", replace(PLAIN, labels=SPELLINGS[name])), engine)


RATE_LABELS = (
    "η", "ɳ", "ƞ", "ղ", "ͷ", "α", "n", "h", "LR", "LR=", "L.R", "lr", "eta", "learning_rate", "Learning Rate",
    "learningRate=", "LR (η) =", "learning rate(theta)",
)  # fmt: skip


@pytest.mark.parametrize("label", RATE_LABELS)
def test_learning_rate_is_found_under_every_label(label: str, engine: Engine, tmp_path: Path) -> None:
    """The updates say which cell is the learning rate, whatever it is called."""
    path = write_workbook(tmp_path / "book.xlsx", replace(PLAIN, rate=0.8, rate_label=label))
    result = verify(path, engine)
    assert (result.status, result.tables[0].learning_rate) == (Status.RIGHT, 0.8)


def test_tables_below_each_other_are_verified_one_by_one(engine: Engine, tmp_path: Path) -> None:
    """Several tables in one sheet, each with the learning rate above it, are found and right."""
    layouts = [replace(PLAIN.moved(rows=20 * k), rate=rate) for k, rate in enumerate((0.1, 0.5, 2.0))]
    result = assert_right(write_workbook(tmp_path / "book.xlsx", *layouts), engine, tables=3)
    assert [table.learning_rate for table in result.tables] == [0.1, 0.5, 2.0]


@pytest.mark.parametrize("gap", [1, 3, 20])
def test_tables_beside_each_other_are_verified_one_by_one(engine: Engine, tmp_path: Path, gap: int) -> None:
    """Two tables side by side, with a gap between them, are found and right."""
    layouts = [PLAIN, replace(PLAIN.moved(columns=len(ORDER) + gap), rate=0.2)]
    result = assert_right(write_workbook(tmp_path / "book.xlsx", *layouts), engine, tables=2)
    assert [table.learning_rate for table in result.tables] == [0.5, 0.2]


def test_fault_in_one_of_several_tables_is_named_there(engine: Engine, tmp_path: Path) -> None:
    """Of tables below each other, the one with a fault is the one that is blamed."""
    wrong = {"∂E_t/∂w3": FORMULAS["∂E_t/∂w3"].replace("{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})")}
    second = replace(PLAIN.moved(rows=20), formulas=wrong)
    result = verify(write_workbook(tmp_path / "book.xlsx", PLAIN, second), engine)
    assert [len(table.findings) for table in result.tables] == [0, 1]
    (fault,) = result.faults
    letters = second.column("∂E_t/∂w3")
    assert (fault.kind, fault.cells, fault.count) == (Kind.WRONG_GRADIENT, f"{letters}31:{letters}42", 12)


def test_update_with_another_weights_gradient_is_named(engine: Engine, tmp_path: Path) -> None:
    """An update of w3 that subtracts the gradient of w1 is wrong from the first update on, and nothing else is."""
    wrong = {"w3": "{w3'}-$E$8*{∂E_t/∂w1'}"}
    result = verify(write_workbook(tmp_path / "book.xlsx", replace(PLAIN, formulas=wrong)), engine)
    letters = PLAIN.column("w3")
    assert [(f.kind, f.cells) for f in result.faults] == [(Kind.WRONG_UPDATE, f"{letters}12:{letters}22")]


@pytest.mark.parametrize("name", ["i1", "t2"])
def test_input_typed_in_one_row_is_named(name: str, engine: Engine, tmp_path: Path) -> None:
    """Where every row has its input as a number, another number in one of them is a fault of that cell."""
    path = write_workbook(tmp_path / "book.xlsx", PLAIN)
    workbook = openpyxl.load_workbook(path)
    cell = PLAIN.cell(name, 6)
    workbook["Sheet1"][cell] = 0.3
    workbook.save(path)
    assert [(f.kind, f.cells) for f in verify(path, engine).faults] == [(Kind.CHANGED_INPUT, cell)]


def test_legend_and_notes_around_a_table_are_no_part_of_it(engine: Engine, tmp_path: Path) -> None:
    """Labels in a legend, a note below the table and a second label far to the left change nothing."""
    path = write_workbook(tmp_path / "book.xlsx", replace(PLAIN, first_column=5, rate_place=(8, 7)))
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Sheet1"]
    for k, text in enumerate(("i1", "w1", "h1"), 1):
        sheet.cell(k, 1, text)
    sheet["A10"] = "i1"
    sheet["F24"] = "E_total falls with every step"
    workbook.save(path)
    assert verdict(path, engine) == (Status.RIGHT, 1, 0, [])


def edited(path: Path, layout: Layout, change: Callable[[Worksheet, Layout], None]) -> Path:
    """A workbook with this table, changed."""
    workbook = openpyxl.load_workbook(write_workbook(path, layout))
    change(workbook["Sheet1"], layout)
    workbook.save(path)
    return path


def averages_below(sheet: Worksheet, layout: Layout) -> None:
    for name in layout.names:
        column = layout.column(name)
        sheet[layout.cell(name, layout.rows)] = f"=AVERAGE({layout.cell(name, 0)}:{layout.cell(name, layout.rows - 1)})"
        sheet[f"{column}{layout.header_row + layout.rows + 3}"] = 1.5


def block_far_below(sheet: Worksheet, layout: Layout) -> None:
    for name in layout.names:
        sheet[layout.cell(name, layout.rows + 30)] = 1.5


def group_over_the_gradients(sheet: Worksheet, layout: Layout) -> None:
    """The gradients are labelled `w1 w2 …` under a merged cell that says what they are."""
    for weight, gradient in GRADIENTS.items():
        sheet[f"{layout.column(gradient)}{layout.header_row}"] = weight
    first, last = layout.column("∂E_t/∂w1"), layout.column("∂E_t/∂w8")
    sheet[f"{first}{layout.header_row - 1}"] = "Gradients"
    sheet.merge_cells(f"{first}{layout.header_row - 1}:{last}{layout.header_row - 1}")


def labels_over_two_rows(sheet: Worksheet, layout: Layout) -> None:
    """All labels but those of weights and gradients stand in merged cells of two rows, their text in the upper one."""
    for name in (name for name in layout.names if name[0] not in "w∂"):
        letters, row = layout.column(name), layout.header_row
        sheet[f"{letters}{row}"] = None
        sheet[f"{letters}{row - 1}"] = name
        sheet.merge_cells(f"{letters}{row - 1}:{letters}{row}")


def initial_values_above(sheet: Worksheet, layout: Layout) -> None:
    for name in ("t1", "t2", "i1", "i2", *WEIGHTS):
        sheet[f"{layout.column(name)}{layout.header_row - 6}"] = name
        sheet[f"{layout.column(name)}{layout.header_row - 5}"] = layout.net.first(name)


def losses_beside(sheet: Worksheet, layout: Layout) -> None:
    """A small table of a chart, whose `E_1 E_2` are E_total at other learning rates."""
    for k, letters in enumerate(("AJ", "AK", "AL"), 1):
        sheet[f"{letters}{layout.header_row}"] = f"E_{k}"
        for row in range(layout.rows):
            sheet[f"{letters}{layout.header_row + 1 + row}"] = f"={layout.cell('E_total', row)}"


def schedule(sheet: Worksheet, layout: Layout) -> None:
    """Each row has a learning rate of its own, nine tenths of the one before."""
    sheet[f"AJ{layout.header_row}"] = "η"
    for k in range(layout.rows):
        own = layout.header_row + 1 + k
        sheet[f"AJ{own}"] = f"=AJ{own - 1}*0.9" if k else 0.5
        for name in WEIGHTS if k else ():
            cells = layout.cell(name, k - 1), layout.cell(GRADIENTS[name], k - 1)
            sheet[layout.cell(name, k)] = f"={cells[0]}-AJ{own - 1}*{cells[1]}"


SURROUNDINGS = (
    averages_below, block_far_below, group_over_the_gradients, labels_over_two_rows, initial_values_above,
    losses_beside, schedule,
)  # fmt: skip


@pytest.mark.parametrize("change", SURROUNDINGS, ids=lambda change: change.__name__.replace("_", " "))
def test_what_stands_around_a_table_changes_nothing(
    change: Callable[[Worksheet, Layout], None], engine: Engine, tmp_path: Path
) -> None:
    """Rows below, copies above, charts' tables beside and headers of two rows: the table is found, and right."""
    result = verify(edited(tmp_path / "book.xlsx", replace(PLAIN, rate_label=None), change), engine)
    assert (result.status, [fault.message for fault in result.faults]) == (Status.RIGHT, [])
    (table,) = result.tables
    assert (table.network, table.rows, table.learning_rate) == ("2-2-2 sigmoid", PLAIN.rows, 0.5)


NEW_WEIGHTS = replace(
    PLAIN,
    extra={f"new {w}": f"{{{w}}}-$E$8*{{{g}}}" for w, g in GRADIENTS.items()},
    formulas={w: f"{{new {w}'}}" for w in WEIGHTS},
)


@pytest.mark.parametrize("typed", [False, True], ids=["in a cell", "typed"])
def test_rate_is_read_through_columns_of_new_weights(typed: bool, engine: Engine, tmp_path: Path) -> None:
    """Where a row computes the weights of the next one in columns of their own, the learning rate is found in those."""
    extra = {name: form.replace("$E$8", "0.5") if typed else form for name, form in NEW_WEIGHTS.extra.items()}
    layout = replace(NEW_WEIGHTS, extra=extra, rate_label=None)
    assert_right(write_workbook(tmp_path / "book.xlsx", layout), engine)


@pytest.mark.parametrize("text", ["η = 0.1", "Learning rate: 0.1"])
def test_label_that_contradicts_the_updates_is_named(text: str, engine: Engine, tmp_path: Path) -> None:
    """A learning rate in words above a table whose updates use another one is a label that contradicts the numbers."""
    layout = replace(PLAIN, rate_label=text, rate_place=(9, 4), rate_offset=(-5, 30), rate_text="0.5")
    (fault,) = verify(write_workbook(tmp_path / "book.xlsx", layout), engine).faults
    assert (fault.kind, fault.cells, fault.value, fault.expected) == (Kind.LABEL, "D9", 0.1, 0.5)


def test_list_of_rates_contradicts_nothing(engine: Engine, tmp_path: Path) -> None:
    """A legend of several learning rates, in one text or side by side, is not that of the table below."""
    assert_right(
        write_workbook(
            tmp_path / "text.xlsx",
            replace(PLAIN, rate_label="learning rate = 0.1, 0.2, 0.5", rate_offset=(-5, 30), rate_text="0.5"),
        ),
        engine,
    )

    def numbers(sheet: Worksheet, _: Layout) -> None:
        sheet["F8"], sheet["G8"] = 0.2, 0.8

    listed = replace(PLAIN, rate=0.1, rate_text="0.5")
    assert_right(edited(tmp_path / "cells.xlsx", listed, numbers), engine)


def test_label_of_another_table_contradicts_nothing(engine: Engine, tmp_path: Path) -> None:
    """A label that is right of the table it stands over is not checked against the next one, which has none."""
    first = replace(PLAIN, rate=0.1, rate_text="0.1")
    second = replace(PLAIN.moved(rows=20), rate=0.2, rate_text="0.2", rate_label=None, rate_place=(1, 60))
    result = assert_right(write_workbook(tmp_path / "book.xlsx", first, second), engine, tables=2)
    assert [table.learning_rate for table in result.tables] == [0.1, 0.2]


@pytest.mark.parametrize("label", ["η", None])
@pytest.mark.parametrize("names", [("w1",), WEIGHTS], ids=["one", "all"])
def test_rate_that_drifts_is_the_first_one(
    names: tuple[str, ...], label: str | None, engine: Engine, tmp_path: Path
) -> None:
    """Updates without a `$` leave the learning rate behind: it is still that of the first, and they are wrong."""

    def drift(sheet: Worksheet, layout: Layout) -> None:
        for name in names:
            for k in range(1, layout.rows):
                cells = layout.cell(name, k - 1), layout.cell(GRADIENTS[name], k - 1)
                sheet[layout.cell(name, k)] = f"={cells[0]}-E{7 + k}*{cells[1]}"

    result = verify(edited(tmp_path / "book.xlsx", replace(PLAIN, rate_label=label), drift), engine)
    assert result.tables[0].learning_rate == 0.5
    assert {fault.label for fault in result.faults} == set(names)


@pytest.mark.parametrize("name", ["w1", "i1", "t2"])
def test_number_stored_as_text_is_one_finding(name: str, engine: Engine, tmp_path: Path) -> None:
    """A number that is typed as a text is named where it stands."""

    def as_text(sheet: Worksheet, layout: Layout) -> None:
        for k in range(layout.rows if name[0] in "it" else 1):
            sheet[layout.cell(name, k)] = "0.25"

    result = verify(edited(tmp_path / "book.xlsx", PLAIN, as_text), engine)
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.MISSING, PLAIN.cell(name, 0))]


def test_renamed_tab_of_the_same_rate_is_right(engine: Engine, tmp_path: Path) -> None:
    """A tab that is named after the learning rate of its table is right, in any spelling."""
    for name in ("LR 0.5", "lr=0.5", "eta_0.5", "η 0.5"):
        path = write_workbook(tmp_path / "book.xlsx", PLAIN, sheet=name)
        assert verdict(path, engine) == (Status.RIGHT, 1, 0, [])


def test_rate_that_drifts_into_a_text_is_one_finding(engine: Engine, tmp_path: Path) -> None:
    """A learning rate without its `$` that reaches the header is one wrong update, errors and all, and is mended."""

    def drift(sheet: Worksheet, layout: Layout) -> None:
        for k in range(1, layout.rows):
            cells = layout.cell("w1", k - 1), layout.cell(GRADIENTS["w1"], k - 1)
            sheet[layout.cell("w1", k)] = f"={cells[0]}-E{7 + k}*{cells[1]}"

    path = edited(tmp_path / "book.xlsx", PLAIN, drift)
    result = verify(path, engine)
    cells = f"{PLAIN.cell('w1', 1)}:{PLAIN.cell('w1', PLAIN.rows - 1)}"
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.WRONG_UPDATE, cells)]
    fixed = write_fixed(path, result, tmp_path / "mended.xlsx", engine)
    assert fixed.verdict is not None
    assert fixed.verdict.status is Status.RIGHT


def test_input_that_grows_from_row_to_row_is_mended(engine: Engine, tmp_path: Path) -> None:
    """An input taken over from the row above, times something, is one that changes; mended it is as it was."""

    def grow(sheet: Worksheet, layout: Layout) -> None:
        for k in range(1, layout.rows):
            sheet[layout.cell("i1", k)] = f"={layout.cell('i1', k - 1)}*1.1"

    path = edited(tmp_path / "book.xlsx", PLAIN, grow)
    result = verify(path, engine)
    first, last = PLAIN.cell("i1", 1), PLAIN.cell("i1", PLAIN.rows - 1)
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.CHANGED_INPUT, f"{first}:{last}")]
    assert result.faults[0].mend == f"={PLAIN.cell('i1', 0)}"
    fixed = write_fixed(path, result, tmp_path / "mended.xlsx", engine)
    assert fixed.verdict is not None
    assert fixed.verdict.status is Status.RIGHT


def test_typed_input_that_changes_has_no_formula_for_a_mend(engine: Engine, tmp_path: Path) -> None:
    """Where a column of inputs holds numbers, what is proposed for a wrong one is not a formula."""

    def change(sheet: Worksheet, layout: Layout) -> None:
        sheet[layout.cell("i1", 3)] = 0.3

    (fault,) = verify(edited(tmp_path / "book.xlsx", PLAIN, change), engine).faults
    assert (fault.kind, fault.mend, [repair.content for repair in fault.repairs]) == (Kind.CHANGED_INPUT, None, [0.05])


@pytest.mark.parametrize("form", ["ROWS(B$11:B12)", "RAND()"])
def test_numbers_that_may_be_any_are_taken_as_saved(form: str, engine: Engine, tmp_path: Path) -> None:
    """A count by ROWS, or random numbers beside the table, keep no workbook from being right; a note says so."""
    result = verify(write_workbook(tmp_path / "book.xlsx", replace(PLAIN, extra={"Step": form})), engine)
    taken = [note for note in result.notes if "taken as they were saved" in note]
    assert (result.status, len(taken)) == (Status.RIGHT, 1)


def test_formula_that_nobody_can_read_is_never_taken_for_right(engine: Engine, tmp_path: Path) -> None:
    """A target whose formula no engine reads is listed as not checked, though any number may stand there."""
    path = write_workbook(tmp_path / "book.xlsx", replace(PLAIN, formulas={"t1": "NOSUCH(1)"}))
    assert verify(path, engine).status is not Status.RIGHT


def test_columns_may_count_and_calculate_with_their_own_row(engine: Engine, tmp_path: Path) -> None:
    """A count by ROW() is checked like any column, and a loss that uses it and cancels it is right."""
    layout = replace(PLAIN, extra={"Step": "ROW()-11"}, formulas={"E1": "0.5*({t1}-{a_o1})^2*ROW()/ROW()"})
    result = verify(write_workbook(tmp_path / "book.xlsx", layout), engine)
    assert (result.status, result.unchecked) == (Status.RIGHT, ())
    assert not any("taken as" in note for note in result.notes)
    wrong = replace(PLAIN, formulas={"E1": "0.5*({t1}-{a_o1})^2*ROW()"})
    (fault,) = verify(write_workbook(tmp_path / "book.xlsx", wrong), engine).faults
    assert (fault.kind, fault.label, fault.mend) == (Kind.WRONG_FORWARD, "E1", "=0.5*(B11-S11)^2")
