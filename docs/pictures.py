"""Draw the pictures of the documentation from what the commands write: `make pictures`.

    python -m docs.pictures [--mnist FOLDER]

Needs LibreOffice, pdftoppm and Chromium; writes docs/images/. The mistakes of a trained model can be drawn only where
its test images are: with the MNIST in FOLDER.
"""

import argparse
import subprocess
import tempfile
from contextlib import chdir
from pathlib import Path

from msgspec.structs import replace
from PIL import Image, ImageChops
from xlsxwriter.workbook import Workbook

from docs.recorded_runs import judge_again
from docs.wrong_gradient import write as write_wrong_gradient
from sheetgen import generate
from templates import load_template
from torch_models.record_file import read_record
from torch_models.recorded import recorded_folders
from torch_models.run_sheet import write_run_sheet
from verifier import verify_many
from verifier.reports import report

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help="draw the mistakes too")
    mnist = parser.parse_args().mnist
    IMAGES.mkdir(exist_ok=True)
    draw_training_tabs()
    draw_verdicts()
    draw_run("reference", None)
    draw_run("compact", mnist)


def draw_run(model: str, mnist: Path | None) -> None:
    """Draw the sheet of a model's first recorded run: its first page, and with its test images the second."""
    run = recorded_folders(model)[0]
    record = read_record(run)
    if mnist is not None:
        record = replace(record, predictions=judge_again(run, "best", record.best, mnist))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Workbook(folder / "run.xlsx") as workbook:
            write_run_sheet(workbook, workbook.add_worksheet("MNIST"), record)
        first, second, *_ = _pages(folder / "run.xlsx", folder)
        _save(_upper(first, 0.95), f"{model}.png")
        if mnist is not None:
            _save(_upper(second, 0.95), f"{model}_mistakes.png")


def draw_training_tabs() -> None:
    """Draw the start sheet, the upper part of a tab, and the comparison."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workbook = folder / "backprop.xlsx"
        generate(load_template("backprop"), workbook)
        start, *tabs, compare = _pages(workbook, folder)
        _save(_upper(start, 0.62), "start.png")
        _save(_upper(compare, 0.78), "compare.png")
        # Each tab fills as many pages for its left half as for its right one; the third is that of η = 0.5.
        pages = len(tabs) // len(load_template("backprop").learning_rates)
        left, right = (_upper(tabs[2 * pages + half], 0.72) for half in (0, pages // 2))
        _save(_side_by_side(left, right), "tab.png")


def draw_verdicts() -> None:
    """Draw the upper part of the page of verdicts on a small class: its summary, and a workbook with faults."""
    with tempfile.TemporaryDirectory() as name, chdir(name):
        submissions = [Path("submissions", f"{student}.xlsx") for student in ("ada", "ben", "cleo")]
        submissions[0].parent.mkdir()
        write_wrong_gradient(submissions[0])
        generate(load_template("backprop"), submissions[1])
        submissions[2].write_text("my homework\n", encoding="utf-8")
        Path("grades.html").write_text(report("html", verify_many(submissions, jobs=1)), encoding="utf-8")
        page = Path("grades.html").resolve().as_uri()
        browser = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=1.5"]
        size = ["--window-size=960,1024", "--screenshot=page.png"]
        subprocess.run([*browser, *size, page], check=True, capture_output=True)
        _save(Image.open("page.png").convert("RGB"), "grades.png")


def _pages(workbook: Path, folder: Path) -> list[Image.Image]:
    """Every printed page of a workbook."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), str(workbook)]
    subprocess.run(convert, check=True, capture_output=True)
    subprocess.run(["pdftoppm", "-png", "-r", "150", workbook.with_suffix(".pdf"), folder / "page"], check=True)
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page*.png"))]


def _upper(page: Image.Image, part: float) -> Image.Image:
    """The upper part of a page, without its white margins."""
    upper = page.crop((0, 0, page.width, round(page.height * part)))
    return upper.crop(ImageChops.difference(upper, Image.new("RGB", upper.size, "white")).getbbox())


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Two pages of one table; the lower edges of what was cut off in the same place are level."""
    whole = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
    whole.paste(left, (0, whole.height - left.height))
    whole.paste(right, (left.width, whole.height - right.height))
    return whole


def _save(picture: Image.Image, name: str) -> None:
    """Save a picture with a narrow white frame."""
    framed = Image.new("RGB", (picture.width + 32, picture.height + 32), "white")
    framed.paste(picture, (16, 16))
    framed.quantize(256).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    main()
