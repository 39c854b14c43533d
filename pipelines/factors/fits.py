"""A decomposition of either kind, and the units in which it was learnt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from etl.engine import array_namespace
from etl.engine.types import Array
from models.tensors.coordinates import cp_rows, tucker_rows
from models.tensors.cp_estimator import CP
from models.tensors.operations import cp_to_tensor, tucker_to_tensor
from models.tensors.tucker_estimator import Tucker

Method = Literal["cp", "tucker"]
SWEEPS = 200
"""Of a fit, at most."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What a tensor is made of.

    Attributes
    ----------
    method : {"cp", "tucker"}
    head : float array, shape (rank,) or (r_1, ..., r_N)
        Weights, or the core.
    factors : list of float arrays, shape (n_k, r_k)
    steps : int
    ended : str
        Why there were no more.
    """

    method: Method
    head: Array
    factors: list[Array]
    steps: int = 0
    ended: str = ""

    @property
    def parameters(self) -> int:
        """Numbers that it is made of."""
        return int(self.head.size) + sum(int(factor.size) for factor in self.factors)

    def whole(self) -> Array:
        """All cells, shape (n_1, ..., n_N)."""
        make = cp_to_tensor if self.method == "cp" else tucker_to_tensor
        return make((self.head, self.factors))

    def rows(self, codes: list[Array]) -> Array:
        """What the first mode's factors are multiplied with at cells, by places on the other modes."""
        return (cp_rows if self.method == "cp" else tucker_rows)(self.head, self.factors[1:], codes)


class Shape(NamedTuple):
    """What is chosen of a decomposition.

    Attributes
    ----------
    method : {"cp", "tucker"}
    rank : int
        Of tucker at most each mode's size.
    smooth : int, optional
        Mode whose neighbours are alike, of cp.
    penalty : float
        Of squared differences of neighbours; see `models.tensors.weighted`.
    """

    method: Method
    rank: int
    smooth: int | None = None
    penalty: float = 0.0


def decompose(shape: Shape, X: Array, seen: Array, seed: int, most: int = SWEEPS) -> Parts:
    """A fit to what is seen, after at most so many sweeps."""
    if shape.method == "cp":
        smooth = () if shape.smooth is None or not shape.penalty else (shape.smooth,)
        cp = CP(shape.rank, smooth=smooth, penalty=shape.penalty, n_iter_max=most, random_state=seed)
        cp.fit(X, mask=seen)
        return Parts("cp", *oriented(cp.weights_, cp.factors_), int(cp.n_iter_), cp.stop_reason_)
    ranks = [min(shape.rank, size) for size in X.shape]
    found = Tucker(ranks, n_iter_max=most, random_state=seed).fit(X, mask=seen)
    return Parts("tucker", found.core_, list(found.factors_), int(found.n_iter_), found.stop_reason_)


def oriented(weights: Array, factors: Sequence[Array]) -> tuple[Array, list[Array]]:
    """Components from the heaviest; of all factors but the first, sums are positive."""
    xp = array_namespace(weights)
    heavy = xp.argsort(-weights)
    turned, signs = list[Array](), 1.0
    for factor in factors[1:]:
        own = xp.where(factor.sum(axis=0) < 0, -1.0, 1.0)
        turned.append((factor * own)[:, heavy])
        signs = signs * own
    return weights[heavy], [(factors[0] * signs)[:, heavy], *turned]


class Units(NamedTuple):
    """What is taken off values, and what they are divided by: arrays that spread over the tensor."""

    centre: Array
    spread: Array

    def to(self, values: Array) -> Array:
        """Values as they are decomposed."""
        return (values - self.centre) / self.spread

    def back(self, values: Array) -> Array:
        """Values as the table has them."""
        return values * self.spread + self.centre

    def at(self, codes: list[Array]) -> "Units":
        """Those of cells, by places on each mode."""
        sizes = self.centre.shape
        places = tuple(code if size > 1 else code * 0 for code, size in zip(codes, sizes, strict=True))
        return Units(self.centre[places], self.spread[places])


def units_of(values: Array, mode: int | None, method: Method) -> Units:
    """Units by which all are divided, or of each label of a mode its mean and standard deviation.

    Without a mode, nothing is taken off for cp, so that components are those of the values themselves; for
    tucker, whose gaps begin as zeros, their mean is.
    """
    xp = array_namespace(values)
    axes = tuple(each for each in range(values.ndim) if each != mode)
    seen = values == values
    count = xp.maximum(seen.sum(axes, keepdims=True), 1)
    known = xp.where(seen, values, 0.0)
    centre = known.sum(axes, keepdims=True) / count
    centre = xp.zeros_like(centre) if mode is None and method == "cp" else centre
    square = xp.where(seen, values - centre, 0.0) ** 2
    spread = xp.sqrt(square.sum(axes, keepdims=True) / count)
    return Units(centre, xp.where(spread > 0, spread, 1.0))
