"""The numbers of a comparison: scores, bytes, seconds, liars, and what other networks would give."""

import math
from pathlib import Path
from typing import Any

import torch

from models.signsgd.advisor import advise
from models.signsgd.fault_curves import RULES
from models.signsgd.network_model import Codec, Job, Link, rank
from pipelines.signsgd.config import Config

LINKS = {"100 Mbit/s": 1e8, "1 Gbit/s": 1e9, "10 Gbit/s": 1e10, "100 Gbit/s": 1e11}
RANK = 2
"""PowerSGD's, in the curves of bandwidth."""
Result = dict[str, Any]
Histories = dict[str, list[Result]]
"""Of each optimiser, the history of each worker; see `models.signsgd.trainer.History`."""


def measures(config: Config, results: list[Result]) -> dict[str, Any]:
    """The numbers of all workers' results."""
    first, workers = results[0], len(results)
    histories = {name: [result[name]["history"] for result in results] for name in config.optimisers}
    return {
        "task": config.task,
        "measure": first["measure"],
        "baseline_name": first["baseline"][0],
        "baseline": first["baseline"][1],
        "workers": workers,
        "steps": first["steps"],
        "batch": config.batch,
        "examples": first["count"],
        "lr": {name: config.lr(name) for name in config.optimisers},
        "replicas_identical": all(result[name]["same"] for result in results for name in config.optimisers),
        **scores(histories),
        **traffic(histories, first["cost"]["shapes"]),
        **votes(first.get("vote")),
        "voters": config.faults.voters,
        "faults": faults([point for result in results for point in result["faults"]]),
        **network(config, first["cost"], workers),
    }


def scores(histories: Histories) -> dict[str, Any]:
    """Score at the end, seconds a step, and the points between, of each optimiser by rank 0."""
    first = {name: each[0] for name, each in histories.items()}
    return {
        "score": {name: history["points"][-1][3] for name, history in first.items()},
        "seconds_per_step": {name: _a_step(history, "seconds") for name, history in first.items()},
        "curve": {name: history["points"] for name, history in first.items()},
    }


def traffic(histories: Histories, shapes: list[list[int]]) -> dict[str, Any]:
    """Bytes a step of the worker that sends most, beside those of a ring of fp32 means."""
    workers = len(next(iter(histories.values())))
    parameters = sum(map(math.prod, shapes))
    sent = {name: max(_a_step(each, "sent") for each in own) for name, own in histories.items()}
    fp32 = 2 * (workers - 1) / workers * 4 * parameters
    return {
        "parameters": parameters,
        "bytes_per_step": sent,
        "bytes_per_step_fp32": fp32,
        "ratio_bytes": fp32 / sent["vote"] if sent.get("vote") else None,
    }


def votes(result: Result | None) -> dict[str, Any]:
    """Health of the gradients, and how far workers agree beyond chance; none without votes."""
    if result is None:
        return {"monitors": [], "agreement": None}
    return {"monitors": list(map(_clean, result["history"]["health"])), "agreement": result["agreement"]}


def _a_step(history: Result, name: str) -> float:
    return history[name] / max(history["step"], 1)


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

    Messages follow the gradient without overlap; gradient and codec take as long as on this machine. As one
    worker sends nothing, two are looked at in its place.
    """
    job, codec = Job(cost["shapes"], max(workers, 2), cost["compute"], rank=RANK), Codec(**cost["codec"])
    bandwidths = [10 ** (7 + k / 4) for k in range(17)]
    speed: dict[str, list[list[float]]] = {}
    for bandwidth in bandwidths:
        for time in rank(Link(bandwidth), job, codec):
            speed.setdefault(time.name, []).append([bandwidth, config.batch / time.step])
    advice = {name: vars(advise(rank(Link(bits), job, codec))) for name, bits in LINKS.items()}
    return {"throughput": speed, "advice": advice}


def warning(metrics: dict[str, Any]) -> str:
    """Why not to trust the best network, where what knows nothing is better; empty otherwise."""
    best = max(metrics["score"].values())
    if best > metrics["baseline"]:
        return ""
    return (
        f"the best network's score on held-out examples ({metrics['measure']}) is {best:.3f}, and "
        f"{metrics['baseline_name']} has {metrics['baseline']:.3f}; let it learn longer with --epochs"
    )


def keep(config: Config, results: list[Result], folder: Path) -> None:
    """Write what `Config.resume` needs of each worker."""
    (folder / "states").mkdir()
    for name in config.optimisers:
        first = results[0][name]
        workers = [{key: result[name][key] for key in ("vote", "history")} for result in results]
        state = {"model": first["model"], "optimizer": first["optimizer"], "workers": workers}
        torch.save(state, folder / "states" / f"{name}.pt")
