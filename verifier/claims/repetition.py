"""Cells that break a repetition: all others of their column, block or place hold one formula, moved, and they another.

A formula moves along a line of cells where each row, column and sheet that it refers to stays, or goes along with the
cell. Down a column the cells may stand at any distance, as those of a block of rows for each step do.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from math import isclose

from verifier.claims.groups import Groups
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formula
from verifier.reading.references import Axis, Pattern, Reference, UnsupportedFormulaError
from verifier.values import Value

_FEWEST = 3  # cells that agree, for another one to be odd
_LEAST_SHARE = 0.75  # of the cells of a line that agree
_WIDEST = 4  # distance of the units of a layer
_SAME = 1e-9  # relative: a value and what was pasted of it
_MOST_PERIODS = 3  # distances of cells in one sheet that are tried

Numbers = tuple[int, ...]  # sheet, row and column of a reference, and of a range its last row and column


@dataclass(frozen=True)
class Odd:
    """A cell that breaks a repetition, and the formula that would not."""

    cell: Cell
    pattern: Pattern


def odd_ones(graph: Graph, groups: Groups, rightward: Container[int] = ()) -> list[Odd]:
    """The cells that break a repetition, each once; in sheets that go `rightward` also one along a row.

    Where many cells of a row break theirs, another part of the sheet begins there, an epoch say: they are none. So it
    does where several are numbers, as those of another start are.
    """
    found: dict[Cell, Odd] = {}
    for axis, lines in _lines(graph, rightward):
        regular, odd = _by_part(lines, axis, graph)
        for part, ones in odd.items():
            typed = [one.cell for one in ones if one.cell not in graph.reads]
            if 2 * len(ones) <= regular[part] and len(typed) <= 1:
                found |= {one.cell: one for one in ones}
    for block in _blocks(graph, groups):
        ones = list(_odd_in(block, graph))
        if len(ones) == 1:  # several may be meant, as a column beside a matrix
            found.setdefault(ones[0].cell, ones[0])
    return list(found.values())


def pasted_ends(graph: Graph, chain: Mapping[Cell, Value], rightward: Container[int] = ()) -> list[Odd]:
    """Numbers before or behind a line that are what its formula, moved there, gives: they are pasted over it.

    `chain` are the values of all cells. A start that a training begins with is another number, or has nothing above it.
    """
    numbers, values = graph.formulas.constants(), dict(chain)
    found: dict[Cell, Odd] = {}
    for axis, lines in _lines(graph, rightward):
        for line in (line for line in lines if len(line) > _FEWEST):
            period = line[1][axis] - line[0][axis]
            for end in (_moved_by(line[0], axis, -period), _moved_by(line[-1], axis, period)):
                one = _pasted(end, line, graph, values) if isinstance(numbers.get(end), float) else None
                if one is not None:
                    found[end] = one
    return list(found.values())


def _pasted(end: Cell, line: Sequence[Cell], graph: Graph, values: MutableMapping[Cell, Value]) -> Odd | None:
    one = next((odd for odd in _odd_in([end, *line], graph) if odd.cell == end), None)
    if one is None or len(one.pattern.skeleton) == 1:  # what is taken over from the cell before is a number of its own
        return None
    try:
        usual = graph.formulas.compile(one.pattern, end[0])
        read = graph.formulas.precedents(end, usual)
        is_outside = _reads_empty(read, graph) and not any(
            _reads_empty(graph.formulas.reads(cell), graph) for cell in line
        )
        if is_outside or end in read:
            return None
        value = graph.formulas.compute(end, values, usual)
    except UnsupportedFormulaError:
        return None
    held = values.get(end)
    is_same = isinstance(value, float) and isinstance(held, float) and isclose(value, held, rel_tol=_SAME)
    return one if is_same and held else None


def _reads_empty(read: Iterable[Cell], graph: Graph) -> bool:
    """Whether one of some cells is empty."""
    return any(cell not in graph.reads and graph.formulas.cached(cell) is None for cell in read)


def odd_units(graph: Graph) -> list[Odd]:
    """Single cells in a row or a column, at equal distances, that break what all others of it repeat.

    So do the units of a layer that has another formula in one of them. Another kind of formula at an end is none: there
    something else may begin.
    """
    found: dict[Cell, Odd] = {}
    for axis, other in ((1, 2), (2, 1)):
        for period in range(1, _WIDEST + 1):
            lines: dict[tuple[int, int, int], list[Cell]] = {}
            for cell in sorted(graph.reads):
                lines.setdefault((cell[0], cell[other], cell[axis] % period), []).append(cell)
            for part in (part for line in lines.values() for part in _unbroken(line, period, axis)):
                ones = [] if _comes_sooner(part, period, axis, graph) else list(_odd_in(part, graph))
                if len(ones) == 1 and not (ones[0].cell in (part[0], part[-1]) and _is_other_kind(ones[0], graph)):
                    found.setdefault(ones[0].cell, ones[0])
    return list(found.values())


def _is_other_kind(one: Odd, graph: Graph) -> bool:
    return graph.skeleton(one.cell) != one.pattern.skeleton


def _comes_sooner(line: Sequence[Cell], period: int, axis: int, graph: Graph) -> bool:
    """Whether the formula of most cells of a line stands between them too: that is another line, with its own ends."""
    formulas = graph.formulas
    return any(
        2 * sum(formulas.get(cell) == formulas.get(_moved_by(cell, axis, by)) for cell in line) > len(line)
        for by in range(1, period)
    )


def _by_part(
    lines: Sequence[Sequence[Cell]], axis: int, graph: Graph
) -> tuple[Counter[tuple[int, int]], dict[tuple[int, int], list[Odd]]]:
    """How many cells of each row keep to their lines, and those that do not; the first of a line is where it begins.

    Of lines along the rows (axis 2), how many of each column.
    """
    regular: Counter[tuple[int, int]] = Counter()
    odd: dict[tuple[int, int], list[Odd]] = {}
    for line in lines:
        breaking = {one.cell: one for one in _odd_in(line, graph)}
        for cell in line:
            part = cell[0], cell[axis]
            if cell not in breaking:
                regular[part] += 1
            elif cell != line[0]:
                odd.setdefault(part, []).append(breaking[cell])
    return regular, odd


# --- cells that should hold one formula -------------------------------------------------------------------------------


def _lines(graph: Graph, rightward: Container[int]) -> Iterator[tuple[int, list[list[Cell]]]]:
    """Sets of lines, with their axis: the columns of a sheet, at each distance of equal formulas, or its rows.

    And the places of equal sheets.
    """
    places: dict[tuple[int, int], list[Cell]] = {}
    sheets: dict[int, list[Cell]] = {}
    for cell in sorted(graph.reads):
        sheets.setdefault(cell[0], []).append(cell)
        places.setdefault(cell[1:], []).append(cell)
    numbers = graph.formulas.constants()
    typed = {cell for cell in graph.read - graph.reads.keys() if isinstance(numbers.get(cell), float)}
    for sheet, cells in sheets.items():
        for axis in (1, 2) if sheet in rightward else (1,):
            across: dict[int, list[Cell]] = {}
            for cell in cells:
                across.setdefault(cell[3 - axis], []).append(cell)
            for period in _periods(across.values(), axis, graph):
                lines: dict[tuple[int, int], list[Cell]] = {}
                for cell in cells:
                    line = lines.setdefault((cell[3 - axis], cell[axis] % period), [])
                    before, number = (_moved_by(cell, axis, -k * period) for k in (2, 1))
                    if number in typed and line and line[-1] == before:
                        line.append(number)  # that stands alone between formulas
                    line.append(cell)
                yield axis, [part for line in lines.values() for part in _unbroken(line, period, axis)]
    if len(sheets) > _FEWEST:
        yield 1, [line for line in places.values() if len(line) > _FEWEST]


def _periods(lines: Iterable[Sequence[Cell]], axis: int, graph: Graph) -> list[int]:
    """The distances at which formulas come again along columns or rows, the most frequent first."""
    counts: Counter[int] = Counter()
    for line in lines:
        last: dict[Pattern, int] = {}
        for cell in line:
            formula = graph.formulas.get(cell)
            if formula is None:
                continue
            if formula.pattern in last:
                counts[cell[axis] - last[formula.pattern]] += 1
            last[formula.pattern] = cell[axis]
    return [period for period, count in counts.most_common(_MOST_PERIODS) if count >= _FEWEST]


def _unbroken(line: Sequence[Cell], period: int, axis: int) -> Iterator[list[Cell]]:
    """The parts of a line without a gap, down the rows (axis 1) or along the columns (2)."""
    part: list[Cell] = []
    for cell in line:
        if part and cell[axis] != part[-1][axis] + period:
            yield part
            part = []
        part.append(cell)
    yield part


def _blocks(graph: Graph, groups: Groups) -> Iterator[list[Cell]]:
    """The rectangles of several rows and columns that a group of cells fills, but for a few."""
    for group in groups.among(graph.order):
        rows, columns = ({cell[axis] for cell in group} for axis in (1, 2))
        if len(rows) == 1 or len(columns) == 1:
            continue
        height, width = max(rows) - min(rows) + 1, max(columns) - min(columns) + 1
        if height * width * _LEAST_SHARE <= len(group):
            area = (
                (row, column)
                for row in range(min(rows), max(rows) + 1)
                for column in range(min(columns), max(columns) + 1)
            )
            yield [cell for place in area if (cell := (group[0][0], *place)) in graph.reads]


# --- which of them is odd ---------------------------------------------------------------------------------------------


def _odd_in(line: Sequence[Cell], graph: Graph) -> Iterator[Odd]:
    """The cells of a line whose formula is not the others', moved; none where too few agree."""
    formulas = {cell: formula for cell in line if (formula := graph.formulas.get(cell)) is not None}
    shapes = {formula: _shape(formula) for formula in set(formulas.values())}
    if len(formulas) <= _FEWEST or (len(shapes) == 1 and len(formulas) == len(line)):
        return
    (shape, _), *_ = Counter(shapes[formula] for formula in formulas.values()).most_common(1)
    alike = {cell: _numbers(cell, f) for cell, f in formulas.items() if shapes[f] == shape}
    usual = _usual(alike)
    if usual is None:
        return
    keeping = dict.fromkeys(cell for cell, found in alike.items() if found == [_moved(one, cell) for one in usual])
    if len(keeping) < max(_FEWEST, _LEAST_SHARE * len(formulas)):
        return
    like = formulas[next(iter(keeping))].pattern
    known = {f.pattern.references: f.pattern for f in map(formulas.__getitem__, keeping)}
    for cell in line:
        if cell not in keeping:
            numbers = [_moved(one, cell) for one in usual]
            if any(number < 1 for to in numbers for number in to[1:]):
                continue
            references = zip(like.references, numbers, strict=True)
            new = tuple(_reference(cell, reference, to, graph) for reference, to in references)
            yield Odd(cell, known.get(new) or Pattern(like.skeleton, new, like.element))


