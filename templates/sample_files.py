"""Samples from a file of comma-separated values: a row of names, then a row of numbers for each sample."""

import csv
import math
from importlib.resources.abc import Traversable

MAX_BYTES = 1 << 24


class SamplesError(Exception):
    """A file of samples that cannot be used: says the file, the line, the rule and what it got."""


def read_samples(file: Traversable, target_count: int) -> tuple[tuple[float, ...], ...]:
    """The numbers of each sample, the targets last. Raises `SamplesError`."""
    lines = list(csv.reader(_text(file).splitlines()))
    names, rows = lines[0] if lines else [], [line for line in enumerate(lines, 1) if line[1]][1:]
    if len(names) <= target_count:
        raise SamplesError(
            f"{file.name}: must have one column or more of inputs, and then {target_count} of targets, got {len(names)}"
        )
    if not rows:
        raise SamplesError(f"{file.name}: must have a row of names, and then one row or more of numbers")
    return tuple(tuple(_numbers(file.name, number, row, names)) for number, row in rows)


def _numbers(file: str, line: int, row: list[str], names: list[str]) -> list[float]:
    if len(row) != len(names):
        raise SamplesError(
            f"{file}, line {line}: must have a number for each of the {len(names)} names, got {len(row)}"
        )
    return [_number(file, line, name, text) for name, text in zip(names, row, strict=True)]


def _number(file: str, line: int, name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SamplesError(f"{file}, line {line}, {name}: must be a finite number, got {text!r}")
    return number


def _text(file: Traversable) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SamplesError(f"{file.name}: there is no such file beside the template") from None
    except OSError as error:
        raise SamplesError(f"{file.name}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise SamplesError(f"{file.name}: larger than {MAX_BYTES >> 20} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SamplesError(f"{file.name}: not a text file in UTF-8") from None
