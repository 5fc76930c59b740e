"""Formulas that read as mathematics with the numbers put in: `= 0.150000·0.050000 + 0.200000·0.100000`.

The text is itself a live formula. It is written from the same expression as the number's own formula, in the reader's
notation, with the cell of a value's text in the place of each label. FIXED makes that text, not TEXT, whose format
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
SMALL = 0.001  # a number of an optimizer nearer to 0 too
_MARK = "\x00"  # parts labels from what is between them


def text_of(cell: str, decimals: int) -> str:
    """The formula of a number's text, in parentheses where it is negative."""
    plain = f'IF({cell}<0,"(−"&FIXED(-{cell},{decimals},TRUE)&")",FIXED({cell},{decimals},TRUE))'
    large = f'IF({cell}<0,"(−10^","10^")&FIXED(LOG10(ABS({cell})),1,TRUE)&IF({cell}<0,")","")'
    return f"=IF(ABS({cell})<{LARGE},{plain},{large})"


def text_with_powers(cell: str, decimals: int) -> str:
    """The same of a number that can be small without being 0: as a power of 10 then, and in parentheses."""
    power = f"INT(LOG10(ABS({cell})))"
    small = f'"("&IF({cell}<0,"−","")&FIXED(ABS({cell})/10^{power},4,TRUE)&"·10^−"&-{power}&")"'
    other = text_of(cell, decimals).removeprefix("=")
    return f'=IF({cell}=0,"0",IF(ABS({cell})<{SMALL},{small},{other}))'


def cached_with_powers(value: Value, decimals: int) -> str:
    """What that formula gives for a value."""
    if isinstance(value, str) or abs(value) >= SMALL:
        return cached_text(value, decimals)
    if value == 0:
        return "0"
    power = math.floor(math.log10(abs(value)))
    return f"({'−' if value < 0 else ''}{abs(value) / 10.0**power:.4f}·10^−{-power})"


def cached_text(value: Value, decimals: int) -> str:
    """What that formula gives for a value; an error is itself."""
    if isinstance(value, str):
        return value
    size = abs(value)
    shown = f"{size:.{decimals}f}" if size < LARGE else f"10^{math.log10(size):.1f}"
    return f"(−{shown})" if value < 0 else shown


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
