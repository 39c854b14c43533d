"""Whether one vote a task is best is told by intervals, not by means alone."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from models.crowd.redundancy import is_single_best


def points(accuracies: dict[int, list[float]]) -> list[dict]:
    return [
        {"method": "a", "redundancy": redundancy, "accuracies": values, "mean": float(np.mean(values))}
        for redundancy, values in accuracies.items()
    ]


@pytest.mark.parametrize("seed", range(30))
def test_the_verdict_is_that_of_paired_t_tests(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = {1: 0.8 + 0.02 * rng.normal(size=5)}
    drawn |= {times: 0.8 + rng.normal(0, 0.03) + 0.02 * rng.normal(size=5) for times in (2, 5)}
    tests = [ttest_rel(drawn[1], drawn[times]) for times in (2, 5)]
    better = all(test.pvalue < 0.05 and test.statistic > 0 for test in tests)
    worse = any(test.pvalue < 0.05 and test.statistic < 0 for test in tests)
    wanted = False if worse else True if better else None
    assert is_single_best(points({k: v.tolist() for k, v in drawn.items()})) == {"a": wanted}


def test_one_draw_or_nothing_to_compare_with_tells_nothing() -> None:
    assert is_single_best(points({1: [0.9], 3: [0.1]})) == {"a": None}
    assert is_single_best(points({1: [0.9, 0.9]})) == {"a": None}
    assert is_single_best(points({3: [0.9, 0.8], 5: [0.1, 0.2]})) == {"a": None}
    assert is_single_best([]) == {}
