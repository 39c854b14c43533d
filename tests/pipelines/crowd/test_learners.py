"""From votes to boosted trees to labels of new items, by one command each; the trees are kept as they are."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.feature_extraction.text import TfidfVectorizer

from etl.crowd import simulate
from etl.engine import devices
from etl.handoff import to_pandas
from models.boosting.classifier import BoostedClassifier
from models.crowd.baselines import Aggregated
from models.crowd.pooled import PooledDawidSkene
from pipelines import load
from pipelines.crowd.pipeline import Config, main
from tests.support.applied import elsewhere, on_gpu

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).parents[3]
NAMES = ["cat", "dog", "elk"]
TREES = {"n_estimators": 50, "max_depth": 3, "learning_rate": 0.2, "n_jobs": 1}
COUNT = 240


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Votes and known labels of 240 tasks; features and texts of these and of 60 new ones."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, COUNT + 60)
    votes = simulate.votes(truth[:COUNT], simulate.confusions(12, 3, hammers=0.5, seed=1), 4, seed=2)
    X = np.eye(3)[truth] @ rng.normal(size=(3, 3)) * 2 + rng.normal(0, 0.5, (len(truth), 3))
    words = [f"{NAMES[k]} {' '.join(rng.choice(['red', 'big', 'old'], 4))}" for k in truth]
    features = pd.DataFrame(X, columns=list("uvw")).assign(task=range(len(truth)))
    text = pd.DataFrame({"task": features.task, "text": words})
    tables = {
        "votes": votes.assign(label=np.array(NAMES)[votes.label]),
        "truth": pd.DataFrame({"task": features.task, "label": np.array(NAMES)[truth]}),
        "features": features[:COUNT],
        "text": text[:COUNT],
        "new_features": features[COUNT:],
        "new_text": text[COUNT:],
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return {name: folder / f"{name}.csv" for name in tables}


def options(files: dict[str, Path], kind: str, out: Path) -> list[str]:
    given = [word for name in ("votes", kind) for word in (f"--{name}", str(files[name]))]
    return [*given, "--learner", "xgboost", "--workers", "1", "--device", "cpu", "--out", str(out)]


@pytest.fixture(scope="module")
def runs(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of features by the command line, and one of text."""
    out = tmp_path_factory.mktemp("runs")
    words = ["-m", "pipelines.crowd", *options(files, "features", out)]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "classifier: boosted trees of XGBoost on the labels' probabilities" in done.stdout
    text = Config(
        votes=files["votes"], text=files["text"], learner="xgboost", workers=1, device="cpu", out=out
    )
    return {"features": Path(done.stdout.splitlines()[-1]), "text": main(text).folder}


