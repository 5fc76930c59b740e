"""An inserted sheet in LibreOffice: it opens, its formulas are alive, and the other sheets are what they were."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sheetgen.insertion import insert_sheet
from tests.office import Office
from tests.sheetgen.insertion_targets import by_openpyxl, by_xlsxwriter, odd, stuffed
from tests.sheetgen.insertions import everything, numbers
from tests.sheetgen.packages import loaded, sound, unchanged
from tests.sheetgen.workbooks import parts

pytestmark = pytest.mark.office


@pytest.mark.parametrize("maker", [by_xlsxwriter, by_openpyxl, stuffed, odd])
def test_the_other_sheets_have_the_values_that_they_had(
    tmp_path: Path, office: Office, maker: Callable[[Path], Path]
) -> None:
    path = maker(tmp_path / "book.xlsx")
    before = office.values(path)
    insert_sheet(path, everything, "New", "a run")
    insert_sheet(path, numbers, "Small", "another run")
    insert_sheet(path, everything, "New", "a run")
    after = office.values(path, {"Small!A1": 10})
    assert {name: after[name] for name in before} == before
    assert list(after) == [*before, "New", "Small"]
    assert after["Small"] == [[10, 3, 13]]
    assert [row[2] for row in after["New"][1:11]] == pytest.approx([1] * 10)
    assert after["New"][0][:5] == ["Epoch", "Loss", "  spaces  ", "η ∂ 😀 <&>\"'", "two\nlines"]
    assert [row[3] for row in after["New"][1:8]] == ["one", 1, None, 1, 2, 4, "plain  bold again x"]


def test_a_sheet_is_known_again_after_libreoffice_has_saved_the_workbook(tmp_path: Path, office: Office) -> None:
    """Every part is then LibreOffice's own; the sheet is replaced in it, and the others stay byte for byte."""
    path = by_xlsxwriter(tmp_path / "book.xlsx")
    insert_sheet(path, everything, "New", 'a "run"')
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", "saved", path.name]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    saved = tmp_path / "saved" / path.name
    insert_sheet(saved, numbers, "New", 'a "run"')
    before = parts(saved)
    assert insert_sheet(saved, everything, "New", 'a "run"') == "New"
    assert insert_sheet(saved, everything, "New", "another run") == "New 2"
    assert loaded(saved).sheetnames == ["First", "It's mine", "Chart", "New", "New 2"]
    gone = next(name for name in before if before[name] != parts(saved).get(name) and name.startswith("xl/worksheets"))
    unchanged({name: content for name, content in before.items() if name != gone}, saved)
    sound(saved)
    assert list(office.values(saved)) == ["First", "It's mine", "Chart", "New", "New 2"]
