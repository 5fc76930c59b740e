"""Partial derivatives of a compiled formula with respect to what it reads, exact to rounding.

By the complex step: for an analytic f, Im f(x + ih) / h is f'(x) up to terms in h², and h is so small that nothing is
left of them (Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40,
1998). The formula is written out once more, over complex arrays, from the same parse that its function is compiled
from; where its real part is not the formula's own value, or it uses anything else, central differences of the function
itself take its place.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verifier.computing.engine import Argument, Computable
from verifier.computing.fifteen_digits import COMPARISONS, order_of_arrays
from verifier.computing.python_code import ARITHMETIC, Vocabulary, argument_name, expression_of
from verifier.reading.references import UnsupportedFormulaError

Array = NDArray[np.float64]
_Complex = NDArray[np.complex128]

_STEP = 1e-40  # of the complex step: no difference is taken, so it can be as small as numbers go
_DIFFERENCE = 2e-3  # of central differences of the fourth order: truncation and rounding are both some 1e-12
_SAME = 1e-9  # relative difference between the complex function and the formula that still counts as equal
_STEPPED = frozenset(
    {"CEILING", "EVEN", "FIXED", "FLOOR", "INT", "MROUND", "ODD", "ROUND", "ROUNDDOWN", "ROUNDUP", "TRUNC"}
)


class Derivative:
    """The partial derivatives of one formula."""

    def __init__(self, formula: Computable) -> None:
        self._formula = formula
        self._complex = _complex_function(formula.tokens, formula.addresses)
        self._stepped = any(str(token.name).upper() in _STEPPED for token in formula.tokens)

    def __call__(self, arguments: Sequence[Argument]) -> list[Array]:
        """The derivatives at the arguments, one for each, a number as () and a range as (rows, columns).

        Raises UnsupportedFormulaError where the formula has no value there, or is rounded and so has no slope.
        """
        value = self._formula(arguments)
        if self._stepped or not isinstance(value, float):
            raise UnsupportedFormulaError("it has no derivative there")
        points = [_numbers(argument) for argument in arguments]
        by_step = self._by_complex_step(points, value)
        return self._by_differences(points) if by_step is None else by_step

    def _by_complex_step(self, points: Sequence[Array], value: float) -> list[Array] | None:
        if self._complex is None:
            return None
        slopes = []
        with np.errstate(all="ignore"):
            for k, point in enumerate(points):
                slope = np.zeros_like(point)
                for place in np.ndindex(point.shape):
                    moved = [other.astype(np.complex128) for other in points]
                    moved[k][place] += 1j * _STEP
                    try:
                        result = complex(np.asarray(self._complex(*moved)).reshape(()))
                    except (ArithmeticError, TypeError, ValueError):
                        return None
                    if not abs(result.real - value) <= _SAME * max(abs(value), 1e-3):
                        return None
                    slope[place] = result.imag / _STEP
                slopes.append(slope)
        return slopes

    def _by_differences(self, points: Sequence[Array]) -> list[Array]:
        slopes = []
        for k, point in enumerate(points):
            slope = np.zeros_like(point)
            for place in np.ndindex(point.shape):
                step = _DIFFERENCE * max(abs(float(point[place])), 0.1)
                near = {n: self._moved(points, k, place, n * step) for n in (-2, -1, 1, 2)}
                slope[place] = (near[-2] - 8 * near[-1] + 8 * near[1] - near[2]) / (12 * step)
            slopes.append(slope)
        return slopes

    def _moved(self, points: Sequence[Array], k: int, place: tuple[int, ...], by: float) -> float:
        moved = [point.copy() for point in points]
        moved[k][place] += by
        value = self._formula([float(point) if point.ndim == 0 else point.tolist() for point in moved])
        if not isinstance(value, float):
            raise UnsupportedFormulaError("it has no derivative there")
        return value


def _numbers(argument: Argument) -> Array:
    """An argument as an array; an empty cell counts as 0. Raises UnsupportedFormulaError for anything but numbers."""
    rows = argument if isinstance(argument, list) else [[argument]]
    if not all(value is None or isinstance(value, float) for row in rows for value in row):
        raise UnsupportedFormulaError("it reads something that is no number")
    array = np.array([[0.0 if value is None else value for value in row] for row in rows], dtype=np.float64)
    return array if isinstance(argument, list) else array.reshape(())


def _power(base: Any, exponent: Any) -> Any:
    if np.ndim(exponent) == 0 and exponent.imag == 0 and exponent.real == int(exponent.real):
        return base ** int(exponent.real)  # by products: a logarithm would spoil the angle of a negative base
    return base**exponent


def _flat(*values: Any) -> _Complex:
    return np.concatenate([np.ravel(value) for value in values]).astype(np.complex128)


def _largest(*values: Any) -> Any:
    flat = _flat(*values)
    return flat[np.argmax(flat.real)]


def _smallest(*values: Any) -> Any:
    flat = _flat(*values)
    return flat[np.argmin(flat.real)]


def _magnitude(value: Any) -> Any:
    return np.where(np.real(value) < 0, -value, value)


def _sum(*terms: Any) -> Any:
    return sum(np.sum(term) for term in terms)


def _product(*factors: Any) -> Any:
    return np.prod([np.prod(factor) for factor in factors])


def _sum_of_products(first: Any, *others: Any) -> Any:
    for other in others:
        first = first * other
    return np.sum(first)


def _sum_of_squares(*terms: Any) -> Any:
    return sum(np.sum(term**2) for term in terms)


def _order(left: Any, right: Any) -> Any:
    return order_of_arrays(np.real(left), np.real(right))


_NAMESPACE: dict[str, Any] = {
    "__builtins__": {}, "array": np.asarray, "real": np.real, "where": np.where, "pi": np.pi, "power": _power,
    "largest": _largest, "smallest": _smallest, "magnitude": _magnitude, "total": _sum, "product": _product,
    "order": _order, "squares": _sum_of_squares, "sum_of_products": _sum_of_products,
    "size": lambda *terms: sum(np.size(term) for term in terms),
    **{name: getattr(np, name) for name in (
        "exp", "log", "log10", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "tan", "arctan", "arcsinh", "sign",
        "logical_and", "logical_or", "logical_not", "matmul", "transpose",
    )},
}  # fmt: skip
_VOCABULARY = Vocabulary(
    number="array({})",
    operators=ARITHMETIC | COMPARISONS,
    functions={
        ("EXP", 1): "exp({})", ("LN", 1): "log({})", ("LOG10", 1): "log10({})", ("LOG", 1): "log10({})",
        ("LOG", 2): "(log({}) / log({}))", ("SQRT", 1): "sqrt({})", ("POWER", 2): "power({}, {})",
        ("TANH", 1): "tanh({})", ("SINH", 1): "sinh({})", ("COSH", 1): "cosh({})", ("SIN", 1): "sin({})",
        ("COS", 1): "cos({})", ("TAN", 1): "tan({})", ("ATAN", 1): "arctan({})", ("ASINH", 1): "arcsinh({})",
        ("ABS", 1): "magnitude({})", ("SIGN", 1): "sign(real({}))", ("IF", 3): "where({}, {}, {})",
        ("NOT", 1): "logical_not({})", ("AND", 2): "logical_and({}, {})", ("OR", 2): "logical_or({}, {})",
        ("PI", 0): "array(pi)", ("TRANSPOSE", 1): "transpose({})", ("MMULT", 2): "matmul({}, {})",
        ("SUMXMY2", 2): "total(({} - {}) ** 2)",
    },
    functions_of_many={
        "SUM": "total({})", "PRODUCT": "product({})", "SUMPRODUCT": "sum_of_products({})", "MAX": "largest({})",
        "MIN": "smallest({})", "AVERAGE": "(total({0}) / size({0}))", "SUMSQ": "squares({})",
    },
)  # fmt: skip


def _complex_function(tokens: Sequence[Any], addresses: Sequence[str]) -> Callable[..., Any] | None:
    """The tokens of a parsed formula as a function of complex arrays; None where it uses anything else."""
    expression = expression_of(tokens, addresses, _VOCABULARY)
    if expression is None:
        return None
    parameters = ", ".join(argument_name(k) for k in range(len(addresses)))
    try:
        function: Callable[..., Any] = eval(f"lambda {parameters}: {expression}", dict(_NAMESPACE))  # noqa: S307  written from the vocabulary above
    except (SyntaxError, RecursionError, MemoryError):  # nested too deeply for Python
        return None
    return function
