"""New rows go to the clusters of a run as in memory, wherever it is loaded; what is unlike is told."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import random_array, save_npz
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from etl.engine import devices
from etl.handoff import to_pandas
from etl.records import Choice, Rejected, collect, of_kind
from pipelines import load
from pipelines.clusters.pipeline import Config, main
from tests.support.applied import elsewhere, on_gpu


def rows(seed: int, number: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = np.arange(number) % 3
    X = np.array([[0, 0, 900], [50, 1, 100], [0, 2, 500]])[y] + rng.normal(0, [2, 0.2, 9], (number, 3))
    names = [f"r{n}" for n in range(number)]
    return pd.DataFrame({"id": names, "a": X[:, 0], "flat": 7.0, "b": X[:, 1], "c": X[:, 2], "word": "x"})


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    rows(0).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def runs(table: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("runs")
    settings = {"data": str(table), "leave": ("id",), "device": "cpu", "neighbours": 5}
    kinds = {
        "kmeans": {"clusters": 3},
        "dbscan": {"method": "dbscan"},
        "plain": {"reduce": "none", "clusters": 3},
    }
    return {kind: main(Config(**settings, **own, out=out / kind)).folder for kind, own in kinds.items()}  # type: ignore[arg-type]


def told(entries: list) -> list[str]:
    return [entry.reason for entry in of_kind(entries, Choice)]


@pytest.mark.parametrize("kind", ["kmeans", "plain", "dbscan"])
def test_rows_of_training_go_where_they_were_in_another_process_too(
    kind: str, runs: dict[str, Path], table: Path, tmp_path: Path
) -> None:
    here = load(runs[kind], "cpu").predict(table)
    pd.testing.assert_frame_equal(
        here[["id", "row", "cluster"]], pd.read_csv(runs[kind] / "clusters.csv"), check_dtype=False
    )
    out = elsewhere(runs[kind], table, tmp_path / "found.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(out), here)


def test_new_rows_are_as_near_as_scikit_learn_finds(runs: dict[str, Path], table: Path) -> None:
    scaler, pca, names = StandardScaler(), PCA(2), ["a", "b", "c"]
    Z = pca.fit_transform(scaler.fit_transform(pd.read_csv(table)[names]))
    peer = KMeans(3, n_init=5, random_state=0).fit(Z)
    new = rows(1, 60)
    asked = pca.transform(scaler.transform(new[names]))
    kept = load(runs["kmeans"], "cpu").model.basis.components.shape[0]
    assert kept == 2
    found = load(runs["kmeans"], "cpu").predict(new[["word", "c", "id", "b", "a"]].assign(more=1))
    np.testing.assert_allclose(found["distance"], peer.transform(asked).min(axis=1), rtol=1e-4)
    assert found["row"].tolist() == list(range(60))
    assert found["id"].tolist() == new["id"].tolist()


def test_a_row_far_from_all_is_noise_by_density_and_told_by_both(runs: dict[str, Path]) -> None:
    new = rows(1, 30)
    new.loc[4, "a"] = 5_000.0
    new.loc[7, "b"] = np.nan
    with collect() as entries:
        found = load(runs["dbscan"], "cpu").predict(new)
    assert found["cluster"][4] == -1
    assert found["distance"][4] > 50
    assert (found["cluster"] >= 0).sum() > 20
    reasons = "\n".join(told(entries))
    assert "rows have values out of the range of training" in reasons
    assert "missing: 1 values (1.1%) are taken as the mean of their column in training" in reasons
    assert "rows are not within" in reasons
    assert load(runs["kmeans"], "cpu").predict(new)["cluster"].min() >= 0


@pytest.mark.parametrize("kind", ["shares", "sparse", "dense"])
def test_matrices_and_shares_are_applied_as_they_were_learnt(kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "rows.npz"
    X = rng.dirichlet([0.3] * 6, 80)
    if kind == "sparse":
        save_npz(path, random_array((80, 12), density=0.3, format="csr", rng=rng))
    else:
        path = path.with_suffix(".npy")
        np.save(path, X if kind == "shares" else rng.normal(size=(80, 5)) * [1, 1e120, 1, 0, 3])
    folder = main(Config(data=str(path), clusters=3, device="cpu", out=tmp_path / "runs")).folder
    found = load(folder, "cpu").predict(path)
    assert (found["cluster"] == pd.read_csv(folder / "clusters.csv")["cluster"]).all()
    np.save(tmp_path / "few.npy", X[:, :4])
    with pytest.raises(ValueError, match="there are 4 columns; the run learnt from"):
        load(folder, "cpu").predict(tmp_path / "few.npy")
    if kind == "shares":
        with collect() as entries:
            load(folder, "cpu").predict(X * 2)
        assert "scale: 80 of 80 rows do not sum to 1, as in training" in told(entries)


def test_what_lacks_is_named(runs: dict[str, Path]) -> None:
    saved = load(runs["kmeans"], "cpu")
    with pytest.raises(ValueError, match="there is no column a, c, from which the run learnt; add it"):
        saved.predict(rows(1).drop(columns=["a", "c"]))
    with pytest.raises(ValueError, match="column b held numbers in training and does not here"):
        saved.predict(rows(1).assign(b="many"))
    with pytest.raises(ValueError, match="column c is infinite in row 2"):
        saved.predict(rows(1).assign(c=[1, 2, np.inf, *[3] * 117]))
    assert len(saved.predict(rows(1).drop(columns=["flat", "id", "word"]))) == 120


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.write_bytes(path.read_bytes()[:-9]), Path.unlink, lambda path: path.write_text("x")],
)
def test_a_damaged_model_is_one_line(spoil, runs: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(runs["kmeans"], tmp_path / "copy")
    spoil(tmp_path / "copy" / "model" / "clusters.arrow")
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load(tmp_path / "copy", "cpu")
    assert "\n" not in str(caught.value)
    assert "clusters.arrow" in str(caught.value)


@pytest.mark.gpu
def test_a_gpu_applies_what_a_cpu_learnt(runs: dict[str, Path], table: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    for folder in runs.values():
        here, model = load(folder, "cpu").predict(table), load(folder, "gpu")
        for data in (table, on_gpu(pd.read_csv(table))):
            with collect():
                found = to_pandas(model.predict(data))
            pd.testing.assert_frame_equal(found, here, rtol=1e-5, check_dtype=False)


def test_columns_that_were_numbers_are_numbers_in_few_new_rows_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(60, 2)) + 9 * (np.arange(60) % 2)[:, None], columns=["a", "b"])
    table.to_csv(tmp_path / "old.csv", index=False)
    run = main(Config(data=str(tmp_path / "old.csv"), out=tmp_path / "out", device="cpu"))
    (tmp_path / "new.csv").write_text("a,b,note\n1,2,3\n9,n.v.,4\n9,9,x\n,,5\n")
    with collect() as entries:
        found = load(run).predict(tmp_path / "new.csv")
    assert found["row"].tolist() == [0, 2]
    told = [(one.line, one.reason) for one in of_kind(entries, Rejected)]
    assert told == [(3, "its b is no number"), (5, "it holds no number")]


def test_a_row_too_far_to_compare_is_named(runs: dict[str, Path]) -> None:
    new = rows(1, 5)
    new.loc[3, "c"] = 1e300
    with pytest.raises(ValueError, match="column c is too far from all of training to compare in row 3"):
        load(runs["kmeans"], "cpu").predict(new)
