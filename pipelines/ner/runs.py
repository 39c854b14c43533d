"""The runs behind the curves: one for each acquisition and seed, each taken up where it was left."""

import json
import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from etl.conll import schemes, score
from etl.conll.corpus import Corpus
from etl.files import write
from etl.labelling.query_log import QueryLog
from models.active.acquisition import acquisition
from models.active.loop import ActiveLearner
from models.active.oracles import Gold
from models.active.stops import Stop
from models.active.taggers import TaggerLearner
from models.tagger.crf_features import ShallowCRF
from models.tagger.estimator import TaggerEstimator
from pipelines.ner.config import Config, Network
from pipelines.ner.data import Dataset
from pipelines.ner.model import estimator

Row = dict[str, Any]


@dataclass(frozen=True)
class RunInputs:
    """What every run needs, sent once to each process."""

    task: Dataset
    config: Config
    folder: Path


def learner(task: Dataset, network: Network, epochs: int, seed: int = 0) -> TaggerEstimator:
    """A new tagger for a task."""
    sizes = len(task.words), len(task.characters)
    return estimator(sizes, task.names, network, vectors=task.vectors, epochs=epochs, seed=seed)


def judge(task: Dataset, model: TaggerEstimator) -> float:
    """F1 of spans in the sentences held out."""
    return score.span_f1(task.held.tags, model.predict(task.held), task.held.starts, task.names).f1


def full(work: RunInputs, seed: int) -> Row:
    """A tagger that learnt from every sentence of the pool: its F1, and what it is as bytes in a file."""
    place = work.folder / f"full-{seed}.json"
    if not place.exists():
        network = work.config.network
        model = learner(work.task, network, network.epochs, seed).fit(work.task.pool)
        write(place.with_suffix(".bin"), model.state())
        row = {"f1": judge(work.task, model), "losses": model.history_}
        write(place, json.dumps(row).encode())
    return json.loads(place.read_text())


def shallow(work: RunInputs) -> Row:
    """A CRF with hand-made features that learnt from every sentence of the pool; no F1 without CRFsuite."""
    place = work.folder / "shallow.json"
    if not place.exists():
        write(place, json.dumps(_shallow(work.task)).encode())
    return json.loads(place.read_text())


def _shallow(task: Dataset) -> Row:
    train, test = (in_iob2(part) for part in (task.train, task.test))
    try:
        model = ShallowCRF().fit(train)
    except ImportError as error:
        return {"f1": None, "why": str(error)}
    return {"f1": score.span_f1(test.tags, model.predict(test), test.starts, test.names, "IOB2").f1}


def in_iob2(text: Corpus) -> Corpus:
    """The same tags in IOB2, with which the shallow model is as good in half the time."""
    tags, names = schemes.convert(text.tags, text.starts, text.names, "IOB2", "BIOES")
    return replace(text, tags=tags, names=names)


def curve(work: RunInputs, name: str, seed: int) -> list[Row]:
    """The points of one acquisition's run; its questions are in its folder."""
    task, plan, network = work.task, work.config.plan, work.config.network
    words = task.train.tokens
    model = learner(task, network, network.round_epochs).set_params(lr=network.round_lr)
    rounds = ActiveLearner(
        TaggerLearner(
            model, task.pool, partial(judge, task), steps=network.round_steps, keep=network.keep_weights
        ),
        acquisition(name, samples=plan.samples, seed=seed),
        Gold(task.pool.tags, task.pool.starts),
        start=max(1, round(plan.start * words)),
        budget=max(1, round(plan.step * words)),
        stop=Stop(share=plan.until),
        journal=QueryLog(log(work.folder, name, seed)),
        seed=seed,
    )
    return rounds.run(task.pool.starts[1:] - task.pool.starts[:-1]).curve_


def log(folder: Path, name: str, seed: int) -> Path:
    """Where a run's questions are."""
    return folder / f"{name}-{seed}"


def jobs(config: Config) -> list[tuple[str, int]]:
    """Runs to make, the longest first; "full" and "shallow" learn from everything."""
    seeds = range(config.seed, config.seed + config.plan.seeds)
    names = sorted(config.plan.acquisitions, key=lambda name: -acquisition(name).samples)
    whole = [("shallow", config.seed), *(("full", seed) for seed in seeds)]
    return whole + [(name, seed) for name in names for seed in seeds]


def all_runs(work: RunInputs, workers: int) -> dict[tuple[str, int], Any]:
    """Every run's result, by acquisition and seed."""
    wanted = jobs(work.config)
    bar = partial(tqdm, total=len(wanted), desc="runs", leave=False, disable=None)
    return dict(bar(_here(work, wanted) if workers == 1 else _there(work, wanted, workers)))


Found = Iterator[tuple[tuple[str, int], Any]]


def _here(work: RunInputs, wanted: list[tuple[str, int]]) -> Found:
    yield from ((job, _make(work, *job)) for job in wanted)


def _there(work: RunInputs, wanted: list[tuple[str, int]], workers: int) -> Found:
    """In processes of one thread each: small networks gain nothing from more."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(wanted)), context, _begin, (work,)) as pool:
        futures = {pool.submit(_in_process, *job): job for job in wanted}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()  # else the run would end when they do
            raise


def _make(work: RunInputs, name: str, seed: int) -> Any:
    if name == "shallow":
        return shallow(work)
    return full(work, seed) if name == "full" else curve(work, name, seed)


_held: list[RunInputs] = []


def _begin(work: RunInputs) -> None:
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _held[:] = [work]


def _end_with_parent() -> None:
    """A run that is killed must not go on beside the one that takes it up."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_process(name: str, seed: int) -> Any:
    return _make(_held[0], name, seed)


def settings(config: Config) -> dict[str, Any]:
    """What must be equal for a run to be taken up again."""
    return {"network": asdict(config.network), "plan": asdict(config.plan) | {"until": None, "seeds": None}}
