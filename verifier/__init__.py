"""Workbook in, verdict out: recomputed with `formulas`, checked against an oracle in NumPy.

from verifier import verify

result = verify("backprop.xlsx")
print(result.status, result.faults)
"""

from verifier.computing.engine import Engine
from verifier.findings import (
    ColumnResult,
    Finding,
    Kind,
    Status,
    TableResult,
    Unchecked,
    WorkbookResult,
    overall_status,
)
from verifier.limits import Limits
from verifier.many import verify_many
from verifier.reports.json import json_report
from verifier.reports.text import text_report
from verifier.verification import verify

__all__ = [
    "ColumnResult",
    "Engine",
    "Finding",
    "Kind",
    "Limits",
    "Status",
    "TableResult",
    "Unchecked",
    "WorkbookResult",
    "json_report",
    "overall_status",
    "text_report",
    "verify",
    "verify_many",
]
