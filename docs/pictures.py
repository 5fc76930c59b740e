"""Draw the pictures of the documentation from what the commands write: `make pictures`.

    python -m docs.pictures [--mnist FOLDER]

Needs LibreOffice, poppler (pdftoppm, pdftotext) and Chromium; writes docs/images/. The mistakes of a trained model can
be drawn only where its test images are: with the MNIST in FOLDER.
"""

import argparse
import re
import subprocess
import tempfile
from contextlib import chdir
from dataclasses import replace as replace_fields
from pathlib import Path

from msgspec.structs import replace
from PIL import Image, ImageChops
from xlsxwriter.workbook import Workbook

from backprop.chosen_template import chosen_template
from docs import dense_net
from docs.learner import write as write_learners_exercise
from docs.recorded_runs import judge_again
from docs.wrong_gradient import write as write_wrong_gradient
from sheetgen import generate
from sheetgen.matrices.workbook import write_matrices
from sheetgen.picture import network_picture
from sheetgen.tensors.workbook import write_live
from templates import Template, load_template
from torch_models.images import images_at_hand
from torch_models.live_sheets.dense import dense_net_of
from torch_models.live_sheets.pictures import of_data_set, pictures_for
from torch_models.live_sheets.run import network_of_run, run_called
from torch_models.published import TARGET
from torch_models.record_file import read_record
from torch_models.recorded import recorded_folders, recorded_runs
from torch_models.run_sheet import write_run_sheet
from torch_models.run_sheet.sheet import run_page
from training_log.sheets import add_logs
from verifier import verify_many
from verifier.reports import report

IMAGES = Path(__file__).parent / "images"
ABOVE_FOOTER = 0.94  # of a page's height
SHEETS = dict.fromkeys(("Start", "Explore", "Check", "Compare"), ABOVE_FOOTER) | {"Steps": 0.66}  # how much of a page
TAB = "eta 0.5"
# Of a template the sheet to show, and its page, from 0.
OF_TEMPLATES = {"xor": ("eta 1.0", 0), "iris": ("eta 0.05", 1)}
OF_TEMPLATES |= dict.fromkeys(("cnn", "attention", "norm"), ("Explore", 0))
LIVE_SHEETS = ("Layers", "Follow", "Step", "Centre", "Folding")
FEW = 12  # iterations print sooner


def main() -> None:
    """Draw what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help="draw the mistakes too")
    mnist = parser.parse_args().mnist
    IMAGES.mkdir(exist_ok=True)
    draw_workbook()
    draw_broken_workbook()
    draw_templates()
    draw_module()
    draw_exercise()
    draw_verdicts()
    draw_run("reference", None)
    draw_run("compact", mnist)
    draw_comparison("compact", "tiny")
    draw_live("tiny")
    draw_matrices()


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


def draw_comparison(*models: str) -> None:
    """Draw the sheet that compares all recorded runs of some models: its page before the charts."""
    pages = [run_page(record, TARGET) for model in models for record in recorded_runs(model)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        add_logs(folder / "runs.xlsx", pages, [page.log.name for page in pages])
        _save(_upper(_pages(folder / "runs.xlsx", folder)[-2], 0.72), "runs_compared.png")


def draw_live(model: str) -> None:
    """Draw a trained network's live sheets: the first page of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        network = network_of_run(run_called(model))
        write_live(network, pictures_for(network, of_data_set(images_at_hand(folder))), "", folder / "live.xlsx")
        sheets = _pages_of_sheets(folder / "live.xlsx", folder)
        for sheet in LIVE_SHEETS:
            _save(_upper(sheets[sheet][0], ABOVE_FOOTER), f"live_{sheet.lower()}.png")


def draw_matrices() -> None:
    """Draw the dense net that is the example of its page as matrices at right angles."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_matrices(dense_net_of(dense_net.net, "net", vars(dense_net)), folder / "matrices.xlsx")
        _save(_upper(_pages(folder / "matrices.xlsx", folder)[0], ABOVE_FOOTER), "live_matrices.png")


def draw_workbook() -> None:
    """Draw the first page of every sheet of the workbook, and of its tabs the upper part of one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(load_template("backprop"), folder / "backprop.xlsx")
        sheets = _pages_of_sheets(folder / "backprop.xlsx", folder)
        for sheet, part in SHEETS.items():
            _save(_upper(sheets[sheet][0], part), f"{sheet.lower()}.png")
        pages = sheets[TAB]  # as many for the left half of the table as for the right one
        left, right = (_upper(page, 0.72) for page in (pages[0], pages[len(pages) // 2]))
        _save(_side_by_side(left, right), "tab.png")


def draw_templates() -> None:
    """Draw the page that shows most of each of some templates, and what stands at the head of the tabs of one."""
    for template, (sheet, page) in OF_TEMPLATES.items():
        sheets = _sheets_of(load_template(template))
        _save(_upper(sheets[sheet][page], ABOVE_FOOTER), f"{template}.png")
    (IMAGES / "cnn_network.png").write_bytes(network_picture(load_template("cnn").network))


def draw_module() -> None:
    """Draw a tab and Explore of the module of PyTorch that is the example of its page."""
    sheets = _sheets_of(chosen_template("", f"{Path(__file__).with_name('torch_net.py')}:model"))
    for sheet, picture in (("eta 0.1", "tab"), ("Explore", "explore")):
        _save(_upper(sheets[sheet][0], ABOVE_FOOTER), f"torch_{picture}.png")


def _sheets_of(template: Template) -> dict[str, list[Image.Image]]:
    """The printed pages of each sheet of a template's workbook, with few iterations."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "template.xlsx"
        generate(replace_fields(template, iterations=FEW), file)
        return _pages_of_sheets(file, file.parent)


def draw_broken_workbook() -> None:
    """Draw what the workbook says of itself when a gradient is wrong: its list of checks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_wrong_gradient(folder / "wrong_gradient.xlsx")
        check = _pages_of_sheets(folder / "wrong_gradient.xlsx", folder)["Check"][0]
        _save(_upper(check.crop((0, 0, round(check.width * 0.44), check.height)), 0.42), "broken.png")


def draw_exercise() -> None:
    """Draw an exercise in which a learner has filled in half of the blanks, not all of them rightly."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_learners_exercise(folder / "learner.xlsx")
        _save(_upper(_pages_of_sheets(folder / "learner.xlsx", folder)["Practice"][0], ABOVE_FOOTER), "practice.png")


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


def _pages_of_sheets(workbook: Path, folder: Path) -> dict[str, list[Image.Image]]:
    """The printed pages of each sheet, told by the sheet's name in their footers."""
    pages = _pages(workbook, folder)
    text = ["pdftotext", "-layout", str(workbook.with_suffix(".pdf")), "-"]
    texts = subprocess.run(text, check=True, capture_output=True, encoding="utf-8").stdout.split("\f")
    sheets: dict[str, list[Image.Image]] = {}
    for page, said in zip(pages, texts, strict=False):  # the last text is what follows the last page: nothing
        footer = re.search(r"^ *(.+?) +Page \d+ of \d+$", said, re.MULTILINE)
        if footer is None:
            raise RuntimeError(f"a page of {workbook.name} has no footer that names its sheet")
        sheets.setdefault(footer[1], []).append(page)
    return sheets


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
