"""Functions that came after the format was fixed: a file has a prefix before their names, which Excel does not show.

The list is that of [MS-XLSX], section 2.2.2, as far as such functions are recomputed.
"""

import re

PREFIXED = frozenset(
    """
    CEILING.MATH CONCAT FLOOR.MATH IFNA IFS MAXIFS MINIFS MODE.SNGL PERCENTILE.INC RANK.EQ STDEV.P STDEV.S SWITCH VAR.P
    VAR.S XLOOKUP XMATCH XOR
    """.split()  # noqa: SIM905  a list of quoted names would be three times as long
)
_PREFIX = re.compile(r"_XLFN\.|_XLWS\.")
_CALL = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|(?<![\w.])([A-Z][A-Z0-9.]*)(?=\()')


def in_file(formula: str) -> str:
    """A formula as a file has it: with the prefixes, but not in its texts and the names of sheets."""
    return _CALL.sub(lambda call: f"_xlfn.{call[0]}" if call[1] in PREFIXED else call[0], formula)


def shown(function: str) -> str:
    """The name of a function, given in capitals as a file has it, as Excel shows it."""
    return _PREFIX.sub("", function)
