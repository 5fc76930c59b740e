"""A fault explained: each typical slip is recognised, named, and mended in the workbook's own cells.

The cells are those of the layout that `foreign.Layout` has by default: t1 t2 i1 i2 in B to E, w1 to w4 in F to I, h1
a_h1 h2 a_h2 in J to M, w5 to w8 in N to Q, o1 a_o1 o2 a_o2 in R to U, E1 E2 E_total in V to X, the gradients in Y to
AF, in rows 11 to 22; the learning rate in AO8, with nothing below it.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import openpyxl
import pytest
from openpyxl.formula.translate import Translator

from tests.verifier.book import read_book
from tests.verifier.calculator import cells_in, evaluate, place_of
from tests.verifier.conftest import Books, Verify
from tests.verifier.foreign import FORMULAS, GRADIENTS, Layout, write_workbook
from tests.verifier.mutants import OPERATIONS, column_mutants, find_table, formula_mutants
from tests.verifier.networks import template
from tests.verifier.test_mutants import TAB, mutated
from tests.verifier.test_own_terms import NETWORKS as OWN_TERMS
from verifier import Engine, Finding, Status, verify
from verifier.findings import Slip

Content = float | str | None
FaultOf = Callable[[str], Finding]
FIRST, LAST = 11, 22  # rows
G = GRADIENTS
OUTPUT = "({a_o1}-{t1})*{a_o1}*(1-{a_o1})"  # the delta of o1


@dataclass(frozen=True)
class Case:
    """A slip in a workbook that is right otherwise: its name, what to do, and words of its explanation.

    In the advice, `{mend}` stands for the formula that is proposed.

    `formulas` are those of whole columns, `cells` the contents of single ones.
    """

    name: str
    advice: str
    words: tuple[str, ...] = ()
    formulas: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, Content] = field(default_factory=dict)


def swapped(label: str, old: str, new: str, count: int = -1) -> dict[str, str]:
    """The formula of a column with another text in the place of one."""
    assert old in FORMULAS[label]
    return {label: FORMULAS[label].replace(old, new, count)}


def updates(letters: str, text: Callable[[int], str]) -> dict[str, Content]:
    """An update column filled with formulas of their own."""
    return {f"{letters}{row}": text(row) for row in range(FIRST + 1, LAST + 1)}


CASES = {
    "another unit's activation": Case(
        "another unit's activation", "replace K11 with M11 everywhere in the formula, then fill AA11 down to AA22",
        ("∂E_t/∂w3 uses a_h1·(1−a_h1)", "the derivative of h2's unit is a_h2·(1−a_h2)"),
        swapped(G["w3"], "{a_h2}", "{a_h1}"),
    ),
    "another unit's activation, as a source": Case(
        "another unit's activation", "replace M11 with K11, then fill AC11 down to AC22",
        ("w5 leads from a_h1 to o1, so a_h1 is a factor of its gradient",), swapped(G["w5"], "{a_h1}", "{a_h2}"),
    ),
    "net input for activation": Case(
        "net input instead of activation", "replace R11 with S11, then fill AD11 down to AD22", (),
        {G["w6"]: "({o1}-{t1})*{a_o1}*(1-{a_o1})*{a_h2}"},
    ),
    "activation for net input": Case(
        "activation instead of net input", "replace M11 with R11, then fill S11 down to S22",
        ("a_o1 is the sigmoid of o1",), {"a_o1": "1/(1+EXP(-{a_h2}))"},
    ),
    "another weight": Case(
        "another weight", "replace O11 with N11, then fill Y11 down to Y22", ("h1's unit reaches o1 through w5",),
        swapped(G["w1"], "{w5}", "{w6}"),
    ),
    "transposed weights": Case(
        "transposed weights", "swap O11 and N11, then fill R11 down to R22", ("o1 is w5·a_h1+w6·a_h2",),
        {"o1": "{w6}*{a_h1}+{w5}*{a_h2}"},
    ),
    "another input": Case(
        "another input", "replace E11 with D11, then fill AA11 down to AA22", ("i1 is a factor of its gradient",),
        swapped(G["w3"], "{i1}", "{i2}"),
    ),
    "another target": Case(
        "another target", "replace B11 with C11, then fill AF11 down to AF22", ("the error of o2 is a_o2−t2",),
        swapped(G["w8"], "{t2}", "{t1}"),
    ),
    "another output's loss": Case(
        "another output's loss", "replace the second V11 with W11, then fill X11 down to X22", ("E_total is E1+E2",),
        {"E_total": "{E1}+{E1}"},
    ),
    "a neighbour's gradient": Case(
        "a neighbour's gradient in the update", "replace Y11 with AA11, then fill H12 down to H22",
        ("w3 uses ∂E_t/∂w1",), {}, updates("H", lambda row: f"=H{row - 1}-$AO$8*Y{row - 1}"),
    ),
    "a neighbour's weight": Case(
        "a neighbour's weight in the update", "replace F11 with G11, then fill G12 down to G22",
        ("w2 uses w1",), {}, updates("G", lambda row: f"=F{row - 1}-$AO$8*Z{row - 1}"),
    ),
    "too early": Case(
        "weight updated too early", "replace N16 with N15", ("w5 of the row below, which is already updated",),
        {}, {"Y15": "=((S15-B15)*S15*(1-S15)*N16+(U15-C15)*U15*(1-U15)*P15)*K15*(1-K15)*D15"},
    ),
    "another row": Case(
        "another row's value", "replace K14 with K15", ("a_h1 of the row above",), {},
        {"AC15": "=(S15-B15)*S15*(1-S15)*K14"},
    ),
    "frozen": Case(
        "frozen reference", "replace R$11 with R15", ("R$11, which the $ holds in its row",), {},
        {"S15": "=1/(1+EXP(-R$11))"},
    ),
    "loose rate": Case(
        "learning rate without its $", "replace AO8 with $AO$8, then fill F12 down to F22",
        ("whose row has no $", "drifts (AO8, AO9, …)"), {},
        updates("F", lambda row: f"=F{row - 1}-AO{row - 4}*Y{row - 1}"),
    ),
    "half-anchored rate": Case(
        "learning rate without its $", "replace $AO8 with $AO$8, then fill F12 down to F22", ("whose row has no $",),
        {}, updates("F", lambda row: f"=F{row - 1}-$AO{row - 4}*Y{row - 1}"),
    ),
    "rate that drifted to the side": Case(
        "learning rate without its $", "replace AP$8 with $AO$8, then fill G12 down to G22", ("whose column has no $",),
        {}, updates("G", lambda row: f"=G{row - 1}-AP$8*Z{row - 1}"),
    ),
    "typed rate": Case(
        "learning rate typed into the formula", "replace 0.5 with $AO$8, then fill F12 down to F22",
        ("does not follow η",), {}, updates("F", lambda row: f"=F{row - 1}-0.5*Y{row - 1}"),
    ),
    "another rate": Case(
        "another cell for the learning rate", "replace $H$8 with $AO$8, then fill F12 down to F22",
        ("the other updates use $AO$8",), {}, {"H8": 0.5, **updates("F", lambda row: f"=F{row - 1}-$H$8*Y{row - 1}")},
    ),
    "gradient ascent": Case(
        "gradient ascent", "write F11-$AO$8*Y11 instead of F11+$AO$8*Y11, then fill F12 down to F22", ("climbs",), {},
        updates("F", lambda row: f"=F{row - 1}+$AO$8*Y{row - 1}"),
    ),
    "flipped sign": Case(
        "flipped sign", "write S11-B11 instead of S11+B11, then fill AC11 down to AC22", ("a_o1+t1 where a_o1−t1",),
        swapped(G["w5"], "({a_o1}-", "({a_o1}+"),
    ),
    "EXP without its minus": Case(
        "flipped sign", "write -J11 instead of J11, then fill K11 down to K22", ("a_h1 has h1 where −h1 belongs",),
        {"a_h1": "1/(1+EXP({h1}))"},
    ),
    "missing parentheses": Case(
        "missing parentheses", "put 1-S11 in parentheses, then fill AC11 down to AC22", ("around 1−a_o1",),
        swapped(G["w5"], "(1-{a_o1})", "1-{a_o1}"),
    ),
    "superfluous parentheses": Case(
        "superfluous parentheses", "leave out the parentheses around F11-$AO$8, then fill F12 down to F22", (), {},
        updates("F", lambda row: f"=(F{row - 1}-$AO$8)*Y{row - 1}"),
    ),
    "wrong operator": Case(
        "wrong operator", "write =F11*D11+G11*E11, then fill J11 down to J22", ("has / where * belongs",),
        {"h1": "{w1}/{i1}+{w2}*{i2}"},
    ),
    "derivative forgotten": Case(
        "missing factor", "multiply the formula by (S11*(1-S11)), then fill AD11 down to AD22",
        ("∂E_t/∂w6 lacks the factor a_o1·(1−a_o1)",), {G["w6"]: "({a_o1}-{t1})*{a_h2}"},
    ),
    "1-a forgotten": Case(
        "missing factor", "multiply the formula by (1-S11), then fill AC11 down to AC22",
        ("∂E_t/∂w5 lacks the factor 1−a_o1",), {G["w5"]: "({a_o1}-{t1})*{a_o1}*{a_h1}"},
    ),
    "input forgotten": Case(
        "missing factor", "multiply the formula by D11, then fill AA11 down to AA22", ("lacks the factor i1",),
        {G["w3"]: FORMULAS[G["w3"]].removesuffix("*{i1}")},
    ),
    "half forgotten": Case(
        "missing factor", "multiply the formula by 0.5, then fill V11 down to V22", ("E1 lacks the factor 0.5",),
        {"E1": "({t1}-{a_o1})^2"},
    ),
    "only one output's error": Case(
        "missing term",
        "write (S11-B11)*S11*(1-S11)*N11+((U11-C11)*U11*(1-U11))*P11 instead of (S11-B11)*S11*(1-S11)*N11, "
        "then fill Y11 down to Y22",
        ("lacks the term (a_o2−t2)·a_o2·(1−a_o2)·w7",),
        {G["w1"]: "(({a_o1}-{t1})*{a_o1}*(1-{a_o1})*{w5})*{a_h1}*(1-{a_h1})*{i1}"},
    ),
    "superfluous factor": Case(
        "superfluous factor", "leave out *N11, then fill AC11 down to AC22",
        ("∂E_t/∂w5 has w5, which does not belong there",), {G["w5"]: OUTPUT + "*{a_h1}*{w5}"},
    ),
    "superfluous term": Case(
        "superfluous term", "leave out +N11, then fill X11 down to X22", (), {"E_total": "{E1}+{E2}+{w5}"},
    ),
    "superfluous exponent": Case(
        "superfluous exponent", "write S11 instead of S11^2, then fill AC11 down to AC22", (),
        {G["w5"]: "({a_o1}-{t1})*{a_o1}^2*(1-{a_o1})*{a_h1}"},
    ),
    "wrong constant": Case(
        "wrong constant", "replace 0.4 with 0.5, then fill V11 down to V22", (), {"E1": "0.4*({t1}-{a_o1})^2"},
    ),
    "wrong exponent": Case(
        "wrong exponent", "replace 3 with 2, then fill V11 down to V22", (), {"E1": "0.5*({t1}-{a_o1})^3"},
    ),
    "rounding": Case(
        "rounding", "leave out ROUND: write (S11-B11)*S11*(1-S11)*K11 instead of ROUND((S11-B11)*S11*(1-S11)*K11,4), "
        "then fill AC11 down to AC22", ("rounds with ROUND",), {G["w5"]: f"ROUND({OUTPUT}*{{a_h1}},4)"},
    ),
    "rounding within": Case(
        "rounding", "leave out TRUNC: write J11 instead of TRUNC(J11,3), then fill K11 down to K22", (),
        {"a_h1": "1/(1+EXP(-TRUNC({h1},3)))"},
    ),
    "another column's formula": Case(
        "another column's formula", "write {mend}, then fill AF11 down to AF22",
        ("∂E_t/∂w8 has the formula of ∂E_t/∂w5",), {G["w8"]: FORMULAS[G["w5"]]},
    ),
    "copied from the side": Case(
        "formula copied from another column", "write {mend}, then fill AD11 down to AD22",
        ("∂E_t/∂w6 has, moved along, the formula of ∂E_t/∂w5",),
        {G["w5"]: OUTPUT + "*{a_h1}", G["w6"]: "({o2}-{t2})*{o2}*(1-{o2})*{h2}"},
    ),
    "another activation function": Case(
        "another activation function", "write {mend}, then fill M11 down to M22", ("tanh(h2)",),
        {"a_h2": "TANH({h2})"},
    ),
    "deleted cell": Case(
        "reference to a deleted cell", "replace #REF! with K11, then fill AC11 down to AC22", ("a_h1 belongs there",),
        swapped(G["w5"], "{a_h1}", "#REF!"),
    ),
    "division by zero": Case(
        "division by zero", "divide by something else than (B11-B11)", ("E1 divides by (t1−t1), which is 0",),
        {"E1": "0.5*({t1}-{a_o1})^2/({t1}-{t1})+1/3*{w1}"},
    ),
    "empty from a row on": Case(
        "not filled to the end", "fill X14 down to X22",
        ("E_total is filled down to row 14, and the table goes on to row 22",),
        {}, {f"X{row}": None for row in range(15, 23)},
    ),
    "empty column": Case(
        "empty column", "write {mend} into X11 and fill it down to X22", (), {},
        {f"X{row}": None for row in range(11, 23)},
    ),
    "text": Case(
        "text instead of a number", "write {mend} into X15", ("X15 holds the text 'n/a'",), {}, {"X15": "n/a"},
    ),
    "typed number": Case(
        "typed number", "write {mend} into X15", ("not what the formula gives",), {}, {"X15": 0.125},
    ),
}  # fmt: skip


def write_slip(case: Case, path: Path) -> Path:
    write_workbook(path, Layout(formulas=case.formulas, rate_place=(8, 40)))
    write_cells(path, case.cells)
    return path


def faults_with(case: Case, path: Path, engine: Engine) -> tuple[Finding, ...]:
    return verify(write_slip(case, path), engine).faults


@pytest.fixture(scope="module")
def fault_of(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> FaultOf:
    """The only fault of the workbook with a slip, by the slip's key."""
    folder = tmp_path_factory.mktemp("slips")

    @cache
    def fault(key: str) -> Finding:
        (found,) = faults_with(CASES[key], folder / f"{len(list(folder.iterdir()))}.xlsx", engine)
        return found

    return fault


