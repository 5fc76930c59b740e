"""Which functions of a formula are recomputed, and why others are not."""

# Functions that reach outside the workbook; they are never followed.
_OUTSIDE = frozenset(
    """
    CALL CUBEVALUE DDE ENCODEURL EXEC FILTERXML GOOGLEFINANCE GOOGLETRANSLATE HYPERLINK IMAGE IMPORTDATA IMPORTFEED
    IMPORTHTML IMPORTRANGE IMPORTXML PY REGISTER REGISTER.ID RTD STOCKHISTORY WEBSERVICE
    """.split()  # noqa: SIM905  a list of quoted names would be three times as long
)
_VOLATILE = frozenset({"NOW", "TODAY", "RAND", "RANDARRAY", "RANDBETWEEN"})
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


def refusal(name: str) -> str | None:
    """Why a function, named in capitals, is not recomputed, as the rest of a sentence; None where it is."""
    if name in _OUTSIDE:
        return "reaches outside the workbook, which is never followed"
    if name in _VOLATILE:
        return "gives another value at every calculation"
    if name in _OF_PLACES:
        return "depends on where cells are, not on their values"
    return None if name in _BOUNDED else "is not among the functions that are recomputed"
