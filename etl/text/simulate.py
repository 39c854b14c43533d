"""Documents of known topics, as latent Dirichlet allocation makes them: of any size, the same however cut.

Source: Blei, Ng and Jordan, "Latent Dirichlet allocation", JMLR 3, 2003, section 3. Documents are drawn in
blocks of a fixed size, each with a generator of its own, so a piece needs no other.
"""

import functools
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix, vstack

from etl.engine import Engine, choose
from etl.engine.types import Csr
from etl.executors import Executor, Threads
from etl.pieces import Pieces
from etl.text import kernels
from etl.text.counts import placed
from etl.text.simulate_kernels import alias_tables, draw_words

BLOCK = 4096
"""Documents drawn together."""


@dataclass(frozen=True)
class Design:
    """What a corpus is drawn from.

    Attributes
    ----------
    words, topics : int
    alpha0 : float
        Sum of the Dirichlet parameters of a document's shares of topics; the first topic has three times the
        parameter of the last.
    length : float
        Tokens of a document in the mean; they are log-normal, rounded, and at least one.
    seed : int
    spread : float
        Standard deviation of a length's logarithm.
    concentration : float
        Topics are Dirichlet with this times Zipf's shares.
    shift : float
        Added to a word's rank in Zipf's shares (Mandelbrot). Of 10,000 words, 300 and 20 make topics of some
        360 effective ones (the exponential of the entropy).
    """

    words: int
    topics: int
    alpha0: float
    length: float
    seed: int = 0
    spread: float = 0.5
    concentration: float = 300.0
    shift: float = 20.0

    @property
    def base(self) -> np.ndarray:
        """Shares of words in all topics together: one over the rank, shifted."""
        shares = 1.0 / (np.arange(1, self.words + 1) + self.shift)
        return shares / shares.sum()


@dataclass(frozen=True)
class Known:
    """The truth: ``topics``, shares of words, shape (topics, words), and ``alpha``, shape (topics,)."""

    topics: np.ndarray
    alpha: np.ndarray


def corpus(
    documents: int, words: int, topics: int, alpha0: float, length: float, seed: int = 0, first: int = 0
) -> tuple[csr_matrix, Known]:
    """Counts of documents, and what they were drawn from.

    Parameters
    ----------
    documents : int
        How many to draw.
    words, topics, alpha0, length, seed
        See `Design`.
    first : int
        Number of the first of them: the same document has the same counts, whatever is drawn beside it.

    Returns
    -------
    counts : csr_matrix of int32, shape (documents, words)
        Indices are sorted.
    truth : Known

    Examples
    --------
    >>> counts, truth = corpus(5, words=100, topics=3, alpha0=1.0, length=20, seed=1)
    >>> rest, _ = corpus(3, words=100, topics=3, alpha0=1.0, length=20, seed=1, first=2)
    >>> counts.shape, truth.topics.shape, (counts[2:] != rest).nnz
    ((5, 100), (3, 100), 0)
    """
    design = Design(words, topics, alpha0, length, seed)
    return draw((first, documents), design), known(design)


def pieces(
    documents: int,
    design: Design,
    size: int = 8 * BLOCK,
    engine: Engine | None = None,
    executor: Executor | None = None,
) -> Pieces:
    """The same counts as `Pieces` that are drawn where and when they are asked for, each time anew.

    Parameters
    ----------
    documents : int
    design : Design
    size : int
        Documents of a piece; multiples of `BLOCK` waste no work.
    engine : Engine, optional
        Where the counts are held; the CPU by default.
    executor : Executor, optional
        Of the pieces; this thread by default.
    """
    items = [(first, min(size, documents - first)) for first in range(0, documents, size)]
    step = partial(_drawn, design=design, engine=engine or choose("cpu"))
    return Pieces(items, (("simulate", step),), executor or Threads(1))


def draw(span: tuple[int, int], design: Design) -> csr_matrix:
    """Counts of a span of documents.

    Parameters
    ----------
    span : (int, int)
        Number of the first document, and how many there are.
    design : Design

    Returns
    -------
    csr_matrix of int32, shape (documents, words)
    """
    first, documents = span
    parts = []
    for block in range(first // BLOCK, -(-(first + documents) // BLOCK)):
        begin = block * BLOCK
        rows = slice(max(first - begin, 0), min(first + documents - begin, BLOCK))
        parts.append(_block(block, design)[rows])
    if not parts:
        return csr_matrix((0, design.words), dtype="int32")
    return vstack(parts, format="csr") if len(parts) > 1 else parts[0]


@functools.lru_cache(maxsize=2)
def known(design: Design) -> Known:
    """Topics and Dirichlet parameters of a design."""
    rng = np.random.default_rng(np.random.SeedSequence(design.seed))
    weight = np.linspace(1.5, 0.5, design.topics) if design.topics > 1 else np.ones(1)
    topics = rng.dirichlet(design.concentration * design.base, design.topics)
    return Known(topics, design.alpha0 * weight / weight.sum())


@functools.lru_cache(maxsize=2)
def _aliases(design: Design) -> tuple[np.ndarray, np.ndarray]:
    return alias_tables(known(design).topics)


def _drawn(span: tuple[int, int], design: Design, engine: Engine) -> Csr:
    return placed(draw(span, design), engine)


def _block(block: int, design: Design) -> csr_matrix:
    """All documents of a block."""
    rng = np.random.default_rng(np.random.SeedSequence(design.seed, spawn_key=(block,)))
    middle = np.log(design.length) - design.spread**2 / 2
    lengths = np.maximum(np.rint(rng.lognormal(middle, design.spread, BLOCK)), 1).astype("int64")
    shares = rng.dirichlet(known(design).alpha, BLOCK).cumsum(axis=1)
    starts = np.concatenate([[0], lengths.cumsum()])
    topic_draws, word_draws = rng.random(starts[-1]), rng.random(starts[-1])
    tokens = draw_words(starts, shares, *_aliases(design), topic_draws, word_draws)
    columns = np.arange(design.words, dtype="int32")
    indptr, indices, data = kernels.count(tokens, starts, columns, design.words)
    return csr_matrix((data, indices, indptr), shape=(BLOCK, design.words)).tocsc().tocsr()
