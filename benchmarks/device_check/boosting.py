"""XGBoost on frames with missing values and categories: the device judges as well as the CPU."""

import pickle

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import roc_auc_score

from benchmarks.device_check.checks import Facts, Items, Setting
from benchmarks.device_check.compare import engines, fetched
from etl.engine import Engine
from etl.engine.types import Frame

TOLERANCE = 0.002
ROWS = 20_000


def _table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 4))
    label = rng.random(ROWS) < 1 / (1 + np.exp(-(x[:, 0] + np.where(x[:, 1] > 0, x[:, 2], 0))))
    x[rng.random(x.shape) < 0.1] = np.nan
    table = pd.DataFrame(x, columns=list("abcd")).assign(kind=rng.choice(["x", "y", "z"], ROWS))
    return table, label.astype("float32")


def _frame(engine: Engine) -> Frame:
    table, _ = _table()
    given = {name: table[name].to_list() for name in table}
    return engine.df.DataFrame(given).astype({"kind": "category"})


def _booster(engine: Engine) -> tuple[xgboost.Booster, xgboost.QuantileDMatrix]:
    _, label = _table()
    data = xgboost.QuantileDMatrix(_frame(engine), engine.xp.asarray(label), enable_categorical=True)
    options = {"device": "cuda" if engine.name == "gpu" else "cpu", "objective": "binary:logistic", "seed": 0}
    return xgboost.train({**options, "max_depth": 4}, data, 20), data


def items(setting: Setting) -> Items:
    """Training, prediction from a frame, a slice, and a copy by pickle."""
    return {"train and predict": lambda: _judged(setting), "slice and pickle": lambda: _kept(setting)}


def _judged(setting: Setting) -> Facts:
    _, label = _table()
    found = []
    for engine in engines(setting):
        booster, data = _booster(engine)
        found.append(roc_auc_score(label, fetched(booster.predict(data))))
        near = fetched(booster.inplace_predict(_frame(engine)))
        np.testing.assert_allclose(near, fetched(booster.predict(data)), atol=1e-5)
    assert abs(found[0] - found[1]) < TOLERANCE, f"ROC AUC {found[0]:.4f}, and {found[1]:.4f} on the CPU"
    return {"device": found[0], "cpu": found[1]}


def _kept(setting: Setting) -> None:
    device, _ = engines(setting)
    booster, data = _booster(device)
    copy = pickle.loads(pickle.dumps(booster))
    np.testing.assert_array_equal(fetched(copy.predict(data)), fetched(booster.predict(data)))
    assert booster[:5].num_boosted_rounds() == 5
