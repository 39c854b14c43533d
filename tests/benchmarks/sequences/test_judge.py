"""Errors, intervals and verdicts of the benchmark of sequences."""

import numpy as np
import pytest

from benchmarks.sequences import table
from benchmarks.sequences.judge import change, errors, long_steps, rms, seeds_interval, skill
from benchmarks.sequences.sets import Cut, chronological, genz, lorenz_paths


def made(resampled: tuple[str, ...], series: int = 4):
    y = np.random.default_rng(1).normal(size=(series, 400))
    return chronological("made", y, Cut(200, 260, 4, 10), (6, 8, 1), resampled=resampled)


def test_a_set_is_cut_in_time_and_scaled_by_training_alone() -> None:
    data = made(("origins",))
    y = np.random.default_rng(1).normal(size=(4, 400))
    z = (y - y[:, :200].mean(1, keepdims=True)) / y[:, :200].std(1, keepdims=True)

    np.testing.assert_allclose(data.test.y, z)
    assert data.learn.shape == (4, 260)
    assert min(data.test.origins) == 260
    assert max(data.test.origins) + 8 <= 400
    assert min(data.valid.origins) == 200
    assert max(data.valid.origins) + 8 <= 260
    at = data.test.origins.index(264)
    np.testing.assert_allclose(data.test.truth(8)[at], z[:, 264:272])


def test_errors_are_root_mean_squares() -> None:
    rng = np.random.default_rng(0)
    truth, found = rng.normal(size=(2, 5, 3, 4))
    row = errors(truth, found)
    total = np.sqrt(np.mean((truth - found) ** 2))

    assert rms(row["horizon"]) == pytest.approx(total)
    assert np.mean(row["window"]) == pytest.approx(total**2)


@pytest.mark.parametrize("resampled", [("origins",), ("series",), ("series", "origins")])
def test_skill_of_half_the_error_has_no_width(resampled: tuple[str, ...]) -> None:
    data = made(resampled)
    rival = np.random.default_rng(2).gamma(1.0, size=(len(data.test.origins), 4))

    assert skill(rival / 4, rival, data) == pytest.approx((0.5, 0.5, 0.5))


def test_blocks_cover_what_single_origins_do_not() -> None:
    """Errors that last as long as a horizon have wider intervals than the same in any order."""
    data = made(("origins",), 1)
    count = len(data.test.origins)
    rng = np.random.default_rng(3)
    lasting = 1 + np.repeat(rng.gamma(1.0, size=-(-count // 2)), 2)[:count, None]
    _, low, high = skill(lasting, np.full_like(lasting, 2.0), data)
    alone = made(("origins",), 1)
    apart = chronological("made", alone.test.y, Cut(200, 260, 8, 10), (6, 8, 1))
    _, one_low, one_high = skill(lasting[::2], np.full_like(lasting[::2], 2.0), apart)

    assert high - low == pytest.approx(one_high - one_low, rel=0.35)


def test_change_is_welchs_on_logarithms() -> None:
    stats = pytest.importorskip("scipy.stats")
    a, b = [0.9, 0.95, 0.99], [1.0, 1.02, 1.1]
    found = stats.ttest_ind(np.log(a), np.log(b), equal_var=False).confidence_interval(0.95)

    assert change(a, b)[1:] == pytest.approx([100 * (np.exp(v) - 1) for v in found])
    low, high = seeds_interval(a)
    assert (low + high) / 2 == pytest.approx(np.mean(a))


def test_long_horizons_are_the_last_third() -> None:
    assert long_steps(50) == slice(34, 50)


def test_the_map_contracts_to_a_half(tmp_path) -> None:
    spread = genz(tmp_path).facts["spread"]

    assert spread[12] < 1e-4
    assert spread[60] < 1e-14
    assert 1 / (1 + (0.5 + 0.5) ** 2) == 0.5


def test_trajectories_of_lorenz_follow_the_equations() -> None:
    path = lorenz_paths(2, 400, between=0.002, fine=1)
    x, y, z = path[:, 1:-1].transpose(2, 0, 1)
    slope = (path[:, 2:] - path[:, :-2]) / 0.004

    np.testing.assert_allclose(slope[..., 0], 10 * (y - x), atol=0.02)
    np.testing.assert_allclose(slope[..., 2], x * y - 8 / 3 * z, atol=0.2)


def test_an_interval_decides_what_is_said() -> None:
    said = [table.holds({"low": low, "high": high}) for low, high in ((-12, -6), (-8, -1), (-3, -1))]

    assert said == ["yes", "better, perhaps by less", "better, by less"]
