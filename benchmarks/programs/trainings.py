"""Trainings of verifiers, one thread each, whose rows are kept as they are made."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import fmean

from benchmarks.harness import remembered
from benchmarks.programs.run import Config, Row
from etl.equations.forest import Equations
from models.crowd.redundancy import interval
from models.programs.equation_verifier import EquationVerifier

Job = tuple[str, int]
"""A variant and a seed."""


def trained(config: Config, names: Sequence[str], make: Callable[[Config, Job], Row]) -> Iterator[Row]:
    """A row of each variant and seed, seed by seed.

    Parameters
    ----------
    config : Config
        With ``variants``, those alone.
    names : sequence of str
        All variants.
    make : callable
        ``make(config, job)``, at the top of a module.

    Raises
    ------
    ValueError
        A variant is not among the names.
    """
    strange = sorted(set(config.variants) - set(names))
    if strange:
        raise ValueError(f"variant {strange[0]!r} is unknown; --variants takes {', '.join(names)}")
    jobs = [(name, config.seed + at) for at in range(config.seeds) for name in config.variants or names]
    if config.workers == 1:
        yield from (_told(kept(config, make, job)) for job in jobs)
        return
    with ProcessPoolExecutor(config.workers, get_context("spawn"), os.nice, (5,)) as pool:
        yield from map(_told, pool.map(kept, *zip(*((config, make, job) for job in jobs), strict=True)))


def _told(row: Row) -> Row:
    print({name: value for name, value in row.items() if not isinstance(value, list)}, flush=True)
    return row


def kept(config: Config, make: Callable[[Config, Job], Row], job: Job) -> Row:
    """A row from the scratch folder, or made and put there.

    Parameters
    ----------
    config : Config
    make : callable
    job : tuple of str and int
    """
    import torch

    torch.set_num_threads(1)
    name, seed = job
    part = make.__module__.rpartition(".")[2]
    place = f"{part}-{name.replace(' ', '_')}-{seed}-{config.epochs}"
    return remembered(config.scratch, place, lambda: {"variant": name, "seed": seed} | make(config, job))


def fitted(
    config: Config, options: Row, seed: int, train: Equations, told: Equations | None = None
) -> tuple[EquationVerifier, float]:
    """A verifier that has learnt from all equations, and the CPU seconds of that.

    Parameters
    ----------
    config : Config
        With ``epochs``.
    options : dict
        Of `EquationVerifier`.
    seed : int
    train : Equations
    told : Equations, optional
        Expressions and their values.
    """
    before = time.process_time()
    held: Row = {"epochs": config.epochs, "validation": 0.0, "random_state": seed} | options
    model = EquationVerifier(**held).fit(train, evaluations=told)
    return model, time.process_time() - before


def summary(rows: Sequence[Row], measures: Sequence[str], beside: str) -> list[Row]:
    """Means over seeds, half widths of their 95 % intervals, and paired differences.

    Parameters
    ----------
    rows : sequence of dict
        ``variant``, ``seed`` and the measures.
    measures : sequence of str
    beside : str
        The variant that others are compared with, seed by seed.
    """
    held: dict[str, dict[int, Row]] = {}
    for row in rows:
        held.setdefault(row["variant"], {})[row["seed"]] = row
    return [
        {
            "variant": name,
            "seeds": len(own),
            **{measure: _told_of(own, held.get(beside, {}), measure) for measure in measures},
            "cpu_s": round(fmean(row["cpu_s"] for row in own.values()), 1),
        }
        for name, own in held.items()
    ]


def _told_of(own: dict[int, Row], others: dict[int, Row], measure: str) -> Row:
    values = [row[measure] for row in own.values()]
    mean, half = interval(values)
    pairs = [row[measure] - others[seed][measure] for seed, row in own.items() if seed in others]
    gain, gain_half = interval(pairs) if pairs else (None, None)
    return {"mean": mean, "half": half, "difference": gain, "difference_half": gain_half, "values": values}
