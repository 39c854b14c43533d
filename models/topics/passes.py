"""The passes of `models.topics.refine` over pieces, whole or from disk, here or on a cluster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from etl.executors import Threads
from etl.pass_store import PassStore
from etl.pieces import Pieces, Step
from models.topics import refine
from models.topics.refine import Expected

RELAX = 1.8
"""Exponent of a pass's change, from the second on; plain EM is 1 (Salakhutdinov and Roweis, "Adaptive
overrelaxed bound optimization methods", ICML 2003)."""


@dataclass
class Refined:
    """Topics and what led to them.

    Attributes
    ----------
    B : array, shape (words, k)
        Columns sum to one.
    words : array, shape (words, k)
        Expected tokens of the last pass.
    history : list of float
        Log likelihood a token, before each pass's step.
    stop_reason : str
    """

    B: Any
    words: Any = None
    history: list[float] = field(default_factory=list)
    stop_reason: str = ""


def run(
    pieces: Pieces,
    B: Any,
    alpha: Any,
    *,
    tokens: float,
    n_iter: int,
    first: int,
    tol: float,
    eta: float,
    shelf: PassStore | None = None,
    watch: Callable[[int, Any], None] | None = None,
) -> Refined:
    """Pass over all documents ``n_iter`` times, or until a pass gains less than ``tol`` a token.

    Parameters
    ----------
    pieces : Pieces of CSR of float32
    B : array, shape (words, k)
    first : int
        Steps of each mixture in the first pass; one in each later one.
    shelf : Shelf
        Where mixtures are kept between passes.
    watch : function of (pass, B), optional
        Called after each pass.
    """
    shelf, found = shelf or PassStore(), Refined(B)
    numbered = replace(pieces, items=list(enumerate(pieces.items)), steps=())
    relax = RELAX
    for turn in range(n_iter):
        work = partial(
            _pass,
            steps=pieces.steps,
            shelf=shelf,
            turn=turn,
            alpha=alpha,
            B=found.B,
            inner=1 if turn else first,
        )
        expected = numbered.reduce(work, _add)
        found.history.append(expected.loss / tokens)
        if turn > 1 and found.history[-1] < found.history[-2]:
            relax = 1.0  # the long steps overshot
        new = refine.topics(found.B, expected.words, eta, relax if turn else 1.0)
        found.words, found.B = found.B * expected.words, new
        if watch:
            watch(turn + 1, found.B)
        if turn > 1 and 0 <= found.history[-1] - found.history[-2] < tol:
            found.stop_reason = f"the last pass gained less than tol ({tol:g}) a token"
            return found
    found.stop_reason = f"n_iter ({n_iter}) passes were made"
    return found


def _add(one: Expected, other: Expected) -> Expected:
    return one + other


def _pass(
    item: tuple[int, Any],
    steps: tuple[Step, ...],
    shelf: PassStore,
    turn: int,
    alpha: Any,
    B: Any,
    inner: int,
) -> Expected:
    number, X = item
    for _, function in steps:
        X = function(X)
    gamma = shelf.get(number, turn - 1) if turn else refine.begin(X, alpha)
    expected, gamma = refine.step(X, gamma, alpha, B, inner)
    shelf.put(number, turn, gamma)
    return expected


@contextmanager
def shelf(pieces: Pieces, scratch: Path | None) -> Iterator[PassStore]:
    """Where mixtures wait: in memory for threads of this process, else in a folder."""
    if isinstance(pieces.executor, Threads) and scratch is None:
        yield PassStore()
        return
    with TemporaryDirectory(dir=scratch, prefix="mixtures-") as folder:
        yield PassStore(Path(folder))


def fit_alpha(X: Any, B: Any, alpha: Any, turns: int = 12) -> Any:
    """alpha of the mixtures of some documents, with topics as they are, (k,).

    Mixtures that a few passes have not brought to rest look more mixed than they are; these are brought
    there.
    """
    gamma = refine.begin(X, alpha)
    for turn in range(turns):
        expected, gamma = refine.step(X, gamma, alpha, B, 4 if turn else 10)
        alpha = refine.prior(alpha, expected.logs, expected.documents)
    return alpha


def mixtures(X: Any, B: Any, alpha: Any, n_iter: int) -> Any:
    """Share of each topic in each document of a piece, (documents, k) of float32, rows sum to one."""
    _, gamma = refine.step(X, refine.begin(X, alpha), alpha, B, n_iter)
    return gamma / gamma.sum(axis=1, keepdims=True)
