"""The programs in the docs of training logs and of insertion run, and do what is said of them."""

import re
from pathlib import Path

import openpyxl

from tests.training_log.scripts import ROOT, run
from tests.training_log.sheets_read import table_of


def programs(page: str) -> list[str]:
    """The blocks of Python on a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_insertion_puts_its_sheet_in(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "report.xlsx")
    (program,) = programs("docs/insertion.md")
    for _ in range(2):
        done = run(tmp_path, program)
        assert (done.stdout, done.stderr) == ("Losses\n", "")
    read = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert read.sheetnames == ["Sheet", "Losses"]
    assert [cell.value for cell in read["Losses"]["B"]] == ["loss", 0.9, 0.5, 0.3]


def test_the_examples_of_logging_log(tmp_path: Path) -> None:
    """In the README and on its page, where numbers are given to the names that they use."""
    numbers = "train_loss, test_loss, correct, total = 0.5, 0.4, 90, 100\n"
    for page in ("README.md", "docs/logging.md"):
        program = next(one for one in programs(page) if "SheetLogger" in one)
        assert run(tmp_path, numbers + program).stderr == ""
        assert table_of(tmp_path / "report.xlsx", "Run 7")["epoch"] == list(range(1, 21))


def test_every_option_of_the_logger_is_on_its_page() -> None:
    import inspect

    from training_log import SheetLogger

    page = (ROOT / "docs" / "logging.md").read_text(encoding="utf-8")
    options = [name for name in inspect.signature(SheetLogger).parameters if name != "workbook"]
    assert all(f"| `{name}` |" in page for name in options)
