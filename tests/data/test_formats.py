"""Readers of IDX, gzip and MATLAB files: what is whole is read back, what is not is refused by name."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.io import savemat

from tests.properties import examples
from udtlib.data.formats import DataError, read_gzip, read_idx, read_mat, write_idx

DTYPES = st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).map(np.dtype)
SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)


@given(arrays.arrays(DTYPES, SHAPES))
def test_idx_round_trip(array: np.ndarray) -> None:
    back = read_idx(write_idx(array), name="array")
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_idx_bytes_are_those_of_the_format() -> None:
    """Written out by hand: two rows of three unsigned bytes, then one big-endian integer."""
    content = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])
    assert read_idx(content, name="x").tolist() == [[1, 2, 3], [4, 5, 6]]
    assert write_idx(np.array([[1, 2, 3], [4, 5, 6]], np.uint8)) == content
    assert read_idx(bytes([0, 0, 12, 1, 0, 0, 0, 1, 0, 0, 1, 2]), name="x").tolist() == [258]


def test_idx_arrays_can_be_written_to() -> None:
    assert read_idx(write_idx(np.zeros(3, np.uint8)), name="x").flags.writeable


@given(arrays.arrays(DTYPES, SHAPES), st.data())
def test_a_broken_off_or_overlong_idx_file_is_refused(array: np.ndarray, data: st.DataObject) -> None:
    content = write_idx(array)
    cut = data.draw(st.integers(0, len(content) - 1))
    for broken in (content[:cut], content + b"\0"):
        with pytest.raises(DataError, match="digits"):
            read_idx(broken, name="digits")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "x is no IDX file"),
        (b"\x1f\x8b\x08\x00", "starts with '1f 8b 08 00', expected '00 00 TYPE RANK'"),
        (bytes([0, 0, 7, 1, 0, 0, 0, 0]), "element type 0x07; expected one of 0x08, 0x09"),
        (bytes([0, 0, 8, 0]), "0 axes in 4 bytes"),
        (bytes([0, 0, 8, 3, 0, 0, 0, 1]), "3 axes in 8 bytes"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 2, 7]), "9 bytes, but its shape .2,. needs 10; it is broken off"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1, 7, 7]), "too long: fetch it again"),
        # four axes of 2**32 - 1 elements overflow 64 bits; the size must not wrap around to a small number
        (bytes([0, 0, 8, 4]) + b"\xff" * 16, "needs 340282366604"),
    ],
)
def test_idx_says_what_is_wrong(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_idx(content, name="x")


@pytest.mark.parametrize("array", [np.zeros(2, np.complex64), np.zeros(2, np.int64), np.array(1.0)])
def test_idx_refuses_arrays_that_it_cannot_hold(array: np.ndarray) -> None:
    with pytest.raises(DataError, match="cannot hold"):
        write_idx(array)


def test_gzip_reads_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"digits"))
    assert read_gzip(path, limit=6) == b"digits"
    with pytest.raises(DataError, match=r"a\.gz unpacks to more than the expected 5 bytes"):
        read_gzip(path, limit=5)


@pytest.mark.parametrize("keep", [0, 1, 9, 15, -1, -8])
def test_a_truncated_gzip_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(bytes(range(256)))[:keep])
    if keep == 0:  # Python takes an empty file for an empty archive; the checksum refuses it later
        assert read_gzip(path, limit=256) == b""
        return
    with pytest.raises(DataError, match=r"cut\.gz is no complete gzip file .* run `udt data fetch`"):
        read_gzip(path, limit=256)


def test_a_changed_gzip_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(bytes(1000)))
    content[-6] ^= 1  # within the stored CRC
    (tmp_path / "bad.gz").write_bytes(content)
    with pytest.raises(DataError, match="no complete gzip file"):
        read_gzip(tmp_path / "bad.gz", limit=1000)


def test_gzip_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.gz does not exist"):
        read_gzip(tmp_path / "nothing.gz", limit=1)
    with pytest.raises(DataError, match="cannot be read"):
        read_gzip(tmp_path, limit=1)


def house_numbers(path: Path, **changes: object) -> Path:
    """A file in SVHN's format: three images of 2 × 4 pixels, image i filled with i, labels 10, 1, 2."""
    image = np.broadcast_to(np.arange(3, dtype=np.uint8), (2, 4, 3, 3)).copy()
    content = {"X": image, "y": np.array([[10], [1], [2]], np.uint8)} | changes
    savemat(path, {key: value for key, value in content.items() if value is not None})
    return path


