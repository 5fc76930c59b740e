"""`AVERAGE`, `MAX`, `MIN`, `LARGE`, `SMALL`, `COUNT` and `COUNTIF`, made of parts of `formulas` as its statistics are.

Their module there imports SciPy, which takes longer than the whole check of a workbook; these do not need it, and
teaching workbooks need these. A test checks each against the original.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import floor
from typing import Any

import numpy as np
from formulas.functions import (
    Error,
    XlError,
    _convert_args,
    _text2num,
    flatten,
    get_error,
    is_number,
    raise_errors,
    replace_empty,
    wrap_func,
    wrap_ufunc,
    xfilter,
)

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


def _in_order(values: Any, place: Any) -> tuple[Any, Any]:
    """The numbers among values, ascending, or the first error among them; and a place in them."""
    if isinstance(values, XlError):
        raise_errors(values)
    if (error := get_error(values)) is not None:
        return error, place
    numbers = list(flatten(values, lambda value: not isinstance(value, str | bool)))
    return np.sort(np.array(numbers, dtype=float)), replace_empty(place)


def _at(from_largest: bool, numbers: Any, place: Any) -> Any:
    """The number at a place, counted from 1."""
    k = float(_text2num(place))
    if isinstance(numbers, XlError):
        return numbers
    if not 1 <= k <= len(numbers):
        return Error.errors["#NUM!"]
    return numbers[floor(-k) if from_largest else floor(k) - 1]


def _nth(from_largest: bool) -> Callable[..., Any]:
    return wrap_ufunc(  # type: ignore[no-any-return]  # the package ships no types
        partial(_at, from_largest), args_parser=_in_order, excluded={0},
        check_error=lambda _, place: get_error(place), input_parser=lambda *arguments: arguments,
    )  # fmt: skip


def _count(*arguments: Any) -> int:
    return len(list(flatten(map(_convert_args, arguments), check=partial(is_number, xl_return=False))))


COUNTING: Mapping[str, Any] = {
    "AVERAGE": wrap_func(_average),
    "MAX": wrap_func(partial(_of_numbers, max)),
    "MIN": wrap_func(partial(_of_numbers, min)),
    "LARGE": _nth(from_largest=True),
    "SMALL": _nth(from_largest=False),
    "COUNT": wrap_func(_count),
    "COUNTIF": wrap_func(partial(xfilter, len, operating_range=None)),
}
