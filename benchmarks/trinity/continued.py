"""A run that is continued with new votes, beside a fresh run on all votes: accuracy and core-seconds.

``python -m benchmarks.trinity.continued --out benchmarks/results/trinity-continued-cpu.json``

A seed draws the set, as in `benchmarks.trinity.run`, and which share of its votes is new. The first run has
the others; it is continued with the new ones. The fresh run has all. Each runs in a process of its own.
Labels are judged by the truth of all items, and the chosen model by test items, neither of which a run sees.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pipelines
from benchmarks import harness
from benchmarks.trinity import judge
from benchmarks.trinity.data import Set, prepare
from benchmarks.trinity.run import scratch_folder
from pipelines import parse

Row = dict[str, Any]
JUDGED = ("labels", "model")


@dataclass(frozen=True)
class Config:
    """Compare a run that is continued with a fresh one."""

    data: Path = Path("../shared/data")
    """Directory with sentiment_polarity, labelme, text and crowd."""
    sets: tuple[str, ...] = ("polarity", "labelme", "nyt")
    """Sets of the table."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Draws of tasks and of the new votes."""
    share: float = 0.05
    """Of the votes, which are new."""
    threads: int = 1
    """Threads of each run."""
    scratch: Path | None = None
    """Directory for the sets and runs, kept for the next time; by default it is not."""
    out: Path | None = None
    """JSON file to write, again after each set."""


def parted(given: Set, share: float, folder: Path) -> tuple[Path, Path]:
    """The set with the earlier votes alone, and the file of the others, drawn by its seed.

    Parameters
    ----------
    given : Set
    share : float
        Of the votes, which are new.
    folder : Path
        Where to write them.

    Returns
    -------
    seen : Path
        Folder like ``given.seen``.
    new : Path
        CSV of votes.
    """
    seen, votes = folder / "seen", pd.read_csv(given.seen / "votes.csv")
    seen.mkdir(parents=True, exist_ok=True)
    for path in given.seen.iterdir():
        if not (seen / path.name).exists() and path.stem != "votes":
            os.link(path, seen / path.name)
    drawn = np.random.default_rng([given.seed, 3]).permutation(len(votes)) < share * len(votes)
    votes[~drawn].to_csv(seen / "votes.csv", index=False)
    votes[drawn].to_csv(folder / "new.csv", index=False)
    return seen, folder / "new.csv"


def draw(given: Set, share: float, threads: int, scratch: Path) -> dict[str, Row]:
    """Accuracies and core-seconds of the fresh run and of the continued one, with one seed."""
    at = scratch / "continued" / f"{given.name}-{given.seed}"
    seen, new = parted(given, share, at)
    same = {"threads": threads, "seed": given.seed}
    whole = {"data": str(given.seen), "out": str(at / "fresh")} | same
    early = {"data": str(seen), "out": str(at / "rounds")} | same
    fresh = measured(given, "ours", whole)
    first = measured(given, "ours", early)
    return {
        "fresh": fresh,
        "first": first,
        "continued": measured(given, "continued", early | {"votes": str(new)}),
    }


def measured(given: Set, system: str, request: Row) -> Row:
    """Run once; predictions are checked and judged before the time is told."""
    sample = harness.measure(f"trinity.{system}", request)["digest"]
    hits = judge.right(Path(sample["predictions"]), given.gold(), f"trinity.{system}")
    folder = pipelines.find(Path("latest"), "trinity", Path(request["out"]) / "run")
    labels = pd.read_parquet(folder / "labels.parquet").set_index("task")["label"].astype(str)
    truth = given.gold("items")
    right = {"labels": float((labels.loc[truth.index] == truth).mean()), "model": float(hits.mean())}
    return right | {"cpu_s": sample["stages"]["flow"]}


def summary(name: str, draws: list[dict[str, Row]]) -> Row:
    """A row of the table: what each run is right on, how far they differ, and the ratio of their times.

    ``difference`` is of each seed; ``within`` says whether its mean is no larger than the standard deviation
    of the fresh runs over seeds.
    """
    row: Row = {"set": name, "seeds": len(draws)}
    for what in JUDGED:
        fresh, continued = ([each[run][what] for each in draws] for run in ("fresh", "continued"))
        difference = np.subtract(continued, fresh)
        spread = float(np.std(fresh, ddof=1)) if len(fresh) > 1 else None
        row[what] = {
            "fresh": float(np.mean(fresh)),
            "continued": float(np.mean(continued)),
            "differences": [round(float(each), 4) for each in difference],
            "spread": spread,
            "within": spread is not None and bool(abs(difference.mean()) <= spread),
        }
    seconds = {run: [each[run]["cpu_s"] for each in draws] for run in ("fresh", "continued")}
    ratios = np.divide(seconds["continued"], seconds["fresh"])
    row |= {f"{run}_cpu_s": round(float(np.median(own)), 1) for run, own in seconds.items()}
    return row | {"ratio": round(float(np.median(ratios)), 3), "ratio_most": round(float(ratios.max()), 3)}


def main(config: Config) -> list[Row]:
    """Run all sets, print a line of each, and write the results; returns the rows."""
    rows, draws = list[Row](), list[Row]()
    with scratch_folder(config.scratch) as scratch:
        for name in config.sets:
            own = list[dict[str, Row]]()
            for seed in config.seeds:
                own.append(
                    draw(prepare(name, config.data, scratch, seed), config.share, config.threads, scratch)
                )
                draws.append({"set": name, "seed": seed} | own[-1])
                print(draws[-1], flush=True)
            rows.append(summary(name, own))
            print(line(rows[-1]), flush=True)
            if config.out:
                harness.write(config.out, rows, draws=draws, share=config.share)
    return rows


def line(row: Row) -> str:
    """What is printed of a set.

    Examples
    --------
    >>> one = {"fresh": 0.75, "continued": 0.74, "spread": 0.02, "differences": [], "within": True}
    >>> line({"set": "nyt", "labels": one, "model": one, "ratio": 0.25})
    'nyt: labels 74.0% (fresh 75.0% ± 2.0%), model 74.0% (fresh 75.0% ± 2.0%), in 0.25 of the time'
    """
    told = []
    for what in JUDGED:
        own = row[what]
        told.append(f"{what} {own['continued']:.1%} (fresh {own['fresh']:.1%} ± {own['spread'] or 0:.1%})")
    return f"{row['set']}: {', '.join(told)}, in {row['ratio']:.2f} of the time"


if __name__ == "__main__":
    main(parse(Config, __doc__))
