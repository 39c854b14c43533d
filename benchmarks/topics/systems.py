"""The systems that learn topics: where each stops, whether it can run, and a run in a process of its own."""

import importlib.util
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness
from benchmarks.topics import judge
from benchmarks.topics.data import Corpus
from benchmarks.topics.peers import mallet as topics_mallet

Row = dict[str, Any]


@dataclass(frozen=True)
class System:
    """A module of `benchmarks.peers`.

    Attributes
    ----------
    stop : int
        Passes over the documents, or iterations of sampling, for the table.
    curve : tuple of int
        For the curves.
    library : str
        What must be installed for it.
    start : str
        Of ours.
    """

    module: str
    stop: int
    curve: tuple[int, ...]
    library: str = ""
    start: str = ""


SYSTEMS = {
    "ours": System("topics.ours", 12, tuple(range(1, 13)), start="auto"),
    "moments": System("topics.ours", 0, (0,), start="tensor"),
    "tensor": System("topics.ours", 12, tuple(range(1, 13)), start="tensor"),
    "kmeans": System("topics.ours", 12, tuple(range(1, 13)), start="kmeans"),
    "mallet": System("topics.mallet", 200, (25, 50, 100, 200, 400)),
    "tomotopy": System("topics.tomotopy", 200, (25, 50, 100, 200), "tomotopy"),
    "gensim": System("topics.gensim", 5, (1, 2, 5), "gensim"),
    "sklearn": System("topics.sklearn", 5, (1, 2, 5), "sklearn"),
}
"""Ours with its defaults; from the moments alone; and with each start: ``kmeans`` has the same embedding of
words, but no third moment."""
OURS = ("ours", "moments", "tensor", "kmeans")


def available(names: tuple[str, ...], mallet: Path | None) -> list[str]:
    """Those of the systems that can run; prints why others cannot."""
    found = []
    for name in names:
        library = SYSTEMS[name].library
        why = topics_mallet.lacks(mallet) if name == "mallet" else ""
        if library and not importlib.util.find_spec(library):
            why = f"{library} is not installed"
        if why:
            print(f"{name} is left out: {why}")
        else:
            found.append(name)
    return found


def run(
    name: str,
    corpus: Corpus,
    k: int,
    stops: tuple[int, ...],
    seed: int = 0,
    threads: int = 1,
    mallet: Path | None = None,
) -> list[Row]:
    """Train a system and judge its topics at each stop.

    Returns
    -------
    list of dict
        ``set``, ``documents``, ``k``, ``system``, ``stop``, costs as of `benchmarks.topics.peers.meter`, and
        scores of `benchmarks.topics.judge`.
    """
    system = SYSTEMS[name]
    place: Row = {"set": corpus.name, "documents": corpus.train.shape[0], "k": k, "system": name}
    request = {"data": str(corpus.folder), "threads": threads, "k": k, "stops": stops, "seed": seed}
    if system.start:
        request["start"] = system.start
    if name == "mallet":
        request |= {"mallet": str(mallet), "words": corpus.train.shape[1]}
    with tempfile.TemporaryDirectory(dir=corpus.folder) as out:
        rows = harness.measure(system.module, request | {"out": out})["digest"]["rows"]
        return [place | row | judge.judge(np.load(row["topics"]), corpus) for row in rows]