def write_cells(path: Path, cells: Mapping[str, Content]) -> None:
    workbook = openpyxl.load_workbook(path)
    for address, content in cells.items():
        workbook.worksheets[0][address] = content
    workbook.save(path)


def slip_of(faults: Sequence[Finding]) -> Slip:
    """The slip of the only fault."""
    assert len(faults) == 1
    assert faults[0].slip is not None
    return faults[0].slip


@pytest.mark.parametrize("key", CASES)
def test_slip_is_named_with_what_to_do_in_the_workbooks_own_cells(key: str, fault_of: FaultOf) -> None:
    """A workbook with one slip has one fault; its slip has the name, the advice and the words of the explanation."""
    case = CASES[key]
    fault = fault_of(key)
    slip = slip_of([fault])
    advice = case.advice.format(mend=fault.mend)
    assert (slip.name, slip.advice) == (case.name, advice)
    for words in case.words:
        assert words in slip.explanation


@pytest.mark.parametrize("key", [key for key in CASES if CASES[key].name != "division by zero"])
def test_workbook_is_right_once_the_advice_is_followed(
    key: str, fault_of: FaultOf, engine: Engine, tmp_path: Path
) -> None:
    """The formula that the slip leads to, filled into all cells of the fault as a spreadsheet fills it, is right."""
    fault = fault_of(key)
    formula = slip_of([fault]).formula
    assert formula is not None
    first, *_ = cells = sorted(cells_in(fault.cells), key=place_of)
    filled = {cell: Translator(formula, first).translate_formula(cell) for cell in cells}
    path = write_slip(CASES[key], tmp_path / "book.xlsx")
    write_cells(path, filled)
    result = verify(path, engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())


