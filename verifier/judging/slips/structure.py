"""Edits of what stands between the references of a formula: signs, numbers, factors, terms and functions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isclose

from verifier.judging.slips.edits import Edit
from verifier.judging.slips.names import Names
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.tree import (
    Form,
    Node,
    bare,
    binary,
    group,
    negative,
    number,
    refer,
    with_operator,
)  # fmt: skip
from verifier.judging.slips.trial import Trial
from verifier.reading.references import Reference

ROUNDINGS = frozenset({"ROUND", "ROUNDDOWN", "ROUNDUP", "INT", "TRUNC", "FIXED", "CEILING", "FLOOR", "MROUND", "VALUE"})
MOST_PIECES = 400  # that are tried where something is missing
_FEW_DIGITS, _SAME = 4, 1e-7  # of a number that may be missing
_CONSTANTS = ("0.5", "1", "2", "4", "0.25")


def rounded(tree: Node) -> Iterator[Edit]:
    """A rounding left out, also where it is rounded twice, or to a text and back."""
    for node in tree.walk():
        if node.form is Form.CALL and node.name in ROUNDINGS and node.parts:
            inner = node.parts[0]
            while inner.form is Form.CALL and inner.name in ROUNDINGS and inner.parts:
                inner = inner.parts[0]
            explanation = f"rounds with {node.name}, and the rounding error grows from row to row"
            advice = f"leave out {node.name}: write {{1}} instead of {{0}}"
            yield Edit({node: inner}, SlipName.ROUNDING, (node, inner), explanation, advice)


def signs(tree: Node, is_update: bool) -> Iterator[Edit]:
    """Plus for minus, minus for plus; a minus left out or put before a part."""
    for node in tree.walk():
        if node.form is Form.SIGN:
            yield _instead(SlipName.SIGN, node, node.parts[0])
        elif node.form is Form.BINARY and node.name in "+-":
            other = with_operator(node, {"+": "-", "-": "+"}[node.name])
            edit = _instead(SlipName.SIGN, node, other)
            climbs = is_update and node is bare(tree)
            yield replace(edit, name=SlipName.ASCENT, explanation=_CLIMBS) if climbs else edit
    yield from (_instead(SlipName.SIGN, node, negative(node)) for node in tree.walk() if node.form is not Form.SIGN)


_CLIMBS = "adds η times the gradient, which climbs; gradient descent subtracts it"


def numbers(tree: Node, right: Node | None) -> Iterator[Edit]:
    """Other numbers: those of the right formula, and the usual ones."""
    known = [node.name for node in right.walk() if node.form is Form.NUMBER] if right is not None else []
    exponents = {node.parts[1] for node in tree.walk() if _is_power(node)}
    idle = exponents | {part for node in tree.walk() for part in _factors(node)}  # a 1 there is one that is left out
    for node in tree.walk():
        if node.form is not Form.NUMBER:
            continue
        name = SlipName.EXPONENT if node in exponents else SlipName.CONSTANT
        for text in dict.fromkeys([*known, *_CONSTANTS]):
            if float(text) != float(node.name) and not (node in idle and float(text) == 1):
                other = replace(node, name=text, marks=(text + node.marks[0][len(node.name) :],))
                yield _instead(name, node, other, "replace {0} with {1}")


def typed_rate(tree: Node, rate: Reference) -> Iterator[Edit]:
    """The learning rate's cell in the place of a number."""
    for node in tree.walk():
        if node.form is Form.NUMBER:
            cell = refer(rate)
            explanation = "has the number {0} typed into it, and does not follow {1} when that is changed"
            advice = "replace {0} with {1}"
            yield Edit({node: cell}, SlipName.TYPED_RATE, (node, cell), explanation, advice)


_EXTRA = {"+": SlipName.EXTRA_TERM, "-": SlipName.EXTRA_TERM, "^": SlipName.EXTRA_EXPONENT}


def masked(tree: Node, by: Reference) -> Iterator[Edit]:
    """The mask of a ReLU put in: the derivative by what is below 0 is 0."""
    z = refer(by)
    marks = ("IF(", ",", ",", ")")
    whole = Node(Form.CALL, "IF", marks, (binary(z, ">", number("0")), bare(tree), number("0")))
    explanation = "lacks the mask of a ReLU: where {0} is below 0, nothing comes back through it"
    yield Edit({tree: whole}, SlipName.NO_MASK, (z, whole), explanation, "write ={1}")


def left_out(tree: Node) -> Iterator[Edit]:
    """A factor, a term, an exponent or a function left out."""
    for node in tree.walk():
        if node.form is Form.BINARY:
            left, right = node.parts
            yield _without(tree, node, left, right, f"{node.name}{{1}}")
            yield _without(tree, node, right, left, f"{{1}}{node.name}")
        elif node.form is Form.CALL and len(node.parts) == 1:
            inner = node.parts[0]
            explanation = f"takes {node.name} of {{1}}, which belongs there unchanged"
            yield Edit({node: inner}, SlipName.EXTRA_FUNCTION, (node, inner), explanation, "write {1} instead of {0}")


def _without(tree: Node, node: Node, kept: Node, dropped: Node, part: str) -> Edit:
    """A binary node with one side alone; `part` is what goes, the side and the operator."""
    inner = bare(kept) if node is tree else kept
    advice = f"leave out {part}" if node is bare(tree) else "write {2} instead of {0}"
    name = _EXTRA.get(node.name, SlipName.EXTRA_FACTOR)
    return Edit({node: inner}, name, (node, dropped, inner), "has {1}, which does not belong there", advice)


