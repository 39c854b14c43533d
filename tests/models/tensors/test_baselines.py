"""Means and lines are those of NumPy's and pandas' own loops."""

import numpy as np
import pandas as pd

from etl.engine import Engine
from etl.handoff import from_host, to_host
from models.tensors.baselines import interpolate, mean, seasonal_mean


def holes(seed: int, shape: tuple[int, ...] = (4, 5, 30)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = np.where(rng.random(shape) < 0.4, np.nan, rng.normal(size=shape))
    X[0, 0], X[1, :, 7], X[2] = np.nan, np.nan, np.nan
    return X


def test_lines_are_numpys_fibre_by_fibre(engine: Engine) -> None:
    X, other = holes(0), np.full((4, 5, 30), 7.0)
    for along in range(3):
        at = np.cumsum(np.random.default_rng(1).random(X.shape[along]))
        found = to_host(
            interpolate(*(from_host(X, engine), along, from_host(at, engine), from_host(other, engine)))
        )

        def line(fibre: np.ndarray, at: np.ndarray = at) -> np.ndarray:
            seen = ~np.isnan(fibre)
            return np.interp(at, at[seen], fibre[seen]) if seen.any() else np.full(len(fibre), 7.0)

        np.testing.assert_allclose(found, np.apply_along_axis(line, along, X), atol=1e-12)


def test_seasonal_means_are_pandas_with_their_fallbacks(engine: Engine) -> None:
    X = holes(2)
    frame = pd.Series(X.ravel(), pd.MultiIndex.from_product(map(range, X.shape))).rename("y").reset_index()
    same, slower = (
        frame.groupby(keys)["y"].transform("mean") for keys in (["level_0", "level_2"], ["level_0"])
    )
    wanted = same.fillna(slower).fillna(frame["y"].mean()).to_numpy().reshape(X.shape)
    there = from_host(X, engine)
    np.testing.assert_allclose(to_host(seasonal_mean(there, 1, (2,))), wanted, atol=1e-12)
    np.testing.assert_allclose(to_host(mean(there)), np.full(X.shape, np.nanmean(X)), atol=1e-12)