def test_mat_images_come_first_and_ten_is_zero(tmp_path: Path) -> None:
    images = read_mat(house_numbers(tmp_path / "train_32x32.mat"))
    assert images.image.shape == (3, 2, 4, 3)
    assert images.image[:, 1, 3, 2].tolist() == [0, 1, 2]
    assert images.label.tolist() == [0, 1, 2]
    assert images.label.dtype == np.int64


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": None}, "no variable y"),
        ({"X": None, "y": None}, "no variable X and no y"),
        ({"X": np.zeros((2, 4, 3), np.uint8)}, "X is uint8 .* expected uint8 .height, width, 3, count."),
        ({"X": np.zeros((2, 4, 1, 3), np.uint8)}, "expected uint8"),
        ({"X": np.zeros((2, 4, 3, 3))}, "X is float64"),
        ({"y": np.array([[1], [2]], np.uint8)}, "3 images but y is uint8"),
        ({"y": np.array([[1.0], [2.0], [3.0]])}, "expected one whole number for each image"),
        ({"y": np.array([[0], [1], [2]], np.uint8)}, "y goes from 0 to 2; expected 1 to 10"),
        ({"y": np.array([[11], [1], [2]], np.uint8)}, "y goes from 1 to 11"),
    ],
)
def test_mat_refuses_another_format(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_mat(house_numbers(tmp_path / "x.mat", **changes))


@pytest.mark.parametrize(
    "content", [b"", b"not a MATLAB file" * 20, b"MATLAB 7.3 MAT-file, Platform: X" + bytes(600)]
)
def test_mat_refuses_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.mat"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.mat is no readable MATLAB 5 file"):
        read_mat(path)


def test_a_broken_off_mat_file_is_refused(tmp_path: Path) -> None:
    path = house_numbers(tmp_path / "cut.mat")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"cut\.mat"):
        read_mat(path)


def test_mat_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.mat does not exist"):
        read_mat(tmp_path / "nothing.mat")


quick = examples(80)


@quick
@given(rank=st.integers(0, 255), kind=st.sampled_from([8, 9, 13, 14, 3]), rest=st.binary(max_size=300))
def test_any_bytes_are_an_idx_file_or_refused(rank: int, kind: int, rest: bytes) -> None:
    try:
        array = read_idx(bytes([0, 0, kind, rank]) + rest, name="digits")
    except DataError as error:
        text = str(error)
    else:
        assert write_idx(array) == bytes([0, 0, kind, rank]) + rest
        return
    assert "digits" in text


def test_idx_refuses_shapes_that_no_array_has() -> None:
    for rank, sides in ((64, [1] * 64), (200, [1] * 200), (3, [0, 2**32 - 1, 2**32 - 1])):
        header = bytes([0, 0, 8, rank]) + b"".join(side.to_bytes(4, "big") for side in sides)
        with pytest.raises(DataError, match="digits states"):
            read_idx(header + bytes([7] * (0 not in sides)), name="digits")


@quick
@given(start=st.sampled_from([b"", b"\x1f\x8b\x08\0", b"\x1f\x8b\x08\x1f"]), content=st.binary(max_size=300))
def test_any_bytes_are_a_gzip_file_or_refused(tmp_path: Path, start: bytes, content: bytes) -> None:
    path = tmp_path / "data.gz"
    path.write_bytes(start + content)
    try:
        read_gzip(path, limit=1000)
    except DataError as error:
        text = str(error)
    else:
        return
    assert "data.gz" in text


@quick
@given(content=st.binary(max_size=300), header=st.booleans())
def test_any_bytes_are_no_mat_file(tmp_path: Path, content: bytes, header: bool) -> None:
    path = tmp_path / "data.mat"
    path.write_bytes((b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\x01IM" if header else b"") + content)
    with pytest.raises(DataError, match=r"data\.mat"):
        read_mat(path)


def test_a_mat_file_that_exists_to_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mat"
    savemat(path, {"X": np.zeros((32, 32, 3, 40_000), np.uint8), "y": np.ones((1, 1))}, do_compression=True)
    assert path.stat().st_size < 1e6
    with pytest.raises(DataError, match=r"bomb.mat has [\d,]+ bytes and unpacks to more than [\d,]+"):
        read_mat(path)


def test_other_variables_of_a_mat_file_are_left_alone_and_images_may_shrink(tmp_path: Path) -> None:
    path, images = tmp_path / "data.mat", np.zeros((32, 32, 3, 50), np.uint8)
    savemat(path, {"X": images, "y": np.full((50, 1), 10), "other": np.arange(5)}, do_compression=True)
    assert read_mat(path).image.shape == (50, 32, 32, 3)
