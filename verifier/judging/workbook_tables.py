"""All training tables of a workbook that their labels tell."""

from collections.abc import Callable, Collection, Iterator, Mapping

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.table_verdict import Judged, judge_table
from verifier.judging.tables import find_tables
from verifier.values import Value


def judge_tables(
    formulas: Formulas, chain: Mapping[Cell, Value], progress: Callable[[str], None], graded: Collection[int]
) -> Iterator[Judged]:
    """Judge each table, sheet by sheet, but for those that are `graded`, by their numbers from 0.

    `chain` holds the values of all formulas, recomputed.
    """
    for number, sheet in enumerate(formulas.workbook.sheets):
        progress(f"checking {sheet.name}")
        for table in find_tables(sheet, number) if number not in graded else ():
            yield judge_table(table, formulas, chain)
