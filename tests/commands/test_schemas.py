"""Whatever a command writes keeps to the schemas of Open XML (ECMA-376), so that Excel opens it without a repair."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from templates import template_names
from tests.commands.command import in_process, python
from tests.commands.pages import ROOT, page
from tests.commands.training import small_workbook
from tests.schemas import SDK, by_audit, by_sdk, complaints, sdk_missing
from tests.sheetgen.insertion_targets import by_xlsxwriter, package
from tests.sheetgen.workbooks import parts
from torch_models.recorded import recorded_folders

Validate = Callable[[Path], list[str]]

slow = pytest.mark.slow
needs_sdk = pytest.mark.skipif(sdk_missing(), reason=f"{SDK} is not installed (npm install -g @xarsh/{SDK})")
each_validator = pytest.mark.parametrize("validator", [by_audit, pytest.param(by_sdk, marks=[slow, needs_sdk])])

CSV = "epoch,loss,val_loss,val_accuracy\n0,0.9,0.8,0.7\n1,0.5,0.6,0.85\n"
TINY = str(recorded_folders("tiny")[0])
NET = f"{ROOT / 'docs' / 'dense_net.py'}:net"
# Every command line that leaves workbooks, and how many it leaves in a folder that has the files below.
WRITERS = [
    pytest.param(("generate", "--practice", "--with-answers"), 2, id="an exercise and its answers"),
    pytest.param(("generate", "--practice", "--roster", "class.csv", "-o", "class"), 3, id="a class", marks=slow),
    pytest.param(("train", "--from", TINY), 1, id="a run", marks=slow),
    pytest.param(("log", "one.csv", "two.csv"), 1, id="training logs, compared"),
    pytest.param(("live", NET, "--layout", "matrices", "-o", "net.xlsx"), 1, id="a net as matrices", marks=slow),
    pytest.param(("live", TINY, "-o", "tiny.xlsx"), 1, id="a CNN in cells", marks=slow),
]


INSERTERS = [
    pytest.param(("log", "one.csv", "two.csv", "--workbook", "book.xlsx"), id="training logs"),
    pytest.param(("train", "--from", TINY, "--workbook", "book.xlsx"), id="a run", marks=slow),
    pytest.param(("live", TINY, "-o", "book.xlsx"), id="a CNN in cells", marks=slow),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a class's names and two logs."""
    (tmp_path / "class.csv").write_text("name\nAnn Lee\nBo Ek\n")
    (tmp_path / "one.csv").write_text(CSV)
    (tmp_path / "two.csv").write_text(CSV.replace("0.85", "0.9"))
    return tmp_path


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=slow if name != "backprop" else ()) for name in template_names()]
)
def test_the_workbook_of_every_template_is_valid(name: str, tmp_path: Path) -> None:
    assert in_process(tmp_path, "generate", name, "--iterations", "2").status == 0
    assert complaints(tmp_path / f"{name}.xlsx") == []


@pytest.mark.parametrize(("words", "count"), WRITERS)
def test_whatever_else_a_command_writes_is_valid(words: tuple[str, ...], count: int, folder: Path) -> None:
    assert in_process(folder, *words).status == 0
    written = sorted(folder.rglob("*.xlsx"))
    assert len(written) == count
    assert {path.name: complaints(path) for path in written} == {path.name: [] for path in written}


@pytest.mark.parametrize("words", INSERTERS)
def test_a_workbook_stays_valid_with_sheets_inserted(words: tuple[str, ...], folder: Path) -> None:
    """Somebody's, with charts, tables, names and rules of its own."""
    book = by_xlsxwriter(folder / "book.xlsx")
    assert complaints(book) == []
    assert in_process(folder, *words).status == 0
    assert complaints(book) == []


@slow
def test_a_wrong_workbook_and_its_mended_copy_are_valid(tmp_path: Path) -> None:
    """The one that the pages show: its fault is in what its formulas say."""
    assert python(tmp_path, page("wrong_gradient.py")).status == 0
    assert in_process(tmp_path, "verify", "wrong_gradient.xlsx", "--fix", "mended.xlsx").status == 1
    assert complaints(tmp_path / "wrong_gradient.xlsx") == []
    assert complaints(tmp_path / "mended.xlsx") == []


SHEET, STYLES, DRAWING = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/drawings/drawing1.xml"
BREAKS = {
    "an element of another namespace": (DRAWING, r"<a:avLst/>", r"<xdr:avLst/>"),
    "elements in another order": (SHEET, r"(<sheetFormatPr[^>]*>)(<cols>.*?</cols>)", r"\2\1"),
    "a kind of cell that is none": (SHEET, r' t="str"', ' t="text"'),
    "a colour that is none": (STYLES, r'rgb="\w+"', 'rgb="red"'),
    "a relationship that is none": (SHEET, r'<drawing r:id="rId\d+"', '<drawing r:id="rId99"'),
}
SEEN_BY_THE_SDK = {
    "an attribute that is none": (SHEET, r"<row ", '<row height="12" '),
    "a format that is not there": (SHEET, r' s="\d+"', ' s="9999"'),
}


def broken(path: Path, part: str, pattern: str, by: str) -> Path:
    """A workbook with one thing in a part replaced."""
    content = parts(path)
    text, changes = re.subn(pattern, by, content[part].decode(), count=1, flags=re.DOTALL)
    assert changes == 1
    return package(path.with_name("broken.xlsx"), {**content, part: text.encode()})


@each_validator
def test_each_break_is_seen(validator: Validate, tmp_path: Path) -> None:
    """So no complaint means something."""
    book = small_workbook(tmp_path / "book.xlsx")
    seen = {name: validator(broken(book, *change)) for name, change in BREAKS.items()}
    assert {name: any(BREAKS[name][0] in line for line in lines) for name, lines in seen.items()} == dict.fromkeys(
        BREAKS, True
    )


@slow
@needs_sdk
def test_the_sdk_sees_more(tmp_path: Path) -> None:
    """Once the other one sees it too, it belongs to the breaks that both see."""
    book = small_workbook(tmp_path / "book.xlsx")
    for name, change in SEEN_BY_THE_SDK.items():
        copy = broken(book, *change)
        assert ([change[0] in line for line in by_sdk(copy)], by_audit(copy)) == ([True], []), name
