"""The numbers of a comparison: scores, bytes, seconds, liars, and what other networks would give."""

import math
from pathlib import Path
from typing import Any

import torch

from models.signsgd.advisor import advise
from models.signsgd.network_model import Codec, Job, Link, rank
from pipelines.signsgd.config import Config
from pipelines.signsgd.fault_curves import RULES

LINKS = {"100 Mbit/s": 1e8, "1 Gbit/s": 1e9, "10 Gbit/s": 1e10, "100 Gbit/s": 1e11}
RANK = 2
"""PowerSGD's, in the curves of bandwidth."""


def measures(config: Config, found: list[dict[str, Any]], steps: int) -> dict[str, Any]:
    """The numbers of all workers' results."""
    first, M = found[0], len(found)
    shapes = first["cost"]["shapes"]
    parameters = sum(math.prod(shape) for shape in shapes)
    told = {name: [worker[name]["history"] for worker in found] for name in config.optimisers}
    sent = {name: max(one["sent"] / max(one["step"], 1) for one in all_) for name, all_ in told.items()}
    seconds = {name: all_[0]["seconds"] / max(all_[0]["step"], 1) for name, all_ in told.items()}
    dense = 2 * (M - 1) / M * 4 * parameters
    return {
        "task": config.task,
        "measure": first["measure"],
        "score": {name: all_[0]["points"][-1][3] for name, all_ in told.items()},
        "parameters": parameters,
        "workers": M,
        "steps": steps,
        "batch": config.batch,
        "examples": first["count"],
        "lr": {name: config.lr(name) for name in config.optimisers},
        "bytes_per_step": sent,
        "bytes_per_step_fp32": dense,
        "ratio_bytes": dense / sent["vote"] if "vote" in sent else None,
        "seconds_per_step": seconds,
        "replicas_identical": all(worker[name]["same"] for worker in found for name in config.optimisers),
        "curve": {name: all_[0]["points"] for name, all_ in told.items()},
        "monitors": [_clean(row) for row in told["vote"][0]["health"]] if "vote" in told else [],
        "agreement": first["vote"]["agreement"] if "vote" in told else None,
        "voters": config.faults.voters,
        "faults": faults([each for worker in found for each in worker["faults"]]),
    } | network(config, first["cost"], M)


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value if math.isfinite(value) else None for name, value in row.items()}


def faults(found: list[tuple[str, int, float]]) -> dict[str, list[list[float]]]:
    """Number of liars and score, by rule.

    Examples
    --------
    >>> faults([("vote", 7, 0.9), ("mean", 0, 1.0), ("vote", 0, 1.0)])
    {'mean': [[0, 1.0]], 'vote': [[0, 1.0], [7, 0.9]]}
    """
    curves = {rule: sorted([n, score] for name, n, score in found if name == rule) for rule in RULES}
    return {rule: points for rule, points in curves.items() if points}


def network(config: Config, cost: dict[str, Any], workers: int) -> dict[str, Any]:
    """Examples a second by bandwidth, and what the advisor says at some.

    Messages follow the gradient without overlap; gradient and codec take as long as on this machine.
    """
    job, codec = Job(cost["shapes"], workers, cost["compute"], rank=RANK), Codec(**cost["codec"])
    bandwidths = [10 ** (7 + k / 4) for k in range(17)]
    speed: dict[str, list[list[float]]] = {}
    for bandwidth in bandwidths:
        for way in rank(Link(bandwidth), job, codec):
            speed.setdefault(way.name, []).append([bandwidth, config.batch / way.step])
    advice = {name: vars(advise(rank(Link(bits), job, codec))) for name, bits in LINKS.items()}
    return {"throughput": speed, "advice": advice}


def keep(config: Config, found: list[dict[str, Any]], folder: Path) -> None:
    """Write each model, and what `Config.resume` needs of each worker."""
    (folder / "models").mkdir()
    (folder / "states").mkdir()
    for name in config.optimisers:
        first = found[0][name]
        torch.save(first["model"], folder / "models" / f"{name}.pt")
        workers = [{key: worker[name][key] for key in ("vote", "history")} for worker in found]
        state = {"model": first["model"], "optimizer": first["optimizer"], "workers": workers}
        torch.save(state, folder / "states" / f"{name}.pt")