@pytest.mark.parametrize(
    "key", [key for key in CASES if re.match("replace (?!the )|write .* instead", CASES[key].advice)]
)
def test_advice_as_it_is_written_leads_to_the_right_formula(key: str, fault_of: FaultOf) -> None:
    """Replacing in the formula as found, in all places, what the advice names gives the formula that is right."""
    fault = fault_of(key)
    slip = slip_of([fault])
    assert fault.formula is not None
    advice = slip.advice.partition(", then fill")[0]
    verb, one, _, *_, other = advice.removesuffix(" everywhere in the formula").split()
    old, new = (one, other) if verb == "replace" else (other, one)
    assert re.sub(rf"(?<![\w$.]){re.escape(old)}(?![\w.])", lambda _: new, fault.formula) == slip.formula


def test_one_of_several_equal_references_is_counted(engine: Engine, tmp_path: Path) -> None:
    """Where the formula has a cell several times and only some of them are wrong, the advice says which."""
    case = Case("", "", formulas={G["w6"]: "({a_o1}-{t1})*{a_o1}*(1-{a_h2})*{a_h2}"})
    slip = slip_of(faults_with(case, tmp_path / "book.xlsx", engine))
    assert slip.advice == "replace the first M11 with S11, then fill AD11 down to AD22"


