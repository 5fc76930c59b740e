"""What the tests of the verifier share: one engine, and the generated workbooks, each made once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from sheetgen import generate
from tests.engine import ENGINE
from tests.verifier.book import EMPTY, Book, read_book
from tests.verifier.networks import template
from verifier import Engine, WorkbookResult, verify

TAB = "eta 0.5"
Books = Callable[[str], Book]
Verify = Callable[[Book], WorkbookResult]


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that all tests share."""
    return ENGINE


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The generated workbook of one of the tests' networks, at a learning rate of 0.5."""
    folder = tmp_path_factory.mktemp("generated")

    @cache
    def book(name: str) -> Book:
        path = folder / f"{name}.xlsx"
        generate(template(name), path)
        return read_book(path.read_bytes())

    return book


@pytest.fixture(scope="session")
def tables(generated: Books) -> Books:
    """The same without a formula beside its tab: what is changed hundreds of times is a table, not what teaches it."""

    @cache
    def book(name: str) -> Book:
        whole = generated(name)
        beside = [address for address, cell in whole.cells.items() if cell.formula is not None and address[0] != TAB]
        return whole.changed(dict.fromkeys(beside, EMPTY))

    return book


@pytest.fixture
def verified(engine: Engine, tmp_path: Path) -> Verify:
    """Writes a workbook to a file and verifies it."""
    return lambda book: verify(book.write(tmp_path / "book.xlsx"), engine)
