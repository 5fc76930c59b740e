"""Labels that are missing, and those that stand over the wrong column.

Where a name is missing and a column is left over, the table is checked with the column under that name. If the
formulas then agree, it is the label that is wrong, and that is said of the header cell.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from templates import TOTAL_LOSS, Network, delta_of, gradient_of
from verifier.findings import Finding, Kind, Repair
from verifier.judging.case import Case
from verifier.judging.given import read_given
from verifier.judging.inference import infer_network, names_of
from verifier.judging.labels import is_factor
from verifier.judging.model import NetworkModel
from verifier.judging.own_names import named_by_value, own_names
from verifier.judging.table_check import Faults, find_faults
from verifier.judging.tables import Table
from verifier.ranges import ranges_of
from verifier.reading.references import column_name

_DIGITS = "0123456789"
_MOST_TRIALS = 60  # ways to name the columns in question that are tried; one wrong label leaves few


def missing_names(table: Table, network: Network) -> list[str]:
    """The names that the table should have and has not; of the deltas, those of a layer that shows any."""
    names = names_of(network)
    for layer in network.layers:
        deltas = {delta_of(net) for net in layer.nets}
        names |= deltas if deltas & set(table.columns) else set()
    return sorted(names - set(table.columns) - set(table.fixed))


def left_out(table: Table, network: Network) -> set[str]:
    """Names that a table may do without, as it has none of their family.

    The net inputs of a layer, the gradients where the updates are written out, and the losses where the gradients are
    there: they do not read them.
    """
    gradients = [gradient_of(name) for name in network.trained]
    total = [[TOTAL_LOSS, *network.losses]] if set(gradients) <= set(table.columns) else []
    families = [network.losses, gradients, *(layer.nets for layer in network.layers), *total]
    return {name for family in families if not any(n in table.columns for n in family) for name in family}


def settle_labels(case: Case, network: Network) -> tuple[Case, list[Finding]]:
    """The case with its columns under the names that their formulas show, and what that finds of the labels."""
    named = named_by_value(case, missing_names(case.table, network))
    best = _best(case, itertools.chain(named, _renamed(case.table, network)), math.inf) or case
    missing = _missing_findings(best, best.network)
    return best, [*_label_findings(case, best.table), *missing]


def settle_swapped_labels(case: Case, faults: Faults) -> tuple[Case, list[Finding]]:
    """The case with two labels exchanged where that leaves none of its faults, and what that finds of the labels.

    Where all updates are wrong and nothing else is, that is no exchange of two labels, but another optimizer.
    """
    wrong, trained = {fault.name for fault in faults.cells}, set(case.model.trained)
    best = _best(case, _exchanged(case, faults), 1) if wrong != trained or len(trained) <= 2 else None
    return (case, []) if best is None else (best, list(_label_findings(case, best.table)))


def _best(case: Case, tables: Iterable[Table], too_many: float) -> Case | None:
    """The case with that of the tables under which the fewest cells are wrong; None where all have too many."""
    best, fewest = None, too_many
    for table in tables:
        network = infer_network(table, case.formulas)  # the kinds of its units may have been unclear
        model = case.model if network is None else NetworkModel(network)
        given = read_given(table, model, case.formulas, case.chain)
        trial = replace(case, table=table, model=model, given=given)
        faults = None if _are_wrong(trial, fewest) else _faults(trial, _new_names(case.table, table))
        if faults is not None and faults < fewest:
            best, fewest = trial, faults
        if fewest == 0:
            break
    return best


def _are_wrong(case: Case, most: float) -> bool:
    """Whether so many formulas are wrong by the numbers of the training alone, which takes no random states."""
    if case.given.missing or case.given.rate is None:
        return False
    count = 0
    for name, column in case.table.columns.items():
        if name in case.order:
            values = case.computed(name)
            wrong = case.disagreeing(name, values)
            found = zip(case.column(column), values, wrong, strict=True)
            count += sum(formula is not None and value is not None and is_wrong for formula, value, is_wrong in found)
            if count >= most:
                return True
    return False


def _exchanged(case: Case, faults: Faults) -> Iterator[Table]:
    """Tables with two names of one kind exchanged: of columns that are wrong all the way, or of what those read."""
    table = case.table
    names = faults.wrong_throughout(len(table.rows))
    given = [name for name in (*case.model.inputs, *case.model.targets) if name in table.columns]
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
    found = find_faults(trial)
    wrong = max((sum(fault.name == name for fault in found.cells) for name in new), default=0)
    return None if wrong * 2 > len(trial.table.rows) else found.count


def _surplus(table: Table, network: Network) -> dict[str, int]:
    """Columns with a name of the vocabulary that the network has no use for."""
    deltas = {delta_of(net) for layer in network.layers for net in layer.nets}
    known = names_of(network) | deltas
    return {name: column for name, column in table.columns.items() if name not in known and not is_factor(name)}


def _renamed(table: Table, network: Network) -> Iterator[Table]:
    """Tables with the columns in question under the missing names, and the repeated ones, in every order."""
    missing = missing_names(table, network)
    doubted = {table.told[column] for column in table.repeated if column in table.told} & set(table.columns)
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
    own = own_names(case, table)
    for name, column in table.columns.items():
        text = str(sheet.values.get((table.header_row, column)) or "")
        if before.get(column) == name or table.told.get(column) == name or name in own:
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
            repairs=(Repair(table.sheet, table.header_row, column, name),),
        )


def _missing_findings(case: Case, network: Network) -> Iterator[Finding]:
    table = case.table
    sheet = case.formulas.workbook.sheets[table.sheet]
    for name in sorted(set(missing_names(table, network)) - left_out(table, network)):
        yield Finding(
            kind=Kind.MISSING,
            sheet=sheet.name,
            cells=f"{table.header_row}:{table.header_row}",
            count=1,
            message=f"no column is labelled {name} in the header, row {table.header_row}",
            label=name,
        )
