"""Which functions of a formula are recomputed, why others are not, and which of their arguments take a range whole.

Which arguments are ranges is in ECMA-376 part 1, section 18.17.7, and in OpenDocument 1.3, part 4 (OpenFormula),
section 6.
"""

# Functions that reach outside the workbook; they are never followed.
_OUTSIDE = frozenset(
    """
    CALL CUBEVALUE DDE ENCODEURL EXEC FILTERXML GOOGLEFINANCE GOOGLETRANSLATE HYPERLINK IMAGE IMPORTDATA IMPORTFEED
    IMPORTHTML IMPORTRANGE IMPORTXML PY REGISTER REGISTER.ID RTD STOCKHISTORY WEBSERVICE
    """.split()  # noqa: SIM905  a list of quoted names would be three times as long
)
_VOLATILE = frozenset({"NOW", "TODAY", "RAND", "RANDARRAY", "RANDBETWEEN"})
OF_OWN_CELL = (
    "ROW",
    "COLUMN",
)  # of functions that depend on places, those that without arguments are fixed by the cell
_OF_PLACES = frozenset(
    {"ADDRESS", "CELL", "COLUMN", "COLUMNS", "FORMULATEXT", "INDIRECT", "OFFSET", "ROW", "ROWS", "SHEET", "SHEETS"}
)

# The cost of these is bounded by the size of their arguments. Others are not recomputed: `FACT(1E9)` or
# `REPT("x",2E9)` in a file of a few bytes would keep a machine busy for hours.
_BOUNDED = frozenset(
    """
    ABS ACOS ACOSH AND ASIN ASINH ATAN ATAN2 ATANH AVERAGE AVERAGEA AVERAGEIF AVERAGEIFS CEILING CEILING.MATH CHAR
    CHOOSE CLEAN CODE CONCAT CONCATENATE COS COSH COUNT COUNTA COUNTBLANK COUNTIF COUNTIFS DATE DAY DEGREES DEVSQ
    ERROR.TYPE EVEN EXACT EXP FALSE FIND FIXED FLOOR FLOOR.MATH GEOMEAN HLOOKUP HOUR IF IFERROR IFNA IFS INDEX INT
    ISBLANK ISERR ISERROR ISEVEN ISLOGICAL ISNA ISNONTEXT ISNUMBER ISODD ISTEXT LARGE LEFT LEN LN LOG LOG10 LOOKUP
    LOWER MATCH MAX MAXA MAXIFS MDETERM MEDIAN MID MIN MINA MINIFS MINUTE MINVERSE MMULT MOD MODE MODE.SNGL MONTH
    MROUND N NA NOT ODD OR PERCENTILE PERCENTILE.INC PI POWER PRODUCT PROPER QUOTIENT RADIANS RANK RANK.EQ REPLACE
    RIGHT ROUND ROUNDDOWN ROUNDUP SEARCH SECOND SIGN SIN SINH SMALL SQRT STDEV STDEV.P STDEV.S STDEVP SUBSTITUTE
    SUBTOTAL SUM SUMIF SUMIFS SUMPRODUCT SUMSQ SUMX2MY2 SUMX2PY2 SUMXMY2 SWITCH T TAN TANH TEXT TIME TRANSPOSE TRIM
    TRUE TRUNC UPPER VALUE VAR VAR.P VAR.S VARP VLOOKUP WEEKDAY XLOOKUP XMATCH XOR YEAR
    """.split()  # noqa: SIM905  as above
)


OF_CHANCE = "gives another value at every calculation"
OF_PLACES = "depends on where cells are, not on their values"


_OTHER_NAMES = {"POW": "POWER"}  # Google Sheets has both


def usual(name: str) -> str:
    """The usual name of a function that has another one, in capitals as all."""
    return _OTHER_NAMES.get(name, name)


def refusal(name: str) -> str | None:
    """Why a function, named in capitals, is not recomputed, as the rest of a sentence; None where it is."""
    if name in _OUTSIDE:
        return "reaches outside the workbook, which is never followed"
    if name in _VOLATILE:
        return OF_CHANCE
    if name in _OF_PLACES:
        return OF_PLACES
    return None if name in _BOUNDED else "is not among the functions that are recomputed"


_EVERY = frozenset(range(256))  # a function takes 255 arguments at the most
_REDUCING = {
    **dict.fromkeys(
        """
        AND AVERAGE AVERAGEA CONCAT COUNT COUNTA DEVSQ GEOMEAN MAX MAXA MDETERM MEDIAN MIN MINA MODE MODE.SNGL N OR
        PRODUCT STDEV STDEV.P STDEV.S STDEVP SUM SUMPRODUCT SUMSQ SUMX2MY2 SUMX2PY2 SUMXMY2 VAR VAR.P VAR.S VARP XOR
        """.split(),  # noqa: SIM905  as above
        _EVERY,
    ),
    **dict.fromkeys(("COUNTBLANK", "COUNTIF", "LARGE", "PERCENTILE", "PERCENTILE.INC", "SMALL", "T"), frozenset({0})),
    **dict.fromkeys(("AVERAGEIF", "SUMIF"), frozenset({0, 2})),
    **dict.fromkeys(("AVERAGEIFS", "MAXIFS", "MINIFS", "SUMIFS"), frozenset({0, *range(1, 256, 2)})),
    **dict.fromkeys(("HLOOKUP", "MATCH", "RANK", "RANK.EQ", "VLOOKUP", "XMATCH"), frozenset({1})),
    "SUBTOTAL": _EVERY - {0},
    "COUNTIFS": frozenset(range(0, 256, 2)),
    "LOOKUP": frozenset({1, 2}),
}
_GIVING_ARRAYS = {
    **dict.fromkeys(("INDEX", "MINVERSE", "TRANSPOSE"), frozenset({0})),
    "MMULT": frozenset({0, 1}),
    "XLOOKUP": frozenset({1, 2}),
}
_CHOOSING = frozenset({"CHOOSE", "IF", "IFERROR", "IFNA", "IFS", "SWITCH"})
_COMPUTING_ARRAYS = frozenset(
    {"INDEX", "LOOKUP", "MDETERM", "MINVERSE", "MMULT", "SUMPRODUCT", "SUMX2MY2", "SUMX2PY2", "SUMXMY2", "TRANSPOSE"}
)


def reduces(name: str, argument: int) -> bool:
    """Whether a function takes a whole range as this argument, counted from 0, and gives one value for it."""
    return argument in _REDUCING.get(name, ())


def takes_range(name: str, argument: int) -> bool:
    """Whether a function takes a whole range as this argument, counted from 0."""
    return reduces(name, argument) or argument in _GIVING_ARRAYS.get(name, ())


def computes_arrays(name: str, argument: int) -> bool:
    """Whether operators within this argument compute on whole ranges in every formula, not in array formulas alone."""
    return name in _COMPUTING_ARRAYS and takes_range(name, argument)


def chooses(name: str) -> bool:
    """Whether a function gives one of its arguments, so that a range in them may be its value."""
    return name in _CHOOSING
