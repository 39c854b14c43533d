"""Each bridge keeps the values, and what it says of copies is true of the addresses."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl import handoff
from etl.engine import Engine
from etl.records import collect, stage


def frame_of(engine: Engine, rows: int = 100):
    values = np.arange(rows, dtype="float32")
    return engine.df.DataFrame({"a": values, "b": values * 2, "c": values.astype("int64")})


def copies(entries: list) -> list[str]:
    return [entry.copies for entry in entries]


def test_a_column_is_a_view(engine: Engine) -> None:
    frame = frame_of(engine)
    with collect() as entries:
        values = handoff.column(frame, "b")
    assert copies(entries) == ["none"]
    assert handoff.to_host(values).tolist() == [2.0 * i for i in range(100)]


def test_a_column_that_must_be_converted_is_a_copy() -> None:
    frame = pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64")})
    with collect() as entries:
        handoff.column(frame, "a")
    assert copies(entries) == ["device"]


def test_a_column_with_nulls_is_one_copy(engine: Engine) -> None:
    frame = handoff.from_arrow(pa.table({"a": pa.array([1.5, None, 3.5], pa.float32())}), engine)
    with collect() as entries:
        values = handoff.column(frame, "a")
    assert copies(entries) == ["none" if engine.name == "cpu" else "device"]
    np.testing.assert_array_equal(handoff.to_host(values), np.array([1.5, np.nan, 3.5], "float32"))


def test_an_array_becomes_a_column_that_keeps_nan(engine: Engine) -> None:
    frame = frame_of(engine, rows=3)[frame_of(engine, rows=3)["a"] > 0]
    values = engine.xp.asarray([1.5, float("nan")], dtype="float32")
    with collect() as entries:
        frame = handoff.assign(frame, b=values, new=values)
        again = [handoff.column(frame, name) for name in ("b", "new")]
    assert [entry.copies for entry in entries[2:]] == ["none", "none"]
    if engine.name == "gpu":
        assert copies(entries[:2]) == ["none", "none"]
    assert list(frame.columns) == ["a", "b", "c", "new"]
    for array in again:
        np.testing.assert_array_equal(handoff.to_host(array), handoff.to_host(values))


def test_text_goes_to_the_engine_once(engine: Engine) -> None:
    with collect() as entries:
        frame = handoff.read_csv(
            b"1|x\n2|NA\n",
            engine,
            sep="|",
            header=None,
            names=["a", "b"],
            usecols=["a", "b"],
            dtype={"a": "str", "b": "str"},
            na_values=[""],
            keep_default_na=False,
            quoting=3,
        )
    assert handoff.to_list(frame["b"]) == ["x", "NA"]
    assert [(entry.bytes, entry.copies) for entry in entries[:1]] == [
        (9, "device" if engine.name == "cpu" else "host")
    ]


def test_the_host_knows_a_range(engine: Engine) -> None:
    index = frame_of(engine).index
    with collect() as entries:
        found = [handoff.to_list(each) for each in (index, index[2:5], index.take([7, 3, 4]))]
    assert found == [list(range(100)), [2, 3, 4], [7, 3, 4]]
    assert copies(entries) == ([] if engine.name == "cpu" else ["host"])


def test_a_matrix_is_one_copy(engine: Engine) -> None:
    frame = frame_of(engine)
    with collect() as entries:
        matrix = handoff.matrix(frame, ["a", "b"])
    assert copies(entries) == ["device"]
    assert matrix.flags.f_contiguous
    np.testing.assert_array_equal(handoff.to_host(matrix)[:, 1], np.arange(100) * 2)


def test_torch_shares_memory_with_the_array(engine: Engine) -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    array = engine.xp.arange(5, dtype="float32")
    with collect() as entries:
        tensor = handoff.to_torch(array)
    assert copies(entries) == ["none"]
    tensor[0] = 9
    assert float(array[0]) == 9


def test_a_tensor_goes_back_to_the_engine_of_its_data_without_a_copy(engine: Engine) -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    array = engine.xp.arange(6, dtype="float64").reshape(2, 3)
    with collect() as entries:
        back = handoff.from_torch(handoff.to_torch(array), engine)
    assert copies(entries) == ["none", "none"]
    assert type(back) is type(array)
    back[1, 2] = 9
    assert float(array[1, 2]) == 9


def test_a_tensor_with_strides_is_copied_and_told_so(engine: Engine) -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    tensor = handoff.to_torch(engine.xp.arange(6.0).reshape(2, 3)).T
    with collect() as entries:
        back = handoff.from_torch(tensor, engine)
    assert copies(entries) == ["device"]
    assert handoff.to_host(back).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_torch_never_writes_into_a_read_only_array() -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    array = np.arange(5.0)
    array.flags.writeable = False
    with collect() as entries:
        tensor = handoff.to_torch(array)
    assert copies(entries) == ["device"]
    tensor[0] = 9
    assert array[0] == 0


@pytest.mark.parametrize(
    "odd",
    [
        lambda a: a[::-1],
        lambda a: a[:, ::-1],
        lambda a: a.astype(">f8"),
        lambda a: np.rec.fromarrays([a, a.astype("u1")])["f0"],
    ],
    ids=["backwards", "columns backwards", "another byte order", "a field of records"],
)
def test_what_torch_cannot_share_is_copied(odd: Callable[[np.ndarray], np.ndarray]) -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    array = odd(np.arange(6.0).reshape(2, 3))
    with collect() as entries:
        tensor = handoff.to_torch(array)
    assert copies(entries) == ["device"]
    assert tensor.tolist() == array.tolist()


def test_what_is_read_backwards_is_copied_where_it_lies(engine: Engine) -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    array = engine.xp.arange(6.0).reshape(2, 3)[:, ::-1]
    with collect() as entries:
        tensor = handoff.to_torch(array)
    assert copies(entries) == ["device"]
    assert tensor.tolist() == [[2, 1, 0], [5, 4, 3]]


def test_a_tensor_that_comes_to_another_device_is_a_crossing() -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    tensor, there = torch.ones(3), torch.empty(1, device="meta")
    with collect() as entries:
        assert handoff.beside(tensor, torch.empty(1)) is tensor
        assert handoff.beside(tensor, there).device == there.device
    assert copies(entries) == ["host"]


@pytest.mark.parametrize("kind", ["O", "U2", "M8[s]"])
def test_torch_is_given_numbers(kind: str) -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    with pytest.raises(ValueError, match="holds no numbers; convert it"):
        handoff.to_torch(np.zeros(3, kind))


def test_xgboost_reads_float32_columns_in_place_and_says_when_it_cannot(engine: Engine) -> None:
    frame = frame_of(engine)
    with collect() as entries:
        view = handoff.to_xgboost(frame, ["a", "b"])
        handoff.to_xgboost(frame, ["c"])
    assert copies(entries)[0] == "none"
    assert entries[0].bytes == 800
    if engine.name == "cpu":
        assert copies(entries)[1] == "device", "int64 columns are converted by XGBoost"
    assert list(view.columns) == ["a", "b"]


def test_arrow_both_ways_without_copies_of_numbers() -> None:
    frame = pd.DataFrame(
        {"a": np.array([1, np.nan, 3], dtype="float32"), "w": pd.Categorical(["x", "y", "x"])}
    )
    with collect() as entries:
        table = handoff.to_arrow(frame)
        back = handoff.from_arrow(table, Engine("cpu", "test"))
    pd.testing.assert_frame_equal(back, frame)
    numbers = [e.copies for e in entries if e.bytes == 12][:1]
    assert numbers == ["none"]
    assert table["a"].null_count == 0, "NaN stays a number, so that it can be read back in place"


def test_arrow_with_nulls_is_copied_and_says_so() -> None:
    with collect() as entries:
        frame = handoff.from_arrow(
            pa.table({"a": pa.array([1.0, None], pa.float32())}), Engine("cpu", "test")
        )
    assert copies(entries) == ["device"]
    assert np.isnan(frame["a"][1])


def test_the_ledger_sums_by_stage_and_cost(engine: Engine) -> None:
    frame = frame_of(engine)
    with collect() as entries, stage("train"):
        handoff.column(frame, "a")
        handoff.column(frame, "b")
    (row,) = handoff.ledger(entries)
    assert (row["stage"], row["copies"], row["times"], row["bytes"]) == ("train", "none", 2, 800)
    assert (row["from"], row["to"]) == (engine.df.__name__, engine.xp.__name__)


def test_tensors_on_a_device_of_torch_are_told_by_where_they_lie() -> None:
    torch = pytest.importorskip("torch", reason="torch is an extra")
    whole = np.arange(6.0).reshape(2, 3)
    with collect() as entries:
        shared = handoff.on_device(whole, torch.device("cpu"))
        turned = handoff.on_device(whole.T, torch.device("cpu"))
        handoff.on_device(whole, torch.device("meta"))
        assert handoff.on_host(shared) is shared
    assert copies(entries) == ["none", "device", "host"]
    assert [entry.bytes for entry in entries] == [48] * 3
    whole[0, 0] = 7
    assert shared[0, 0] == 7
    assert turned.tolist() == np.arange(6.0).reshape(2, 3).T.tolist()


class Elsewhere:
    """A tensor of a device that is not here."""

    device, nbytes = SimpleNamespace(type="cuda"), 12

    def cpu(self) -> str:
        return "here"


def test_a_tensor_that_leaves_a_device_crosses_to_the_host() -> None:
    pytest.importorskip("torch", reason="torch is an extra")
    with collect() as entries:
        assert handoff.on_host(Elsewhere()) == "here"
    assert copies(entries) == ["host"]
