"""From tables, matrices, topics and loans to a run's folder, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import random_array, save_npz
from sklearn.metrics import adjusted_rand_score

from pipelines.clusters.data import load
from pipelines.clusters.pipeline import Config, main
from pipelines.run import Run

pytestmark = pytest.mark.usefixtures("no_pictures")

FIGURES = {"map", "choice", "silhouettes", "spectrum", "profile", "classes", "timeline", "ledger"}


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def choices(folder: Path) -> str:
    return "\n".join(json.loads((folder / "config.json").read_text())["choices"])


def blobs(seed: int = 0) -> pd.DataFrame:
    """Three groups far apart in two columns; a third is constant, others hold no features."""
    y = np.arange(90) % 3
    X = np.array([[0, 0], [50, 1], [0, 2]])[y] + np.random.default_rng(seed).normal(0, 0.05, (90, 2))
    return pd.DataFrame(
        {"id": np.arange(90) + 500, "a": X[:, 0], "b": X[:, 1], "flat": 7.0, "word": "x", "kind": y}
    )


@pytest.mark.parametrize("method", ["kmeans", "dbscan"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_groups_apart_are_found(tmp_path: Path, method: str, suffix: str) -> None:
    path = tmp_path / f"table.{suffix}"
    blobs().to_csv(path, index=False) if suffix == "csv" else blobs().to_parquet(path)

    folder = main(
        Config(data=str(path), leave=("id",), label="kind", method=method, neighbours=5, out=tmp_path)
    ).folder

    found, rows = metrics(folder), pd.read_csv(folder / "clusters.csv")
    assert (found["columns"], found["components"], found["clusters"]) == (2, 2, 3)
    assert rows["id"].tolist() == list(range(500, 590))
    some = rows["cluster"] >= 0
    assert adjusted_rand_score(blobs()["kind"][some], rows["cluster"][some]) == 1
    assert found["noise"] == (~some).sum() <= 9
    assert found["told_by_neighbours"] == 1
    assert found["silhouette"] > 0.8
    assert "word hold no numbers" in choices(folder)
    assert "flat never vary" in choices(folder)
    assert {path.stem for path in (folder / "figures").iterdir()} == FIGURES


def test_the_demonstration_is_digits(tmp_path: Path) -> None:
    found = metrics(main(Config(out=tmp_path)).folder)

    assert (found["rows"], found["columns"], found["classes"]) == (1797, 61, 10)
    assert found["told_by_neighbours"] > 0.95 > 0.2 > found["told_by_the_commonest"]
    assert found["agreement"] > 0.4
    assert found["by_k"][str(found["clusters"])] == max(found["by_k"].values())


def test_shares_of_topics_are_compared_by_square_roots(tmp_path: Path) -> None:
    """As the topics pipeline writes them, and as they lie on a device."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(4, 0.3), 200).astype("float32")
    frame = pd.DataFrame(shares, columns=[f"topic_{k}" for k in range(4)])
    frame.insert(0, "id", [f"d{n}" for n in range(200)])
    frame.to_parquet(tmp_path / "documents.parquet")

    from_file = main(
        Config(data=str(tmp_path / "documents.parquet"), leave=("id",), clusters=4, out=tmp_path)
    ).folder
    from_memory = main(Config(clusters=4, out=tmp_path), shares).folder

    assert "shares of 1" in choices(from_file)
    same = [pd.read_csv(folder / "clusters.csv")["cluster"] for folder in (from_file, from_memory)]
    assert adjusted_rand_score(*same) == 1


def test_large_numbers_and_gaps_are_scaled(tmp_path: Path) -> None:
    """Dates in seconds differ by minutes: their scores are those of NumPy in double precision."""
    rng = np.random.default_rng(0)
    minute = rng.integers(0, 2, 60) * 600.0
    X = np.column_stack([1.7e9 + minute + rng.normal(size=60), rng.normal(size=60)])
    X[3, 1] = np.nan
    with Run("t", Config(out=tmp_path, device="cpu")) as run:
        rows = load(Config(), run, X)

    expected = (X - np.nanmean(X, axis=0)) / np.nanstd(
        np.where(np.isnan(X), np.nanmean(X, axis=0), X), axis=0
    )
    np.testing.assert_allclose(rows.X, np.nan_to_num(expected), atol=1e-5)
    assert any("1 values (0.8%) are taken as the mean" in said for said in run.choices)


def test_sparse_counts_go_through_svd(tmp_path: Path) -> None:
    save_npz(tmp_path / "counts.npz", random_array((300, 80), density=0.1, rng=0, format="csr"))
    folder = main(
        Config(data=str(tmp_path / "counts.npz"), rows=200, components=5, clusters=2, out=tmp_path)
    ).folder

    found = metrics(folder)
    assert (found["rows"], found["columns"], found["components"]) == (200, 80, 5)
    assert "by SVD, as the matrix is sparse" in choices(folder)
    assert pd.read_csv(folder / "clusters.csv")["row"].is_monotonic_increasing


def test_features_of_loans_are_clustered(tmp_path: Path) -> None:
    from etl.mortgage import generate

    generate.generate(tmp_path / "loans", 3000, workers=1)
    folder = main(Config(data=f"mortgage:{tmp_path / 'loans'}", clusters=3, rows=800, out=tmp_path)).folder

    found = metrics(folder)
    assert (found["rows"], found["clusters"], found["classes"]) == (800, 3, 2)
    assert "are taken as the mean of their column" in choices(folder)


def test_what_cannot_be_clustered_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    blobs().to_csv(path, index=False)
    for options, message in (
        ({"clusters": 1}, "--clusters is 1; two at least"),
        ({"neighbours": 0}, "--neighbours is 0; it must be at least 1"),
        ({"label": "klass"}, "there is no column klass; there are id, a, b"),
        ({"leave": ("id", "a", "b", "flat", "kind")}, "no column holds numbers; there are word"),
    ):
        with pytest.raises(ValueError, match=message):
            main(Config(data=str(path), out=tmp_path, **options))
    with pytest.raises(ValueError, match="column c1 is infinite in row 2"):
        main(Config(out=tmp_path), np.array([[1.0, 2], [2, 3], [3, np.inf], [4, 5]]))
    with pytest.raises(ValueError, match="there are 3 rows; 4 at least"):
        main(Config(out=tmp_path), np.eye(3))
    with pytest.raises(ValueError, match="all rows are equal in all columns"):
        main(Config(out=tmp_path), np.ones((9, 2)))
    np.save(tmp_path / "flat.npy", np.arange(5))
    with pytest.raises(ValueError, match=r"flat.npy holds int64 of shape \(5,\)"):
        main(Config(data=str(tmp_path / "flat.npy"), out=tmp_path))
    with pytest.raises(FileNotFoundError, match="no.csv does not exist; give a file"):
        main(Config(data=str(tmp_path / "no.csv"), out=tmp_path))
