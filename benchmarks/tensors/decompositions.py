"""Tucker, CP and tensor trains beside TensorLy's: CPU seconds in turns, at a residual that is no higher."""

import importlib
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks import harness
from benchmarks.tensors.run import Config, Row
from etl.engine.types import Array
from models.tensors.cp import parafac
from models.tensors.operations import cp_to_tensor, tt_to_tensor, tucker_to_tensor
from models.tensors.tt import tensor_train
from models.tensors.tucker import tucker

SWEEPS, ROUNDS, SLACK = 10, 3, 1e-6
"""SLACK: by so much, of the tensor's norm, a residual of ours may be above theirs."""
PART = 100
"""Tensors of a batch that TensorLy, which takes them one by one, is timed on; scaled to all."""
ENGINES: dict[str, Callable[[np.ndarray], Array]] = {"numpy": np.asarray, "pytorch": torch.as_tensor}


@dataclass(frozen=True)
class Case:
    """What is decomposed, and how: a tensor, or as many as a batch has."""

    kind: str
    size: int
    rank: int
    batch: int = 0
    modes: int = 3

    @property
    def name(self) -> str:
        """For tables."""
        shape = f"{self.size}^{self.modes}"
        return f"{self.kind} of {self.batch:,} x {shape}" if self.batch else f"{self.kind} of {shape}"


CASES = (
    Case("tucker", 120, 16),
    Case("cp", 120, 16),
    Case("train", 120, 16),
    Case("train", 30, 10, modes=4),
    Case("tucker", 20, 4, batch=1000),
    Case("cp", 20, 4, batch=1000),
)
REBUILT: dict[str, Callable[..., Array]] = {
    "tucker": tucker_to_tensor,
    "cp": cp_to_tensor,
    "train": lambda cores: tt_to_tensor(list(cores)),
}


def data(case: Case, seed: int) -> np.ndarray:
    """A tensor of the rank, or several, in noise of half its norm; a batch is the first axis."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(case.batch or 1):
        factors = [rng.normal(size=(case.size, case.rank)) for _ in range(case.modes)]
        core = rng.normal(size=[case.rank] * case.modes)
        exact = tucker_to_tensor((core, factors)) if case.kind == "tucker" else cp_to_tensor((None, factors))
        found.append(exact / exact.std() + 0.5 * rng.normal(size=exact.shape))
    return np.stack(found) if case.batch else found[0]


def ours(case: Case, x: Array) -> Array:
    """The decomposition by our functions, a batch at once."""
    if case.kind == "train":
        return tensor_train(x, ranks(case))
    function = tucker if case.kind == "tucker" else parafac
    return function(x, case.rank, SWEEPS, 0, batch=bool(case.batch))


def theirs(case: Case, x: Array) -> Array:
    """The same by TensorLy, a tensor after the other."""
    peer = importlib.import_module("tensorly.decomposition")
    if case.kind == "train":
        return peer.tensor_train(x, ranks(case))
    rank = [case.rank] * case.modes if case.kind == "tucker" else case.rank
    function = peer.tucker if case.kind == "tucker" else peer.parafac
    found = [function(each, rank, n_iter_max=SWEEPS, tol=0) for each in (x if case.batch else [x])]
    return found if case.batch else found[0]


def ranks(case: Case) -> list[int]:
    """Those of a train."""
    return [1, *[case.rank] * (case.modes - 1), 1]


def residual(case: Case, x: Array, found: Array, own: bool) -> float:
    """Relative; of a batch the mean of the first `PART`."""
    pairs = [(x, found)]
    if case.batch:
        each = [(found[0][at], [factor[at] for factor in found[1]]) for at in range(PART)] if own else found
        pairs = list(zip(x[:PART], each, strict=True))
    left = [float(((one - REBUILT[case.kind](each)) ** 2).sum() / (one**2).sum()) for one, each in pairs]
    return float(np.mean(np.sqrt(left)))


def main(config: Config) -> list[Row]:
    """Compare residuals, then tell times; returns a case and an engine a row, with the ratio."""
    torch.set_num_threads(config.threads)
    rows = []
    for case in CASES:
        whole = data(case, config.seed)
        for engine, place in ENGINES.items():
            rows.append(_compared(case, engine, place(whole), config.repeat or ROUNDS))
            print(rows[-1], flush=True)
    if config.out:
        versions = {
            name: importlib.import_module(name).__version__ for name in ("numpy", "torch", "tensorly")
        }
        harness.write(config.out, rows, versions=versions)
    return rows


def _compared(case: Case, engine: str, x: Array, rounds: int) -> Row:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("tensorly").set_backend(engine)
        results, times = _timed(case, x, rounds)
    left = {name: residual(case, x, found, name == "ours") for name, found in results.items()}
    if not left["ours"] <= left["tensorly"] + SLACK:
        raise ValueError(f"{case.name} on {engine}: our residual is above TensorLy's: {left}")
    row = {"case": case.name, "rank": case.rank, "engine": engine, "residual": left, "cpu_s": times}
    return row | {"ratio": times["tensorly"] / times["ours"]}


def _timed(case: Case, x: Array, rounds: int) -> tuple[dict[str, Array], dict[str, float]]:
    """Results, and median CPU seconds; the first call only warms, on a part of a batch."""
    times: dict[str, list[float]] = {"ours": [], "tensorly": []}
    results = {}
    for turn in range(rounds + 1):
        for name, work in (("ours", ours), ("tensorly", theirs)):
            given = x[: PART if turn else 2] if case.batch and name == "tensorly" else x
            began = time.process_time()
            found = work(case, given)
            if turn:
                scale = case.batch / len(given) if case.batch else 1.0
                times[name].append((time.process_time() - began) * scale)
                results[name] = found
    return results, {name: statistics.median(each) for name, each in times.items()}
