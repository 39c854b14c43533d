"""From files of votes to a run's folder: on simulated workers, on a user's own files, on real votes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etl.crowd import simulate
from etl.crowd.sample import sample
from etl.crowd.votes import encode
from etl.engine import Engine, choose, devices
from etl.machine import Limit
from etl.records import Choice, collect, of_kind
from models.crowd.baselines import train
from models.crowd.pooled import PooledDawidSkene
from pipelines.crowd import plan
from pipelines.crowd.data import load_items
from pipelines.crowd.measures import TRAINED, Trial, model_accuracy
from pipelines.crowd.pipeline import METHODS, Config, main

ROOT = Path(__file__).parents[3]


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Votes, truth, features and text of two hundred tasks, with text ids and columns of other names."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 200)
    votes = simulate.votes(truth, simulate.confusions(15, 3, hammers=0.6, seed=1), 4, seed=2)
    ids = np.array([f"item-{n:03}" for n in range(200)])
    names = np.array(["cat", "dog", "elk"])
    frame = pd.DataFrame(
        {"item": ids[votes.task], "who": "w" + votes.worker.astype(str), "said": names[votes.label]}
    )
    X = np.eye(3)[truth] + rng.normal(0, 0.4, (200, 3))
    words = [f"{names[k]} {' '.join(rng.choice(['a', 'b', 'c'], 4))}" for k in truth]
    tables = {
        "votes": frame,
        "truth": pd.DataFrame({"task": ids, "label": names[truth]}),
        "features": pd.DataFrame({"task": ids, "u": X[:, 0], "v": X[:, 1], "w": X[:, 2]}),
        "text": pd.DataFrame({"task": ids, "text": words}),
    }
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    return {name: tmp_path / f"{name}.csv" for name in tables}


def run(out: Path, files: dict[str, Path], *names: str, **options) -> Path:
    given = {name: files[name] for name in ("votes", *names)}
    settings = {"redundancies": (1, 2), "draws": 2, "columns": ("item", "who", "said"), "workers": 1}
    return main(Config(**given, **settings | options, out=out)).folder  # type: ignore[arg-type]


def test_the_demonstration_finds_its_ring_and_leaves_a_whole_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipelines.crowd", "--draws", "1", "--redundancies", "1", "3"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    folder = Path(done.stdout.splitlines()[-1])
    found = metrics(folder)
    assert set(found["accuracy"]) == set(found["n_iter"]) == set(METHODS)
    assert (found["votes"], found["workers"], found["classes"]) == (5990, 40, 10)
    assert found["duplicates"] == 0, "votes of a ring that are merged on the way are none of the table's"
    assert (found["workers_with_one_vote"], found["tasks_without_votes"]) == (0, 599)
    assert found["rings"] == [["3", "11", "19", "27", "35"]]
    assert found["accuracy"]["pooled_dawid_skene"] > found["accuracy"]["majority"]
    names = {path.stem for path in (folder / "figures").iterdir()}
    assert names == {"agreement", "by_votes", "confusions", "label_once", "quality", "timeline"}
    assert {"labels.csv", "workers.csv", "report.html", "report.md"} <= {
        path.name for path in folder.iterdir()
    }


@pytest.mark.parametrize("kind", ["features", "text"])
def test_files_of_ones_own_are_learnt_from(kind: str, files: dict[str, Path], tmp_path: Path) -> None:
    folder = run(tmp_path / "runs", files, "truth", kind)
    found = metrics(folder)
    assert found["tasks"] == 200
    assert {point["method"] for point in found["curves"]["budget"]} >= {"majority", "mbem", "gold"}
    best = max(point["mean"] for point in found["curves"]["votes"] if point["method"] == "mbem")
    assert best > 0.8
    labels = pd.read_csv(folder / "labels.csv").set_index("task")
    votes = pd.read_csv(files["votes"]).set_axis(["task", "worker", "label"], axis=1)
    expected = PooledDawidSkene().fit_predict(votes)
    assert (labels.label == expected.loc[labels.index]).all()
    assert labels.probability.between(1 / 3, 1).all()


def test_a_draw_of_checked_rows_is_judged_as_by_train_and_predict(files: dict[str, Path]) -> None:
    engine = choose("cpu")
    table = pd.read_csv(files["votes"]).set_axis(["task", "worker", "label"], axis=1)
    config = Config(truth=files["truth"], features=files["features"])
    items = load_items(config, [encode(table)], engine)
    votes, test = items.part(encode(table))
    trial, drawn = Trial.of(items, votes, test), sample(votes, 2, 90, seed=4)
    for method in TRAINED:
        given = {"tasks": items.tasks, "gold": items.truth, "random_state": 4}
        model = train(items.estimator(), items.X, drawn, method, **given)
        right = model.predict(items.rows(test)) == items.truth.loc[test].to_numpy()
        assert float(model_accuracy(drawn, method, 4, trial)) == right.mean() > 0.5


def test_the_truth_is_compared_with_tasks_of_all_pieces(engine: Engine, tmp_path: Path) -> None:
    df, path = engine.df, tmp_path / "truth.csv"
    kinds: list[tuple[list, str]] = [([1, 2, 3, 5], "9"), (["a", "b", "c", "e"], "z")]
    for tasks, strange in kinds:
        votes = ({"task": tasks[at : at + 2], "worker": [0, 1], "label": [0, 1]} for at in (0, 2))
        parts = [encode(df.DataFrame(part)) for part in votes]
        path.write_text("task,label\n" + "".join(f"{task},1\n" for task in (tasks[0], tasks[3], strange)))

        with collect() as entries:
            items = load_items(Config(truth=path), parts, engine)

        (told,) = of_kind(entries, Choice)
        assert told.reason.startswith("1 of 3 tasks of the truth are not among the tasks with votes")
        assert len(items.truth) == 3


@pytest.mark.gpu
@pytest.mark.parametrize("kind", ["demonstration", "features", "text", "truth"])
def test_a_gpu_comes_to_what_the_cpu_comes_to(kind: str, files: dict[str, Path], tmp_path: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    given = {name: files[name] for name in ("votes", "truth", kind)} if kind != "demonstration" else {}
    names = ("item", "who", "said") if given else ("task", "worker", "label")
    found = []
    for device in ("cpu", "gpu"):
        settings = {"redundancies": (1, 2), "draws": 1, "columns": names, "workers": 1, "device": device}
        folder = main(Config(**given, **settings, out=tmp_path / device)).folder  # type: ignore[arg-type]
        found.append([metrics(folder), *(pd.read_csv(folder / f"{n}.csv") for n in ("labels", "workers"))])
    (here, *tables), (there, *others) = found
    assert there["engine"] == "gpu"
    assert there["host_crossings"] > here["host_crossings"] == 0
    for own in ("engine", "host_crossings", "seconds", "stop_reason"):  # reasons tell digits of a small gain
        del here[own], there[own]
    assert list(flat(there)) == pytest.approx(list(flat(here)), abs=0.01)
    for one, other in zip(tables, others, strict=True):
        pd.testing.assert_frame_equal(other, one, rtol=1e-6)


def flat(value: Any) -> Iterator[Any]:
    """All that metrics hold, in their order; keys are among them."""
    if not isinstance(value, dict | list):
        yield value
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from (key, *flat(inner))


def test_without_truth_there_is_no_accuracy_but_there_are_labels(
    files: dict[str, Path], tmp_path: Path
) -> None:
    found = metrics(run(tmp_path / "runs", files))
    assert found["accuracy"] == {}
    assert found["curves"] == {}
    assert found["n_iter"]["majority"] == 1


def test_truth_alone_compares_the_aggregators(files: dict[str, Path], tmp_path: Path) -> None:
    points = metrics(run(tmp_path / "runs", files, "truth"))["curves"]["votes"]
    assert {point["method"] for point in points} == set(METHODS)
    assert {point["redundancy"] for point in points} == {1, 2}


def test_labels_and_their_probabilities_are_of_all_votes_whatever_is_compared(
    files: dict[str, Path], tmp_path: Path
) -> None:
    alone, compared = (run(tmp_path / name, files, *names) for name, names in (("a", ()), ("b", ("truth",))))
    for name in ("labels.csv", "workers.csv"):
        assert (alone / name).read_text() == (compared / name).read_text()
    assert metrics(alone)["votes"] == metrics(compared)["votes"] == 800


@pytest.mark.parametrize(
    ("table", "column", "values", "message"),
    [
        ("truth", "task", "t{}", r"none of the 200 tasks of the truth, such as 't0', .* such as 'item-000'"),
        ("truth", "task", "{}", r"none of the 200 tasks of the truth, such as '0', .* such as 'item-000'"),
        ("truth", "label", "CAT", r"none of the 200 labels of the truth, such as 'CAT', .* such as 'cat'"),
        ("features", "task", "t{}", r"none of the 200 tasks with votes, such as 'item-000', .* such as 't0'"),
    ],
)
def test_sides_that_do_not_meet_are_an_error_with_one_of_each(
    table: str, column: str, values: str, message: str, files: dict[str, Path], tmp_path: Path
) -> None:
    other = pd.read_csv(files[table])
    other[column] = [values.format(row) for row in range(len(other))]
    other.to_csv(files[table], index=False)
    with pytest.raises(ValueError, match=message):
        run(tmp_path / "runs", files, "truth", *({table} - {"truth"}))


def test_what_one_side_lacks_is_counted_and_told(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = pd.read_csv(files["truth"])
    other.loc[:6, "label"], other.loc[190:, "task"] = "CAT", "none"
    other.loc[192:, "label"] = None
    other.iloc[:191].to_csv(files["truth"], index=False)
    run(tmp_path / "runs", files, "truth")
    said = capsys.readouterr().out
    assert "1 of 191 tasks of the truth are not among the tasks with votes, the first is 'none'" in said
    assert "7 of 191 labels of the truth are not among the labels voted for, the first is 'CAT'" in said


def test_a_cluster_comes_to_the_same_labels(files: dict[str, Path], tmp_path: Path) -> None:
    here = run(tmp_path / "a", files)
    there = run(tmp_path / "b", files, scheduler="local", workers=2)
    assert (here / "labels.csv").read_text() == (there / "labels.csv").read_text()


def test_what_cannot_be_is_said_and_leaves_nothing(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "runs"
    with pytest.raises(ValueError, match="trained on one of them"):
        run(out, files, "truth", "features", "text")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        run(out, files | {"votes": tmp_path / "none.csv"})
    with pytest.raises(ValueError, match="has no column task, worker, label; it has item, who, said"):
        run(out, files, columns=("task", "worker", "label"))
    other = pd.read_csv(files["truth"]).assign(task=range(200))
    other.to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(
        ValueError,
        match="none of the 200 tasks of the truth, such as '?0",
    ):
        run(out, files | {"truth": tmp_path / "other.csv"}, "truth", "features")
    assert not list((out / "crowd").iterdir())


def test_real_votes_run_end_to_end(real_crowd: Path, tmp_path: Path) -> None:
    files = {
        name: real_crowd / f"rte.{'labels' if name == 'votes' else name}.csv.gz"
        for name in ("votes", "truth")
    }
    found = metrics(run(tmp_path, files, "truth", columns=("task", "worker", "label"), draws=1))
    assert found["accuracy"]["dawid_skene"] == pytest.approx(0.927, abs=0.005)


def test_labels_too_many_for_tables_leave_out_what_needs_them_and_say_so(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    whole = metrics(run(tmp_path / "a", files, "truth"))
    monkeypatch.setattr(plan, "device_memory", lambda engine: Limit(4000, "a test's"))
    found = metrics(run(tmp_path / "b", files, "truth"))
    assert set(found["accuracy"]) == {"majority", "wawa", "zero_based_skill", "one_coin", "glad"}
    assert all(found["accuracy"][name] == whole["accuracy"][name] for name in found["accuracy"])
    said = capsys.readouterr().out
    assert "pooled dawid skene: left out, as 3 labels are too many for it" in said
    assert "need 4.2 KiB of 3.9 KiB (a test's)" in said
    assert found["rings"] is None
