"""The order of rows and columns, a column more, and how rows are cut into files change no result of a story.

Digits may change where sums run in another order: of columns in clusters, of rows in crowd's posteriors.
Where something is drawn by the place of a row, another order is another draw: starts of k-means (numbers of
clusters that are not chosen have other silhouettes), and the words by which topics are judged.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from pipelines.topics.config import Columns

CHANGES = ("rows", "columns", "files")
BY_PLACE = {
    "clusters": ("by_k", "told_by_the_commonest"),
    "topics": ("npmi", "residual", "n_iter", "burstiness"),
}
"""Metrics that depend on what is drawn by the place of a row."""


def votes(rng: np.random.Generator) -> pd.DataFrame:
    truth = np.arange(60) % 3
    rows = [(task, worker) for task in range(60) for worker in rng.permutation(8)[:4]]
    said = [(truth[task] + (rng.random() > 0.8)) % 3 for task, _ in rows]
    names = [
        (f"t{task:02}", f"w{worker}", "abc"[label]) for (task, worker), label in zip(rows, said, strict=True)
    ]
    return pd.DataFrame(names, columns=["task", "worker", "label"])


def points(rng: np.random.Generator) -> pd.DataFrame:
    y = np.arange(90) % 3
    X = np.array([[0, 0], [9, 1], [0, 8]])[y] + rng.normal(0, 0.2, (90, 2))
    return pd.DataFrame({"id": [f"r{n:02}" for n in range(90)], "a": X[:, 0], "b": X[:, 1], "kind": y})


def edges(rng: np.random.Generator) -> pd.DataFrame:
    rows = [
        (f"n{g}{i}", f"n{g}{j}") for g in range(3) for i in range(8) for j in range(i) if rng.random() < 0.7
    ]
    rows += [("n00", "n10"), ("n10", "n20"), ("n20", "n00")]
    return pd.DataFrame(rows, columns=["source", "target"]).assign(weight=1 + np.arange(len(rows)) % 5)


def series(rng: np.random.Generator) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=70).strftime("%Y-%m-%d")
    y = 10 * np.arange(3)[:, None] + np.sin(np.arange(70) * 2 * np.pi / 7) + 0.1 * rng.normal(size=(3, 70))
    names = np.repeat(["s1", "s2", "s3"], 70)
    return pd.DataFrame({"unique_id": names, "ds": np.tile(days, 3), "y": y.ravel().round(4)})


def flows(rng: np.random.Generator) -> pd.DataFrame:
    cells = pd.MultiIndex.from_product(
        [list("xyz"), range(4), range(0, 60, 10)], names=["sensor", "day", "minute"]
    )
    table = cells.to_frame(index=False).sample(frac=0.9, random_state=0)
    return table.assign(
        value=(table["day"] + 2) * (table["minute"] + 7) + rng.normal(size=len(table)).round(3)
    )


def texts(rng: np.random.Generator) -> pd.DataFrame:
    topics = [[f"{name}{word}" for word in range(12)] for name in ("cat", "sea", "law")]
    which = [0 if n % 6 < 3 else 1 if n % 6 < 5 else 2 for n in range(300)]
    bodies = [" ".join(rng.choice(topics[k], 14)) for k in which]
    return pd.DataFrame({"key": [f"d{n:03}" for n in range(300)], "text": bodies})


@dataclass(frozen=True)
class Case:
    """A story on a table: its options, the option that names the table, and which file holds its results."""

    make: Callable[[np.random.Generator], pd.DataFrame]
    options: dict[str, Any]
    name: str
    table: str
    keys: tuple[str, ...]


CASES = {
    "crowd": Case(
        votes, {"redundancies": (1, 2), "draws": 1, "workers": 1}, "votes", "labels.csv", ("task",)
    ),
    "clusters": Case(points, {"leave": ("id",), "label": "kind"}, "data", "clusters.csv", ("id",)),
    "graph": Case(edges, {"weight": "weight"}, "data", "nodes.csv", ("node",)),
    "factors": Case(
        flows,
        {"modes": ("sensor", "day", "minute"), "ranks": (2,)},
        "data",
        "filled.parquet",
        ("sensor", "day", "minute"),
    ),
    "forecast": Case(
        series,
        {"season": 7, "horizon": 3, "windows": 1, "calibrate": 1, "methods": ("ets",)},
        "data",
        "forecasts.csv",
        ("unique_id", "ds"),
    ),
    "topics": Case(
        texts,
        {"columns": Columns(id="key"), "topics": 3, "min_df": 2, "workers": 1},
        "data",
        "documents.parquet",
        ("id",),
    ),
}


def run(story: str, path: Path, out: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Metrics, and results in the order of their keys."""
    case, module = CASES[story], import_module(f"pipelines.{story}.pipeline")
    given = {case.name: str(path) if story in ("clusters", "topics") else path}
    folder = Path(module.main(module.Config(**given, **case.options, device="cpu", out=out)))
    read = pd.read_parquet if case.table.endswith(".parquet") else pd.read_csv
    found = read(folder / case.table).sort_values(list(case.keys), ignore_index=True)
    return json.loads((folder / "metrics.json").read_text()), found


