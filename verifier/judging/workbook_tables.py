"""All training tables of a workbook: those that their labels tell, then those that only their formulas do."""

from collections.abc import Callable, Iterator, Mapping

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.recurrences import recurrent_tables
from verifier.judging.table_verdict import Judged, judge_table, judge_unlabelled
from verifier.judging.tables import find_tables
from verifier.reading.practice_marker import marker_of, without_checks
from verifier.values import Value


def judge_tables(formulas: Formulas, chain: Mapping[Cell, Value], progress: Callable[[str], None]) -> Iterator[Judged]:
    """Judge each table, sheet by sheet; `chain` holds the values of all formulas, recomputed."""
    exercise = marker_of(formulas.workbook)
    for number, sheet in enumerate(formulas.workbook.sheets):
        progress(f"checking {sheet.name}")
        labelled = find_tables(without_checks(sheet, number, exercise), number)
        for table in labelled:
            yield judge_table(table, formulas, chain)
        for table in recurrent_tables(number, formulas, labelled):
            judged = judge_unlabelled(table, formulas, chain)
            if judged is not None:
                yield judged
