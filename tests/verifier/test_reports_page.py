"""The page of verdicts: its structure by lxml, and what a real browser makes of it."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.verifier.findings import (
    ESCAPES,
    EVERY,
    FOUND,
    GOOD,
    HARM,
    PARTLY,
    RIGHT,
    UNREADABLE,
    WRONG,
    hostile,
    with_faults,
)
from verifier import WorkbookResult
from verifier.reports import report, wording

WIDTHS = (375, 1280)  # pixels: a phone and a computer
Page = Callable[[list[WorkbookResult]], Any]


def parsed(results: list[WorkbookResult]) -> html.HtmlElement:
    return html.document_fromstring(report("html", results))


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_page_has_a_line_and_a_section_a_workbook() -> None:
    """The summary links to each section; names, verdicts and first faults are those of every other report."""
    page = parsed(list(EVERY))
    lines = page.xpath("//section[1]//tbody/tr")
    assert [text_of(line.xpath("./th")[0]) for line in lines] == [str(result.path) for result in EVERY]
    assert [text_of(line[1])[2:] for line in lines] == ["right", "with faults", "not checked", "not checked"]
    assert [text_of(line[3]) for line in lines] == [wording.first_fault(result) for result in EVERY]
    targets = [page.get_element_by_id(link.get("href")[1:]) for link in page.xpath("//section[1]//tbody//a")]
    assert [text_of(target.xpath("./h2")[0]) for target in targets] == [str(result.path) for result in EVERY]


def test_page_shows_each_fault_with_its_formulas_and_their_difference() -> None:
    """Title, explanation and facts of a fault; in both formulas what differs is marked."""
    first, *_ = parsed([WRONG]).xpath("//article")
    assert text_of(first.xpath("./h3")[0]) == f"1. {wording.title(wording.faults_of(WRONG)[0])}"
    assert [text_of(p) for p in first.xpath("./p")] == wording.explanation(wording.faults_of(WRONG)[0])
    facts = zip(first.xpath("./dl/dt/text()"), (dd.text_content() for dd in first.xpath("./dl/dd")), strict=True)
    assert list(facts) == [(fact.name, fact.text) for fact in wording.facts(WRONG.faults[0])]
    assert [first.xpath(f".//mark[@class='{kind}']/text()") for kind in ("found", "right")] == [
        ["J33"] * 2,
        ["L33"] * 2,
    ]


def test_page_is_made_for_everyone() -> None:
    """A language, one main heading, no level left out, headings of tables with their scope, verdicts in words."""
    page = parsed([*EVERY, hostile(HARM)])
    assert page.get("lang") == "en"
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {cell.get("scope") for cell in page.iter("th")} == {"col", "row"}
    tables = page.xpath("//table")
    assert [len(table.xpath("./thead")) for table in tables] == [1] * len(tables) != []
    assert {text_of(badge)[2:] for badge in page.find_class("verdict")} == {"right", "with faults", "not checked"}
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)


def test_page_needs_nothing_else() -> None:
    """No script, no address of anything but its own sections, and a policy that forbids all but its style."""
    page = parsed([*EVERY, hostile("https://example.org/x.png")])
    assert not page.xpath("//script|//img|//iframe|//link|//object|//form|//@style|//@onclick")
    assert all(link.startswith("#") for link in page.xpath("//@href|//@src"))
    assert "url(" not in page.xpath("string(//style)")
    assert "@import" not in page.xpath("string(//style)")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.split("; ") == [
        "default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", [HARM, '"><img src=x onerror=alert(1)>', "</style></title><h1>", "{{ 7 * 7 }}", "&lt;"]
)
def test_page_shows_texts_as_texts(text: str) -> None:
    """Names that are HTML or a template are shown letter by letter, and make no element."""
    plain, page = parsed([hostile("plain")]), parsed([hostile(text)])
    tags, expected = ([element.tag for element in root.iter() if element.tag != "mark"] for root in (page, plain))
    assert tags == expected
    assert page.xpath("string((//h2)[2])") == text
    assert page.xpath("//dd/code")[0].text_content() == f"={text}"


def test_page_of_a_whole_class_is_small() -> None:
    """Two hundred workbooks make a page of some hundred kilobytes."""
    assert len(report("html", [*EVERY] * 50)) < 600_000


def _contrast(first: str, second: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_page_has_contrast_in_the_light_and_in_the_dark() -> None:
    """Every text stands out from what is behind it by the 4.5 to 1 that WCAG asks for."""
    style = re.sub(r"#([0-9a-f])([0-9a-f])([0-9a-f])\b(?![0-9a-f])", r"#\1\1\2\2\3\3", report("html", []))
    palettes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)
    ]
    assert len(palettes) == 3  # light, dark, printed
    for colours in palettes:
        pairs = [("ink", "page"), ("ink", "card"), ("quiet", "card"), ("ink", "head"), ("link", "card")]
        pairs += [(name, f"{name}-tint") for name in ("right", "faults", "unchecked")]
        pairs += [("ink", "found-mark"), ("ink", "mend-mark")]
        assert {pair: _contrast(*map(colours.__getitem__, pair)) >= 4.5 for pair in pairs} == dict.fromkeys(pairs, True)


# --- in a browser ---


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window, its console and its network recorded; skipped where it is not installed."""
    driver = pytest.importorskip("selenium.webdriver")
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in programs.items() if path is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: chromium, chromium-driver)")
    options = driver.ChromeOptions()
    options.binary_location = programs["chromium"]
    options.add_argument("--headless=new")
    options.add_argument("--disable-dev-shm-usage")  # a container has little of it
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium has none for root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = driver.Chrome(options=options, service=driver.ChromeService(programs["chromedriver"]))
    yield running
    running.quit()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Page:
    """Writes the page of some results to a file and opens it in the browser."""

    def page(results: list[WorkbookResult]) -> Any:
        path = tmp_path / "report.html"
        path.write_text(report("html", results, True), encoding="utf-8")
        for log in ("browser", "performance"):
            browser.get_log(log)  # what an earlier test left
        browser.get(path.as_uri())
        return browser

    return page


