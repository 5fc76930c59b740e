"""IDX files: read as the format says, and everything else refused in a sentence."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.torch_models.idx_files import idx
from torch_models.idx import DataError, digest, parse_idx, unpacked

PATH = Path("somewhere/train-labels-idx1-ubyte")


def test_the_header_gives_the_shape_and_the_numbers_follow_row_by_row() -> None:
    """Typed in by hand: two dimensions, 2 and 3."""
    content = bytes.fromhex("00000802 00000002 00000003 010203 0405ff")
    assert parse_idx(content, PATH).tolist() == [[1, 2, 3], [4, 5, 255]]


@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=3, min_side=0, max_side=4)))
def test_any_array_of_bytes_comes_back(array: np.ndarray) -> None:
    found = parse_idx(idx(array.shape, array.tobytes()), PATH)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not an IDX file of unsigned bytes"),
        (b"\0\0\x08", "is not an IDX file of unsigned bytes"),
        (b"\0\0\x08\x03\0\0\0\x01", "is not an IDX file of unsigned bytes"),
        (b"<html>404 Not Found</html>", "is not an IDX file of unsigned bytes"),
        (gzip.compress(idx((1,), b"1"), mtime=0), "is not an IDX file of unsigned bytes"),
        (idx((1,), b"\0\0\0\1", kind=0x0C), "is not an IDX file of unsigned bytes"),
        (idx((3,), b"12"), "says 3 and has 2 bytes of them"),
        (idx((2, 28, 28), b"1" * 783), "says 2 x 28 x 28 and has 783 bytes"),
        (idx((2,), b"123"), "says 2 and has 3 bytes"),
        (idx((2**32 - 1,) * 3, b""), "says 4294967295 x 4294967295 x 4294967295 and has 0 bytes"),
        (idx((), b"1"), "is not an IDX file of unsigned bytes"),
        (idx((1,) * 255, b"1"), "is not an IDX file of unsigned bytes"),
    ],
)
def test_what_is_no_idx_file_is_refused_with_its_name_and_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_idx(content, PATH)
    assert str(caught.value).startswith(f"{PATH} {words}")
    assert "download it again" in str(caught.value)


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    for start in (b"", b"\0\0\x08"):
        try:
            found = parse_idx(start + content, PATH)
        except DataError:
            continue
        assert idx(found.shape, found.tobytes()) == start + content


@pytest.mark.parametrize("name", ["numbers", "numbers.gz"])
def test_a_file_is_read_packed_or_not(tmp_path: Path, name: str) -> None:
    content = bytes(range(256)) * 10
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert unpacked(tmp_path / name) == content


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.gz does not exist"):
        unpacked(tmp_path / "labels.gz")


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:5],
        lambda packed: packed[:-8] + bytes(8),
        lambda packed: packed[:20] + bytes(20) + packed[40:],
        lambda _: b"<html>404 Not Found</html>",
        lambda _: b"\x1f\x8b",
    ],
    ids=["half", "start", "checksum", "middle", "not packed", "magic alone"],
)
def test_a_damaged_packed_file_is_named_with_what_to_do(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "images.gz"
    content = np.random.default_rng(0).bytes(1000)
    path.write_bytes(damage(gzip.compress(content)))  # type: ignore[operator]
    with pytest.raises(DataError) as caught:
        unpacked(path)
    assert str(caught.value).startswith(f"{path} cannot be read (")
    assert str(caught.value).endswith("download it again")


def test_a_file_that_would_unpack_to_more_than_any_data_set_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few kilobytes that hold many megabytes: no more than the limit is ever unpacked of it."""
    monkeypatch.setattr("torch_models.idx.MAX_BYTES", 100_000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(30_000_000)))
    tracemalloc.start()
    with pytest.raises(DataError, match="unpacks to more than 100,000 bytes"):
        unpacked(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3_000_000


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        unpacked(tmp_path)


def test_the_digest_is_md5() -> None:
    """The first of the values in RFC 1321, and one that is not of nothing."""
    assert digest(b"") == "d41d8cd98f00b204e9800998ecf8427e"
    assert digest(b"message digest") == "f96b697d7cb7938d525a2f31aaf161d0"
