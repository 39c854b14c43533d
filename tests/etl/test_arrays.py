"""Arrays come back as they were, and a damaged file is one line."""

from pathlib import Path

import numpy as np
import pytest

from etl.arrays import load_arrays, save_arrays

ARRAYS = {
    "f": np.arange(6, dtype="float32").reshape(2, 3),
    "i": np.array([-(2**62), 2**62]),
    "b": np.array([True, False]),
    "scalar": np.array(1.5),
    "empty": np.empty((0, 4), "float64"),
    "strided": np.arange(10)[::3],
}


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.arrow", ARRAYS)
    found = load_arrays(tmp_path / "a.arrow")
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array, strict=True)


@pytest.mark.parametrize("cut", [0, 10, 300, -30])
def test_a_damaged_file_is_one_line(cut: int, tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.arrow", ARRAYS)
    data = (tmp_path / "a.arrow").read_bytes()
    (tmp_path / "a.arrow").write_bytes(data[:cut])
    with pytest.raises(ValueError, match=r"^[^\n]*a\.arrow is damaged[^\n]*$"):
        load_arrays(tmp_path / "a.arrow")


def test_what_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="names is of type"):
        save_arrays(tmp_path / "a.arrow", {"names": np.array(["a"])})
    assert not list(tmp_path.iterdir())
