"""What a table trains, told by what its formulas use alone: for nets that the vocabulary has no names for.

What steps from row to row and feeds the loss is a parameter; what an update reads besides it is its gradient; the
columns that hold numbers are given. The loss is the column whose derivatives most of the updates subtract.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from templates import TOTAL_LOSS, gradient_of
from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.judging.case import Case
from verifier.judging.forward import ForwardPass, Node
from verifier.judging.given import Given, read_given
from verifier.judging.guessed_total import heading_of, says_total
from verifier.judging.oracle import Start
from verifier.judging.own_columns import own_node
from verifier.judging.own_terms import OwnTerms, wrong_columns
from verifier.judging.tables import Table
from verifier.reading.references import column_name
from verifier.values import Value

_LOSS = re.compile(
    r"(?:total|final|overall|mean|avg|average)?\W*(?:loss|cost|error|err|mse|sse|rmse|objective|nll|b?ce|[ejl])"
    r"\W*(?:total|tot|t|function)?"
)
_TARGET = re.compile(r"t\d+")  # as the vocabulary calls it
_SAMPLES = 4  # random numbers on which a column must be a gradient to be taken for it
_MOST_LOSSES = 12  # columns that are tried as the loss


def judge_by_use(table: Table, formulas: Formulas, chain: Mapping[Cell, Value]) -> Case | None:
    """The table as a training of its own; None where no column is a loss whose derivatives its updates follow."""
    roles = _roles(table, formulas)
    if not roles.stepping:
        return None
    best: tuple[int, Case] | None = None
    for loss in _losses(roles)[:_MOST_LOSSES]:
        case = _case(roles, loss, formulas, chain)
        if case is None or case.given.missing or case.given.rate is None or not case.can_be_sampled():
            continue
        wrong = wrong_columns(case)
        most = len(case.model.trained)
        if not says_total(heading_of(table, case.table.columns[TOTAL_LOSS], formulas)):
            most -= 1  # a column that no gradient is a derivative of is no loss, unless it is called so
        if wrong <= most and (best is None or wrong < best[0]):
            best = wrong, case
    return None if best is None else best[1]


@dataclass(frozen=True)
class _Roles:
    """The columns of a table by what they do; `nodes` are those that are computed from their own row."""

    table: Table  # with a name for every column
    given: tuple[str, ...]
    stepping: tuple[str, ...]
    nodes: Mapping[str, Node]
    gradients: Mapping[str, str]  # of each parameter that has a column for it: the name of that column

    def ancestors(self, name: str) -> set[str]:
        """All that a column depends on within its row."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = {read for read in self.nodes[waiting.pop()].reads if read not in found}
            found |= new
            waiting += [read for read in new if read in self.nodes]
        return found


def _roles(table: Table, formulas: Formulas) -> _Roles:
    columns = dict(_unique_names(table))
    named = replace(table, columns=columns, unnamed={}, repeated={})
    usual = {name: _usual(named, column, formulas) for name, column in columns.items()}
    given = tuple(name for name, found in usual.items() if found is None or _is_taken_over(named, found, formulas))
    stepping = tuple(name for name, found in usual.items() if found is not None and _steps(named, found, formulas))
    case = Case(named, _bare(given, stepping), _NOTHING, formulas, {})
    computed = {name: own_node(case, name) for name in columns if name not in (*given, *stepping)}
    nodes = _computable({name: node for name, node in computed.items() if node is not None}, {*given, *stepping})
    gradients = {name: g for name in stepping if (g := _gradient(named, usual[name], nodes, formulas)) is not None}
    return _Roles(named, given, stepping, nodes, gradients)


def _computable(nodes: Mapping[str, Node], known: Collection[str]) -> dict[str, Node]:
    """The nodes all of whose ancestors are nodes or known: one that reads a column of texts, say, has no value."""
    computable: dict[str, Node] = {}
    found = True
    while found:
        new = {
            name: node
            for name, node in nodes.items()
            if name not in computable and all(read in known or read in computable for read in node.reads)
        }
        computable |= new
        found = bool(new)
    return computable


def _unique_names(table: Table) -> Iterator[tuple[str, int]]:
    """A name for every column: its label, with its letters where that is not enough."""
    texts = {column: name for name, column in table.columns.items()} | dict(table.repeated) | dict(table.unnamed)
    counts = Counter(texts.values())
    for column, text in sorted(texts.items()):
        name = text if text and counts[text] == 1 else f"{text} {column_name(column)}".strip()
        yield name, column


Usual = tuple[Cell, Formula]  # the last cell with the formula that most cells of a column have


def _usual(table: Table, column: int, formulas: Formulas) -> Usual | None:
    """None where most cells of the column have no formula."""
    cells = [(table.sheet, row, column) for row in table.rows[1:]]
    counts = Counter(formulas.get(cell) for cell in cells)
    formula = counts.most_common(1)[0][0] if counts else None
    return None if formula is None else (next(c for c in reversed(cells) if formulas.get(c) is formula), formula)


def _read(table: Table, usual: Usual, formulas: Formulas) -> dict[Cell, str | None]:
    """What a formula reads, with the name of the column where it is of the table."""
    names = {column: name for name, column in table.columns.items()}
    inside = [(cell, cell[0] == table.sheet and cell[1] in table.rows) for cell in formulas.precedents(*usual)]
    return {cell: names.get(cell[2]) if is_inside else None for cell, is_inside in inside}


