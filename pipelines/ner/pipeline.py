"""How few words must be labelled to find the names in text? Tagged sentences in; curves and a tagger out.

``python -m pipelines.ner --data train.conll --test test.conll``; with unlabelled text of your own,
``python -m pipelines.ner label --data text.txt`` opens a page to label what the model asks for.
"""

import json
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from etl import handoff, records
from etl.engine import choose
from etl.mortgage import plan as limits
from models.active.acquisition import acquisition
from pipelines import figures, lock
from pipelines.ner import figures as ner_figures
from pipelines.ner import measures as ner_measures
from pipelines.ner.config import Config, Network, Plan
from pipelines.ner.data import Dataset, load, task
from pipelines.ner.labelling.pipeline import Label, label
from pipelines.ner.model import SavedTagger
from pipelines.ner.runs import RunInputs, all_runs, settings
from pipelines.ner.story import story
from pipelines.run import Run, step

__all__ = ["Config", "Network", "Plan", "main"]

COMMANDS = {"label": (label, Label)}
"""What follows ``python -m pipelines.ner`` instead of options."""


def main(config: Config) -> Path:
    """Load, code, compare, judge, report; returns the run's folder."""
    check(config)
    engine = choose(config.device)
    workers = config.workers or (1 if engine.name == "gpu" else limits.cores())
    with Run("ner", config, out=config.out, engine=engine) as run, records.collect() as entries:
        with step(run, "load"):
            train, test, told = load(config)
            run.say(f"sentences: {told}")
        with step(run, "code"):
            work = task(train, test, engine, config.seed)
        with rounds(run, config, work) as folder:
            with step(run, "compare"):
                found = all_runs(RunInputs(work, config, folder), workers)
            return report(run, entries, config, work, folder, found)


def check(config: Config) -> None:
    """Refuse what cannot be run before any work.

    Raises
    ------
    ValueError
        There is no such acquisition, or a share is out of its range.
    """
    plan = config.plan
    for name in plan.acquisitions:
        acquisition(name)
    shares = (("start", plan.start, 1.0), ("step", plan.step, 1.0), ("until", plan.until, 1.0))
    for name, value, most in shares:
        if not 0 < value <= most:
            raise ValueError(f"--{name} is {value}; it is a share of the words, above 0 and at most 1")
    if plan.seeds < 1 or not plan.acquisitions:
        raise ValueError("there is nothing to compare; give at least one acquisition and one seed")


@contextmanager
def rounds(run: Run, config: Config, work: Dataset) -> Iterator[Path]:
    """Folder of the rounds, which outlives a run that is killed, and is removed when the run is done."""
    key = zlib.crc32(json.dumps([settings(config), work.key, run.engine.name]).encode())
    folder = run.home / f".rounds-{key:08x}"
    run.say(f"rounds: {'taken up from' if folder.exists() else 'kept in'} {folder}")
    folder.mkdir(exist_ok=True)
    held = lock.lock(folder)
    if held is None:
        raise RuntimeError(f"another run works in {folder}; wait for it, or give another --out")
    try:
        yield folder
    finally:
        os.close(held)
    shutil.rmtree(folder)


def report(
    run: Run,
    entries: list[records.Entry],
    config: Config,
    work: Dataset,
    folder: Path,
    found: dict[tuple[str, int], Any],
) -> Path:
    """Write the tagger, the questions, metrics, figures and the ledger, and close the run."""
    seeds = range(config.seed, config.seed + config.plan.seeds)
    whole = [found["full", seed]["f1"] for seed in seeds]
    runs = {name: [found[name, seed] for seed in seeds] for name in config.plan.acquisitions}
    shallow = found["shallow", config.seed]
    if shallow["f1"] is None:
        run.say(f"shallow baseline: left out, as {shallow['why']}")
    measured = measures(config, work, runs, whole, shallow["f1"])
    chosen = ner_measures.chosen(config, work, folder)
    telling = ner_measures.informative(config, work, folder)
    state = (folder / f"full-{config.seed}.bin").read_bytes()
    SavedTagger(work.words, work.characters, work.names, config.network, state).save(run.path("tagger"))
    ner_measures.keep(config, folder, run.path("questions.jsonl"))
    ledger = handoff.ledger(entries)
    measured |= {
        "rounds": chosen,
        "quarantined": sum(entry["rows"] for entry in records.of_kind(entries, "rejected")),
        "host_crossings": sum(row["times"] for row in ledger if row["copies"] == "host"),
    }
    pictures = ner_figures.all_figures(runs, chosen, telling, measured)
    pictures |= {"timeline": figures.timeline(run.stages), "ledger": figures.ledger(ledger)}
    return run.finish(measured, story=story(measured, telling), figures=pictures, ledger=ledger)


def measures(
    config: Config, work: Dataset, runs: ner_measures.Runs, whole: list[float], shallow: float | None
) -> dict[str, Any]:
    """The numbers of the comparison."""
    f1, entities = float(np.mean(whole)), ner_measures.spans_of(work)
    return {
        "f1_full": f1,
        "f1_full_by_seed": whole,
        "f1_shallow": shallow,
        "curve": ner_measures.curves(runs),
        "curve_by_seed": {
            name: [[[100 * row["share"], row["score"]] for row in run] for run in of]
            for name, of in runs.items()
        },
        "words_at_99pct": ner_measures.needed(runs, ner_measures.ENOUGH * f1),
        "words_at_99pct_by_seed": ner_measures.needed_by_seed(
            runs, [ner_measures.ENOUGH * own for own in whole]
        ),
        "words_at_shallow": {} if shallow is None else ner_measures.needed(runs, shallow),
        "until": 100 * config.plan.until,
        "sentences": len(work.train),
        "words": work.train.tokens,
        "held_out": len(work.test),
        "entities": int(entities.sum()),
        "types": (len(work.names) - 1) // 4,
        "mean_length": work.train.tokens / len(work.train),
        "entities_per_1000": float(1000 * entities.sum() / work.train.tokens),
    }
