"""Formulas that read as mathematics with the numbers put in: `= 0.15·0.05 + 0.2·0.1`.

The text is itself a live formula. It is written from the same expression as the number's own formula, in the reader's
notation, with the cell of a value's text in the place of each label. ROUND and & make that text, not TEXT, whose format
means something else in each language of the application.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sheetgen.layout import MAX_FORMULA
from sheetgen.mathematics.expression import Expression
from sheetgen.mathematics.notation import MATHEMATICS, squared, symbolic, write
from sheetgen.mathematics.values import Value

MAX_LITERAL = 255  # characters of a text in a formula, another of Excel's limits
LARGE = 1_000_000_000  # a number further from 0 is shown as a power of 10
SMALL = 0.001  # a number nearer to 0 too, with digits before it
NONE = "1E-307"  # what is nearer to 0 has no digits in Excel, nor has 10 to its power
DIGITS = 6  # of a number, from its first one that is not 0 on
_MARK = "\x00"  # parts labels from what is between them


def text_of(cell: str) -> str:
    """The formula of a number's text: its first digits, in parentheses where it is negative or a power of ten.

    A number that is joined to a text has no zeros at its end, and in each language of an application its own point.
    """
    size = f"ABS({cell})"
    power = f"INT(LOG10({size}))"
    plain = f"ROUND({size},{DIGITS - 1}-{power})"
    in_sign = f'IF({cell}<0,"(−"&{plain}&")",{plain}&"")'
    small = f'"("&IF({cell}<0,"−","")&ROUND({size}*10^-{power},{DIGITS - 1})&"·10^−"&-{power}&")"'
    large = f'IF({cell}<0,"(−10^","10^")&ROUND(LOG10({size}),1)&IF({cell}<0,")","")'
    return f'=IF({size}<{NONE},"0",IF({size}<{SMALL},{small},IF({size}<{LARGE},{in_sign},{large})))'


def cached_text(value: Value) -> str:
    """What that formula gives for a value; an error is itself."""
    if isinstance(value, str):
        return value
    size, sign = abs(value), "−" if value < 0 else ""
    if size < float(NONE):
        return "0"
    power = math.floor(math.log10(size))
    if size < SMALL:
        return f"({sign}{_rounded(size * 10.0**-power, DIGITS - 1)}·10^−{-power})"
    shown = _rounded(size, DIGITS - 1 - power) if size < LARGE else f"10^{_rounded(math.log10(size), 1)}"
    return f"({sign}{shown})" if sign else shown


def _rounded(number: float, decimals: int) -> str:
    """A number as an application joins it to a text: without zeros at its end."""
    shown = f"{round(number, decimals):.{max(decimals, 0)}f}"
    return shown.rstrip("0").removesuffix(".") if "." in shown else shown


def with_numbers(expression: Expression, text_cell: Callable[[str], str]) -> str | None:
    """The formula of the expression's text; `text_cell` gives the cell of a label's text. None where it is too long."""
    formula = "=" + "&".join(_in_formula(part, text_cell) for part in _parts(expression))
    return formula if len(formula) <= MAX_FORMULA else None


def cached_with_numbers(expression: Expression, text: Callable[[str], str]) -> str:
    """What that formula gives; `text` gives a label's text, and an error among them is the result."""
    parts = [_in_value(part, text) for part in _parts(expression)]
    errors = [part for part in parts if part.startswith("#")]
    return errors[0] if errors else "".join(parts)


@dataclass(frozen=True)
class _Part:
    """A piece of the text: a label, which may stand alone between other parentheses, or what is between labels."""

    text: str
    is_label: bool
    is_alone: bool = False


def _parts(expression: Expression) -> Iterator[_Part]:
    marked = replace(MATHEMATICS, column=lambda column: _marked(symbolic(column)), setting=_marked)
    pieces = f"= {squared(write(expression, marked))}".split(_MARK)  # every other one is a label
    for k, piece in enumerate(pieces):
        if k % 2 == 1:
            alone = pieces[k - 1].endswith(_OPENING) and (pieces[k + 1] == "" or pieces[k + 1].startswith(_CLOSING))
            yield _Part(piece, True, alone)
        elif piece:
            yield _Part(piece, False)


_OPENING, _CLOSING = ("(", "[", ", ", "= "), (")", "]", " > ")


def _marked(label: str) -> str:
    return _MARK + label + _MARK


def _in_formula(part: _Part, text_cell: Callable[[str], str]) -> str:
    if not part.is_label:
        return "&".join(f'"{piece}"' for piece in re.findall(f".{{1,{MAX_LITERAL}}}", part.text))
    cell = text_cell(part.text)
    return f'SUBSTITUTE(SUBSTITUTE({cell},"(",""),")","")' if part.is_alone else cell


def _in_value(part: _Part, text: Callable[[str], str]) -> str:
    if not part.is_label:
        return part.text
    value = text(part.text)
    return value.strip("()") if part.is_alone else value
