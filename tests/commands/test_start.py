"""What the command does before any work: help, version, and what it imports."""

import subprocess
from pathlib import Path

import pytest

from tests.commands.command import SCRIPT, backprop, complaint, environment, python

COMMANDS = ("generate", "verify", "templates", "live", "log")
HEAVY = ("torch", "formulas", "schedula", "scipy", "verifier", "lxml", "openpyxl")

AS_MODULE = "import runpy, sys; sys.argv[0] = 'backprop'; runpy.run_module('backprop', run_name='__main__')"

# Runs the command line, and then says which of the heavy modules it has imported.
REPORT_IMPORTS = f"""
import sys
from backprop.cli import main
try:
    main()
finally:
    print("imported:", *(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""


def test_help_names_every_command(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "--help")
    assert outcome.status == 0
    for command in COMMANDS:
        assert f"\n  {command} " in outcome.output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_shows_an_example(tmp_path: Path, command: str) -> None:
    outcome = backprop(tmp_path, command, "--help")
    assert outcome.status == 0
    assert "\n  Example: backprop " in outcome.output


def test_the_example_of_generate_runs_as_it_is_printed(tmp_path: Path) -> None:
    text = " ".join(backprop(tmp_path, "generate", "--help").output.split())
    example = text.partition("Example: backprop ")[2].split()
    assert backprop(tmp_path, *example).status == 0
    assert len(list(tmp_path.glob("*.xlsx"))) == 1


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "--version")
    assert outcome.status == 0
    assert outcome.output.startswith("backprop, version ")


def test_an_unknown_command_is_said_in_one_line(tmp_path: Path) -> None:
    assert "'genrate'" in complaint(backprop(tmp_path, "genrate"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["generate", "--help"],
        ["generate", "--iterations", "2"],
        ["templates"],
        ["verify", "--help"],
        ["live", "--help"],
    ],
)
def test_nothing_heavy_is_imported_but_to_verify(tmp_path: Path, arguments: list[str]) -> None:
    """Start-up counts: neither PyTorch nor the verifier's engine is loaded for what does not need them."""
    outcome = python(tmp_path, REPORT_IMPORTS, *arguments)
    assert outcome.status == 0
    assert outcome.errors.splitlines() == ["imported:"]


def test_verifying_imports_its_engine_but_not_torch(tmp_path: Path) -> None:
    """So that the test above would see it."""
    outcome = python(tmp_path, REPORT_IMPORTS, "verify", "missing.xlsx")
    assert outcome.status == 3
    imported = outcome.errors.splitlines()[-1].split()
    assert "verifier" in imported
    assert "torch" not in imported


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    """`python -m backprop` is the same command."""
    outcome = python(tmp_path, AS_MODULE, "--help")
    assert outcome.status == 0
    assert outcome.output == backprop(tmp_path, "--help").output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("arguments", ["--help", "templates", "verify missing.xlsx", "generate --iterations 2"])
def test_an_output_that_takes_no_more_is_said_in_one_line(tmp_path: Path, arguments: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [SCRIPT, *arguments.split()], cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert done.stderr == "Error: standard output could not be written: No space left on device\n"
    assert done.returncode == 2


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_word(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [SCRIPT, "templates"], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # before anything is printed
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() != 0
