"""Each term of a rendering model on and off, and today's rivals: MNIST 14 x 14, 100 labels, 10,000 without.

``python -m benchmarks.rendering --terms --data FOLDER --scratch SCRATCH``, where FOLDER holds MNIST's
train.npz and test.npz. A row, which is a variant and a seed, is kept in SCRATCH and not made again, so that
the table can be made in pieces. Each takes its error on the 10,000 images to test by, once, at its end; what
is chosen is chosen by ``validation``, the error on 2,000 other images that none learns from.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import fmean, stdev
from typing import Any

import torch

from benchmarks import harness
from benchmarks.harness import remembered
from benchmarks.rendering.mnist import double, judged, learnt, small
from benchmarks.rendering.run import Config, Row
from models.rendering.semi_supervised import SemiSupervised

ALONE = {"shares": 0.0, "reconstruction": 0.0, "paths": 0.0, "moments": 0.0}
VARIANTS: dict[str, dict[str, Any]] = {
    "supervised": {"method": "supervised", "shift": 0},
    "entropy": {"method": "entropy", "terms": {"shares": 0.0}, "shift": 0},
    "+ shares": {"method": "entropy", "shift": 0},
    "+ reconstruction": {"method": "nrm", "terms": ALONE | {"reconstruction": 1.0}, "shift": 0},
    "+ paths": {"method": "nrm", "terms": ALONE | {"paths": 1.0}, "shift": 0},
    "+ moments": {"method": "nrm", "terms": ALONE | {"moments": 0.05}, "shift": 0},
    "nrm, no shares": {"method": "nrm", "terms": {"shares": 0.0}, "shift": 0},
    "nrm": {"method": "nrm", "shift": 0},
    "supervised, moved": {"method": "supervised"},
    "entropy, moved": {"method": "entropy", "terms": {"shares": 0.0}},
    "nrm, moved": {"method": "nrm"},
    "nrm, 1.8 times the steps": {"method": "nrm", "shift": 0, "steps": 2160},
    "Max-Min": {"method": "nrm", "network": double, "shift": 0},
    "mean_teacher": {"method": "mean_teacher"},
    "fixmatch": {"method": "fixmatch"},
    "fixmatch_nrm": {"method": "fixmatch_nrm"},
}
"""Options of `SemiSupervised`. Those without a shift see images as they are; + is beside the entropy."""


def main(config: Config) -> list[Row]:
    """Make the rows that are lacking, and the table; returns a variant a row."""
    rows = list(_rows(config))
    table = summary(rows)
    for row in table:
        print(row, flush=True)
    if config.out:
        harness.write(config.out, table, versions={"torch": torch.__version__}, tried=rows)
    return table


def _rows(config: Config) -> Iterator[Row]:
    jobs = [(name, seed) for seed in range(config.seeds) for name in config.variants or VARIANTS]
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        for row in pool.map(partial(kept, config), jobs):
            print(row, flush=True)
            yield row


def kept(config: Config, job: tuple[str, int]) -> Row:
    """A row from the scratch folder, or made and put there.

    Parameters
    ----------
    config : Config
    job : tuple of str and int
        A variant and a seed.
    """
    name, seed = job

    def make() -> Row:
        return {"variant": name, "seed": seed} | one(VARIANTS[name], seed, config.steps, config)

    return remembered(config.scratch, f"{name.replace(' ', '_')}-{seed}-{config.steps}", make)


def one(options: dict[str, Any], seed: int, steps: int, config: Config) -> Row:
    """Learn and judge once.

    Parameters
    ----------
    options : dict
        Of `SemiSupervised`.
    seed, steps : int
    config : Config
    """
    torch.set_num_threads(1)
    given = learnt(config.data, seed)
    before = time.process_time()
    held: dict[str, Any] = {"network": small, "steps": steps} | options
    model = SemiSupervised(**held, random_state=seed)
    model.fit(given.labelled, given.y, given.unlabelled)
    cost = time.process_time() - before
    errors = {}
    for use in ("test", "validation"):
        x, y = judged(config.data, use)
        errors[use] = float((model.predict(x) != y).double().mean())
    return {"error": errors["test"], "validation": errors["validation"], "cpu_s": cost} | {
        "steps": model.n_iter_,
        "last": model.history_[-1],
    }


def summary(rows: list[Row]) -> list[Row]:
    """Mean errors over seeds, their deviations and shares of the supervised one's.

    Parameters
    ----------
    rows : list of dict
    """
    held: dict[str, list[Row]] = {}
    for row in rows:
        held.setdefault(row["variant"], []).append(row)
    errors = {name: [row["error"] for row in own] for name, own in held.items()}
    base = fmean(errors["supervised"]) if "supervised" in errors else None
    return [
        {
            "variant": name,
            "error": round(fmean(found), 5),
            "deviation": round(stdev(found), 5) if found[1:] else None,
            "of_supervised": round(fmean(found) / base, 3) if base else None,
            "errors": found,
            "validation": round(fmean(row["validation"] for row in held[name]), 5),
            "cpu_s": round(fmean(row["cpu_s"] for row in held[name]), 1),
        }
        for name, found in errors.items()
    ]
