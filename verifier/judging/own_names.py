"""Columns that go by names of their writer's own: found by their numbers, and right as they are.

A table may call its losses `L1` and `L2`, its activations `squash1` and `squash2`. A label outside the vocabulary is no
mistake where all labels of its kind are written so; it is one where its siblings are labelled as everybody does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from templates import gradient_of
from verifier.judging.case import Case
from verifier.judging.tables import Table

_INDEX = re.compile(r"\d+|(?<![^\W_])[^\W\d_](?![^\W_])")  # a number, or a letter that stands alone


def named_by_value(case: Case, missing: Sequence[str]) -> Iterator[Table]:
    """The table with the missing names given to those unnamed columns that start with their numbers, if any do.

    A name is given where one column alone fits; what is wrong further down does not matter to it. A column that no
    other reads is no step of the training, whatever its numbers.
    """
    table = case.table
    columns = dict(table.columns)
    candidates = set(table.unnamed) & _read(case) if missing else set()
    for name in missing:
        fitting = [column for column in candidates - set(columns.values()) if _starts_as(case, name, column)]
        if len(fitting) == 1:
            columns[name] = fitting[0]
    if len(columns) > len(table.columns):
        unnamed = {column: text for column, text in table.unnamed.items() if column not in columns.values()}
        yield replace(table, columns=dict(sorted(columns.items(), key=lambda item: item[1])), unnamed=unnamed)


def _read(case: Case) -> set[int]:
    """The columns that others read for the table's last whole row."""
    table, read = case.table, set[int]()
    for column in (*table.columns.values(), *table.unnamed):
        places = case.formulas.reads((table.sheet, table.last_whole, column))
        read |= {c for sheet, row, c in places if sheet == table.sheet and row in table.rows and c != column}
    return read


def _starts_as(case: Case, name: str, column: int) -> bool:
    """Whether a column is computed, and has the number of a name in the first row."""
    cell = (case.table.sheet, case.table.first_row, column)
    if cell not in case.formulas or not np.isfinite(case.expected.get(name, np.nan)).all():
        return False
    return not case.disagreeing(name, [case.chain.get(cell)])[0]


def own_names(case: Case, table: Table) -> set[str]:
    """The names, of those that a settled table has, whose columns are labelled in the writer's own way."""
    network = case.network
    families = [network.losses, network.targets, network.inputs, [gradient_of(name) for name in network.trained]]
    families += [names for layer in network.layers for names in (layer.nets, layer.outputs)]
    return {name for family in families if _is_own(case, table, family) for name in family}


def _is_own(case: Case, table: Table, family: Sequence[str]) -> bool:
    """Whether all columns of a family have labels that say nothing in this header, and are alike but for a number."""
    values = case.formulas.workbook.sheets[table.sheet].values
    columns = [column for name in family if (column := table.columns.get(name)) is not None]
    texts = [values.get((table.header_row, column)) for column in columns if column not in table.told]
    labels = [text for text in texts if isinstance(text, str) and text.strip()]
    stems = {_INDEX.sub("", label).strip() for label in labels}
    return len(labels) == len(family) == len(set(labels)) and len(stems) == 1
