"""The same labels as crowd-kit's, and accuracies beside those it was measured to have on real votes."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from models.crowd.dawid_skene import DawidSkene
from models.crowd.glad import GLAD
from models.crowd.mace import MACE
from models.crowd.majority import MajorityVote, Wawa
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene
from models.crowd.zero_based_skill import ZeroBasedSkill
from tests.support.crowd import simulate

SETS = "bluebird cf d_sentiment dog product rte sentiment_polarity_text web music_genre".split()
MODELS = {
    "MV": MajorityVote(),
    "Wawa": Wawa(),
    "ZBS": ZeroBasedSkill(),
    "DS": DawidSkene(),
    "OneCoin": OneCoin(),
    "MACE": MACE(n_restarts=3),
    "GLAD": GLAD(n_iter=30),
}
ORACLE = """
    bluebird                .759 .759 .759 .889 .583 .768 .722
    cf                      .900 .893 .893 .830 .887 .890 .880
    d_sentiment             .932 .951 .953 .960 .949 .953 .948
    dog                     .818 .829 .830 .843 .830 .836 .834
    product                 .897 .897 .897 .940 .908 .695 .928
    rte                     .919 .921 .921 .927 .925 .927 .926
    sentiment_polarity_text .890 .895 .895 .915 .917 .915 .917
    web                     .776 .817 .826 .829 .749 .820 .821
    music_genre             .710 .799 .800 .769 .793 .799 .789
"""
"""Accuracy of crowd-kit 1.4.2's methods, measured apart from this project."""
ELSEWHERE = {
    ("cf", "DS"): "crowd-kit stops after 5 passes, as it counts the prior once a vote; 100 passes give .783",
    ("web", "OneCoin"): "crowd-kit stops after 2 passes, for the same reason; 100 passes give .808",
    ("bluebird", "MACE"): "another optimum, of a higher likelihood",
    ("product", "MACE"): "another optimum, of a higher likelihood",
    ("web", "MACE"): "another optimum, of a higher likelihood",
    ("cf", "MACE"): "another optimum, of a higher likelihood",
}


def read(folder: Path, name: str) -> tuple[pd.DataFrame, pd.Series]:
    votes = pd.read_csv(folder / f"{name}.labels.csv.gz")
    return votes, pd.read_csv(folder / f"{name}.truth.csv.gz").set_index("task")["label"]


@pytest.fixture
def votes(name: str, request: pytest.FixtureRequest) -> pd.DataFrame:
    """Votes of a real set, which is not in every clone; or of simulated workers, which are."""
    if name == "simulated":
        return simulate(tasks=400, workers=30, votes=5)[0]
    return read(request.getfixturevalue("real_crowd"), name)[0]


def accuracy(found: pd.Series, truth: pd.Series) -> float:
    both = truth.index.intersection(found.index)
    return float((found.loc[both] == truth.loc[both]).mean())


def cells() -> list:
    lines = [line.split() for line in ORACLE.strip().splitlines()]
    return [
        (name, method, float(value))
        for name, *values in lines
        for method, value in zip(MODELS, values, strict=True)
    ]


@pytest.mark.parametrize(("name", "method", "expected"), cells())
def test_accuracy_is_the_peers(name: str, method: str, expected: float, real_crowd: Path) -> None:
    votes, truth = read(real_crowd, name)
    found = accuracy(clone(MODELS[method]).fit_predict(votes), truth)
    if (name, method) in ELSEWHERE:
        assert abs(found - expected) > 0.01, "the note is out of date"
        pytest.skip(f"{found:.3f} beside {expected}: {ELSEWHERE[name, method]}")
    assert found == pytest.approx(expected, abs=0.0101)


@pytest.fixture(scope="session")
def peer():
    """crowd-kit's module of aggregators."""
    pytest.importorskip("crowdkit", reason="crowd-kit is not installed; it is in the bench extra")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("crowdkit.aggregation.classification")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["simulated", *SETS])
@pytest.mark.parametrize(("ours", "theirs"), [(DawidSkene, "DawidSkene"), (OneCoin, "OneCoinDawidSkene")])
def test_labels_are_crowd_kits_after_as_many_passes(ours, theirs: str, votes: pd.DataFrame, peer) -> None:
    model = ours(n_iter=8, tol=None)
    share = model.fit_predict_proba(votes)
    other = (
        getattr(peer, theirs)(n_iter=8, tol=-np.inf).fit_predict_proba(votes).loc[share.index, share.columns]
    )
    ordered = np.sort(share.to_numpy(), axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 1e-6
    same = share.to_numpy().argmax(axis=1) == other.to_numpy().argmax(axis=1)
    assert same[clear].all()
    assert clear.mean() > 0.95


def untied(votes: pd.DataFrame) -> pd.DataFrame:
    """Votes on tasks where one label has most: crowd-kit draws among others, without a seed of its own."""
    found = MajorityVote().fit_predict_proba(votes)
    ordered = np.sort(found.to_numpy(), axis=1)
    return votes[votes["task"].isin(found.index[ordered[:, -1] > ordered[:, -2] + 1e-9])]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["simulated", *SETS, "labelme"])
@pytest.mark.parametrize(
    ("ours", "theirs"), [(MajorityVote, "MajorityVote"), (Wawa, "Wawa"), (ZeroBasedSkill, "ZeroBasedSkill")]
)
def test_weighted_votes_are_crowd_kits(
    ours, theirs: str, votes: pd.DataFrame, peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = getattr(peer, theirs)
    if theirs != "MajorityVote":  # with scikit-learn 1.9 its check of being fitted raises
        monkeypatch.setattr(f"{kind.__module__}.check_is_fitted", lambda *args, **kwargs: None)
    votes = untied(votes)
    settings = {"n_iter": 25} if theirs == "ZeroBasedSkill" else {}
    found, other = ours(**settings).fit_predict(votes), kind(**settings).fit_predict(votes)
    assert (found == other.loc[found.index]).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "most"), [("bluebird", 0), ("cf", 3)])
def test_glad_is_crowd_kits_but_for_few(votes: pd.DataFrame, most: int, peer) -> None:
    found = GLAD(n_iter=300, tol=1e-8).fit_predict(votes)
    other = peer.GLAD(silent=True).fit_predict(votes)
    assert (found != other.loc[found.index]).sum() <= most


def test_pooling_is_as_good_as_the_better_of_its_ends(real_crowd: Path) -> None:
    rows = []
    for name in [*SETS, "labelme"]:
        votes, truth = read(real_crowd, name)
        rows.append(
            [accuracy(m.fit_predict(votes), truth) for m in (DawidSkene(), OneCoin(), PooledDawidSkene())]
        )
    full, coin, pooled = np.mean(rows, axis=0)
    assert pooled >= max(full, coin)
