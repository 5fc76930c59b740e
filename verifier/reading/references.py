"""The references in a formula, made relative, so that a formula filled down a column is one and the same everywhere.

Rows and columns count from 1 as in Excel. A reference's row and column are numbers where it anchors them with `$`,
and distances from the formula's own cell where it does not, as in R1C1 notation. The grammar of references is that of
ECMA-376 part 1, section 18.17.2.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verifier.computing.functions import refusal

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
MAX_LENGTH = 8_192  # of a formula in Excel
MAX_NESTING = 128  # of parentheses; Excel allows 64 levels of functions


class UnsupportedFormulaError(Exception):
    """A formula that cannot be recomputed here: says why, in a phrase."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A row or a column of a reference: anchored at a number, or at a distance from the formula's cell."""

    number: int
    anchored: bool

    def at(self, own: int) -> int:
        """The row or column that is meant in a formula of the row or column `own`."""
        return self.number if self.anchored else own + self.number


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell, or with `last_row` and `last_column` a range, on another sheet where `sheet` names it."""

    sheet: str | None
    row: Axis
    column: Axis
    last_row: Axis | None = None
    last_column: Axis | None = None

    @property
    def is_range(self) -> bool:
        """Whether it is a range; one of a single cell counts."""
        return self.last_row is not None


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A formula without its place: its text with a `placeholder` for each reference, and the references.

    Two cells of a sheet have the same pattern, one and the same object, if and only if copying one gives the other.
    """

    skeleton: str
    references: tuple[Reference, ...]

    def text(self, row: int, column: int) -> str:
        """The formula as Excel shows it in a cell, with its `=`."""
        pieces = _PLACEHOLDER.split(self.skeleton)
        marks = _PLACEHOLDER.findall(self.skeleton)
        addresses = [address(self.references[ord(mark) - _FIRST_PLACEHOLDER], row, column) for mark in marks]
        return "=" + "".join(piece for pair in zip(pieces, [*addresses, ""], strict=True) for piece in pair)


_FIRST_PLACEHOLDER, _LAST_PLACEHOLDER = 0xE000, 0xF8FF  # the private use area, which formulas have no use for
_PLACEHOLDER = re.compile(f"[{chr(_FIRST_PLACEHOLDER)}-{chr(_LAST_PLACEHOLDER)}]")


def placeholder(k: int) -> str:
    """What stands in a skeleton for the reference number `k`, counted from 0."""
    return chr(_FIRST_PLACEHOLDER + k)


def column_name(column: int) -> str:
    """`A` of 1, `AE` of 31."""
    name = ""
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(65 + digit) + name
    return name


def column_number(name: str) -> int:
    """1 of `A`, 31 of `ae`."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number


def address(reference: Reference, row: int, column: int) -> str:
    """A reference as it is written in a cell: `E33`, `$G$31`, `'eta 0.1'!$W$33:$W$133`."""
    sheet = "" if reference.sheet is None else _quoted(reference.sheet) + "!"
    if reference.last_row is None or reference.last_column is None:
        return sheet + _corner(reference.row, reference.column, row, column)
    if (reference.row, reference.last_row) == (Axis(1, True), Axis(MAX_ROW, True)):
        ends = [_letters(axis, column) for axis in (reference.column, reference.last_column)]
    elif (reference.column, reference.last_column) == (Axis(1, True), Axis(MAX_COLUMN, True)):
        ends = [_digits(axis, row) for axis in (reference.row, reference.last_row)]
    else:
        ends = [
            _corner(reference.row, reference.column, row, column),
            _corner(reference.last_row, reference.last_column, row, column),
        ]
    return sheet + ":".join(ends)


def _corner(row_axis: Axis, column_axis: Axis, row: int, column: int) -> str:
    return _letters(column_axis, column) + _digits(row_axis, row)


def _letters(axis: Axis, column: int) -> str:
    return "$" * axis.anchored + column_name(axis.at(column))


def _digits(axis: Axis, row: int) -> str:
    return "$" * axis.anchored + str(axis.at(row))


def _quoted(sheet: str) -> str:
    plain = re.fullmatch(r"[^\W\d][\w.]*", sheet) and not _CELL.fullmatch(sheet)
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"]|"")*")
  | (?P<sheet>'(?:[^']|'')+'!|(?:\[[^\]]*\])?[^\W\d][\w.]*!)?
    (?:
        (?P<cell>\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?::\$?[A-Za-z]{1,3}\$?[0-9]{1,7})?)(?![\w.(!\[])
      | (?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w.(!\[])
      | (?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w.(!\[])
    )
  | (?P<error>\#[A-Z/0]+[!?]?)
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?)
  | (?P<word>'(?:[^']|'')+'![^\W\d][\w.]*|(?:[^\W\d]|\\)[\w.\\]*(?:![\w.]+)?)(?P<call>\()?
  | (?P<structured>\[)
    """,
    re.VERBOSE,
)
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")


