"""Cached values that are old are named, with both numbers; those that a writer's rounding explains are not."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from tests.verifier.hostile import formula_cell, parts_of, write_package
from verifier import Engine, Kind, WorkbookResult, verify
from verifier.reports import FORMATS

ResultOf = Callable[[str], WorkbookResult]


def number(address: str, value: float) -> str:
    return f'<c r="{address}"><v>{value!r}</v></c>'


def column(letter: str, formulas: Iterable[str], values: Iterable[float]) -> str:
    """Formulas one below the other, with their cached values, from row 2 on."""
    filled = enumerate(zip(formulas, values, strict=True), 2)
    return "".join(formula_cell(f"{letter}{row}", formula, repr(value)) for row, (formula, value) in filled)


@pytest.fixture
def result_of(engine: Engine, tmp_path: Path) -> ResultOf:
    """The verdict on a sheet of these cells."""

    def result(cells: str) -> WorkbookResult:
        return verify(write_package(tmp_path / "book.xlsx", parts_of(cells)), engine)

    return result


def stale(result: WorkbookResult) -> list[str]:
    assert {fault.kind for fault in result.faults} <= {Kind.STALE}
    return [fault.cells for fault in result.faults]


def ten_digits(value: float) -> float:
    """A number as Google Sheets writes it."""
    return 0.0 if abs(value) < 1e-10 else float(f"{value:.10g}")


def counted(length: int, restarts_at_one: bool) -> list[float]:
    """0.1 added up in doubles, from 0.1 on, and back to 0 after what Excel takes for 1, or never."""
    values = [0.0]
    for _ in range(length):
        ends = restarts_at_one and f"{values[-1]:.15g}" == "1"
        values.append(0.0 if ends else values[-1] + 0.1)
    return values[1:]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(counted(22, restarts_at_one=True), id="Excel"),
        pytest.param([round(value, 1) for value in counted(22, restarts_at_one=True)], id="LibreOffice"),
        pytest.param(counted(22, restarts_at_one=False), id="a program that compares doubles"),
    ],
)
def test_comparison_in_the_sixteenth_digit_makes_nothing_stale(result_of: ResultOf, values: Sequence[float]) -> None:
    """A count by 0.1 that starts again at 1, where doubles have 0.9999999999999999."""
    formulas = [f"IF(A{row - 1}=1,0,A{row - 1}+0.1)" for row in range(2, len(values) + 2)]
    assert stale(result_of(number("A1", 0.0) + column("A", formulas, values))) == []


def test_old_value_of_a_comparison_is_stale(result_of: ResultOf) -> None:
    """Where the numbers are further apart than fifteen digits, the branch is known."""
    cells = number("A1", 0.99) + formula_cell("B1", "IF(A1=1,0,A1+0.1)", "0") + formula_cell("C1", "A1*2", "1.98")
    assert stale(result_of(cells)) == ["B1"]


def test_sum_that_is_negligible_may_be_zero(result_of: ResultOf) -> None:
    """0.1*3-0.3 is 0 to LibreOffice and 5.6e-17 in doubles: the value that either has is not stale, any other is."""
    cells = number("A1", 0.1) + "".join(
        formula_cell(f"{column}1", "IF(A1*3-0.3=0,1,2)", value)
        for column, value in (("B", "1"), ("C", "2"), ("D", "3"))
    )
    assert stale(result_of(cells)) == ["D1"]


@pytest.mark.parametrize("text", ["rate 0.000001, 3 tabs", "rate 1E-06, 3 tabs", "rate 0,000001, 3 tabs"])
def test_number_that_a_text_spells_otherwise_is_not_stale(result_of: ResultOf, text: str) -> None:
    """Programs write small numbers in words each in its own way; another number, or another word, is an old value."""
    cells = number("A1", 1e-6) + number("A2", 3)
    for column, cached in (("B", text), ("C", text.replace("3", "4")), ("D", text.replace("tabs", "rows"))):
        formula = '<f>"rate "&amp;A1&amp;", "&amp;A2&amp;" tabs"</f>'
        cells += f'<c r="{column}1" t="str">{formula}<v>{cached}</v></c>'
    assert stale(result_of(cells)) == ["C1", "D1"]


def test_formula_without_a_value_among_others_is_stale(result_of: ResultOf) -> None:
    """A file that has the values of other formulas was not written without calculating."""
    cells = number("A1", 0.5) + formula_cell("B1", "A1*2", "1") + '<c r="C1"><f>A1*3</f></c>'
    (fault,) = result_of(cells).faults
    assert fault.message.startswith("in the file nothing; the formula gives 1.5")


def test_what_depends_on_a_circle_is_not_stale(result_of: ResultOf) -> None:
    """Its value hangs on how often the circle was calculated; what stands beside it is judged as always."""
    circle = formula_cell("A1", "B1+1", "7") + formula_cell("B1", "A1+1", "8")
    after = formula_cell("C1", "A1*2", "99") + formula_cell("D1", "SUM(C1:C1)+1", "98")
    assert stale(result_of(circle + after + formula_cell("E1", "2*3", "5"))) == ["E1"]


def normalised(values: Sequence[float], wrong: float = 0.0) -> str:
    """Numbers that converge, each from the one before, and where each is between the least and the largest."""
    written = list(map(ten_digits, values))
    least, largest = min(values), max(values)
    rows = range(2, len(values) + 1)
    first = number("A1", written[0])
    chain = column("A", [f"A{row - 1}-(A{row - 1}-1)*0.5" for row in rows], written[1:])
    span = [f"(A{row}-MIN(A$1:A${len(values)}))/(MAX(A$1:A${len(values)})-MIN(A$1:A${len(values)}))" for row in rows]
    return first + chain + column("B", span, [ten_digits((v - least) / (largest - least)) + wrong for v in values[1:]])


def converging(distance: float) -> list[float]:
    values = [1.0 + distance]
    for _ in range(20):
        values.append(values[-1] - (values[-1] - 1) * 0.5)
    return values


def test_ten_digits_of_near_numbers_make_nothing_stale(result_of: ResultOf) -> None:
    """Google Sheets writes ten digits of x; (x-MIN)/(MAX-MIN) of what is 1e-7 apart has three left."""
    assert stale(result_of(normalised(converging(1.23456789e-7)))) == []


def test_wrong_number_beyond_that_is_stale(result_of: ResultOf) -> None:
    """What is further off than the rounding explains is named."""
    assert stale(result_of(normalised(converging(0.25), wrong=0.01))) == ["B2:B21"]


def test_what_is_written_as_zero_makes_nothing_stale(result_of: ResultOf) -> None:
    """Google Sheets has 0.12345678909, 9e-11 and 0.9, and writes 0.1234567891, 0 and 0.9."""
    cells = formula_cell("B1", "A1-0.123456789", "0") + formula_cell("C1", "B1*10^10", "0.9")
    assert stale(result_of(number("A1", 0.1234567891) + cells)) == []


@pytest.mark.parametrize(("value", "told"), [("<v>0</v>", "zeros"), ("", "empty")])
def test_file_of_a_writer_that_calculates_nothing_has_a_note(result_of: ResultOf, value: str, told: str) -> None:
    """XlsxWriter writes 0 for every formula, openpyxl nothing: one note says so, and no cell is called stale."""
    cells = "".join(f'<c r="B{row}"><f>A{row}+1</f>{value}</c>' for row in range(1, 5))
    result = result_of(number("A1", 1.0) + cells)
    (note,) = result.notes
    assert (stale(result), result.cached, told in note) == ([], False, True)


def test_zeros_that_formulas_give_are_values(result_of: ResultOf) -> None:
    """A formula that gives 0 was calculated."""
    result = result_of(number("A1", 1.0) + formula_cell("B1", "A1-1"))
    assert (result.notes, result.cached) == ((), True)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_says_which_number_is_which(result_of: ResultOf, name: str) -> None:
    """The number in the file and the one that the formula gives are called that."""
    result = result_of(number("A1", 0.5) + formula_cell("B1", "A1/2", "0.3"))
    report = " ".join(FORMATS[name]([result], False).replace("\\.", ".").replace("\\;", ";").split())
    assert "in the file 0.3; the formula gives 0.25" in report.replace("In the", "in the")
    assert "expected 0.25" not in report
