"""The runs behind the curves: one for each acquisition and seed, each taken up where it was left."""

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from etl.files import write
from etl.labelling.query_log import QueryLog
from etl.machine import deaf_children, end_with_parent
from etl.records.waiting import doing
from models.active.acquisition import acquisition
from models.active.loop import ActiveLearner
from models.active.oracles import Gold
from models.active.stops import Stop
from models.active.taggers import TaggerLearner
from models.tagger.dataset import Dataset
from models.tagger.supervised import held_f1, new_tagger, shallow_f1
from pipelines.ner.config import Config

Row = dict[str, Any]
Job = tuple[str, int]
"""An acquisition, ``"full"`` or ``"shallow"``, and a seed."""
Result = tuple[Job, Any]


@dataclass(frozen=True)
class RunInputs:
    """What every run needs, sent once to each process."""

    dataset: Dataset
    config: Config
    folder: Path


def full(inputs: RunInputs, seed: int) -> Row:
    """A tagger that learnt from every sentence of the pool: its F1, and what it is as bytes in a file."""
    path = inputs.folder / f"full-{seed}.json"
    if not path.exists():
        network = inputs.config.network
        model = new_tagger(inputs.dataset, network, network.epochs, seed).fit(inputs.dataset.pool)
        write(path.with_suffix(".bin"), model.state())
        row = {"f1": held_f1(inputs.dataset, model), "losses": model.history_}
        write(path, json.dumps(row).encode())
    return json.loads(path.read_text())


def shallow(inputs: RunInputs) -> Row:
    """A CRF with hand-made features that learnt from every sentence of the pool; no F1 without CRFsuite."""
    path = inputs.folder / "shallow.json"
    if not path.exists():
        try:
            row: Row = {"f1": shallow_f1(inputs.dataset)}
        except ImportError as error:
            row = {"f1": None, "why": str(error)}
        write(path, json.dumps(row).encode())
    return json.loads(path.read_text())


def curve(inputs: RunInputs, name: str, seed: int) -> list[Row]:
    """The points of one acquisition's run; its questions are in its folder."""
    data, plan, network = inputs.dataset, inputs.config.plan, inputs.config.network
    words = data.train.tokens
    model = new_tagger(data, network, network.round_epochs).set_params(lr=network.round_lr)
    rounds = ActiveLearner(
        TaggerLearner(
            model, data.pool, partial(held_f1, data), steps=network.round_steps, keep=network.keep_weights
        ),
        acquisition(name, samples=plan.samples, seed=seed),
        Gold(data.pool.tags, data.pool.starts),
        start=max(1, round(plan.start * words)),
        budget=max(1, round(plan.step * words)),
        stop=Stop(share=plan.until),
        run_log=QueryLog(log(inputs.folder, name, seed)),
        seed=seed,
    )
    return rounds.run(data.pool.starts[1:] - data.pool.starts[:-1]).curve_


def log(folder: Path, name: str, seed: int) -> Path:
    """Where a run's questions are."""
    return folder / f"{name}-{seed}"


def jobs(config: Config) -> list[Job]:
    """Runs to make, the longest first; "full" and "shallow" learn from everything."""
    seeds = range(config.seed, config.seed + config.plan.seeds)
    names = sorted(config.plan.acquisitions, key=lambda name: -acquisition(name).samples)
    whole = [("shallow", config.seed), *(("full", seed) for seed in seeds)]
    return whole + [(name, seed) for name in names for seed in seeds]


def all_runs(inputs: RunInputs, workers: int) -> dict[Job, Any]:
    """Every run's result, by acquisition and seed, here or in so many processes."""
    wanted = jobs(inputs.config)
    here = ((job, _make(inputs, *job)) for job in wanted)
    made = here if workers == 1 else _in_processes(inputs, wanted, workers)
    found: dict[Job, Any] = {}
    doing(f"0 of {len(wanted)} runs made")
    for job, result in tqdm(made, total=len(wanted), desc="runs", leave=False, disable=None):
        found[job] = result
        doing(f"{len(found)} of {len(wanted)} runs made")
    return found


def _in_processes(inputs: RunInputs, wanted: list[Job], workers: int) -> Iterator[Result]:
    """Of one thread each: small networks gain nothing from more."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(wanted)), context, _begin, (inputs,)) as pool:
        with deaf_children():
            futures = {pool.submit(_in_process, *job): job for job in wanted}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()  # else the run would end when they do
            raise


def _make(inputs: RunInputs, name: str, seed: int) -> Any:
    if name == "shallow":
        return shallow(inputs)
    return full(inputs, seed) if name == "full" else curve(inputs, name, seed)


_held: list[RunInputs] = []


def _begin(inputs: RunInputs) -> None:
    torch.set_num_threads(1)
    end_with_parent()
    _held[:] = [inputs]


def _in_process(name: str, seed: int) -> Any:
    return _make(_held[0], name, seed)


def settings(config: Config) -> dict[str, Any]:
    """What must be equal for a run to be taken up again."""
    return {"network": asdict(config.network), "plan": asdict(config.plan) | {"until": None, "seeds": None}}
