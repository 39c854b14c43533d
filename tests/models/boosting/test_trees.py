"""Trees in pieces, from disk and over a cluster are the trees of the whole; nothing is copied on the way."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.metrics import roc_auc_score

from etl.engine import choose
from etl.executors import Threads, active
from etl.handoff import ledger
from etl.pieces import Pieces
from etl.records import Choice, collect, of_kind
from models.boosting.trees import BoostedTrees


def rows(seed: int, n: int = 4000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4)).astype("float32")
    group = rng.integers(0, 6, n)
    chance = 1 / (1 + np.exp(-(x[:, 0] - x[:, 1] * x[:, 2] + (group % 2) - 1.5)))
    frame = pd.DataFrame(x, columns=list("abcd")).mask(rng.random((n, 4)) < 0.05)
    return frame.assign(group=group.astype("float32"), label=(rng.random(n) < chance).astype("int8"))


def model(**changes: object) -> BoostedTrees:
    return BoostedTrees(
        [*list("abcd"), "group"], ["group"], n_estimators=30, max_depth=4, n_jobs=2
    ).set_params(**changes)


def test_trees_are_those_of_xgboosts_own_interface() -> None:
    frame, test = rows(0), rows(1)
    ours = model().fit(frame)
    peer = xgboost.XGBClassifier(
        n_estimators=30,
        max_depth=4,
        min_child_weight=2.0,
        learning_rate=0.1,
        enable_categorical=True,
        feature_types=["q", "q", "q", "q", "c"],
        n_jobs=2,
    ).fit(frame[ours.features_], frame["label"])
    expected = peer.predict_proba(test[ours.features_])
    np.testing.assert_allclose(ours.predict_proba(test), expected, atol=0.02)
    assert (
        abs(
            roc_auc_score(test["label"], ours.probability(test))
            - roc_auc_score(test["label"], expected[:, 1])
        )
        < 0.003
    )


def test_pages_on_disk_give_the_same_trees_as_memory(tmp_path: Path) -> None:
    made = [rows(seed) for seed in range(5)]
    later = Pieces([rows(10), rows(11)])
    seen: set[str] = set()

    def look(frame: pd.DataFrame) -> pd.DataFrame:
        seen.update(path.name for path in tmp_path.iterdir())
        return frame

    here = model().fit(Pieces(list(made)), later=later)
    paged = model().fit(Pieces(list(made)), later=later.map("look", look), cache=tmp_path)
    assert any(name.startswith("train") for name in seen), "the pages lie on the disk while trees grow"
    np.testing.assert_allclose(here.probability(made[0]), paged.probability(made[0]), atol=1e-5)
    assert here.n_iter_ == paged.n_iter_


def test_pieces_agree_with_the_whole() -> None:
    made, test = [rows(seed) for seed in range(5)], rows(9, 20_000)
    whole = model().fit(pd.concat(made, ignore_index=True))
    parts = model().fit(Pieces([*made[:2], made[0].iloc[:0], *made[2:]], executor=Threads(2)))
    scores = [roc_auc_score(test["label"], m.probability(test)) for m in (whole, parts)]
    assert abs(scores[0] - scores[1]) < 0.002


def test_nothing_is_copied_between_frame_and_xgboost() -> None:
    with collect() as entries:
        model().fit(Pieces([rows(0), rows(1)]))
    features = [row for row in ledger(entries) if row["to"] == "xgboost"]
    assert features
    assert {row["copies"] for row in features} == {"none"}


def test_growing_stops_when_the_later_period_does_not_improve() -> None:
    noise = rows(3).assign(label=np.random.default_rng(0).integers(0, 2, 4000).astype("int8"))
    with collect() as entries:
        found = model(n_estimators=200, patience=5).fit(rows(0), later=Pieces([noise]))
    assert found.n_iter_ < 20
    assert found.booster_.num_boosted_rounds() == found.n_iter_
    assert "no longer improved" in of_kind(entries, Choice)[0].reason
    assert of_kind(entries, Choice)[0].reason == f"trees: {found.stop_reason_}"


def test_one_class_is_refused() -> None:
    frame = rows(0)
    with pytest.raises(ValueError, match="has 0 positive and 4,000 negative rows"):
        model().fit(frame.assign(label=0))


def test_a_later_period_of_one_class_is_not_watched() -> None:
    found = model().fit(rows(0), later=Pieces([rows(1).assign(label=np.int8(0))]))
    assert found.n_iter_ == 30
    assert "no later period with both classes" in found.stop_reason_


def test_a_cluster_gives_the_trees_of_one_process() -> None:
    made, test = [rows(seed) for seed in range(4)], rows(9, 20_000)
    here = model().fit(Pieces(list(made)))
    with active(choose("cpu"), 2, "local") as executor:
        there = model().fit(Pieces([0, 1, 2, 3], executor=executor).map("rows", rows).persist())
    scores = [roc_auc_score(test["label"], m.probability(test)) for m in (here, there)]
    assert abs(scores[0] - scores[1]) < 0.006
