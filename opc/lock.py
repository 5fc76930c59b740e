"""One process at a time: a lock on a file, held among the processes of one user on one machine.

The operating system lets go of it when its holder ends, however it ends. The file that is locked is not beside the
one that is meant, where it would be left behind, but among temporary files.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

PATIENCE = 60.0  # seconds
PAUSE = 0.02  # seconds between two tries
USER = os.getuid() if hasattr(os, "getuid") else ""  # where users share a folder for what is temporary

if sys.platform == "win32":
    import msvcrt

    def _try(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a file, which need not be there, against other processes that do so too. Raises TimeoutError, OSError."""
    folder = Path(tempfile.gettempdir(), f"backprop-locks-{USER}")
    folder.mkdir(mode=0o700, exist_ok=True)
    end = time.monotonic() + patience
    with (folder / sha256(os.fsencode(os.path.realpath(path))).hexdigest()).open("ab") as file:
        while True:
            try:
                _try(file)
            except OSError:
                if time.monotonic() > end:
                    raise TimeoutError(f"another process holds {path}") from None
                time.sleep(PAUSE)
            else:
                break
        yield  # closing the file lets go of it
