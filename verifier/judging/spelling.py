"""One spelling for the many that a label has: look-alike letters, blanks, brackets and LaTeX make no difference.

Compatibility characters (full-width, subscript and mathematical letters) are resolved as Unicode's normal form NFKC
does (Unicode Standard Annex 15). Letters of another alphabet that look like Latin ones, which a keyboard or an
autocorrection puts into a label unseen, are those of Unicode's confusables (Technical Standard 39) that occur in names.
"""

import re
import unicodedata

LONGEST_LABEL = 80  # characters; what is longer is a note

INCREMENT = "∆"  # capital delta: of a fraction it is a look-alike of ∂, alone it is a change, and no gradient
_LATEX = {r"\partial": "∂", r"\delta": "δ", r"\Delta": INCREMENT, r"\eta": "η", r"\sigma": "σ", r"\nabla": "∇"}
_CAPITALS = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧΔ" + "∑Σ",  # Greek, which small letters would make unlike
    "ABEZHIKMNOPTYX" + INCREMENT + "∑∑",
)
_SMALL = str.maketrans(
    "авекмнортухіѕјԝһɡοιωɩ" + "ðдђđ" + "⁄∕÷∶" + "‐‑‒–—−",
    "abekmhoptyxisjwhgoiwi" + "∂∂∂∂" + "////" + "------",
)
_NUMBERS_APART = re.compile(r"\d[\s_\[({,;.]+\d")  # `w1_1`, `w1(2)`: two numbers, and not one of two digits


def spelling_of(text: str) -> str:
    """The text in one spelling, with its brackets: small Latin letters without blanks, underscores and `*`.

    Empty where it is too long for a label.
    """
    if len(text) > LONGEST_LABEL:
        return ""
    for command, letter in _LATEX.items():
        text = text.replace(command, letter)
    text = unicodedata.normalize("NFKC", text).translate(_CAPITALS).casefold().translate(_SMALL)
    text = unicodedata.normalize("NFD", text).replace("y\u0302", "yhat")
    letters = (letter for letter in text if unicodedata.category(letter) not in ("Mn", "Cf", "Cc") or letter.isspace())
    return re.sub(r"[\s_*$\\]+", "", "".join(letters))


def without_brackets(spelling: str) -> str:
    """`net(h1)`, `w[1]` and `w_{1}` as `neth1` and `w1`."""
    return re.sub(r"[()\[\]{}]", "", spelling)


def has_numbers_apart(text: str) -> bool:
    """Whether two numbers stand in it that would become one without what parts them."""
    return _NUMBERS_APART.search(text) is not None
