"""What the voting pipeline learns: a network, its batches and its judge, for each task."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipelines.signsgd.config import Config
from pipelines.signsgd.models import Characters, convnet, resnet

WINDOW = 64
"""Characters that the language model reads at a time."""
MADE_UP = 2_000
"""Sentences of the text that is made up."""
Pair = tuple[Any, Any]


@dataclass(frozen=True, eq=False)
class Task:
    """What is learnt, and how it is judged.

    Attributes
    ----------
    measure : str
        What ``judge`` gives.
    told : str
        Which examples there are.
    count : int
        Examples to learn from.
    make : callable
        ``make()`` is a new network.
    batch : callable
        ``batch(rows)`` is what the network reads of these examples, and what is true of them.
    loss : callable
        ``loss(outputs, truth)`` is the mean of the examples.
    judge : callable
        ``judge(network)`` on held-out examples, from 0 to 1.
    """

    measure: str
    told: str
    count: int
    make: Callable[[], Any]
    batch: Callable[[Any], Pair]
    loss: Callable[[Any, Any], Any]
    judge: Callable[[Any], float]


def load(config: Config, device: Any) -> Task:
    """Read or make the examples of a task, the same in every process.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no data, or it is of another form.
    """
    if config.task == "lstm":
        return _text(config, device)
    return _tags(config, device) if config.task == "ner" else _images(config, device)


def _images(config: Config, device: Any) -> Task:
    train, test, told = _digits(config.seed) if config.data is None else _mnist(config.data)
    train = _most(train, config)
    classes, side = int(train[1].max()) + 1, train[0].shape[-1]
    module = resnet if config.task == "resnet" else convnet
    return _task("accuracy", f"{told}; ", partial(module, side, classes), train, test, device)


def _digits(seed: int) -> tuple[Pair, Pair, str]:
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X, order = (X / 16).reshape(-1, 1, 8, 8), np.random.default_rng(seed).permutation(len(y))
    held, rest = np.split(order, [len(y) // 5])
    return (X[rest], y[rest]), (X[held], y[held]), "scikit-learn's digits, judged by a random fifth"


def _mnist(folder: Path) -> tuple[Pair, Pair, str]:
    train, test = (_npz(folder / f"{part}.npz") for part in ("train", "test"))
    return train, test, f"images of {folder.name}"


def _npz(path: Path) -> Pair:
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; --data names a folder with train.npz and test.npz")
    with np.load(path) as held:
        if not {"x", "y"} <= set(held.files):
            raise ValueError(f"{path} holds {', '.join(held.files)}; it must hold x and y")
        x, y = held["x"], held["y"]
    if x.ndim != 3 or x.shape[1] != x.shape[2] or y.shape != x.shape[:1]:
        raise ValueError(f"{path}: x is {x.shape} and y {y.shape}; x is (n, side, side), y (n,)")
    return x[:, None] / np.float32(255 if x.dtype == np.uint8 else 1), y


def _text(config: Config, device: Any) -> Task:
    if config.data is None:
        from etl.conll import simulate

        text, told = " ".join(simulate.sentences(MADE_UP, config.seed).words), "sentences that were made up"
    else:
        text, told = config.data.read_text(encoding="utf-8"), config.data.name
    alphabet, codes = np.unique(np.frombuffer(text.encode("utf-32-le"), "<u4"), return_inverse=True)
    windows = codes[: len(codes) // WINDOW * WINDOW].reshape(-1, WINDOW).astype("int64")
    if len(windows) < 10:
        raise ValueError(f"{told} is of {len(codes)} characters; give {10 * WINDOW} at least")
    held = len(windows) - len(windows) // 5
    train, test = _most(_next(windows[:held]), config), _next(windows[held:])
    make = partial(Characters, len(alphabet))
    return _task("next characters right", f"windows of {told}, judged by the last fifth; ", make, train, test,
                 device)  # fmt: skip


def _next(windows: np.ndarray) -> Pair:
    return windows[:, :-1], windows[:, 1:]


def _most(train: Pair, config: Config) -> Pair:
    """At most so many examples, drawn at random."""
    most = config.training.examples or len(train[1])
    rows = np.random.default_rng(config.seed + 1).permutation(len(train[1]))[:most]
    return train[0][rows], train[1][rows]


def _task(measure: str, told: str, make: Callable[[], Any], train: Pair, test: Pair, device: Any) -> Task:
    X, X_test = (torch.from_numpy(np.ascontiguousarray(x)).to(device) for x in (train[0], test[0]))
    X, X_test = (x.float() if x.is_floating_point() else x for x in (X, X_test))
    y, y_test = (torch.from_numpy(part.astype("int64")).to(device) for part in (train[1], test[1]))

    @torch.no_grad()
    def judge(network: Any) -> float:
        network.eval()
        right = sum(
            int((network(x).argmax(1) == t).sum())
            for x, t in zip(X_test.split(1000), y_test.split(1000), strict=True)
        )
        network.train()
        return right / y_test.numel()

    told += f"{len(X):,} to learn from, {len(X_test):,} to judge by"
    return Task(measure, told, len(X), make, lambda rows: (X[rows], y[rows]), cross_entropy, judge)


def _tags(config: Config, device: Any) -> Task:
    from etl.conll import score
    from etl.engine import choose
    from etl.handoff import to_host
    from models.tagger.outputs import best_tags
    from models.tagger.sentences import Tensors
    from pipelines.ner import config as ner_config
    from pipelines.ner import data, model

    own = ner_config.Config(data=config.data, seed=config.seed)
    train, test, told = data.load(own)
    most = config.training.examples or len(train)
    engine = choose("gpu" if torch.device(device).type == "cuda" else "cpu")
    work = data.task(train[:most], test, engine, config.seed)
    sizes, network = (len(work.words), len(work.characters)), ner_config.Network(width=60, decoder="linear")
    make = model.estimator(sizes, work.names, network, vectors=work.vectors).module_fn
    pool, held = Tensors(work.pool), Tensors(work.held)

    @torch.no_grad()
    def judge(tagger: Any) -> float:
        found = to_host(best_tags(tagger, held, 4096))
        tagger.train()
        return float(score.span_f1(to_host(work.held.tags), found, to_host(work.held.starts), work.names).f1)

    def loss(losses: Any, truth: Any) -> Any:
        return losses.sum() / truth.sum()

    def batch(rows: Any) -> Pair:
        some = pool.batch(rows)
        return some, some.mask

    return Task("F1 of names", f"sentences: {told}", len(pool), make, batch, loss, judge)