class PatternReader:
    """Reads the formulas of one sheet, row by row; one filled down a column is parsed once.

    `names` maps a defined name in capitals to what it stands for, as a formula without `=`.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._above: dict[int, _Filled] = {}
        self._known: dict[tuple[str, tuple[Reference, ...]], Pattern] = {}

    def read(self, formula: str, row: int, column: int) -> Pattern:
        """The pattern of a formula, given without its `=`.

        Raises UnsupportedFormulaError.
        """
        above = self._above.get(column)
        if above is not None and above.at(row) == formula:
            return above.pattern
        pattern = parse(formula, row, column, self._names)
        pattern = self._known.setdefault((pattern.skeleton, pattern.references), pattern)
        self._above[column] = _Filled(formula, row, pattern)
        return pattern


class _Filled:
    """A formula ready to be filled down its column: its text with marks for the rows it is relative to."""

    def __init__(self, formula: str, row: int, pattern: Pattern) -> None:
        self.pattern = pattern
        self._distances: list[int] = []

        def mark(match: re.Match[str]) -> str:
            if match["text"] or not match["cell"]:
                return match.group()
            return (match["sheet"] or "") + _CELL.sub(mark_row, match["cell"])

        def mark_row(match: re.Match[str]) -> str:
            if match[3]:
                return match.group()
            distance = int(match[4]) - row
            if distance not in self._distances:
                self._distances.append(distance)
            return f"{match[1]}{match[2]}{placeholder(self._distances.index(distance))}"

        # Between the marks of the first distance: most formulas read one row, updates the row before.
        self._pieces = _TOKEN.sub(mark, formula).split(placeholder(0))

    def at(self, row: int) -> str:
        """The formula as it would be filled into another row."""
        if not self._distances:
            return self._pieces[0]
        first, *others = self._distances
        text = str(row + first).join(self._pieces)
        for k, distance in enumerate(others, 1):
            text = text.replace(placeholder(k), str(row + distance))
        return text


def parse(formula: str, row: int, column: int, names: Mapping[str, str]) -> Pattern:
    """Make a formula's references relative to its cell. Raises UnsupportedFormulaError."""
    _check(formula)
    references: dict[Reference, int] = {}

    def replace(match: re.Match[str]) -> str:
        if match["word"]:
            return _word(match, names, use)
        if match["cell"] or match["columns"] or match["rows"]:
            return use(_reference(match, row, column))
        return match.group()

    def use(reference: Reference) -> str:
        return placeholder(references.setdefault(reference, len(references)))

    return Pattern(_TOKEN.sub(replace, formula), tuple(references))


def _check(formula: str) -> None:
    if len(formula) > MAX_LENGTH:
        raise UnsupportedFormulaError(f"it has {len(formula):,} characters, more than Excel's {MAX_LENGTH:,}")
    code = re.sub(r'"[^"]*"', "", formula)
    depth = deepest = 0
    for bracket in re.findall(r"[()]", code):
        depth += 1 if bracket == "(" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise UnsupportedFormulaError(f"its parentheses are nested {deepest:,} deep")
    if _PLACEHOLDER.search(formula):
        raise UnsupportedFormulaError("it has characters of the private use area")
    if "|" in code:
        raise UnsupportedFormulaError("it asks another program for data (DDE), which is never followed")
    if re.search(r"\[[^\]]*\][^'!]*'?!", code):
        raise UnsupportedFormulaError("it refers to another workbook, which is never opened")
    if "[" in code:
        raise UnsupportedFormulaError("it refers to a table by name (a structured reference)")
    if "{" in code:
        raise UnsupportedFormulaError("it has an array constant")


def _word(match: re.Match[str], names: Mapping[str, str], use: Callable[[Reference], str]) -> str:
    word = match["word"].upper().removeprefix("_XLFN.").removeprefix("_XLWS.")
    if match["call"]:
        reason = refusal(word)
        if reason is not None:
            raise UnsupportedFormulaError(f"{word} {reason}")
        return match.group().upper().replace("_XLFN.", "").replace("_XLWS.", "")
    if word in ("TRUE", "FALSE"):
        return word
    target = _TOKEN.fullmatch(names.get(word, ""))
    if target is None or not target["cell"] or "$" not in target["cell"]:
        raise UnsupportedFormulaError(f"the name {match['word']} does not stand for a cell or a range")
    return use(_reference(target, 0, 0))


def _reference(match: re.Match[str], row: int, column: int) -> Reference:
    sheet = _unquoted(match["sheet"]) if match["sheet"] else None
    if match["columns"]:
        first, last = (
            f"{name}$1" if k == 0 else f"{name}${MAX_ROW}" for k, name in enumerate(match["columns"].split(":"))
        )
    elif match["rows"]:
        first, last = (f"$A{name}" if k == 0 else f"$XFD{name}" for k, name in enumerate(match["rows"].split(":")))
    else:
        first, _, last = match["cell"].partition(":")
    corner = _axes(first, row, column)
    if not last:
        return Reference(sheet, *corner)
    return Reference(sheet, *corner, *_axes(last, row, column))


def _axes(cell: str, row: int, column: int) -> tuple[Axis, Axis]:
    match = _CELL.fullmatch(cell)
    if match is None:
        raise UnsupportedFormulaError(f"{cell} is not the address of a cell")
    number, letters = int(match[4]), column_number(match[2])
    if not (1 <= number <= MAX_ROW and letters <= MAX_COLUMN):
        raise UnsupportedFormulaError(f"{cell} lies outside a sheet")
    return (
        Axis(number, True) if match[3] else Axis(number - row, False),
        Axis(letters, True) if match[1] else Axis(letters - column, False),
    )


def _unquoted(sheet: str) -> str:
    name = sheet.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name
