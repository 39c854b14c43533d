"""The flow from files to labels, a model and what to ask next, and the next round from there."""

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import load
from tests.pipelines.trinity import flow

Files = dict[str, Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return flow.written(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def texts(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of texts with known labels."""
    given = {"data": files["items"], "text": ("body",), "votes": files["votes"], "truth": files["gold"]}
    return flow.run(tmp_path_factory.mktemp("texts"), **given, budget=40)


@pytest.fixture(scope="module")
def first(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of columns, and the votes that came first."""
    given = {"data": files["columns"], "votes": files["early"], "learners": ("logistic",)}
    return flow.run(tmp_path_factory.mktemp("first"), **given)


def test_every_item_has_a_label_and_what_is_known_is_counted_right(texts: Path, files: Files) -> None:
    found, told = flow.labels(texts), flow.metrics(texts)
    assert found["task"].tolist() == pd.read_csv(files["items"])["task"].tolist()
    votes = pd.read_csv(files["votes"]).groupby("task").size()
    assert found.set_index("task")["votes"].to_dict() == votes.reindex(found["task"], fill_value=0).to_dict()
    assert found["probability"].between(1 / 3, 1).all()
    assert (found["label"].to_numpy() == flow.LABELS[flow.truth()])[60:].all()
    right = found["learnt"].to_numpy() == flow.LABELS[flow.truth()]
    name = "labels_joint" if told["model"] == "joint_em" else "labels"
    assert told["accuracy"][name]["value"] == pytest.approx(right[60 : flow.VOTED].mean())
    assert told["accuracy"]["flow"]["tasks"] == flow.ITEMS - 60
    assert right[flow.VOTED :].mean() > 0.8
    assert (told["items"], told["votes"], told["tasks"], told["classes"]) == (200, 450, 150, 3)
    assert {row["stage"] for row in told["gains"]} == {"votes", "aggregation", "model", "jointly"}


def test_the_votes_asked_for_are_as_many_as_the_budget(texts: Path, files: Files) -> None:
    asked = pd.read_csv(texts / "next.csv")
    assert asked["votes"].sum() == 40 == flow.metrics(texts)["chosen"]["votes"]
    assert asked["task"].is_unique
    body = pd.read_csv(files["items"]).set_index("task")["body"]
    assert asked["text"].tolist() == body[asked["task"]].tolist()


def test_new_items_are_labelled_by_the_words_that_they_share(texts: Path, tmp_path: Path) -> None:
    new = [f"{words.split()[2]} {words.split()[3]} unseen" for words in flow.WORDS]
    frame = pd.DataFrame({"task": ["x", "y", "z"], "body": new})
    frame.to_csv(tmp_path / "new.csv", index=False)
    model = load(texts)
    held, read = model.predict(frame), model.predict(tmp_path / "new.csv")
    pd.testing.assert_frame_equal(held, read)
    assert read["task"].tolist() == ["x", "y", "z"]
    assert read["label"].tolist() == flow.LABELS.tolist()
    np.testing.assert_allclose(read[flow.LABELS.tolist()].sum(axis=1), 1)


def test_columns_with_gaps_and_kinds_are_learnt_from(first: Path, files: Files) -> None:
    found = flow.labels(first)
    assert (found["label"].to_numpy() == flow.LABELS[flow.truth()])[flow.VOTED :].mean() > 0.7
    model, frame = load(first), pd.read_csv(files["columns"])
    whole = model.predict(frame)
    pd.testing.assert_frame_equal(model.predict(files["columns"]), whole)
    unvoted = whole["label"][flow.VOTED :].tolist()
    assert unvoted == found["label"][flow.VOTED :].tolist()


def test_vectors_are_learnt_from_and_told_by_their_number(files: Files, tmp_path: Path) -> None:
    X = np.eye(3)[flow.truth()] + np.random.default_rng(4).normal(0, 0.3, (flow.ITEMS, 3))
    np.save(tmp_path / "items.npy", X)
    np.save(tmp_path / "more.npy", X[:7])
    votes = pd.read_csv(files["votes"])
    votes.assign(task=votes["task"].str[1:].astype(int)).to_csv(tmp_path / "votes.csv", index=False)
    given = {"data": tmp_path / "items.npy", "votes": tmp_path / "votes.csv", "learners": ("logistic",)}
    out = flow.run(tmp_path / "out", **given, unlabelled=tmp_path / "more.npy")
    found = flow.labels(out)
    assert found["task"].tolist() == list(range(flow.ITEMS + 7))
    assert (
        found["label"].to_numpy()[flow.VOTED : flow.ITEMS] == flow.LABELS[flow.truth()][flow.VOTED :]
    ).mean() > 0.9
    told = load(out).predict(X[:7])
    assert (told["task"].tolist(), len(told.columns)) == (list(range(7)), 6)


def test_a_run_that_is_continued_comes_to_what_a_fresh_one_comes_to(
    first: Path, files: Files, tmp_path: Path
) -> None:
    again = flow.run(tmp_path / "again", run=first, votes=files["late"])
    given = {"data": files["columns"], "votes": files["votes"], "learners": ("logistic",)}
    fresh = flow.run(tmp_path / "fresh", **given)
    told, whole = flow.metrics(again), flow.metrics(fresh)
    assert (told["votes"], told["tasks"]) == (whole["votes"], whole["tasks"]) == (450, 150)
    assert [point["votes"] for point in told["rounds"]] == [420, 450]
    assert told["rounds"][0] == flow.metrics(first)["rounds"][0]
    assert told["estimate"]["labels"]["value"] == pytest.approx(
        whole["estimate"]["labels"]["value"], abs=0.01
    )
    assert (flow.labels(again)["label"] == flow.labels(fresh)["label"]).mean() > 0.95
    third = flow.run(tmp_path / "third", run=again, votes=files["late"])
    assert [point["votes"] for point in flow.metrics(third)["rounds"]] == [420, 450, 450]


def test_a_run_of_an_older_layout_is_told(first: Path, files: Files, tmp_path: Path) -> None:
    old = tmp_path / "old" / "trinity" / first.name
    copytree(first, old)
    facts = json.loads((old / "model" / "model.json").read_text())
    facts.pop("sums")
    (old / "model" / "model.json").write_text(json.dumps(facts))
    (old / "model" / "items-q.npy").unlink()
    commit = json.loads((first / "config.json").read_text())["commit"][:12]
    with pytest.raises(
        ValueError, match=f"another version of Trinity .commit {commit}.*; begin a new"
    ) as told:
        flow.run(tmp_path / "out", run=old, votes=files["late"])
    assert "\n" not in str(told.value)


def test_yes_and_no_with_holes_are_numbers_and_no_budget_asks_for_nothing(
    files: Files, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    held = [None if n % 7 == 0 else bool(k == 1) for n, k in enumerate(flow.truth())]
    ids = pd.read_csv(files["items"])["task"]
    pq.write_table(pa.table({"task": pa.array(ids), "yes": pa.array(held)}), tmp_path / "items.parquet")
    given = {"data": tmp_path / "items.parquet", "votes": files["votes"], "learners": ("logistic",)}
    out = flow.run(tmp_path / "out", **given, budget=0)
    model = load(out)
    assert model.model.shaper.columns.numbers_ == ["yes"]
    told = model.predict(tmp_path / "items.parquet")["label"]
    assert told[flow.VOTED :].tolist() == flow.labels(out)["label"][flow.VOTED :].tolist()
    assert pd.read_csv(out / "next.csv").empty
    assert flow.metrics(out)["chosen"]["votes"] == 0
    assert "budget: no votes, so that nothing is asked for" in capfd.readouterr().out


def test_pieces_are_the_whole(texts: Path, files: Files, tmp_path: Path) -> None:
    parts, table = tmp_path / "parts", pd.read_csv(files["items"])
    parts.mkdir()
    for number, begin in enumerate(range(0, flow.ITEMS, 70)):
        table[begin : begin + 70].to_csv(parts / f"{number}.csv", index=False)
    given = {"data": parts, "text": ("body",), "votes": files["votes"], "truth": files["gold"]}
    cut = flow.run(tmp_path / "out", **given, budget=40, workers=2)
    assert flow.labels(cut)["label"].tolist() == flow.labels(texts)["label"].tolist()
    one, other = flow.metrics(texts), flow.metrics(cut)
    for name in ("accuracy", "estimate"):
        assert one[name].keys() == other[name].keys()
        for key, own in one[name].items():
            assert other[name][key] == pytest.approx(own, abs=1e-6)


def test_known_labels_that_are_numbers_stay_known_where_a_new_label_is_text(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    np.save(tmp_path / "vectors.npy", rng.normal(size=(60, 2)) + 2 * y[:, None])
    votes = pd.DataFrame(
        {"task": np.repeat(range(40), 2), "worker": ["a", "b"] * 40, "label": y[:40].repeat(2)}
    )
    votes.to_csv(tmp_path / "votes.csv", index=False)
    pd.DataFrame({"task": range(30, 60), "label": 1 - y[30:]}).to_csv(tmp_path / "gold.csv", index=False)
    given = {"votes": tmp_path / "votes.csv", "truth": tmp_path / "gold.csv", "learners": ("logistic",)}
    old = flow.run(tmp_path / "old", data=tmp_path / "vectors.npy", **given)
    (tmp_path / "late.csv").write_text("task,worker,label\n1,c,other\n2,c,1\nnew,c,1\n")
    new = flow.run(tmp_path / "new", run=old, votes=tmp_path / "late.csv")
    assert flow.labels(new)["label"][30:].tolist() == [str(label) for label in 1 - y[30:]]
    assert flow.metrics(new)["accuracy"]["flow"]["tasks"] == 30
    assert "labels: 'other' were not voted for before (1 new, 3 in all)" in capfd.readouterr().out


def test_known_labels_judge_workers_and_are_not_their_own_proof(files: Files, tmp_path: Path) -> None:
    """Labels that are drawn by chance are found by chance, and what they concern is not asked about."""
    ids, rng = pd.read_csv(files["items"])["task"], np.random.default_rng(5)
    drawn = pd.DataFrame({"task": ids, "label": rng.choice(flow.LABELS, len(ids))})[:120]
    drawn.to_csv(tmp_path / "drawn.csv", index=False)
    given = {"data": files["items"], "text": ("body",), "votes": files["votes"], "learners": ("words",)}
    out = flow.run(tmp_path / "out", **given, truth=tmp_path / "drawn.csv", budget=60)
    told = flow.metrics(out)["accuracy"]
    assert all(told[name]["value"] < 0.45 for name in told), told  # counted as known, labels come to 1
    assert not set(pd.read_csv(out / "next.csv")["task"]) & set(drawn["task"])
