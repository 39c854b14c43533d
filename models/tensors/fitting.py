"""What the estimators of decompositions share: fits, choices by held-out entries, and how a fit went."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, NamedTuple, Self, TypeVar

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Array
from models.tensors.arrays import namespace, read
from models.tensors.batches import squared_norm
from models.tensors.held_out import Option, best_of, rmse, split
from models.tensors.inputs import stacked
from models.tensors.sweeps import Sweeps

Chosen = TypeVar("Chosen")
"""What a subclass chooses before it fits, such as its ranks."""
SEARCH = 20
"""Sweeps that an option is judged after."""
CANCELS = 1e-5
"""Residuals below this are not left to the difference of norms, which loses half the digits."""


class Parts(NamedTuple):
    """Weights or core, and factors, of a batch."""

    head: Array
    factors: list[Array]


class Decomposition(BaseEstimator, Generic[Chosen]):
    """Weights or a core, and a factor a mode; a subclass says what is chosen, fitted and rebuilt."""

    batch: bool
    n_iter_max: int
    tol: float
    held_out: float
    random_state: int

    def fit(self, X: Array, mask: Array | None = None) -> Self:
        """Find the parts.

        Parameters
        ----------
        X : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
        mask : bool array, shape of X, optional
            True where X was seen; elsewhere it may hold anything.

        Raises
        ------
        ValueError
            X is complex, has fewer than two modes, an empty one or NaN that the mask does not cover; a rank
            does not fit; a mode that is named is not there.
        """
        x, seen = stacked(X, self.batch, mask)
        self.choices_: list[str] = []
        chosen = self._chosen(x, seen)
        found, sweeps = self._decomposed(x, seen, chosen, self.n_iter_max)
        self._parts = Parts(*found)
        self._keep(chosen, *(one_or_all(each, self.batch) for each in self._parts))
        left = sweeps.residual
        if read([left.min()])[0] < CANCELS:
            left = residuals(x, seen, self._rebuilt(*self._parts))
        self.residual_ = number_or_all(left, self.batch)
        self.n_iter_, self.stop_reason_ = ending(sweeps, self.n_iter_max, self.tol)
        return self

    def _chosen(self, x: Array, seen: Array | None) -> Chosen:
        raise NotImplementedError

    def _decomposed(
        self, x: Array, seen: Array | None, chosen: Chosen, sweeps: int
    ) -> tuple[tuple[Array, list[Array]], Sweeps]:
        raise NotImplementedError

    def _keep(self, chosen: Chosen, head: Array, factors: list[Array]) -> None:
        """Name what was chosen and found."""
        raise NotImplementedError

    def _rebuilt(self, head: Array, factors: Sequence[Array]) -> Array:
        """The whole tensors of a batch."""
        raise NotImplementedError

    def _by_held_out(
        self, x: Array, seen: Array | None, options: Mapping[Option, Chosen], what: str
    ) -> Chosen:
        """The option of the least error on entries that were hidden, by its name."""
        seen = namespace(x).ones_like(x) if seen is None else seen
        learnt, held, how = split(seen, self.held_out, self.random_state)

        def judge(name: Option) -> float:
            found, _ = self._decomposed(x * learnt, learnt, options[name], min(SEARCH, self.n_iter_max))
            return read([rmse(x, held, self._rebuilt(*found))])[0]

        best = best_of(options, judge, what)
        self.choices_.append(f"{best.reason}; on {how}")
        return options[best.option]

    def inverse_transform(self, head: Array | None = None) -> Array:
        """The whole tensor of weights or of a core, by default the fitted ones.

        Parameters
        ----------
        head : float array, shape (rank,) of CP, (r_1, ..., r_N) of Tucker, optional
        """
        check_is_fitted(self)
        if head is None:
            head = self._parts.head
        elif not self.batch:
            head = head[None]
        return one_or_all(self._rebuilt(head, self._parts.factors), self.batch)


def residuals(x: Array, seen: Array | None, whole: Array) -> Array:
    """Relative residuals over what was seen, from the whole tensors, shape (tensors,).

    Parameters
    ----------
    x, whole : float arrays, shape (tensors, n_1, ..., n_N)
    seen : float array of that shape, optional
    """
    xp = namespace(x)
    left = x - whole if seen is None else seen * (x - whole)
    tiny = float(xp.finfo(x.dtype).tiny)
    return xp.sqrt(squared_norm(left) / xp.clip(squared_norm(x), tiny, None))


def ending(sweeps: Sweeps, n_iter_max: int, tol: float) -> tuple[int, str]:
    """Sweeps of the tensor that took the most, and why they ended.

    Parameters
    ----------
    sweeps : Sweeps
    n_iter_max : int
    tol : float
    """
    most, done = read([sweeps.n_iter.max(), (sweeps.done * 1.0).sum()])
    count = sweeps.residual.shape[0]
    if done == count:
        return int(most), f"the residual changed by less than tol={tol:g}"
    some = f" of {count - int(done)} of {count} tensors" if count > 1 else ""
    return int(most), f"all sweeps{some} were made (n_iter_max={n_iter_max})"


def one_or_all(values: Array | Sequence[Array], batch: bool) -> Any:
    """Arrays, or lists of them, of the one tensor where there is no batch.

    Parameters
    ----------
    values : array or sequence of arrays
    batch : bool
    """
    if isinstance(values, Sequence):
        return [one_or_all(each, batch) for each in values]
    return values if batch else values[0]


def number_or_all(values: Array, batch: bool) -> Any:
    """A Python number for one tensor, an array of them for a batch.

    Parameters
    ----------
    values : float array, shape (tensors,)
    batch : bool
    """
    return values if batch else read([values[0]])[0]


def check_shape(x: Array, factors: Sequence[Array]) -> None:
    """Refuse tensors that are not of the fitted shape.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : sequence of float arrays, shape (tensors, n_k, rank)

    Raises
    ------
    ValueError
        They are not.
    """
    wanted = tuple(factor.shape[1] for factor in factors)
    if tuple(x.shape[1:]) != wanted or x.shape[0] != factors[0].shape[0]:
        raise ValueError(f"the tensor has shape {tuple(x.shape[1:])}, the fitted one {wanted}")
