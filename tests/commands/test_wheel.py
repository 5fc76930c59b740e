"""The wheel, built, installed and used: it holds all that the commands need, and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.commands.command import environment

ROOT = Path(__file__).parents[2]
PACKAGES = {"backprop", "opc", "sheetgen", "templates", "torch_models", "training_log", "verifier"}

pytestmark = pytest.mark.slow


def pip(*arguments: str) -> None:
    """Run pip without a network."""
    command = [sys.executable, "-m", "pip", *arguments, "--no-index", "--no-deps", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the project so that nothing is left in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "tests"))
    pip("wheel", str(source), "--no-build-isolation", "--wheel-dir", str(folder))
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_packages_with_their_templates_and_no_tests(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert {name.partition("/")[0] for name in names} == PACKAGES
    for package in PACKAGES:
        files = {file.relative_to(ROOT).as_posix() for file in (ROOT / package).rglob("*.*")}
        assert {file for file in files if "__pycache__" not in file} <= set(names)


def test_the_installed_wheel_generates_every_template_and_verifies(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip("install", "--target", str(site), str(wheel))
    work = tmp_path / "work"
    work.mkdir()
    variables = environment(PYTHONPATH=str(site))

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=work, env=variables, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = run("-c", "import backprop, sheetgen, templates, verifier as v; print(v.__file__, sheetgen.__file__)")
    assert all(Path(file).is_relative_to(site) for file in where.split())
    script = str(site / "bin" / "backprop")
    names = [line.split()[0] for line in run(script, "templates").splitlines() if not line.startswith(" ")]
    assert names[0] == "backprop"
    for name in names:
        assert run(script, "generate", name).startswith(f"Wrote {name}.xlsx")
    verdict = run(script, "verify", "backprop.xlsx", "deep.xlsx", "mazur.xlsx")
    assert "3 workbooks: 3 right" in verdict
