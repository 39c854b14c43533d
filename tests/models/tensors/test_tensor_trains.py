"""Trains and their arithmetic are the arithmetic of their tensors."""

import numpy as np
import pytest

from models.tensors.operations import tt_to_tensor
from models.tensors.tt import tensor_train, tt_round
from models.tensors.tt_algebra import tt_add, tt_inner, tt_multiply, tt_norm

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 4, 5, 3, 2))


@pytest.fixture(params=["numpy", "torch"])
def own(request):
    if request.param == "numpy":
        return np.asarray
    return pytest.importorskip("torch").as_tensor


def test_full_ranks_are_exact_and_cores_orthogonal(own):
    cores = tensor_train(own(X), 99)
    assert [core.shape[2] for core in cores] == [4, 6, 2, 1]
    np.testing.assert_allclose(tt_to_tensor(cores), X, atol=1e-12)
    for core in cores[:-1]:
        basis = np.asarray(core).reshape(-1, core.shape[2])
        np.testing.assert_allclose(basis.T @ basis, np.eye(core.shape[2]), atol=1e-12)


def test_energy_keeps_its_share(own):
    cores = tensor_train(own(X), 99, energy=0.7)
    lost = np.linalg.norm(np.asarray(tt_to_tensor(cores)) - X) / np.linalg.norm(X)
    assert 0.01 < lost <= np.sqrt(0.3)
    assert sum(core.shape[2] for core in cores) < 13


def test_arithmetic_is_that_of_the_tensors(own):
    one, other = (tensor_train(own(each), 99) for each in (X, Y))
    np.testing.assert_allclose(tt_to_tensor(tt_add(one, other)), X + Y, atol=1e-12)
    np.testing.assert_allclose(tt_to_tensor(tt_multiply(one, other)), X * Y, atol=1e-12)
    assert float(tt_inner(one, other)) == pytest.approx((X * Y).sum())
    assert float(tt_norm(one)) == pytest.approx(np.linalg.norm(X))


def test_the_norm_of_a_small_difference_is_exact(own):
    near = X + 1e-11 * Y
    minus = [-core if at == 0 else core for at, core in enumerate(tensor_train(own(X), 99))]
    found = float(tt_norm(tt_add(tensor_train(own(near), 99), minus)))
    assert found == pytest.approx(np.linalg.norm(near - X), rel=1e-2)


def test_rounding_brings_a_sum_back_to_its_ranks(own):
    one = tensor_train(own(X), 99)
    twice = tt_round(tt_add(one, one), 99, energy=1 - 1e-20)
    assert [tuple(core.shape) for core in twice] == [tuple(core.shape) for core in one]
    np.testing.assert_allclose(tt_to_tensor(twice), 2 * X, atol=1e-11)
    small, straight = tt_round(one, 2), tensor_train(own(X), 2)
    np.testing.assert_allclose(tt_to_tensor(small), tt_to_tensor(straight), atol=1e-10)


def test_trains_of_other_shapes_do_not_go_together(own):
    with pytest.raises(ValueError, match=r"shapes \(4, 5, 3, 2\) and \(4, 5, 3\) do not go together"):
        tt_add(tensor_train(own(X), 2), tensor_train(own(X[..., 0]), 2))
