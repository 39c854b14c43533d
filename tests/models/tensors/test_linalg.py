"""Stacks of one matrix go by what is for one matrix, with the numbers that stacks have."""

from typing import ClassVar

import numpy as np
import pytest

from models.tensors.linalg import eigh, stack_product

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("count", "ndim"), [(1, 2), (3, 3)])
def test_eigenvectors_of_a_stack_of_one_are_those_of_a_matrix(count, ndim, monkeypatch):
    """CuPy has a faster way for one matrix than for a stack."""
    half = RNG.normal(size=(count, 6, 6))
    gram = half @ half.swapaxes(1, 2)
    given, whole = [], np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda x: given.append(x.ndim) or whole(x))
    values, vectors = eigh(gram)
    assert given == [ndim]
    assert (np.diff(values, axis=-1) <= 0).all()
    np.testing.assert_allclose((vectors * values[:, None]) @ vectors.swapaxes(1, 2), gram, atol=1e-12)


class Told(np.ndarray):
    """Keeps the number of axes of what is multiplied."""

    given: ClassVar[list[int]] = []

    def __matmul__(self, other):
        self.given.append(self.ndim)
        return np.asarray(self) @ np.asarray(other)


@pytest.mark.parametrize(("count", "ndim"), [(1, 2), (3, 3)])
def test_a_product_of_stacks_of_one_is_that_of_matrices(count, ndim):
    """CuPy copies a transposed matrix where it is in a stack."""
    left, right = RNG.normal(size=(count, 4, 50)), RNG.normal(size=(count, 30, 50)).swapaxes(1, 2)
    Told.given.clear()
    found = stack_product(left.view(Told), right.view(Told))
    assert Told.given == [ndim]
    np.testing.assert_array_equal(found, np.matmul(left, right))
