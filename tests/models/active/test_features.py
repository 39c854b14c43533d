"""The loop on features of the other pipelines: loans with boosted trees, texts with a linear model."""

from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier

from etl.engine import choose
from etl.mortgage import coding, cut, features, generate, read
from etl.mortgage.schema import FEATURES
from etl.text.count_vectorizer import CountVectorizer
from models.active.acquisition import acquisition
from models.active.classifiers import ClassifierLearner
from models.active.loop import ActiveLearner
from models.active.oracles import Gold
from models.active.stops import Stop

xgboost = pytest.importorskip("xgboost")


def asked(learner: ClassifierLearner, y: np.ndarray, name: str) -> ActiveLearner:
    """Five rounds of 60 labels each."""
    ones = np.ones(len(y), "int64")
    loop = ActiveLearner(
        learner,
        acquisition(name, seed=1),
        Gold(y, np.arange(len(y) + 1)),
        start=60,
        budget=60,
        stop=Stop(rounds=5),
        seed=1,
    )
    return loop.run(ones)


def loans(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    engine = choose("cpu")
    pieces = [
        p for path in generate.generate(folder, rows=20_000, seed=5) for p in cut.cut(path, folder, 1 << 22)
    ]
    shaped = [features.shape(read.read(piece, engine)) for piece in pieces]
    words = reduce(coding.merge, map(coding.vocabulary, shaped))
    rows = np.concatenate([coding.encode(f, words)[list(FEATURES)].to_numpy("float32") for f in shaped])
    return rows, np.concatenate([frame["label"].to_numpy("int64") for frame in shaped])


def test_boosted_trees_on_loans_find_defaults_sooner_than_by_chance(tmp_path: Path) -> None:
    X, y = loans(tmp_path)
    pool, test = np.arange(len(y)) % 2 == 0, np.arange(len(y)) % 2 == 1
    found = {}
    for name in ("random", "least_confidence"):
        trees = xgboost.XGBClassifier(n_estimators=20, max_depth=4, n_jobs=1)
        learner = ClassifierLearner(trees, X[pool], X[test], y[test], classes=2)
        loop = asked(learner, y[pool], name)
        found[name] = sum(query["target"][0] for queries in loop.queries_ for query in queries)
        assert loop.curve_[-1]["words"] == 360
    assert found["least_confidence"] > 1.5 * found["random"]


def test_a_linear_model_on_texts_comes_to_its_quality_with_part_of_the_labels() -> None:
    rng = np.random.default_rng(0)
    themes = [[f"{letter}word{k}" for k in range(40)] for letter in "abc"]
    y = rng.integers(0, 3, 2000)
    texts = [
        " ".join(rng.choice(themes[k if rng.random() < 0.9 else (k + 1) % 3]) for _ in range(6)) for k in y
    ]
    X = CountVectorizer().fit_transform(texts)
    model = SGDClassifier(loss="log_loss", alpha=1e-3, max_iter=1, tol=None)
    learner = ClassifierLearner(model, X[:1500], X[1500:], y[1500:], classes=3, passes=5)
    loop = asked(learner, y[:1500], "token_entropy")
    whole = SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0).fit(X[:1500], y[:1500])
    assert loop.curve_[-1]["share"] == pytest.approx(0.24)
    assert loop.curve_[-1]["score"] > 0.95 * whole.score(X[1500:], y[1500:])
    assert loop.curve_[-1]["score"] > loop.curve_[0]["score"]
