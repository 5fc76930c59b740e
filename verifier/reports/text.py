"""Results as text for people; nothing here decides anything."""

from collections.abc import Iterator, Sequence

from verifier.findings import ColumnResult, Finding, Status, TableResult, Unchecked, WorkbookResult
from verifier.values import Value

MOST_FINDINGS = 20  # of a workbook, unless all are asked for
_SIDE_BY_SIDE = 6  # tables whose differences are printed side by side
_WIDEST_CELLS = 100  # characters of a list of ranges


def text_report(results: Sequence[WorkbookResult], show_all: bool = False) -> str:
    """The results as text, one paragraph a table."""
    lines = [line for result in results for line in [*_workbook_lines(result, show_all), ""]]
    if len(results) > 1:
        lines.append(_summary(results))
    return "\n".join(lines).rstrip()


def _workbook_lines(result: WorkbookResult, show_all: bool) -> Iterator[str]:
    yield f"{result.path}: {_verdict(result)}"
    yield from (f"  note: the workbook {note}" for note in result.notes)
    if not result.cached and result.tables:
        yield "  note: the workbook has no cached values, so a viewer that does not calculate shows it empty"
    if result.tables:
        yield ""
        yield from _table_lines(result.tables)
    if result.other_formulas and not result.findings:
        compared = "as cached" if result.cached else "with no cached value to compare"
        yield f"  outside the tables: {_count(result.other_formulas, 'formula')}, {compared}"
    yield from _unchecked_lines(result.unchecked)
    yield from _fault_lines(result.faults, show_all)
    yield from _difference_lines([table for table in result.tables if table.columns])


def _verdict(result: WorkbookResult) -> str:
    if result.problem is not None and not result.faults:
        return f"not checked: {result.problem}"
    formulas = sum(table.formulas for table in result.tables) + result.other_formulas
    done = f"{_count(formulas, 'formula')} recomputed in {result.seconds:.1f} s"
    if result.faults:
        return f"{_count(len(result.faults), 'fault')} found; {done}"
    if result.unchecked:
        count = sum(unchecked.count for unchecked in result.unchecked)
        return f"no fault found, but {_count(count, 'formula')} could not be checked; {done}"
    return f"all right; {done}"


def _table_lines(tables: Sequence[TableResult]) -> Iterator[str]:
    rows = [("table", "network", "η", "rows", "formulas", "distinct", "seconds", "verdict")]
    rows += [
        (
            f"{table.sheet}!{table.cells}",
            table.network,
            _number(table.learning_rate),
            f"{table.rows:,}",
            f"{table.formulas:,}",
            f"{table.distinct:,}",
            f"{table.seconds:.2f}",
            _count(len(table.findings), "fault") if table.findings else "right",
        )
        for table in tables
    ]
    yield from _aligned(rows, left={0, 1, 7})
    for table in tables:
        if table.diverged is not None:
            yield f"  {table.sheet} diverges: from iteration {table.diverged:,} on its numbers are too large for Excel;"
            yield "  from there on its formulas are checked on random states alone"


def _fault_lines(faults: Sequence[Finding], show_all: bool) -> Iterator[str]:
    shown = faults if show_all else faults[:MOST_FINDINGS]
    for number, finding in enumerate(shown, 1):
        yield ""
        yield f"  {number}. {finding.sheet}: {finding.kind.value}: {finding.message}"
        yield from _finding_lines(finding)
    if len(faults) > len(shown):
        yield ""
        yield f"  … and {len(faults) - len(shown):,} more; --all shows them"


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


def _aligned(rows: Sequence[Sequence[str]], left: set[int]) -> Iterator[str]:
    """The rows as lines, each column as wide as its widest cell, to the right but for those in `left`."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = (
            text.ljust(w) if k in left else text.rjust(w) for k, (text, w) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + "  ".join(cells).rstrip()


def _finding_lines(finding: Finding) -> Iterator[str]:
    first = "" if finding.iteration is None else f"iteration {finding.iteration:,}"
    if finding.count > 1:
        first = f"{finding.count:,} cells, the first in {first}" if first else f"{finding.count:,} cells"
    cells = finding.cells if len(finding.cells) <= _WIDEST_CELLS else f"{finding.cells[:_WIDEST_CELLS]}…"
    rows = (
        ("cells", f"{cells} ({first})" if first else cells),
        ("found", finding.formula),
        ("gives" if finding.formula else "found", _value(finding.value)),
        ("expected", _value(finding.expected)),
        ("right is", finding.mend),
    )
    yield from (f"     {name:<9} {text}" for name, text in rows if text is not None)


def _unchecked_lines(groups: Sequence[Unchecked]) -> Iterator[str]:
    for group in groups:
        yield f"  not checked: {group.sheet}!{group.cells} ({_count(group.count, 'formula')}): {group.reason}"
        yield f"     {group.formula[:200]}"


def _summary(results: Sequence[WorkbookResult]) -> str:
    names = {Status.RIGHT: "right", Status.FAULTS: "with faults", Status.UNCHECKED: "not checked"}
    counts = [(sum(result.status is status for result in results), name) for status, name in names.items()]
    return f"{len(results):,} workbooks: " + ", ".join(f"{count:,} {name}" for count, name in counts if count)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:g}" if number == float(f"{number:g}") else repr(number)


def _value(value: Value) -> str | None:
    if value is None or value == "":
        return None
    return repr(value) if isinstance(value, float | bool) else str(value)
