"""Items for the partial-feedback pipeline: images, texts or simulated ones, and the hierarchy of classes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from etl import images
from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import from_host
from etl.hashing import mix
from etl.hierarchy.digits import DIGITS
from etl.hierarchy.read import read
from etl.hierarchy.simulate import simulated
from etl.hierarchy.tree import Hierarchy, flat
from etl.machine import cores
from etl.tables import npz
from etl.text import folders as documents
from models.partial.text_features import TextFeatures, learn
from pipelines.partial.config import Config
from pipelines.partial.files import Listed, listed
from pipelines.run import Run

FIFTH = 5
"""One item in so many is judged by, where there is no part for it."""


@dataclass(frozen=True, eq=False)
class Items:
    """What is asked about, and what the model is judged by.

    Attributes
    ----------
    kind : {"image", "text", "simulated"}
    X, X_test : float32 array
        Images (n, channels, height, width), or features (n, d).
    y, y_test : int64 array
        Codes of the hierarchy's classes.
    names : sequence of str
        Of the items that are asked about.
    hierarchy : Hierarchy
    texts : sequence of str
        What people read, if items are texts.
    files : int
        Files that were to be read.
    reader : TextFeatures, optional
        What makes features of texts.
    """

    kind: Literal["image", "text", "simulated"]
    X: Array
    y: Array
    X_test: Array
    y_test: Array
    names: Sequence[str]
    hierarchy: Hierarchy
    texts: Sequence[str] = ()
    files: int = 0
    reader: TextFeatures | None = None


def load(config: Config, run: Run) -> Items:
    """Read or simulate the items, and say which and why.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no data of a kind that is known, or the hierarchy lacks a class.
    """
    if config.simulate:
        return _simulated(config, run)
    if config.data is None:
        from sklearn.datasets import load_digits

        run.say("items: no data was given, so scikit-learn's digits are taken")
        X, y = load_digits(return_X_y=True)
        return _arrays(config, run, (X.reshape(-1, 8, 8) / 16, y), None)
    if not config.data.is_dir():
        raise FileNotFoundError(
            f"{config.data} is no directory; give one with train.npz, with Tiny ImageNet's wnids.txt and "
            "train, or with a directory a class"
        )
    if (config.data / "train.npz").is_file():
        run.say(f"items: {config.data.name} holds train.npz, so its arrays x and y are taken")
        test = config.data / "test.npz"
        return _arrays(config, run, _npz(config.data / "train.npz"), _npz(test) if test.exists() else None)
    return _files(config, run, listed(config.data, run.say))


def _simulated(config: Config, run: Run) -> Items:
    hierarchy = _hierarchy(config, run, None, DIGITS, "none was given, so digits' shapes are taken")
    count = config.simulate
    X, y = simulated(hierarchy, count + max(1, count // FIFTH), run.engine, config.seed)
    run.say(f"items: {count:,} simulated ones were asked for; a fifth more are judged by")
    return Items("simulated", X[:count], y[:count], X[count:], y[count:], _numbers(count), hierarchy)


def _numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def _npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images, (n, height, width) or with channels at the end, or vectors; uint8 is scaled to 0..1."""
    x, y = npz.read(path)
    if x.ndim > 4 or x.dtype.kind not in "uf":
        raise ValueError(
            f"{path}: x is {x.dtype} of shape {x.shape}; give images or vectors, of unsigned or real numbers"
        )
    return (x / np.float32(np.iinfo(x.dtype).max) if x.dtype.kind == "u" else x), y


Pair = tuple[np.ndarray, np.ndarray]