def pieces_of(right: Node | None, names: Names) -> list[Node]:
    """What a formula may lack: the parts of a right one, and of what it may read x, 1−x, x·(1−x) and 1−x².

    Where no right one is known, the parts of its siblings are tried too, the last.
    """
    own = [node for node in right.walk() if node is not right] if right is not None else []
    theirs = [node for tree in names.siblings if right is None for node in tree.walk() if node.form is not Form.GROUP]
    read_there = list(dict.fromkeys(node.reference for node in own if node.reference is not None)) or list(
        names.readable
    )
    made = [piece for reference in read_there if not reference.is_range for piece in _derivatives(reference)]
    del made[MOST_PIECES:]
    simple = [node for node in own if node.form is not Form.GROUP and not _is_number_or_sign(node)]
    ordered = [*sorted(simple, key=_size), *made, number("0.5"), number("2"), *theirs[:MOST_PIECES]]
    return list({names.typed(node): node for node in reversed(ordered)}.values())[::-1]


def _derivatives(reference: Reference) -> list[Node]:
    """1−x, x·(1−x) and 1−x², which the derivatives of a sigmoid and of a tanh are made of."""
    x = refer(reference)
    rest = group(binary(number("1"), "-", x))
    return [x, rest, binary(x, "*", rest), group(binary(number("1"), "-", binary(x, "^", number("2"))))]


def _is_number_or_sign(node: Node) -> bool:
    return node.form in (Form.NUMBER, Form.SIGN)


def missing(trial: Trial, pieces: Sequence[Node]) -> Iterator[Edit]:
    """A factor or a term put in, into the whole formula first; then a square or a `1−`."""
    pieces = [*pieces, *_constants(trial)]
    values = trial.values(pieces)
    nodes = [node for node in trial.tree.walk() if node.form is not Form.GROUP]
    factors = [part for node in nodes for part in _factors(node) if part.form is Form.GROUP]
    for node, beside, sign in _gaps(nodes, factors):
        found = trial.value(beside)
        if found.ndim == 1:
            candidates = {"*": found * values, "+": found + values, "-": found - values}[sign]
            for k in trial.fits_each([node], candidates):
                yield _put_in(trial.tree, node, beside, sign, pieces[k])
    for node in (*factors, *nodes):  # of what stands in parentheses these are squared before what is in them
        rest, square = group(binary(number("1"), "-", node)), binary(node, "^", number("2"))
        yield _instead(SlipName.NO_TERM, node, rest)
        yield _instead(SlipName.NO_EXPONENT, node, square)


def _constants(trial: Trial) -> Iterator[Node]:
    """The number by which the formula has to be multiplied, where it has few digits: a mean lacks 1/4."""
    ratio = trial.ratio
    text = "" if ratio is None else f"{ratio:.{_FEW_DIGITS}g}"
    if ratio is not None and ratio > 0 and isclose(float(text), ratio, rel_tol=_SAME) and "e" not in text:
        yield number(text)


def _gaps(nodes: Sequence[Node], factors: Sequence[Node]) -> Iterator[tuple[Node, Node, str]]:
    """Where something may be missing: a node to replace, the part of it beside the gap, and the sign in the gap.

    A term may be missing with factors of it still there: `E33*C33*D33` for `E33*C33+F33*D33`.
    """
    for node in nodes:
        yield from ((node, node, sign) for sign in ("*+-" if node.form is not Form.NUMBER else "+-"))
    yield from ((factor, factor, "*") for factor in factors)
    for node in nodes:
        beside = node
        while beside.form is Form.BINARY and beside.name == "*":
            beside = beside.parts[0]
            yield node, beside, "+"


def _put_in(tree: Node, node: Node, beside: Node, sign: str, piece: Node) -> Edit:
    whole = binary(beside, sign, piece)
    name, noun = (SlipName.NO_FACTOR, "factor") if sign == "*" else (SlipName.NO_TERM, "term")
    nodes = (beside, whole.parts[1], whole, node)
    if node is bare(tree) and beside is node:
        advice = {
            "*": "multiply the formula by {1}",
            "+": "add {1} to the formula",
            "-": "subtract {1} from the formula",
        }
        return Edit({node: whole}, name, nodes, f"lacks the {noun} {{1}}", advice[sign])
    return Edit({node: whole}, name, nodes, f"lacks the {noun} {{1}} beside {{0}}", "write {2} instead of {3}")


def one_part(trial: Trial, pieces: Sequence[Node]) -> Iterator[Edit]:
    """One part of the formula, no more than half of it, replaced by a part of a right one that is no larger."""
    most = _size(trial.tree) // 2
    small = [piece for piece in pieces if _size(piece) <= most]
    values = trial.values(small)
    for node in trial.tree.walk():
        if node is not trial.tree and _size(node) <= most:
            for k in trial.fits_each([node], values):
                yield _instead(SlipName.ONE_PART, node, small[k], "replace {0} with {1}")


def _instead(name: SlipName, old: Node, new: Node, advice: str = "write {1} instead of {0}") -> Edit:
    """One part in the place of another."""
    return Edit({old: new}, name, (old, new), "has {0} where {1} belongs", advice)


def _size(node: Node) -> int:
    return sum(1 for _ in node.walk())


def _factors(node: Node) -> tuple[Node, ...]:
    """The parts of a product, and what a quotient divides by."""
    return node.parts if node.name == "*" else node.parts[1:] if node.name == "/" else ()


def _is_power(node: Node) -> bool:
    return (node.form is Form.BINARY and node.name == "^") or (node.name == "POWER" and len(node.parts) == 2)
