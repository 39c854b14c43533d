"""MBEM beside simpler ways to train on crowd votes: is it 5 points better, and is labelling once best.

``python -m benchmarks.mbem --data ../shared/data --out benchmarks/results/mbem-cpu.json``

Khetan, Lipton and Anandkumar (ICLR 2018) claim both. Accuracy is that of the trained classifier on test rows
with true labels; these are used for nothing else. MBEM's defaults were chosen on other simulated votes.
Intervals are Student's, 95 %, over seeds: of votes, items and networks, not of the test rows.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks import harness
from benchmarks.mbem import data as mbem_data
from etl.crowd.sample import sample
from models.crowd.baselines import train
from models.crowd.redundancy import interval as label_once_interval

METHODS = ("majority", "votes", "dawid_skene", "mbem", "gold")
VARIANTS: dict[str, dict[str, Any]] = {
    "mbem, soft labels": {"labels": "soft"},
    "mbem, 1 posterior": {"n_iter": 1, "holdout": 0},
    "mbem, no stop": {"holdout": 0},
    "mbem, no smoothing": {"smoothing": 0},
    "mbem, prior q": {"prior": "model"},
    "mbem, prior q, no stop": {"prior": "model", "holdout": 0},
    "mbem, prior q, 1 posterior": {"prior": "model", "n_iter": 1, "holdout": 0},
    "mbem, out of fold": {"out_of_fold": 5},
}
ALL = 0
"""Redundancy that takes all votes."""
REAL: dict[str, tuple[Any, tuple[int, ...], tuple[int, ...], int]] = {
    "labelme": (mbem_data.labelme, (1, 2, ALL), (1, 2, 3), 1000),
    "polarity": (mbem_data.polarity, (1, 2, 3, 5, ALL), (1, 2, 3, 5), 4999),
}
"""Reader of each real crowd, redundancies on all items and within a budget, and the budget."""
SIMULATED = {
    "hammers, network": (False, 64),
    "hammers by class, network": (True, 64),
    "hammers, softmax": (False, 0),
    "hammers by class, softmax": (True, 0),
}
"""Of each simulated crowd on digits, whether hammers differ by class, and the network's hidden units."""


@dataclass(frozen=True)
class Config:
    """Compare ways to train on crowd votes."""

    data: Path = Path("../shared/data")
    """Directory with labelme, sentiment_polarity and mnist; without it scikit-learn's digits are taken."""
    seeds: int = 5
    """Draws of votes, items and networks."""
    budget: int = 10_000
    """Number of votes on the simulated digits."""
    workers: int = 2
    """Processes to run at the same time."""
    out: Path | None = None
    """JSON file to write."""


@dataclass(frozen=True)
class Job:
    """One draw of votes, on which every method is tried."""

    data: Path
    name: str
    design: str
    r: int
    budget: int
    seed: int
    ablate: bool


def jobs(config: Config) -> list[Job]:
    """All draws, the longest first."""
    found = []
    size = config.budget if (config.data / "mnist").exists() else 1300
    for seed in range(config.seeds):
        for name in SIMULATED:
            for r in (1, 3, 5, 7, 13):
                ablate = name == "hammers, network" and r == 1
                found.append(Job(config.data, name, "budget", r, size, seed, ablate))
    for name, (_, each, within, budget) in REAL.items():
        if not (config.data / "labelme").exists():
            continue
        for seed in range(config.seeds):
            found += [Job(config.data, name, "items", r, 0, seed, r in (1, 3, ALL)) for r in each]
            found += [Job(config.data, name, "budget", r, budget, seed, False) for r in within]
    return sorted(found, key=lambda job: not job.ablate)


@lru_cache
def read(name: str, folder: Path) -> Any:
    """Data of a set, once a process."""
    return REAL[name][0](folder) if name in REAL else mbem_data.digits(folder)


