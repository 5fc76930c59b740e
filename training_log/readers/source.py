"""Where a log is read from: its file, the name of its run, and of its sheet."""

import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from opc.files import TooLargeError, content_of
from training_log.log import LogError

MAX_BYTES = 1 << 26  # of a file that is read
NAME_LENGTH = 100  # characters of a file's name that are in its run's
SAYS_NOTHING = ("metrics", "record", "trainer_state", "history", "log", "logs", "events")
UNWANTED = str.maketrans(dict.fromkeys("[]:*?/\\", " "))  # what the name of a sheet cannot have
SHEET_LENGTH = 28  # characters, so that a number can follow


@dataclass(frozen=True)
class Source:
    """A file of a log."""

    path: Path

    @cached_property
    def content(self) -> bytes:
        """What is in it. Raises LogError."""
        try:
            return content_of(self.path, MAX_BYTES)
        except TooLargeError as error:
            raise LogError(f"{self.path} is not a training log: {error}") from None
        except OSError as error:
            raise LogError(f"{self.path} cannot be read: {error.strerror}") from None

    @cached_property
    def text(self) -> str:
        """The content as text; PowerShell writes UTF-16, others UTF-8."""
        encoding = "utf-16" if self.content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
        return self.content.decode(encoding, "replace")

    @cached_property
    def run(self) -> str:
        """A name for the run: the same file is the same run."""
        name = "".join(one if one.isprintable() else "_" for one in self.path.name)[:NAME_LENGTH]
        return f"{name} {sha256(os.fsencode(self.path.resolve())).hexdigest()[:8]}"

    @cached_property
    def name(self) -> str:
        """A name for its sheet: that of the file or, where every such file is called so, of its folder."""
        stem, folder = self.path.stem, self.path.resolve().parent.name
        says_nothing = stem.lower() in SAYS_NOTHING or ".tfevents." in self.path.name
        return sheet_name(folder if says_nothing and folder else stem)


def sheet_name(text: str) -> str:
    """A text as the name of a sheet."""
    printable = "".join(one if one.isprintable() else " " for one in text.translate(UNWANTED))
    return " ".join(printable.split())[:SHEET_LENGTH].strip("' ") or "Log"
