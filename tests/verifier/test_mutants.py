"""Change one thing in a right workbook: the verdict must name exactly that, and nothing else, every time."""

from pathlib import Path

import openpyxl
import pytest

from sheetgen import generate
from tests.verifier.book import Book, Cell, read_book
from tests.verifier.calculator import CircularError, cells_in
from tests.verifier.conftest import TAB, Books, Verify
from tests.verifier.mutants import GROUPS, OPERATIONS, Mutant, Table, find_table, formula_mutants
from tests.verifier.networks import NAMES, template
from verifier import Engine, Kind, Status, WorkbookResult, verify
from verifier.values import ExcelError

FEW, MANY = 2, 6  # mutants of each kind and network, in every run and in the slow one
LARGE = {"deep", "relu"}  # have half as many in every run


def few(name: str) -> int:
    return FEW // 2 if name in LARGE else FEW


def table_of(books: Books, name: str) -> Table:
    return find_table(books(name), template(name).network, TAB)


def mutated(book: Book, mutant: Mutant) -> Book:
    """The workbook with the change, recalculated unless the change is one of the cache, or makes a circle."""
    changed = book.changed(mutant.changes)
    if Kind.STALE in mutant.kinds:
        return changed
    try:
        return changed.recalculated()
    except CircularError:
        return book.changed({address: with_cache(book, address, cell) for address, cell in mutant.changes.items()})


def with_cache(book: Book, address: tuple[str, str], cell: Cell) -> Cell:
    """The cell with the cached value of the one that it replaces, if it is computed."""
    return cell if cell.formula is None else Cell(cell.formula, book.cells[address].value)


def complaint(result: WorkbookResult, mutant: Mutant) -> str | None:
    """What a verdict on a mutant gets wrong."""
    named = {(fault.sheet, cell) for fault in result.faults for cell in named_cells(fault.cells)}
    kinds = {fault.kind for fault in result.faults}
    if named != mutant.cells:
        return f"{mutant.name}: missed {sorted(mutant.cells - named)}, blamed {sorted(named - mutant.cells)}"
    if not kinds <= mutant.kinds or not kinds:
        return f"{mutant.name}: called {kinds}"
    if len(result.faults) > 1:
        return f"{mutant.name}: named {len(result.faults)} times"
    if mutant.mend is not None and result.faults[0].mend != mutant.mend:
        return f"{mutant.name}: mended by {result.faults[0].mend}"
    return None


def named_cells(cells: str) -> set[str]:
    try:
        return cells_in(cells)
    except ValueError:
        return {cells}  # a row of labels, or the name of a tab


def complaints(books: Books, verified: Verify, name: str, group: str, count: int) -> list[str]:
    table = table_of(books, name)
    mutants = GROUPS[group](table, count)
    answers = [complaint(verified(mutated(table.book, mutant)), mutant) for mutant in mutants]
    return [answer for answer in answers if answer is not None]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("group", GROUPS)
