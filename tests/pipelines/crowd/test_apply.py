"""What a crowd taught is applied to new votes, features and texts as in memory, and what is new is told."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from etl.crowd import simulate
from etl.engine import devices
from etl.handoff import to_pandas
from etl.records import Choice, Rejected, collect, of_kind
from models.crowd.pooled import PooledDawidSkene
from pipelines import load
from pipelines.crowd.pipeline import Config, main
from tests.support.applied import elsewhere, on_gpu

NAMES = np.array(["cat", "dog", "elk"])
OWN = ["task", "label", "probability"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 150)
    votes = simulate.votes(truth, simulate.confusions(12, 3, hammers=0.6, seed=1), 4, seed=2)
    ids = np.array([f"item-{n:03}" for n in range(150)])
    X = np.eye(3)[truth] + rng.normal(0, 0.4, (150, 3))
    words = [f"{NAMES[k]} {' '.join(rng.choice(['red', 'big', 'old'], 4))}" for k in truth]
    who = "w" + votes.worker.astype(str)
    tables = {
        "votes": pd.DataFrame({"item": ids[votes.task], "who": who, "said": NAMES[votes.label]}),
        "truth": pd.DataFrame({"task": ids, "label": NAMES[truth]}),
        "features": pd.DataFrame({"task": ids, "u": X[:, 0], "v": X[:, 1], "w": X[:, 2]}),
        "text": pd.DataFrame({"task": ids, "text": words}),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return {name: folder / f"{name}.csv" for name in tables}


def run(out: Path, files: dict[str, Path], *names: str) -> Path:
    given = {name: files[name] for name in ("votes", *names)}
    columns = ("item", "who", "said")
    settings = {"redundancies": (1,), "draws": 1, "columns": columns, "workers": 1, "device": "cpu"}
    return main(Config(**given, **settings, out=out)).folder  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def runs(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("runs")
    return {kind: run(out / kind, files, "truth", kind) for kind in ("features", "text")}


def told(entries: list) -> list[str]:
    return [entry.reason for entry in of_kind(entries, Choice)]


def test_the_votes_of_training_have_the_posterior_of_the_run_in_another_process_too(
    runs: dict[str, Path], files: dict[str, Path], tmp_path: Path
) -> None:
    folder = runs["features"]
    whole = pd.read_parquet(folder / "labels.parquet")
    assert list(whole.columns) == [*OWN, *NAMES]
    votes = pd.read_csv(files["votes"]).set_axis(["task", "worker", "label"], axis=1)
    expected = PooledDawidSkene().fit(votes).predict_proba()
    np.testing.assert_array_equal(whole[NAMES].to_numpy(), expected.loc[whole["task"]].to_numpy())
    np.testing.assert_array_equal(whole["probability"], whole[NAMES].max(axis=1))
    assert (whole["label"] == NAMES[whole[NAMES].to_numpy().argmax(axis=1)]).all()
    out = elsewhere(folder, files["votes"], tmp_path / "found.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(out), whole)


def test_an_unknown_worker_votes_as_all_do_and_unknown_labels_are_set_aside(
    runs: dict[str, Path], files: dict[str, Path]
) -> None:
    votes = pd.read_csv(files["votes"]).set_axis(["task", "worker", "label"], axis=1)
    model = PooledDawidSkene().fit(votes)
    cube, priors = model._params
    pooled = model._counts[0].reshape(cube.shape).sum(axis=0) + 1 / 3  # type: ignore[index]
    pooled /= pooled.sum(axis=0)
    place = list(model.workers_).index("w3")
    likely = priors * pooled[1] * cube[place, 0]
    new = pd.DataFrame(
        [("a", "nobody", "dog", 1), ("a", "w3", "cat", 2), ("a", "w4", "yak", 3), ("b", "w1", "yak", 4)],
        columns=["item", "who", "said", "extra"],
    )
    with collect() as entries:
        found = load(runs["text"], "cpu").predict(new[["extra", "said", "item", "who"]])
    assert found["task"].tolist() == ["a", "b"]
    np.testing.assert_allclose(found[NAMES].to_numpy(), [likely / likely.sum(), priors], rtol=1e-12)
    assert told(entries)[-3:] == [
        "workers: 'nobody' was not in training; their 1 votes count as those of all workers together do",
        "labels: 'yak' was not in training; 2 votes for them are set aside",
        "tasks: 1 have no other votes, and get the shares of all tasks",
    ]


def test_new_features_are_classified_as_by_the_regression_in_memory(
    runs: dict[str, Path], files: dict[str, Path], tmp_path: Path
) -> None:
    table, whole = pd.read_csv(files["features"]), pd.read_parquet(runs["features"] / "labels.parquet")
    rows = np.repeat(table.set_index("task").loc[whole["task"]].to_numpy("float32"), 3, axis=0)
    P = whole[NAMES].to_numpy()
    weights = np.where(P < 1e-3, 0, P).ravel()
    weights = (weights.reshape(-1, 3) / weights.reshape(-1, 3).sum(axis=1, keepdims=True)).ravel()
    codes = np.tile([0, 1, 2], len(P))
    peer = LogisticRegression(max_iter=1000, tol=1e-3).fit(rows, codes, sample_weight=weights)
    new = table.assign(extra="x")[["w", "extra", "v", "task", "u"]]
    new.loc[0, "u"] = 50
    new.to_csv(tmp_path / "new.csv", index=False)
    with collect() as entries:
        found = load(runs["features"], "cpu").predict(tmp_path / "new.csv")
    asked = new[["u", "v", "w"]].to_numpy("float32")
    np.testing.assert_allclose(found[NAMES].to_numpy(), peer.predict_proba(asked), atol=0.01)
    truth = pd.read_csv(files["truth"]).set_index("task")["label"]
    assert (found["label"] == truth.loc[found["task"]].to_numpy()).mean() > 0.8
    assert any(
        "1 of 150 rows have values out of the range of training, most in u" in t for t in told(entries)
    )
    pd.testing.assert_frame_equal(load(runs["features"], "cpu").predict(new), found)


def test_new_texts_are_weighed_by_the_learnt_words(runs: dict[str, Path], files: dict[str, Path]) -> None:
    model = load(runs["text"], "cpu").model.classifier
    texts = pd.read_csv(files["text"])["text"]
    peer = TfidfVectorizer(min_df=2, ngram_range=(1, 2), sublinear_tf=True).fit(texts)
    assert model.words.terms == peer.get_feature_names_out().tolist()
    new = pd.DataFrame({"text": ["an old elk", "nothing"], "task": [1, 2], "more": [0, 0]})
    with collect() as entries:
        found = load(runs["text"], "cpu").predict(new)
    scores = peer.transform(new["text"]) @ model.model.coef.T + model.model.intercept
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found[NAMES].to_numpy(), expected, rtol=1e-12)
    assert found["label"][0] == "elk"
    assert "texts: 1 of 2 hold no word of those learnt from" in told(entries)


def test_a_run_on_a_matrix_takes_matrices_and_votes_of_its_own_form(
    files: dict[str, Path], tmp_path: Path
) -> None:
    votes = pd.read_csv(files["votes"]).assign(item=lambda frame: frame["item"].str[-3:].astype(int))
    wide = votes.pivot(index="item", columns="who", values="said").reset_index()
    wide.rename(columns={"item": "task"}).to_csv(tmp_path / "wide.csv", index=False)
    np.save(tmp_path / "x.npy", pd.read_csv(files["features"])[["u", "v", "w"]].to_numpy())
    given = {"votes": tmp_path / "wide.csv", "features": tmp_path / "x.npy", "wide": True}
    folder = main(Config(**given, workers=1, device="cpu", out=tmp_path / "runs")).folder  # type: ignore[arg-type]
    saved = load(folder, "cpu")
    whole = pd.read_parquet(folder / "labels.parquet")
    pd.testing.assert_frame_equal(saved.predict(tmp_path / "wide.csv"), whole)
    truth = pd.read_csv(files["truth"])["label"]
    found = saved.predict(tmp_path / "x.npy")
    assert found["task"].tolist() == list(range(150))
    assert (found["label"] == truth).mean() > 0.8


def test_what_is_missing_is_named_and_rows_with_gaps_are_set_aside(
    runs: dict[str, Path], files: dict[str, Path], tmp_path: Path
) -> None:
    saved = load(runs["features"], "cpu")
    table = pd.read_csv(files["features"])
    table.drop(columns=["v", "w"]).to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(ValueError, match=r"there is no column v, w, from which the model learnt; add it"):
        saved.predict(tmp_path / "few.csv")
    with pytest.raises(ValueError, match="there is no column who; name the votes' columns item, who, said"):
        saved.predict(pd.read_csv(files["votes"]).drop(columns="who"))
    table.loc[3, "u"] = np.nan
    table.to_csv(tmp_path / "gap.csv", index=False)
    with collect() as entries:
        assert len(saved.predict(tmp_path / "gap.csv")) == 149
    assert [entry.line for entry in of_kind(entries, Rejected)] == [5]


@pytest.mark.gpu
def test_a_gpu_applies_what_a_cpu_learnt(runs: dict[str, Path], files: dict[str, Path]) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    for kind, folder in runs.items():
        for name in ("votes", kind):
            here, model = load(folder, "cpu").predict(files[name]), load(folder, "gpu")
            for data in (files[name], on_gpu(pd.read_csv(files[name]))):
                with collect():
                    found = to_pandas(model.predict(data))
                pd.testing.assert_frame_equal(found, here, rtol=1e-9, check_dtype=False)


@pytest.mark.parametrize(
    ("kind", "name", "spoil"),
    [
        ("features", "confusions.arrow", lambda path: path.write_bytes(path.read_bytes()[:99])),
        ("features", "confusions.arrow", Path.unlink),
        ("features", "workers.parquet", lambda path: pd.DataFrame({"worker": ["a"]}).to_parquet(path)),
        ("features", "classifier.arrow", lambda path: path.write_bytes(b"")),
        ("text", "words.parquet", lambda path: path.write_bytes(b"PAR1")),
        ("text", "model.json", lambda path: path.write_text(path.read_text().replace('"labels"', '"l"'))),
    ],
)
def test_a_damaged_model_is_one_line(
    kind: str, name: str, spoil, runs: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(runs[kind], tmp_path / "copy")
    spoil(tmp_path / "copy" / "model" / name)
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load(tmp_path / "copy", "cpu")
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "copy" / "model") in str(caught.value)


def test_labels_worse_than_a_majority_carry_a_warning(files: dict[str, Path], tmp_path: Path) -> None:
    votes = pd.read_csv(files["votes"])
    most = votes.groupby("item")["said"].agg(lambda said: said.value_counts().index[0])
    truth = pd.DataFrame({"task": most.index, "label": most.to_numpy()})
    truth.to_csv(tmp_path / "truth.csv", index=False)
    folder = run(tmp_path / "runs", files | {"truth": tmp_path / "truth.csv"}, "truth")
    assert "a majority vote is right on" in load(folder, "cpu").warning
    assert load(folder, "cpu").model.classifier is None


def test_features_beyond_the_model_or_too_few_are_one_line(
    runs: dict[str, Path], files: dict[str, Path], tmp_path: Path
) -> None:
    saved = load(runs["features"], "cpu")
    table = pd.read_csv(files["features"])
    table.loc[3, "u"] = 1e300
    with pytest.raises(ValueError, match=f"1 tasks have one beyond 3.4e38, the first is .*{table.task[3]}"):
        saved.predict(table)
    np.save(tmp_path / "two.npy", np.zeros((4, 2)))
    with pytest.raises(ValueError, match="there are 2 features; the model learnt from 3"):
        saved.predict(tmp_path / "two.npy")
