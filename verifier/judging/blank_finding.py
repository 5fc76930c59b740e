"""What is wrong with a blank of an exercise, as a finding: the slip that its formula shows, and one that is right."""

import re
from collections.abc import Mapping, Sequence

from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Finding, Kind, Repair
from verifier.judging.group_mend import GroupMender
from verifier.judging.slips.names import Role
from verifier.judging.slips.row_names import Labels, RowNames
from verifier.ranges import ranges_of
from verifier.reading.practice_marker import Marker
from verifier.reading.references import Axis, Reference
from verifier.reading.sheets import Place, Sheet
from verifier.values import Value

_KINDS: Mapping[Role | None, Kind] = {
    Role.PARAMETER: Kind.WRONG_UPDATE,
    Role.DELTA: Kind.WRONG_GRADIENT,
    Role.GRADIENT: Kind.WRONG_GRADIENT,
}
_DATA = ((re.compile(r"i\d+"), Role.INPUT), (re.compile(r"t\d+"), Role.TARGET))


def label_of(place: Place, sheet: Sheet) -> str:
    """What stands in a cell of the header, empty where nothing does."""
    return str(sheet.values.get(place) or "")


def labels_of(marker: Marker, sheet: Sheet) -> Labels:
    """The labels of an exercise's table, whose columns stand in the order in which they are computed."""
    (header, left), (last, right) = marker.table
    columns = {label_of((header, column), sheet): column for column in range(left, right + 1)}
    given = {label: role for label in columns for pattern, role in _DATA if pattern.fullmatch(label)}
    computed = {label: column for label, column in columns.items() if label not in given}
    first = {label: (header + 1, column) for label, column in computed.items()}
    blanks = {place for blank in marker.blanks for place in blank}
    starts = [label for label, place in first.items() if place not in blanks and sheet.formula_text(place) is None]
    row, column = marker.rate[0]
    rate = Reference(None, Axis(row, True), Axis(column, True))
    return Labels(range(header + 1, last + 1), columns, computed, given | dict.fromkeys(starts, Role.PARAMETER), rate)


def blank_finding(
    label: str,
    cells: Sequence[Cell],
    labels: Labels,
    formulas: Formulas,
    chain: Mapping[Cell, Value],
    trials: Sequence[Mapping[Cell, Value]],
    message: str,
) -> Finding:
    """The finding for cells of a blank with wrong formulas; the trials hold what is right in all cells of the table."""
    sheet = formulas.workbook.sheets[cells[0][0]]
    held = {cell: [trial[cell] for trial in trials] for cell in cells}
    expected = {cell: [value for value in values if isinstance(value, float)] for cell, values in held.items()}
    mend = GroupMender(formulas, trials, cells, expected).mend(lambda cell: RowNames(labels, label, cell[1]), 1)
    places = [cell[1:] for cell in cells]
    texts = mend.formulas
    return Finding(
        kind=_KINDS.get(labels.role(label), Kind.WRONG_FORWARD),
        sheet=sheet.name,
        cells=ranges_of(places),
        count=len(cells),
        message=message,
        label=label,
        iteration=labels.rows.index(cells[0][1]),
        formula=sheet.formula_text(cells[0][1:]),
        value=chain.get(cells[0]),
        mend=texts.get(cells[0]),
        slip=None if mend.repair is None else mend.repair.slip(places),
        places=frozenset(places),
        repairs=tuple(Repair(*cell, text) for cell, text in texts.items()) if len(texts) == len(cells) else (),
    )
