"""Images made by class, mixed into what a classifier learns from: MNIST 14 x 14, 1,000 labels.

``python -m benchmarks.rendering --gan --steps 600 --data FOLDER --scratch SCRATCH``, where FOLDER holds
MNIST's train.npz and test.npz. `ConditionalGAN` learns the labelled images of a seed; a classifier that
learnt all of MNIST's images to learn from tells how many made images are of their class. Then classifiers
learn the labelled images and ``ratio`` times as many made ones, in equally many steps, and made ones alone.
The 10,000 images to test by are looked at once by each. A seed's rows are kept in SCRATCH.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from benchmarks import harness
from benchmarks.harness import remembered
from benchmarks.rendering.mnist import Learnt, judged, learnt, small
from benchmarks.rendering.run import Config, Row
from etl.engine.types import Tensor
from models.crowd.redundancy import interval
from models.rendering.gan import ConditionalGAN
from models.rendering.semi_supervised import SemiSupervised

LABELS, LOOKED_AT = 1000, 2000
"""Labelled images, and made images whose class is looked at."""
RATIOS = (0.0, 0.5, 1.0, 2.0)
ALONE = "made alone"


def main(config: Config) -> list[Row]:
    """Make the seeds that are lacking, and the table; returns a ratio a row."""
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        found = list(pool.map(partial(kept, config), range(config.seeds)))
    table = summary(found)
    for row in table:
        print(row, flush=True)
    if config.out:
        harness.write(config.out, table, versions={"torch": torch.__version__}, tried=found)
    return table


def kept(config: Config, seed: int) -> Row:
    """What a seed gave, from the scratch folder, or made and put there.

    Parameters
    ----------
    config : Config
    seed : int
    """
    row = remembered(config.scratch, f"gan-{seed}-{config.steps}", lambda: one(seed, config))
    print(row, flush=True)
    return row


def one(seed: int, config: Config, made_steps: int = 2000) -> Row:
    """Learn to make images, and from them.

    Parameters
    ----------
    seed : int
    config : Config
    made_steps : int
        Of the network that makes images.
    """
    torch.set_num_threads(1)
    folder, steps = config.data, config.steps
    given = learnt(folder, seed, labels=LABELS, unlabelled=0)
    before = time.process_time()
    gan = ConditionalGAN(random_state=seed, steps=made_steps).fit(given.labelled, given.y)
    cost = time.process_time() - before
    y = torch.arange(LOOKED_AT) % 10
    consistent = float((_reference(folder, steps).predict(gan.sample(y, seed)) == y).double().mean())
    errors = {str(ratio): _error(*_mixed(given, gan, ratio), seed, folder, steps) for ratio in RATIOS}
    errors[ALONE] = _error(*_made(gan, LABELS, seed), seed, folder, steps)
    return {"seed": seed, "consistency": consistent, "cpu_s": cost, "errors": errors}


def summary(found: list[Row]) -> list[Row]:
    """Means and half widths of 95 % intervals over seeds, and differences from no made image.

    Parameters
    ----------
    found : list of dict
        See `one`.
    """
    plain = [each["errors"][str(RATIOS[0])] for each in found]
    consistent = [each["consistency"] for each in found]
    rows: list[Row] = []
    for ratio in found[0]["errors"]:
        errors = [each["errors"][ratio] for each in found]
        apart = [one - other for one, other in zip(errors, plain, strict=True)]
        rows.append({"ratio": ratio, **_told("error", errors), **_told("difference", apart)})
    cost = fmean(each["cpu_s"] for each in found)
    return [*rows, {"ratio": "class consistency", **_told("share", consistent), "cpu_s": round(cost, 1)}]


def _told(name: str, values: list[float]) -> dict[str, Any]:
    mean, half = interval(values)
    return {
        name: round(mean, 5),
        f"{name}_half": None if half is None else round(half, 5),
        f"{name}s": values,
    }


def _mixed(given: Learnt, gan: ConditionalGAN, ratio: float) -> tuple[Tensor, Tensor]:
    """The labelled images, and made ones."""
    made, y = _made(gan, int(ratio * LABELS), 1)
    return torch.cat([given.labelled / 255, made]), torch.cat([given.y, y])


def _made(gan: ConditionalGAN, count: int, seed: int) -> tuple[Tensor, Tensor]:
    y = torch.arange(count) % 10
    return (gan.sample(y, seed) if count else torch.empty(0, 1, 14, 14)), y


def _error(x: Tensor, y: Tensor, seed: int, folder: Path, steps: int) -> float:
    test = judged(folder, "test")
    model = SemiSupervised(small, method="supervised", steps=steps, random_state=seed).fit(x, y)
    return float((model.predict(test.x) != test.y).double().mean())


@cache
def _reference(folder: Path, steps: int) -> SemiSupervised:
    """A classifier of all images to learn from."""
    given = learnt(folder, 0, labels=50_000, unlabelled=0)
    return SemiSupervised(small, method="supervised", steps=2 * steps).fit(given.labelled, given.y)
