"""Loan files on either engine: the same features to the last bit, and what passes between host and device."""

from functools import reduce
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest

from etl.engine import Engine, choose
from etl.handoff import to_pandas
from etl.mortgage import coding, cut, features, generate, read, vintage
from etl.records import Bridge, Record, collect, of_kind


def encoded(data: Path, scratch: Path, engine: Engine) -> tuple[pd.DataFrame, list[Record]]:
    """Features of all pieces on the host, and what was recorded until the last of them was encoded."""
    with collect() as entries:
        pieces = [read.read(piece, engine) for piece in cut.cut(data, scratch, 400_000)]
        shaped = [features.shape(vintage.count(piece)) for piece in pieces]
        words = reduce(coding.merge, (coding.vocabulary(piece) for piece in shaped))
        coded = [coding.encode(piece, words) for piece in shaped]
    return pd.concat([to_pandas(piece) for piece in coded], ignore_index=True), entries


@pytest.mark.parametrize("layout", ["combined", "old"])
def test_features_are_the_same_to_the_last_bit(
    layout: Literal["combined", "old"], tmp_path: Path, engine: Engine
) -> None:
    files = generate.generate(tmp_path / "loans", rows=4000, seed=5, layout=layout)
    found, entries = encoded(tmp_path / "loans", tmp_path, engine)
    expected, _ = encoded(tmp_path / "loans", tmp_path, choose("cpu"))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    crossings = [bridge for bridge in of_kind(entries, Bridge) if bridge.copies == "host"]
    if engine.name == "cpu":
        assert crossings == []
        return
    size = sum(file.stat().st_size for file in files)
    up = [bridge.bytes for bridge in crossings if bridge.target in ("cudf", "cupy")]
    down = [bridge.bytes for bridge in crossings if bridge.source in ("cudf", "cupy")]
    assert 0.9 * size < sum(up) < 1.1 * size, "the text, once"
    assert max(down) < 8 * 1000, "words and counts by month and age, never a value a row"
    assert len(up) + len(down) == len(crossings)


def test_numbers_lie_on_the_device_as_plain_arrays(tmp_path: Path, engine: Engine) -> None:
    generate.generate(tmp_path / "loans", rows=2000, seed=6)
    found, entries = encoded(tmp_path / "loans", tmp_path, engine)
    assert found["dti"].isna().any(), "there is something missing"
    columns = [bridge for bridge in of_kind(entries, Bridge) if bridge.target == engine.xp.__name__]
    copied = [bridge for bridge in columns if bridge.copies == "device"]
    if engine.name == "cpu":
        assert copied == []
    else:
        pieces = len(cut.cut(tmp_path / "loans", tmp_path, 400_000))
        assert len(copied) <= 17 * pieces, "a column is copied once at most, where its nulls become NaN"
