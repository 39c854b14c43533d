"""Tucker decomposition as an estimator, with ranks that are given or chosen, and with missing entries."""

from collections.abc import Sequence
from typing import Literal, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Array
from models.tensors.arrays import namespace, read
from models.tensors.batches import project
from models.tensors.em import em_tucker, rebuilt
from models.tensors.fitting import CANCELS, check_shape, ending, number_or_all, one_or_all, residuals
from models.tensors.held_out import best_of, error, split
from models.tensors.inputs import mode_ranks, stacked
from models.tensors.ranks import energy_ranks, evbmf_ranks
from models.tensors.sweeps import Sweeps
from models.tensors.tucker import TuckerTensor, hooi

SEARCH = 20
"""Sweeps that an option is judged after."""


class Tucker(BaseEstimator):
    """A tensor as a small core, each mode of which is multiplied by a matrix of orthonormal columns.

    With a mask, each sweep fills in what is missing from the last; see `models.tensors.em`. Nothing is asked
    of the device within a sweep; see `models.tensors.sweeps`.

    Parameters
    ----------
    rank : int, sequence of int, "energy", "evbmf" or "held-out"
        The same for all modes, or one a mode; ``energy`` keeps a share of each unfolding's sum of squares,
        ``evbmf`` what stands above noise, and ``held-out`` tries ``ranks``, no mode's above its size, on
        entries that were hidden.
    energy : float
        Share that ``energy`` keeps.
    ranks : sequence of int or of sequences
        Tried by ``held-out``, from the least; the search ends after two that are no better.
    n_iter_max : int
        Sweeps, at most; 0 leaves the sequentially truncated HOSVD.
    tol : float
        Change of the relative residual that ends the sweeps; 0 makes all of them.
    held_out : float
        Share of the seen entries that the rank is chosen by.
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself.
    random_state : int

    Attributes
    ----------
    core_ : array, shape (r_1, ..., r_N)
        Its slices along a mode are orthogonal and fall in norm.
    factors_ : list of arrays, shape (n_k, r_k)
        In a batch these, the core and residuals have a leading axis.
    residual_ : float or array, shape (tensors,)
        Norm of what is left over that of the tensor, over the entries that were seen.
    rank_ : list of int
    choices_ : list of str
        Automatic choices, each with its reason.
    n_iter_, stop_reason_ : int, str
        Of the tensor with the most sweeps.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.einsum("i,j,k->ijk", np.ones(4), np.arange(1, 4), np.ones(2))
    >>> model = Tucker("energy", energy=0.999).fit(X)
    >>> model.rank_, bool(np.allclose(model.inverse_transform(), X))
    ([1, 1, 1], True)
    """

    def __init__(
        self,
        rank: int | Sequence[int] | Literal["energy", "evbmf", "held-out"] = "energy",
        *,
        energy: float = 0.99,
        ranks: Sequence[int | Sequence[int]] = (1, 2, 4, 8, 12, 16, 24, 32, 48),
        n_iter_max: int = 100,
        tol: float = 1e-6,
        held_out: float = 0.1,
        batch: bool = False,
        random_state: int = 0,
    ) -> None:
        self.rank = rank
        self.energy = energy
        self.ranks = ranks
        self.n_iter_max = n_iter_max
        self.tol = tol
        self.held_out = held_out
        self.batch = batch
        self.random_state = random_state

    def fit(self, X: Array, mask: Array | None = None) -> Self:
        """Find core and factors.

        Parameters
        ----------
        X : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
        mask : bool array, shape of X, optional
            True where X was seen; elsewhere it may hold anything.

        Raises
        ------
        ValueError
            X is complex, has fewer than two modes, an empty one or NaN that the mask does not cover; a rank
            is above its mode's size.
        """
        x, seen = stacked(X, self.batch, mask)
        self.choices_: list[str] = []
        self.rank_ = self._chosen(x, seen)
        self._parts, sweeps = self._decomposed(x, seen, self.rank_, self.n_iter_max)
        self.core_ = one_or_all(self._parts.core, self.batch)
        self.factors_ = one_or_all(self._parts.factors, self.batch)
        left = sweeps.residual
        if read([left.min()])[0] < CANCELS:
            left = residuals(x, seen, rebuilt(*self._parts))
        self.residual_ = number_or_all(left, self.batch)
        self.n_iter_, self.stop_reason_ = ending(sweeps, self.n_iter_max, self.tol)
        return self

    def _chosen(self, x: Array, seen: Array | None) -> list[int]:
        if self.rank == "held-out":
            return self._by_held_out(x, seen)
        if not isinstance(self.rank, str):
            return mode_ranks(x.shape[1:], self.rank)
        if seen is not None:
            raise ValueError(
                f"rank={self.rank!r} needs all entries; of a tensor with missing ones, 'held-out' chooses"
            )
        if self.rank not in ("energy", "evbmf"):
            raise ValueError(f"rank is numbers, 'energy', 'evbmf' or 'held-out', not {self.rank!r}")
        if self.rank == "energy":
            found, why = (
                energy_ranks(x, self.energy),
                f"the least that keep {self.energy:g} of each sum of squares",
            )
        else:
            found, why = evbmf_ranks(x), "singular values above the threshold of noise"
        self.choices_.append(f"ranks {found}: {why}")
        return found

    def _by_held_out(self, x: Array, seen: Array | None) -> list[int]:
        seen = namespace(x).ones_like(x) if seen is None else seen
        learnt, held, how = split(seen, self.held_out, self.random_state)
        sizes = x.shape[1:]
        given = [[each] * len(sizes) if isinstance(each, int) else list(each) for each in self.ranks]
        clipped = [tuple(min(pair) for pair in zip(each, sizes, strict=True)) for each in given]

        def judge(ranks: Sequence[int]) -> float:
            fitted, _ = self._decomposed(x * learnt, learnt, ranks, min(SEARCH, self.n_iter_max))
            return read([error(x, held, rebuilt(*fitted))])[0]

        best, reason = best_of(dict.fromkeys(sorted(clipped)), judge, "ranks")
        self.choices_.append(f"{reason}; on {how}")
        return mode_ranks(sizes, best)

    def _decomposed(
        self, x: Array, seen: Array | None, ranks: Sequence[int], sweeps: int
    ) -> tuple[TuckerTensor, Sweeps]:
        if seen is None:
            return hooi(x, ranks, sweeps, self.tol)
        return em_tucker(x, seen, ranks, sweeps, self.tol)

    def transform(self, X: Array) -> Array:
        """Core of a tensor of the fitted shape: its modes projected on the fitted factors.

        Parameters
        ----------
        X : float array, shape of the fitted one
        """
        check_is_fitted(self)
        x, _ = stacked(X, self.batch)
        check_shape(x, self._parts.factors)
        for mode, factor in enumerate(self._parts.factors):
            x = project(x, factor, mode)
        return one_or_all(x, self.batch)

    def inverse_transform(self, core: Array | None = None) -> Array:
        """The whole tensor of a core, by default the fitted one.

        Parameters
        ----------
        core : float array, shape (r_1, ..., r_N), optional
        """
        check_is_fitted(self)
        if core is None:
            core = self._parts.core
        elif not self.batch:
            core = core[None]
        return one_or_all(rebuilt(core, self._parts.factors), self.batch)
