"""What a label in a sheet means, however its writer spelled it.

People write `out_h1` for `a_h1`, `E_tot` for `E_total`, `𝜕E/𝜕w1` or `dE_total / dw1` for `∂E_t/∂w1`. The spellings
are those met in public workbooks of the exercise and their kin; `spelling.py` takes letters, capitals and blanks out of
it. Some mean one thing in one table and another in the next: `h1` is a net input, but an activation where there is a
`net_h1`. A `Dialect` says which; `header.py` reads it off a whole header.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from templates import LEARNING_RATE, TOTAL_LOSS, activation_of, delta_of, gradient_of
from verifier.judging.spelling import LONGEST_LABEL, has_numbers_apart, spelling_of, without_brackets


class Role(Enum):
    """What a label says that its quantity is, before the rest of the header is known."""

    INPUT = "i"
    X = "x"  # an input, unless the inputs are `i1 i2 …`
    TARGET = "t"
    Y = "y"  # a target, unless the targets are `t1 t2 …`
    PARAMETER = "w"
    BARE = "h"  # `h1`, `o1`: a net input, unless that is `net_h1`
    NET = "net"
    ACTIVATION = "a"
    DELTA = "δ"
    LOSS = "E1"
    TOTAL = "E_total"
    PARTIAL = "∂"


@dataclass(frozen=True)
class Quantity:
    """What a label says: a role, and of what.

    `letter` is that of the unit or parameter, empty where units are numbered through (`z3`). `number` is None where a
    label gives none (`b`, `E`): it is the only one of its kind then, if there is no other.
    `over` and `by` are the two of a derivative.
    """

    role: Role
    letter: str = ""
    number: int | None = None
    over: "Quantity | None" = None
    by: "Quantity | None" = None


@dataclass(frozen=True)
class Dialect:
    """How a header uses the labels that can mean two things.

    `activations` are the letters of units whose bare label, as in `h1`, is the activation; of units that are numbered
    through, the first `hidden` are hidden ones, the others outputs. `lone` are the roles, each with its letter, that a
    label without a number may have.
    """

    activations: frozenset[str] = frozenset()
    hidden: int = 1_000_000
    x_is_input: bool = True
    y_is_target: bool = True
    lone: frozenset[tuple[Role, str]] = frozenset()


PLAIN = Dialect()

_RATE = re.compile(
    r"(?:(?P<eta>[ηɳƞղͷα])|eta|lr|l\.r\.?|learningrate|alpha|stepsize)"
    r"(?:\(?(?:theta|θ|η|eta|alpha|α|lr|learningrate)\)?)?[=:]*(?P<value>\d*\.?\d+(?:e-?\d+)?)?"
)
_SAYS_VALUE = re.compile("[=:]")
_LOSS = (  # also as it is called in German, French, Spanish, Portuguese, Italian, Turkish, Russian, Chinese, Japanese
    "(?:e|err|error|loss|cost|fehler|verlust|kosten|erreur|perte|cout|perdida|coste|erro|perda|custo|errore|perdita"
    "|hata|oшибka|误差|损失|誤差|損失)"
)
_TOTAL = (
    rf"(?:{_LOSS}|[jlc])(?:t|tot|total|totale|sum|toplam)"
    rf"|(?:total|tot|sum|∑|overall|gesamt|summe|toplam|общая|总|合計)(?:of)?(?:{_LOSS}s?|squarederrors?)"
    r"|(?:half)?(?:mse|sse)|loss|cost|meansquarederror|squarederror"
)
_NUMBER = r"(?P<number>\d{1,5})"
_UNIT = rf"(?:(?P<h>h|hidden)|o|output){_NUMBER}"
_NET_WORD = "(?:net|netinput|netin|z|in|input|sum|preact|preactivation)"
_ACTIVATION_WORD = "(?:a|α|act|activation|activated|out|output|sigmoid|sigm|sig|σ|tanh|relu|f|g|φ|ϕ|y)"
_GRAMMAR: tuple[tuple[re.Pattern[str], Role, str], ...] = tuple(
    (re.compile(pattern), role, letter)
    for pattern, role, letter in (
        (rf"(?:i|inp|input|in){_NUMBER}?", Role.INPUT, ""),
        (rf"x{_NUMBER}?", Role.X, ""),
        (rf"(?:t|target|tgt|desired|expected|actual|goal|ytrue)(?:o|out|output)?{_NUMBER}?", Role.TARGET, ""),
        (rf"y{_NUMBER}?", Role.Y, ""),
        (rf"(?:w|weight|wt){_NUMBER}?", Role.PARAMETER, "w"),
        (rf"(?:b|bias|β){_NUMBER}?", Role.PARAMETER, "b"),
        (rf"(?:yhat|ypred|pred|prediction|predicted|output){_NUMBER}?", Role.ACTIVATION, "o"),
        (r"(?:(?P<h>h|hidden)|o)(?P<number>\d{1,5})?", Role.BARE, "?"),
        (rf"{_NET_WORD}{_UNIT}", Role.NET, "?"),
        (rf"{_UNIT}{_NET_WORD}", Role.NET, "?"),
        (rf"(?:(?P<h>h)|o)(?:net|in){_NUMBER}", Role.NET, "?"),
        (rf"{_ACTIVATION_WORD}{_UNIT}", Role.ACTIVATION, "?"),
        (rf"{_UNIT}{_ACTIVATION_WORD}", Role.ACTIVATION, "?"),
        (rf"(?:(?P<h>h)|o)(?:out|act|a){_NUMBER}", Role.ACTIVATION, "?"),
        (rf"(?:net|netinput|z){_NUMBER}?", Role.NET, ""),
        (rf"(?:a|act|activation|out){_NUMBER}?", Role.ACTIVATION, ""),
        (rf"(?:δ|delta|∆|d(?=[ho])){_UNIT}", Role.DELTA, "?"),
        (rf"(?:δ|delta){_NUMBER}", Role.DELTA, ""),
        (rf"{_LOSS}(?:o|out|outo|ao)?{_NUMBER}", Role.LOSS, ""),
        (_TOTAL, Role.TOTAL, "strict"),
        (rf"{_LOSS}|[jlc]", Role.TOTAL, ""),
    )
)
_PARAMETER = r"(?P<letter>w|weight|wt|b|bias|β)(?P<number>\d{1,5})?"
_GRADIENT = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:[∂δd∇g]|gradients?|grad|gradientof|gradof){_PARAMETER}",
        rf"{_PARAMETER}(?:grad|gradient)",
        rf"(?:{_TOTAL}|{_LOSS})(?:/?[∂δd∆]|/){_PARAMETER}",
    )
)
_SIGNS = "∂δd∆"  # what people write for ∂ in a fraction
_NOTE = re.compile(
    r"(?P<label>[^=:]+?)"
    r"(?:\s*[(\[](?P<note>[^()\[\]]*[^()\[\]\d\s][^()\[\]]*)[)\]]|\s\((?P<nested>.*\(.*\).*)\)"
    r"|\s*:.*|\s*=(?=.*[^\W\d_]).*)",
    re.DOTALL,
)
_NEW = re.compile(r"new|next|upd|after|[tnk]\s*\+\s*1", re.IGNORECASE)  # a note that tells of another row's value


def meaning_of(text: str, dialect: Dialect = PLAIN) -> str | None:
    """The name in the vocabulary that a label stands for; None where it is no label of a training table's column."""
    quantity = quantity_of(text)
    return None if quantity is None else name_of(quantity, dialect)


