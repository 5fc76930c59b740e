"""A file of JSON lines that is appended to, so that a kill at any moment loses at most the current line."""

import os
from pathlib import Path
from typing import IO

import msgspec


def start_lines(path: Path, first: object) -> None:
    """Begin a file with its first line. Raises FileExistsError where there is one already, and OSError."""
    with path.open("xb") as file:
        _write(file, first)


def append_line(path: Path, line: object) -> None:
    """Add a line: when this returns, a kill of the process does not lose it. Raises OSError."""
    with path.open("r+b") as file:
        cut_torn_line(file)
        _write(file, line)


def append_line_to_disk(path: Path, line: object) -> None:
    """Add a line that is on disk when this returns, which takes some milliseconds: no power failure loses it either."""
    append_line(path, line)
    with path.open("ab") as file:
        os.fsync(file.fileno())


def whole_lines(content: bytes) -> list[bytes]:
    """The lines that have an end. What follows the last is nothing, or was cut off as its writer was killed."""
    return content.split(b"\n")[:-1]


def cut_torn_line(file: IO[bytes]) -> None:
    """Go to the end of a file, and take off what follows its last whole line: the next one would be spoiled by it."""
    end = file.seek(0, os.SEEK_END)
    if end == 0:
        return
    file.seek(end - 1)
    if file.read(1) == b"\n":
        return
    file.seek(0)
    file.seek(file.read().rfind(b"\n") + 1)
    file.truncate()


def _write(file: IO[bytes], line: object) -> None:
    file.write(msgspec.json.encode(line) + b"\n")
    file.flush()  # at once: a line is whole, or the last and cut off; on a full disk it raises
