"""A small spreadsheet calculator for the tests, so that a changed workbook can be saved as if it were recalculated.

It translates a formula to Python token by token and shares no code with what is tested.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from verifier.values import ExcelError, Value

Address = tuple[str, str]  # a sheet's name and a cell on it, `("eta 0.5", "E34")`
Source = Callable[[str, str], Value]


class CircularError(Exception):
    """A formula depends on itself."""


class _ErrorInOperand(Exception):  # noqa: N818  an Excel error on its way, not one of ours
    pass


_TOKEN = re.compile(
    r"(?P<sheet>'[^']+'!|[A-Za-z]\w*!)?(?P<area>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)(?![\w(])"
    r"|(?P<error>#[A-Z/0]+[!?]?)|(?P<number>\d+\.?\d*(?:[Ee][+-]?\d+)?)|(?P<function>[A-Z]+)(?=\()|(?P<sign><>|<=|>=|.)"
)
_SIGNS = {"^": "**", "=": "==", "<>": "!="}


def calculate(formulas: Mapping[Address, str], constants: Mapping[Address, Value]) -> dict[Address, Value]:
    """The values of all formulas, each given without its `=`. Raises CircularError."""
    values: dict[Address, Value] = {}
    open_cells: set[Address] = set()

    def value(sheet: str, cell: str) -> Value:
        address = sheet, cell
        if address not in formulas:
            return constants.get(address)
        if address not in values:
            if address in open_cells:
                raise CircularError(cell)
            open_cells.add(address)
            values[address] = evaluate(formulas[address], sheet, value)
        return values[address]

    for address in formulas:
        value(*address)
    return values


def evaluate(formula: str, sheet: str, value: Source) -> Value:
    """The value of one formula without its `=`, on a sheet; `value` gives those of other cells."""

    def cell(other: str, address: str) -> float:
        return _number(value(other or sheet, address))

    def area(other: str, first: str, last: str) -> list[Value]:
        return [value(other or sheet, address) for address in _cells(first, last)]

    try:
        result = _compiled(formula)(cell, area)
    except _ErrorInOperand as error:
        return ExcelError(str(error))
    except ZeroDivisionError:
        return ExcelError("#DIV/0!")
    except (OverflowError, ValueError):
        return ExcelError("#NUM!")
    if isinstance(result, complex) or not math.isfinite(result):
        return ExcelError("#NUM!")
    return float(result) + 0.0


def _number(value: Value) -> float:
    if isinstance(value, ExcelError):
        raise _ErrorInOperand(value)
    if isinstance(value, str):
        raise _ErrorInOperand("#VALUE!")
    return float(value or 0.0)


@cache
def _compiled(formula: str) -> Callable[..., float]:
    code = "".join(_python(match) for match in _TOKEN.finditer(formula))
    scope: dict[str, Callable[..., float]] = {}
    exec(f"def formula(cell, area): return {code}", dict(_FUNCTIONS), scope)  # noqa: S102  the tests' own formulas
    return scope["formula"]


def _python(match: re.Match[str]) -> str:
    if match["area"]:
        sheet = (match["sheet"] or "").rstrip("!").strip("'")
        first, _, last = match["area"].replace("$", "").partition(":")
        return f"area({sheet!r}, {first!r}, {last!r})" if last else f"cell({sheet!r}, {first!r})"
    if match["error"]:
        return f"fail({match['error']!r})"
    if match["number"]:
        return repr(float(match["number"]))
    return match["function"] or _SIGNS.get(match["sign"], match["sign"])


def _fail(name: str) -> float:
    raise _ErrorInOperand(name)


def _flat(*arguments: Value | list[Value]) -> list[float]:
    return [_number(v) for argument in arguments for v in (argument if isinstance(argument, list) else [argument])]


_FUNCTIONS = {
    "EXP": math.exp,
    "TANH": math.tanh,
    "SQRT": math.sqrt,
    "ABS": abs,
    "POWER": pow,
    "MAX": lambda *arguments: max(_flat(*arguments)),
    "SUM": lambda *arguments: math.fsum(_flat(*arguments)),
    "SUMPRODUCT": lambda left, right: sum(a * b for a, b in zip(_flat(left), _flat(right), strict=True)),
    "PRODUCT": lambda *arguments: math.prod(_flat(*arguments)),
    "IF": lambda condition, then, otherwise: then if condition else otherwise,
    "INDEX": lambda cells, number: _number(cells[int(number) - 1]),  # no error but that of the cell it picks
    "fail": _fail,
}


def column_of(name: str) -> int:
    """1 of `A`, 27 of `AA`."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(column: int) -> str:
    """`A` of 1, `AA` of 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place_of(cell: str) -> tuple[int, int]:
    """The row and the column, from 1, of an address."""
    match = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)", cell)
    if match is None:
        raise ValueError(f"{cell!r} is not the address of a cell")
    return int(match[2]), column_of(match[1])


def _cells(first: str, last: str) -> Iterator[str]:
    (top, left), (bottom, right) = place_of(first), place_of(last)
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield f"{letters_of(column)}{row}"


def cells_in(ranges: str) -> set[str]:
    """All cells of ranges as a finding gives them: `Z33:Z35, AA33`."""
    cells: set[str] = set()
    for text in ranges.split(", "):
        first, _, last = text.partition(":")
        cells |= set(_cells(first, last or first))
    return cells
