"""Results as text for people, at most some hundred columns wide but for formulas, which stay whole to be copied."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from verifier.findings import ColumnResult, TableResult, WorkbookResult
from verifier.reports import exercises, wording
from verifier.reports.plain import clipped, count, one_line

_WIDTH = 100  # columns
_SIDE_BY_SIDE = 6  # tables whose differences are printed side by side
_NAME_WIDTH = 9  # of a fact: as wide as `right is`, and one more


def text_report(results: Sequence[WorkbookResult], show_all: bool = False, with_differences: bool = False) -> str:
    """The results as text, a paragraph a table; of several workbooks the right ones get one line, unless `show_all`.

    Several end in a summary: a line for each, in the order given, and the totals. `with_differences` adds how far each
    column is from the oracle, which is rounding where the workbook is right.
    """
    whole = show_all or with_differences or len(results) == 1
    blocks = [list(_workbook_lines(result, show_all, whole, with_differences)) for result in results]
    if len(results) > 1:
        blocks.append(list(_summary_lines(results)))
    return "\n".join(one_line(line) for line in _spaced(blocks))


def fault_lines(fault: wording.Fault) -> Iterator[str]:
    """One fault: its title, the explanation, and what is there and should be; texts are as the workbook has them."""
    yield f"{fault.number}. {wording.title(fault)}"
    for sentence in wording.explanation(fault):
        yield from wrap(sentence, _WIDTH - 5, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False)
    for fact in wording.facts(fault.finding):
        name, indent = f"   {fact.name:<{_NAME_WIDTH}} ", " " * (_NAME_WIDTH + 4)
        if fact.is_formula:
            yield f"{name}{fact.text}"
        else:
            yield from wrap(
                fact.text, _WIDTH - 2, initial_indent=name, subsequent_indent=indent,
                break_on_hyphens=False, break_long_words=False,
            )  # fmt: skip


def unchecked_lines(result: WorkbookResult) -> Iterator[str]:
    """The formulas that could not be checked, those of one reason together."""
    for group in result.unchecked:
        cells = f"{group.sheet}!{clipped(group.cells, _WIDTH)}"
        yield f"not checked: {cells} ({count(group.count, 'formula')}): {group.reason}"
        yield f"   {clipped(group.formula, 200)}"


def _spaced(blocks: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of all blocks, an empty one between two unless both are a single line."""
    for k, block in enumerate(blocks):
        if k and (len(blocks[k - 1]) > 1 or len(block) > 1):
            yield ""
        yield from block


def _workbook_lines(result: WorkbookResult, show_all: bool, whole: bool, with_differences: bool) -> Iterator[str]:
    yield f"{result.path}: {wording.verdict(result)}"
    yield from (f"  note: {note}" for note in wording.notes_on(result))
    if not (whole or result.status):
        return
    if result.practice is not None and result.practice.blanks:
        yield ""
        rows = [exercises.HEADINGS, *map(exercises.blank_row, result.practice.blanks)]
        yield from _aligned(rows, left={0, 1, 2, 3})
    if result.tables:
        yield ""
        yield from _table_lines(result.tables)
    outside = wording.outside_the_tables(result)
    if outside is not None:
        yield f"  {outside}"
    yield from (f"  {line}" for line in unchecked_lines(result))
    yield from _faults_lines(result, show_all)
    if with_differences and result.practice is None:  # what follows from a blank differs as long as it is empty
        yield from _difference_lines([table for table in result.tables if table.columns])


def _table_lines(tables: Sequence[TableResult]) -> Iterator[str]:
    yield from _aligned([wording.TABLE_HEADINGS, *map(wording.table_row, tables)], left={0, 1, 7})
    for remark in (remark for table in tables for remark in wording.remarks(table)):
        yield from wrap(remark, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _faults_lines(result: WorkbookResult, show_all: bool) -> Iterator[str]:
    shown, more = wording.shown_faults(result, show_all)
    for fault in shown:
        yield ""
        yield from (f"  {line}" for line in fault_lines(fault))
    if more:
        yield ""
        yield f"  … and {more:,} more; --all shows them"


def _summary_lines(results: Sequence[WorkbookResult]) -> Iterator[str]:
    yield from _aligned(wording.summary(results), left={0, 1, 3}, indent="")
    yield ""
    yield wording.totals(results)


def _difference_lines(tables: Sequence[TableResult]) -> Iterator[str]:
    """How each column differs from the oracle, some tables side by side; a column that never does is left out."""
    for k in range(0, len(tables), _SIDE_BY_SIDE):
        side = tables[k : k + _SIDE_BY_SIDE]
        by_label = [{column.label: column for column in table.columns} for table in side]
        labels = list(dict.fromkeys(label for columns in by_label for label in columns))
        differing = [name for name in labels if any(name in c and c[name].absolute for c in by_label)]
        yield ""
        yield "  largest difference of each column from the oracle, absolute and relative"
        rows = [("", *(table.sheet if _is_alone(table, tables) else table.cells for table in side))]
        rows += [
            (name, *(_difference(columns[name]) if name in columns else "" for columns in by_label))
            for name in differing
        ]
        yield from _aligned(rows, left={0})
        if len(differing) < len(labels):
            yield f"  none at all: {' '.join(name for name in labels if name not in differing)}"


def _is_alone(table: TableResult, tables: Sequence[TableResult]) -> bool:
    return sum(other.sheet == table.sheet for other in tables) == 1


def _difference(column: ColumnResult) -> str:
    return f"{column.absolute:.0e} {column.relative:.0e}" if column.absolute else "0     0    "


def _aligned(rows: Sequence[Sequence[str]], left: set[int], indent: str = "  ") -> Iterator[str]:
    """The rows as lines, each column as wide as its widest cell, to the right but for those in `left`."""
    rows = [[one_line(text) for text in row] for row in rows]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = (
            text.ljust(w) if k in left else text.rjust(w) for k, (text, w) in enumerate(zip(row, widths, strict=True))
        )
        yield indent + "  ".join(cells).rstrip()
