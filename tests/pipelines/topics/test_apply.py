"""A saved run's topics describe documents as in memory, wherever it is loaded, and what is unlike is told."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import save_npz

from etl.engine import devices
from etl.handoff import to_pandas
from etl.records import Choice, collect, of_kind
from etl.text import simulate
from pipelines import load
from pipelines.topics.pipeline import Columns, Config, main
from tests.support.applied import elsewhere

THEMES = [
    "anchor harbour sail mast rudder captain voyage deck".split(),
    "flour yeast oven dough crust knead loaf salt".split(),
]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    rows = [(f"a{n}", rng.choice(THEMES[n % 2]), " ".join(rng.choice(THEMES[n % 2], 20))) for n in range(90)]
    path = tmp_path_factory.mktemp("texts") / "news.csv"
    pd.DataFrame(rows, columns=["key", "title", "body"]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def run(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = Columns(text=("title", "body"), id="key")
    settings = {"topics": 2, "workers": 1, "device": "cpu", "max_df": 1.0}
    out = tmp_path_factory.mktemp("runs")
    return main(Config(data=str(table), columns=columns, out=out, **settings)).folder  # type: ignore[arg-type]


def test_documents_of_training_have_the_shares_of_the_run_in_another_process_too(
    run: Path, table: Path, tmp_path: Path
) -> None:
    out = elsewhere(run, table, tmp_path / "found.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(out), pd.read_parquet(run / "documents.parquet"), check_exact=True
    )


def test_frames_in_another_order_are_described_alike_and_unknown_words_told(run: Path, table: Path) -> None:
    saved, frame = load(run, "cpu"), pd.read_csv(table)
    here = saved.predict(table)
    pd.testing.assert_frame_equal(saved.predict(frame[["body", "key", "title"]].assign(more=1)), here)
    new = pd.DataFrame({"key": ["x", "y"], "title": ["sail", "quark"], "body": ["mast deck sail", "gluon"]})
    with collect() as entries:
        found = saved.predict(new)
    ships = here.loc[0, ["topic_0", "topic_1"]].to_numpy().argmax()
    assert found[f"topic_{ships}"][0] > 0.7
    assert found["id"].tolist() == ["x", "y"]
    reasons = [entry.reason for entry in of_kind(entries, Choice)]
    assert "documents: 1 of 2 hold no word of the model, and get its usual shares" in reasons
    with pytest.raises(ValueError, match="there is no column body, which the run read; add it"):
        saved.predict(new.drop(columns="body"))


def test_counts_are_described_by_their_own_vocabulary(tmp_path: Path) -> None:
    counts, _ = simulate.corpus(200, words=30, topics=2, alpha0=0.3, length=40, seed=0)
    save_npz(tmp_path / "counts.npz", counts)
    (tmp_path / "words.txt").write_text("".join(f"word{n}\n" for n in range(30)))
    given = {"data": str(tmp_path / "counts.npz"), "vocabulary": tmp_path / "words.txt", "topics": 2}
    folder = main(Config(**given, workers=1, device="cpu", out=tmp_path / "runs")).folder  # type: ignore[arg-type]
    found = load(folder, "cpu").predict(tmp_path / "counts.npz")
    pd.testing.assert_frame_equal(found, pd.read_parquet(folder / "documents.parquet"), check_exact=True)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:99])])
def test_a_damaged_model_is_one_line(spoil, run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "copy")
    spoil(tmp_path / "copy" / "model" / "model.npz")
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load(tmp_path / "copy", "cpu")
    assert "\n" not in str(caught.value)
    assert "model.npz" in str(caught.value)


@pytest.mark.parametrize("place", [".", "model", "model/model.npz", "model.npz", "old"])
def test_the_option_takes_a_run_its_file_and_that_of_older_runs(
    place: str, run: Path, table: Path, tmp_path: Path
) -> None:
    from etl.engine import choose
    from models.topics import saved_topics

    asked = run / place
    if place == "old":
        asked = tmp_path / "model.npz"
        shutil.copy(run / "model" / "model.npz", asked)
    assert saved_topics.load(asked, choose("cpu")).terms == load(run, "cpu").model.topics.terms


@pytest.mark.gpu
def test_a_gpu_applies_what_a_cpu_learnt(run: Path, table: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    here, there = (load(run, device).predict(table) for device in ("cpu", "gpu"))
    with collect():
        pd.testing.assert_frame_equal(to_pandas(there), here, rtol=1e-4, check_dtype=False)
