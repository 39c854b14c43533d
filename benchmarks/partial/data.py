"""Pools for `benchmarks.partial.curves` and `benchmarks.partial.noise`: images, texts, simulated items."""

import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

from etl.engine import choose
from etl.hierarchy import dotted, wordnet
from etl.hierarchy.digits import DIGITS
from etl.hierarchy.simulate import simulated
from etl.hierarchy.tree import Hierarchy
from models.partial.networks import linear, network
from models.partial.questions import Questions, questions
from models.partial.text_features import text_features

FEWEST = 100
"""Abstracts of a category, at least; rarer ones are left out."""
ENGINE = choose("cpu")
SCENES = {
    "highway": "man-made", "insidecity": "man-made", "tallbuilding": "man-made", "street": "man-made",
    "forest": "natural", "coast": "natural", "mountain": "natural", "opencountry": "natural",
}  # fmt: skip
"""LabelMe's classes, in the order of their codes, below what Oliva and Torralba (2001) call them."""


@dataclass(frozen=True)
class Pool:
    """Items to ask about, items to judge by, and what learns.

    Attributes
    ----------
    network : callable
    lr : float
    epochs : int
        Passes after each round.
    """

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    asked: Questions
    network: Any
    lr: float
    epochs: int


def load(name: str, data: Path, cache: Path, seed: int) -> Pool:
    """A pool by its name: ``mnist-N``, ``arxiv``, ``labelme`` or ``simulated-N``."""
    kind, _, count = name.partition("-")
    rng = np.random.default_rng(seed)
    if kind == "mnist":
        return mnist(data / "mnist", int(count), rng)
    if kind == "labelme":
        return labelme(data / "labelme")
    tree, X, y = arxiv(data / "text" / "arxiv", cache) if kind == "arxiv" else made(data, int(count), seed)
    order = rng.permutation(len(y))
    test, kept = order[: len(y) // 6], order[len(y) // 6 :]
    way = (network, 1e-3, 6) if kind == "arxiv" else (linear, 3e-3, 4)
    return Pool(X[kept], y[kept], X[test], y[test], questions(tree, ENGINE), *way)


def mnist(folder: Path, count: int, rng: np.random.Generator) -> Pool:
    """Some training images of MNIST, and all test images, over a hierarchy of the digits' shapes."""
    train, test = (np.load(folder / f"{part}.npz") for part in ("train", "test"))
    kept = rng.permutation(len(train["y"]))[:count]
    X, X_test = ((x / 255).astype("float32")[:, None] for x in (train["x"][kept], test["x"]))
    y, y_test = train["y"][kept].astype("int64"), test["y"].astype("int64")
    return Pool(X, y, X_test, y_test, questions(DIGITS, ENGINE), network, 2e-3, max(3, 20_000 // count))


def labelme(folder: Path) -> Pool:
    """Photographs of eight scenes as VGG16 features, scaled to one length."""
    X, X_test = (
        normalize(np.load(folder / f"LabelMe_VGG_avg_{part}.npy")) * 16 for part in ("train", "test")
    )
    y, y_test = (np.loadtxt(folder / f"LabelMe_Z_{part}.txt", dtype="int64") for part in ("train", "test"))
    tree = Hierarchy(tuple(SCENES), {scene: (kind,) for scene, kind in SCENES.items()})
    asked = questions(tree, ENGINE)
    return Pool(X.astype("float32"), y, X_test.astype("float32"), y_test, asked, network, 1e-3, 20)


def arxiv(folder: Path, cache: Path) -> tuple[Hierarchy, Any, Any]:
    """Abstracts and titles as vectors, below the dotted names of their categories."""
    with gzip.open(folder / "abstracts_30k.tsv.gz", "rt") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    counts = Counter(row[1] for row in rows)
    tree = dotted.parse(sorted(name for name, count in counts.items() if count >= FEWEST))
    code = {name: place for place, name in enumerate(tree.classes)}
    rows = [row for row in rows if row[1] in code]
    kept = cache / "arxiv.npy"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(kept, text_features([f"{row[3]} {row[4]}" for row in rows], ENGINE, 0))
    return tree, np.load(kept), np.array([code[row[1]] for row in rows])


def made(data: Path, count: int, seed: int) -> tuple[Hierarchy, Any, Any]:
    """So many items, and a fifth more to judge by, over Tiny ImageNet's classes in WordNet."""
    tree = wordnet.read(data / "hierarchy", None)
    return tree, *simulated(tree, count * 6 // 5, ENGINE, seed)
