"""Labels against brute force, on random histories and on the real files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engine import Engine
from etl.mortgage import cut, label, read
from tests.support.loans import brute_force_default, random_loans, rapids_loop


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), horizon=st.integers(1, 24))
def test_default_label_equals_brute_force(seed: int, horizon: int) -> None:
    rows = random_loans(seed, loans=12)
    assert label.default(rows, horizon).tolist() == brute_force_default(rows, horizon)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_rapids_label_equals_the_notebooks_twelve_passes(seed: int) -> None:
    rows = random_loans(seed, loans=12)
    assert label.rapids(rows).tolist() == rapids_loop(rows)


@pytest.mark.parametrize("name", ["2017Q1.csv.gz", "old"])
def test_labels_of_real_files(name: str, real_mortgage: Path, tmp_path: Path, engine: Engine) -> None:
    data = real_mortgage / name
    if name == "old":
        data = tmp_path / "old"
        data.mkdir()
        for file in real_mortgage.glob("*2000Q1*"):
            (data / file.name).symlink_to(file)
    (piece,) = cut.cut(data, tmp_path, 1 << 30)
    frame = read.read(piece, engine)
    rows = frame if engine.name == "cpu" else frame.to_pandas()
    found, notebook = (np.asarray(f(frame).tolist()) for f in (label.default, label.rapids))
    expected = brute_force_default(rows)
    assert found.tolist() == expected
    assert (found == 1).sum() > 100
    assert notebook.tolist() == rapids_loop(rows)


def test_the_month_itself_is_never_in_the_window() -> None:
    rows = random_loans(3)
    before = label.default(rows)
    changed = rows.assign(status=rows["status"].where(rows.index != 50, 0), current_actual_upb=np.float32(1))
    after = label.default(changed)
    assert after[50] != -2
    assert (before[51:] == after[51:]).all(), "a row's own month may only change rows before it, and itself"


def test_labels_of_no_rows() -> None:
    rows = random_loans(0).iloc[:0]
    assert label.default(rows).shape == (0,)
    assert label.rapids(rows).shape == (0,)
