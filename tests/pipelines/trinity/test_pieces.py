"""Texts on disk are cut as those in memory are, so that what is learnt is the same to the last digit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.engine import choose
from etl.executors import Threads
from etl.tables.form import Told
from pipelines.topics import data
from pipelines.topics.apply import Bare
from pipelines.trinity.features import Features
from pipelines.trinity.items import Form, read
from pipelines.trinity.shape import Shaper

ROWS = 2_100


def shaped(path: Path, scratch: Path, whole: bool) -> Features:
    scratch.mkdir()
    desk = Bare(choose("cpu"), scratch, Threads(1))
    items = read(path, Form(("text",), None, Told()), desk)
    assert items.texts is not None
    assert (items.whole, len(items.texts)) == (whole, ROWS // 500)
    return Shaper().fit_transform(items, desk, 3, 0)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_features_of_texts_on_disk_are_those_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    about = rng.integers(0, 3, ROWS)
    drawn = 40 * about[:, None] + rng.integers(0, 60, (ROWS, 20))
    texts = [" ".join(f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in row) for row in drawn]
    pd.DataFrame({"text": texts}).to_parquet(tmp_path / "items.parquet")
    whole = shaped(tmp_path / "items.parquet", tmp_path / "whole", whole=True)
    monkeypatch.setattr(data, "SHARE", 0)
    cut = shaped(tmp_path / "items.parquet", tmp_path / "cut", whole=False)
    assert whole.names == cut.names
    assert "topic_2" in whole.names
    assert np.array_equal(whole.dense, cut.dense)
    assert whole.words is not None
    assert cut.words is not None
    assert (whole.words.whole() != cut.words.whole()).nnz == 0
