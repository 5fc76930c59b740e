"""What docs/teaching.md shows is what the commands print, and what it says happens in a spreadsheet does."""

import re
import sys
from pathlib import Path

import openpyxl
import pytest

from sheetgen import generate
from templates import load_template
from tests.commands.command import backprop, python
from tests.commands.pages import ROOT, check_session, page, session
from tests.office import Office
from verifier import verify

PAGE = page("teaching.md")
BROKEN = "Z33"  # ∂E_t/∂w3 in iteration 0, on the tab that Explore shows at first


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the page speaks of."""
    folder = tmp_path_factory.mktemp("docs")
    exercises = folder / "exercises"
    exercises.mkdir()
    for script in ("wrong_gradient.py", "learner.py"):
        assert python(folder, page(script)).status == 0
    (folder / "learner.xlsx").replace(exercises / "ben.xlsx")
    assert backprop(exercises, "generate", "--practice", "--with-answers", "-o", "cleo.xlsx").status == 0
    (exercises / "cleo-answers.xlsx").replace(exercises / "ada.xlsx")
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a Unix shell")
def test_the_page_shows_what_its_commands_print(folder: Path) -> None:
    shown = session(PAGE)
    assert len(shown) > 6
    check_session(shown, folder)


def test_the_page_shows_pictures_that_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE)
    assert len(pictures) > 6
    for picture in pictures:
        assert (ROOT / "docs" / picture).read_bytes().startswith(b"\x89PNG"), picture


@pytest.mark.office
def test_what_is_broken_as_the_page_says_shows_as_it_says(tmp_path: Path, office: Office) -> None:
    """`J33` for both `L33`: E_total in the last row moves as little as is said, and the answer on Start is FAIL."""
    path = tmp_path / "backprop.xlsx"
    generate(load_template("backprop"), path)
    formula = str(openpyxl.load_workbook(path)["eta 0.5"][BROKEN].value)
    assert formula.count("L33") == 2
    right = office.values(path)
    broken = office.values(path, {f"eta 0.5!{BROKEN}": formula.replace("L33", "J33")})
    for values, last, answer in ((right, "0.029166680236", "✓ PASS"), (broken, "0.029166680261", "✗ FAIL")):
        assert f"{values['eta 0.5'][132][22]:.12f}" == last
        assert last in PAGE
        assert values["Start"][7][5] == answer


@pytest.mark.office
@pytest.mark.parametrize("name", ["ada", "ben"])
def test_an_exercise_that_libreoffice_saved_is_graded_like_the_original(
    folder: Path, tmp_path: Path, office: Office, name: str
) -> None:
    original = folder / "exercises" / f"{name}.xlsx"
    saved = office.saved(original, tmp_path / "saved.xlsx")
    assert verify(saved).practice == verify(original).practice
