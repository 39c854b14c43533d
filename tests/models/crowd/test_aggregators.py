"""Aggregators against loops, against crowd-kit, and against what must hold of all of them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from etl.crowd.votes import encode
from etl.engine import Engine, choose, devices
from etl.pieces import Pieces
from models.crowd.aggregator import Aggregator
from models.crowd.dawid_skene import DawidSkene
from models.crowd.glad import GLAD
from models.crowd.mace import MACE
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from models.crowd.zero_based_skill import ZeroBasedSkill
from tests.support.crowd import dawid_skene, simulate

ALL = [
    MajorityVote(),
    Wawa(),
    ZeroBasedSkill(n_iter=10),
    DawidSkene(n_iter=20),
    OneCoin(n_iter=20),
    PooledDawidSkene(n_iter=20),
    GLAD(n_iter=20),
    MACE(n_restarts=2, n_iter=15),
]
EACH = pytest.mark.parametrize("model", ALL, ids=lambda model: type(model).__name__)
VOTES, TRUTH, _ = simulate()


def parts(frame: pd.DataFrame, count: int) -> Pieces:
    """The votes in pieces that share their ids."""
    whole = encode(frame)
    found, first = [], 0
    for chosen in np.array_split(whole.tasks, count):
        piece = encode(frame[frame.task.isin(chosen)], whole.workers, whole.labels)
        found.append(
            type(piece)(
                *(getattr(piece, n) for n in ("starts", "flat", "tasks", "workers", "labels")), first=first
            )
        )
        first += len(chosen)
    return Pieces(found)


@pytest.mark.parametrize("passes", [1, 2, 7])
def test_dawid_skene_is_the_loop_over_the_equations(passes: int, engine: Engine) -> None:
    small, _, _ = simulate(tasks=30, workers=6, votes=3, seed=1)
    expected = pd.DataFrame(dawid_skene(small, passes)).T.sort_index()
    found = DawidSkene(n_iter=passes, tol=None).fit_predict_proba(engine.df.DataFrame(small))
    np.testing.assert_allclose(to_host(found), expected.to_numpy(), atol=1e-9)


def test_pooled_dawid_skene_is_the_loop_with_pseudo_counts() -> None:
    small, _, _ = simulate(tasks=30, workers=6, votes=3, seed=2)
    expected = pd.DataFrame(dawid_skene(small, 5, strength=2.5)).T.sort_index()
    found = PooledDawidSkene(strength=2.5, n_iter=5, tol=None).fit_predict_proba(small)
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), atol=1e-9)


def test_known_labels_are_kept_and_teach() -> None:
    small, truth, _ = simulate(tasks=30, workers=6, votes=3, seed=3)
    gold = truth.iloc[:10]
    expected = pd.DataFrame(dawid_skene(small, 5, gold=gold.to_dict())).T.sort_index()
    found = DawidSkene(n_iter=5, tol=None).fit_predict_proba(small, gold)
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), atol=1e-9)


def test_majority_counts_votes_and_breaks_ties_as_told() -> None:
    frame = pd.DataFrame({"task": [1, 1, 2, 2, 2], "worker": [1, 2, 1, 2, 3], "label": list("bacca")})
    model = MajorityVote().fit(frame)
    assert model.predict().to_dict() == {1: "a", 2: "c"}
    np.testing.assert_allclose(model.predict_proba().to_numpy(), [[0.5, 0.5, 0], [1 / 3, 0, 2 / 3]])
    many = pd.DataFrame(
        {"task": np.repeat(np.arange(2000), 2), "worker": [0, 1] * 2000, "label": [0, 1] * 2000}
    )
    drawn = MajorityVote(ties="random", random_state=1).fit_predict(many)
    assert 900 < drawn.sum() < 1100
    assert drawn.equals(MajorityVote(ties="random", random_state=1).fit_predict(many))
    with pytest.raises(ValueError, match="must be first or random"):
        MajorityVote(ties="last").fit(many)  # type: ignore[arg-type]


@EACH
def test_pieces_give_what_the_whole_gives(model) -> None:
    pieces = parts(VOTES, 4)
    whole, split = clone(model).fit(VOTES), clone(model).fit(pieces)
    assert sum(map(len, pieces.items)) == len(VOTES), "the caller's pieces are left alone"
    pd.testing.assert_frame_equal(split.predict_proba(), whole.predict_proba(), rtol=1e-7, atol=1e-9)
    assert split.predict().equals(whole.predict())
    pd.testing.assert_series_equal(split.skills_, whole.skills_, rtol=1e-7)


@EACH
def test_the_order_of_votes_is_nothing(model) -> None:
    one = clone(model).fit_predict_proba(VOTES)
    other = clone(model).fit_predict_proba(VOTES.sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(one, other, rtol=1e-7, atol=1e-9)


@EACH
def test_the_order_of_labels_is_nothing(model) -> None:
    one = clone(model).fit_predict_proba(VOTES)
    renamed = VOTES.assign(label=VOTES.label.map({0: 2, 1: 1, 2: 0}))
    other = clone(model).fit_predict_proba(renamed)[[2, 1, 0]]
    if not isinstance(model, MACE | Wawa | ZeroBasedSkill):  # a random start; ties broken by the order
        np.testing.assert_allclose(other.to_numpy(), one.to_numpy(), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(other.sum(axis=1), 1.0)


@EACH
def test_known_labels_are_what_is_predicted(model) -> None:
    gold = TRUTH.iloc[::7]
    found = clone(model).fit_predict(VOTES, gold)
    assert (found.loc[gold.index] == gold).all()


@EACH
def test_good_workers_are_told_from_bad_ones(model) -> None:
    votes, truth, _ = simulate(tasks=1000, votes=5, seed=7)
    skills = clone(model).fit(votes).skills_
    right = (votes.label == votes.task.map(truth)).groupby(votes.worker).mean()
    assert right.rank().corr(skills.rank()) > 0.9


@EACH
def test_names_settings_and_history_are_as_promised(model) -> None:
    fitted = clone(model).fit(VOTES.assign(worker="w" + VOTES.worker.astype(str)))
    assert fitted.skills_.index.name == "worker"
    assert fitted.predict().index.name == "task"
    assert fitted.predict().name == "label"
    assert fitted.predict_proba().columns.tolist() == [0, 1, 2]
    assert 1 <= fitted.n_iter_ <= model.n_iter
    assert fitted.stop_reason_
    assert clone(fitted).get_params() == model.get_params()


@EACH
def test_one_class_is_refused(model) -> None:
    with pytest.raises(ValueError, match="all votes are for one label, 1;"):
        clone(model).fit(VOTES.assign(label=1))


@EACH
def test_a_million_tasks_with_one_vote_take_their_votes(model) -> None:
    n = 100_000 if isinstance(model, MACE | GLAD | ZeroBasedSkill) else 1_000_000
    rng = np.random.default_rng(0)
    votes = pd.DataFrame(
        {"task": np.arange(n), "worker": rng.integers(0, 50, n), "label": rng.integers(0, 2, n)}
    )
    model = clone(model).set_params(**{"n_iter": 3} if "n_iter" in model.get_params() else {})
    found = model.fit_predict(votes)
    assert len(found) == n
    assert (found.to_numpy() == votes.label.to_numpy()).mean() > 0.9


def test_em_never_lowers_the_likelihood() -> None:
    model = DawidSkene(n_iter=40, tol=None).fit(VOTES)
    assert (np.diff(model.history_) > -1e-9).all()
    assert DawidSkene(n_iter=100, tol=1e-3).fit(VOTES).n_iter_ < 40


@pytest.mark.parametrize("model", [DawidSkene(), OneCoin(), PooledDawidSkene(), GLAD()], ids=repr)
def test_the_last_pass_is_the_same_whether_likelihoods_are_read_after_each_or_after_several(
    model: Aggregator, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, _, _ = simulate(tasks=60, workers=8, votes=4, seed=3)
    one = clone(model).fit(small)
    monkeypatch.setattr(Aggregator, "_ahead", one.n_iter_ // 2 + 1)  # the second reading is of too many
    several = clone(model).fit(small)
    assert 2 < one.n_iter_ < model.n_iter
    assert (several.n_iter_, several.history_) == (one.n_iter_, one.history_)
    assert several.stop_reason_ == one.stop_reason_
    pd.testing.assert_frame_equal(several.predict_proba(), one.predict_proba())
    pd.testing.assert_series_equal(several.skills_, one.skills_)


@pytest.mark.gpu
@pytest.mark.parametrize("model", ALL, ids=lambda model: type(model).__name__)
def test_a_gpu_makes_the_passes_of_the_cpu(model: Aggregator) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    model = clone(model).set_params(**({"n_iter": 100} if "tol" in model.get_params() else {}))
    here = clone(model).fit(VOTES)
    there = clone(model).fit(choose("gpu").df.DataFrame(VOTES))
    assert there.n_iter_ == here.n_iter_
    np.testing.assert_allclose(there.history_, here.history_, rtol=1e-9)


def test_confusions_near_the_true_ones_are_learnt() -> None:
    votes, _, confusion = simulate(tasks=3000, workers=10, votes=5, seed=4)
    found = DawidSkene().fit(votes).confusion_.to_numpy().reshape(10, 3, 3)
    assert np.abs(found - confusion).max() < 0.08


def test_new_votes_of_known_workers_are_judged() -> None:
    votes, truth, _ = simulate(tasks=1000, votes=5, seed=6)
    for model in ALL:
        fitted = clone(model).fit(votes[votes.task < 800])
        found = fitted.predict(votes[votes.task >= 800])
        assert (found == truth.loc[found.index]).mean() > 0.8, type(model).__name__


def to_host(frame) -> np.ndarray:
    return frame.to_numpy()