def _shape(formula: Formula) -> tuple[str, tuple[bool, ...]]:
    """How a formula is written, and where it reads ranges: `AVERAGE(A1)` has no end to move."""
    return formula.pattern.skeleton, tuple(reference.is_range for reference in formula.pattern.references)


def _numbers(cell: Cell, formula: Formula) -> list[Numbers]:
    """Where the references of a formula lead."""
    found: list[Numbers] = []
    for sheet, reference in zip(formula.sheets, formula.pattern.references, strict=True):
        numbers: Numbers = (sheet, reference.row.at(cell[1]), reference.column.at(cell[2]))
        if reference.last_row is not None and reference.last_column is not None:
            numbers += (reference.last_row.at(cell[1]), reference.last_column.at(cell[2]))
        found.append(numbers)
    return found


# Of each number what it is, with −1, or by how much it is off the cell's sheet (0), row (1) or column (2).
Model = tuple[tuple[int, int], ...]


def _usual(alike: Mapping[Cell, Sequence[Numbers]]) -> list[Model] | None:
    """How most cells' references lead on from cell to cell; None where they lead in no regular way."""
    first = next(iter(alike.values()))
    models: list[Model] = []
    for k, numbers in enumerate(first):
        model: list[tuple[int, int]] = []
        for axis in range(len(numbers)):
            own = (0, 1, 2, 1, 2)[axis]
            fixed, fixed_count = Counter(n[k][axis] for n in alike.values()).most_common(1)[0]
            if fixed_count == len(alike):
                model.append((fixed, -1))
                continue
            along: list[tuple[int, tuple[int, int]]] = [(fixed_count, (fixed, -1))]
            for axis_of_cell in dict.fromkeys((own, 3 - own if own else 0)):
                by, count = Counter(n[k][axis] - cell[axis_of_cell] for cell, n in alike.items()).most_common(1)[0]
                along.append((count, (by, axis_of_cell)))
            count, leads = max(along, key=lambda found: found[0])
            as_many = [one for other, one in along if other == count]
            ways = {tuple(_moved((one,), cell) for cell in alike) for one in as_many} if len(as_many) > 1 else ()
            if len(ways) > 1 or count < _LEAST_SHARE * len(alike):
                return None  # too few agree, or they do in several ways
            model.append(leads)
        models.append(tuple(model))
    return models


def _moved(model: Model, cell: Cell) -> Numbers:
    return tuple(number if axis < 0 else number + cell[axis] for number, axis in model)


def _reference(cell: Cell, like: Reference, numbers: Numbers, graph: Graph) -> Reference:
    """A reference that leads to some numbers, with the `$` of another one."""

    def axis(number: int, own: int, old: Axis) -> Axis:
        return Axis(number if old.anchored else number - own, old.anchored)

    sheet, row, column, *last = numbers
    name = None if sheet == cell[0] and like.sheet is None else graph.formulas.workbook.sheets[sheet].name
    if like.last_row is None or like.last_column is None:
        return Reference(name, axis(row, cell[1], like.row), axis(column, cell[2], like.column))
    ends = axis(last[0], cell[1], like.last_row), axis(last[1], cell[2], like.last_column)
    return Reference(name, axis(row, cell[1], like.row), axis(column, cell[2], like.column), *ends)


def _moved_by(cell: Cell, axis: int, by: int) -> Cell:
    """A cell so many rows (axis 1) or columns (2) further."""
    sheet, row, column = cell
    return (sheet, row + by, column) if axis == 1 else (sheet, row, column + by)
