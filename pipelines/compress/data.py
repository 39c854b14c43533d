"""A trained network and the examples by which it is tuned and judged."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from etl.engine import Engine
from etl.engine.types import Module, Tensor
from etl.files import check_exists
from etl.handoff import from_host, on_device, to_torch
from etl.tables import npz
from models.signsgd.networks import convnet
from models.tensors.tuning import Examples, tune
from pipelines import load as load_run
from pipelines.compress.config import Config
from pipelines.compress.inputs import Inputs, listed
from pipelines.compress.networks import filled, keywords, made, state, unwrapped
from pipelines.run import Run

FEWEST = 10
"""Examples that are tuned by and judged."""
SIDE = 32
"""Pixels of a side where nothing else is told."""
EPOCHS, LR, HIDDEN = 8, 1e-3, 1024
"""Of the demonstration's network, before it is compressed. Most of its parameters are in one layer of
`HIDDEN` units, as VGG's are: in factors it is faster on a CPU too, where small convolutions are not."""
DIGITS = (16.0, 16.0)
"""What pixels of scikit-learn's digits are divided by."""
NETWORKS = "models.signsgd.networks"


@dataclass(frozen=True, eq=False)
class Trained:
    """What is compressed, and by what.

    Attributes
    ----------
    network : torch.nn.Module
    name : str
        Of what makes it, ``module:name``.
    keywords : dict
    inputs : Inputs
    classes : list of str
        In the order of the network's scores.
    examples : Examples
    """

    network: Module
    name: str
    keywords: dict[str, Any]
    inputs: Inputs
    classes: list[str]
    examples: Examples


def load(config: Config, run: Run) -> Trained:
    """Read or train the network, and read the examples.

    Raises
    ------
    FileNotFoundError, ValueError
        There is none, or they do not fit each other.
    """
    if config.run is not None:
        return _of_run(config, config.run, run)
    if config.network:
        return _of_module(config, run)
    if config.data is not None:
        raise ValueError("--data is given, and no network; name one by --network or --run")
    run.say("network: none was given, so a convnet with a wide layer is trained on scikit-learn's digits")
    known = {"side": 8, "classes": 10, "hidden": HIDDEN}
    torch.manual_seed(config.seed)
    found = _on_digits(convnet(**known), "convnet", known, config.seed, run)
    tune(found.network, found.examples, EPOCHS, LR, config.batch, config.seed)
    return found


