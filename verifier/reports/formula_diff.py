"""Where two formulas differ, token by token, so that a reader sees the one reference that is wrong among thirty.

Blanks and capitals make no difference, as they make none to Excel; a dollar sign does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# A reference, a name or a function; a number; or any one character; each with the blanks after it.
_TOKEN = re.compile(r"(?:\$?[^\W\d]\w*(?:\$\d+)?|\$?\d+(?:\.\d+)?(?:e[+-]?\d+)?|.)\s*", re.IGNORECASE | re.DOTALL)
_MOST_COMPARISONS = 250_000  # pairs of tokens, which is the order of what difflib takes; 500 tokens are a long formula


@dataclass(frozen=True)
class Piece:
    """A part of a formula, and whether the other formula has something else in its place."""

    text: str
    differs: bool


def differing(found: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Both formulas in pieces, which joined give them back; one piece each where they are too long to compare."""
    ours, theirs = _TOKEN.findall(found), _TOKEN.findall(right)
    if len(ours) * len(theirs) > _MOST_COMPARISONS:
        return [Piece(found, False)], [Piece(right, False)]
    matcher = SequenceMatcher(None, _compared(ours), _compared(theirs), autojunk=False)
    runs = matcher.get_opcodes()
    return (
        [Piece("".join(ours[a:b]), tag != "equal") for tag, a, b, _, _ in runs if a < b],
        [Piece("".join(theirs[c:d]), tag != "equal") for tag, _, _, c, d in runs if c < d],
    )


def _compared(tokens: Sequence[str]) -> list[str]:
    return [token.strip().upper() for token in tokens]
