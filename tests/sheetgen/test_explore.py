"""The sheet that shows one step: its numbers, its formulas three ways, and the network drawn on its cells."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from sheetgen import generate
from sheetgen.explore.layout import EXPLORE_SHEET, ExploreLayout, explore_layout
from sheetgen.explore.net_grid import net_grid
from sheetgen.layout import table_layout
from sheetgen.mathematics.training_step import Group
from templates import Bias, LayerSize, Network, Template, load_template
from tests.engine import ENGINE
from tests.office import Cells, Office
from tests.sheetgen.networks import templates
from tests.sheetgen.steps import first_step, read, whole_step
from tests.sheetgen.workbooks import formulas_of, parts, same_number, tables_of, values_of, xml_parts
from tests.shipped import every_plain_one_of_a_sample, every_plainly_trained, every_template
from verifier.findings import Status
from verifier.verification import verify

Shipped = Callable[[str], Path]
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
SHORT = 20


def layout_of(template: Template) -> ExploreLayout:
    return explore_layout(template, table_layout(template))


def shown_by(sheet: Worksheet, explore: ExploreLayout) -> dict[str, object]:
    """What the sheet shows of a step, by label, with the updated parameters as `w1(n+1)`."""
    cells = {**explore.cells, **{f"{label}(n+1)": cell for label, cell in explore.updated.items()}}
    return {label: sheet[cell].value for label, cell in cells.items() if label != "η"}


def differences(found: Mapping[str, object], expected: Mapping[str, float]) -> list[str]:
    assert found.keys() == expected.keys()
    return [
        f"{label}: {found[label]!r} instead of {number!r}"
        for label, number in expected.items()
        if not same_number(found[label], number)
    ]


@every_template
def test_the_losses_at_its_head_have_room_for_eight_digits(shipped_workbook: Shipped, name: str) -> None:
    """Also where the columns are those of narrow blocks: a number without room is shown as ###."""
    sheet = formulas_of(shipped_workbook(name))[EXPLORE_SHEET]
    for when in ("before", "after"):
        (label,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == f"E_total {when} the step =")
        number = sheet.cell(label.row, label.column + 1)
        (columns,) = [range(area.min_col, area.max_col + 1) for area in sheet.merged_cells.ranges
                      if number.coordinate in area] or [[number.column]]  # fmt: skip
        assert sum(width_of(sheet, column) for column in columns) > 9


def width_of(sheet: Worksheet, column: int) -> float:
    """The width of a column in characters; neighbours that are alike are written once."""
    (width,) = [one.width for one in sheet.column_dimensions.values() if one.min <= column <= one.max]
    return float(width)


