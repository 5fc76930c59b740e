"""Logs that are tables: CSV with a header, and JSON with an object a row.

A column counts the rows: the epoch or, without one, the step. Lightning writes a row for the training and one for the
validation of an epoch, with the step beside it; Keras' CSVLogger a row an epoch.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from training_log.lines import whole_lines
from training_log.log import Log, LogError, Setting
from training_log.readers.source import Source
from training_log.rows import Rows, as_number

AXES = ("epoch", "epochs", "step", "global_step", "iteration", "iter", "trainer/global_step")
DELIMITERS = ",;\t"
LONGEST_FIELD = 10_000  # characters
HYPERPARAMETERS = "hparams.yaml"  # beside Lightning's metrics


def axis_among(names: Iterable[str]) -> str | None:
    """The name of the column that counts the rows."""
    by_lower = {name.strip().lower(): name for name in reversed(list(names))}
    return next((by_lower[axis] for axis in AXES if axis in by_lower), None)


def axis_name(name: str) -> str:
    """What the rows count, from the name of the column."""
    return "epoch" if name.strip().lower().startswith("epoch") else "step"


def read_csv(source: Source) -> Log | None:
    """A table of comma-separated values, or with semicolons or tabs; None where the first line is no header of one."""
    first, _, _ = source.text.lstrip().partition("\n")
    delimiter = max(DELIMITERS, key=first[:LONGEST_FIELD].count)
    if delimiter not in first:
        return None
    csv.field_size_limit(LONGEST_FIELD)
    lines = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter)
    rows: Rows | None = None
    try:
        names = next((line for line in lines if any(line)), [])
        axis = axis_among(names)
        if axis is None:
            _refuse_table(source, names, next(lines, []))
            return None
        rows = Rows(str(source.path), axis_name(axis))
        for line in lines:
            if any(line):
                _add_line(rows, names, axis, line, lines.line_num, source)
    except csv.Error as error:
        if rows is None:
            return None
        raise LogError(f"{source.path}, line {lines.line_num}: {error}") from None
    return rows.log(source.run, source.name, _settings_beside(source.path))


def _refuse_table(source: Source, names: Sequence[str], following: Sequence[str]) -> None:
    """Say what a table lacks that does not say its epochs; what is no table is left to others."""
    if len(names) == len(following) > 1 and all(as_number(name) is None for name in names):
        raise LogError(
            f"{source.path}, line 1: no column counts the epochs; expected one named 'epoch' or 'step' among "
            f"{', '.join(names)[:200]}"
        )


def _add_line(rows: Rows, names: Sequence[str], axis: str, line: Sequence[str], number: int, source: Source) -> None:
    if len(line) != len(names):
        if number == source.text.count("\n") + 1:  # the last line, without an end: its writer was killed
            rows.torn = number
            return
        raise LogError(f"{source.path}, line {number}: {len(line)} values under {len(names)} columns")
    values = dict(zip(names, line, strict=True))
    rows.add(values.pop(axis), values, number)


def _settings_beside(path: Path) -> Mapping[str, Mapping[str, Setting]]:
    """The hyperparameters that Lightning writes beside its metrics: of their YAML the plain lines `name: value`."""
    beside = path.with_name(HYPERPARAMETERS)
    if not beside.is_file():
        return {}
    found: dict[str, Setting] = {}
    for line in Source(beside).text.splitlines()[:1_000]:
        name, colon, text = line.partition(":")
        if colon and text.strip() and line[:1] not in (" ", "#", "-", "'", '"') and "!" not in text:
            found[name.strip()] = plain_value(text.strip())
    return {"Settings": found} if found else {}


def plain_value(text: str) -> Setting:
    """A text as YAML has it: a number, true, false, null, or the text."""
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    number = as_number(text)
    if number is None:
        return text.strip("'\"")
    return int(text) if text.lstrip("+-").isdigit() else number


def read_rows(source: Source, objects: Sequence[object] | None) -> Log:
    """A table of objects with the same names, as parsed or else one a line. Raises LogError."""
    numbered = list(enumerate(objects, 1)) if objects is not None else list(_parsed_lines(source))
    rows: Rows | None = None
    for number, row in numbered:
        if not isinstance(row, dict):
            raise LogError(f'{source.path}, line {number}: expected an object such as {{"epoch": 1, "loss": 0.5}}')
        axis = axis_among(row)
        if axis is None:
            if objects is None and number > 1:
                raise LogError(f"{source.path}, line {number}: no name counts the epochs; expected 'epoch' or 'step'")
            continue  # a header of whatever kind
        rows = rows or Rows(str(source.path), axis_name(axis))
        rows.add(row[axis], flat(row, axis), number)
    if rows is None:
        raise LogError(f"{source.path}, line 1: no name counts the epochs; expected 'epoch' or 'step'")
    if objects is None and not source.content.endswith(b"\n"):
        rows.torn = len(numbered) + 1
    return rows.log(source.run, source.name, {})


def flat(row: Mapping[str, object], *without: str) -> dict[str, object]:
    """The values of an object; one that is an object itself gives `name/inner`."""
    values: dict[str, object] = {}
    for name, value in row.items():
        if name in without:
            continue
        if isinstance(value, dict):
            values |= {f"{name}/{inner}": number for inner, number in value.items() if not isinstance(number, dict)}
        elif not isinstance(value, list):
            values[name] = value
    return values


def _parsed_lines(source: Source) -> Iterable[tuple[int, object]]:
    """Each line that is whole, with its number; the last one too where it can be read."""
    for number, line in enumerate(whole_lines(source.content), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise LogError(f"{source.path}, line {number}: not JSON: {error}") from None
