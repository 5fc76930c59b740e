"""A verdict owes nothing to the generator: who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import verifier

FOLDER = Path(verifier.__file__).parent
ROOMS = (  # from the ground up
    "values", "limits", "reading", "ranges", "findings", "class_grades", "computing", "engines", "claims", "judging",
    "reports", "verification", "guarded", "many", "fixing",
)  # fmt: skip
ORACLE_MAY_USE = {"typing", "collections", "dataclasses", "numpy", "templates"}


def imported(path: Path) -> set[str]:
    """The modules that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_only_the_mender_asks_the_generator(path: Path) -> None:
    """One module of the verifier imports `sheetgen`, the one that proposes mends, and none imports the commands."""
    assert ("sheetgen" in packages(path)) == (path.stem == "mend")
    assert not packages(path) & {"backprop", "torch_models", "torch", "openpyxl"}


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*/*.py")), ids=lambda path: path.stem)
def test_imports_point_down(path: Path) -> None:
    """A module uses its own room and those below it."""
    own = ROOMS.index(path.relative_to(FOLDER).parts[0])
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("verifier.")}
    assert {room for room in rooms if ROOMS.index(room) > own} == set()


def test_oracle_knows_the_vocabulary_and_numpy_alone() -> None:
    """The oracle never sees a formula: it imports the network and NumPy, and nothing else of the verifier."""
    assert packages(FOLDER / "judging" / "oracle.py") <= ORACLE_MAY_USE
    assert not any(name.startswith("verifier") for name in imported(FOLDER / "judging" / "oracle.py"))


def test_verifier_never_imports_torch() -> None:
    """A process that verifies has not loaded PyTorch."""
    code = "import sys, verifier; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parent)
    assert done.stdout.strip() == "False"
