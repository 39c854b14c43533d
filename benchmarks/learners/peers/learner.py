"""One learner of the table, by scikit-learn on a CPU or by cuML on a GPU."""

from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from etl.engine import Device, choose
from etl.handoff import to_host

CENTRES = 8
OPTIONS: dict[str, dict[str, Any]] = {
    "tree.DecisionTreeClassifier": {"max_depth": 8, "random_state": 0},
    "tree.DecisionTreeRegressor": {"max_depth": 8, "random_state": 0},
    "ensemble.RandomForestClassifier": {"n_estimators": 20, "max_depth": 8, "random_state": 0},
    "ensemble.RandomForestRegressor": {"n_estimators": 20, "max_depth": 8, "random_state": 0},
    "linear_model.LogisticRegression": {"max_iter": 200},
    "cluster.KMeans": {"n_clusters": CENTRES, "n_init": 3, "random_state": 0},
    "cluster.DBSCAN": {"eps": 6.0, "min_samples": 10},
    "decomposition.PCA": {"n_components": 5},
    "decomposition.TruncatedSVD": {"n_components": 5, "random_state": 0},
}


def load(data: dict[str, Any]) -> tuple[Any, Any, Any, Device]:
    """Rows around eight centres in 20 columns, on the device: X, class, and a linear function with noise."""
    rng, engine = np.random.default_rng(data["seed"]), choose(data["device"])
    centres = rng.normal(0, 4, (CENTRES, 20))
    y = rng.integers(0, CENTRES, data["size"])
    X = centres[y] + rng.normal(size=(data["size"], 20))
    line = X @ rng.normal(size=20) + rng.normal(size=data["size"])
    as_array = engine.xp.asarray
    return as_array(X, "float32"), as_array(y, "int32"), as_array(line, "float32"), data["device"]


def run(data: tuple[Any, Any, Any, Device], threads: int, path: str) -> dict[str, float]:
    """Quality of the learner on its own rows: it is compared with its twin's, not with others'."""
    X, y, line, device = data
    model = choose(device).learner(path)(**OPTIONS.get(path, {}))
    if path.startswith("decomposition"):
        model.fit_transform(X)
        return {"explained": float(to_host(model.explained_variance_ratio_).sum())}
    if path.startswith("cluster"):
        return {"agreement": adjusted_rand_score(to_host(y), to_host(model.fit_predict(X)))}
    if path.endswith("NearestNeighbors"):
        return {"distance": float(model.fit(X).kneighbors(X[:1000])[0].mean())}
    target = line if path.endswith(("Regressor", "LinearRegression")) else y
    told = model.fit(X, target).predict(X[:20_000])
    return {"score": float(score(to_host(target[:20_000]), to_host(told)))}


def score(truth: np.ndarray, told: np.ndarray) -> float:
    """Share of right classes, or R squared of numbers."""
    if truth.dtype.kind == "i":
        return float((truth == told).mean())
    return float(1 - ((truth - told) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def digest(result: dict[str, float]) -> dict[str, float]:
    """The quality."""
    return result
