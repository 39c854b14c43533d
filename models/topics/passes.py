"""The passes of `models.topics.refine` over pieces, whole or from disk, here or on a cluster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from etl.engine.types import Array, Csr
from etl.executors import Threads
from etl.pieces import Pieces, Step
from etl.spill import PassStore
from models.topics import refine
from models.topics.refine import Expected

RELAX = 1.8
"""Exponent of a pass's change, from the second on; plain EM is 1 (Salakhutdinov and Roweis, "Adaptive
overrelaxed bound optimization methods", ICML 2003)."""
Watch = Callable[[int, Array], None]
"""Called with a pass's number, from 1, and its topics, shape (words, k)."""


@dataclass
class Refined:
    """Topics and what led to them.

    Attributes
    ----------
    B : array of float32, shape (words, k)
        Columns sum to one.
    words : array of float32, shape (words, k), or None
        Expected tokens of the last pass, if there was one.
    history : list of float
        Log likelihood a token, before each pass's step.
    stop_reason : str
    """

    B: Array
    words: Array = None
    history: list[float] = field(default_factory=list)
    stop_reason: str = ""


def run(
    pieces: Pieces,
    B: Array,
    alpha: Array,
    *,
    tokens: float,
    n_iter: int,
    first: int,
    tol: float,
    eta: float,
    store: PassStore | None = None,
    watch: Watch | None = None,
) -> Refined:
    """Pass over all documents ``n_iter`` times, or until a pass gains less than ``tol`` a token.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    B : array of float32, shape (words, k)
        Topics to begin with; columns sum to one.
    alpha : array of float, shape (k,)
        Dirichlet parameters of the mixtures; they stay.
    tokens : float
        In all documents.
    n_iter : int
    first : int
        Steps of each mixture in the first pass; one in each later one.
    tol : float
        In log likelihood a token.
    eta : float
        Tokens that each word has in each topic beforehand.
    store : PassStore, optional
        Where mixtures are kept between passes; in memory by default.
    watch : function of (pass, B), optional
        Called after each pass.
    """
    store, refined = store or PassStore(), Refined(B)
    numbered = replace(pieces, items=list(enumerate(pieces.items)), steps=())
    relax = RELAX
    for turn in range(n_iter):
        inner = 1 if turn else first
        work = partial(
            _pass, steps=pieces.steps, store=store, turn=turn, alpha=alpha, B=refined.B, inner=inner
        )
        expected = numbered.reduce(work, add)
        refined.history.append(expected.loss / tokens)
        if turn > 1 and refined.history[-1] < refined.history[-2]:
            relax = 1.0  # the long steps overshot
        B = refine.topics(refined.B, expected.words, eta, relax if turn else 1.0)
        refined.words, refined.B = refined.B * expected.words, B
        if watch:
            watch(turn + 1, B)
        if turn > 1 and 0 <= refined.history[-1] - refined.history[-2] < tol:
            refined.stop_reason = f"the last pass gained less than tol ({tol:g}) a token"
            return refined
    refined.stop_reason = f"n_iter ({n_iter}) passes were made"
    return refined


def _pass(
    item: tuple[int, Any],
    steps: tuple[Step, ...],
    store: PassStore,
    turn: int,
    alpha: Array,
    B: Array,
    inner: int,
) -> Expected:
    number, X = item
    for _, function in steps:
        X = function(X)
    gamma = store.get(number, turn - 1) if turn else refine.initial_mixtures(X, alpha)
    expected, gamma = refine.step(X, gamma, alpha, B, inner)
    store.put(number, turn, gamma)
    return expected


@contextmanager
def mixture_store(pieces: Pieces, scratch: Path | None) -> Iterator[PassStore]:
    """Where mixtures wait: in memory for threads of this process, else in a folder.

    Parameters
    ----------
    pieces : Pieces
    scratch : Path or None
        Where the folder is made, even for threads; the place for temporary files by default.

    Yields
    ------
    PassStore
        Its folder is removed at the end.
    """
    if isinstance(pieces.executor, Threads) and scratch is None:
        yield PassStore()
        return
    with TemporaryDirectory(dir=scratch, prefix="mixtures-") as folder:
        yield PassStore(Path(folder))


def fit_alpha(X: Csr, B: Array, alpha: Array, turns: int = 12) -> Array:
    """alpha of the mixtures of some documents, with topics as they are.

    Mixtures that a few passes have not brought to rest look more mixed than they are; these are brought
    there.

    Parameters
    ----------
    X : CSR of float32, shape (documents, words)
    B : array of float32, shape (words, k)
        Columns sum to one.
    alpha : array of float, shape (k,)
        To begin with.
    turns : int
        Of steps of the mixtures and then of alpha.

    Returns
    -------
    array of float64, shape (k,)
    """
    gamma = refine.initial_mixtures(X, alpha)
    for turn in range(turns):
        expected, gamma = refine.step(X, gamma, alpha, B, 4 if turn else 10)
        alpha = refine.prior(alpha, expected.logs, expected.documents)
    return alpha


def mixtures(X: Csr, B: Array, alpha: Array, n_iter: int) -> Array:
    """Share of each topic in each document of a piece.

    Parameters
    ----------
    X : CSR of float32, shape (documents, words)
    B : array of float32, shape (words, k)
        Columns sum to one.
    alpha : array of float, shape (k,)
    n_iter : int
        Steps of each mixture.

    Returns
    -------
    array of float32, shape (documents, k)
        Rows sum to one.
    """
    _, gamma = refine.step(X, refine.initial_mixtures(X, alpha), alpha, B, n_iter)
    return gamma / gamma.sum(axis=1, keepdims=True)