@pytest.mark.parametrize("kind", ["features", "text"])
def test_a_command_each_from_votes_to_labels_of_new_items(
    kind: str, runs: dict[str, Path], files: dict[str, Path], tmp_path: Path
) -> None:
    found = load(runs[kind], "cpu").predict(files[f"new_{kind}"])
    if kind == "features":
        out = elsewhere(runs[kind], files[f"new_{kind}"], tmp_path / "found.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(out), found)
    assert list(found.columns) == ["task", "label", "probability", *NAMES]
    np.testing.assert_array_equal(found["probability"], found[NAMES].max(axis=1))
    np.testing.assert_allclose(found[NAMES].sum(axis=1), 1, atol=1e-6)
    truth = pd.read_csv(files["truth"]).set_index("task")["label"]
    assert found["task"].tolist() == list(range(COUNT, COUNT + 60))
    assert (found["label"] == truth.loc[found["task"]].to_numpy()).mean() > 0.8


@pytest.mark.parametrize("kind", ["features", "text"])
def test_the_trees_are_those_that_the_votes_train_in_memory(
    kind: str, runs: dict[str, Path], files: dict[str, Path]
) -> None:
    old, new = (pd.read_csv(files[name]) for name in (kind, f"new_{kind}"))
    if kind == "text":
        words = TfidfVectorizer(min_df=2, ngram_range=(1, 2), sublinear_tf=True).fit(old["text"])
        X, asked = words.transform(old["text"]), words.transform(new["text"])
    else:
        X, asked = (table[["u", "v", "w"]].to_numpy("float32") for table in (old, new))
    model = Aggregated(BoostedClassifier(**TREES), PooledDawidSkene()).fit(X, pd.read_csv(files["votes"]))
    found = load(runs[kind], "cpu").predict(files[f"new_{kind}"])
    np.testing.assert_allclose(found[NAMES].to_numpy(), model.predict_proba(asked), atol=1e-6)


def test_the_file_of_trees_is_xgboosts_own(runs: dict[str, Path], files: dict[str, Path]) -> None:
    trees = runs["features"] / "model" / "trees.ubj"
    new = pd.read_csv(files["new_features"])[["u", "v", "w"]].to_numpy("float32")
    expected = xgboost.Booster(model_file=trees).predict(xgboost.DMatrix(new))
    found = load(runs["features"], "cpu").predict(files["new_features"])
    np.testing.assert_allclose(found[NAMES].to_numpy(), expected, atol=1e-6)
    facts = json.loads((runs["features"] / "model" / "model.json").read_text())["model"]
    assert facts["classifier"] == {"features": ["u", "v", "w"], "text": False, "learner": "xgboost"}


def test_models_of_the_curves_are_trees_too(files: dict[str, Path], tmp_path: Path) -> None:
    given = {name: files[name] for name in ("votes", "truth", "features")}
    settings = {"redundancies": (2,), "draws": 1, "workers": 1, "device": "cpu", "out": tmp_path}
    found = {}
    for learner in ("logistic", "xgboost"):
        folder = main(Config(**given, **settings, learner=learner)).folder  # type: ignore[arg-type]
        metrics = json.loads((folder / "metrics.json").read_text())
        found[learner] = {point["method"]: point["mean"] for point in metrics["curves"]["votes"]}
        assert metrics["classifier"]["accuracy"] > 0.7 > metrics["classifier"]["commonest"]
    assert set(found["xgboost"]) == {"majority", "votes", "dawid_skene", "mbem", "gold"}
    assert found["xgboost"] != found["logistic"]
    assert found["xgboost"]["mbem"] > 0.7


def test_votes_in_several_pieces_train_a_classifier_too(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.crowd import pipeline

    monkeypatch.setattr(pipeline, "LARGE", 100)
    given = {name: files[name] for name in ("votes", "truth", "features")}
    folder = main(Config(**given, learner="xgboost", workers=1, device="cpu", out=tmp_path)).folder  # type: ignore[arg-type]
    assert len(load(folder, "cpu").predict(files["new_features"])) == 60


def test_runs_from_before_there_were_trees_are_read(files: dict[str, Path], tmp_path: Path) -> None:
    given = {name: files[name] for name in ("votes", "features")}
    folder = main(Config(**given, workers=1, device="cpu", out=tmp_path)).folder  # type: ignore[arg-type]
    expected = load(folder, "cpu").predict(files["new_features"])
    place = folder / "model" / "model.json"
    facts = json.loads(place.read_text())
    del facts["sums"]  # that runs of that time lacked
    assert facts["model"]["classifier"].pop("learner") == "logistic"
    place.write_text(json.dumps(facts))
    pd.testing.assert_frame_equal(load(folder, "cpu").predict(files["new_features"]), expected)


def test_what_trees_cannot_learn_from_is_one_line(
    runs: dict[str, Path], files: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="--learner xgboost needs --features or --text"):
        main(Config(votes=files["votes"], learner="xgboost", device="cpu", out=tmp_path))
    with pytest.raises(ValueError, match="there is no column v, from which the model learnt"):
        load(runs["features"], "cpu").predict(pd.read_csv(files["new_features"]).drop(columns="v"))
    trees = runs["text"] / "model" / "trees.ubj"
    trees.write_bytes(trees.read_bytes()[:40])
    with pytest.raises(ValueError, match="is damaged") as caught:
        load(runs["text"], "cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.gpu
def test_a_gpu_comes_to_what_the_cpu_comes_to_and_reads_no_words(
    files: dict[str, Path], tmp_path: Path
) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    given = {name: files[name] for name in ("votes", "features")}
    found = []
    for device in ("cpu", "gpu"):
        folder = main(
            Config(**given, learner="xgboost", workers=1, device=device, out=tmp_path / device)
        ).folder  # type: ignore[arg-type]
        found.append(to_pandas(load(folder, device).predict(files["new_features"])))  # type: ignore[arg-type]
    found.append(to_pandas(load(folder, "gpu").predict(on_gpu(pd.read_csv(files["new_features"])))))
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0], rtol=1e-4, check_dtype=False)
    with pytest.raises(ValueError, match="XGBoost reads no words on a GPU"):
        main(Config(votes=files["votes"], text=files["text"], learner="xgboost", device="gpu", out=tmp_path))
