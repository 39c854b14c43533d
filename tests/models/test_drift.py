"""Drift: equal data are told to be equal, moved ones are named, missing ones too."""

import numpy as np
import pandas as pd
import pytest

from models import drift


def frame(n: int, shift: float = 0.0, missing: float = 0.0, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a = rng.normal(shift, 1, n).astype("float32")
    a[rng.random(n) < missing] = np.nan
    return pd.DataFrame({"a": a, "b": rng.integers(0, 2, n).astype("float32"), "c": np.float32(np.nan)})


@pytest.fixture
def usual() -> dict[str, drift.Bins]:
    train = frame(5000)
    cuts = drift.edges(train, ["a", "b", "c"])
    return {name: drift.Bins(cut, tuple(drift.count(train, cuts)[name])) for name, cut in cuts.items()}


def told(new: pd.DataFrame, usual: dict[str, drift.Bins]) -> list[str]:
    return drift.moved(drift.count(new, {name: bins.edges for name, bins in usual.items()}), usual)


def test_the_index_is_its_formula(usual: dict[str, drift.Bins]) -> None:
    p, q = np.array([10.0, 20, 70]), np.array([30.0, 30, 40])
    expected = sum((y - x) * np.log(y / x) for x, y in zip(p / 100, q / 100, strict=True))
    assert drift.Bins((1.0,), (10, 20, 70)).index(q) == pytest.approx(expected)
    assert sum(usual["a"].counts) == 5000
    assert max(usual["a"].counts[:-1]) - min(usual["a"].counts[:-1]) <= 2, "bins are of equal shares"


@pytest.mark.parametrize(
    ("new", "names"),
    [
        (frame(3000, seed=1), []),
        (frame(3000, shift=1.5, seed=2), ["a"]),
        (frame(3000, missing=0.3, seed=3), ["a"]),
        (frame(3000, seed=4).assign(c=np.float32(1)), ["c"]),
        (frame(20, shift=3, seed=5), []),
    ],
)
def test_what_moved_is_named(new: pd.DataFrame, names: list[str], usual: dict[str, drift.Bins]) -> None:
    assert [line.split()[0] for line in told(new, usual)] == names


def test_counts_of_parts_are_those_of_the_whole(usual: dict[str, drift.Bins]) -> None:
    new, cuts = frame(1001, seed=6), {name: bins.edges for name, bins in usual.items()}
    both = drift.add(drift.count(new[:400], cuts), drift.count(new[400:], cuts))
    for name, counts in drift.count(new, cuts).items():
        np.testing.assert_array_equal(both[name], counts)
