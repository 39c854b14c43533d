"""Topics of all systems judged alike, and what follows from the rows: who is as good, and at what cost."""

from typing import Any

import numpy as np

from benchmarks.topics.data import Corpus
from models.topics import metrics

Row = dict[str, Any]
OURS = "ours"
DIGITS = {"cpu_s": 3, "wall_s": 3, "peak_mb": 0, "perplexity": 2} | dict.fromkeys(
    ("npmi", "c_v", "diversity", "l1", "found"), 4
)
"""What is measured, and its digits after the point."""


def judge(topics: np.ndarray, corpus: Corpus) -> dict[str, float]:
    """Perplexity on the test's documents, coherence on those trained on, and nearness to known topics.

    Parameters
    ----------
    topics : array, shape (k, words)

    Returns
    -------
    dict
        ``perplexity``, ``npmi``, ``c_v``, ``diversity``, of the ten top words; and where topics are known
        ``l1``, the mean distance to the topics paired, and ``found``, the share nearer than 0.5.
    """
    words = np.asarray(corpus.train.sum(axis=0)).ravel() + 1.0
    scores = {
        "perplexity": metrics.perplexity(corpus.test, topics, background=words / words.sum()),
        "npmi": float(metrics.npmi(topics, corpus.train).mean()),
        "c_v": float(metrics.c_v(topics, corpus.train).mean()),
        "diversity": metrics.diversity(topics),
    }
    if corpus.known is not None:
        _, distance = metrics.match(topics, corpus.known)
        scores |= {"l1": float(distance.mean()), "found": metrics.recovered_share(distance)}
    return scores


def merge(samples: list[Row]) -> Row:
    """One row of several runs: medians, with each run's values beside them."""
    names = [name for name in DIGITS if name in samples[0]]
    every = {name: [round(sample[name], DIGITS[name]) for sample in samples] for name in names}
    middle = {name: round(float(np.median(values)), DIGITS[name]) for name, values in every.items()}
    rest = {name: value for name, value in samples[0].items() if name not in (*names, "topics")}
    return rest | {"runs": len(samples)} | middle | {"samples": every}


def ratios(rows: list[Row]) -> list[Row]:
    """Core-seconds of each other system over ours on the same set and k, and whether ours is as good."""
    own = {(row["set"], row["k"]): row for row in rows if row["system"] == OURS}
    found = []
    for row in rows:
        ours = own.get((row["set"], row["k"]))
        if ours is None or row["system"] == OURS:
            continue
        better = {
            "perplexity_no_worse": ours["perplexity"] <= row["perplexity"],
            "npmi_no_worse": ours["npmi"] >= row["npmi"],
        }
        gains = {
            "perplexity_over_ours": round(row["perplexity"] / ours["perplexity"], 4),
            "npmi_less_ours": round(row["npmi"] - ours["npmi"], 4),
        }
        place = {name: row[name] for name in ("set", "k", "system", "stop")}
        cost = {"cpu": round(row["cpu_s"] / ours["cpu_s"], 2)}
        found.append(place | cost | gains | better | {"as_good": all(better.values())})
    return found


def reach(rows: list[Row]) -> list[Row]:
    """For each stop of another system, the core-seconds after which ours predicts as well, and their ratio.

    ``ours_s`` and ``cpu`` are None where no stop of ours does.
    """
    found = []
    for row in rows:
        own = [
            other["cpu_s"]
            for other in rows
            if other["system"] == OURS
            and (other["set"], other["k"]) == (row["set"], row["k"])
            and other["perplexity"] <= row["perplexity"]
        ]
        if row["system"] == OURS:
            continue
        least = min(own, default=None)
        place = {name: row[name] for name in ("set", "k", "system", "stop", "cpu_s", "perplexity")}
        found.append(place | {"ours_s": least, "cpu": least and round(row["cpu_s"] / least, 2)})
    return found
