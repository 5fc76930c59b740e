"""What docs/verify.md shows is what the commands print, and its Python runs."""

import re
import sys
from pathlib import Path

import pytest

from sheetgen import generate
from tests.commands.command import python
from tests.commands.pages import check_session, page, session
from tests.verifier.networks import template

PAGE = page("verify.md")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the page speaks of."""
    folder = tmp_path_factory.mktemp("docs")
    ada, ben = (folder / "submissions" / name / "homework.xlsx" for name in ("ada", "ben"))
    for path in (ada, ben):
        path.parent.mkdir(parents=True)
    generate(template("backprop", 100, (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)), ada)
    assert python(folder, page("wrong_gradient.py")).status == 0
    (folder / "wrong_gradient.xlsx").replace(ben)
    (folder / "submissions" / "cleo.xlsx").write_text("my homework\n")
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a Unix shell")
@pytest.mark.slow
def test_the_page_shows_what_its_commands_print(folder: Path) -> None:
    shown = session(PAGE)
    assert len(shown) > 6
    check_session(shown, folder)


def test_the_python_of_the_page_runs(folder: Path) -> None:
    outcome = python(folder, f'if __name__ == "__main__":\n{indented(PYTHON[0])}')
    assert outcome.status == 0, outcome.errors
    assert [line.split()[1:] for line in outcome.output.splitlines()] == [
        ["RIGHT", "0"], ["FAULTS", "2"], ["UNCHECKED", "0"],
    ]  # fmt: skip


def indented(code: str) -> str:
    return "".join(f"    {line}" for line in code.splitlines(keepends=True))


@pytest.mark.slow
def test_the_dask_of_the_page_runs(folder: Path) -> None:
    """On a cluster of one process, in the place of the page's."""
    pytest.importorskip("distributed")
    code = PYTHON[1].replace('Client("tcp://scheduler:8786")', "Client(cluster)")
    outcome = python(
        folder,
        "from pathlib import Path\n"
        "from distributed import LocalCluster\n"
        "from verifier import verify_many\n"
        "if __name__ == '__main__':\n"
        "    paths = sorted(Path('submissions').resolve().rglob('*.xlsx'))\n"
        "    cluster = LocalCluster(n_workers=1, threads_per_worker=1, host='127.0.0.1', dashboard_address=None,\n"
        "                           local_directory='.')\n"
        f"{indented(code)}\n"
        "    print([result.status.name for result in results])\n",
    )
    assert outcome.output == "['RIGHT', 'FAULTS', 'UNCHECKED']\n", outcome.errors
