"""A log's sheet: a view of the log, which can be written again at any time.

From top to bottom: a target with its answers, where there is one; what the run reached, and the charts; the table of
the epochs; blocks that others add; and the settings. What a log does not have is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.page import ROW_PIXELS, set_up_page
from sheetgen.style import Styles
from training_log.log import Log
from training_log.sheet.asks import Ask, rows_of, target_ask, target_cell, write_asks
from training_log.sheet.canvas import FIRST_COLUMN, LAST_COLUMN, Canvas, address
from training_log.sheet.charts import Group, groups, make_chart
from training_log.sheet.epoch_table import EpochTable, table_columns, write_epochs
from training_log.sheet.facts import BEST, FactCells, fact_keys, write_facts
from training_log.sheet.outcome import Outcome
from training_log.sheet.paging import page_breaks
from training_log.sheet.settings import write_settings

COLUMN_PIXELS, MARGIN_PIXELS, GAP_PIXELS, TITLE_PIXELS = 64, 16, 12, 34
LINKS_ROW, TOP_ROW = 3, 5
CHART_COLUMN, CHART_OFFSET, CHART_ROWS, CHARTS_PIXELS, CHART_GAP = FIRST_COLUMN + 6, 24, 16, 872, 10
BESIDE = 2  # charts beside the facts, or three where that is all; others follow below, in rows of three
BELOW, BELOW_ROWS, BELOW_PIXELS = 3, 12, 420
NOTHING = "Nothing is on record yet."

WriteBlock = Callable[[Canvas, Outcome, EpochTable, int], int]  # from a row on; the row after its last
MakeAsk = Callable[[Outcome, FactCells, int], Ask]  # given the row of the first block


@dataclass(frozen=True)
class Page:
    """What a sheet shows beside a log, and how it calls it all."""

    log: Log
    target: float | None = None
    title: str = ""
    introduction: str = ""
    remark: str = ""  # on what the best epoch is chosen by
    table_remark: str = ""
    asks_heading: str = "The target"
    settings_heading: str = "The settings"
    more_asks: Sequence[MakeAsk] = ()  # beside the target's
    blocks: Mapping[str, WriteBlock] = field(default_factory=dict)  # by the names of their links


@dataclass(frozen=True)
class Written:
    """Where on its sheet a run stands, for others to refer to. The canvas has the sheet."""

    canvas: Canvas
    outcome: Outcome
    table: EpochTable
    facts: FactCells
    settings: Mapping[str, str]  # the cells of those that runs may differ in


def write_page(workbook: Workbook, sheet: Worksheet, page: Page, styles: Styles | None = None) -> Written:
    """Write a log into an empty sheet. The styles are the workbook's, where it has other sheets of ours."""
    canvas = Canvas(workbook, sheet, styles or Styles(workbook))
    outcome = Outcome(page.log, page.target)
    asks = 0 if outcome.target is None else 1 + len(page.more_asks)
    facts = FactCells(TOP_ROW + rows_of(asks), fact_keys(outcome))
    charts = groups(outcome)
    below = max(TOP_ROW + CHART_ROWS, facts.heading_row + len(facts.keys) + 1) + 1
    table_row = below + (BELOW_ROWS + 1) * -(-(len(charts) - _beside(len(charts))) // BELOW)
    best_cell = facts.cell(BEST) if outcome.best is not None else ""
    table = EpochTable(table_row + 2, table_columns(outcome, target_cell(TOP_ROW), best_cell))
    after_table = table.last_row + 2 if table.epochs else table_row + 3

    _set_columns(canvas, max(LAST_COLUMN, FIRST_COLUMN + len(table.columns) - 1))
    _write_top(canvas, page, outcome)
    if asks:
        own = target_ask(outcome, facts)
        write_asks(
            canvas, [own, *(make(outcome, facts, after_table) for make in page.more_asks)], TOP_ROW, page.asks_heading
        )
    if table.epochs:
        write_facts(canvas, outcome, table, facts)
    _write_table(canvas, page, table, table_row)
    _insert_charts(canvas, outcome, table, charts, below)
    settings = _write_blocks(canvas, page, outcome, table, {f"{table.axis}s".capitalize(): table_row}, after_table)
    return Written(canvas, outcome, table, facts, settings)


def _set_columns(canvas: Canvas, last_column: int) -> None:
    canvas.sheet.set_column_pixels(0, 0, MARGIN_PIXELS)
    canvas.sheet.set_column_pixels(FIRST_COLUMN, last_column, COLUMN_PIXELS)
    canvas.set_height(TOP_ROW - 1, GAP_PIXELS)


def _write_top(canvas: Canvas, page: Page, outcome: Outcome) -> None:
    log, chooser = outcome.log, outcome.chooser
    canvas.set_height(0, TITLE_PIXELS)
    canvas.write(0, FIRST_COLUMN, page.title or f"Training log of {log.name}", canvas.styles.title())
    names = ", ".join(measure.label for measure in outcome.measures)
    introduction = page.introduction or f"{log.run}: {names} of {len(log.at):,} {log.rows}."
    canvas.write(1, FIRST_COLUMN, introduction, canvas.styles.text())
    remark = page.remark
    if not remark and chooser is not None:
        extreme = "lowest" if chooser.lower_is_better else "highest"
        remark = f"The best {log.axis} is the first with the {extreme} {chooser.label}."
    if remark:
        canvas.write(2, FIRST_COLUMN, remark, canvas.styles.quiet())


def _write_table(canvas: Canvas, page: Page, table: EpochTable, row: int) -> None:
    """Write the table with its heading; without an epoch, that there is none."""
    heading = f"The {table.axis}s"
    if not table.epochs:
        canvas.heading(row, FIRST_COLUMN, heading, NOTHING)
        return
    canvas.heading(row, FIRST_COLUMN, heading, " ".join([*filter(None, [page.table_remark]), *page.log.notes]))
    write_epochs(canvas, page.log.run, table)


def _beside(charts: int) -> int:
    """How many of so many charts stand beside the facts: up to three, or else two."""
    return charts if charts <= BESIDE + 1 else BESIDE


def _insert_charts(canvas: Canvas, outcome: Outcome, table: EpochTable, charts: Sequence[Group], below: int) -> None:
    """Insert the charts: some beside the facts, the others in rows of three below them."""
    if not table.epochs:
        return
    beside = _beside(len(charts))
    width = (CHARTS_PIXELS - CHART_GAP * (max(beside, BESIDE) - 1)) // max(beside, BESIDE)
    for k, group in enumerate(charts):
        if k < beside:
            place = (TOP_ROW, CHART_COLUMN, CHART_OFFSET + k * (width + CHART_GAP))
            size = (width, CHART_ROWS)
        else:
            row, column = divmod(k - beside, BELOW)
            place = (below + row * (BELOW_ROWS + 1), FIRST_COLUMN, column * (BELOW_PIXELS + CHART_GAP))
            size = (BELOW_PIXELS, BELOW_ROWS)
        _insert_chart(canvas, outcome, table, group, place, size)


def _insert_chart(
    canvas: Canvas,
    outcome: Outcome,
    table: EpochTable,
    group: Group,
    place: tuple[int, int, int],
    size: tuple[int, int],
) -> None:
    """Insert a chart some pixels to the right of a cell; its size is in pixels, and in rows."""
    (row, column, offset), (width, rows) = place, size
    chart = make_chart(canvas, outcome, table, group)
    chart.set_size({"width": width, "height": rows * ROW_PIXELS})
    canvas.sheet.insert_chart(row, column, chart, {
        "x_offset": offset, "object_position": 2,
        "description": f"{group.title}: {', '.join(measure.label for measure in group.measures)}",
    })  # fmt: skip


def _write_blocks(
    canvas: Canvas, page: Page, outcome: Outcome, table: EpochTable, starts: dict[str, int], row: int
) -> Mapping[str, str]:
    """Write the blocks below the table, and the links to all; where the settings stand that runs may differ in."""
    for name, write in page.blocks.items():
        starts[name] = row
        row = 1 + write(canvas, outcome, table, row)
    settings: Mapping[str, str] = {}
    if page.log.settings:
        starts["Settings"] = row
        row, settings = write_settings(canvas, page.log, row, page.settings_heading)
    _write_links(canvas, starts)
    set_up_page(canvas.sheet, row - 1, max(LAST_COLUMN, FIRST_COLUMN + len(table.columns) - 1))
    canvas.sheet.set_h_pagebreaks(page_breaks(canvas, [0, *list(starts.values())[1:]], row))
    return settings


def _write_links(canvas: Canvas, starts: Mapping[str, int]) -> None:
    """Write links to the rows of the blocks, side by side."""
    canvas.write(LINKS_ROW, FIRST_COLUMN, "Go to", canvas.styles.quiet())
    for k, (name, row) in enumerate(starts.items(), 1):
        link = f"internal:{canvas.elsewhere(address(row, FIRST_COLUMN).replace('$', ''))}"
        canvas.sheet.write_url(LINKS_ROW, FIRST_COLUMN + k, link, canvas.styles.link(), name)
