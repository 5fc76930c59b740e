"""Formulas as they are written, read into patterns. The grammar is that of ECMA-376 part 1, section 18.17.2."""

import re
from collections.abc import Mapping
from dataclasses import astuple, replace

from verifier.reading.functions import OF_OWN_CELL, refusal, usual
from verifier.reading.later_functions import shown
from verifier.reading.placement import Elementwise, OneCell, Placement, Region, WholeArray
from verifier.reading.positions import SINGLE, Calls, NotElementwiseError
from verifier.reading.references import (
    CELL,
    MAX_LENGTH,
    MAX_ROW,
    PLACEHOLDER,
    Pattern,
    Reference,
    UnsupportedFormulaError,
    placeholder,
    unquoted,
)  # fmt: skip

MAX_NESTING = 128  # of parentheses; Excel allows 64 levels of functions
MAX_ARRAY = 1_000  # cells that show one array, each an element

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
  | (?P<bracket>[(),])
    """,
    re.VERBOSE,
)
_CONSTANT = re.compile(
    r'[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?%?|"(?:[^"]|"")*"|TRUE|FALSE', re.IGNORECASE
)


class PatternReader:
    """Reads the formulas of one sheet, row by row; one filled down a column is parsed once.

    `names` maps a defined name in capitals to what it stands for, as a formula without `=`. `rewritten` are patterns
    that are written otherwise than their text, and `bound` those of them that hold in their own cells alone, since a
    range in them stands for the cell beside the formula: each with a formula that has it, and its row and column.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.rewritten: set[Pattern] = set()
        self.bound: dict[Pattern, tuple[str, int, int]] = {}
        self._names = names
        self._above: dict[int, _Filled] = {}
        self._known: dict[tuple[str, tuple[Reference, ...], tuple[int, int] | None], Pattern] = {}

    def read(self, formula: str, row: int, column: int) -> Pattern:
        """The pattern of a formula, given without its `=`.

        Raises UnsupportedFormulaError.
        """
        above = self._above.get(column)
        if above is not None and above.at(row) == formula:
            return above.pattern
        translation = _Translation(formula, OneCell(row, column), self._names)
        pattern = self._one(translation.pattern())
        if translation.rewritten:
            self.rewritten.add(pattern)
        if translation.bound:
            self.bound.setdefault(pattern, (formula, row, column))
        else:
            self._above[column] = _Filled(formula, row, pattern)
        return pattern

    def filled(self, pattern: Pattern, row: int, column: int) -> str:
        """The formula of a pattern that is bound to its cell, without `=`, as it would be filled into another."""
        formula, first_row, first_column = self.bound[pattern]
        written = _Translation(formula, WholeArray(first_row, first_column, 1, 1), self._names).pattern()
        return written.text(row, column).removeprefix("=")

    def read_array(self, formula: str, region: Region) -> dict[tuple[int, int], Pattern]:
        """The patterns of an array formula, given without its `=`, in all cells of its region.

        Raises UnsupportedFormulaError.
        """
        places = region.places()
        try:
            elementwise = _Translation(formula, Elementwise(*astuple(region)), self._names).pattern()
            return dict.fromkeys(places, self._one(elementwise))
        except NotElementwiseError:
            whole = _Translation(formula, WholeArray(*astuple(region)), self._names).pattern()
        if len(places) > MAX_ARRAY:
            raise UnsupportedFormulaError(f"it is an array of more than {MAX_ARRAY:,} cells")
        elements = [(row - region.row, column - region.column) for row, column in places]
        return {
            place: self._one(replace(whole, element=element)) for place, element in zip(places, elements, strict=True)
        }

    def _one(self, pattern: Pattern) -> Pattern:
        """The one object for all equal patterns."""
        return self._known.setdefault((pattern.skeleton, pattern.references, pattern.element), pattern)


class _Filled:
    """A formula ready to be filled down its column: its text with marks for the rows it is relative to."""

    def __init__(self, formula: str, row: int, pattern: Pattern) -> None:
        self.pattern = pattern
        self._distances: list[int] = []

        def mark(match: re.Match[str]) -> str:
            if match["text"] or not match["cell"]:
                return match.group()
            return (match["sheet"] or "") + CELL.sub(mark_row, match["cell"])

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
    return _Translation(formula, OneCell(row, column), names).pattern()


