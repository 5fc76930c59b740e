"""Results as JUnit XML, which Jenkins, GitLab, Azure Pipelines and most CI systems show as tests.

There is no one standard; this keeps to what Jenkins' `junit-10.xsd` allows and pytest writes: a test suite a workbook;
in it a test case for each training table, one for all that is outside the tables, and one for each reason why
something could not be checked. A fault is a `failure`, what could not be checked an `error`; a case has one at most,
because some readers take only the first. What is noted besides is the suite's output.
"""

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from verifier.findings import BlankResult, Grade, Status, WorkbookResult
from verifier.reports import exercises, wording
from verifier.reports.plain import clipped, count, one_line
from verifier.reports.text import fault_lines, unchecked_lines

_LONGEST_MESSAGE = 300  # characters


def junit_report(results: Sequence[WorkbookResult]) -> str:
    """The results as JUnit XML, with an XML declaration; times are in seconds."""
    root = etree.Element("testsuites", name="backprop verify")
    root.extend(map(_suite, results))
    _count(root, sum(result.seconds for result in results))
    xml = etree.tostring(root, pretty_print=True, encoding="unicode").rstrip()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'


def _suite(result: WorkbookResult) -> etree._Element:
    path = one_line(str(result.path))
    suite = etree.Element("testsuite", name=path, file=path)
    suite.extend(_cases(result))
    for case in suite:
        case.set("classname", path)
    _count(suite, result.seconds)
    notes = wording.notes_on(result)
    if notes:
        etree.SubElement(suite, "system-out").text = "\n".join(map(one_line, notes))
    return suite


def _count(element: etree._Element, seconds: float) -> None:
    """Say how many cases there are within, and how long they took."""
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        element.set(name, f"{sum(1 for _ in element.iter(tag))}")
    element.set("time", f"{seconds:.3f}")


def _case(
    name: str, seconds: float = 0.0, outcome: str | None = None, kind: str = "", message: str = "",
    lines: Iterable[str] = (),
) -> etree._Element:  # fmt: skip
    """A test case; `outcome` is `failure`, `error`, or None where it passed."""
    case = etree.Element("testcase", name=one_line(name), time=f"{seconds:.3f}")
    if outcome is not None:
        message = clipped(one_line(message), _LONGEST_MESSAGE)
        etree.SubElement(case, outcome, type=kind, message=message).text = "\n".join(map(one_line, lines))
    return case


def _cases(result: WorkbookResult) -> Iterator[etree._Element]:
    faults = wording.faults_of(result)
    for blank in () if result.practice is None else result.practice.blanks:
        yield _blank_case(blank)
    for table in result.tables:
        inside = [fault for fault in faults if fault.is_in(table)]
        yield _judged(wording.table_name(table), table.seconds, inside, "failure")
    outside = [fault for fault in faults if fault.is_in(None)]
    if outside or result.problem is None:
        outcome = "failure" if result.status is Status.FAULTS else "error"
        yield _judged("outside the tables", 0.0, outside, outcome)
    if result.unchecked:
        message = f"{count(wording.unchecked_in(result), 'formula')} could not be checked"
        yield _case("every formula", 0.0, "error", "unchecked", message, unchecked_lines(result))
    if result.problem is not None:
        yield _case("the file", 0.0, "error", "not checked", result.problem, (result.problem,))


def _blank_case(blank: BlankResult) -> etree._Element:
    """A blank of an exercise: a failure where it is wrong or typed, an error where nothing can be said yet."""
    label, cells, grade, reason = exercises.blank_row(blank)
    outcome = {Grade.RIGHT: None, Grade.WRONG: "failure", Grade.HARD_CODED: "failure"}.get(blank.grade, "error")
    lines = (reason,) if reason else ()
    return _case(f"blank {label} ({cells})", 0.0, outcome, blank.grade.value, reason or grade, lines)


def _judged(name: str, seconds: float, faults: Sequence[wording.Fault], outcome: str) -> etree._Element:
    """A table or what is outside, which passes without a fault and otherwise has all of them."""
    if not faults:
        return _case(name, seconds)
    first = faults[0]
    more = f" and {count(len(faults) - 1, 'more fault')}" if len(faults) > 1 else ""
    return _case(name, seconds, outcome, first.finding.kind.value, f"{wording.title(first)}{more}", _body(faults))


def _body(faults: Sequence[wording.Fault]) -> Iterator[str]:
    for fault in faults[: wording.MOST_FAULTS]:
        yield from fault_lines(fault)
        yield ""
    if len(faults) > wording.MOST_FAULTS:
        yield f"… and {len(faults) - wording.MOST_FAULTS:,} more"
