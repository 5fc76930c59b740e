"""What reports say of a fault and of a workbook, whatever their format."""

from dataclasses import replace

import pytest

from tests.verifier.findings import (
    EVERY,
    FOUND,
    GOOD,
    GRADIENT,
    NOT_COMPUTED,
    PARTLY,
    RIGHT,
    STALE,
    TABLE,
    TYPED,
    UNREADABLE,
    UPDATE,
    WRONG,
)
from verifier import Finding, Kind, TableResult, WorkbookResult
from verifier.findings import Effect, Slip
from verifier.reports import wording
from verifier.reports.formula_diff import differing
from verifier.reports.plain import one_line, told_apart


def title(finding: Finding, table: TableResult | None = TABLE) -> str:
    return wording.title(wording.Fault(1, finding, table))


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (GRADIENT, "eta 0.5: wrong gradient ∂E_t/∂w3 (Z33:Z100, all 68 rows)"),
        (UPDATE, "eta 0.5: wrong update w3 (G34:G100, all 67 updates)"),
        (TYPED, "eta 0.5: constant where a formula belongs: E_total (W40, iteration 7)"),
        (
            replace(GRADIENT, cells="Z40:Z41", count=2, iteration=7),
            "eta 0.5: wrong gradient ∂E_t/∂w3 (Z40:Z41, 2 of 68 rows, the first in iteration 7)",
        ),
        (Finding(Kind.LABEL, "S", "the chart 'L'", 1, "m"), "S: label contradicts the numbers (the chart 'L')"),
        (Finding(Kind.MISSING, "S", "A40:H40", 8, "1 empty row"), "S: missing (A40:H40, 8 cells)"),
    ],
)  # fmt: skip
def test_title_says_sheet_what_cells_and_reach(finding: Finding, expected: str) -> None:
    """A fault's title names the sheet, what is wrong, the cells, and how much of the table that is."""
    assert title(finding) == expected


def test_reach_outside_the_tables_is_in_cells() -> None:
    """Where there is no table there are no rows to count."""
    assert title(STALE, None) == "Notes: stale cached value (B2:B4, 3 cells)"


def test_long_list_of_ranges_is_shortened_in_the_title() -> None:
    cells = ", ".join(f"A{k}" for k in range(1, 1000, 2))
    assert len(title(replace(TYPED, cells=cells, count=500))) < 200


@pytest.mark.parametrize(
    ("slip", "expected"),
    [
        (None, ["The formula is not that of ∂E_t/∂w3."]),
        (
            Slip("another unit's activation", "it uses a_h1", "replace J33 with L33"),
            ["Another unit's activation: it uses a_h1.", "Replace J33 with L33."],
        ),
        (Slip("a", "b.", "a_h1 belongs there"), ["A: b.", "a_h1 belongs there."]),
    ],
)
def test_explanation_is_sentences(slip: Slip | None, expected: list[str]) -> None:
    """The slip and the advice if there is one, else the message: with a capital, unless a label begins it."""
    assert wording.explanation(wording.Fault(1, replace(GRADIENT, slip=slip), TABLE)) == expected


def test_facts_have_an_order_and_numbers_in_full() -> None:
    """Formula found and right below each other, then what it gives and what is right, then the effect."""
    facts = {fact.name: fact.text for fact in wording.facts(GRADIENT)}
    assert list(facts) == ["found", "right is", "gives", "expected", "effect"]
    assert (facts["found"], facts["right is"]) == (FOUND, RIGHT)
    assert facts["gives"] == "0.0003518686651353938 in iteration 0"
    assert facts["expected"] == "0.0003517763215907322"
    assert "in one step, ∂E_t/∂w3 is off by up to 9.2e-08 (0.026 %)" in facts["effect"]
    assert "after the whole training, E_total is 0.02916668 instead of 0.02916669" in facts["effect"]


def test_typed_value_is_what_was_found() -> None:
    assert [(f.name, f.text) for f in wording.facts(TYPED)] == [("found", "0.2"), ("expected", "0.25")]


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (Effect(None, None, None, 0.5, 0.5), "after the whole training, E_total is 0.5, as it should be"),
        (Effect(None, None, None, None, 0.5), "after the whole training, E_total is no number instead of 0.5"),
        (Effect("∂E_t/∂w3", 1.5, None, None, None), "in one step, ∂E_t/∂w3 is off by up to 1.5"),
        (Effect("∂E_t/∂w3", 1.5, 2.0, None, None), "in one step, ∂E_t/∂w3 is off by up to 1.5 (200 %)"),
    ],
)
def test_effect_says_what_is_known(effect: Effect, expected: str) -> None:
    assert [fact.text for fact in wording.facts(replace(STALE, effect=effect))] == [expected]


def test_effect_of_which_nothing_is_known_is_not_mentioned() -> None:
    assert not list(wording.facts(replace(STALE, effect=Effect(None, None, None, None, None))))


