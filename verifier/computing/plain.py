"""A formula of numbers as plain Python: some hundred times as fast as what `formulas` compiles of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from verifier.computing.fifteen_digits import COMPARISONS, order
from verifier.computing.python_code import ARITHMETIC, Vocabulary, argument_name, expression_of

Plain = Callable[..., float]

_NEGLIGIBLE = 2.0**-48  # of `rtl::math::approxAdd` in LibreOffice; Excel does so too, in the last step of a formula


def _power(base: float, exponent: float) -> float:
    if base == 0 and exponent == 0:
        raise ValueError("0^0 is an error in Excel")
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("the root of a negative number is an error in Excel")
    return float(result)


def _sum_of(left: float, right: float) -> float:
    """A sum that is 0 where both numbers are opposite but for rounding, as LibreOffice has it."""
    total = left + right
    return 0.0 if abs(total) < _NEGLIGIBLE * abs(left) else total


_NAMESPACE = {
    "exp": math.exp, "tanh": math.tanh, "power": _power, "sqrt": math.sqrt, "log": math.log,
    "abs": abs, "max": max, "min": min, "order": order, "sum_of": _sum_of,
    "number": float, "type": type, "TypeError": TypeError, "__builtins__": {},
}  # fmt: skip
EVERY_BIT = Vocabulary(
    operators=ARITHMETIC | COMPARISONS,
    functions={
        ("EXP", 1): "exp({})", ("TANH", 1): "tanh({})", ("POWER", 2): "power({}, {})", ("SQRT", 1): "sqrt({})",
        ("LN", 1): "log({})", ("ABS", 1): "abs({})", ("MAX", 2): "max({}, {})", ("MIN", 2): "min({}, {})",
        ("IF", 3): "({1} if {0} else {2})", ("AND", 2): "({} and {})", ("OR", 2): "({} or {})",
        ("SUM", 2): "({} + {})", ("SUM", 1): "({})", ("PRODUCT", 2): "({} * {})",
    },
)  # fmt: skip
NOTHING_NEGLIGIBLE = replace(
    EVERY_BIT, operators={**EVERY_BIT.operators, "+": "sum_of({}, {})", "-": "sum_of({}, -{})"}
)


def plain_function(tokens: Sequence[Any], addresses: Sequence[str], vocabulary: Vocabulary = EVERY_BIT) -> Plain | None:
    """The tokens of a parsed formula, operands first, as a function of numbers; None where it uses anything else.

    The function raises TypeError for arguments that are not all floats, and ArithmeticError or ValueError for numbers
    that plain Python does not cover.
    """
    expression = expression_of(tokens, addresses, vocabulary)
    if expression is None:
        return None
    parameters = [argument_name(k) for k in range(len(addresses))]
    numbers = " is ".join([*(f"type({name})" for name in parameters), "number"])
    code = (
        f"def formula({', '.join(parameters)}):\n"
        f"    if not ({numbers}): raise TypeError('not a number')\n"
        f"    return number({expression})\n"
    )
    scope: dict[str, Plain] = {}
    try:
        exec(code, dict(_NAMESPACE), scope)  # noqa: S102  written from the vocabulary above
    except (SyntaxError, RecursionError, MemoryError):  # nested too deeply for Python
        return None
    return scope["formula"]
