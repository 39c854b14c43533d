"""Entries one by one are those of the whole tensor, and new slices those of NumPy's least squares."""

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import from_host, to_host
from models.tensors.congruence import congruence
from models.tensors.coordinates import cp_rows, project, tucker_rows
from models.tensors.held_out import best_of, rmse, split
from models.tensors.operations import cp_to_tensor, tucker_to_tensor

SIZES = (5, 4, 6)


@pytest.mark.parametrize("kind", ["cp", "tucker"])
def test_entries_are_those_of_the_whole(kind: str, engine: Engine) -> None:
    rng = np.random.default_rng(0)
    head = rng.random(3) if kind == "cp" else rng.normal(size=(3, 2, 4))
    ranks = (3, 3, 3) if kind == "cp" else head.shape
    factors = [rng.normal(size=pair) for pair in zip(SIZES, ranks, strict=True)]
    codes = [rng.integers(size, size=50) for size in SIZES]
    whole = (cp_to_tensor if kind == "cp" else tucker_to_tensor)((head, factors))
    there = [from_host(each, engine) for each in (head, *factors, *codes)]
    rows = (cp_rows if kind == "cp" else tucker_rows)(there[0], there[2:4], there[5:])
    found = (rows * there[1][there[4]]).sum(axis=1)
    np.testing.assert_allclose(to_host(found), whole[tuple(codes)], rtol=1e-10)


def test_new_slices_are_least_squares(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    rows, y, slices = rng.normal(size=(60, 3)), rng.normal(size=60), rng.integers(4, size=60)
    found = project(*(from_host(each, engine) for each in (rows, y, slices)), 4)
    wanted = [np.linalg.lstsq(rows[slices == k], y[slices == k], rcond=None)[0] for k in range(4)]
    np.testing.assert_allclose(to_host(found), wanted, atol=1e-4)


def test_something_is_left_of_each_slice(engine: Engine) -> None:
    rng = np.random.default_rng(2)
    seen = rng.random((2, 8, 6, 5)) < 0.2
    seen[0, 3] = False
    seen[0, 3, 2, 1] = True
    left, held = (to_host(each) for each in split(from_host(seen * 1.0, engine), 0.45, 0)[:2])
    assert held.any()
    np.testing.assert_array_equal(left + held, seen)
    for mode in range(1, 4):
        others = tuple(each for each in range(1, 4) if each != mode)
        np.testing.assert_array_equal(left.any(others), seen.any(others))


def test_the_error_is_of_what_is_held_out() -> None:
    X, held = np.array([[1.0, np.nan], [5.0, 3.0]]), np.array([[True, False], [True, False]])
    assert float(rmse(X, held, np.zeros((2, 2)))) == pytest.approx(np.sqrt(13))
    assert float(rmse(X, held * 1.0, np.zeros((2, 2)))) == pytest.approx(np.sqrt(13))


def test_a_higher_rank_must_be_worth_it() -> None:
    errors = {1: 5.0, 2: 4.0, 4: 3.98, 8: 3.97, 16: 0.1}
    assert best_of([1, 2, 4, 8, 16], errors.__getitem__, "rank", 0.01).option == 2
    assert best_of([1, 2, 3, 4], {1: 5.0, 2: 5.1, 3: 1.0, 4: 0.9}.__getitem__, "rank", 0.01).option == 4
    assert best_of([1, 2, 4, 8, 16], errors.__getitem__, "rank").option == 16


def test_components_are_matched_whatever_their_order_and_signs() -> None:
    rng = np.random.default_rng(3)
    wanted = [rng.normal(size=(size, 3)) for size in SIZES]
    order, signs = [2, 0, 1], np.array([1.0, -1.0, -1.0])
    found = [wanted[0][:, order] * signs, wanted[1][:, order] * signs, 5 * wanted[2][:, order]]
    assert congruence(found, wanted) == pytest.approx(1)
    assert congruence([each[:, :2] for each in found], wanted) == pytest.approx(2 / 3)