@pytest.mark.browser
def test_browser_loads_the_page_and_nothing_else(opened: Page, tmp_path: Path) -> None:
    """Opened from a file it makes no request but for itself, and the console stays silent."""
    page = opened([*EVERY, hostile(HARM)])
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    requests = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert requests == [(tmp_path / "report.html").as_uri()]
    assert page.get_log("browser") == []
    assert page.title == "5 workbooks: 1 right, 2 with faults, 2 not checked · backprop verify"
    assert page.execute_script("return document.querySelector('h1').innerText") == "Backpropagation workbooks, verified"


@pytest.mark.browser
def test_browser_shows_each_fault_s_formulas(opened: Page) -> None:
    """A reader sees the formula as found and as it should be, in full."""
    seen = opened([WRONG]).execute_script("return [...document.querySelectorAll('dd code')].map(e => e.innerText)")
    assert seen[:2] == [FOUND, RIGHT]


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_reaches_beyond_the_window(opened: Page, browser: Any, width: int) -> None:
    """At the width of a phone and of a computer no element is cut off at the right, whatever its text."""
    long = hostile("W" * 300 + HARM)
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page = opened([*EVERY, long, with_faults(30)])
    beyond = page.execute_script(
        "const width = document.documentElement.clientWidth;"
        "return [...document.querySelectorAll('body *')]"
        ".filter(e => e.getBoundingClientRect().right > width + 0.5"
        " || e.clientWidth && e.scrollWidth > e.clientWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert beyond == []


@pytest.mark.browser
@pytest.mark.parametrize("text", [HARM, ESCAPES])
def test_hostile_text_stays_text_in_a_browser(opened: Page, text: str) -> None:
    """A sheet, label, formula and file of such a name are shown under it; no script runs and no box opens."""
    page = opened([hostile(text)])
    assert page.execute_script("return document.scripts.length") == 0
    heading, body = page.execute_script(
        "return [document.querySelectorAll('h2')[1].innerText, document.body.innerText]"
    )
    expected = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    assert heading == expected
    assert body.count(expected) > 10


@pytest.mark.browser
def test_links_of_the_summary_lead_to_the_sections(opened: Page) -> None:
    """Two hundred workbooks are some way to go: the name in the summary goes there."""
    page = opened([*[GOOD] * 199, UNREADABLE, PARTLY])
    page.execute_script("document.documentElement.style.scrollBehavior = 'auto'")
    link = page.find_element("link text", "no.xlsx")
    link.click()
    top = page.execute_script("return document.querySelector(':target').getBoundingClientRect().top")
    assert -1 <= top < 800
    assert page.execute_script("return document.querySelector(':target h2').innerText") == "no.xlsx"
