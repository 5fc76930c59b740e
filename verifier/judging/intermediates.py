"""Columns without a name in the vocabulary that hold a factor of the chain rule, and are wrong themselves.

Such a column is not judged where everything that reads it is right. Where several columns that read it are wrong all
the way, the derivatives of the network are tried in its place: if one of them makes its readers right, that is what
the column should hold, and it is the one that is wrong.
"""

from collections.abc import Iterator
from dataclasses import replace

from templates import TOTAL_LOSS, Network
from verifier.judging.case import Case
from verifier.judging.labels import partial_of
from verifier.judging.own_terms import settle_terms
from verifier.judging.table_check import Faults, find_faults

_FEWEST_READERS = 2  # with one, it is as likely that the reader itself is wrong
_MOST_COLUMNS = 4  # that are tried


def settle_intermediates(case: Case, network: Network, faults: Faults) -> tuple[Case, Faults]:
    """The case with a derivative's name for each column that is to blame for those that read it, and its faults."""
    for column in list(_suspects(case, faults))[:_MOST_COLUMNS]:
        case, faults = _settled(case, network, faults, column)
    return case, faults


def _suspects(case: Case, faults: Faults) -> Iterator[int]:
    """The unnamed columns that several columns read which are wrong all the way."""
    wrong = faults.wrong_throughout(len(case.table.rows))
    readers: dict[int, int] = {}
    for name in wrong:
        formula = case.usual(case.table.columns[name])
        cell = case.cell(name, case.table.last_whole)
        read = case.formulas.precedents(cell, formula) if formula is not None else ()
        for column in {place[2] for place in read if place[0] == cell[0] and place[1] in case.table.rows}:
            readers[column] = readers.get(column, 0) + 1
    return (column for column, count in readers.items() if column in case.table.unnamed and count >= _FEWEST_READERS)


def _settled(case: Case, network: Network, faults: Faults, column: int) -> tuple[Case, Faults]:
    best, fewest = case, faults
    for name in _derivatives(network):
        if name not in case.table.columns:
            unnamed = {c: text for c, text in case.table.unnamed.items() if c != column}
            table = replace(case.table, columns={**case.table.columns, name: column}, unnamed=unnamed)
            trial = settle_terms(replace(case, table=table), network)
            found = find_faults(trial)
            if name in trial.order and found.count < fewest.count:
                best, fewest = trial, found
    return best, fewest


def _derivatives(network: Network) -> Iterator[str]:
    """What a column of the chain rule may hold: the total loss by what is computed, and the slopes of the units."""
    pairs = zip(network.losses, network.layers[-1].outputs, strict=True)
    yield from (partial_of(loss, output) for loss, output in pairs)
    for layer in network.layers:
        for net, output in zip(layer.nets, layer.outputs, strict=True):
            yield from (partial_of(TOTAL_LOSS, net), partial_of(TOTAL_LOSS, output), partial_of(output, net))
