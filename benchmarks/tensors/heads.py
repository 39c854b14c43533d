"""Small heads on MNIST (20,000 images, one epoch, 10,000 tested) and scikit-learn's digits (20 epochs).

``python -m benchmarks.tensors --heads --data FOLDER``, where FOLDER holds MNIST's train.npz and test.npz;
without them only digits are learnt. Each seed is another start and another order of images; of digits another
split too.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits

from benchmarks import harness
from benchmarks.tensors.nets import HEADS, Images, accuracy, network, train
from benchmarks.tensors.run import Config, Row
from models.crowd.redundancy import interval

SEEDS, LEARNT, TESTED = 5, 20_000, 360
EPOCHS = {"mnist": 1, "digits": 20}
Found = tuple[float, float, int]
"""Accuracy, CPU seconds of learning, parameters of the head."""


def main(config: Config) -> list[Row]:
    """Learn and test each head, a process a seed; returns a set and a head a row."""
    seeds = range(config.seed, config.seed + (config.repeat or SEEDS))
    held: dict[tuple[str, str], list[Found]] = {}
    with ProcessPoolExecutor(len(seeds), get_context("spawn")) as pool:
        for each in pool.map(partial(_seed, config), seeds):
            for key, found in each.items():
                held.setdefault(key, []).append(found)
    rows = [_row(*key, found) for key, found in held.items()]
    for row in rows:
        print(row, flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows


def _seed(config: Config, seed: int) -> dict[tuple[str, str], Found]:
    """Each set and head once; processes do not disturb each other's CPU seconds much."""
    torch.set_num_threads(config.threads)
    held = {}
    for name, learnt, tested in _sets(config.data, seed):
        for head, make in HEADS.items():
            net = network(learnt.x.shape[-1], make, seed)
            before = time.process_time()
            train(net, learnt, EPOCHS[name], seed)
            cost = time.process_time() - before
            count = sum(each.numel() for each in net[-1].parameters())
            held[name, head] = accuracy(net, tested), cost, count
            print(f"{name}, seed {seed}, {head}: {held[name, head][0]:.4f}", flush=True)
    return held


def _row(name: str, head: str, found: list[Found]) -> Row:
    scores = [score for score, _, _ in found]
    mean, half = interval(scores)
    return {
        "data": name,
        "head": head,
        "parameters": found[0][2],
        "accuracy": round(mean, 5),
        "interval": None if half is None else round(half, 5),
        "accuracies": scores,
        "cpu_s": float(np.median([cost for _, cost, _ in found])),
    }


def _sets(folder: Path, seed: int) -> Iterator[tuple[str, Images, Images]]:
    """What is learnt and what is tested, of each set that is there."""
    if (folder / "train.npz").exists():
        yield "mnist", *mnist(folder, LEARNT)
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    x = ((x - 4.884) / 6.017).astype("float32").reshape(-1, 1, 8, 8)
    parts = order[TESTED:], order[:TESTED]
    learnt, tested = (Images(torch.from_numpy(x[part]), torch.from_numpy(y[part])) for part in parts)
    yield "digits", learnt, tested


def mnist(folder: Path, most: int) -> tuple[Images, Images]:
    """The first images that are learnt, and all that are tested.

    Parameters
    ----------
    folder : Path
        With train.npz and test.npz, each of x (n, 28, 28) and y.
    most : int
    """
    with np.load(folder / "train.npz") as train, np.load(folder / "test.npz") as test:
        return _standardised(train, most), _standardised(test, None)


def _standardised(held: Mapping[str, np.ndarray], most: int | None) -> Images:
    x = (held["x"][:most].astype("float32") / 255 - 0.1307) / 0.3081
    return Images(torch.from_numpy(x[:, None]), torch.from_numpy(held["y"][:most].astype("int64")))
