"""CP decomposition as an estimator: plain, non-negative, smooth along ordered modes, with missing entries."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Array
from models.tensors import products, weighted
from models.tensors.arrays import namespace
from models.tensors.cp import CPTensor, als, compressed_als, hadamard, start_factors
from models.tensors.fitting import Decomposition, check_shape, one_or_all
from models.tensors.inputs import check_cp_rank, stacked
from models.tensors.linalg import solve_positive, transposed
from models.tensors.nonnegative import columnwise
from models.tensors.ranks import evbmf_ranks
from models.tensors.sweeps import Sweeps


class Shape(NamedTuple):
    """What is chosen: the rank, and the penalty of differences along smooth modes."""

    rank: int
    penalty: float


class CP(Decomposition[Shape]):
    """A tensor as a sum of rank-one tensors: a weight and a column of each mode's factor make one.

    With a mask, or with smooth modes, the fit is over the entries that were seen; see
    `models.tensors.weighted`. Nothing is asked of the device within a sweep; see `models.tensors.sweeps`.

    Parameters
    ----------
    rank : int, "evbmf" or "held-out"
        ``evbmf`` takes the largest rank of an unfolding that stands above noise; ``held-out`` tries ``ranks``
        on entries that were hidden.
    ranks : sequence of int
        Tried by ``held-out``, from the least; the search ends after two that are no better.
    n_iter_max : int
        Sweeps, at most.
    tol : float
        Change of the relative residual that ends the sweeps; 0 makes all of them.
    init : {"svd", "random"}
    non_negative : bool
        Whether factors and weights have no negative entry.
    smooth : sequence of int
        Modes, without the batch, whose neighbouring rows are alike.
    penalty : float or "held-out"
        Of squared differences of neighbouring rows of smooth modes; ``held-out`` tries `penalties`.
    penalties : sequence of float
    ridge : float
        Of a fit over seen entries: pulls each row to the mean row of its mode, relative to a row of data.
    held_out : float
        Share of the seen entries that choices are made by.
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself.
    random_state : int

    Attributes
    ----------
    weights_ : array, shape (rank,)
    factors_ : list of arrays, shape (n_k, rank)
        Columns have norm 1. In a batch these, weights and residuals have a leading axis.
    residual_ : float or array, shape (tensors,)
        Norm of what is left over that of the tensor, over the entries that were seen.
    rank_, penalty_ : int, float
    choices_ : list of str
        Automatic choices, each with its reason.
    n_iter_, stop_reason_ : int, str
        Of the tensor with the most sweeps.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.einsum("i,j,k->ijk", np.ones(4), np.arange(1, 4), np.ones(2))
    >>> model = CP(1).fit(X)
    >>> bool(np.allclose(model.inverse_transform(), X)), model.residual_ < 1e-12
    (True, True)
    """

    def __init__(
        self,
        rank: int | Literal["evbmf", "held-out"] = 4,
        *,
        ranks: Sequence[int] = (1, 2, 4, 8, 12, 16, 24, 32, 48),
        n_iter_max: int = 100,
        tol: float = 1e-6,
        init: Literal["svd", "random"] = "svd",
        non_negative: bool = False,
        smooth: Sequence[int] = (),
        penalty: float | Literal["held-out"] = "held-out",
        penalties: Sequence[float] = (0.1, 1.0, 10.0),
        ridge: float = 1e-2,
        held_out: float = 0.1,
        batch: bool = False,
        random_state: int = 0,
    ) -> None:
        self.rank = rank
        self.ranks = ranks
        self.n_iter_max = n_iter_max
        self.tol = tol
        self.init = init
        self.non_negative = non_negative
        self.smooth = smooth
        self.penalty = penalty
        self.penalties = penalties
        self.ridge = ridge
        self.held_out = held_out
        self.batch = batch
        self.random_state = random_state

    def _check(self, x: Array) -> None:
        modes = x.ndim - 1
        wrong = [mode for mode in self.smooth if not 0 <= mode < modes]
        if wrong:
            raise ValueError(f"mode {wrong[0]} is to be smooth, but modes are 0 to {modes - 1}")
        if self.smooth and self.non_negative:
            raise ValueError("factors are smooth or non-negative, not both: leave one out")

    def _chosen(self, x: Array, seen: Array | None) -> Shape:
        """Rank and penalty, each chosen with the other given."""
        self._check(x)
        first = self.penalties[0] if self.penalty == "held-out" else float(self.penalty)
        start = first if self.smooth else 0.0
        if self.rank == "evbmf":
            found = evbmf_ranks(x)
            self.choices_.append(
                f"rank {max(found)}: the most of {found}, those of the unfoldings above noise"
            )
            shape = Shape(max(found), start)
        elif self.rank == "held-out":
            options = {rank: Shape(check_cp_rank(rank), start) for rank in sorted(self.ranks)}
            shape = self._by_held_out(x, seen, options, "rank")
        else:
            shape = Shape(check_cp_rank(self.rank), start)
        if not self.smooth or self.penalty != "held-out":
            return shape
        penalties = {penalty: Shape(shape.rank, penalty) for penalty in sorted(self.penalties)}
        return self._by_held_out(x, seen, penalties, "penalty")

    def _decomposed(self, x: Array, seen: Array | None, shape: Shape, sweeps: int) -> tuple[CPTensor, Sweeps]:
        if seen is None and not self.smooth and not self.non_negative:
            return compressed_als(x, shape.rank, self.init, self.random_state, sweeps, self.tol)
        start = start_factors(x, shape.rank, self.init, self.random_state)
        start = [abs(each) for each in start] if self.non_negative else start
        if seen is None and not self.smooth:
            return als(x, start, sweeps, self.tol, columnwise)
        seen = namespace(x).ones_like(x) if seen is None else seen
        return weighted.weighted_als(
            x,
            seen,
            start,
            sweeps,
            self.tol,
            ridge=self.ridge,
            penalties=dict.fromkeys(self.smooth, shape.penalty),
            non_negative=self.non_negative,
        )

    def _keep(self, chosen: Shape, head: Array, factors: list[Array]) -> None:
        self.rank_, self.penalty_ = chosen
        self.weights_, self.factors_ = head, factors

    def _rebuilt(self, head: Array, factors: Sequence[Array]) -> Array:
        return products.rebuilt(head, factors)

    def transform(self, X: Array, mask: Array | None = None) -> Array:
        """Weights of a tensor of the fitted shape on the fitted factors, by least squares, shape (rank,).

        Parameters
        ----------
        X : float array, shape of the fitted one
        mask : bool array, shape of X, optional
        """
        check_is_fitted(self)
        x, seen = stacked(X, self.batch, mask)
        check_shape(x, self._parts.factors)
        factors = [transposed(factor) for factor in self._parts.factors]
        if seen is None:
            gram = hadamard([factor @ transposed(factor) for factor in factors])
        else:
            pairs = weighted.Pairs(x, factors[0].shape[1])
            gram = pairs.matrices(products.inner(seen, [pairs.of(each) for each in factors])[..., None])[:, 0]
        return one_or_all(solve_positive(gram, products.inner(x, factors)[..., None])[..., 0], self.batch)