@pytest.mark.parametrize(("digits", "said"), [(17, "exactly"), (6, "to 6 digits")])
def test_pasted_values_are_told_from_other_numbers(digits: int, said: str, engine: Engine, tmp_path: Path) -> None:
    """Numbers that are what the formulas give, in full or rounded, are pasted values, and the digits are counted."""
    book = read_book(write_workbook(tmp_path / "right.xlsx", Layout()).read_bytes()).recalculated()
    values = {f"U{row}": book.cells["Sheet1", f"U{row}"].value for row in range(15, 23)}
    case = Case("", "", cells={cell: float(f"{value:.{digits}g}") for cell, value in values.items()})
    slip = slip_of(faults_with(case, tmp_path / "book.xlsx", engine))
    assert slip.name == "pasted values"
    assert f"what the formula gives, {said}" in slip.explanation
    assert slip.advice == "write =1/(1+EXP(-T15)) into U15 and fill it down to U22"


@pytest.mark.parametrize(
    "formulas",
    [
        {G["w5"]: "({o1}-{t1})*{a_o1}*(1+{a_o1})*{a_h1}"},
        {"h1": "{w1}*{w1}+2*{w2}*{i2}"},
        {"E1": "LN({t1})*{a_o1}+COS({a_o1})"},
        {G["w1"]: "SUM({w1}:{w4})*{i1}"},
    ],
)  # fmt: skip
def test_nothing_is_guessed(formulas: Mapping[str, str], engine: Engine, tmp_path: Path) -> None:
    """A formula that no single edit makes right has no slip."""
    faults = faults_with(Case("", "", formulas=formulas), tmp_path / "book.xlsx", engine)
    assert [fault.slip for fault in faults] == [None]


