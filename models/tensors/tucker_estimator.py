"""Tucker decomposition as an estimator, with ranks that are given or chosen, and with missing entries."""

from collections.abc import Sequence
from typing import Literal

from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Array
from models.tensors.batches import project
from models.tensors.em import em_tucker, rebuilt
from models.tensors.fitting import Decomposition, check_shape, one_or_all
from models.tensors.inputs import mode_ranks, stacked
from models.tensors.ranks import energy_ranks, evbmf_ranks
from models.tensors.sweeps import Sweeps
from models.tensors.tucker import TuckerTensor, hooi


class Tucker(Decomposition[list[int]]):
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

    def _chosen(self, x: Array, seen: Array | None) -> list[int]:
        if self.rank == "held-out":
            return self._by_held_out(x, seen, self._options(x.shape[1:]), "ranks")
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

    def _options(self, sizes: Sequence[int]) -> dict[tuple[int, ...], list[int]]:
        """Ranks to try, none above its mode's size."""
        given = [[each] * len(sizes) if isinstance(each, int) else list(each) for each in self.ranks]
        clipped = [tuple(min(pair) for pair in zip(each, sizes, strict=True)) for each in given]
        return {ranks: mode_ranks(sizes, ranks) for ranks in sorted(clipped)}

    def _decomposed(
        self, x: Array, seen: Array | None, ranks: Sequence[int], sweeps: int
    ) -> tuple[TuckerTensor, Sweeps]:
        if seen is None:
            return hooi(x, ranks, sweeps, self.tol)
        return em_tucker(x, seen, ranks, sweeps, self.tol)

    def _keep(self, chosen: list[int], head: Array, factors: list[Array]) -> None:
        self.rank_, self.core_, self.factors_ = chosen, head, factors

    def _rebuilt(self, head: Array, factors: Sequence[Array]) -> Array:
        return rebuilt(head, factors)

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
