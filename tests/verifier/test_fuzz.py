"""Random damage: a verification never raises, and never calls a table right whose formula was damaged."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.verifier.conftest import Books
from tests.verifier.hostile import SHEET, WORKBOOK, WORKBOOK_RELATIONS, parts_of, table_cells, write_package
from verifier import Engine, Status, json_report, text_report, verify

PARTS = (SHEET, WORKBOOK, WORKBOOK_RELATIONS, "_rels/.rels")
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
MANY = settings(FEW, max_examples=1500)
# Where to, as a part of the whole; what to do there; with which byte.
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(("change", "delete", "insert", "repeat", "cut")),
              st.integers(0, 255)),
    min_size=1, max_size=4,
)  # fmt: skip


@pytest.fixture
def cells(generated: Books) -> str:
    return table_cells(generated("single"), "eta 0.5")


def damaged(content: bytes, damages: list[tuple[float, str, int]]) -> bytes:
    for place, kind, byte in damages:
        at = int(place * len(content))
        match kind:
            case "change":
                content = content[:at] + bytes([byte]) + content[at + 1 :]
            case "delete":
                content = content[:at] + content[at + 1 + byte % 16 :]
            case "insert":
                content = content[:at] + bytes([byte]) + content[at:]
            case "repeat":
                content = content[: at + byte] + content[at:]
            case "cut":
                content = content[: max(at, 1)] if byte < 32 else content
    return content


def plain(formula: str) -> str:
    """The formula without what makes no difference to its value."""
    return re.sub(r"[ +$]", "", formula).replace("0.", ".")


def answered(path: Path, engine: Engine) -> Status:
    """The verdict, which must come without an exception and be printable."""
    result = verify(path, engine)
    assert text_report([result], show_all=True)
    assert json_report([result])
    return result.status


def check_damaged_part(
    part: str, damages: list[tuple[float, str, int]], cells: str, path: Path, engine: Engine
) -> None:
    parts = parts_of(cells)
    whole = parts[part]
    assert isinstance(whole, str)
    answered(write_package(path / "b.xlsx", parts | {part: damaged(whole.encode(), damages)}), engine)


def check_damaged_zip(damages: list[tuple[float, str, int]], cells: str, path: Path, engine: Engine) -> None:
    file = write_package(path / "b.xlsx", parts_of(cells))
    file.write_bytes(damaged(file.read_bytes(), damages))
    answered(file, engine)


@FEW
@given(part=st.sampled_from(PARTS), damages=DAMAGE)
def test_damaged_part_is_answered(
    part: str, damages: list[tuple[float, str, int]], cells: str, tmp_path: Path, engine: Engine
) -> None:
    """Bytes of an XML part changed, deleted or repeated: a verdict, never an exception."""
    check_damaged_part(part, damages, cells, tmp_path, engine)


@FEW
@given(damages=DAMAGE)
def test_damaged_zip_is_answered(
    damages: list[tuple[float, str, int]], cells: str, tmp_path: Path, engine: Engine
) -> None:
    """The same of the zip itself."""
    check_damaged_zip(damages, cells, tmp_path, engine)


@pytest.mark.slow
@MANY
@given(part=st.sampled_from(PARTS), damages=DAMAGE)
def test_many_damaged_parts_are_answered(
    part: str, damages: list[tuple[float, str, int]], cells: str, tmp_path: Path, engine: Engine
) -> None:
    """Many more of them."""
    check_damaged_part(part, damages, cells, tmp_path, engine)


@pytest.mark.slow
@MANY
@given(damages=DAMAGE)
def test_many_damaged_zips_are_answered(
    damages: list[tuple[float, str, int]], cells: str, tmp_path: Path, engine: Engine
) -> None:
    """Many more of them."""
    check_damaged_zip(damages, cells, tmp_path, engine)


@settings(FEW, max_examples=80, derandomize=True)  # of all texts some happen to mean the same
@given(
    which=st.integers(0, 10_000),
    at=st.integers(0, 200),
    text=st.text("ABCDEF0123456789+-*/^()$:,.%&|!'[]{}# ", max_size=6),
)
def test_formula_with_random_text_in_it_is_never_right(
    which: int, at: int, text: str, cells: str, tmp_path: Path, engine: Engine
) -> None:
    """Text put over a formula's own, in a cell of the table, is found or makes the workbook unchecked."""
    formulas = list(re.finditer(r'<c r="[A-P]\d+"><f>([^<]*)</f>', cells))  # not Q34, which counts beside the table
    assert len(formulas) > 150
    match = formulas[which % len(formulas)]
    at %= len(match[1])
    changed = match[1][:at] + text.replace("&", "&amp;") + match[1][at + 1 :]
    assume(plain(changed) != plain(match[1]))
    wrong = cells[: match.start(1)] + changed + cells[match.end(1) :]
    status = answered(write_package(tmp_path / "b.xlsx", parts_of(wrong)), engine)
    assert status is not Status.RIGHT, f"{match[1]} -> {changed}"
