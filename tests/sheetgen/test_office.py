"""A real spreadsheet application recalculates the workbook and prints it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from sheetgen import generate
from templates import load_template
from tests.office import Cells, Office
from tests.sheetgen.workbooks import formulas_of, numbers_of, same_number, values_of
from tests.shipped import every_template

pytestmark = pytest.mark.office

Shipped = Callable[[str], Path]
FIRST_INPUT = "Data!B6"  # of the first of several samples
ROUNDED = 1e-11  # of what a difference over 2h = 0.00002 makes of the last digit of a loss
SHORT = 20  # iterations of a workbook in which numbers are changed


def differences(recalculated: Mapping[str, Cells], expected: list[dict[tuple[int, int], float]]) -> list[str]:
    """The cells in which a recalculated workbook has another number than is expected there, or one too many."""
    found = []
    for (name, rows), numbers in zip(recalculated.items(), expected, strict=True):
        places = {(row, column): value for row, cells in enumerate(rows, 1) for column, value in enumerate(cells, 1)}
        for place, number in numbers.items():
            if not same_number(places.get(place), number, absolute=ROUNDED):
                found.append(f"{name} {place}: {places.get(place)!r} instead of {number!r}")
        strays = {place for place, value in places.items() if isinstance(value, float)} - set(numbers)
        found += [f"{name} {place}: a number where none belongs" for place in strays]
    return found


@every_template
def test_a_hard_recalculation_gives_the_cached_value_of_every_cell(
    shipped_workbook: Shipped, office: Office, name: str
) -> None:
    path = shipped_workbook(name)
    expected = numbers_of(path)
    assert sum(len(numbers) for numbers in expected) > 5_000
    assert differences(office.values(path), expected) == []


@every_template
def test_a_number_that_is_changed_changes_every_tab(tmp_path: Path, office: Office, name: str) -> None:
    """An input, a target and a weight typed into the start sheet, an input of one of several samples into theirs, and η
    into a tab, give the workbook that `generate` writes for a template with those numbers."""
    template = replace(load_template(name), iterations=SHORT)
    rates = template.learning_rates
    wanted = {"i1": 0.35, template.network.targets[-1]: 0.42, "w1": -0.6, "w5": 1.25}
    changed = {label: number for label, number in wanted.items() if label in template.start}
    before, after = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    generate(template, before)
    samples = template.samples and replace(template.samples, rows=changed_in_first(template.samples.rows, 0.35))
    start = {**template.start, **changed}
    generate(replace(template, start=start, samples=samples, learning_rates=(*rates[:-1], 0.7)), after)

    threshold = cell_right_of(formulas_of(before)["Compare"], "E_total down to")  # given once, from the start's
    last_tab = formulas_of(before)[f"eta {rates[-1]!r}"]
    typed = {start_cell(before, label): number for label, number in changed.items()}
    if samples is not None:
        typed[FIRST_INPUT] = 0.35
    typed[f"{last_tab.title}!{cell_right_of(last_tab, 'η =')}"] = 0.7
    typed[f"Compare!{threshold}"] = values_of(after)["Compare"][threshold].value
    assert differences(office.values(before, typed), numbers_of(after)) == []
    assert differences(office.values(before), numbers_of(before)) == []


def test_an_iteration_that_is_chosen_is_looked_up_at_every_learning_rate(tmp_path: Path, office: Office) -> None:
    template = replace(load_template("backprop"), iterations=SHORT)
    path = tmp_path / "backprop.xlsx"
    generate(template, path)
    sheets = office.values(path, {"Compare!A8": 17.0})
    for column, rate in enumerate(template.learning_rates, 1):
        table = sheets[f"eta {rate!r}"]
        assert sheets["Compare"][7][column] == table[32 + 17][22]


@every_template
def test_every_sheet_prints(shipped_workbook: Shipped, office: Office, tmp_path: Path, name: str) -> None:
    """The first page of each sheet has something on it, in colour, and no two sheets look the same."""
    pictures = office.pictures(shipped_workbook(name), tmp_path)
    assert list(pictures) == formulas_of(shipped_workbook(name)).sheetnames
    seen = set()
    for sheet, file in pictures.items():
        with Image.open(file) as picture:
            assert picture.width > picture.height, sheet  # landscape
            inked = 1 - picture.convert("L").point(lambda grey: 255 * (grey > 250)).histogram()[255] / (
                picture.width * picture.height
            )
            assert inked > 0.03, sheet
            assert max(high - low for low, high in picture.convert("HSV").getextrema()[1:2]) > 100, sheet
            seen.add(picture.tobytes())
    assert len(seen) == len(pictures)


def changed_in_first(rows: tuple[tuple[float, ...], ...], number: float) -> tuple[tuple[float, ...], ...]:
    """Samples, of which the first has another first input."""
    first, *others = rows
    return ((number, *first[1:]), *others)


def start_cell(path: Path, label: str) -> str:
    """Where the start sheet holds the number of a label."""
    (place,) = (
        cell.offset(0, 1)
        for row in formulas_of(path)["Start"].iter_rows()
        for cell in row
        if cell.value == label and isinstance(cell.offset(0, 1).value, float | int)  # and not among the words
    )
    return f"Start!{place.coordinate}"


def cell_right_of(sheet: object, text: str) -> str:
    """The address of the cell to the right of the one that holds a text."""
    places = [cell for row in sheet.iter_rows() for cell in row if cell.value == text]  # type: ignore[attr-defined]
    assert len(places) == 1
    return str(places[0].offset(0, 1).coordinate)
