"""All training tables of a workbook that their labels tell."""

from collections.abc import Callable, Iterator, Mapping

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.table_verdict import Judged, judge_table
from verifier.judging.tables import find_tables
from verifier.reading.practice_marker import marker_of, without_checks
from verifier.values import Value


def judge_tables(formulas: Formulas, chain: Mapping[Cell, Value], progress: Callable[[str], None]) -> Iterator[Judged]:
    """Judge each table, sheet by sheet; `chain` holds the values of all formulas, recomputed."""
    exercise = marker_of(formulas.workbook)
    for number, sheet in enumerate(formulas.workbook.sheets):
        progress(f"checking {sheet.name}")
        for table in find_tables(without_checks(sheet, number, exercise), number):
            yield judge_table(table, formulas, chain)
