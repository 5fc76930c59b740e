"""What the README shows is what the commands print, but for the times in it."""

import re
from pathlib import Path

import pytest
import yaml

from tests.commands.command import backprop, python

ROOT = Path(__file__).parents[2]


def shown(name: str) -> list[str]:
    """The lines that the README shows as the output of something, up to where it leaves the rest out."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition(f"<!-- output of: {name} -->\n```\n")[2].partition("```")[0]
    lines = [untimed(line) for line in block.partition("…\n")[0].splitlines()]
    assert len(lines) > 10, f"the README shows no output of {name}"
    return lines


def untimed(line: str) -> str:
    """The line without the times in it, and with twelve digits of each number: the last ones are the processor's."""
    line = re.sub(r"\d+\.\d s\b", "n s", line)
    line = re.sub(r"\d+\.\d{11,}", lambda number: f"{float(number.group()):.12g}", line)
    return re.sub(r"\d\.\d\d(?=  (?:right|\d+ faults?)$)", "n", line)


def test_readme_shows_what_its_first_command_prints(tmp_path: Path) -> None:
    """`make` runs these two commands, and shows each before what it prints."""
    generated = backprop(tmp_path, "generate")
    verified = backprop(tmp_path, "verify", "backprop.xlsx")
    lines = [
        ".venv/bin/backprop generate",
        *generated.output.splitlines(),
        ".venv/bin/backprop verify backprop.xlsx",
        *verified.output.splitlines(),
    ]
    expected = shown("make")
    assert [untimed(line) for line in lines][: len(expected)] == expected


def test_readme_shows_what_verify_says_of_the_templates_fault(tmp_path: Path) -> None:
    """The script that the README names writes the fault, and `verify` names it as shown."""
    written = python(tmp_path, (ROOT / "docs" / "wrong_gradient.py").read_text(encoding="utf-8"))
    assert written.status == 0, written.errors
    lines = backprop(tmp_path, "verify", "wrong_gradient.xlsx").output.splitlines()
    expected = shown("the template's fault")
    assert [untimed(line) for line in lines][: len(expected)] == expected


def test_readme_shows_how_verify_grades_an_exercise(tmp_path: Path) -> None:
    """The script that the README names writes the exercise, with answers that are right, wrong, typed and missing."""
    written = python(tmp_path, (ROOT / "docs" / "learner.py").read_text(encoding="utf-8"))
    assert written.status == 0, written.errors
    lines = backprop(tmp_path, "verify", "learner.xlsx").output.splitlines()
    expected = shown("a learner's exercise")
    assert [untimed(line) for line in lines][: len(expected)] == expected


@pytest.mark.parametrize("name", ["explore", "practice", "tab", "compact", "grades", "live_layers"])
def test_readme_shows_pictures_that_are_there(name: str) -> None:
    path = f"docs/images/{name}.png"
    assert f"({path})" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / path).read_bytes().startswith(b"\x89PNG")


def test_readme_library_example_runs(tmp_path: Path) -> None:
    """The example of the library writes a workbook and finds it right."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    outcome = python(tmp_path, text.partition("## As a library\n\n```python\n")[2].partition("```")[0])
    assert (outcome.status, outcome.output) == (0, "RIGHT 0\n")


def test_the_badge_is_of_a_workflow_that_runs_the_gate() -> None:
    """Relative to the page on GitHub, so that it is that of the repository in which the README stands."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    badge = re.search(
        r"\[!\[CI\]\(\.\./\.\./actions/workflows/(.*)/badge\.svg\)\]\(\.\./\.\./actions/workflows/\1\)", text
    )
    assert badge is not None
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / badge[1]).read_text(encoding="utf-8"))
    assert {"run": ".ci/run"} in workflow["jobs"]["gate"]["steps"]
