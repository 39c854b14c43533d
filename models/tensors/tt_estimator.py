"""Tensor trains as an estimator, of one tensor or of a batch."""

from collections.abc import Sequence
from typing import Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Array
from models.tensors.arrays import read
from models.tensors.batches import left_over, squared_norm
from models.tensors.fitting import CANCELS, number_or_all, one_or_all, residuals
from models.tensors.inputs import stacked
from models.tensors.linalg import transposed
from models.tensors.tt import train_ranks, tt_svd


class TensorTrain(BaseEstimator):
    """A tensor as a chain of third-order cores, by one pass of truncated SVDs.

    Parameters
    ----------
    rank : int or sequence of int
        At most so many, or N + 1 ranks with 1 at both ends.
    energy : float, optional
        Ranks below the given ones that keep this share of the sum of squares.
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself.
    random_state : int
        Nothing is random here; it is taken as other estimators take it.

    Attributes
    ----------
    factors_ : list of arrays, shape (rank before, n_k, rank after)
        Cores, all but the last left-orthogonal; in a batch each has a leading axis.
    core_ : array, shape (rank before, n_N)
        Coordinates of the tensor in the basis of the other cores: the last core as a matrix.
    residual_ : float or array, shape (tensors,)
        Norm of what is left over that of the tensor.
    rank_ : list of int
    n_iter_, stop_reason_ : int, str
        It takes one pass.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.einsum("i,j,k->ijk", np.ones(4), np.arange(1, 4), np.ones(2))
    >>> model = TensorTrain(1).fit(X)
    >>> model.rank_, bool(np.allclose(model.inverse_transform(), X))
    ([1, 1, 1, 1], True)
    """

    def __init__(
        self,
        rank: int | Sequence[int] = 8,
        *,
        energy: float | None = None,
        batch: bool = False,
        random_state: int = 0,
    ) -> None:
        self.rank = rank
        self.energy = energy
        self.batch = batch
        self.random_state = random_state

    def fit(self, X: Array) -> Self:
        """Find the cores.

        Parameters
        ----------
        X : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)

        Raises
        ------
        ValueError
            X is complex, has fewer than two modes, an empty one or NaN; a rank is above what its unfolding
            can have.
        """
        x, _ = stacked(X, self.batch)
        cores = tt_svd(x, train_ranks(x.shape[1:], self.rank), self.energy)
        self._cores = cores
        self.factors_ = one_or_all(cores, self.batch)
        self.core_ = one_or_all(cores[-1][..., 0], self.batch)
        self.rank_ = [core.shape[1] for core in cores] + [1]
        left = left_over(squared_norm(x), cores[-1])
        if read([left.min()])[0] < CANCELS:
            left = residuals(x, None, self._whole(cores[-1][..., 0]))
        self.residual_ = number_or_all(left, self.batch)
        self.n_iter_, self.stop_reason_ = 1, "one pass of SVDs finds it"
        return self

    def transform(self, X: Array) -> Array:
        """Coordinates of a tensor of the fitted shape in the fitted basis, shape (rank before, n_N).

        Parameters
        ----------
        X : float array, shape of the fitted one
        """
        check_is_fitted(self)
        rest, _ = stacked(X, self.batch)
        wanted = tuple(core.shape[2] for core in self._cores)
        if tuple(rest.shape[1:]) != wanted or rest.shape[0] != self._cores[0].shape[0]:
            raise ValueError(f"the tensor has shape {tuple(rest.shape[1:])}, the fitted one {wanted}")
        for core in self._cores[:-1]:
            basis = core.reshape(core.shape[0], -1, core.shape[-1])
            rest = transposed(basis) @ rest.reshape(core.shape[0], basis.shape[1], -1)
        return one_or_all(rest, self.batch)

    def inverse_transform(self, core: Array | None = None) -> Array:
        """The whole tensor of coordinates, by default the fitted ones.

        Parameters
        ----------
        core : float array, shape (rank before, n_N), optional
        """
        check_is_fitted(self)
        if core is None:
            core = self._cores[-1][..., 0]
        elif not self.batch:
            core = core[None]
        return one_or_all(self._whole(core), self.batch)

    def _whole(self, core: Array) -> Array:
        found = core
        for each in reversed(self._cores[:-1]):
            count, before, size, after = each.shape
            found = (each.reshape(count, before * size, after) @ found).reshape(count, before, -1)
        sizes = [each.shape[2] for each in self._cores]
        return found.reshape(len(found), *sizes)
