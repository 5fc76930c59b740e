"""The other engines themselves: they agree on right workbooks, and where they do not, both values are shown."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from sheetgen import generate
from tests.verifier.conftest import Books
from tests.verifier.networks import NAMES, PACKAGED, template
from verifier import Engine, Kind, Status, verify
from verifier.engines import Calculator, EngineError, calculator
from verifier.engines.libreoffice import LibreOffice
from verifier.engines.plain_book import PlainBook
from verifier.values import ExcelError

Ask = Callable[[], Calculator]
SECONDS = 600  # for one workbook, busy as the machine may be


def installed(name: str) -> Calculator:
    """The engine, with all the time that it may need; the test is skipped where it is not installed."""
    try:
        found = calculator(name)
    except EngineError as error:
        pytest.skip(str(error))
    assert found is not None
    return replace(found, seconds=SECONDS) if isinstance(found, LibreOffice) else found


ENGINES = [pytest.param("libreoffice", marks=pytest.mark.office), "formualizer"]
RANGES = (
    "=SUM('it''s'!A1:A6)", "=A1:A6*2", "=SUMPRODUCT(A1:A6,B1:B6)", "=INDEX(A1:B6,3,2)", "=VLOOKUP(3.5,A1:B6,2)",
    "=MATCH(4.5,A1:A6,0)", '=COUNTIF(A1:A6,">3")', "=STDEV.S(A1:A6)+MAX(B:B)", "=CONCAT(A1:A3)",
)  # fmt: skip
QUICK = [("formualizer", name) for name in NAMES]
PAIRS = [*QUICK, *(pytest.param("libreoffice", name, marks=pytest.mark.office) for name in PACKAGED)]


@pytest.mark.parametrize(("name", "network"), PAIRS)
def test_engines_agree_on_right_workbooks(
    name: str, network: str, generated: Books, engine: Engine, tmp_path: Path
) -> None:
    """A generated workbook is the same to every engine."""
    path = generated(network).write(tmp_path / "book.xlsx")
    result = verify(path, engine, second_opinion=installed(name))
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert result.opinion is not None
    assert result.opinion.formulas > 100


@pytest.mark.parametrize("name", ENGINES)
def test_engines_agree_on_a_training_that_diverges(name: str, engine: Engine, tmp_path: Path) -> None:
    """Numbers that grow beyond Excel's are errors to every engine, and the last digits before that no disagreement."""
    generate(template("linear output", iterations=40, rates=(30.0,)), tmp_path / "book.xlsx")
    result = verify(tmp_path / "book.xlsx", engine, second_opinion=installed(name))
    assert result.tables[0].diverged is not None
    assert (result.status, result.faults) == (Status.RIGHT, ())


@pytest.mark.parametrize("name", ENGINES)
def test_engines_agree_on_ranges_and_arrays(name: str, engine: Engine, tmp_path: Path) -> None:
    """Sums, array formulas of one cell and of several, and the one cell of a range that is meant: all are the same."""
    with xlsxwriter.Workbook(tmp_path / "book.xlsx", {"use_future_functions": True}) as book:
        sheet = book.add_worksheet("it's")
        for row in range(6):
            sheet.write_row(row, 0, [row + 1.5, 2.0 * row])
        for row, formula in enumerate(RANGES):
            sheet.write_formula(row, 2, formula)
        sheet.write_array_formula("D1:D6", "{=A1:A6*B1:B6}")
        sheet.write_array_formula("E1", "{=SUM(A1:A6*B1:B6)}")
        sheet.write_array_formula("F1:K2", "{=TRANSPOSE(A1:B6)}")
    result = verify(tmp_path / "book.xlsx", engine, second_opinion=installed(name))
    assert result.opinion is not None
    assert (result.opinion.formulas, result.opinion.differing) == (len(RANGES) + 6 + 1 + 12, 0)


# In Excel TRUE is not 1, as it is in LibreOffice; and FLOOR(-2.5,-2) is -2, which formualizer 0.13 takes for -4.
DIFFERENCES = [
    pytest.param("libreoffice", "=A1=TRUE", "FALSE", "LibreOffice computes TRUE", marks=pytest.mark.office),
    ("formualizer", "=FLOOR(-2.5*A1,-2)", "-2.0", "formualizer computes -4.0"),
]


@pytest.mark.parametrize(("name", "formula", "own", "theirs"), DIFFERENCES)
def test_known_difference_is_shown_where_it_stands(
    name: str, formula: str, own: str, theirs: str, engine: Engine, tmp_path: Path
) -> None:
    """A formula that an engine computes otherwise is named with both values, and what follows from it is not."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["C7"], book.active["D7"] = 1, formula, "=IF(C7,1,2)+C7"
    book.save(tmp_path / "book.xlsx")
    (fault,) = verify(tmp_path / "book.xlsx", engine, second_opinion=installed(name)).faults
    assert (fault.kind, fault.cells, fault.formula) == (Kind.DISAGREEMENT, "C7", formula)
    assert fault.message == f"`formulas` computes {own}, {theirs}"


@pytest.mark.parametrize("name", ENGINES)
def test_values_of_every_kind_come_back(name: str) -> None:
    """Numbers, texts, booleans and errors are constants and results; an empty cell counts as 0; zero has no sign."""
    constants = {(0, 1, 1): 0.1, (0, 2, 1): "ß<&>", (0, 3, 2): True, (1, 4, 1): ExcelError("#N/A")}
    cases = {
        "=A1*3": 0.1 * 3, '=A2&"!"': "ß<&>!", "=B3": True, "=Sheet2!A4": ExcelError("#N/A"), "=A99": 0.0, "=-A99": 0.0,
        "=1/0": ExcelError("#DIV/0!"), "=EXP(A1*9999)": ExcelError("#NUM!"), '=IF(B3,"","x")': "",
        "=SUM(A:A)": 0.1, "=STDEV.S(A1,A1)": 0.0, "=DATE(2020,1,1)": 43831.0, "=A1>1": False,
    }  # fmt: skip
    formulas = {(0, row, 5): formula for row, formula in enumerate(cases, 1)}
    values = installed(name).calculate(PlainBook(2, constants, formulas))
    found = {formula: values[cell] for cell, formula in formulas.items()}
    assert found == {formula: pytest.approx(v, rel=1e-14) if type(v) is float else v for formula, v in cases.items()}
    assert repr(found["=-A99"]) == "0.0"


def test_formula_that_formualizer_cannot_read_does_not_stop_the_rest() -> None:
    """A formula that the engine cannot read is an error in its cell; all others are calculated."""
    book = PlainBook(1, {(0, 1, 1): 2.0}, {(0, 2, 1): "=A1+*)", (0, 3, 1): "=A1*2", (0, 4, 1): "=A2+1"})
    values = installed("formualizer").calculate(book)
    assert values[0, 3, 1] == 4.0
    assert isinstance(values[0, 2, 1], ExcelError)
    assert isinstance(values[0, 4, 1], ExcelError)
