"""Results made by hand, for the tests of the reports: each kind of verdict, and texts that mean harm."""

from dataclasses import replace
from pathlib import Path

from verifier import Finding, Kind, TableResult, Unchecked, WorkbookResult
from verifier.findings import Effect, Slip

FOUND = "=((R33-A33)*R33*(1-R33)*N33 + (T33-B33)*T33*(1-T33)*P33)*(J33*(1-J33))*C33"
RIGHT = "=((R33-A33)*R33*(1-R33)*N33+(T33-B33)*T33*(1-T33)*P33)*(L33*(1-L33))*C33"
SLIP = Slip(
    "another unit's activation", "it uses a_h1, but w3 feeds h2, whose activation is a_h2", "replace J33 with L33"
)
EFFECT = Effect("∂E_t/∂w3", 9.2e-8, 2.6e-4, 0.02916668, 0.02916669)
GRADIENT = Finding(
    Kind.WRONG_GRADIENT, "eta 0.5", "Z33:Z100", 68, "the formula is not that of ∂E_t/∂w3", "∂E_t/∂w3", 0,
    FOUND, 0.0003518686651353938, 0.0003517763215907322, RIGHT, SLIP, EFFECT,
)  # fmt: skip
UPDATE = Finding(
    Kind.WRONG_UPDATE, "eta 0.5", "G34:G100", 67, "the formula is not that of w3", "w3", 1,
    "=G33-$G$31*X33", 0.25, 0.3, "=G33-$G$31*Z33",
)  # fmt: skip
TYPED = Finding(
    Kind.CONSTANT, "eta 0.5", "W40", 1, "a typed value stands where E_total is computed", "E_total", 7, None, 0.2, 0.25
)
STALE = Finding(Kind.STALE, "Notes", "B2:B4", 3, "the value in the file is not what its formula gives")
TABLE = TableResult("eta 0.5", "A32:AE100", "2-2-2 sigmoid", 0.5, 68, 1828, 19, (), (GRADIENT, UPDATE), None, 0.25)

UNTOUCHED = replace(TABLE, sheet="eta 0.1", learning_rate=0.1, findings=())
GOOD = WorkbookResult(Path("right.xlsx"), 0.25, tables=(UNTOUCHED,), other_formulas=3)
WRONG = WorkbookResult(Path("class/wrong.xlsx"), 0.5, tables=(UNTOUCHED, TABLE), findings=(STALE,), other_formulas=9)
UNREADABLE = WorkbookResult(Path("no.xlsx"), 0.0, problem="no such file")
NOT_COMPUTED = Unchecked("S", "A1:A3", 3, "=NOW()", "NOW gives another value at every calculation")
PARTLY = WorkbookResult(Path("partly.xlsx"), 0.1, tables=(UNTOUCHED,), unchecked=(NOT_COMPUTED,))
EVERY = (GOOD, WRONG, UNREADABLE, PARTLY)

# What would act on whoever reads it in a terminal, a browser, a CI log, XML or a spreadsheet, if it got there as it is.
HARM = "<script>alert(1)</script>"
ESCAPES = "\x1b[2J\x00\r\n::error::gone\u202e\ud800"


def hostile(text: str) -> WorkbookResult:
    """A workbook in which everything that a person can name is named `text`."""
    finding = Finding(
        Kind.LABEL, text, text, 1, text, text, 1, f"={text}", text, text, f"={text}A1",
        Slip(text, text, text), Effect(text, 1.0, 1.0, 1.0, 1.0),
    )  # fmt: skip
    table = replace(TABLE, sheet=text, cells=text, network=text, findings=(finding,), diverged=1)
    unchecked = Unchecked(text, text, 1, text, text)
    return WorkbookResult(
        Path(text), 0.1, tables=(table,), findings=(finding,), unchecked=(unchecked,), notes=(text,), problem=text
    )


def with_faults(count: int, path: str = "many.xlsx") -> WorkbookResult:
    """A workbook with that many faults, each with a number in its message."""
    findings = tuple(Finding(Kind.STALE, "S", f"A{k}", 1, f"fault number {k}") for k in range(1, count + 1))
    return WorkbookResult(Path(path), 0.1, findings=findings)
