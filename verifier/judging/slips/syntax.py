"""Reading a formula into a tree, as Excel reads it.

The grammar is that of Excel's formulas (ECMA-376 part 1, section 18.17.2). Comparisons bind the loosest, then `&`,
`+ -`, `* /` and `^`, all from left to right; a sign binds the tightest, so that `-2^2` is 4.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.judging.slips.tree import PRECEDENCE, Form, Node, refer
from verifier.reading.references import Pattern, Reference, placeholder

MOST_TOKENS = 400  # of a formula that is looked into; those of the exercise have some fifty

_TOKEN = re.compile(
    r"""(?:
    (?P<reference>[\ue000-\uf8ff])
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?)
  | (?P<literal>"(?:[^"]|"")*"|\#[A-Z/0]+[!?]?|TRUE\b(?!\()|FALSE\b(?!\())
  | (?P<call>[A-Z][A-Z0-9.]*\()
  | (?P<operator><>|<=|>=|[-+*/^&=<>])
  | (?P<bracket>[()])
  | (?P<separator>[,;])
  | (?P<percent>%)
    )\s*""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a formula, with the blanks after it."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The token alone."""
        return self.text.rstrip()


class NoTreeError(Exception):
    """A formula with something in it that the trees do not know."""


def tokens_of(skeleton: str) -> list[Token]:
    """The tokens of a pattern's skeleton. Raises NoTreeError."""
    text = skeleton.strip()
    tokens = [Token(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(text)]
    if len(tokens) > MOST_TOKENS or sum(len(token.text) for token in tokens) != len(text):
        raise NoTreeError
    return tokens


def read(tokens: Sequence[Token], references: Sequence[Reference]) -> Node:
    """The tree of a formula. Raises NoTreeError."""
    reader = _Reader(tokens, references)
    tree = reader.expression(1)
    reader.end()
    return tree


def tree_of(pattern: Pattern) -> Node:
    """The tree of a pattern. Raises NoTreeError."""
    if pattern.element is not None:
        raise NoTreeError  # an array formula, in a cell of which there is only a part
    return read(tokens_of(pattern.skeleton), pattern.references)


class _Reader:
    """Reads tokens from left to right, by the precedence of the operators."""

    def __init__(self, tokens: Sequence[Token], references: Sequence[Reference]) -> None:
        self._tokens = [*tokens, Token("end", "")]
        self._references = references
        self._position = 0

    def end(self) -> None:
        if self._next.kind != "end":
            raise NoTreeError

    def expression(self, level: int) -> Node:
        left = self._operand()
        while self._next.kind == "operator" and PRECEDENCE[self._next.name] >= level:
            operator = self._take()
            right = self.expression(PRECEDENCE[operator.name] + 1)
            left = Node(Form.BINARY, operator.name, ("", operator.text, ""), (left, right))
        return left

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        self._position += 1
        return self._tokens[self._position - 1]

    def _operand(self) -> Node:
        token = self._take()
        if token.name in ("+", "-"):
            return Node(Form.SIGN, token.name, (token.text, ""), (self._operand(),))
        node = self._atom(token)
        while self._next.kind == "percent":
            node = Node(Form.PERCENT, "%", ("", self._take().text), (node,))
        return node

    def _atom(self, token: Token) -> Node:
        if token.kind == "reference":
            reference = self._references[ord(token.name) - ord(placeholder(0))]
            return refer(reference, token.text[1:])
        if token.kind in ("number", "literal"):
            return Node(Form(token.kind), token.name, (token.text,))
        if token.kind == "call":
            return self._call(token)
        if token.name != "(":
            raise NoTreeError
        inner = self.expression(1)
        return Node(Form.GROUP, "", (token.text, self._closing()), (inner,))

    def _call(self, token: Token) -> Node:
        marks, parts = [token.text], []
        while self._next.name != ")":
            parts.append(self.expression(1))
            if self._next.kind != "separator":
                break
            marks.append(self._take().text)
        marks.append(self._closing())
        if len(marks) != len(parts) + 1:
            raise NoTreeError  # an argument left out, or none at all
        return Node(Form.CALL, token.name[:-1], tuple(marks), tuple(parts))

    def _closing(self) -> str:
        if self._next.name != ")":
            raise NoTreeError
        return self._take().text
