"""Completion of a tensor by a smooth CP decomposition and by neighbours along an ordered axis."""

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Array
from models.tensors.arrays import namespace, permuted, read
from models.tensors.cp_estimator import CP
from models.tensors.fitting import SEARCH, number_or_all, one_or_all, residuals
from models.tensors.held_out import best_of, rmse, split
from models.tensors.inputs import check_cp_rank, stacked
from models.tensors.local import SETTINGS, carried

MERGED_RIDGE = 0.1
"""Of a decomposition with a merged axis, which has a row for each of its many places."""


class Setting(NamedTuple):
    """What is chosen: form, rank, and the two parameters of `models.tensors.local.carried`."""

    merged: bool
    rank: int
    stiffness: float = 0.0
    pull: float = 0.0


class Completion(BaseEstimator):
    """Missing entries from a CP decomposition and from neighbours along an ordered axis.

    A decomposition knows how modes go together, such as what a sensor shows at a time of day; neighbours in
    time know what is different today. The decomposition is fitted first, and its remainders are carried over
    to missing entries, the less the further. Rank and parameters are those of the least error on entries
    that were held out, in the manner that entries are missing.

    Parameters
    ----------
    along : sequence of int
        Modes that in this order are one ordered axis, the last the fastest, such as day and minute. With
        none, nothing is carried over.
    rank : int or "held-out"
    ranks : sequence of int
        Tried by ``held-out``, from the least; the search ends after two that are no better.
    smooth : sequence of int
        Modes whose neighbouring rows are alike; see `models.tensors.cp_estimator.CP`.
    penalty, ridge : float
    n_iter_max : int
    tol : float
    held_out : float
        Share of the seen entries that choices are made by.
    random_state : int

    Attributes
    ----------
    weights_, factors_ : array, list of arrays
        Of the decomposition; with a merged axis its factor comes last.
    local_ : array, shape of X
        Remainders that were carried over.
    setting_ : Setting
    residual_ : float
        Of the decomposition, over the entries that were seen.
    choices_ : list of str
        Automatic choices, each with its reason.
    n_iter_, stop_reason_ : int, str

    Examples
    --------
    >>> import numpy as np
    >>> X = np.einsum("i,j->ij", np.arange(1.0, 7), np.ones(8))
    >>> mask = np.arange(48).reshape(6, 8) % 5 > 0
    >>> model = Completion(along=(1,), rank=1).fit(X, mask)
    >>> bool(np.abs(model.transform(X, mask) - X).max() < 0.5)
    True
    """

    def __init__(
        self,
        along: Sequence[int] = (),
        rank: int | Literal["held-out"] = "held-out",
        *,
        ranks: Sequence[int] = (2, 4, 8, 16, 32),
        smooth: Sequence[int] = (),
        penalty: float = 1.0,
        ridge: float = 2e-2,
        n_iter_max: int = 50,
        tol: float = 1e-5,
        held_out: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.along = along
        self.rank = rank
        self.ranks = ranks
        self.smooth = smooth
        self.penalty = penalty
        self.ridge = ridge
        self.n_iter_max = n_iter_max
        self.tol = tol
        self.held_out = held_out
        self.random_state = random_state

    def fit(self, X: Array, mask: Array | None = None) -> Self:
        """Choose the setting by held-out entries, then fit all that were seen.

        Parameters
        ----------
        X : float array, shape (n_1, ..., n_N)
        mask : bool array, shape of X, optional
            True where X was seen; elsewhere it may hold anything.

        Raises
        ------
        ValueError
            X or mask are what `models.tensors.inputs.stacked` refuses, or an ordered mode is not there.
        """
        x, seen = stacked(X, False, mask)
        seen = namespace(x).ones_like(x) if seen is None else seen
        if sorted(set(self.along)) != sorted(self.along) or not set(self.along) <= set(range(X.ndim)):
            raise ValueError(f"along={tuple(self.along)} is not made of different modes of 0 to {X.ndim - 1}")
        self.setting_ = self._chosen(x, seen)
        model = self._fitted(x, seen, self.setting_, self.n_iter_max)
        self._whole = self._rebuilt(model, self.setting_, x)
        self._local = self._carried(x, seen, self._whole, self.setting_)
        self.weights_, self.factors_, self.local_ = model.weights_, model.factors_, self._local[0]
        self.residual_ = number_or_all(residuals(x, seen, self._whole), False)
        self.n_iter_, self.stop_reason_ = model.n_iter_, model.stop_reason_
        return self

    def _fitted(self, x: Array, seen: Array, setting: Setting, sweeps: int) -> CP:
        """A decomposition of the tensor, or of the one with a merged axis."""
        model = CP(
            setting.rank,
            smooth=() if setting.merged else self.smooth,
            penalty=self.penalty,
            ridge=MERGED_RIDGE if setting.merged else self.ridge,
            n_iter_max=sweeps,
            tol=self.tol,
            random_state=self.random_state,
        )
        if setting.merged:
            return model.fit(self._lines(x)[0], self._lines(seen)[0])
        return model.fit(x[0], seen[0])

    def _rebuilt(self, model: CP, setting: Setting, like: Array) -> Array:
        whole = model.inverse_transform()[None]
        return self._unlined(whole, like) if setting.merged else whole

    def _chosen(self, x: Array, seen: Array) -> Setting:
        """The best setting of each rank and form, then of all."""
        learnt, held, how = split(seen, self.held_out, self.random_state)
        best: dict[Setting, tuple[float, Setting]] = {}

        def judge(rank: int, merged: bool) -> float:
            plain = Setting(merged, check_cp_rank(rank))
            whole = self._rebuilt(self._fitted(x, learnt, plain, SEARCH), plain, x)
            pairs = SETTINGS if self.along else [(0.0, 0.0)]
            settings = [plain._replace(stiffness=stiffness, pull=pull) for stiffness, pull in pairs]
            filled = [whole + self._carried(x * learnt, learnt, whole, each) for each in settings]
            errors = read([rmse(x, held, each) for each in filled])
            best[plain] = min(zip(errors, settings, strict=True))
            return best[plain][0]

        ranks = sorted(self.ranks) if self.rank == "held-out" else [self.rank]
        forms = (False, True) if 1 < len(self.along) < x.ndim - 1 else (False,)
        self.choices_ = []
        for merged in forms:
            what = f"modes {tuple(self.along)} as one: rank" if merged else "rank"
            found = best_of(ranks, partial(judge, merged=merged), what)
            self.choices_.append(f"{found.reason}; on {how}")
        least, setting = min(best.values())
        self.choices_.append(f"{setting} has the least error, {least:.4g}")
        return setting

    def _order(self, count: int) -> list[int]:
        """Axes with the ordered ones last, the batch first."""
        others = [mode for mode in range(count - 1) if mode not in self.along]
        return [0, *(mode + 1 for mode in (*others, *self.along))]

    def _lines(self, x: Array) -> Array:
        """The tensor with the ordered axis as its last mode."""
        turned = permuted(x, self._order(x.ndim))
        return turned.reshape(*turned.shape[: x.ndim - len(self.along)], -1)

    def _unlined(self, lines: Array, like: Array) -> Array:
        """The tensor, of another's shape, whose lines these are."""
        order = self._order(like.ndim)
        turned = lines.reshape(*(like.shape[axis] for axis in order))
        return permuted(turned, [order.index(axis) for axis in range(like.ndim)])

    def _carried(self, x: Array, seen: Array, whole: Array, setting: Setting) -> Array:
        """Remainders along the ordered axis, zero without one."""
        if not self.along:
            return namespace(x).zeros_like(x)
        left = self._lines(x - whole)
        return self._unlined(carried(left, self._lines(seen), setting.stiffness, setting.pull), x)

    def transform(self, X: Array, mask: Array | None = None) -> Array:
        """The tensor with what is missing filled in; what was seen stays.

        Parameters
        ----------
        X : float array, shape of the fitted one
        mask : bool array, shape of X, optional
        """
        check_is_fitted(self)
        x, seen = stacked(X, False, mask)
        if tuple(x.shape) != tuple(self._whole.shape):
            raise ValueError(f"the tensor has shape {x.shape[1:]}, the fitted one {self._whole.shape[1:]}")
        seen = namespace(x).ones_like(x) if seen is None else seen
        local = self._carried(x, seen, self._whole, self.setting_)
        return one_or_all(seen * x + (1 - seen) * (self._whole + local), False)
