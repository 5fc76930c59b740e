"""`AVERAGE`, `MAX`, `MIN`, `COUNT` and `COUNTIF`, made of parts of `formulas` as its statistics make them.

Their module there imports SciPy, which takes longer than the whole check of a workbook; these five do not need
it, and a teaching workbook needs these five. A test checks each against the original.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from formulas.functions import Error, _convert_args, flatten, is_number, raise_errors, wrap_func, xfilter

from verifier.computing.ranges_of_numbers import numbers_of


def _of_numbers(choose: Callable[[list[Any]], Any], *arguments: Any) -> Any:
    """The largest or smallest number among values; an error among them is the result, and 0 where there is none."""
    ranges = [numbers_of(argument) for argument in arguments]
    if ranges and all(isinstance(numbers, np.ndarray) and numbers.size for numbers in ranges):
        return choose([choose(numbers.ravel().tolist()) for numbers in ranges])
    raise_errors(arguments)
    return choose(list(flatten(map(_convert_args, arguments), check=is_number)) or [0])


def _average(*arguments: Any) -> Any:
    raise_errors(arguments)
    numbers = list(flatten(map(_convert_args, arguments), check=is_number))
    return np.mean(numbers) if numbers else Error.errors["#DIV/0!"]


def _count(*arguments: Any) -> int:
    return len(list(flatten(map(_convert_args, arguments), check=partial(is_number, xl_return=False))))


COUNTING: Mapping[str, Any] = {
    "AVERAGE": wrap_func(_average),
    "MAX": wrap_func(partial(_of_numbers, max)),
    "MIN": wrap_func(partial(_of_numbers, min)),
    "COUNT": wrap_func(_count),
    "COUNTIF": wrap_func(partial(xfilter, len, operating_range=None)),
}
