"""Draw the pictures of the documentation from the workbook itself: `make pictures`.

Needs LibreOffice and pdftoppm; writes docs/images/.
"""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from sheetgen import generate
from templates import load_template

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw the start sheet, the upper part of a tab, and the comparison."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workbook = folder / "backprop.xlsx"
        generate(load_template("backprop"), workbook)
        pages = _pages(workbook, folder)
        _save(pages[0], "start.png", bottom=0.62)
        _save(pages[3 * 2 - 1], "tab.png", bottom=0.52)
        _save(pages[-1], "compare.png", bottom=0.78)


def _pages(workbook: Path, folder: Path) -> list[Image.Image]:
    """Every printed page of a workbook."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), str(workbook)]
    subprocess.run(convert, check=True, capture_output=True)
    subprocess.run(["pdftoppm", "-png", "-r", "150", workbook.with_suffix(".pdf"), folder / "page"], check=True)
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page*.png"))]


def _save(page: Image.Image, name: str, bottom: float) -> None:
    """Keep the upper part of a page, down to a fraction of its height, without its white margins."""
    part = page.crop((0, 0, page.width, round(page.height * bottom)))
    box = ImageChops.difference(part, Image.new("RGB", part.size, "white")).getbbox()
    left, top, right, below = box or (0, 0, *part.size)
    frame = (max(0, left - 16), max(0, top - 16), min(part.width, right + 16), min(part.height, below + 16))
    part.crop(frame).quantize(256).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    main()
