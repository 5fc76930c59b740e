"""Numbers, counts and other people's texts as one prints them, the same in every report.

Sheets, labels, formulas and file names come from workbooks that nobody vouches for. `one_line` is what each report
puts them through: no character that moves a terminal's cursor, ends a line, or turns the direction of writing is left.
"""

import math

from verifier.values import Value


def one_line(text: str) -> str:
    r"""The text with every character that is not printable as its Python escape: `\x1b`, `\n`, `\u202e`.

    What is left holds on one line, and in XML, UTF-8 and every terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def clipped(text: str, longest: int) -> str:
    """The text, or as much of it as `longest` characters hold, an ellipsis included."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def count(number: int, noun: str) -> str:
    """`1 fault`, `2 faults`; the noun is one that takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def number(value: float | None) -> str:
    """A number that a person typed, as short as it can be exactly; nothing for None."""
    return "" if value is None else f"{value:g}" if value == float(f"{value:g}") else repr(value)


def value(content: Value) -> str | None:
    """What a cell holds, numbers in full; None for an empty one."""
    if content is None or content == "":
        return None
    return repr(content) if isinstance(content, float | bool) else str(content)


def percent(fraction: float) -> str:
    """A fraction as a percentage with two digits that count: `0.026 %`, `140 %`."""
    return f"{100 * fraction:.2g} %" if fraction < 1 else f"{100 * fraction:,.0f} %"


def told_apart(first: float, second: float) -> tuple[str, str]:
    """Two numbers with six digits, or as many more as it takes to see how they differ."""
    digits = 6 if first == second else next((d for d in range(6, 17) if _apart(first, second, d)), 17)
    return f"{first:.{digits}g}", f"{second:.{digits}g}"


def _apart(first: float, second: float, digits: int) -> bool:
    """Whether the difference of two numbers takes up two of their digits."""
    size = max(abs(first), abs(second))
    return not math.isfinite(size) or abs(first - second) > size * 10.0 ** (2 - digits)