def _arrays(config: Config, run: Run, whole: Pair, test: Pair | None) -> Items:
    numbers = np.arange(len(whole[1]))
    if test is None:
        is_held = mix(numbers, 0) % np.uint64(FIFTH) == 0
        run.say(f"judged by: a fifth, {int(is_held.sum()):,} items, chosen by a hash of their numbers")
        test, numbers = (whole[0][is_held], whole[1][is_held]), numbers[~is_held]
    classes = [str(name) for name in np.unique(whole[1])]
    own = (
        (DIGITS, "classes are the ten digits, so their shapes are taken")
        if tuple(classes) == DIGITS.classes
        else (flat(classes), "none was given, so each question is for a class")
    )
    hierarchy = _hierarchy(config, run, classes, *own)
    numbers = numbers[drawn(len(numbers), config.items, config.seed)]
    pick = drawn(len(test[1]), config.items, config.seed + 1)
    if config.items:
        run.say(f"items: {len(numbers):,} drawn to ask about, {len(pick):,} to judge by, as --items says")
    names = numbers.astype(str).tolist()
    train, judged = (
        _moved(run.engine, x[rows], y[rows], hierarchy) for (x, y), rows in ((whole, numbers), (test, pick))
    )
    return Items("image", train[0], train[1], judged[0], judged[1], names, hierarchy)


def _moved(engine: Engine, x: np.ndarray, y: np.ndarray, hierarchy: Hierarchy) -> tuple[Array, Array]:
    """Rows with channels first, and codes, on the device."""
    X = x[:, None] if x.ndim == 3 else np.moveaxis(x, -1, 1) if x.ndim == 4 else x
    rows = X.astype("float32", copy=False)
    return from_host(rows, engine), from_host(_codes(map(str, y), hierarchy), engine)


def drawn(count: int, most: int, seed: int) -> np.ndarray:
    """Numbers of at most so many items, drawn at random, in their order; all if ``most`` is 0.

    Examples
    --------
    >>> drawn(3, 0, seed=0).tolist(), len(drawn(100, 7, seed=0))
    ([0, 1, 2], 7)
    """
    if not most or most >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def _codes(names: Iterable[str], hierarchy: Hierarchy) -> np.ndarray:
    code = {name: number for number, name in enumerate(hierarchy.classes)}
    names = list(names)
    if lacking := sorted(set(names) - code.keys()):
        raise ValueError(
            f"items to judge by are of {len(lacking)} classes that none to learn from has, first "
            f"{lacking[0]!r}; take them out, or add such items"
        )
    return np.array([code[name] for name in names], dtype="int64")


def _hierarchy(config: Config, run: Run, classes: list[str] | None, own: Hierarchy, reason: str) -> Hierarchy:
    if config.hierarchy is not None:
        own, reason = read(config.hierarchy, classes)
    run.say(f"hierarchy: {reason}")
    return own


def _files(config: Config, run: Run, source: Listed) -> Items:
    hierarchy = _hierarchy(config, run, list(source.own.classes), source.own, source.reason)
    if not source.test:
        source = source.split(FIFTH)
        run.say(f"judged by: a fifth, {len(source.test):,} files, chosen by a hash of their names")
    train, test = (
        [part[row] for row in drawn(len(part), config.items, config.seed + number)]
        for number, part in enumerate((source.train, source.test))
    )
    paths = [path for path, _ in [*train, *test]]
    texts: list[str] = []
    reader: TextFeatures | None = None
    if source.kind == "text":
        texts, kept = documents.read(paths, config.encoding)
        X, reader = learn(texts, run.engine, config.seed)
    else:
        X, kept = images.read(paths, run.engine, config.side, cores())
    y = from_host(_codes([[*train, *test][row][1] for row in kept], hierarchy), run.engine)
    cut = int(np.searchsorted(kept, len(train)))
    if not 0 < cut < len(kept):
        raise ValueError(
            f"{config.data} leaves {cut:,} files to ask about and {len(kept) - cut:,} to judge by; add more"
        )
    names = [paths[row].relative_to(source.root).as_posix() for row in kept[:cut]]
    shown = texts[:cut]
    return Items(source.kind, X[:cut], y[:cut], X[cut:], y[cut:], names, hierarchy, shown, len(paths), reader)
