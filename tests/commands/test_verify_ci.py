"""The pre-commit hook and the GitHub Action, run as pre-commit and GitHub's runner run them."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.command import SCRIPT, SECONDS, Outcome, environment
from tests.commands.verified import WRONG_CELL, write_prices, write_right, write_wrong

ROOT = Path(__file__).parents[2]
FIELDS_OF_A_HOOK = {"id", "name", "description", "entry", "language", "files", "exclude", "require_serial"}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the shell of these tests is bash")


def run(command: list[str], folder: Path, **variables: str) -> Outcome:
    """Run a program in a folder, the installed scripts on its path."""
    path = os.pathsep.join([str(SCRIPT.parent), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=folder, env=environment(PATH=path, **variables), capture_output=True, timeout=SECONDS,
        check=False, encoding="utf-8",
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a right workbook and, in one below it, a wrong one."""
    write_right(tmp_path / "my homework.xlsx")
    write_wrong(tmp_path / "later" / "wrong.xlsx")
    return tmp_path


@pytest.fixture(scope="module")
def hook() -> dict[str, Any]:
    """The hook, as pre-commit reads it."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return dict(hook)


def test_the_hook_runs_a_command_that_is_installed(hook: dict[str, Any]) -> None:
    """pre-commit installs this package, and then starts the entry from its environment."""
    assert set(hook) == FIELDS_OF_A_HOOK
    assert (hook["id"], hook["language"]) == ("backprop-verify", "python")
    command, *_ = shlex.split(hook["entry"])
    assert command in {script.name for script in entry_points(group="console_scripts")}


@pytest.mark.parametrize(
    ("name", "is_checked"),
    [
        ("backprop.xlsx", True), ("a/b/HOMEWORK.XLSM", True), ("c.ods", True), ("~$open.xlsx", False),
        ("a/~$open.xlsx", False), ("notes.md", False), ("a.xlsx.txt", False), ("xlsx", False),
    ],
)  # fmt: skip
def test_the_hook_is_given_workbooks_alone(hook: dict[str, Any], name: str, is_checked: bool) -> None:
    """pre-commit searches the names for `files`, and for `exclude`, as `re.search` does."""
    assert (bool(re.search(hook["files"], name)) and not re.search(hook["exclude"], name)) == is_checked


def test_the_hook_lets_right_workbooks_pass_and_holds_a_wrong_one_up(hook: dict[str, Any], folder: Path) -> None:
    """pre-commit adds the names to the entry's words, and prints the output where the status is not 0."""
    words = shlex.split(hook["entry"])
    assert run([*words, "my homework.xlsx"], folder).status == 0
    outcome = run([*words, "my homework.xlsx", "later/wrong.xlsx"], folder)
    assert outcome.status == 1
    assert WRONG_CELL in outcome.output


def test_the_hook_and_the_action_pass_over_what_trains_nothing(
    hook: dict[str, Any], runner: "Runner", folder: Path
) -> None:
    """With a line; the Action checks it where it is asked to, and says status 3."""
    write_prices(folder / "prices.xlsx")
    outcome = run([*shlex.split(hook["entry"]), "prices.xlsx", "my homework.xlsx"], folder)
    assert (outcome.status, outcome.errors) == (0, "Note: prices.xlsx is skipped: it contains no training\n")
    assert runner.run("verify", paths="prices.xlsx", format="text").status == 0
    assert runner.run("verify", **{"paths": "prices.xlsx", "format": "text", "skip-unrelated": "false"}).status == 3
    assert runner.outputs["steps.verify.outputs.status"] == "3"


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    """The action, as GitHub reads it."""
    return dict(yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8")))


class Runner:
    """What GitHub's runner does with a composite action's steps of bash: fills in expressions, and runs the scripts."""

    def __init__(self, action: dict[str, Any], workspace: Path, files: Path) -> None:
        self.steps = {step["id"]: step for step in action["runs"]["steps"]}
        self.inputs = {name: str(given.get("default", "")) for name, given in action["inputs"].items()}
        self.outputs: dict[str, str] = {"steps.python.outputs.python-path": sys.executable}
        self.workspace, self.files = workspace, files
        files.mkdir()

    def run(self, step: str, **inputs: str) -> Outcome:
        """Run one step; what it says of its outputs is kept for those after it."""
        output = self.files / f"{step}.txt"
        output.touch()
        script = self.files / f"{step}.sh"
        script.write_text(self.steps[step]["run"], encoding="utf-8")
        assert self.steps[step]["shell"] == "bash"
        known = {f"inputs.{name}": value for name, value in {**self.inputs, **inputs}.items()}
        known |= {"github.action_path": str(ROOT), **self.outputs}
        variables = {name: filled(text, known) for name, text in self.steps[step]["env"].items()}
        outcome = run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], self.workspace, **variables,
            GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(output), RUNNER_TEMP=str(self.files),
            GITHUB_STEP_SUMMARY=str(self.files / "summary.md"),
        )  # fmt: skip
        for line in output.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step}.outputs.{name}"] = value
        return outcome


