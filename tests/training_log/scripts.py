"""Training scripts that log, in processes of their own."""

import subprocess
import sys
from pathlib import Path

from tests.commands.command import begun, environment

ROOT = Path(__file__).parents[2]
HEAD = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom training_log import SheetLogger\n"


def run(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder to its end."""
    return subprocess.run(
        [sys.executable, "-c", HEAD + code, *arguments], cwd=folder, env=environment(), capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip


def start(folder: Path, code: str, *arguments: str) -> "subprocess.Popen[str]":
    """Begin a script in a folder, which hears Ctrl-C."""
    return begun([sys.executable, "-c", HEAD + code, *arguments], folder)
