"""Windows beside those of a plain loop over lists."""

import numpy as np
import pytest
import torch

from models.sequences.split import split
from models.sequences.windows import FLOOR, phases, windows

L, H = 3, 2
NAN = np.nan
Y = np.array([[1, 2, NAN, NAN, 5, 6, 7, 4], [NAN, NAN, 3, 1, 4, 1, NAN, 9], [2, 2, 2, 2, NAN, NAN, NAN, NAN]])


def by_loop(y, start):
    """Inputs and targets of one window, gaps of the input as the value before."""
    past, last = [], NAN
    for value in y:
        last = last if np.isnan(value) else value
        past.append(last)
    return past[start : start + L], list(y[start + L : start + L + H])


def made(scaling="window", together=(0.0, 1.0)):
    features = phases(torch.arange(3), Y.shape[1] + H, (4,))
    return windows(torch.tensor(Y), features, L, H, scaling, together, torch.float64)


@pytest.mark.parametrize("scaling", ["window", "last", "series", "global"])
def test_windows_equal_those_of_a_loop(scaling):
    whole = made(scaling, (2.0, 4.0))
    for series, start in ((0, 0), (0, 2), (1, 2), (2, 1)):
        batch = whole.cut(torch.tensor([series]), torch.tensor([start]))
        inputs, targets = by_loop(Y[series], start)
        mean, own = np.nanmean(Y[series]), np.nanstd(Y[series]) or 1.0
        spread = np.hypot(np.std(inputs), FLOOR * own)
        about = {"window": np.mean(inputs), "last": inputs[-1], "series": mean, "global": 2.0}[scaling]
        over = {"global": 4.0, "series": own}.get(scaling, spread)
        np.testing.assert_allclose(batch.window[0, :, 0], (np.array(inputs) - about) / over)
        np.testing.assert_allclose(batch.restored(batch.target)[0], targets)
        turn = 2 * np.pi * (series + np.arange(start, start + L + H)) / 4
        found = torch.cat([batch.window[0, :, 1:], batch.known[0]])
        np.testing.assert_allclose(found, np.stack([np.sin(turn), np.cos(turn)], 1), atol=1e-12)


def test_windows_without_a_value_before_or_after_are_not_usable():
    expected = [
        [not np.isnan(by_loop(y, at)[0][0]) and not np.isnan(by_loop(y, at)[1]).all() for at in range(4)]
        for y in Y
    ]
    assert made().usable().tolist() == expected


def test_windows_to_compare_on_hold_no_value_that_was_learnt():
    parts = split(torch.ones(2, 60, dtype=torch.bool), 5)
    assert int(parts.train[1].max()) + 5 <= int(parts.validation[1].min())


def test_series_too_short_to_part_in_time_are_parted_from_each_other():
    parts = split(torch.ones(10, 1, dtype=torch.bool), 5)
    assert parts.train[0].tolist() == list(range(8))
    assert parts.validation[0].tolist() == [8, 9]
    with pytest.raises(ValueError, match="too few"):
        split(torch.ones(1, 1, dtype=torch.bool), 5)
