"""Small files of texts, columns and votes, and runs of the flow on them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from etl.crowd import simulate
from pipelines.trinity.pipeline import Config, main

ITEMS, VOTED = 200, 150
LABELS = np.array(["art", "law", "sea"])
WORDS = ["paint brush canvas frame", "judge court trial jury", "ship sail wave deck"]
QUICK: dict[str, Any] = {"learners": ("words", "logistic"), "device": "cpu", "workers": 1}


def truth() -> np.ndarray:
    """Class of each item, int64, shape (items,)."""
    return np.random.default_rng(0).integers(0, 3, ITEMS)


def written(folder: Path) -> dict[str, Path]:
    """Items, votes on three quarters of them in two parts, and known labels of some, by name."""
    rng, y = np.random.default_rng(1), truth()
    ids = np.array([f"i{n:03}" for n in range(ITEMS)])
    both = ["today", "place", "again"]
    texts = [" ".join(rng.choice([*WORDS[k].split(), *WORDS[(k + 1) % 3].split()[:1], *both], 5)) for k in y]
    votes = simulate.votes(y[:VOTED], simulate.confusions(12, 3, hammers=0.5, seed=3), 3, seed=2)
    said = pd.DataFrame({"task": ids[votes.task], "worker": votes.worker, "label": LABELS[votes.label]})
    size = (y + rng.normal(0, 0.3, ITEMS)).round(3)
    columns = pd.DataFrame(
        {
            "task": ids,
            "size": np.where(rng.random(ITEMS) < 0.1, np.nan, size),
            "count": rng.integers(0, 9, ITEMS),
        }
    ).assign(kind=np.where(rng.random(ITEMS) < 0.7, np.array(["a", "b", "c"])[y], ""))
    known = pd.DataFrame({"task": ids, "label": LABELS[y]})
    tables = {
        "items": pd.DataFrame({"task": ids, "body": texts}),
        "columns": columns,
        "votes": said,
        "early": said[:420],
        "late": said[400:],
        "gold": known[60:],
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return {name: folder / f"{name}.csv" for name in tables}


def run(out: Path, **given: Any) -> Path:
    """Folder of a quick run."""
    return main(Config(**(QUICK | given), out=out)).folder


def metrics(folder: Path) -> dict[str, Any]:
    """What the run tells."""
    found = json.loads((folder / "metrics.json").read_text())
    assert isinstance(found, dict)
    return found


def labels(folder: Path) -> pd.DataFrame:
    """Label of each item."""
    return pd.read_parquet(folder / "labels.parquet")