@pytest.mark.parametrize(
    ("first", "second"),
    [(0.1 + 0.2, 0.3), (0.0291666802, 0.0291666809), (1.0, 2.0), (0.0, 5e-324), (float("inf"), 1.0)],
)
def test_numbers_that_differ_are_seen_to_differ(first: float, second: float) -> None:
    """Two losses get as many digits as it takes, and never fewer than six."""
    shown = told_apart(first, second)
    assert shown[0] != shown[1]
    assert [float(text) for text in shown] == pytest.approx([first, second], rel=1e-5, abs=0)


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (1 / 3, 2 / 3, ("0.333333", "0.666667")),
        (0.5, 0.5, ("0.5", "0.5")),
        (0.07916642312214675, 0.07916642312814675, ("0.07916642312215", "0.07916642312815")),
    ],
)
def test_numbers_have_no_more_digits_than_it_takes(first: float, second: float, shown: tuple[str, str]) -> None:
    assert told_apart(first, second) == shown


@pytest.mark.parametrize(
    ("result", "verdict", "gist"),
    [
        (GOOD, "all right; 1,831 formulas recomputed in 0.2 s", ""),
        (WRONG, "3 faults found; 3,665 formulas recomputed in 0.5 s", "wrong gradient ∂E_t/∂w3 (Z33:Z100)"),
        (UNREADABLE, "not checked: no such file", "no such file"),
        (
            PARTLY,
            "no fault found, but 3 formulas could not be checked; 1,828 formulas recomputed in 0.1 s",
            NOT_COMPUTED.reason,
        ),
    ],
)
def test_verdict_in_one_line_and_in_a_few_words(result: WorkbookResult, verdict: str, gist: str) -> None:
    assert wording.verdict(result) == verdict
    assert wording.first_fault(result) == gist


def test_totals_count_each_verdict() -> None:
    assert wording.totals(EVERY) == "4 workbooks: 1 right, 1 with faults, 2 not checked"
    assert wording.totals([GOOD]) == "1 workbook: 1 right"
    assert wording.totals([]) == "no workbook"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("∂E_t/∂w1 η 𝜕", "∂E_t/∂w1 η 𝜕"), ("a\nb\x1b[1m\u202e\x00", r"a\nb\x1b[1m\u202e\x00"), ("\ud800", r"\ud800")],
)
def test_one_line_shows_what_cannot_be_printed_by_its_escape(text: str, expected: str) -> None:
    """A text keeps its letters and signs; what would move a cursor, end a line or turn the writing is spelled out."""
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("found", "right", "marked"),
    [
        (FOUND, RIGHT, (["J33", "J33"], ["L33", "L33"])),
        ("=G33-G31*X33", "=G33-$G$31*X33", (["G31"], ["$G$31"])),
        ("=exp(a1) + 1", "=EXP(A1)+1", ([], [])),
        ("=A1", "=A1+B1", ([], ["+B1"])),
    ],
)
def test_formulas_are_marked_where_they_differ(found: str, right: str, marked: tuple[list[str], list[str]]) -> None:
    """The references that differ are marked and nothing else: blanks and capitals make no difference, dollars do."""
    for pieces, whole, expected in zip(differing(found, right), (found, right), marked, strict=True):
        assert "".join(piece.text for piece in pieces) == whole
        assert [piece.text for piece in pieces if piece.differs] == expected


def test_formulas_too_long_to_compare_are_shown_whole() -> None:
    """A formula made to cost time costs none: it is shown without marks."""
    found, right = differing("=" + "A1+" * 4000, "=" + "B1+" * 4000)
    assert ([piece.differs for piece in found], [piece.differs for piece in right]) == ([False], [False])


OTHER_TAB = replace(GRADIENT, sheet="eta 2.0", value=0.4, expected=0.3, effect=None)
TWO_TABS = replace(WRONG, tables=(TABLE, replace(TABLE, sheet="eta 2.0", findings=(OTHER_TAB,))), findings=())


def test_a_fault_that_tabs_share_is_told_once() -> None:
    """The same formula in the same cells of another tab is one fault, with the tabs; another fault stays its own."""
    shared, own = wording.faults_of(TWO_TABS)
    assert wording.title(shared) == "eta 0.5 and 1 more tab: wrong gradient ∂E_t/∂w3 (Z33:Z100, all 68 rows)"
    assert wording.explanation(shared)[-1] == "The same is on eta 2.0; the numbers below are those of eta 0.5."
    assert (own.number, own.finding, own.others) == (2, UPDATE, ())
    assert wording.verdict(TWO_TABS).startswith("2 faults found")


@pytest.mark.parametrize(
    "other",
    [
        replace(OTHER_TAB, formula="=1", mend=None),
        replace(OTHER_TAB, cells="Z34:Z101"),
        replace(OTHER_TAB, sheet="eta 0.5"),
    ],
    ids=["another formula", "other cells", "the same tab"],
)
def test_faults_that_differ_stay_apart(other: Finding) -> None:
    """Another formula, other cells, or the same tab again: two faults."""
    result = replace(TWO_TABS, tables=(replace(TABLE, findings=(GRADIENT,)), replace(TABLE, findings=(other,))))
    assert [fault.finding for fault in wording.faults_of(result)] == [GRADIENT, other]
