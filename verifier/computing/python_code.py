"""A formula as an expression of Python, written from the parse that `formulas` makes of it.

Only what stands in a vocabulary is ever written, so what is compiled is never the file's own text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ARITHMETIC: dict[str, str] = {
    "+": "({} + {})", "-": "({} - {})", "*": "({} * {})", "/": "({} / {})", "^": "power({}, {})",
}  # fmt: skip
_SIGNS = {"u-": "(-{})", "u+": "(+{})", "%": "({} / 100)"}


@dataclass(frozen=True)
class Vocabulary:
    """How numbers, operators and functions are written: with `{}` in the place of a number's text, or of each operand.

    A function is known by its name and how many arguments it has; one of `functions_of_many` by its name alone, and all
    its arguments stand in the place of `{0}`.
    """

    number: str
    operators: Mapping[str, str]
    functions: Mapping[tuple[str, int], str]
    functions_of_many: Mapping[str, str] = field(default_factory=dict)

    def of_operator(self, name: str, operands: Sequence[str]) -> str | None:
        """An operator between operands; None where it is not known."""
        form = self.operators.get(name)
        return form.format(*operands) if form is not None else None

    def of_function(self, name: str, arguments: Sequence[str]) -> str | None:
        """A function of arguments; None where it is not known."""
        form = self.functions.get((name, len(arguments)))
        if form is not None:
            return form.format(*arguments)
        form = self.functions_of_many.get(name) if arguments else None
        return form.format(", ".join(arguments)) if form is not None else None


def argument_name(k: int) -> str:
    """What the k-th argument of a formula, from 0, is called in its expression."""
    return f"a{k}"


def expression_of(tokens: Sequence[Any], addresses: Sequence[str], vocabulary: Vocabulary) -> str | None:
    """The expression of a parsed formula, its tokens operands first; None where it uses anything else.

    `addresses` are those of the arguments, in their order.
    """
    stack: list[str] = []
    for token in tokens:
        name, kind = str(token.name).upper(), type(token).__name__
        if kind == "Range" and name in addresses:
            stack.append(argument_name(addresses.index(name)))
        elif kind == "Number" and re.fullmatch(r"[0-9.]+(E[+-]?[0-9]+)?", name):
            stack.append(vocabulary.number.format(repr(float(name))))
        elif kind == "OperatorToken" and name.lower() in _SIGNS and stack:
            stack.append(_SIGNS[name.lower()].format(stack.pop()))
        else:
            is_operator = kind == "OperatorToken"
            count = 2 if is_operator else int(token.attr.get("n_args") or 0)
            if len(stack) < count:
                return None
            operands = [stack.pop() for _ in range(count)][::-1]
            write = vocabulary.of_operator if is_operator else vocabulary.of_function
            written = write(name, operands)
            if written is None:
                return None
            stack.append(written)
    return stack[0] if len(stack) == 1 else None