def _is_taken_over(table: Table, usual: Usual, formulas: Formulas) -> bool:
    """Whether a formula repeats its own column, or reads nothing of the table."""
    read, (cell, _) = _read(table, usual, formulas), usual
    return all(name is None or place[2] == cell[2] for place, name in read.items()) and len(read) <= 1


def _steps(table: Table, usual: Usual, formulas: Formulas) -> bool:
    """Whether a formula reads its own column in the row above, and another one there."""
    read, (sheet, row, column) = _read(table, usual, formulas), usual[0]
    others = [place for place, name in read.items() if name is not None and place[1] == row - 1 and place[2] != column]
    return (sheet, row - 1, column) in read and bool(others)


def _gradient(table: Table, usual: Usual | None, nodes: Mapping[str, Node], formulas: Formulas) -> str | None:
    """The only computed column that an update reads."""
    read = {} if usual is None else _read(table, usual, formulas)
    computed = {name for name in read.values() if name in nodes}
    return computed.pop() if len(computed) == 1 else None


def _losses(roles: _Roles) -> list[str]:
    """The columns that may be the loss: those that are labelled so, then those that nothing else reads."""
    backward = {read for name in roles.gradients.values() for read in (name, *roles.ancestors(name))}
    read = {other for node in roles.nodes.values() for other in node.reads}
    feeding = {name: len(roles.ancestors(name) & set(roles.stepping)) for name in roles.nodes}
    most = max(feeding.values(), default=0)
    able = [name for name in roles.nodes if feeding[name] == most and name not in roles.gradients.values()]
    labelled = [name for name in able if _LOSS.fullmatch(name.casefold())]
    ends = [name for name in able if name not in read]
    return list(dict.fromkeys([*labelled, *ends, *(name for name in able if name not in backward)]))


def _case(roles: _Roles, loss: str, formulas: Formulas, chain: Mapping[Cell, Value]) -> Case | None:
    """The table with a column for its loss."""
    behind = roles.ancestors(loss)
    trained = tuple(name for name in roles.stepping if name in behind)
    if not trained or set(roles.stepping) & behind != set(trained):
        return None
    gradients = _gradients(roles, loss, behind)
    names = {loss: TOTAL_LOSS} | {column: gradient_of(name) for name, column in gradients.items()}
    given = tuple(name for name in roles.given if name in behind)
    nodes = {names.get(name, name): node for name, node in _ordered(roles, loss)}
    targets = tuple(name for name in given if _TARGET.fullmatch(name))
    inputs = tuple(name for name in given if name not in targets)
    model = OwnTerms(None, inputs, targets, trained, trained, ForwardPass(nodes), {}, usual=False)
    kept = {name: column for name, column in roles.table.columns.items() if name in (*given, *trained, *names, *behind)}
    columns = {names.get(name, name): column for name, column in kept.items()}
    unnamed = {column: name for name, column in roles.table.columns.items() if name not in kept}
    table = replace(roles.table, columns=columns, unnamed=unnamed)
    return Case(table, model, read_given(table, model, formulas, chain), formulas, chain)


def _gradients(roles: _Roles, loss: str, behind: set[str]) -> dict[str, str]:
    """The column of each parameter's gradient: the one with its numbers, else the one that its update reads."""
    trained = [name for name in roles.stepping if name in behind]
    passes = ForwardPass(dict(_ordered(roles, *roles.nodes)))
    generator = random.Random(3)  # noqa: S311  the same samples in every run
    fitting: dict[str, set[str]] = {name: set(roles.nodes) - behind - {loss} for name in trained}
    for _ in range(_SAMPLES):
        values = passes.run({name: generator.uniform(0.1, 0.9) for name in (*roles.given, *roles.stepping)})
        slopes = passes.derivatives(loss, values)
        for name, columns in fitting.items():
            right = slopes.get(name, 0.0)
            columns -= {column for column in columns if not math.isclose(values[column], right, rel_tol=1e-9)}
    found: dict[str, str] = {}
    for name in trained:
        if fitting[name]:
            found[name] = min(fitting[name], key=lambda column: (column != roles.gradients.get(name), column))
    taken = {loss, *behind, *found.values()}
    return found | {
        name: own for name in trained if name not in found and (own := roles.gradients.get(name, loss)) not in taken
    }


def _ordered(roles: _Roles, *ends: str) -> Sequence[tuple[str, Node]]:
    """The columns that lead to others, those included, each after what it reads."""
    found: dict[str, Node] = {}

    def add(name: str) -> None:
        if name in roles.nodes and name not in found:
            for read in roles.nodes[name].reads:
                add(read)
            found[name] = roles.nodes[name]

    for end in ends:
        add(end)
    return list(found.items())


def _bare(given: tuple[str, ...], stepping: tuple[str, ...]) -> OwnTerms:
    """A model of which nothing is known but what is given and what steps."""
    return OwnTerms(None, given, (), stepping, stepping, ForwardPass({}), {}, usual=False)


_NOTHING = Given(Start({}, np.empty((0, 0)), np.empty((0, 0)), np.empty(0)), None, ())