class _Translation:
    """One formula on its way into a pattern; `rewritten` and `bound` say afterwards what PatternReader keeps of it."""

    def __init__(self, formula: str, placement: Placement, names: Mapping[str, str]) -> None:
        self.rewritten = self.bound = False
        self._formula, self._placement, self._names = formula, placement, names
        self._calls = Calls(formula)
        self._references: dict[Reference, int] = {}

    def pattern(self) -> Pattern:
        """The pattern. Raises UnsupportedFormulaError, and NotElementwiseError where elements are asked for."""
        _check(self._formula)
        return Pattern(_TOKEN.sub(self._token, self._formula), tuple(self._references))

    def _token(self, match: re.Match[str]) -> str:
        if match["cell"] or match["columns"] or match["rows"]:
            return self._reference(match, match.span())
        if match["word"]:
            return self._call(match) if match["call"] else self._name(match)
        match match["bracket"]:
            case "(":
                self._calls.enter("", match.end())
            case ",":
                self._calls.comma(match.end())
            case ")":
                self._calls.leave()
        return match.group()

    def _call(self, match: re.Match[str]) -> str:
        word = shown(match["word"].upper())
        self._calls.enter(word, match.end())
        if word == SINGLE:
            self.rewritten = True
            return "("
        if word in OF_OWN_CELL and isinstance(self._placement, OneCell) and _ends(self._formula, match.end()):
            return f"{word}("
        if usual(word) != word:
            self.rewritten, word = True, usual(word)
        reason = refusal(word)
        if reason is not None:
            raise UnsupportedFormulaError(f"{word} {reason}")
        return f"{word}("

    def _name(self, match: re.Match[str]) -> str:
        word = match["word"].upper()
        if word in ("TRUE", "FALSE"):
            return word
        self.rewritten = True
        sheet, _, name = word.rpartition("!")
        meaning = self._names.get(f"{unquoted(sheet)}!{name}" if sheet else name, "")
        if _CONSTANT.fullmatch(meaning):
            return f"({meaning})"
        target = _TOKEN.fullmatch(meaning)
        if target is None or not (target["cell"] or target["columns"] or target["rows"]):
            stands_for = f"stands for {meaning[:60]}, and not" if meaning else "does not stand"
            raise UnsupportedFormulaError(f"the name {match['word']} {stands_for} for a cell, a range or a number")
        if any("$" not in part for part in re.findall(r"\$?[A-Z]+|\$?[0-9]+", (target["cell"] or "").upper())):
            raise UnsupportedFormulaError(f"the name {match['word']} stands for another cell in every cell")
        return self._reference(target, match.span())

    def _reference(self, match: re.Match[str], span: tuple[int, int]) -> str:
        """The placeholder of a reference, or of a name for one, that is written from one place to another."""
        sheet = unquoted(match["sheet"]) if match["sheet"] else None
        first, last = _corners(match)
        if not last:
            return self._use(self._placement.cell(sheet, first))
        reference = self._placement.range(sheet, first, last, self._calls.position(*span))
        if reference is None or not reference.is_range:
            self.rewritten = self.bound = True
        return "#VALUE!" if reference is None else self._use(reference)

    def _use(self, reference: Reference) -> str:
        return placeholder(self._references.setdefault(reference, len(self._references)))


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
    if PLACEHOLDER.search(formula):
        raise UnsupportedFormulaError("it has characters of the private use area")
    if "|" in code:
        raise UnsupportedFormulaError("it asks another program for data (DDE), which is never followed")
    if re.search(r"\[[^\]]*\][^'!]*'?!", code):
        raise UnsupportedFormulaError("it refers to another workbook, which is never opened")
    if "[" in code:
        raise UnsupportedFormulaError("it refers to a table by name (a structured reference)")
    if "{" in code:
        raise UnsupportedFormulaError("it has an array constant")
    if re.search(r"\bINDEX\([^()]*,\s*0?\s*[,)]", code, re.IGNORECASE):  # `formulas` takes the first cell
        raise UnsupportedFormulaError("it takes a whole row or column by INDEX")


def _ends(formula: str, at: int) -> bool:
    """Whether the parentheses of a function are closed there, without an argument."""
    return formula[at:].lstrip().startswith(")")


def _corners(match: re.Match[str]) -> tuple[str, str]:
    """The addresses of a range's first and last cell; the last is empty where a single cell is written."""
    if match["columns"]:
        first, last = match["columns"].split(":")
        return f"{first}$1", f"{last}${MAX_ROW}"
    if match["rows"]:
        first, last = match["rows"].split(":")
        return f"$A{first}", f"$XFD{last}"
    first, _, last = match["cell"].partition(":")
    return first, last