def test_what_is_right_by_coincidence_is_no_repair(engine: Engine, tmp_path: Path) -> None:
    """Where both inputs are the same number either gives the right gradient, and only the one that belongs is named."""
    cells = {f"D{row}": 0.1 for row in range(FIRST, LAST + 1)}  # i1, as i2 is
    back = f"({OUTPUT}*{{w6}}+{OUTPUT.replace('1}', '2}')}*{{w8}})*{{a_h2}}*(1-{{a_h2}})"
    case = Case("", "", formulas={G["w4"]: f"{{t2}}*{back}"}, cells=cells)
    slip = slip_of(faults_with(case, tmp_path / "book.xlsx", engine))
    assert slip.advice == "replace the first C11 with E11, then fill AB11 down to AB22"


def test_ten_wrong_columns_are_all_explained(engine: Engine, tmp_path: Path) -> None:
    """Each of many wrong columns has its own slip: a fault in one does not hide that in another."""
    formulas = {G[f"w{k}"]: FORMULAS[G[f"w{k}"]].replace("1-{a_", "1+{a_", 1) for k in range(1, 9)}
    formulas |= {"E1": "0.4*({t1}-{a_o1})^2", "a_o2": "1/(1+EXP({o2}))"}
    faults = faults_with(Case("", "", formulas=formulas), tmp_path / "book.xlsx", engine)
    names = [fault.slip.name for fault in faults if fault.slip]
    assert names == ["flipped sign", "wrong constant", *["flipped sign"] * 8]


