"""A long table is the tensor that its pivot is, on either device; what is twice, or huge, is told."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.engine import Engine
from etl.handoff import from_arrow, to_host
from etl.machine import Limit
from etl.tensors import dense as module
from etl.tensors.dense import Dense, dense, labels_with_values

KINDS = {"sensor": "id", "day": "date", "minute": "id"}


def rows(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sensor": rng.choice(["10", "9", "007", "x"], 80),
            "day": rng.choice([0, 86_400_000_000, 3 * 86_400_000_000], 80),
            "minute": rng.choice([0, 5, 10, 15], 80),
            "value": rng.normal(size=80),
        }
    )
    frame.loc[::9, "value"] = np.nan
    return frame


def built(frame: pd.DataFrame, engine: Engine, **options: str) -> Dense:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return dense(from_arrow(table, engine), KINDS, "value", **options)  # type: ignore[arg-type]


def test_it_is_the_pivot_of_the_table(engine: Engine) -> None:
    frame = rows()
    found = built(frame, engine)
    known = frame.dropna()
    means = known.groupby(["sensor", "day", "minute"])["value"].mean()
    wanted = means.reindex(pd.MultiIndex.from_product([sorted(frame[name].unique()) for name in KINDS]))
    np.testing.assert_allclose(to_host(found.values).ravel(), wanted.to_numpy(), rtol=1e-12)
    repeats = len(known) - len(means)
    assert found.counts == {"rows": 80, "rows_without_value": 9, "repeated_rows": repeats}
    assert [one.words() for one in found.axes] == [
        ["007", "10", "9", "x"],
        ["1970-01-01", "1970-01-02", "1970-01-04"],
        ["0", "5", "10", "15"],
    ]
    assert [one.ordered for one in found.axes] == [False, True, True]


def test_texts_that_spell_numbers_are_in_their_order(engine: Engine) -> None:
    frame = pd.DataFrame(
        {"sensor": ["10", "9", "8"], "day": [0, 0, 0], "minute": [1, 1, 1], "value": [3.0, 2, 1]}
    )
    found = built(frame, engine)
    assert found.axes[0].words() == ["8", "9", "10"]
    assert to_host(found.values).ravel().tolist() == [1, 2, 3]


def test_a_cell_that_is_there_twice_is_named(engine: Engine) -> None:
    frame = rows().drop_duplicates(["sensor", "day", "minute"]).dropna()
    assert built(frame, engine, duplicates="error").counts["repeated_rows"] == 0
    last = frame.iloc[[-1, -1]]
    words = f"sensor {last['sensor'].iloc[0]}, day .*, minute {last['minute'].iloc[0]}, which has 3 values"
    with pytest.raises(ValueError, match=words):
        built(pd.concat([frame, last]), engine, duplicates="error")


def test_without_a_value_there_is_no_tensor(engine: Engine) -> None:
    with pytest.raises(ValueError, match="no row has a value of value; fill in that column"):
        built(rows().assign(value=np.nan), engine)


def test_a_huge_one_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    monkeypatch.setattr(module, "device_memory", lambda engine: Limit(1000, "all that is left"))
    monkeypatch.setattr(module, "tally", lambda *_: pytest.fail("memory was asked for"))
    with pytest.raises(
        ValueError, match=r"sensor \(4\) x day \(3\) x minute \(4\) have 48 cells: 384 B, 3.0 KiB"
    ):
        built(rows(), engine)


def test_labels_without_a_value_leave(engine: Engine) -> None:
    frame = rows()
    frame.loc[frame["sensor"] == "9", "value"] = np.nan
    kept, gone = labels_with_values(built(frame, engine))
    assert gone == [["9"], [], []]
    assert kept.axes[0].words() == ["007", "10", "x"]
    assert kept.values.shape == (3, 3, 4)
