"""A small spreadsheet calculator for the tests, so that a changed workbook can be saved as if it were recalculated.

It translates a formula to Python token by token and shares no code with what is tested.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from tests.verifier.spreadsheet_functions import FUNCTIONS, LAZY, Area, ErrorInOperand, Operand, operand_of
from verifier.values import ExcelError, Value

Address = tuple[str, str]  # a sheet's name and a cell on it, `("eta 0.5", "E34")`
Source = Callable[[str, str], Value]


class CircularError(Exception):
    """A formula depends on itself."""


_TOKEN = re.compile(
    r'"(?P<text>(?:[^"]|"")*)"|(?P<logical>TRUE|FALSE)(?![\w(])'
    r"|(?P<sheet>'[^']+'!|[A-Za-z]\w*!)?(?P<area>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)(?![\w(])"
    r"|(?P<error>#[A-Z/0]+[!?]?)|(?P<number>\d+\.?\d*(?:[Ee][+-]?\d+)?)|(?P<function>[A-Z][A-Z0-9]*)(?=\()|(?P<sign><>|<=|>=|.)"
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

    large = Counter(sheet for sheet, _ in formulas)
    for address in sorted(formulas, key=lambda address: -large[address[0]]):  # what sums up a table comes after it
        value(*address)
    return values


def evaluate(formula: str, sheet: str, value: Source) -> Value:
    """The value of one formula without its `=`, on a sheet; `value` gives those of other cells."""

    def cell(other: str, address: str) -> Operand:
        return operand_of(value(other or sheet, address))

    def area(other: str, first: str, last: str) -> Area:
        return Area([value(other or sheet, address) for address in _cells(first, last)])

    try:
        result = _compiled(formula)(cell, area)
    except ErrorInOperand as error:
        return ExcelError(str(error))
    except ZeroDivisionError:
        return ExcelError("#DIV/0!")
    except (OverflowError, ValueError):
        return ExcelError("#NUM!")
    if isinstance(result, str):
        return str(result)
    if isinstance(result, complex) or not math.isfinite(result):
        return ExcelError("#NUM!")
    return float(result) + 0.0


@cache
def _compiled(formula: str) -> Callable[..., Operand]:
    scope: dict[str, Callable[..., Operand]] = {}
    exec(f"def formula(cell, area): return {_python(formula)}", dict(FUNCTIONS), scope)  # noqa: S102  the tests' own
    return scope["formula"]


def _python(formula: str) -> str:
    """A formula as Python, token by token; each argument of a lazy function is a function of its own."""
    code: list[str] = []
    lazy = [False]  # for each parenthesis that is open, and outside of all
    called = False
    for token in _TOKEN.finditer(formula):
        match token["sign"]:
            case "(":
                lazy.append(called)
                code.append("(lambda: (" if called else "(")
            case ")":
                code.append("))" if lazy.pop() else ")")
            case "," if lazy[-1]:
                code.append("), lambda: (")
            case _:
                code.append(_operand(token))
        called = token["function"] in LAZY
    return "".join(code)


def _operand(token: re.Match[str]) -> str:
    if token["text"] is not None:
        return "TEXT_OF({!r})".format(token["text"].replace('""', '"'))
    if token["logical"]:
        return token["logical"].title()
    if token["area"]:
        sheet = (token["sheet"] or "").rstrip("!").strip("'")
        first, _, last = token["area"].replace("$", "").partition(":")
        return f"area({sheet!r}, {first!r}, {last!r})" if last else f"cell({sheet!r}, {first!r})"
    if token["error"]:
        return f"fail({token['error']!r})"
    if token["number"]:
        return repr(float(token["number"]))
    return token["function"] or _SIGNS.get(token["sign"], token["sign"])


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
