"""Corpora that topics are learnt from, written to a folder in the forms that the systems read."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, load_npz, save_npz

from benchmarks.topics.peers import mallet as topics_mallet
from etl import spill
from etl.text import simulate
from etl.text.simulate import Design

TEST = 1000
"""Documents that perplexity is measured on, at most."""
Parts = tuple[csr_matrix, csr_matrix, np.ndarray | None]


@dataclass(frozen=True)
class Corpus:
    """A folder with ``train.npz`` and, for Mallet, ``corpus.mallet``; and what topics are judged by."""

    name: str
    folder: Path
    test: csr_matrix
    known: np.ndarray | None

    @cached_property
    def train(self) -> csr_matrix:
        """Counts of the training documents."""
        return load_npz(self.folder / "train.npz")


def arxiv(documents: int) -> Callable[[Path], Parts]:
    """The reader of so many titles with abstracts."""

    def read(data: Path) -> Parts:
        folder = data / "text" / "arxiv"
        return load_npz(folder / "docs_200k.npz")[:documents], load_npz(folder / "test.npz"), None

    return read


def nyt(data: Path) -> Parts:
    """Articles of the New York Times, as TopMost hands them out."""
    folder = data / "text" / "nyt"
    return load_npz(folder / "train_bow.npz"), load_npz(folder / "test_bow.npz"), None


REAL: dict[str, Callable[[Path], Parts]] = {
    "arxiv-100k": arxiv(100_000),
    "arxiv-200k": arxiv(200_000),
    "nyt": nyt,
}
SYNTHETIC: dict[str, tuple[int, Design]] = {
    "syn20": (30_000, Design(10_000, 20, 1.0, 300, seed=1)),
    "syn50": (30_000, Design(10_000, 50, 2.0, 300, seed=2)),
    "syn100": (30_000, Design(10_000, 100, 3.0, 300, seed=3)),
}
"""Training documents, and what they and the test's documents are drawn from."""


def drawn(documents: int, design: Design) -> Parts:
    """A synthetic set: the test's documents are those that follow."""
    train, test = simulate.draw((0, documents), design), simulate.draw((documents, TEST), design)
    return train, test, simulate.known(design).topics


def prepare(name: str, data: Path, scratch: Path, mallet: Path | None) -> Corpus:
    """Write a set to ``scratch``.

    Raises
    ------
    FileNotFoundError
        The set's file is not in ``data``.
    ValueError
        There is no set of this name.
    """
    if name not in REAL | SYNTHETIC:
        raise ValueError(f"{name!r} is no set; there are {', '.join(REAL | SYNTHETIC)}")
    return write(name, REAL[name](data) if name in REAL else drawn(*SYNTHETIC[name]), scratch, mallet)


def write(name: str, parts: Parts, scratch: Path, mallet: Path | None = None) -> Corpus:
    """Write the counts of a corpus in the forms that the systems read."""
    train, test, known = (csr(part) for part in parts)
    folder = scratch / name
    folder.mkdir(parents=True)
    save_npz(folder / "train.npz", train, compressed=False)
    if mallet and not topics_mallet.lacks(mallet):
        text = folder / "corpus.txt"
        write_tokens(train, text)
        topics_mallet.imported(str(mallet), text, folder / topics_mallet.CORPUS)
        text.unlink()
    return Corpus(name, folder, test[:TEST], known)


def csr(part: Any) -> Any:
    """Counts as CSR of int32; what is dense stays as it is."""
    return csr_matrix(part, dtype="int32") if hasattr(part, "tocsr") else part


def write_tokens(counts: csr_matrix, path: Path) -> None:
    """Write a line ``name label token token ...`` for each document; tokens are numbers of columns."""
    words = np.arange(counts.shape[1]).astype(str)
    with path.open("w") as out:
        for row, (begin, end) in enumerate(zip(counts.indptr[:-1], counts.indptr[1:], strict=True)):
            tokens = np.repeat(words[counts.indices[begin:end]], counts.data[begin:end])
            out.write(f"{row} x {' '.join(tokens)}\n")


def spool(documents: int, design: Design, folder: Path) -> int:
    """Write so many drawn documents to a folder, in pieces; returns their non-zero counts."""
    folder.mkdir(parents=True)
    size = 0
    for number, piece in enumerate(simulate.pieces(documents, design)):
        spill.save_csr(piece, folder).rename(folder / f"{number:06}.csr")
        size += piece.nnz
    return size
