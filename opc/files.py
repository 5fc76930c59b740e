"""Files that appear whole or not at all."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of a new part, as XlsxWriter sets it: equal input gives an equal file


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