def filled(text: str, known: Mapping[str, str]) -> str:
    """A text with its expressions replaced; one that GitHub would not know is a KeyError."""
    return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda match: known[match[1]], text)


@pytest.fixture
def runner(action: dict[str, Any], folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner where the package is installed already."""
    runner = Runner(action, folder, tmp_path_factory.mktemp("runner") / "files")
    runner.outputs["steps.install.outputs.backprop"] = str(SCRIPT)
    return runner


def test_the_action_is_a_composite_one_whose_steps_say_their_shell(action: dict[str, Any]) -> None:
    """As the syntax for composite actions asks for; inputs stand in no script, where they could be commands."""
    assert {"name", "description", "inputs", "runs"} <= set(action)
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert ("shell" in step) == ("run" in step)
        assert "${{" not in step.get("run", "")
    assert all(set(given) == {"description", "default"} for given in action["inputs"].values())


def test_the_action_annotates_the_faults_of_a_repository(runner: Runner) -> None:
    """Without inputs it checks all workbooks of the checkout."""
    outcome = runner.run("verify")
    assert outcome.status == 1
    (annotation,) = [line for line in outcome.output.splitlines() if line.startswith("::error ")]
    assert "later/wrong.xlsx" in annotation
    assert WRONG_CELL in (runner.files / "summary.md").read_text(encoding="utf-8")
    assert runner.outputs["steps.verify.outputs.status"] == "1"


def test_the_action_checks_the_paths_it_is_given_one_a_line(runner: Runner) -> None:
    outcome = runner.run("verify", paths="my homework.xlsx\r\n\nmy*.xlsx\n", format="text")
    assert outcome.status == 0
    assert outcome.output.startswith("my homework.xlsx: all right; ")
    assert runner.outputs["steps.verify.outputs.status"] == "0"


def test_the_action_writes_a_report_and_mended_copies_where_it_is_asked_to(runner: Runner) -> None:
    outcome = runner.run("verify", paths="later", format="junit", output="report.xml", fix="mended here")
    assert outcome.status == 1
    assert (runner.workspace / "report.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert (runner.workspace / "mended here" / "wrong.xlsx").exists()


def test_the_action_tells_an_input_that_cannot_be_followed_by_its_status(runner: Runner) -> None:
    assert runner.run("verify", format="pdf").status == 2
    assert runner.outputs["steps.verify.outputs.status"] == "2"


@pytest.mark.parametrize("paths", ["$(touch stolen)", "; touch stolen", "`touch stolen`", "--help", "-o stolen"])
def test_a_path_is_never_a_command_or_an_option(runner: Runner, paths: str) -> None:
    """What a pull request calls a file is its author's choice."""
    outcome = runner.run("verify", paths=paths)
    assert outcome.status == 3
    assert "no such file" in outcome.output
    assert not (runner.workspace / "stolen").exists()


@pytest.mark.slow
def test_the_action_installs_the_package_it_is_part_of(runner: Runner) -> None:
    """Into an environment of its own; pip may find that all is there already, and only the package itself is built."""
    runner.outputs.pop("steps.install.outputs.backprop")
    outcome = runner.run("install")
    if outcome.status != 0 and re.search(r"No matching distribution|Connection|resolve", outcome.errors):
        pytest.skip("the packages that it needs cannot be had here")
    assert outcome.status == 0, outcome.errors
    installed = Path(runner.outputs["steps.install.outputs.backprop"])
    assert installed.is_relative_to(runner.files)
    assert runner.run("verify", paths="my homework.xlsx", format="text").status == 0
