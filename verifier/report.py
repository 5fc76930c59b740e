"""Results as text for people and as JSON for programs; nothing here decides anything."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from verifier.findings import Finding, Status, TableResult, Unchecked, WorkbookResult, overall_status
from verifier.values import Value

SCHEMA_VERSION = 1
MOST_FINDINGS = 20  # of a workbook, unless all are asked for
_PER_LINE = 3


def text_report(results: Sequence[WorkbookResult], show_all: bool = False) -> str:
    """The results as text, one paragraph a table."""
    lines = [line for result in results for line in [*_workbook_lines(result, show_all), ""]]
    if len(results) > 1:
        lines.append(_summary(results))
    return "\n".join(lines).rstrip()


def _workbook_lines(result: WorkbookResult, show_all: bool) -> Iterator[str]:
    if result.problem is not None and not result.tables:
        yield f"{result.path}: not checked: {result.problem}"
        if not result.faults:
            return
    else:
        yield f"{result.path}: {_verdict(result)}"
    for note in result.notes:
        yield f"  note: the workbook {note}"
    room = len(result.faults) if show_all else MOST_FINDINGS
    for table in result.tables:
        yield from _table_lines(table, room)
        room = max(0, room - len(table.findings))
    if result.findings:
        yield "  outside the tables"
        for finding in result.findings[:room]:
            yield from _finding_lines(finding)
    hidden = 0 if show_all else len(result.faults) - MOST_FINDINGS
    if hidden > 0:
        yield f"  … and {hidden:,} more; --all shows them"
    yield from _outside_lines(result)


def _verdict(result: WorkbookResult) -> str:
    formulas = sum(table.formulas for table in result.tables) + result.other_formulas
    done = f"{formulas:,} formulas recomputed in {result.seconds:.1f} s"
    if result.faults:
        return f"{_count(len(result.faults), 'fault')} found; {done}"
    if result.unchecked:
        count = sum(unchecked.count for unchecked in result.unchecked)
        return f"no fault found, but {_count(count, 'formula')} could not be checked; {done}"
    return f"all right; {done}"


def _table_lines(table: TableResult, room: int) -> Iterator[str]:
    verdict = _count(len(table.findings), "fault") if table.findings else "right"
    yield f"  {table.sheet}!{table.cells}: {verdict}"
    facts = [table.network] if table.network else []
    facts += [f"η = {_number(table.learning_rate)}"] if table.learning_rate is not None else []
    facts += [
        f"{table.rows:,} rows",
        f"{table.formulas:,} formulas, {table.distinct:,} distinct",
        f"{table.seconds:.2f} s",
    ]
    yield f"    {', '.join(facts)}"
    if table.diverged is not None:
        yield f"    diverges: from iteration {table.diverged:,} on numbers are too large for Excel;"
        yield "    from there the formulas are checked on random states alone"
    for finding in table.findings[:room]:
        yield from _finding_lines(finding)
    if table.columns:
        yield "    largest difference of each column from the oracle, absolute and relative:"
        yield from _difference_lines(table)


def _difference_lines(table: TableResult) -> Iterator[str]:
    exact = [column.label for column in table.columns if column.absolute == 0]
    others = [column for column in table.columns if column.absolute != 0]
    width = max((len(column.label) for column in others), default=0)
    for k in range(0, len(others), _PER_LINE):
        cells = (f"{c.label:<{width}} {c.absolute:7.1e} {c.relative:7.1e}" for c in others[k : k + _PER_LINE])
        yield "      " + "   ".join(cells)
    if exact:
        yield f"      none at all: {' '.join(exact)}"


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"    {finding.kind.value}: {finding.message}"
    first = "" if finding.iteration is None else f", iteration {finding.iteration:,}"
    first = f", the first{first}" if finding.count > 1 else first
    cells = finding.cells if len(finding.cells) <= 100 else f"{finding.cells[:100]}…"
    yield f"      cells      {cells} ({_count(finding.count, 'cell')}{first})"
    rows = (
        ("found", finding.formula),
        ("gives" if finding.formula else "found", _value(finding.value)),
        ("expected", _value(finding.expected)),
        ("right is", finding.mend),
    )
    for name, text in rows:
        if text is not None:
            yield f"      {name:<10} {text}"


def _outside_lines(result: WorkbookResult) -> Iterator[str]:
    if result.other_formulas and not any(finding.formula for finding in result.findings):
        yield f"  outside the tables: {_count(result.other_formulas, 'formula')}, as cached"
    for unchecked in result.unchecked:
        count = _count(unchecked.count, "formula")
        yield f"  not checked: {unchecked.sheet}!{unchecked.cells} ({count}): {unchecked.reason}"
        yield f"      {unchecked.formula[:200]}"


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


def json_report(results: Sequence[WorkbookResult]) -> str:
    """The results as JSON; numbers are full doubles, and the layout is that of `schema_version`."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "status": overall_status(results).name.lower(),
        "exit_status": int(overall_status(results)),
        "workbooks": [_workbook_data(result) for result in results],
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)


def _workbook_data(result: WorkbookResult) -> dict[str, Any]:
    return {
        "path": str(result.path),
        "status": result.status.name.lower(),
        "problem": result.problem,
        "seconds": result.seconds,
        "formulas": sum(table.formulas for table in result.tables) + result.other_formulas,
        "notes": list(result.notes),
        "tables": [_table_data(table) for table in result.tables],
        "findings": [_finding_data(finding) for finding in result.findings],
        "unchecked": [_unchecked_data(unchecked) for unchecked in result.unchecked],
    }


def _table_data(table: TableResult) -> dict[str, Any]:
    return {
        "sheet": table.sheet,
        "cells": table.cells,
        "network": table.network,
        "learning_rate": table.learning_rate,
        "rows": table.rows,
        "formulas": table.formulas,
        "distinct_formulas": table.distinct,
        "diverged_at": table.diverged,
        "seconds": table.seconds,
        "columns": [
            {
                "label": column.label,
                "cells": column.cells,
                "formulas": column.formulas,
                "max_absolute": column.absolute,
                "max_relative": column.relative,
            }
            for column in table.columns
        ],
        "findings": [_finding_data(finding) for finding in table.findings],
    }


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind.name.lower(),
        "message": finding.message,
        "sheet": finding.sheet,
        "cells": finding.cells,
        "count": finding.count,
        "label": finding.label,
        "iteration": finding.iteration,
        "formula": finding.formula,
        "value": _json_value(finding.value),
        "expected": _json_value(finding.expected),
        "mend": finding.mend,
    }


def _unchecked_data(unchecked: Unchecked) -> dict[str, Any]:
    return {
        "sheet": unchecked.sheet,
        "cells": unchecked.cells,
        "count": unchecked.count,
        "formula": unchecked.formula,
        "reason": unchecked.reason,
    }


def _json_value(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value