def _on_digits(network: Module, name: str, known: dict[str, Any], seed: int, run: Run) -> Trained:
    """Scikit-learn's digits, of which signsgd learns the same four fifths by the same seed."""
    run.say("data: scikit-learn's digits, judged by a random fifth")
    X, y = load_digits(return_X_y=True)
    X, order = (X / DIGITS[0]).reshape(-1, 1, 8, 8), np.random.default_rng(seed).permutation(len(y))
    held, rest = np.split(order, [len(y) // 5])
    arrays = X[rest].astype("float32"), y[rest], X[held].astype("float32"), y[held]
    examples = Examples(*(_tensor(each, run.engine) for each in arrays))
    classes = [str(code) for code in range(10)]
    network = network.to(examples.x.device)
    return Trained(network, f"{NETWORKS}:{name}", known, Inputs((1, 8, 8), DIGITS), classes, examples)


def _of_run(config: Config, folder: Path, run: Run) -> Trained:
    """The network of a run of signsgd."""
    whole = load_run(folder, config.device)
    found: Any = whole.model
    if whole.facts["story"] != "signsgd" or found.form["kind"] != "images":
        raise ValueError(
            f"{folder} holds no network of images; name a run of signsgd on digits, mnist or resnet"
        )
    form = found.form
    known = {"side": form["side"], "classes": len(form["classes"])}
    name = "resnet" if form["deep"] else "convnet"
    network = found.network()
    inputs = Inputs((1, form["side"], form["side"]), tuple(form["scale"]))
    run.say(f"network: that of {found.best}, {folder}")
    if config.data is None:
        if inputs != Inputs((1, 8, 8), DIGITS):
            raise ValueError(f"the network of {folder} did not learn digits; name its examples with --data")
        seed = json.loads((folder / "config.json").read_text())["config"]["seed"]
        return _on_digits(network, name, known, seed, run)
    return _with_data(config, run, network, (f"{NETWORKS}:{name}", known), inputs, form["classes"])


def _of_module(config: Config, run: Run) -> Trained:
    """A network that the user names, with weights from a state dict."""
    assert config.weights is not None
    known = keywords(config.keywords)
    network = made(config.network, known, asked=True).float()
    network = filled(network, unwrapped(state(config.weights), network), config.weights)
    return _with_data(config, run, network, (config.network, known), None, None)


def _with_data(
    config: Config,
    run: Run,
    network: Module,
    maker: tuple[str, dict[str, Any]],
    inputs: Inputs | None,
    classes: list[str] | None,
) -> Trained:
    """A network beside the examples of ``--data``."""
    assert config.data is not None
    check_exists(config.data)
    if config.data.is_dir():
        side = config.side or maker[1].get("side", SIDE)
        if inputs is None and not config.side:
            run.say(
                f"images: stretched to {side} x {side} pixels, {_side_of(maker[1])}; --side takes another"
            )
        inputs = inputs or _inputs(config, (_channels(network), side, side))
        X, y, classes = _folder(config.data, inputs, classes, run)
    else:
        x, labels = npz.read(config.data)
        inputs = inputs or _inputs(config, (1, *x.shape[1:]) if x.ndim == 3 else x.shape[1:])
        X = _tensor(inputs.of_array(x, config.data), run.engine)
        y, classes = codes(labels, classes, config.data)
    network = network.to(X.device).eval()
    classes = _named(classes, _scores(network, X[:2]), config.data)
    return Trained(network, *maker, inputs, classes, _split(X, _tensor(y, run.engine), config))


def _inputs(config: Config, shape: tuple[int, ...]) -> Inputs:
    return Inputs(shape, mean=config.mean, std=config.std)


def _side_of(known: dict[str, Any]) -> str:
    return "the keyword side" if "side" in known else "as nothing else was told"


def _folder(
    data: Path, inputs: Inputs, classes: list[str] | None, run: Run
) -> tuple[Tensor, np.ndarray, list[str]]:
    """Images of a folder for each class, as ImageFolder of torchvision reads them."""
    folders = sorted(each for each in data.iterdir() if each.is_dir() and not each.name.startswith("."))
    if len(folders) < 2:
        raise ValueError(f"{data} has {len(folders)} folders; give one for each class, two at least")
    known = classes or [each.name for each in folders]
    each = [listed(folder) for folder in folders]
    places = [code_of(folder.name, known, folder) for folder in folders]
    paths = [path for paths in each for path in paths]
    pixels, readable = inputs.of_files(paths, run.engine)
    run.say(f"classes: {', '.join(known[:8])}{' ...' if len(known) > 8 else ''}, in this order")
    y = np.repeat(np.array(places, "int64"), [len(paths) for paths in each])
    return to_torch(pixels), y[readable], known


def codes(y: np.ndarray, classes: list[str] | None, path: Path) -> tuple[np.ndarray, list[str]]:
    """Places of classes, and their names: whole numbers are places, texts are in order of the alphabet.

    Raises
    ------
    ValueError
        A class is not of the network.

    Examples
    --------
    >>> codes(np.array(["cat", "ant", "cat"]), None, Path("a.npz"))
    (array([1, 0, 1]), ['ant', 'cat'])
    """
    if y.dtype.kind in "US":
        words = y.astype(str)
        names = classes or sorted(set(words.tolist()))
        place = {name: code_of(name, names, path) for name in set(words.tolist())}
        return np.array([place[word] for word in words.tolist()], "int64"), names
    found = y.astype("int64")
    if len(found) and found.min() < 0:
        raise ValueError(f"{path}: y holds {found.min()}; a class is a whole number from 0, or text")
    return found, classes or [str(code) for code in range(int(found.max(initial=0)) + 1)]


def code_of(name: str, classes: list[str], where: Path) -> int:
    """Place of a class."""
    if name not in classes:
        raise ValueError(f"{where}: the network knows no class {name}; it has {', '.join(classes[:8])}")
    return classes.index(name)


def _channels(network: Module) -> int:
    """Of the images that its first convolution reads."""
    each = (layer.in_channels for layer in network.modules() if isinstance(layer, nn.Conv2d))
    return next(each, 3)


def _scores(network: Module, rows: Tensor) -> int:
    """Number of classes that it scores.

    Raises
    ------
    ValueError
        It does not run on such rows, or does not score classes.
    """
    try:
        with torch.no_grad():
            found = network(rows)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        first = str(error).splitlines()[0]
        last = rows.ndim == 4 and rows.shape[3] == _channels(network) != rows.shape[1]
        hint = "; its channels seem to come last, give (n, channels, h, w)" * last
        raise ValueError(
            f"the network does not run on rows of shape {tuple(rows.shape)}: {first}{hint}"
        ) from error
    if not isinstance(found, torch.Tensor) or found.ndim != 2 or len(found) != len(rows):
        raise ValueError("the network gives no scores of shape (n, classes); name a classifier")
    return int(found.shape[1])


def _named(classes: list[str], scores: int, data: Path) -> list[str]:
    """A name for each score."""
    numbers = [str(code) for code in range(scores)]
    if len(classes) <= scores and classes == numbers[: len(classes)]:
        return numbers
    if len(classes) != scores:
        raise ValueError(f"{data} has {len(classes)} classes, and the network scores {scores}; give its own")
    return classes


def _split(X: Tensor, y: Tensor, config: Config) -> Examples:
    if len(X) != len(y) or len(X) < FEWEST:
        raise ValueError(f"{config.data} holds {len(X)} examples; give {FEWEST} at least")
    order = np.random.default_rng(config.seed).permutation(len(y))
    held = min(max(round(config.held_out * len(y)), 1), len(y) - 1)
    rows, rest = (on_device(each, X.device) for each in (order[:held], order[held:]))
    return Examples(X[rest], y[rest], X[rows], y[rows])


def _tensor(array: np.ndarray, engine: Engine) -> Tensor:
    return to_torch(from_host(array, engine))
