"""A formula as an expression of Python, written from the parse that `formulas` makes of it.

Only what stands in a vocabulary is ever written, so what is compiled is never the file's own text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Part = TypeVar("Part")

ARITHMETIC: dict[str, str] = {
    "+": "({} + {})", "-": "({} - {})", "*": "({} * {})", "/": "({} / {})", "^": "power({}, {})",
}  # fmt: skip
_SIGNS = {"U-": "(-{})", "U+": "(+{})", "%": "({} / 100)"}


@dataclass(frozen=True)
class Vocabulary:
    """How operators and functions are written, with `{}` in the place of each operand.

    A function is known by its name and how many arguments it has.
    """

    operators: Mapping[str, str]
    functions: Mapping[tuple[str, int], str]

    def written(self, name: str, operands: Sequence[str]) -> str | None:
        """An operator or a function of operands; None where it is not known."""
        forms = self.operators, _SIGNS
        form = next((known[name] for known in forms if name in known), None) or self.functions.get(
            (name, len(operands))
        )
        return None if form is None else form.format(*operands)


def argument_name(k: int) -> str:
    """What the k-th argument of a formula, from 0, is called in its expression."""
    return f"a{k}"


def expression_of(tokens: Sequence[Any], addresses: Sequence[str], vocabulary: Vocabulary) -> str | None:
    """The expression of a parsed formula, its tokens operands first; None where it uses anything else.

    `addresses` are those of the arguments, in their order.
    """
    return folded(tokens, addresses, argument_name, repr, vocabulary.written)


def folded(
    tokens: Sequence[Any],
    addresses: Sequence[str],
    argument: Callable[[int], Part],
    number: Callable[[float], Part],
    apply: Callable[[str, Sequence[Part]], Part | None],
    text: Callable[[], Part | None] = lambda: None,
) -> Part | None:
    """What becomes of a parsed formula, its tokens operands first, from its arguments and numbers on.

    `apply` makes one part of the name of an operator or a function and its operands; the signs are `U-`, `U+` and `%`.
    None where it makes nothing of one, or `text` nothing of a text, or there is a name in the formula.
    """
    stack: list[Part] = []
    for token in tokens:
        name, kind = str(token.name).upper(), type(token).__name__
        if kind == "Range" and name in addresses:
            part: Part | None = argument(addresses.index(name))
        elif kind == "Number" and re.fullmatch(r"[0-9.]+(E[+-]?[0-9]+)?", name):
            part = number(float(name))
        elif kind == "String":
            part = text()
        elif kind == "OperatorToken" or kind.endswith("Function"):
            is_operator = kind == "OperatorToken"
            count = (1 if name in _SIGNS else 2) if is_operator else int(token.attr.get("n_args") or 0)
            if len(stack) < count:
                return None
            operands = [stack.pop() for _ in range(count)][::-1]
            part = apply(name, operands)
        else:
            return None
        if part is None:
            return None
        stack.append(part)
    return stack[0] if len(stack) == 1 else None