def test_reason_is_given_only_where_it_holds(engine: Engine, tmp_path: Path) -> None:
    """With the cross entropy for a loss, the errors of the outputs are no reason; how the units hang together is."""
    formulas = dict(OWN_TERMS["cross entropy"])
    formulas[G["w5"]] = formulas[G["w5"]].replace("{t1}", "{t2}")
    formulas[G["w8"]] = formulas[G["w8"]].replace("{a_h2}", "{a_h1}")
    faults = faults_with(Case("", "", formulas=formulas), tmp_path / "book.xlsx", engine)
    assert [(fault.slip.name, fault.slip.explanation) for fault in faults if fault.slip] == [
        ("another target", "∂E_t/∂w5 uses t2; t1 belongs there"),
        (
            "another unit's activation",
            "∂E_t/∂w8 uses a_h1; w8 leads from a_h2 to o2, so a_h2 is a factor of its gradient",
        ),
    ]


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("deep", "three hidden tanh", "linear output")]


@pytest.mark.parametrize("name", ["backprop", "mazur", "relu", *SLOW])
def test_slips_of_mutants_lead_to_formulas_that_mean_the_same(tables: Books, verified: Verify, name: str) -> None:
    """Of a right workbook with one formula changed, the slip leads to one that is right for an independent calculator.

    Nearly every mutant has one: they are single edits.
    """
    table = find_table(tables(name), template(name).network, TAB)
    mutants = [mutant for operation in OPERATIONS for mutant in formula_mutants(table, 1, operation)]
    mutants += [mutant for operation in OPERATIONS[:3] for mutant in column_mutants(table, operation, 1)]
    slips = [verified(mutated(table.book, mutant)).faults[0].slip for mutant in mutants]
    wrong = [
        (mutant.name, slip.formula)
        for mutant, slip in zip(mutants, slips, strict=True)
        if slip is not None and not is_the_same(mutant.mend, slip.formula)
    ]
    assert wrong == []
    assert sum(slip is not None for slip in slips) >= len(mutants) - 1


def is_the_same(one: str | None, other: str | None) -> bool:
    """Whether two formulas give the same for random values of whatever cells they read."""
    assert one is not None
    assert other is not None
    for seed in range(5):
        left, right = (evaluate(formula.removeprefix("="), "", partial(random_value, seed)) for formula in (one, other))
        if not isinstance(left, float) or left != pytest.approx(right, rel=1e-9, abs=1e-12):
            return False
    return True


def random_value(seed: int, sheet: str, cell: str) -> float:
    """A value of a cell, the same each time; a cell is the same however it is anchored."""
    return random.Random(f"{seed} {sheet} {cell}").uniform(-2, 2)  # noqa: S311  the same each run
