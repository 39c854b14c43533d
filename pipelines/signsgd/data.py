"""What the voting pipeline learns: examples that are read, drawn or made up, for each task."""

from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import torch

from etl.engine import choose
from etl.engine.types import TorchDevice
from etl.tables import npz
from models.signsgd.tasks import Pair, Task, array_task, tagger_task
from pipelines.signsgd import fresh
from pipelines.signsgd.config import Config
from pipelines.signsgd.forms import Sentences, Text, images, plain

WINDOW = 64
"""Characters that the language model reads at a time."""
MADE_UP = 2_000
"""Sentences of the text that is made up."""
MADE_UP_TAGGED = 2_500
"""Tagged sentences that are made up."""


def load(config: Config, device: TorchDevice) -> Task:
    """Read or make the examples of a task, the same in every process.

    Parameters
    ----------
    config : Config
    device : torch.device
        Where they are held.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no data, or it is of another form.
    """
    if config.task == "lstm":
        return _text(config, device)
    return _tags(config, device) if config.task == "ner" else _images(config, device)


def _images(config: Config, device: TorchDevice) -> Task:
    train, test, message = _digits(config.seed) if config.data is None else _mnist(config.data)
    train = _most(train, config)
    form = images(train, config.task == "resnet", (16.0, 16.0) if config.data is None else (255.0, 1.0))
    return array_task("accuracy", f"{message}; ", form.network, train, test, device, plain(form))


def _digits(seed: int) -> tuple[Pair, Pair, str]:
    X, y = _of_scikit_learn()
    X, order = (X / 16).reshape(-1, 1, 8, 8), np.random.default_rng(seed).permutation(len(y))
    held, rest = np.split(order, [len(y) // 5])
    return (X[rest], y[rest]), (X[held], y[held]), "scikit-learn's digits, judged by a random fifth"


def _of_scikit_learn() -> Pair:
    """What ``load_digits`` reads; each worker would wait a second for scikit-learn to be imported."""
    path = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    found = np.loadtxt(str(path), delimiter=",")
    return found[:, :-1], found[:, -1].astype("int64")


def _mnist(folder: Path) -> tuple[Pair, Pair, str]:
    train, test = (_npz(folder / f"{part}.npz") for part in ("train", "test"))
    return train, test, f"images of {folder.name}"


def _npz(path: Path) -> Pair:
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; --data names a folder with train.npz and test.npz")
    x, y = npz.read(path)
    if y.dtype.kind not in "biu" or (len(y) and y.min() < 0):
        raise ValueError(f"{path}: y is {y.dtype}; it must hold whole numbers from 0")
    if x.ndim != 3 or x.shape[1] != x.shape[2] or y.shape != x.shape[:1]:
        raise ValueError(f"{path}: x is {x.shape} and y {y.shape}; x is (n, side, side), y (n,)")
    return x[:, None] / np.float32(255 if x.dtype == np.uint8 else 1), y


def _text(config: Config, device: TorchDevice) -> Task:
    if config.data is None:
        from etl.conll import simulate

        text = " ".join(simulate.sentences(MADE_UP, config.seed).words.to_pylist())
        message = "sentences that were made up"
    else:
        text, message = fresh.text(config.data, config.encoding), config.data.name
    alphabet, codes = np.unique(np.frombuffer(text.encode("utf-32-le"), "<u4"), return_inverse=True)
    windows = codes[: len(codes) // WINDOW * WINDOW].reshape(-1, WINDOW).astype("int64")
    if len(windows) < 10:
        raise ValueError(f"{message} is of {len(codes)} characters; give {10 * WINDOW} at least")
    held = len(windows) - len(windows) // 5
    train, test = _most(_next(windows[:held]), config), _next(windows[held:])
    message = f"windows of {message}, judged by the last fifth; "
    form = Text([chr(code) for code in alphabet.tolist()], WINDOW, config.encoding)
    return array_task("next characters right", message, form.network, train, test, device, plain(form))


def _next(windows: np.ndarray) -> Pair:
    return windows[:, :-1], windows[:, 1:]


def _most(train: Pair, config: Config) -> Pair:
    """At most so many examples, drawn at random."""
    most = config.training.examples or len(train[1])
    rows = np.random.default_rng(config.seed + 1).permutation(len(train[1]))[:most]
    return train[0][rows], train[1][rows]


def _tags(config: Config, device: TorchDevice) -> Task:
    from etl.conll import files, simulate, split
    from models.tagger.dataset import dataset
    from models.tagger.network import Network
    from models.tagger.saved_tagger import facts_of

    if config.data is None:
        text = simulate.sentences(MADE_UP_TAGGED, config.seed)
        message = "none were given, so they are made up; "
    else:
        text, message = files.sentences(config.data, encoding=config.encoding), ""
    train, test = split.train_test(text, None, None, np.random.default_rng(config.seed))
    message += f"judged by a random fifth, {len(test):,} sentences"
    engine = choose("gpu" if torch.device(device).type == "cuda" else "cpu")
    data = dataset(train[: config.training.examples or len(train)], test, engine, config.seed)
    network = Network(width=60, decoder="linear")
    form = Sentences(facts_of(data, network), config.encoding)
    return tagger_task(f"sentences: {message}", data, network, plain(form))
