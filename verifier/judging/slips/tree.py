"""A formula as a tree that can be edited: its references, numbers, operators and parentheses as they were typed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from verifier.reading.references import Pattern, Reference, placeholder


class Form(StrEnum):
    """What a node of the tree is."""

    REFERENCE = "reference"
    NUMBER = "number"
    LITERAL = "literal"  # a text, a truth value or an error
    SIGN = "sign"
    PERCENT = "percent"
    BINARY = "binary"
    GROUP = "group"  # what stands in parentheses
    CALL = "call"


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """A part of a formula; `marks` are the texts before, between and after its parts, with their blanks.

    `name` is an operator, a function in capitals, or the text of a number or literal. Nodes are the same only if they
    are the same object.
    """

    form: Form
    name: str
    marks: tuple[str, ...]
    parts: tuple["Node", ...] = ()
    reference: Reference | None = None

    def walk(self) -> Iterator["Node"]:
        """The node and all below it, each before its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def text(self, address: Callable[[Reference], str]) -> str:
        """The node as it is typed."""
        if self.reference is not None:
            return address(self.reference) + self.marks[0]
        pieces = [self.marks[0]]
        for mark, part in zip(self.marks[1:], self.parts, strict=True):
            pieces += [part.text(address), mark]
        return "".join(pieces)

    def pattern(self) -> Pattern:
        """The formula that the tree is."""
        references: dict[Reference, int] = {}
        skeleton = self.text(lambda reference: placeholder(references.setdefault(reference, len(references))))
        return Pattern(skeleton, tuple(references))


# --- making nodes -------------------------------------------------------------------------------------------------

# Of Excel's operators, from those that bind the loosest.
PRECEDENCE = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}
_ATOM, _SIGN = 9, 8


def refer(reference: Reference, blanks: str = "") -> Node:
    """A reference."""
    return Node(Form.REFERENCE, "", (blanks,), (), reference)


def number(text: str) -> Node:
    """A number."""
    return Node(Form.NUMBER, text, (text,))


def binary(left: Node, operator: str, right: Node) -> Node:
    """Two parts with an operator between them, in parentheses where they need them."""
    level = PRECEDENCE[operator]
    parts = (_enclosed(left, level), _enclosed(right, level + 1))
    return Node(Form.BINARY, operator, ("", operator, ""), parts)


def negative(part: Node) -> Node:
    """A part with a minus before it."""
    return Node(Form.SIGN, "-", ("-", ""), (_enclosed(part, _ATOM),))


def group(part: Node) -> Node:
    """A part in parentheses."""
    return Node(Form.GROUP, "", ("(", ")"), (part,))


def with_operator(node: Node, operator: str) -> Node:
    """A binary node with another operator that binds as tightly."""
    return replace(node, name=operator, marks=tuple(mark.replace(node.name, operator) for mark in node.marks))


def bare(node: Node) -> Node:
    """What stands in the parentheses around a node, if any do."""
    while node.form is Form.GROUP:
        node = node.parts[0]
    return node


def replaced(node: Node, changes: Mapping[Node, Node]) -> Node:
    """The tree with other nodes in the place of some, in parentheses where they need them; the rest is kept as is."""
    if node in changes:
        return changes[node]
    parts = tuple(replaced(part, changes) for part in node.parts)
    if all(new is old for new, old in zip(parts, node.parts, strict=True)):
        return node
    levels = _levels(node)
    return replace(
        node,
        parts=tuple(
            new if new is old else _enclosed(new, level)
            for new, old, level in zip(parts, node.parts, levels, strict=True)
        ),
    )


def _levels(node: Node) -> list[int]:
    """How tightly each part must bind to stand there without parentheses."""
    if node.form is Form.BINARY:
        level = PRECEDENCE[node.name]
        return [level, level if node.name in "+*" else level + 1]  # a+(b-c) is a+b-c, and a*(b/c) a*b/c
    return [_ATOM if node.form in (Form.SIGN, Form.PERCENT) else 0] * len(node.parts)


def _enclosed(node: Node, level: int) -> Node:
    own = {Form.BINARY: PRECEDENCE.get(node.name, 0), Form.SIGN: _SIGN}.get(node.form, _ATOM)
    return node if own >= level else group(node)
