"""Draw the animation of a digit being drawn: `make pictures`.

    python -m docs.animation

Each picture is the first page of a workbook whose paper has as much of the stroke as is drawn by then, as LibreOffice
prints it. Needs LibreOffice and poppler (pdftoppm); writes docs/images/live_drawing.gif.
"""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from sheetgen.tensors.centring import THICK
from sheetgen.tensors.images_sheet import Picture
from sheetgen.tensors.operations import Array
from sheetgen.tensors.workbook import write_live
from torch_models.live_sheets.run import network_of_run, run_called
from torch_models.models import IMAGE

OUTPUT = Path(__file__).parent / "images" / "live_drawing.gif"
DIGIT, STROKE = 9, ((8, 11), (5, 9), (6, 5), (9, 5), (10, 8), (8, 11), (17, 10))  # (row, column) of its corners
STEPS = 2  # points a pixel of the stroke
EACH = 2  # pixels from a picture to the next
COLOURS, RESOLUTION, MILLISECONDS, AT_THE_END = 64, 96, 350, 3000
PART = 0.59  # of a page's height that the sheet takes


def main() -> None:
    """Write the animation."""
    network = network_of_run(run_called("tiny"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k, drawing in enumerate(drawings(STROKE)):
            write_live(network, [Picture("a stroke", DIGIT, drawing)], "", folder / f"{k:03}.xlsx")
        first, *others = _pictures(folder)
    times = [MILLISECONDS] * len(others) + [AT_THE_END]
    first.save(OUTPUT, save_all=True, append_images=others, duration=times, loop=0, optimize=True)


def drawings(corners: Sequence[tuple[int, int]]) -> Iterator[Array]:
    """The paper (1, height, width) from time to time, as a stroke along some corners is drawn with the thick pen."""
    drawing = np.zeros(IMAGE)
    new = 0
    yield drawing.copy()
    for row, column in pixels_of(corners):
        new += drawing[0, row, column] == 0
        drawing[0, row, column] = THICK
        if new == EACH:
            new = 0
            yield drawing.copy()
    yield drawing


def pixels_of(corners: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pixels that straight lines from corner to corner go through."""
    for begin, end in pairwise(corners):
        length = max(abs(end[0] - begin[0]), abs(end[1] - begin[1]))
        for row, column in np.linspace(begin, end, length * STEPS + 1):
            yield round(row), round(column)


def _pictures(folder: Path) -> list[Image.Image]:
    """The first page of each workbook, without its margins."""
    only_first = 'pdf:calc_pdf_Export:{"PageRange":{"type":"string","value":"1"}}'
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    books = sorted(map(str, folder.glob("*.xlsx")))
    convert = ["soffice", "--headless", profile, "--convert-to", only_first, "--outdir", str(folder), *books]
    subprocess.run(convert, check=True, capture_output=True)
    for page in sorted(folder.glob("*.pdf")):
        subprocess.run(
            ["pdftoppm", "-png", "-r", str(RESOLUTION), "-singlefile", page, page.with_suffix("")], check=True
        )
    pages = [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.png"))]
    cut = [page.crop((30, 40, page.width - 30, round(page.height * PART))) for page in pages]
    palette = cut[-1].quantize(COLOURS)
    return [page.quantize(palette=palette, dither=Image.Dither.NONE) for page in cut]


if __name__ == "__main__":
    main()
