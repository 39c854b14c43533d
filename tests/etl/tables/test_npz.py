"""Examples are read whole; a damaged file is one line with its name."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from etl.tables.npz import read

X, Y = np.arange(240, dtype="uint8").reshape(20, 3, 4), np.arange(20) % 3


def saved(path: Path, **held: object) -> Path:
    np.savez_compressed(path, **held)
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    for y in (Y, Y.astype(float), Y.astype(str), Y > 0):
        x, found = read(saved(tmp_path / "x.npz", x=X, y=y, more=X))
        assert np.array_equal(x, X)
        assert np.array_equal(found, y)


def member(data: bytes) -> bytes:
    """An npz file whose x holds these bytes, with a right sum."""
    file, good = io.BytesIO(), io.BytesIO()
    np.save(good, Y)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", data)
        archive.writestr("y.npy", good.getvalue())
    return file.getvalue()


@pytest.mark.parametrize("place", range(0, 600, 23))
def test_a_flipped_byte_gives_the_arrays_or_one_line(place: int, tmp_path: Path) -> None:
    path = saved(tmp_path / "x.npz", x=X, y=Y)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 0x55
    path.write_bytes(data)
    told = ""
    x, y = X, Y
    try:
        x, y = read(path)
    except ValueError as error:
        told = str(error)
    assert not told or (str(path) in told and "\n" not in told)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)


BROKEN = {
    "empty": b"",
    "text": b"not a file of arrays",
    "pickle": b"\x80\x04]\x94.",
    "one array": b"\x93NUMPY\x01\x00",
    "member empty": member(b""),
    "member of text": member(b"text"),
    "header cut": member(b"\x93NUMPY\x01\x00v\x00{'descr': "),
    "header wrong": member(b"\x93NUMPY\x01\x00\x10\x00{'descr': eval( \n"),
    "shape of no memory": member(
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999, 999999), }".ljust(118)
    ),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_damaged_file_is_one_line_with_its_name(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(ValueError, match=r"x\.npz (is damaged|does not hold|holds)") as told:
        read(tmp_path / "x.npz")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ({"x": X}, "it lacks y"),
        ({"a": X, "b": Y}, "it lacks x, y"),
        ({"x": np.array(3), "y": Y}, r"x is int64 of shape \(\)"),
        ({"x": X, "y": np.array(3)}, r"y of shape \(\)"),
        ({"x": X, "y": Y[:9]}, r"y of shape \(9,\)"),
        ({"x": X.astype(complex), "y": Y}, "x is complex128"),
        ({"x": np.full((20, 3), np.inf), "y": Y}, "row 0 of x, from 0, is not finite"),
        ({"x": X, "y": np.where(Y == 2, np.nan, 0)}, "row 2 of y, from 0, is nan"),
        ({"x": X, "y": Y.astype("datetime64[D]")}, "y is datetime64"),
    ],
)
def test_arrays_that_do_not_fit_are_named(held: dict[str, object], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"x\.npz.*{reason}"):
        read(saved(tmp_path / "x.npz", **held))