def test_every_mutant_is_named_where_it_stands(tables: Books, verified: Verify, name: str, group: str) -> None:
    """One change, recalculated: the verdict names its cells, calls its kind, and blames no other cell."""
    assert complaints(tables, verified, name, group, few(name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("group", GROUPS)
def test_every_mutant_of_a_larger_sample_is_named(tables: Books, verified: Verify, name: str, group: str) -> None:
    """The same of three times as many changes."""
    assert complaints(tables, verified, name, group, MANY) == []


@pytest.mark.parametrize("group", ["other_unit", "values", "columns"])
def test_a_mutant_among_all_sheets_is_named_where_it_stands(generated: Books, verified: Verify, group: str) -> None:
    """Explore, Steps, Check and Compare read the table: what a change does to their numbers is no fault of theirs."""
    assert complaints(generated, verified, "backprop", group, FEW // 2) == []


def test_there_are_at_least_300_mutants(tables: Books) -> None:
    """The harness is worth its name: 300 different mutants and more are tried in every run, the same ones each time."""
    mutants = {
        (name, mutant.name)
        for name in NAMES
        for group in GROUPS
        for mutant in GROUPS[group](table_of(tables, name), few(name))
    }
    assert len(mutants) >= 300


@pytest.mark.parametrize("name", NAMES)
def test_unchanged_workbook_is_right(generated: Books, verified: Verify, name: str) -> None:
    """Taking a workbook apart and writing it again is no change, so what mutants find is their own doing."""
    result = verified(generated(name).recalculated())
    assert (result.status, result.faults, result.unchecked, result.notes) == (Status.RIGHT, (), (), ())


@pytest.mark.parametrize("name", ["backprop", "relu"])
def test_mutants_with_old_cached_values_are_named_as_well(tables: Books, verified: Verify, name: str) -> None:
    """A changed formula over the old cached values: blamed is its cell alone, once, and not as stale too."""
    table = table_of(tables, name)
    wrong = []
    for operation in OPERATIONS:
        for mutant in formula_mutants(table, 2, operation):
            book = table.book.changed({a: with_cache(table.book, a, cell) for a, cell in mutant.changes.items()})
            result = verified(book)
            named = {(fault.sheet, cell) for fault in result.faults for cell in named_cells(fault.cells)}
            kinds = {fault.kind for fault in result.faults}
            if named != mutant.cells or not kinds <= mutant.kinds:
                wrong.append(f"{mutant.name}: {sorted(named)} {kinds}")
    assert wrong == []


def test_mutants_saved_by_openpyxl_are_named_without_staleness(
    generated: Books, engine: Engine, tmp_path: Path
) -> None:
    """openpyxl drops all cached values: that is a note, and the only fault is the changed formula."""
    table = table_of(generated, "backprop")
    path = tmp_path / "saved.xlsx"
    for operation in OPERATIONS[:6]:
        (mutant,) = formula_mutants(table, 1, operation)
        workbook = openpyxl.load_workbook(table.book.write(tmp_path / "book.xlsx"))
        for (sheet, address), cell in mutant.changes.items():
            workbook[sheet][address] = f"={cell.formula}"
        workbook.save(path)
        result = verify(path, engine)
        assert complaint(result, mutant) is None
        assert not result.cached


def test_a_tab_renamed_to_another_rate_is_a_note(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """No formula depends on the name `eta 0.2` of a tab whose learning rate is 0.5."""
    workbook = openpyxl.load_workbook(generated("backprop").write(tmp_path / "book.xlsx"))
    workbook[TAB].title = "eta 0.2"
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    cell.value = cell.value.replace("eta 0.5", "eta 0.2")
    workbook.save(tmp_path / "renamed.xlsx")
    result = verify(tmp_path / "renamed.xlsx", engine)
    assert result.faults == ()
    (table,) = (table for table in result.tables if table.sheet == "eta 0.2")
    assert table.notes == ("is named after a learning rate of 0.2; its table uses 0.5",)


def test_another_learning_rate_on_a_tab_is_no_fault(generated: Books, verified: Verify) -> None:
    """Start tells readers to type one: the table trains right with it, and the tab's name is a note."""
    table = table_of(generated, "backprop")
    result = verified(table.book.changed({(TAB, table.rate_cell): Cell(value=0.8)}).recalculated())
    assert result.faults == ()
    assert result.tables[0].learning_rate == 0.8
    assert result.tables[0].notes == ("is named after a learning rate of 0.5; its table uses 0.8",)


@pytest.mark.parametrize(
    ("one", "other"),
    [("w1", "w2"), ("a_h1", "a_h2"), ("∂E_t/∂w1", "∂E_t/∂w5"), ("t1", "t2"), ("i1", "i2"), ("o1", "o2")],
)
def test_labels_that_changed_places_are_named_and_nothing_else(
    generated: Books, verified: Verify, one: str, other: str
) -> None:
    """Two labels over each other's columns make many formulas look wrong; it is the two headers that are."""
    table = table_of(generated, "backprop")
    header = {name: table.address(name, table.header_row) for name in (one, other)}
    swapped = table.book.changed({header[one]: Cell(value=other), header[other]: Cell(value=one)})
    result = verified(swapped.recalculated())  # the labels at the top are formulas of these
    named = {(fault.kind, fault.sheet, fault.cells, fault.label) for fault in result.faults}
    assert named == {(Kind.LABEL, *header[one], one), (Kind.LABEL, *header[other], other)}


@pytest.mark.parametrize("label", ["∂E_t/∂w3", "a_h2", "E2"])
def test_deleted_column_is_missing_and_its_readers_are_errors(generated: Books, verified: Verify, label: str) -> None:
    """A column deleted as Excel does it: the label is missing, and every formula that read the column is `#REF!`."""
    table = table_of(generated, "backprop")
    letters = table.columns[label]
    changes = {table.address(label, row): Cell() for row in range(table.header_row, table.last_row + 1)}
    readers = {}
    for name, row in table.computed():
        formula = table.formula(name, row)
        if name != label and any(f"{letters}{k}" in formula for k in (row, row - 1)):
            text = formula.replace(f"{letters}{row}", "#REF!").replace(f"{letters}{row - 1}", "#REF!")
            readers[table.address(name, row)] = Cell(text)
    result = verified(table.book.changed(changes | readers).recalculated())
    missing = [fault for fault in result.faults if fault.kind is Kind.MISSING]
    assert [(fault.label, fault.cells) for fault in missing] == [(label, f"{table.header_row}:{table.header_row}")]
    errors = {(f.sheet, cell) for f in result.faults if f.kind is Kind.ERROR for cell in cells_in(f.cells)}
    assert errors == set(readers)
    assert len({fault.kind for fault in result.faults}) == 2


@pytest.mark.parametrize(
    ("label", "readers"), [("∂E_t/∂w3", [(Kind.WRONG_UPDATE, "w3")]), ("E_total", [])], ids=["gradient", "total"]
)
def test_column_emptied_with_its_label_is_missing(
    generated: Books, verified: Verify, label: str, readers: list[tuple[Kind, str]]
) -> None:
    """Without its label and its cells a column is missing, no other is called by its name; what reads it is wrong."""
    table = table_of(generated, "backprop")
    rows = range(table.header_row, table.last_row + 1)
    result = verified(table.book.changed({table.address(label, row): Cell() for row in rows}).recalculated())
    assert [(fault.kind, fault.label) for fault in result.faults] == [(Kind.MISSING, label), *readers]


def test_error_that_spreads_is_blamed_on_its_source(generated: Books, verified: Verify) -> None:
    """An error in a weight makes all rows below errors; the table still reaches to its last row."""
    table = table_of(generated, "backprop")
    address = table.address("w1", table.first_row + 2)
    result = verified(table.book.changed({address: Cell(value=ExcelError("#N/A"))}).recalculated())
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.ERROR, address[1])]
    assert result.tables[0].rows == len(table.rows)


def test_two_faults_are_named_in_dependency_order(generated: Books, verified: Verify) -> None:
    """The fault that comes first in the training stands first, whatever the order of the columns."""
    table = table_of(generated, "backprop")
    row = table.first_row + 4
    first, second = table.address("∂E_t/∂w8", row - 1), table.address("h1", row)
    changes = {second: Cell(table.formula("h1", row) + "*2"), first: Cell(table.formula("∂E_t/∂w8", row - 1) + "*2")}
    result = verified(table.book.changed(changes).recalculated())
    assert [(fault.sheet, fault.cells) for fault in result.faults] == [first, second]


def test_comparison_sheet_with_a_wrong_cached_value_is_stale(generated: Books, verified: Verify) -> None:
    """Formulas outside the tables are recomputed too, and checked against what the file says they give."""
    book = generated("backprop")
    address = ("Compare", "B7")
    result = verified(book.changed({address: Cell(book.cells[address].formula, 0.25)}))
    (fault,) = result.faults
    assert (fault.kind, fault.sheet, fault.cells, fault.value) == (Kind.STALE, "Compare", "B7", 0.25)
    assert fault.expected == pytest.approx(0.24251985734837728, rel=1e-15)


def test_every_other_tab_stays_right(engine: Engine, tmp_path: Path) -> None:
    """With two tabs, a fault in one leaves the verdict on the other as it was."""
    path = tmp_path / "two.xlsx"
    generate(template("backprop", rates=(0.5, 1.0)), path)
    table = find_table(read_book(path.read_bytes()), template("backprop").network, "eta 1.0")
    address = table.address("∂E_t/∂w3", table.first_row + 5)
    formula = table.formula("∂E_t/∂w3", table.first_row + 5).replace("(L38*(1-L38))", "(J38*(1-J38))")
    book = table.book.changed({address: Cell(formula)}).recalculated()
    result = verify(book.write(path), engine)
    assert [(t.sheet, len(t.findings)) for t in result.tables] == [("eta 0.5", 0), ("eta 1.0", 1)]
    assert [(fault.sheet, fault.cells) for fault in result.faults] == [address]
