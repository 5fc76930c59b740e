"""What a label in a sheet means, however its writer spelled it.

People write `out_h1` for `a_h1`, `E_tot` for `E_total`, `𝜕E/𝜕w1` or `dE_total / dw1` for `∂E_t/∂w1`. The spellings
are those met in public workbooks of the exercise; capitals, blanks and underscores make no difference.
"""

import re
import unicodedata

from templates import LEARNING_RATE, TOTAL_LOSS, activation_of, delta_of, gradient_of

LONGEST_LABEL = 80  # characters; what is longer is a note

_RATE = re.compile(
    r"(?:(?P<eta>[ηɳƞղͷα])|eta|lr|l\.r\.?|learningrate)(?:\((?:theta|η|eta|alpha|α|lr)\))?[=:]*(?P<value>\d*\.?\d+(?:e-?\d+)?)?"
)
_TOTAL = r"e(?:t|tot|total)"
_PARTIAL = "[∂δd]"
_UNIT = r"(?P<unit>[ho]\d+)"
_MEANINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"(?P<name>[ti]\d+)", "{name}"),
        (r"(?P<name>[wb]\d+)", "{name}"),
        (_UNIT, "{unit}"),
        (rf"net\(?{_UNIT}\)?", "{unit}"),
        (rf"(?:a|out|act)\(?{_UNIT}\)?", "a_{unit}"),
        (r"e\(?o?(?P<number>\d+)\)?", "E{number}"),
        (_TOTAL, TOTAL_LOSS),
        (rf"{_PARTIAL}(?:{_TOTAL}|e)/?{_PARTIAL}(?P<parameter>[wb]\d+)", "gradient"),
        (rf"(?:{_TOTAL}|e)(?:/?{_PARTIAL}|/)(?P<parameter>[wb]\d+)", "gradient"),
        (rf"{_PARTIAL}(?P<parameter>[wb]\d+)", "gradient"),
        (rf"(?:δ|delta)\(?{_UNIT}\)?", "delta"),
    )
)


def meaning_of(text: str) -> str | None:
    """The name in the vocabulary that a label stands for; None where it is no label of a training table's column."""
    key = _key(text)
    for pattern, meaning in _MEANINGS:
        match = pattern.fullmatch(key)
        if match is None:
            continue
        groups = match.groupdict()
        if meaning == "gradient":
            return gradient_of(_trimmed(groups["parameter"]))
        if meaning == "delta":
            return delta_of(_trimmed(groups["unit"]))
        if meaning == "a_{unit}":
            return activation_of(_trimmed(groups["unit"]))
        return meaning.format(**{name: _trimmed(value) for name, value in groups.items() if value})
    return None


def is_learning_rate(text: str) -> bool:
    """Whether a label stands for the learning rate: `η =`, `LR`, `Learning Rate`, …"""
    return rate_in(text) is not None


def rate_in(text: str) -> float | str | None:
    """The learning rate that a text names: the number in `eta 0.5`, `LEARNING_RATE` where it gives none, else None."""
    match = _RATE.fullmatch(_key(text))
    if match is None:
        return None
    return LEARNING_RATE if match["value"] is None else float(match["value"])


def _key(text: str) -> str:
    """The text in one spelling: compatibility characters resolved, small letters, without blanks and underscores."""
    if len(text) > LONGEST_LABEL:
        return ""
    key = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_*]+", "", key)


def _trimmed(name: str) -> str:
    """A numbered name without leading zeros: `w1` of `w01`."""
    letters = name.rstrip("0123456789")
    return f"{letters}{int(name[len(letters) :])}" if name != letters else name
