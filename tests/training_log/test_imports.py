"""Who may import whom: an import only points down."""

import ast
from pathlib import Path

import pytest

import training_log

FOLDER = Path(training_log.__file__).parent
MAY_USE = {"opc", "sheetgen", "templates", "training_log"}
OURS = {"backprop", "opc", "sheetgen", "templates", "torch_models", "training_log", "verifier"}
LIBRARIES = {  # each in the modules that are there for it, and nowhere else
    "lightning": {"lightning"}, "pytorch_lightning": {"lightning"}, "keras": {"keras"},
    "transformers": {"transformers"}, "tensorboard": {"events"}, "torch": set(), "numpy": set(), "pandas": set(),
}  # fmt: skip


def imported(path: Path) -> set[str]:
    """The packages that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_a_log_needs_what_is_below_it_alone(path: Path) -> None:
    """And a library whose logs these are only where it is used."""
    names = imported(path)
    assert names & OURS <= MAY_USE
    for library, modules in LIBRARIES.items():
        assert library not in names or path.stem in modules, library


@pytest.mark.parametrize("package", ["opc", "templates", "sheetgen", "verifier"])
def test_nothing_below_asks_a_log(package: str) -> None:
    for path in (FOLDER.parent / package).rglob("*.py"):
        assert not imported(path) & {"training_log", "torch_models", "backprop"}, path
