"""Functions of numbers pass over texts in the cells that they read, those that look like a number too, as Excel does.

`formulas` counts a `"5"` that somebody typed as text in SUM, and gives an error for it in AVERAGE. A text that stands
in the formula itself, `SUM("5",1)`, is a number to Excel, and so is one that an operator takes: `A1+1`.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np
import schedula

_EVERY_ARGUMENT = frozenset(
    """
    AVERAGE COUNT DEVSQ GEOMEAN MAX MEDIAN MIN MODE MODE.SNGL PRODUCT STDEV STDEV.P STDEV.S STDEVP SUM SUMPRODUCT SUMSQ
    SUMX2MY2 SUMX2PY2 SUMXMY2 VAR VAR.P VAR.S VARP
    """.split()  # noqa: SIM905  a list of quoted names would be three times as long
)
_ONE_ARGUMENT: Mapping[str, int] = {  # counted from 0; the first one where it is not given
    **dict.fromkeys(("AVERAGEIF", "SUMIF"), 2),
    **dict.fromkeys(("AVERAGEIFS", "MAXIFS", "MINIFS", "SUMIFS"), 0),
}


def without_texts(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as `formulas` has it, named in capitals, made to pass over texts in cells if it is one of numbers."""
    if name in _EVERY_ARGUMENT:
        return wraps(function)(lambda *arguments: function(*map(_numbers, arguments)))
    return _of_one(function, _ONE_ARGUMENT[name]) if name in _ONE_ARGUMENT else function


def _of_one(function: Callable[..., Any], number: int) -> Callable[..., Any]:
    @wraps(function)
    def of_numbers(*arguments: Any) -> Any:
        chosen = number if number < len(arguments) else 0
        return function(*(_numbers(argument) if k == chosen else argument for k, argument in enumerate(arguments)))

    return of_numbers


def _numbers(argument: Any) -> Any:
    """The argument with empty cells in the place of texts; errors stay, which are texts to Python."""
    if not isinstance(argument, np.ndarray) or argument.dtype != object:
        return argument
    texts = [type(value) is str for value in argument.ravel().tolist()]
    if not any(texts):
        return argument
    numbers = argument.copy()
    numbers[np.reshape(texts, argument.shape)] = schedula.EMPTY
    return numbers
