"""Tables as people have them: repeats, numbers of any size, ids, booleans with gaps, names that are ours."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from pipelines.clusters.pipeline import Config, main

pytestmark = pytest.mark.filterwarnings("error")
TRUTH = np.arange(90) % 3


def blobs(scale: float = 1.0, columns: str = "abc") -> pd.DataFrame:
    rng = np.random.default_rng(0)
    centres = np.array([[0.0], [3.0], [7.0]])[TRUTH]
    return pd.DataFrame(scale * (centres + 0.1 * rng.normal(size=(90, len(columns)))), columns=list(columns))


def told(tmp_path: Path, table: pd.DataFrame, **options) -> tuple[dict, pd.DataFrame, str]:
    """Metrics, clusters.csv and the choices of a run."""
    table.to_csv(tmp_path / "table.csv", index=False)
    folder = main(
        Config(data=str(tmp_path / "table.csv"), out=tmp_path / "out", device="cpu", **options)
    ).folder
    choices = " | ".join(json.loads((folder / "config.json").read_text())["choices"])
    return json.loads((folder / "metrics.json").read_text()), pd.read_csv(folder / "clusters.csv"), choices


@pytest.mark.parametrize("distinct", [2, 3, 5])
def test_there_are_as_many_clusters_as_distinct_rows(tmp_path: Path, distinct: int) -> None:
    rows = np.random.default_rng(1).normal(size=(distinct, 4))
    which = np.arange(60) % distinct

    found, clusters, _ = told(tmp_path, pd.DataFrame(rows[which], columns=list("abcd")))

    assert found["clusters"] == distinct
    assert found["silhouette"] == pytest.approx(1)
    assert adjusted_rand_score(which, clusters["cluster"]) == 1


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e300, 1e-300, 1e150, -1e180])
def test_numbers_of_any_size_are_parted_as_plain_ones(tmp_path: Path, scale: float) -> None:
    found, clusters, _ = told(tmp_path, blobs(scale))

    assert found["clusters"] == 3
    assert adjusted_rand_score(TRUTH, clusters["cluster"]) == 1


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": 1 + 1e-4 * blobs()["a"]}),
        pd.DataFrame({"a": 1 - 9e-4 * blobs()["a"].abs() / 9}),
        pd.DataFrame({"a": 1 + 1e-5 * blobs()["a"].abs(), "b": 1e-6 * blobs()["b"].abs()}),
    ],
    ids=["above", "below", "two"],
)
def test_columns_near_one_are_no_shares(tmp_path: Path, table: pd.DataFrame) -> None:
    _, clusters, choices = told(tmp_path, table)

    assert "mean 0 and variance 1" in choices
    assert "nan%" not in choices
    assert adjusted_rand_score(TRUTH, clusters["cluster"]) > 0.9


@pytest.mark.parametrize("digits", [4, 6, 12])
def test_shares_that_were_rounded_are_still_shares(tmp_path: Path, digits: int) -> None:
    shares = np.random.default_rng(0).dirichlet(np.full(4, 0.3), 90).round(digits)

    assert "shares of 1" in told(tmp_path, pd.DataFrame(shares, columns=list("abcd")))[2]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("customer_id", np.arange(90)),
        ("n", np.random.default_rng(0).permutation(np.arange(500, 590))),
        ("ID", np.arange(90) * 1_000_003),
    ],
)
def test_columns_that_look_like_ids_are_told(tmp_path: Path, name: str, values: np.ndarray) -> None:
    assert f"--leave {name}" in told(tmp_path, blobs().assign(**{name: values}))[2]


def test_other_whole_numbers_are_no_ids(tmp_path: Path) -> None:
    table = blobs().assign(
        age=np.arange(90) % 50, day=np.where(np.arange(90), np.arange(90), 1), pence=np.arange(90) * 977
    )

    assert "may be ids" not in told(tmp_path, table)[2]


@pytest.mark.parametrize("names", ["cluster", "row", "cluster row", "cluster cluster_", "row row_"])
def test_columns_of_the_user_stay(tmp_path: Path, names: str) -> None:
    kept = {name: [f"{name} {number}" for number in range(90)] for name in names.split()}

    _, clusters, choices = told(tmp_path, blobs().assign(**kept), leave=tuple(kept))

    for name, values in kept.items():
        assert clusters[name].tolist() == values
    (ours,) = (name for name in clusters.columns if name.startswith("cluster") and name not in kept)
    (row,) = (name for name in clusters.columns if name.startswith("row") and name not in kept)
    assert adjusted_rand_score(TRUTH, clusters[ours]) == 1
    assert clusters[row].tolist() == list(range(90))
    assert "is one of yours and stays" in choices


def test_booleans_with_gaps_are_numbers(tmp_path: Path) -> None:
    flags = pd.Series(np.where(TRUTH == 0, True, False)).astype(object)
    flags[[4, 40]] = None

    found, _, choices = told(tmp_path, blobs().assign(f=flags))

    assert found["columns"] == 4
    assert "2 values" in choices
    assert "hold no numbers" not in choices


def test_a_best_number_at_the_edge_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    many = pd.DataFrame(
        10.0 * (np.arange(160) % 16)[:, None] + 0.1 * rng.normal(size=(160, 2)), columns=["a", "b"]
    )
    assert "more may be better" in told(tmp_path, many)[2]
    assert "may be better" not in told(tmp_path, blobs())[2]


@pytest.mark.parametrize("bad", ["n.v.", "1e400", "12,5"])
def test_a_cell_that_is_no_number_and_a_blank_row_are_set_aside(tmp_path: Path, bad: str) -> None:
    table = blobs().astype(object).assign(key=[f"k{number}" for number in range(90)])
    table.loc[7, "b"] = bad
    table.loc[40, ["a", "b", "c"]] = None

    found, clusters, _ = told(tmp_path, table, leave=("key",))

    assert (found["columns"], found["rows"], found["quarantined"]) == (3, 88, 2)
    assert clusters["row"].tolist() == [number for number in range(90) if number not in (7, 40)]
    assert clusters["key"].tolist() == [f"k{number}" for number in clusters["row"]]
    assert adjusted_rand_score(TRUTH[clusters["row"]], clusters["cluster"]) == 1
    with pytest.raises(ValueError, match=r"2 of 90 rows .* the first is line 9: its b is no number"):
        told(tmp_path, table, leave=("key",), bad_share=0.01)
