"""Files that are read within bounds, and files that appear whole or not at all."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of a new part, as XlsxWriter sets it: equal input gives an equal file


class TooLargeError(Exception):
    """A file that has more in it than anybody's file of its kind: says how much that would be."""


def content_of(path: Path, most: int) -> bytes:
    """What is in a file, a pipe or a device, if it is no more than `most` bytes. Raises OSError, TooLargeError.

    What a device says of its size is not what it gives, so no more than this is ever read.
    """
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise TooLargeError(f"it has more than {most:,} bytes")
    return content


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once it is complete, on disk, and closed without an error.

    Until then it stands beside it under another name. After an error, an interrupt or a full disk it is removed; after
    a kill it is left there, and `path` is in every case what it was before. Who may read and write it stays as it was,
    where there was one. Raises OSError.
    """
    path = path.resolve()
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with beside.open("wb") as file:
            if path.exists() and _mode(path) != _mode(beside):
                beside.chmod(_mode(path))  # before there is anything in it to be read
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
