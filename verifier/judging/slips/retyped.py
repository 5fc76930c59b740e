"""Edits of a formula's text, token by token: parentheses that are missing or too much, and other operators."""

from collections.abc import Iterator, Sequence
from itertools import islice, product

from verifier.judging.slips.edits import Edit
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.syntax import NoTreeError, Token, read, tokens_of
from verifier.judging.slips.tree import PRECEDENCE, Node
from verifier.reading.references import Pattern

MOST_OPERANDS = 80  # of a formula that is tried with other parentheses
MOST_PAIRS = 400  # of parentheses that are tried
_OPERATORS = "+-*/^"
_OPEN, _CLOSE = Token("bracket", "("), Token("bracket", ")")


def retyped(tree: Node, pattern: Pattern) -> Iterator[Edit]:
    """A pair of parentheses put in or left out; another operator."""
    tokens = tokens_of(pattern.skeleton)
    starts = [k for k, token in enumerate(tokens) if _begins_operand(tokens, k)]
    if len(starts) <= MOST_OPERANDS:
        yield from _parenthesised(tree, tokens, starts, pattern)
        yield from _without_parentheses(tree, tokens, pattern)
        yield from _operators(tree, tokens, pattern)


def _parenthesised(tree: Node, tokens: list[Token], starts: Sequence[int], pattern: Pattern) -> Iterator[Edit]:
    ends = [k for k, token in enumerate(tokens) if _ends_operand(token)]
    pairs = ((first, last) for first, last in product(starts, ends) if _binds_otherwise(tokens, first, last))
    for first, last in islice(pairs, MOST_PAIRS):
        part = tokens[first : last + 1]
        inner = _read(part, pattern)
        other = _read([*tokens[:first], _OPEN, *part, _CLOSE, *tokens[last + 1 :]], pattern)
        if inner is not None and other is not None:
            told, advice = "lacks the parentheses around {0}", "put {0} in parentheses"
            yield Edit({tree: other}, SlipName.NO_PARENTHESES, (inner,), told, advice)


def _binds_otherwise(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether parentheses around a part change what a formula means: a sign in it binds less than one beside it."""
    part = tokens[first : last + 1]
    if last <= first or not _is_balanced(part):
        return False
    inside = [PRECEDENCE[t.name] for k, t in enumerate(part) if t.name in PRECEDENCE and k and _is_balanced(part[:k])]
    before = PRECEDENCE.get(tokens[first - 1].name, 0) if first else 0
    after = PRECEDENCE.get(tokens[last + 1].name, 0) if last + 1 < len(tokens) else 0
    return bool(inside) and (min(inside) <= before or min(inside) < after)


def _operators(tree: Node, tokens: list[Token], pattern: Pattern) -> Iterator[Edit]:
    for k, token in enumerate(tokens):
        for sign in _OPERATORS if token.name in _OPERATORS else "":
            other = _read([*tokens[:k], Token("operator", sign), *tokens[k + 1 :]], pattern)
            if other is not None and sign != token.name:
                told = f"has {token.name} where {sign} belongs"
                yield Edit({tree: other}, SlipName.OPERATOR, (other,), told, "write ={0}")


def _without_parentheses(tree: Node, tokens: list[Token], pattern: Pattern) -> Iterator[Edit]:
    for first, token in enumerate(tokens):
        if token.name != "(":
            continue
        last = next((k for k in range(first, len(tokens)) if _is_balanced(tokens[first : k + 1])), len(tokens))
        other = _read([*tokens[:first], *tokens[first + 1 : last], *tokens[last + 1 :]], pattern)
        inner = _read(tokens[first + 1 : last], pattern)
        if other is not None and inner is not None:
            told, advice = "has {0} in parentheses, which do not belong there", "leave out the parentheses around {0}"
            yield Edit({tree: other}, SlipName.EXTRA_PARENTHESES, (inner,), told, advice)


def _read(tokens: Sequence[Token], pattern: Pattern) -> Node | None:
    try:
        return read(tokens, pattern.references)
    except NoTreeError:
        return None


def _begins_operand(tokens: Sequence[Token], k: int) -> bool:
    token = tokens[k]
    before = tokens[k - 1] if k else None
    starts_here = before is None or before.kind in ("operator", "separator", "call") or before.name == "("
    return starts_here and (token.kind in ("reference", "number", "call") or token.name in ("(", "-"))


def _ends_operand(token: Token) -> bool:
    return token.kind in ("reference", "number", "percent") or token.name == ")"


def _is_balanced(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token.kind == "call" or token.name == "(") - (token.name == ")")
        if depth < 0:
            return False
    return depth == 0