@every_plainly_trained
def test_it_shows_the_first_step_at_first(shipped_workbook: Shipped, name: str) -> None:
    template = load_template(name)
    sheet, explore = values_of(shipped_workbook(name))[EXPLORE_SHEET], layout_of(template)
    rate, iteration = sheet[explore.rate_cell].value, sheet[explore.iteration_cell].value
    rates = template.learning_rates
    assert (rate, iteration) == (rates[(len(rates) - 1) // 2], 0)
    assert differences(shown_by(sheet, explore), first_step(template, rate)) == []


@every_plainly_trained
def test_it_computes_all_but_the_parameters_itself(shipped_workbook: Shipped, name: str) -> None:
    """Of the tabs it reads the parameters and the learning rates, and the inputs and targets of the start sheet.

    Where there are several samples, their inputs and targets are the tab's too, and so are the gradients of a batch.
    """
    template = load_template(name)
    sheet, explore = formulas_of(shipped_workbook(name))[EXPLORE_SHEET], layout_of(template)
    of_all = {"E_total"} if template.network.mixes_samples else set()
    for layer in template.network.layers:
        of_all |= {name for net in layer.nets for name in (net, f"δ_{net}") if layer.is_statistic}
    looked_up = f"=CHOOSE({explore.tab_cell},INDEX('eta {template.learning_rates[0]!r}'!"
    for label, cell in explore.cells.items():
        formula = str(sheet[cell].value)
        if label in template.network.parameters:
            assert formula.startswith(looked_up), label
            assert formula.count("INDEX(") == len(template.learning_rates)
        elif label in template.network.inputs + template.network.targets:
            assert formula.startswith("=Start!" if template.samples is None else looked_up), label
        elif label in of_all or (template.batch > 1 and label.startswith("∂E_t")):
            assert formula.startswith(looked_up), label
        elif label != "η":
            assert "!" not in formula, label


@settings(max_examples=10)
@given(template=templates())
def test_verify_recomputes_every_formula_of_the_teaching_sheets(template: Template) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "random.xlsx")
        generate(template, path)
        result = verify(path, ENGINE)
        assert result.status is Status.RIGHT, (result.faults, result.unchecked, result.problem)
        cells = [cell for sheet in formulas_of(path) for row in sheet.iter_rows() for cell in row]
        in_tables = sum(table.formulas for table in result.tables)
        assert in_tables + result.other_formulas == sum(cell.data_type == "f" for cell in cells)
        assert len(result.tables) == len(template.learning_rates)


@settings(max_examples=20)
@given(template=templates())
def test_every_formula_is_right_in_symbols_and_with_the_numbers_put_in(template: Template) -> None:
    """Both texts come to the result beside them, the one with numbers as nearly as its six digits allow."""
    explore = layout_of(template)
    with TemporaryDirectory() as folder:
        path = Path(folder, "random.xlsx")
        generate(template, path)
        sheet = values_of(path)[EXPLORE_SHEET]
        known = {label: float(sheet[cell].value) for label, cell in explore.cells.items()}
        for line in explore.lines:
            symbols, numbers, result = (
                sheet.cell(line.row + 1, span.first + 1).value
                for span in (explore.symbols, explore.numbers, explore.result)
            )
            assert math.isclose(read(symbols.removeprefix("= "), known), result, rel_tol=1e-9, abs_tol=1e-12)
            if "> 0]" not in symbols:  # 0.0000001 is shown as 0
                assert math.isclose(read(numbers.removeprefix("= "), {}), result, rel_tol=1e-3, abs_tol=1e-4), numbers


def test_both_inputs_have_limits(shipped_workbook: Shipped) -> None:
    """A drop-down of the tabs, and the iterations that the tables have."""
    sheet, explore = formulas_of(shipped_workbook("mazur"))[EXPLORE_SHEET], layout_of(load_template("mazur"))
    limits = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    tab, iteration = (limits[cell.replace("$", "")] for cell in (explore.tab_name_cell, explore.iteration_cell))
    assert tab.type == "list"
    assert [row[0].value for row in sheet[tab.formula1]] == ["eta 0.1", "eta 0.5", "eta 1.0"]
    assert (iteration.type, iteration.formula1, iteration.formula2) == ("whole", "0", "100")


def test_weights_and_gradients_are_shaded_and_show_their_sign(shipped_workbook: Shipped) -> None:
    template = load_template("deep")
    sheet, explore = formulas_of(shipped_workbook("deep"))[EXPLORE_SHEET], layout_of(template)
    shaded = {
        (row, column)
        for area, rules in sheet.conditional_formatting._cf_rules.items()
        if any(rule.type == "colorScale" for rule in rules)
        for part in str(area.sqref).split()
        for left, top, right, bottom in [range_boundaries(part)]
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    grid = explore.grid
    for row, column in [*(grid.values[label] for label in template.network.parameters), *grid.gradients.values()]:
        place = (explore.grid_row + row + 1, column + 1)
        assert place in shaded
        assert sheet.cell(*place).number_format.startswith("+0.0")
        assert ";-0.0" in sheet.cell(*place).number_format


@every_plainly_trained
def test_the_lines_lie_in_columns_of_their_own(shipped_workbook: Shipped, name: str) -> None:
    """Each picture covers one column without a cell in it, is see-through, tied to the cells, and described.

    Layers that are not dense are blocks of cells, without lines.
    """
    path, explore = shipped_workbook(name), layout_of(load_template(name))
    network = load_template(name).network
    used = {column for _, column in [*explore.grid.values.values(), *explore.grid.gradients.values()]}
    used |= {column - 1 for _, column in explore.grid.values.values()}
    anchors = explore_anchors(path)
    assert len(anchors) == len(explore.grid.gaps) == (2 * len(network.layers) + 2 if network.is_dense else 0)
    for anchor in anchors:
        assert anchor.get("editAs", "twoCell") == "twoCell"
        first, last = (anchor.find(f"{DRAWING}{end}") for end in ("from", "to"))
        assert first is not None
        assert last is not None
        column = int(first.findtext(f"{DRAWING}col", ""))
        assert column not in used
        ends_in_next = int(last.findtext(f"{DRAWING}col", "")) == column + 1
        assert int(last.findtext(f"{DRAWING}col", "")) == column or (
            ends_in_next and last.findtext(f"{DRAWING}colOff") == "0"
        )
        properties = anchor.find(f"{DRAWING}pic/{DRAWING}nvPicPr/{DRAWING}cNvPr")
        assert properties is not None
        assert properties.attrib["descr"].startswith("Lines from")
    see_through = 0
    for part, content in parts(path).items():
        if part.startswith("xl/media/"):
            with Image.open(BytesIO(content)) as picture:
                see_through += picture.convert("RGBA").getchannel("A").getextrema()[0] == 0
    assert see_through >= len({gap.lines for gap in explore.grid.gaps}) - 1


def explore_anchors(path: Path) -> list[ElementTree.Element]:
    """The pictures on Explore, whose drawing is the only one with lines."""
    return [
        anchor
        for drawing in xml_parts(path, "xl/drawings/drawing").values()
        for anchor in drawing.iter(f"{DRAWING}twoCellAnchor")
        if "Lines from" in ElementTree.tostring(anchor, encoding="unicode")
    ]


def test_no_two_numbers_stand_in_one_cell() -> None:
    """Whatever the sizes of the layers, and however few units one has beside another."""
    for shape in ((1, 1), (3, 8, 2), (10, 2, 10), (4, 1, 6), (2, 3, 2, 5, 4)):
        for bias in Bias:
            sizes = tuple(LayerSize(units, bias=bias) for units in shape[1:])
            grid = net_grid(Network(shape[0], sizes))
            assert grid.gaps
            places = [*grid.values.values(), *grid.gradients.values()]
            names = [(row, column - 1) for row, column in grid.values.values()]
            assert len({*places, *names}) == len(places) + len(names), shape
            assert max(row for row, _ in places) < grid.rows
            assert len({row for row, column in names}) <= grid.rows


def test_a_network_too_large_to_be_drawn_has_blocks_in_its_place(tmp_path: Path) -> None:
    network = Network(9, (LayerSize(6), LayerSize(1)))
    labels = network.inputs + network.targets + network.parameters
    start = {label: (k % 19 - 9) / 10 for k, label in enumerate(labels)}
    template = replace(load_template("backprop"), network=network, start=start, iterations=2)
    path = tmp_path / "large.xlsx"
    generate(template, path)
    sheet, explore = values_of(path)[EXPLORE_SHEET], layout_of(template)
    assert explore_anchors(path) == []
    corners = {label: explore.grid.values[label] for label in ("w1", "w9", "w10", "w54")}
    (top, left), (_, right) = corners["w1"], corners["w9"]
    assert corners == {"w1": (top, left), "w9": (top, right), "w10": (top + 1, left), "w54": (top + 5, right)}
    assert differences(shown_by(sheet, explore), whole_step(network, start, 0.5)) == []


@pytest.mark.office
@every_plain_one_of_a_sample
def test_it_follows_the_learning_rate_the_iteration_and_the_inputs(tmp_path: Path, office: Office, name: str) -> None:
    template = replace(load_template(name), iterations=SHORT)
    path, explore = tmp_path / f"{name}.xlsx", layout_of(template)
    generate(template, path)
    rate, iteration = template.learning_rates[-1], 7
    typed = {
        f"{EXPLORE_SHEET}!{explore.tab_name_cell}": f"eta {rate!r}",
        f"{EXPLORE_SHEET}!{explore.iteration_cell}": iteration,
        start_place(explore, "i1"): 0.35,
        start_place(explore, "t1"): 0.4,
    }
    sheets = office.values(path, typed)
    start = {**template.start, "i1": 0.35, "t1": 0.4}
    for _ in range(iteration):
        step = whole_step(template.network, start, rate)
        start |= {label: step[f"{label}(n+1)"] for label in template.network.parameters}
    cells = {**explore.cells, **{f"{label}(n+1)": cell for label, cell in explore.updated.items()}}
    found = {label: at(sheets[EXPLORE_SHEET], cell) for label, cell in cells.items() if label != "η"}
    assert differences(found, whole_step(template.network, start, rate)) == []
    known = {label: float(value) for label, value in found.items()}
    for line in explore.lines:
        text = str(sheets[EXPLORE_SHEET][line.row][explore.numbers.first])
        if line.label in known and "> 0]" not in text:
            expected = sheets[EXPLORE_SHEET][line.row][explore.result.first]
            assert math.isclose(read(text.removeprefix("= "), {}), expected, rel_tol=1e-3, abs_tol=1e-4), text


@pytest.mark.office
@pytest.mark.parametrize("name", ["xor", pytest.param("iris", marks=pytest.mark.slow)])
def test_it_follows_the_sample_that_one_chooses(shipped_workbook: Shipped, office: Office, name: str) -> None:
    """It shows what the chosen tab has of that sample, leads to the parameters of the next iteration, and passes."""
    template, path = load_template(name), shipped_workbook(name)
    explore, rate = layout_of(template), template.learning_rates[-1]
    rows = tables_of(path)[f"eta {rate!r}"]
    for iteration, sample in ((0, 3), (7, template.batch)):
        typed = {
            f"{EXPLORE_SHEET}!{explore.tab_name_cell}": f"eta {rate!r}",
            f"{EXPLORE_SHEET}!{explore.iteration_cell}": iteration,
            f"{EXPLORE_SHEET}!{explore.sample_cell}": sample,
        }
        sheets = office.values(path, typed)
        first = rows[iteration * template.batch]
        then = rows[(iteration + 1) * template.batch]
        expected = first | {k: v for k, v in rows[iteration * template.batch + sample - 1].items() if v is not None}
        for label in expected.keys() & explore.cells.keys():
            assert same_number(at(sheets[EXPLORE_SHEET], explore.cells[label]), float(expected[label])), label
        for label, cell in explore.updated.items():
            assert same_number(at(sheets[EXPLORE_SHEET], cell), float(then[label])), label
        assert any("✓ PASS" in row for row in sheets["Check"])
        assert any("✓ PASS" in row for row in sheets["Start"])


@pytest.mark.office
@pytest.mark.parametrize("name", ["adam", "momentum"])
def test_a_step_of_an_optimizer_is_that_of_the_tab(tmp_path: Path, office: Office, name: str) -> None:
    """What the optimizer has kept is looked up, so that a chosen iteration leads to the parameters of the next one."""
    template = replace(load_template(name), iterations=SHORT)
    path, explore = tmp_path / f"{name}.xlsx", layout_of(template)
    generate(template, path)
    rate = template.learning_rates[-1]
    rows = tables_of(path)[f"eta {rate!r}"]
    for iteration in (0, 7):
        typed = {
            f"{EXPLORE_SHEET}!{explore.tab_name_cell}": f"eta {rate!r}",
            f"{EXPLORE_SHEET}!{explore.iteration_cell}": iteration,
        }
        cells = office.values(path, typed)[EXPLORE_SHEET]
        for label in (column.label for column in explore.table.columns if column.group is Group.STATE):
            assert math.isclose(float(str(at(cells, explore.cells[label]))), rows[iteration][label], rel_tol=1e-12), (
                label
            )
        for label, cell in explore.updated.items():
            assert math.isclose(float(str(at(cells, cell))), rows[iteration + 1][label], rel_tol=1e-12), label


@pytest.mark.office
def test_another_learning_rate_on_the_chosen_tab_is_followed(tmp_path: Path, office: Office) -> None:
    """Explore shows that tab's step, and no sheet an error; also where two tabs have one rate. Start says one may."""
    template = replace(load_template("backprop"), iterations=SHORT)
    path, explore = tmp_path / "changed.xlsx", layout_of(template)
    generate(template, path)
    for rate in (0.7, 0.8):  # 0.8 is that of another tab
        sheets = office.values(path, {"eta 0.5!G31": rate, f"{EXPLORE_SHEET}!{explore.iteration_cell}": 7.0})
        explored = sheets[EXPLORE_SHEET]
        assert at(explored, explore.rate_cell) == rate
        assert f"✓ its learning rate is η = {rate}" in explored[3]
        table = sheets["eta 0.5"][32:]
        for place, label in enumerate(sheets["eta 0.5"][31]):
            if label in explore.updated:
                assert same_number(at(explored, explore.updated[str(label)]), float(table[8][place])), label
        assert any("✓ PASS" in row for row in sheets["Start"])
        assert not [cell for rows in sheets.values() for row in rows for cell in row if str(cell).startswith("#")]


@pytest.mark.office
@pytest.mark.parametrize("choice", ["eta 0.6", 0.5])
def test_a_tab_that_there_is_not_says_so(tmp_path: Path, office: Office, choice: float | str) -> None:
    template = replace(load_template("backprop"), iterations=2)
    path, explore = tmp_path / "missing.xlsx", layout_of(template)
    generate(template, path)
    sheet = office.values(path, {f"{EXPLORE_SHEET}!{explore.tab_name_cell}": choice})[EXPLORE_SHEET]
    assert "✗ there is no such tab: choose one from the list" in sheet[3]


@pytest.mark.office
@pytest.mark.parametrize("choice", [101.0, -1.0, 3.5, "abc", ""])
def test_an_iteration_or_sample_that_there_is_not_says_so(
    shipped_workbook: Shipped, office: Office, choice: float | str
) -> None:
    """Beside the cell, where the data validation did not keep it out, as when it is pasted."""
    path, explore = shipped_workbook("xor"), layout_of(load_template("xor"))
    cells = (explore.iteration_cell, explore.sample_cell)
    sheet = office.values(path, {f"{EXPLORE_SHEET}!{cell}": 1e6 if choice == 101 else choice for cell in cells})
    said = [row[2] for row in sheet[EXPLORE_SHEET][4:6]]
    assert said == [
        f"✗ choose a whole number from 0 to {explore.table.iterations}",
        f"✗ choose a whole number from 1 to {explore.table.batch}",
    ]


def start_place(explore: ExploreLayout, label: str) -> str:
    return explore.table.settings[label].replace("$", "")


def at(cells: Cells, address: str) -> object:
    column, row, _, _ = range_boundaries(re.sub(r"\$", "", address))
    return cells[row - 1][column - 1]


def test_the_tables_of_the_tabs_have_what_it_shows(shipped_workbook: Shipped) -> None:
    """The gradients, reached over δ, are those that the tab computes in one formula."""
    template = load_template("backprop")
    first = tables_of(shipped_workbook("backprop"))["eta 0.5"][0]
    found = shown_by(values_of(shipped_workbook("backprop"))[EXPLORE_SHEET], layout_of(template))
    for label in [f"∂E_t/∂{name}" for name in template.network.trained]:
        assert same_number(found[label], float(first[label]))


@pytest.mark.office
def test_the_loss_after_the_step_stands_beside_that_before_it(shipped_workbook: Shipped, office: Office) -> None:
    """It is that of the next iteration on the tab; of the last one there is none."""
    path = shipped_workbook("backprop")
    losses = [*(row["E_total"] for row in tables_of(path)["eta 2.0"]), "–"]
    for iteration in (0, 40, 100):
        rows = office.values(path, {"Explore!B4": "eta 2.0", "Explore!B5": float(iteration)})["Explore"]
        found = [
            row[row.index(f"E_total {when} the step =") + 1]
            for row, when in zip(rows[3:5], ("before", "after"), strict=True)
        ]
        for number, expected in zip(found, losses[iteration : iteration + 2], strict=True):
            assert number == (pytest.approx(expected, rel=1e-12) if expected != "–" else "–")
