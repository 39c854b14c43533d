"""Tables and arrays as tensors: what labels mean, what is set aside, and what is refused."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.engine import choose
from etl.handoff import from_arrow
from etl.records import Choice, Rejected, collect, of_kind
from etl.tensors.dense import dense
from etl.tensors.lookup import lookup
from etl.tensors.modes import parse
from etl.tensors.read import array, in_memory, long
from etl.tensors.write import cells

CPU = choose("cpu")


def test_labels_of_a_file_mean_dates_times_and_ids(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = [f"{n:03},2024-01-{n + 1:02},{n:02}:30,{n}.5" for n in range(20)]
    path.write_text(
        "\n".join(["sensor,day,at,v", *lines, "003,soon,05:00,1", ",2024-01-02,05:00,1", "5,,,x"])
    )
    with collect() as entries:
        found = long(path, [parse(name) for name in ("sensor", "day", "at")], "v")
    assert found.kinds == {"sensor": "id", "day": "date", "at": "clock"}
    assert [(one.line, one.reason) for one in of_kind(entries, Rejected)] == [
        (23, "its sensor is missing"),
        (24, "its day is missing"),
        (
            22,
            "its day is no date like 2024-01-31: write dates so, or say what they look like with "
            "--date-format",
        ),
    ]
    made = dense(from_arrow(found.table, CPU), found.kinds, "value")
    written = cells(made.axes, {"value": made.values.ravel()}).to_pandas().dropna()
    assert written["sensor"].tolist() == [f"{n:03}" for n in range(20)]
    assert written["day"].tolist() == [datetime(2024, 1, n + 1) for n in range(20)]
    assert written["at"].tolist() == [f"{n:02}:30" for n in range(20)]
    assert written["value"].tolist() == [n + 0.5 for n in range(20)]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ("year", lambda s: s.dt.year),
        ("month", lambda s: s.dt.month),
        ("weekday", lambda s: s.dt.weekday + 1),
        ("yearday", lambda s: s.dt.dayofyear),
        ("hour", lambda s: s.dt.hour),
        ("day", lambda s: s.dt.floor("D").astype("M8[us]").astype("int64")),
        ("clock", lambda s: (s - s.dt.floor("D")).dt.total_seconds() * 1e6),
    ],
)
def test_parts_of_dates_are_pandas(part: str, wanted) -> None:
    stamps = pd.Series(pd.date_range("1959-12-30 22:15", periods=90, freq="1001min"))
    table = pa.table({"t": pa.array(stamps), "v": np.arange(90.0)})
    found = in_memory(table, [parse(f"t:{part}"), parse("t")], "v", None)
    assert found[f"t:{part}"].to_pylist() == wanted(stamps).tolist()


def test_a_part_of_what_is_no_date_is_refused() -> None:
    table = pa.table({"t": ["a", "b"], "v": [1.0, 2.0]})
    with pytest.raises(
        ValueError, match="t holds no date like 2024-01-31.* so it has no year; leave out :year"
    ):
        in_memory(table, [parse("t:year")], "v", None)
    with pytest.raises(ValueError, match="the frame has no column w; it has t, v: name the columns of modes"):
        in_memory(table, [parse("w")], "v", None)
    with pytest.raises(ValueError, match="column t holds string; give numbers"):
        in_memory(table, [parse("v")], "t", None)


def test_labels_written_alike_are_the_same_whatever_their_type() -> None:
    frame = pd.DataFrame({"s": [5, 6, 9], "d": [1, 2, 3], "value": 1.0})
    (axis, _) = dense(frame, {"s": "id", "d": "id"}, "value").axes
    assert lookup(pa.array(["9", "05", "5", "new"]), axis).tolist() == [2, -1, 0, -1]
    assert lookup(pa.array([6, 7]), axis).tolist() == [1, -1]


def test_arrays_have_places_as_labels(tmp_path: Path) -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    np.savez(tmp_path / "a.npz", other=values[0], tensor=values, mask=values % 5 > 0)
    found = array(tmp_path / "a.npz", CPU)
    np.testing.assert_array_equal(found.values, np.where(values % 5 > 0, values, np.nan))
    assert found.shape == {"mode_0": 2, "mode_1": 3, "mode_2": 4}
    np.save(tmp_path / "b.npy", np.asfortranarray(values)[:, ::2])
    np.testing.assert_array_equal(array(tmp_path / "b.npy", CPU, ["a", "b", "c"]).values, values[:, ::2])


def test_an_array_of_several_is_taken_by_name_or_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", speed=np.ones((2, 3)), flow=2 * np.ones((2, 3)))
    with collect() as entries:
        assert array(tmp_path / "a.npz", CPU, value="value", usual="value").values[0, 0] == 1
        assert array(tmp_path / "a.npz", CPU, value="flow", usual="value").values[0, 0] == 2
    told = [one.reason for one in of_kind(entries, Choice)]
    assert told == ["array: speed of a.npz is taken, and not flow; --value names another"]
    with pytest.raises(ValueError, match="a.npz has no array x; it has speed, flow: name one"):
        array(tmp_path / "a.npz", CPU, value="x", usual="value")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones(5), r"float64 of shape \(5,\); give numbers of two modes or more"),
        (np.ones((2, 2), complex), r"complex128 of shape \(2, 2\); give numbers"),
        (np.ones((2, 0)), r"float64 of shape \(2, 0\); give numbers"),
        (np.array([[1.0, np.inf]]), r"infinite numbers, the first at \(0, 1\); mend"),
        (np.full((2, 2), np.nan), "NaN alone; give some numbers"),
    ],
)
def test_arrays_that_are_no_tensor_are_refused(values: np.ndarray, message: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(ValueError, match=f"a.npy holds {message}"):
        array(tmp_path / "a.npy", CPU)


def test_a_mask_of_another_shape_and_names_of_other_modes_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", tensor=np.ones((2, 3)), mask=np.ones((3, 2), bool))
    with pytest.raises(
        ValueError, match=r"mask is bool of shape \(3, 2\), not bool of \(2, 3\); True is seen"
    ):
        array(tmp_path / "a.npz", CPU)
    with pytest.raises(ValueError, match="has 2 modes, and --modes names 1; name all, or none"):
        array(tmp_path / "a.npz", CPU, ["a"])
