"""The benchmark of forecasters compares likelihoods and errors of the same series."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.statespace import run
from benchmarks.statespace.peers import series

torch = pytest.importorskip("torch")
pytest.importorskip("statsmodels")


def test_series_are_made_once(tmp_path: Path) -> None:
    path = series.make(tmp_path, 6, 40, 1)
    Y = series.load_series(str(path))

    assert Y.shape == (6, 40 + series.HORIZON)
    assert np.isfinite(Y).all()
    assert series.make(tmp_path, 6, 40, 1) == path


def test_quality_counts_who_is_better() -> None:
    ours = {"loglik": [0.0, -1.0, -2.0, -3.0], "mase": [1.0, 1.0, 1.0, 9.0]}
    other = {"loglik": [0.0, -1.5, -1.0, np.nan], "mase": [1.0, 1.0, 4.0, np.nan]}
    found = run.quality(ours, other, 4)

    assert (found["loglik_better"], found["loglik_worse"], found["failed"]) == (1, 1, 1)
    assert (found["mase"], found["mase_ours"]) == (2.0, 1.0)


@pytest.mark.parametrize("case", ["ANN", "ARIMA(1,1,1)"])
def test_a_run_writes_rows_and_ratios(tmp_path: Path, case: str) -> None:
    out, known = tmp_path / "out.json", importlib.util.find_spec("statsforecast")
    peers = ("statespace.statsmodels", *(["statespace.statsforecast"] if known else []))
    config = run.Config(30, 60, (case,), 10, 1, peers, data=tmp_path, out=out)
    run.main(config)
    written = json.loads(out.read_text())

    ours, other = written["results"][:2]
    assert (ours["size"], other["size"]) == (30, 10)
    assert other["loglik_mean"] < 0.05
    assert written["ratios"][0]["cpu"] == pytest.approx(other["ms_series"] / ours["ms_series"], rel=0.01)
    assert "statsmodels" in written["peer_versions"]