def partial_of(over: str, by: str) -> str:
    """The name of the derivative of one quantity of the vocabulary by another.

    `∂a_o1/∂o1`; that of the total loss by a parameter is its gradient, `∂E_t/∂w1`, by a net input its delta, `δ_h1`.
    """
    if over == TOTAL_LOSS and by[0] in "wb":
        return gradient_of(by)
    if over == TOTAL_LOSS and by[0] in "ho":
        return delta_of(by)
    return f"∂{'E_t' if over == TOTAL_LOSS else over}/∂{by}"


def is_factor(name: str) -> bool:
    """Whether a name is that of a derivative other than a gradient or a delta: a factor of the chain rule."""
    over, stroke, by = name.partition("/∂")
    return bool(stroke) and not (over == "∂E_t" and by[0] in "wb")


def is_learning_rate(text: str) -> bool:
    """Whether a label stands for the learning rate: `η =`, `LR`, `Learning Rate`, …"""
    return rate_in(text) is not None


def rate_in(text: str) -> float | str | None:
    """The learning rate that a text names: the number in `eta 0.5`, `LEARNING_RATE` where it gives none, else None.

    In `LR1` the number may be an index, as in `w1`.
    """
    match = _RATE.fullmatch(spelling_of(text))
    if match is None or match["value"] is None:
        return None if match is None else LEARNING_RATE
    return float(match["value"]) if is_value(match["value"], match[0]) else None


