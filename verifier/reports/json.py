"""Results as JSON for programs: full doubles, under a version of its layout."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from verifier.findings import Grade, Kind, PracticeResult, Status, WorkbookResult, overall_status

SCHEMA_VERSION = 3
_LEFT_OUT = {"places", "repairs", "other_formulas", "other_errors"}
_NAMES = {  # in the layout, of fields that are called otherwise here
    "distinct": "distinct_formulas", "diverged": "diverged_at", "absolute": "max_absolute", "relative": "max_relative",
    "cached": "cached_values", "opinion": "second_opinion",
}  # fmt: skip


def json_report(results: Sequence[WorkbookResult]) -> str:
    """The results as JSON; numbers are full doubles, and the layout is that of `schema_version`."""
    status = overall_status(results)
    data = {"schema_version": SCHEMA_VERSION, "status": status, "exit_status": int(status), "workbooks": results}
    return json.dumps(_plain(data), indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    """A value as JSON has it: a result with all its fields, a kind by its name, null for a number it cannot write."""
    if is_dataclass(value):
        own = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in _LEFT_OUT}
        return {_NAMES.get(name, name): _plain(part) for name, part in (own | _computed(value)).items()}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Status | Kind | Grade):
        return value.name.lower()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def _computed(value: object) -> dict[str, Any]:
    """What the layout has besides the fields."""
    match value:
        case WorkbookResult():
            formulas = sum(table.formulas for table in value.tables) + value.other_formulas
            return {"status": value.status, "formulas": formulas}
        case PracticeResult():
            return {"score": value.score, "of": len(value.blanks)}
    return {}
