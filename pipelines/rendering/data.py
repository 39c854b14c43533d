"""Images of the rendering pipeline: those with a label, those without, and those that judge."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

from etl.engine.types import Tensor
from etl.handoff import from_host, on_device, to_torch
from etl.images.labelled import LabelledImages, read
from etl.machine import cores
from pipelines.rendering.config import Config
from pipelines.rendering.crowd import posterior
from pipelines.rendering.parts import check_each, fifth, in_turns, kept, names_in_order
from pipelines.run import Run

DEMONSTRATION = 50
"""Labels of scikit-learn's digits that are kept."""


@dataclass(frozen=True, eq=False)
class Data:
    """What is learnt from, and judged by.

    Attributes
    ----------
    images : Tensor, shape (n, channels, side, side)
        All but those that judge, uint8 or float32 in [0, 1].
    targets : Tensor of float32, shape (n, classes)
        Probability of each class; rows of images without a label are 0.
    order : int64 array, shape (labels,)
        Places of the images with a label, classes in turns, so that any beginning is even.
    test : Tensor, shape (tests, channels, side, side)
    truth : int64 array, shape (tests,)
    classes : list of str
    counts : dict of str to int
        For the metrics.
    """

    images: Tensor
    targets: Tensor
    order: np.ndarray
    test: Tensor
    truth: np.ndarray
    classes: list[str]
    counts: dict[str, int]

    def pools(self, rows: np.ndarray) -> tuple[Tensor, Tensor, Tensor | None]:
        """Images and targets of these rows, and all other images, from which labels are taken away."""
        is_other = np.ones(len(self.images), dtype=bool)
        is_other[rows] = False
        own, others = (on_device(each, self.images.device) for each in (rows, np.flatnonzero(is_other)))
        return self.images[own], self.targets[own], self.images[others] if len(others) else None


def load(config: Config, run: Run) -> Data:
    """Read images and labels, and part them.

    Raises
    ------
    FileNotFoundError, ValueError
        There are no images, too few labels, or what is told does not fit.
    """
    held = _digits(run) if config.data is None else read(config.data, run.engine, config.size, 0, cores())
    apart = None
    if config.test is not None:
        apart = read(config.test, run.engine, held.pixels.shape[2], held.pixels.shape[1], cores())
    known = [*held.labels, *([] if apart is None else apart.labels)]
    classes = names_in_order([label for label in known if label is not None])
    if len(classes) < 2:
        told = f"has one class, {classes[0]}" if classes else "has no image with a label"
        raise ValueError(
            f"{config.data} {told}; give images of two classes at least, a folder each, or y in .npz"
        )
    rng, y = np.random.default_rng(config.seed), _codes(held, classes)
    judges = _judges(held, y, apart is not None, run, rng)
    if apart is None:
        test, truth = _tensor(held)[on_device(np.flatnonzero(judges), _tensor(held).device)], y[judges]
    else:
        test, truth = _known(apart, _codes(apart, classes))
    rest = np.flatnonzero(~(judges | held.judged))
    images = _tensor(held)[on_device(rest, test.device)]
    targets, order = _targets(config, run, held, rest, classes, rng)
    counts = {"labels": len(order), "unlabelled": len(images) - len(order), "test": len(truth)}
    run.say(
        f"images: {counts['labels']:,} with a label that counts, {counts['unlabelled']:,} without, "
        f"{counts['test']:,} judge; {len(classes)} classes"
    )
    placed = on_device(targets, test.device)
    return Data(images, placed, order, test, truth, classes, counts | {"classes": len(classes)})


def _tensor(held: LabelledImages) -> Tensor:
    return to_torch(held.pixels)


def _codes(held: LabelledImages, classes: list[str]) -> np.ndarray:
    """Place of each image's class, -1 where it has no label."""
    place: dict[str | None, int] = {name: at for at, name in enumerate(classes)}
    return np.array([place.get(label, -1) for label in held.labels], "int64")


def _judges(
    held: LabelledImages, y: np.ndarray, is_given: bool, run: Run, rng: np.random.Generator
) -> np.ndarray:
    """Which images of the data judge: those set apart by the user, or a fifth of the labelled ones.

    Raises
    ------
    ValueError
        There is none.
    """
    if is_given:
        run.say("test: that of --test")
        return held.judged
    found = held.judged & (y >= 0)
    if found.any():
        run.say(f"test: the {int(found.sum()):,} images that the data set apart for it")
        return found
    found = fifth(y, rng)
    if not found.any():
        raise ValueError(
            "no class has two images with a label, so none can judge; label more, or give --test"
        )
    run.say(f"test: a fifth of the labelled images, {int(found.sum()):,}, drawn by --seed, never learnt from")
    return found


def _known(apart: LabelledImages, truth: np.ndarray) -> tuple[Tensor, np.ndarray]:
    """Images of --test that have a label."""
    rows = np.flatnonzero(truth >= 0)
    if not len(rows):
        raise ValueError("--test has no image with a label; give it a folder for each class, or y in .npz")
    images = to_torch(apart.pixels)
    return images[on_device(rows, images.device)], truth[rows]


def _targets(
    config: Config,
    run: Run,
    held: LabelledImages,
    rows: np.ndarray,
    classes: list[str],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each class (rows, classes), and places of the rows that have some, in turns."""
    y = _codes(held, classes)[rows]
    asked = config.labels or (DEMONSTRATION if config.data is None else 0)
    order = kept(in_turns(y, rng), asked, classes)
    if asked:
        dropped = int((y >= 0).sum()) - len(order)
        run.say(f"labels: {len(order):,} are kept, drawn by --seed; {dropped:,} images count as unlabelled")
    targets = np.zeros((len(y), len(classes)), "float32")
    if config.votes is not None:
        targets = posterior(config, run, held.names, rows, classes)
    targets[order] = np.eye(len(classes), dtype="float32")[y[order]]
    check_each(targets.sum(0), classes)
    if odd := [each for each in config.fewer if not len(classes) <= each < len(order)]:
        raise ValueError(
            f"--fewer has {odd[0]}; give numbers from {len(classes)}, one a class, to below {len(order)}, "
            "the labels there are"
        )
    likeliest = np.where(targets.sum(1) > 0, targets.argmax(1), -1)
    return targets, order if config.votes is None else in_turns(likeliest, rng)


def _digits(run: Run) -> LabelledImages:
    run.say(
        f"data: none was given, so scikit-learn's digits, 8 x 8 pixels, {DEMONSTRATION} of them with labels"
    )
    X, y = load_digits(return_X_y=True)
    pixels = from_host((X / 16).astype("float32").reshape(-1, 1, 8, 8), run.engine)
    rows = range(len(y))
    return LabelledImages(pixels, [str(c) for c in y], [str(row) for row in rows], np.zeros(len(y), bool))
