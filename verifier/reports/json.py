"""Results as JSON for programs: full doubles, under a version of its layout."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from verifier.findings import Finding, PracticeResult, TableResult, WorkbookResult, overall_status

SCHEMA_VERSION = 3


def json_report(results: Sequence[WorkbookResult]) -> str:
    """The results as JSON; numbers are full doubles, and the layout is that of `schema_version`."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "status": overall_status(results).name.lower(),
        "exit_status": int(overall_status(results)),
        "workbooks": [_workbook_data(result) for result in results],
    }
    return json.dumps(_finite(data), indent=2, allow_nan=False)


def _workbook_data(result: WorkbookResult) -> dict[str, Any]:
    return {
        "path": str(result.path),
        "status": result.status.name.lower(),
        "problem": result.problem,
        "seconds": result.seconds,
        "formulas": sum(table.formulas for table in result.tables) + result.other_formulas,
        "notes": list(result.notes),
        "cached_values": result.cached,
        "second_opinion": None if result.opinion is None else asdict(result.opinion),
        "practice": None if result.practice is None else _practice_data(result.practice),
        "tables": [_table_data(table) for table in result.tables],
        "findings": [_finding_data(finding) for finding in result.findings],
        "unchecked": [asdict(unchecked) for unchecked in result.unchecked],
    }


def _practice_data(practice: PracticeResult) -> dict[str, Any]:
    return {
        "sheet": practice.sheet,
        "score": practice.score,
        "of": len(practice.blanks),
        "changed": list(practice.changed),
        "blanks": [asdict(blank) | {"grade": blank.grade.name.lower()} for blank in practice.blanks],
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
        "training": None if table.training is None else asdict(table.training),
        "notes": list(table.notes),
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
    shown = replace(finding, places=frozenset(), repairs=())
    fields = {name: value for name, value in asdict(shown).items() if name not in ("places", "repairs")}
    return fields | {"kind": finding.kind.name.lower()}


def _finite(value: Any) -> Any:
    """The same data with null for each number that JSON cannot write."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
