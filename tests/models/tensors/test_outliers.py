"""Robust distances are those of a loop over slices."""

import numpy as np

from etl.engine import Engine
from etl.handoff import from_host, to_host
from models.tensors.outliers import FEW, NORMAL, robust_z


def by_loops(residual: np.ndarray) -> np.ndarray:
    whole = np.nanmedian(residual), np.nanmedian(np.abs(residual - np.nanmedian(residual)))
    found = []
    for mode in range(residual.ndim):
        z = np.empty_like(residual)
        for place in range(residual.shape[mode]):
            at = (*[slice(None)] * mode, place)
            own = residual[at]
            centre, spread = whole
            if (~np.isnan(own)).sum() >= FEW:
                centre = np.nanmedian(own)
                spread = np.nanmedian(np.abs(own - centre))
            z[at] = (own - centre) / (NORMAL * spread)
        found.append(z)
    stacked = np.array(found)
    best = np.where(np.isnan(stacked), np.inf, np.abs(stacked)).argmin(0)
    return np.take_along_axis(stacked, best[None], 0)[0]


def test_they_are_those_of_a_loop(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    residual = rng.normal(size=(5, 6, 7)) * np.array([1, 1, 9, 1, 1])[:, None, None]
    residual[rng.random(residual.shape) < 0.3] = np.nan
    residual[4, :, :] = np.nan
    residual[4, 0, 0] = 3.0
    np.testing.assert_allclose(to_host(robust_z(from_host(residual, engine))), by_loops(residual), rtol=1e-12)


def test_a_noisy_slice_is_not_one_outlier_after_the_other() -> None:
    rng = np.random.default_rng(1)
    residual = rng.normal(size=(10, 200))
    residual[3] *= 30
    residual[5, 7] = 25
    z = robust_z(residual)
    assert np.abs(z[3]).max() < 6
    assert abs(z[5, 7]) > 15


def test_an_exact_fit_has_no_infinite_distance() -> None:
    residual = np.zeros((4, 20))
    residual[1, 3] = 1e-3
    z = robust_z(residual)
    assert np.isfinite(z).all()
    assert np.flatnonzero(np.abs(z) > 6).tolist() == [23]