def run(job: Job) -> list[dict[str, Any]]:
    """Accuracy of each method on one draw."""
    source = read(job.name, job.data)
    if job.name in REAL:
        data, estimator = source, mbem_data.linear()
        votes = sample(data.votes, job.r, job.budget or None, job.seed)
    else:
        by_class, hidden = SIMULATED[job.name]
        data = mbem_data.simulated(source, job.budget // job.r, job.r, by_class, job.seed)
        votes, estimator = data.votes, mbem_data.network(hidden, job.seed)
    place = {"set": job.name, "design": job.design, "r": "all" if job.r == ALL else job.r, "seed": job.seed}
    place |= {"items": len(votes.tasks), "votes": len(votes), "test_rows": len(data.test_truth)}
    gold = pd.Series(data.truth)
    found = []
    for method in (*METHODS, *(VARIANTS if job.ablate else ())):
        options, seed = VARIANTS.get(method, {}), {"random_state": job.seed}
        model = train(estimator, data.X, votes, method.partition(",")[0], gold=gold, **seed, **options)
        accuracy = float((model.predict(data.test) == data.test_truth).mean())
        found.append(
            place | {"method": method, "accuracy": accuracy, "rounds": getattr(model, "n_iter_", None)}
        )
    return found


def interval(values: Any) -> dict[str, float]:
    """Mean, and half the width of its 95 % interval."""
    mean, half = label_once_interval(values)
    return {"mean": round(mean, 4), "half": round(half or 0.0, 4)}


def summary(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Accuracy of each method and its gain over the majority on the same draws."""
    found = []
    for key, own in rows.groupby(["set", "design", "r"], sort=False):
        by = own.pivot(index="seed", columns="method", values="accuracy")
        for method in [name for name in (*METHODS, *VARIANTS) if name in by]:
            mine = own[own["method"] == method]
            rounds = mine["rounds"].mean()
            found.append(
                dict(zip(("set", "design", "r"), key, strict=True))
                | {name: int(mine[name].median()) for name in ("items", "votes", "test_rows")}
                | {"method": method, "accuracy": interval(by[method])}
                | {"over_majority": interval(by[method] - by["majority"])}
                | {"rounds": None if np.isnan(rounds) else float(rounds), "seeds": by[method].tolist()}
            )
    return found


def label_once(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Whether one vote a task beats every higher redundancy of the same budget, by method."""
    found = []
    rows = [row for row in results if row["design"] == "budget" and row["method"] in METHODS]
    for name, method in dict.fromkeys((row["set"], row["method"]) for row in rows):
        own = [row for row in rows if (row["set"], row["method"]) == (name, method)]
        once = next(row for row in own if row["r"] == 1)
        gains = {
            str(row["r"]): interval(np.subtract(once["seeds"], row["seeds"])) for row in own if row["r"] != 1
        }
        worse = [r for r, gain in gains.items() if gain["mean"] + gain["half"] < 0]
        shown = all(gain["mean"] - gain["half"] > 0 for gain in gains.values())
        verdict = "refuted by r = " + ", ".join(worse) if worse else "shown" if shown else "open"
        found.append({"set": name, "method": method, "once_minus_r": gains, "verdict": verdict})
    return found


def tell(value: dict[str, float], sign: str = "") -> str:
    """A share as percents with its interval."""
    return f"{100 * value['mean']:{sign}.1f} ±{100 * value['half']:.1f}"


def table(results: list[dict[str, Any]], once: list[dict[str, Any]]) -> str:
    """Markdown: accuracies, the gain beside the claim of 5 points, variants, and label once."""
    return "\n\n".join("\n".join(lines) for lines in (accuracies(results), ablation(results), labels(once)))


def accuracies(results: list[dict[str, Any]]) -> list[str]:
    """A line each draw's kind: every method's accuracy, and whether MBEM gains the 5 points claimed."""
    lines = [f"| set | fixed | r x items | {' | '.join(METHODS)} | mbem - majority | +5 points |"]
    lines.append("|" + "---|" * (len(METHODS) + 5))
    for key in dict.fromkeys(map(_kind, results)):
        by = {row["method"]: row for row in results if _kind(row) == key}
        gain, shape = by["mbem"]["over_majority"], f"{key[2]} x {by['mbem']['items']:,}"
        scores = " | ".join(tell(by[method]["accuracy"]) for method in METHODS)
        lines.append(f"| {key[0]} | {key[1]} | {shape} | {scores} | {tell(gain, '+')} | {claim(gain)} |")
    return lines


def claim(gain: dict[str, float]) -> str:
    """Whether a gain is 5 points or more, by its 95 % interval."""
    low, high = gain["mean"] - gain["half"], gain["mean"] + gain["half"]
    return "yes" if low >= 0.05 else "no" if high < 0.05 else "open"


def ablation(results: list[dict[str, Any]]) -> list[str]:
    """A line each variant of MBEM, on the draws that were ablated."""
    ablated = {_kind(row) for row in results if row["method"] in VARIANTS}
    return ["| set | r | variant | over majority | rounds |", "|---|---|---|---|---|"] + [
        f"| {row['set']} | {row['r']} | {row['method']} | {tell(row['over_majority'], '+')} "
        f"| {row['rounds']:.1f} |"
        for row in results
        if _kind(row) in ablated and row["method"].startswith("mbem")
    ]


def labels(once: list[dict[str, Any]]) -> list[str]:
    """A line each set and method: what one vote a task gains on each higher redundancy."""
    lines = ["| set | method | once minus r, points | label once |", "|---|---|---|---|"]
    for row in once:
        gains = "; ".join(f"r={r}: {tell(gain, '+')}" for r, gain in row["once_minus_r"].items())
        lines.append(f"| {row['set']} | {row['method']} | {gains} | {row['verdict']} |")
    return lines


def _kind(row: dict[str, Any]) -> tuple[str, str, Any]:
    return row["set"], row["design"], row["r"]


def main(config: Config) -> None:
    """Run all draws, print the tables, and write the results."""
    with ProcessPoolExecutor(config.workers, initializer=_one_thread) as pool:
        rows = pd.DataFrame([row for found in pool.map(run, jobs(config)) for row in found])
    order = ["labelme", "polarity", *SIMULATED]
    rows = rows.sort_values(
        ["set", "design", "r"],
        key=lambda c: (
            c.map(order.index) if c.name == "set" else c.replace("all", 99).astype(str).str.zfill(6)
        ),
        kind="stable",
    )
    results = summary(rows)
    once = label_once(results)
    print(table(results, once))
    if config.out:
        harness.write(config.out, results, label_once=once)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
    threadpool_limits(1)
