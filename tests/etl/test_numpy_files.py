"""Arrays are read as NumPy reads them; a head that asks for more than there is costs no memory."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from etl.files import numpy_arrays

ARRAYS = [np.arange(6.0).reshape(2, 3), np.zeros((0, 4)), np.array(["a", "bc"]), np.asfortranarray(np.eye(3))]


@pytest.mark.parametrize("array", ARRAYS)
def test_arrays_are_those_that_were_saved(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", array)
    np.savez_compressed(tmp_path / "x.npz", x=array, y=array[:1])
    one, more = numpy_arrays(tmp_path / "x.npy"), numpy_arrays(tmp_path / "x.npz")
    assert list(one) == [""]
    assert list(more) == ["x", "y"]
    for found, expected in ((one[""], array), (more["x"], array), (more["y"], array[:1])):
        np.testing.assert_array_equal(found, expected, strict=True)


def head(shape: tuple[int, ...], kind: str) -> bytes:
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        held, {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
    )
    return held.getvalue()


LARGE = [head((1 << 42,), "f8") + bytes(80), head((4, 1 << 40), "i1") + bytes(80)]


@pytest.mark.parametrize("data", [*LARGE, head((3,), "O"), b"", b"no"])
def test_what_declares_more_than_it_has_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(data)
    with pytest.raises(EOFError):
        numpy_arrays(tmp_path / "x.npy")
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("x.npy", data)
    with pytest.raises(EOFError):
        numpy_arrays(tmp_path / "x.npz")
