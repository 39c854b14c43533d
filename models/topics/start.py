"""Topics before any look at documents' mixtures, by the tensor."""

import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from etl.pieces import Pieces
from models.topics import alpha0 as sum_rule
from models.topics import clusters, decompose, moments, recover, whiten
from models.topics.documents import keep


@dataclass
class Start:
    """Topics to begin with, and what the moments say of the documents.

    Attributes
    ----------
    topics : array, shape (k, words)
    alpha : array, shape (k,)
    model_holds : bool
        The alphas recovered add up to alpha0.
    residual : float or None
        Share of the whitened third moment that the components leave.
    spectrum : array, shape (m,)
        Eigenvalues of the scaled second moment.
    choices : list of str
        Automatic choices and their reasons.
    seconds : dict of float
        CPU seconds by stage.
    noise, burstiness : float or None
        See `models.topics.tensor_lda.TensorLDA`.
    """

    topics: Any
    alpha: Any
    model_holds: bool = False
    residual: float | None = None
    spectrum: Any = None
    alpha0: float | None = None
    choices: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    noise: float | None = None
    burstiness: float | None = None


@dataclass(frozen=True)
class Settings:
    """How moments are taken: see `models.topics.tensor_lda.TensorLDA`."""

    topics: int
    alpha0: float | None
    cap: float | None
    power: float
    passes: int
    restarts: int
    method: str
    seed: int
    gather: bool = False


def _add(one: Any, other: Any) -> Any:
    return one + other


def moment_start(pieces: Pieces, how: Settings) -> Start:
    """Topics by the method of moments."""
    clock = Clock()
    bags, total = summed(pieces, how.cap)
    clock.mark("count")
    sketch = whiten.sketch(bags, total, how.power, how.topics, how.passes, how.seed)
    enough(sketch, how.topics)
    clock.mark("moments")
    alpha0, reason = how.alpha0, ""
    if alpha0 is None and how.cap is None:
        alpha0, reason = sum_rule.find(sketch, how.topics, how.restarts, how.seed)
    elif alpha0 is None:
        alpha0, reason = sum_rule.TEXT, f"alpha0: {sum_rule.TEXT}, as for bursty text no value fits"
    whitened = whiten.whiten(sketch, alpha0, how.topics)
    found = decompose.METHODS[how.method](whitened.T, restarts=how.restarts, seed=how.seed)
    clock.mark("decompose")
    got = recover.recover(sketch, whitened, found, alpha0)
    clock.mark("recover")
    holds = how.cap is None and abs(float(got.alpha.sum()) / alpha0 - 1) < 0.05
    topics = got.topics
    if how.gather:
        W = sketch.W @ whitened.turn.astype(sketch.U.dtype)
        centres = clusters.reassign(bags, W, found.V.T.astype(W.dtype))
        topics, _ = clusters.words(pieces, how.cap, W, centres)
        clock.mark("gather")
    return Start(
        topics,
        got.alpha,
        holds,
        found.residual,
        sketch.values,
        alpha0,
        [reason] * bool(reason),
        clock.seconds,
    )


def summed(pieces: Pieces, cap: float | None) -> tuple[Pieces, moments.Sums]:
    """Prepared pieces, kept where they lie, and their sums."""
    bags = keep(pieces.map("prepare", partial(moments.prepare, cap=cap, by_length=True)))
    total = bags.reduce(moments.sums, _add)
    if float(total.weight[2]) == 0:
        raise ValueError(
            "no document has three words, so there is no third moment; "
            "pass longer documents, or take start='random'"
        )
    return bags, total.normal()


def enough(sketch: whiten.Sketch, topics: int) -> None:
    """Refuse more topics than the second moment has directions."""
    rank = len(sketch.values)
    floor = 1e-6 * float(sketch.values[0]) if rank else 0.0
    rank = int((sketch.values > floor).sum()) if rank else 0
    if rank < topics:
        raise ValueError(
            f"n_components is {topics}, but words of these documents go together in {rank} ways only; "
            f"take n_components={max(rank, 1)} or less, or more documents"
        )


class Clock:
    """CPU seconds of this process between marks."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def mark(self, name: str) -> None:
        """Book what was spent since the last mark."""
        now = time.process_time()
        self.seconds[name], self._last = round(now - self._last, 3), now