def is_value(number: str, text: str) -> bool:
    """Whether the number in a text that names a quantity is its value; a whole one without `=` may be an index."""
    return not number.isdecimal() or _SAYS_VALUE.search(text) is not None


@lru_cache(maxsize=65_536)  # a sheet says the same again and again
def quantity_of(text: str) -> Quantity | None:
    """What a label says, a note behind it left out; None where it is no label."""
    if len(text) > LONGEST_LABEL or is_learning_rate(text):
        return None
    known = _quantity(text)
    if (
        known is None
        and (match := _NOTE.fullmatch(text.strip()))
        and not _NEW.search(match["note"] or match["nested"] or "")
    ):
        known = _quantity(match["label"])
    return known


def _quantity(text: str) -> Quantity | None:
    if has_numbers_apart(text):
        return None
    key = without_brackets(spelling_of(text))
    return _simple(key) or _gradient(key) or next(_partials(key), None)


def _simple(key: str) -> Quantity | None:
    for pattern, role, letter in _GRAMMAR:
        if match := pattern.fullmatch(key):
            groups = match.groupdict()
            unit = ("h" if groups["h"] else "o") if letter == "?" else letter
            return Quantity(role, unit, int(groups["number"]) if groups.get("number") else None)
    return None


def _gradient(key: str) -> Quantity | None:
    for pattern in _GRADIENT:
        if match := pattern.fullmatch(key):
            letter = "b" if match["letter"][0] in "bβ" else "w"
            parameter = Quantity(Role.PARAMETER, letter, int(match["number"]) if match["number"] else None)
            return Quantity(Role.PARTIAL, over=Quantity(Role.TOTAL, "strict"), by=parameter)
    return None


_OVER = frozenset({Role.TOTAL, Role.LOSS, Role.ACTIVATION, Role.NET, Role.BARE, Role.Y})
_BY = _OVER - {Role.TOTAL} | {Role.PARAMETER, Role.INPUT, Role.X}


def _partials(key: str) -> Iterator[Quantity]:
    """The ways to read a text as a derivative, with or without its stroke: `∂o1/∂w5`, `dodw`."""
    for place in range(2, len(key)) if key[:1] and key[0] in _SIGNS else ():
        if key[place] in _SIGNS:
            over, by = _simple(key[1:place].removesuffix("/")), _simple(key[place + 1 :])
            if over is not None and by is not None and over.role in _OVER and by.role in _BY and over != by:
                yield Quantity(Role.PARTIAL, over=over, by=by)


def name_of(quantity: Quantity, dialect: Dialect) -> str | None:
    """The name that a quantity has in a dialect; None where it has none."""
    if quantity.role is Role.PARTIAL:
        return _partial_name(quantity, dialect)
    if quantity.role is Role.TOTAL:
        return TOTAL_LOSS if quantity.letter or (Role.TOTAL, "") in dialect.lone else None
    number = quantity.number
    if number is None:
        number = 1 if (quantity.role, quantity.letter) in dialect.lone else None
    return None if number is None else _numbered_name(quantity, number, dialect)


def _numbered_name(quantity: Quantity, number: int, dialect: Dialect) -> str | None:
    match quantity.role:
        case Role.X if not dialect.x_is_input:
            return None
        case Role.INPUT | Role.X:
            return f"i{number}"
        case Role.Y if not dialect.y_is_target:
            return activation_of(f"o{number}")
        case Role.TARGET | Role.Y:
            return f"t{number}"
        case Role.LOSS:
            return f"E{number}"
        case Role.PARAMETER:
            return f"{quantity.letter}{number}"
    unit = f"{quantity.letter}{number}" if quantity.letter else _unit(number, dialect)
    if quantity.role is Role.DELTA:
        return delta_of(unit)
    bare = quantity.role is Role.BARE and quantity.letter in dialect.activations
    return activation_of(unit) if bare or quantity.role is Role.ACTIVATION else unit


def _unit(number: int, dialect: Dialect) -> str:
    """The unit of a number, where hidden units and outputs are numbered through."""
    return f"h{number}" if number <= dialect.hidden else f"o{number - dialect.hidden}"


def _partial_name(quantity: Quantity, dialect: Dialect) -> str | None:
    if quantity.over is None or quantity.by is None:
        return None
    total = quantity.over.role is Role.TOTAL  # `∂E/∂w1`: no other total can be meant, whatever it is called
    over, by = TOTAL_LOSS if total else name_of(quantity.over, dialect), name_of(quantity.by, dialect)
    return None if over is None or by is None or over == by else partial_of(over, by)
