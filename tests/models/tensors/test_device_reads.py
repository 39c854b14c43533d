"""In PyTorch no sweep reads the device, and all decompositions can be differentiated."""

import numpy as np
import pytest
import torch

from models.tensors.cp import als, compressed_als, least_squares, parafac, start_factors
from models.tensors.em import em_tucker
from models.tensors.nonnegative import columnwise
from models.tensors.operations import cp_to_tensor, tt_to_tensor, tucker_to_tensor
from models.tensors.randomised import sampled_als
from models.tensors.sweeps import BLOCK
from models.tensors.tt import tensor_train, tt_svd
from models.tensors.tucker import hooi, tucker
from models.tensors.weighted import weighted_als
from tests.support.device_reads import Reads

X = torch.as_tensor(np.random.default_rng(0).normal(size=(3, 12, 13, 14)))
SEEN = (torch.as_tensor(np.random.default_rng(1).random(X.shape)) < 0.7).double()


def start(x=X, rank=3):
    return start_factors(x, rank, "svd", 0)


SWEEPS = {
    "hooi": lambda n, tol: hooi(X, [3, 3, 3], n, tol),
    "als": lambda n, tol: als(X, start(), n, tol, least_squares()),
    "compressed": lambda n, tol: compressed_als(X, 2, "svd", 0, n, tol),
    "non-negative": lambda n, tol: als(X.abs(), [each.abs() for each in start()], n, tol, columnwise),
    "sampled": lambda n, tol: sampled_als(X, start(), 60, n, tol, 0),
    "weighted": lambda n, tol: weighted_als(X * SEEN, SEEN, start(), n, tol, ridge=0.01, penalties={2: 1.0}),
    "em": lambda n, tol: em_tucker(X * SEEN, SEEN, [3, 3, 3], n, tol),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_no_sweep_reads_the_device(name):
    with Reads() as reads:
        SWEEPS[name](BLOCK - 1, 1e-12)
        SWEEPS[name](2 * BLOCK, 0)
    assert reads.found == []


@pytest.mark.parametrize("name", ["hooi", "als", "weighted"])
def test_flags_are_looked_at_once_in_a_block(name):
    with Reads() as reads:
        SWEEPS[name](3 * BLOCK, 1e-300)
    assert set(reads.found) == {"tolist"}
    assert len(reads.found) <= 6


def test_a_train_with_given_ranks_reads_nothing_and_a_planted_read_is_found():
    with Reads() as reads:
        tt_svd(X, [1, 3, 3, 1])
    assert reads.found == []
    with Reads() as reads:
        float(X.sum())
    assert reads.found


def whole_tucker(x):
    return tucker_to_tensor(tucker(x, 2, 4, 0))


def whole_cp(x):
    return cp_to_tensor(parafac(x, 2, 4, 0))


def whole_train(x):
    return tt_to_tensor(tensor_train(x, 2))


@pytest.mark.parametrize("whole", [whole_tucker, whole_cp, whole_train])
def test_gradients_are_those_of_finite_differences(whole):
    rng = np.random.default_rng(3)
    factors = [rng.normal(size=(size, 2)) for size in (4, 3, 3)]
    x = np.einsum("ir,jr,kr->ijk", *factors) + 0.1 * rng.normal(size=(4, 3, 3))
    assert torch.autograd.gradcheck(whole, torch.as_tensor(x).requires_grad_(), atol=1e-4)


@pytest.mark.parametrize("whole", [whole_tucker, whole_cp, whole_train])
def test_gradients_are_finite_where_singular_values_are_equal(whole):
    x = torch.zeros(4, 4, 4, dtype=torch.float64)
    for at in range(4):
        x[at, at, at] = 1
    x.requires_grad_()
    whole(x).square().sum().backward()
    assert torch.isfinite(x.grad).all()
