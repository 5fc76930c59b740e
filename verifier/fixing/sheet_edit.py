"""Some cells of a sheet's part written anew, every other byte as it was.

Beside the cells only what has to hold for them changes: a row's `spans` go where a new cell lies outside them, and the
sheet's `dimension` grows (ECMA-376 part 1, §18.3.1.73 and §18.3.1.35; both are hints to whoever reads the file).
"""

import re
from collections.abc import Iterator, Mapping

from verifier.fixing.cell_xml import Change, Content, changed_cell, new_cell
from verifier.fixing.markup import CellSpan, RowSpan, Tag, find, rows, without_attributes
from verifier.reading.package import WorkbookError
from verifier.reading.references import column_name, column_number
from verifier.reading.sheets import Place

_Splice = tuple[int, int, bytes]  # from where to where, and what comes there
_ByColumn = dict[int, Change]
_DIMENSION = re.compile(rb"([A-Z]{1,3})([0-9]+)(?::([A-Z]{1,3})([0-9]+))?")
_TEXTS = (b"s", b"str", b"inlineStr")  # types of a cell


def edited(xml: bytes, changes: Mapping[Place, Change]) -> Iterator[bytes]:
    """Yield a sheet's part with changes made, piece by piece. Raises WorkbookError where that cannot be done."""
    position = 0
    for start, end, piece in _splices(xml, changes):
        yield xml[position:start]
        yield piece
        position = end
    yield xml[position:]


def _splices(xml: bytes, changes: Mapping[Place, Change]) -> Iterator[_Splice]:
    """What is to be replaced, in the order of the bytes."""
    yield from _dimension(xml, changes)
    data = find(xml, b"sheetData")
    if data is None:
        raise WorkbookError("damaged: a sheet has no place for cells")
    by_row: dict[int, _ByColumn] = {}
    for (line, column), change in sorted(changes.items()):
        by_row.setdefault(line, {})[column] = change
    if data.empty:
        yield data.start, data.end, _filled_data(data, by_row)
        return
    editor = _RowEditor(xml, data.prefix)
    end = data.end
    for row in rows(xml):
        for number in [number for number in by_row if number < row.number]:
            yield row.tag.start, row.tag.start, editor.new_row(number, by_row.pop(number))
        yield from editor.changed_row(row, by_row.pop(row.number, {}))
        end = _end_of(xml, row)
    yield end, end, b"".join(editor.new_row(number, cells) for number, cells in by_row.items())


def _end_of(xml: bytes, row: RowSpan) -> int:
    return row.tag.end if row.tag.empty else xml.index(b">", row.end) + 1


def _filled_data(data: Tag, by_row: Mapping[int, _ByColumn]) -> bytes:
    editor = _RowEditor(b"", data.prefix)
    inside = b"".join(editor.new_row(number, cells) for number, cells in by_row.items())
    return b"<%s%s>%s</%s>" % (data.name, data.attributes, inside, data.name)


class _RowEditor:
    """Writes the rows of one sheet, from top to bottom; a new cell has the format of the last number above it."""

    def __init__(self, xml: bytes, prefix: bytes) -> None:
        self._xml, self._prefix = xml, prefix
        self._styles: dict[int, bytes | None] = {}

    def changed_row(self, row: RowSpan, changes: _ByColumn) -> Iterator[_Splice]:
        """The changes of a row that is there."""
        there = {cell.column for cell in row.cells}
        new = {column: change for column, change in changes.items() if column not in there}
        if new:
            yield from self._row_tag(row, new)
        for cell in row.cells:
            for column in [column for column in new if column < cell.column]:
                yield cell.tag.start, cell.tag.start, self._new_cell(row.number, column, new.pop(column))
            self._note(cell)
            if cell.column in changes:
                yield cell.tag.start, cell.end, changed_cell(self._xml, cell, changes[cell.column])
        if new and not row.tag.empty:
            yield row.end, row.end, self._new_cells(row.number, new)

    def new_row(self, number: int, changes: _ByColumn) -> bytes:
        """A row where none was."""
        name = self._prefix + b"row"
        return b'<%s r="%d">%s</%s>' % (name, number, self._new_cells(number, changes), name)

    def _row_tag(self, row: RowSpan, new: _ByColumn) -> Iterator[_Splice]:
        """A row's tag, where it can no longer be as it was: with cells in it, or outside the columns that it names."""
        attributes = row.tag.attributes
        spans = re.findall(rb"(\d+):(\d+)", row.tag.attribute(b"spans") or b"")
        if spans and not all(any(int(a) <= column <= int(b) for a, b in spans) for column in new):
            attributes = without_attributes(attributes, b"spans")
        if row.tag.empty:
            inside = self._new_cells(row.number, new)
            row_text = b"<%s%s>%s</%s>" % (row.tag.name, attributes.rstrip(), inside, row.tag.name)
            yield row.tag.start, row.tag.end, row_text
        elif attributes != row.tag.attributes:
            yield row.tag.start, row.tag.end, b"<%s%s>" % (row.tag.name, attributes)

    def _new_cells(self, row: int, changes: _ByColumn) -> bytes:
        return b"".join(self._new_cell(row, column, change) for column, change in sorted(changes.items()))

    def _new_cell(self, row: int, column: int, change: Change) -> bytes:
        if not isinstance(change, Content):
            raise WorkbookError(f"damaged: the cell {column_name(column)}{row} is not where it was read")
        return new_cell(self._prefix, row, column, self._styles.get(column), change)

    def _note(self, cell: CellSpan) -> None:
        if cell.children and cell.tag.attribute(b"t") not in _TEXTS:
            self._styles[cell.column] = cell.tag.attribute(b"s")


def _dimension(xml: bytes, changes: Mapping[Place, Change]) -> Iterator[_Splice]:
    """The range that the sheet says its cells are in, where it has to grow."""
    tag = find(xml, b"dimension", b"sheetData")
    match = None if tag is None else _DIMENSION.fullmatch(tag.attribute(b"ref") or b"")
    if tag is None or match is None:
        return
    corners = [(int(match[2]), column_number(match[1].decode()))]
    corners.append((int(match[4]), column_number(match[3].decode())) if match[3] else corners[0])
    (top, left), (bottom, right) = corners
    if all(top <= row <= bottom and left <= column <= right for row, column in changes):
        return
    lines, columns = zip(*corners, *changes, strict=True)
    grown = f"{column_name(min(columns))}{min(lines)}:{column_name(max(columns))}{max(lines)}".encode()
    yield tag.start, tag.end, xml[tag.start : tag.end].replace(match[0], grown, 1)
