"""An export of a labelling tool is worth the tables that say the same, in a run and when it is applied."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from etl.crowd import simulate
from etl.crowd.votes import encode
from etl.engine import choose
from etl.handoff import to_pandas
from models.crowd.pooled import PooledDawidSkene
from pipelines import load
from pipelines.crowd.data import load_items
from pipelines.crowd.pipeline import Config, main
from tests.support.exports import annotation, choices

NAMES = np.array(["cat", "dog"])
TRUTH = np.random.default_rng(0).integers(0, 2, 60)
TEXTS = [f"{NAMES[k]} {'red' if task % 3 else 'big'}" for task, k in enumerate(TRUTH)]


def votes() -> pd.DataFrame:
    frame = simulate.votes(TRUTH, simulate.confusions(6, 2, hammers=0.6, seed=1), 3, seed=2)
    return frame.assign(worker="w" + frame.worker.astype(str), label=NAMES[frame.label])


def export(frame: pd.DataFrame, path: Path) -> Path:
    """As Label Studio writes it, with the known label of each task."""
    tasks: list[dict[str, Any]] = []
    for task, truth in enumerate(NAMES[TRUTH]):
        own = frame[frame.task == task]
        given = [annotation(one.worker, choices(one.label)) for one in own.itertuples()]
        known = annotation("lead", choices(truth), ground_truth=True)
        tasks.append({"id": task, "data": {"text": TEXTS[task]}, "annotations": [known, *given]})
    path.write_text(json.dumps(tasks))
    return path


def test_a_run_on_an_export_labels_as_its_votes_do_and_is_applied_to_one(tmp_path: Path) -> None:
    frame = votes()
    path = export(frame, tmp_path / "export.json")
    config = Config(votes=path, truth=path, redundancies=(1,), draws=1, workers=1, out=tmp_path / "runs")
    folder = main(config).folder
    expected = PooledDawidSkene().fit(frame).predict()
    labels = pd.read_csv(folder / "labels.csv")
    assert labels.set_index("task")["label"].to_dict() == expected.to_dict()
    accuracy = json.loads((folder / "metrics.json").read_text())["accuracy"]["pooled_dawid_skene"]
    assert accuracy == (expected.loc[range(60)].to_numpy() == NAMES[TRUTH]).mean()
    applied = to_pandas(load(folder).predict(path))
    assert applied.set_index("task")["label"].to_dict() == expected.to_dict()


def test_texts_and_known_labels_come_from_the_export(tmp_path: Path) -> None:
    path = export(votes(), tmp_path / "export.json")
    cpu = choose("cpu")
    items = load_items(Config(votes=path, truth=path, text=path), [encode(votes())], cpu)
    assert items.tasks.tolist() == list(range(60))
    assert items.truth.to_dict() == dict(enumerate(NAMES[TRUTH]))
    assert items.X.shape[0] == 60
    assert items.words is not None
