"""A formula as a tree: read as Excel reads it, printed as it was typed, with parentheses where an edit needs them."""

import pytest

from verifier.judging.slips.syntax import MOST_TOKENS, NoTreeError, tree_of
from verifier.judging.slips.tree import Form, Node, bare, binary, negative, number, refer, replaced
from verifier.reading.parsing import parse
from verifier.reading.references import Axis, Reference, address

ROW, COLUMN = 5, 3
X = refer(Reference(None, Axis(0, False), Axis(1, False)))  # D5


def tree(formula: str) -> Node:
    return tree_of(parse(formula, ROW, COLUMN, {}))


def text(node: Node) -> str:
    return node.pattern().text(ROW, COLUMN).removeprefix("=")


def grouped(node: Node) -> str:
    """The tree with every operation in brackets, as in `[[1-A5]*2]`."""
    if node.reference is not None:
        return address(node.reference, ROW, COLUMN)
    parts = [grouped(part) for part in node.parts]
    if node.form is Form.BINARY:
        return f"[{node.name.join(parts)}]"
    if node.form is Form.CALL:
        return f"{node.name}({','.join(parts)})"
    return f"[{node.name}{parts[0]}]" if parts and node.form is not Form.GROUP else "".join(parts) or node.name


@pytest.mark.parametrize(
    "formula",
    [
        "A5+B5", " ( A5 -B5 )*  2", "-A5^2", "SUM(A1:B2, 3)*50%", "IF(A5>0,1,0.01)", "'eta 0.1'!$G$31*A$5+$B5",
        "1/(1+EXP(-A5))", '"a ""text"""&A5', "#REF!*A5", "A5<>TRUE", "((A5))", "1.5E-3*.5", "--A5",
    ],
)  # fmt: skip
def test_formula_is_printed_as_it_was_typed(formula: str) -> None:
    """Blanks, needless parentheses, numbers and anchors stay as their writer had them."""
    assert text(tree(formula)) == formula.strip()


@pytest.mark.parametrize(
    ("formula", "read"),
    [
        ("A5+B5*C4", "[A5+[B5*C4]]"),
        ("A5-B5-C4", "[[A5-B5]-C4]"),
        ("2^3^2", "[[2^3]^2]"),
        ("-A5^2", "[[-A5]^2]"),
        ("A5*-B5%", "[A5*[-[%B5]]]"),
        ("A5+B5>C4&D4", "[[A5+B5]>[C4&D4]]"),
        ("(A5+B5)*C4", "[[A5+B5]*C4]"),
        ("SUM(A5,B5+1)/2", "[SUM(A5,[B5+1])/2]"),
    ],
)
def test_operators_bind_as_in_excel(formula: str, read: str) -> None:
    """From left to right, powers too; a sign binds the tightest."""
    assert grouped(tree(formula)) == read


UNREADABLE = ["A5+", "(A5", "A5)", "SUM(A5,,B5)", "PI()", "A5 B5", "*A5", "A5+" * MOST_TOKENS + "1"]


@pytest.mark.parametrize("formula", UNREADABLE)
def test_what_cannot_be_read_has_no_tree(formula: str) -> None:
    """A formula with something missing, an argument left out, or too long to be looked into is refused."""
    with pytest.raises(NoTreeError):
        tree(formula)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (binary(X, "+", number("1")), "A5*(D5+1)^2-(D5+1)"),
        (binary(X, "*", number("3")), "A5*(D5*3)^2-D5*3"),
        (negative(X), "A5*-D5^2--D5"),
        (X, "A5*D5^2-D5"),
    ],
)
def test_what_is_put_in_gets_the_parentheses_that_it_needs(new: Node, expected: str) -> None:
    """A sum in a product or a power is enclosed, and on the right of a minus; a product only in a power."""
    found = tree("A5*B5^2-B5")
    places = [node for node in found.walk() if node.reference is not None and grouped(node) == "B5"]
    edited = replaced(found, dict.fromkeys(places, new))
    assert text(edited) == expected
    assert grouped(tree(text(edited))) == grouped(edited)


def test_parts_that_no_edit_touches_are_the_same_objects() -> None:
    """An edit copies the way down to what it changes, so that values of all other parts can be kept."""
    found = tree("(A5+B5)*(A5-B5)")
    left, right = found.parts
    edited = replaced(found, {bare(right).parts[0]: X})
    assert edited.parts[0] is left
    assert edited.parts[1] is not right


def test_pattern_of_an_untouched_tree_is_the_formulas_own() -> None:
    """References keep their order, so that a formula with other references in their places is compiled once."""
    pattern = parse("(B5-A5)*B5*(1-B5) * $C$1", ROW, COLUMN, {})
    again = tree_of(pattern).pattern()
    assert (again.skeleton, again.references) == (pattern.skeleton, pattern.references)
