"""What the tests of the documentation share: the commands that a page shows, and what they print."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.commands.command import SCRIPT, SECONDS, environment

ROOT = Path(__file__).parents[2]

Session = Sequence[tuple[str, str]]  # commands, and what a page shows that each prints


def page(name: str) -> str:
    """The text of a page of the documentation, or of a script that it names."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def session(text: str) -> Session:
    """All commands of a page, each a line after a `$` in a block of a console, in their order."""
    blocks: list[str] = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    parts = (part for block in blocks for part in re.split(r"(?=^\$ )", block, flags=re.MULTILINE) if part)
    found = [re.fullmatch(r"\$ ([^\n]*)\n(.*)", part, re.DOTALL) for part in parts]
    return [(match[1], match[2]) for match in found if match is not None]


def check_session(shown: Session, folder: Path) -> None:
    """Run the commands in one folder: some go on from what those before them wrote. Each prints what is shown."""
    path = os.pathsep.join([str(SCRIPT.parent), os.environ["PATH"]])
    for command, expected in shown:
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment(PATH=path), capture_output=True, timeout=SECONDS,
            check=False, encoding="utf-8",
        )  # fmt: skip
        assert (untimed(done.stdout), done.stderr) == (untimed(expected), ""), command


def untimed(text: str) -> str:
    """A text without the times in it."""
    text = re.sub(r"[0-9]+\.[0-9] s\b", "n s", text)
    return re.sub(r" +[0-9]+\.[0-9](?=$| +[0-9]* of [0-9]*$)", " n", text, flags=re.MULTILINE)  # before a score, if any
