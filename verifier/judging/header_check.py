"""Labels that are missing, and those that stand over the wrong column.

Where a name is missing and a column is left over, the table is checked with the column under that name. If the
formulas then agree, it is the label that is wrong, and that is said of the header cell.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from templates import Network, delta_of
from verifier.findings import WRONG_FORMULAS, Finding, Kind, ranges_of
from verifier.judging.case import Case
from verifier.judging.given import read_given
from verifier.judging.inference import infer_network, names_of
from verifier.judging.labels import meaning_of
from verifier.judging.table_check import check_table
from verifier.judging.tables import Table
from verifier.reading.references import column_name

_DIGITS = "0123456789"
_MOST_TRIALS = 60  # ways to name the columns in question that are tried; one wrong label leaves few


def missing_names(table: Table, network: Network) -> list[str]:
    """The names that the table should have and has not; of the deltas, those of a layer that shows any."""
    names = names_of(network)
    for layer in network.layers:
        deltas = {delta_of(net) for net in layer.nets}
        names |= deltas if deltas & set(table.columns) else set()
    return sorted(names - set(table.columns))


def left_out(table: Table, network: Network) -> set[str]:
    """Names that a table may do without, as it has none of their family: the net inputs of a layer, single losses."""
    families = [network.losses, *(layer.nets for layer in network.layers)]
    return {name for family in families if not any(n in table.columns for n in family) for name in family}


def settle_labels(case: Case) -> tuple[Case, list[Finding]]:
    """The case with its columns under the names that their formulas show, and what that finds of the labels."""
    best = _best(case, _renamed(case.table, case.network), math.inf) or case
    return best, [*_label_findings(case, best.table), *_missing_findings(best)]


def settle_swapped_labels(case: Case, faults: Sequence[Finding]) -> tuple[Case, list[Finding]]:
    """The case with two labels exchanged where that leaves none of its faults, and what that finds of the labels."""
    best = _best(case, _exchanged(case, faults), 1)
    return (case, []) if best is None else (best, list(_label_findings(case, best.table)))


def _best(case: Case, tables: Iterable[Table], too_many: float) -> Case | None:
    """The case with that of the tables under which the fewest cells are wrong; None where all have too many."""
    best, fewest = None, too_many
    for table in tables:
        network = infer_network(table, case.formulas) or case.network  # the kinds of its units may have been unclear
        given = read_given(table, network, case.formulas, case.chain)
        trial = replace(case, table=table, network=network, given=given)
        faults = _faults(trial, _new_names(case.table, table))
        if faults is not None and faults < fewest:
            best, fewest = trial, faults
        if fewest == 0:
            break
    return best


def _exchanged(case: Case, faults: Sequence[Finding]) -> Iterator[Table]:
    """Tables with two names of one kind exchanged: of columns that are wrong all the way, or of what those read."""
    table = case.table
    wrong = [f.label for f in faults if f.kind in WRONG_FORMULAS and f.count * 2 > len(table.rows)]
    names = [name for name in wrong if name is not None and name in table.columns]
    given = [name for name in (*case.network.inputs, *case.network.targets) if name in table.columns]
    pairs = itertools.combinations([*given, *names], 2) if len(names) > 1 else ()
    alike = [(a, b) for a, b in pairs if a.rstrip(_DIGITS) == b.rstrip(_DIGITS)]
    for a, b in alike[:_MOST_TRIALS]:
        yield replace(table, columns={**table.columns, a: table.columns[b], b: table.columns[a]})


def _new_names(before: Table, after: Table) -> set[str]:
    return {name for name, column in after.columns.items() if before.columns.get(name) != column}


def _faults(trial: Case, new: set[str]) -> int | None:
    """How many cells are wrong under the new names; None where a column does not deserve its new name."""
    if trial.given.missing or trial.given.rate is None:
        return None
    findings = check_table(trial)
    wrong = max((sum(f.count for f in findings if f.label == name) for name in new), default=0)
    return None if wrong * 2 > len(trial.table.rows) else sum(finding.count for finding in findings)


def _surplus(table: Table, network: Network) -> dict[str, int]:
    """Columns with a name of the vocabulary that the network has no use for."""
    deltas = {delta_of(net) for layer in network.layers for net in layer.nets}
    known = names_of(network) | deltas
    return {name: column for name, column in table.columns.items() if name not in known}


def _renamed(table: Table, network: Network) -> Iterator[Table]:
    """Tables with the columns in question under the missing names, and the repeated ones, in every order."""
    missing = missing_names(table, network)
    doubted = {meaning_of(text) for text in table.repeated.values()} & set(table.columns)
    surplus = _surplus(table, network)
    columns = [*table.repeated, *table.unnamed, *surplus.values(), *(table.columns[str(name)] for name in doubted)]
    wanted = [*missing, *(str(name) for name in doubted)]
    if not missing or not columns or math.perm(len(columns), min(len(wanted), len(columns))) > _MOST_TRIALS:
        return
    kept = {n: c for n, c in table.columns.items() if n not in doubted and n not in surplus}
    for chosen in itertools.permutations(sorted(columns), min(len(wanted), len(columns))):
        rest = set(columns) - set(chosen)
        yield replace(
            table,
            columns=dict(sorted((kept | dict(zip(wanted, chosen, strict=False))).items(), key=lambda item: item[1])),
            repeated={c: t for c, t in table.repeated.items() if c in rest},
            unnamed={c: t for c, t in table.unnamed.items() if c in rest},
        )


def _label_findings(case: Case, table: Table) -> Iterator[Finding]:
    """One finding for each column that the settled table has under another name than its header says."""
    before = {column: name for name, column in case.table.columns.items()}
    sheet = case.formulas.workbook.sheets[table.sheet]
    for name, column in table.columns.items():
        text = str(sheet.values.get((table.header_row, column)) or "")
        if before.get(column) == name or meaning_of(text) == name:
            continue
        says = f"says '{text}'" if text else "is empty"
        yield Finding(
            kind=Kind.LABEL,
            sheet=sheet.name,
            cells=ranges_of([(table.header_row, column)]),
            count=1,
            message=f"the header {says}, but the column {column_name(column)} holds {name}",
            label=name,
            value=text,
            expected=name,
        )


def _missing_findings(case: Case) -> Iterator[Finding]:
    table = case.table
    sheet = case.formulas.workbook.sheets[table.sheet]
    for name in sorted(set(missing_names(table, case.network)) - left_out(table, case.network)):
        yield Finding(
            kind=Kind.MISSING,
            sheet=sheet.name,
            cells=f"{table.header_row}:{table.header_row}",
            count=1,
            message=f"no column is labelled {name} in the header, row {table.header_row}",
            label=name,
        )