def changed(story: str, change: str, folder: Path) -> Path:
    """The story's table in another order of rows, or of columns with one more, or in two files."""
    table = CASES[story].make(np.random.default_rng(0))
    path = folder / f"{change}.csv"
    if change == "rows":
        table = table.sample(frac=1, random_state=1)
    if change == "columns":
        table = table[table.columns[::-1]].assign(further="no, never")
    if change == "files":
        path, cut = folder / "files", len(table) // 3
        path.mkdir()
        table[:cut].to_csv(path / "1.csv", index=False)
        table[cut:].to_csv(path / "2.csv", index=False)
    else:
        table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], pd.DataFrame]]:
    folder = tmp_path_factory.mktemp("plain")
    paths = {story: changed(story, story, folder) for story in CASES}
    return {story: run(story, path, folder / "out") for story, path in paths.items()}


def compare(one: Any, other: Any, rel: float, where: str) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for name in one:
            compare(one[name], other[name], rel, f"{where}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for place, pair in enumerate(zip(one, other, strict=True)):
            compare(*pair, rel, f"{where}[{place}]")
    else:
        assert other == (pytest.approx(one, rel=rel, nan_ok=True) if isinstance(one, float) else one), where


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("story", CASES)
def test_a_change_that_says_nothing_changes_no_result(
    story: str, change: str, plain: dict[str, tuple[dict[str, Any], pd.DataFrame]], tmp_path: Path
) -> None:
    metrics, table = run(story, changed(story, change, tmp_path), tmp_path / "out")
    expected, rows = plain[story]
    is_drawn = change == "rows" and story in BY_PLACE
    apart = {"seconds", "fit_seconds", *(BY_PLACE[story] if is_drawn else ())}
    left, right = ({name: of[name] for name in of.keys() - apart} for of in (expected, metrics))
    rel = 2e-3 if is_drawn and story == "topics" else 1e-5 if story == "clusters" else 1e-9
    compare(left, right, rel, story)
    if story == "clusters":
        assert adjusted_rand_score(rows["cluster"], table["cluster"]) == 1
        rows, table = rows[["id"]], table[["id"]]
    if is_drawn and story == "topics":
        order = [np.argsort(-frame.iloc[:, 1:].sum().to_numpy()) + 1 for frame in (rows, table)]
        shares = [frame.iloc[:, at].to_numpy() for frame, at in zip((rows, table), order, strict=True)]
        np.testing.assert_allclose(shares[0], shares[1], atol=0.02)
        rows, table = rows[["id"]], table[["id"]]
    pd.testing.assert_frame_equal(rows, table, rtol=1e-9)
