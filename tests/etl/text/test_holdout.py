"""Documents are held out by a hash of their numbers."""

import numpy as np
import pytest

from etl.text import holdout


def test_documents_are_held_out_by_number_alone() -> None:
    numbers = np.arange(10_000)
    held = holdout.is_held(numbers, 500, 10_000, seed=3)
    assert held.sum() == pytest.approx(500, abs=5 * 500**0.5)
    assert (holdout.is_held(numbers[4000:], 500, 10_000, seed=3) == held[4000:]).all()
    assert (holdout.is_held(numbers, 500, 10_000, seed=4) != held).any()
    assert holdout.is_held(numbers, 10_000, 10_000, seed=3).all()
