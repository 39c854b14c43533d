"""Sets whose votes were recorded, which can be asked for one by one, and test rows with true labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.preprocessing import normalize

from benchmarks.trinity import data
from benchmarks.trinity.data import Parts
from etl.crowd import simulate
from etl.crowd.votes import Votes, encode
from etl.engine.types import Array, Csr
from etl.hashing import mix
from models.crowd.confusion_steps import confusions
from models.crowd.ties import one_hot

REDUNDANCY = 5
"""Votes of each article."""
KNOWN = 10
"""Votes of a recorded worker, at least, whose confusion is drawn."""


@dataclass(frozen=True)
class Recorded:
    """Rows, their true labels, and votes in the order in which they are revealed.

    Attributes
    ----------
    X, test : matrix, shape (n, d)
    truth, test_truth : int64 array, shape (n,)
    votes : Votes
        All of them; those of an item lie in the order of their answers.
    """

    X: Array | Csr
    truth: Array
    test: Array | Csr
    test_truth: Array
    votes: Votes

    @property
    def most(self) -> np.ndarray:
        """Votes of each item."""
        return np.diff(self.votes.starts)

    def revealed(self, asked: np.ndarray) -> Votes:
        """The first votes of each item, so many of each; items without votes are there too."""
        votes = self.votes
        rank = np.arange(len(votes)) - votes.starts[votes.task]
        starts = np.concatenate([[0], np.cumsum(asked)])
        kept = votes.flat[rank < asked[votes.task]]
        return Votes(starts, kept, votes.tasks, votes.workers, votes.labels)


def read(name: str, folder: Path, seed: int) -> Recorded:
    """A set by its name, with the order of answers by the seed; of articles, the workers too.

    Parameters
    ----------
    name : {"labelme", "polarity", "nyt"}
    folder : Path
        Directory with labelme, sentiment_polarity and text/nyt.
    seed : int
    """
    X, test, parts = {"labelme": labelme, "polarity": polarity, "nyt": nyt}[name](folder, seed)
    votes = encode(parts.votes)
    order = np.lexsort((mix(np.arange(len(votes)), seed), votes.task))
    shuffled = Votes(votes.starts, votes.flat[order], votes.tasks, votes.workers, votes.labels)
    return Recorded(X, parts.truth, test, parts.test_truth, shuffled)


def labelme(folder: Path, seed: int) -> tuple[Array, Array, Parts]:
    """Images as features of VGG16, rows of length 1; 59 workers, 8 classes."""
    parts = data.labelme(folder, np.random.default_rng(seed))
    return normalize(parts.items), normalize(parts.test), parts


def polarity(folder: Path, seed: int) -> tuple[Csr, Csr, Parts]:
    """Sentences of film reviews as tf-idf of words and pairs of them; 203 workers, 2 classes."""
    parts = data.polarity(folder, np.random.default_rng(seed))
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return words.fit_transform(parts.items), words.transform(parts.test), parts


def nyt(folder: Path, seed: int) -> tuple[Csr, Csr, Parts]:
    """Articles as tf-idf of counts, and workers simulated by confusions of LabelMe's; 12 classes.

    LabelMe's 8 classes and, once more, 4 of them stand for the 12 in an order drawn by the seed; copies of a
    class are never taken for each other.
    """
    at, rng = folder / "text" / "nyt", np.random.default_rng(seed)
    weigh = TfidfTransformer(sublinear_tf=True)
    X = weigh.fit_transform(sp.load_npz(at / "train_bow.npz").astype("float32").tocsr())
    test = weigh.transform(sp.load_npz(at / "test_bow.npz").astype("float32").tocsr())
    truth, known = (np.loadtxt(at / f"{part}_labels.txt", dtype=int) for part in ("train", "test"))
    real = _confusions(data.labelme(folder, rng))
    stands = rng.permutation(np.concatenate([np.arange(8), rng.choice(8, 4, replace=False)]))
    copies = (stands[:, None] == stands) & ~np.eye(12, dtype=bool)
    drawn = np.where(copies, 0.0, real[:, stands][:, :, stands])
    drawn /= drawn.sum(axis=2, keepdims=True)
    return X, test, Parts([], truth, [], known, simulate.votes(truth, drawn, REDUNDANCY, rng))


def _confusions(parts: Parts) -> np.ndarray:
    """Of workers who voted often, (workers, true labels, labels), by the true labels."""
    votes = encode(parts.votes)
    found = confusions(votes, one_hot(parts.truth, len(votes.labels)), 3.0, "uniform").confusion
    return found.transpose(0, 2, 1)[np.bincount(votes.worker, minlength=len(found)) >= KNOWN]
