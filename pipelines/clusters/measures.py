"""How good clusters are: by themselves, by their neighbours, and beside known classes."""

from dataclasses import dataclass
from typing import Any

from sklearn.metrics import adjusted_rand_score

from etl import handoff
from etl.engine import engine_of
from etl.engine.types import Array, Series
from etl.hashing import mix
from models import clustering
from pipelines.clusters.config import Config
from pipelines.clusters.data import Rows

Widths = tuple[Array, Array]
"""Silhouettes of rows, and which rows."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What was found: components of rows, their clusters, and what these were chosen by."""

    Z: Array
    explained: list[float]
    label: Array
    curve: dict[str, Any]
    reason: str


def judge(config: Config, rows: Rows, parts: Parts) -> tuple[dict[str, Any], Widths | None]:
    """How far apart clusters are, how pure neighbours are, what known classes say; and silhouettes."""
    engine, label = engine_of(parts.Z), parts.label
    number = int(label.max()) + 1
    worth = clustering.silhouettes(parts.Z, label, config.seed) if number > 1 else None
    count = min(config.neighbours, len(label) - 1)
    model = engine.learner("neighbors.NearestNeighbors")(n_neighbors=count + 1).fit(parts.Z)
    some = clustering.sample(engine.xp.arange(len(label)), clustering.SAMPLE, config.seed)
    near = engine.xp.asarray(model.kneighbors(parts.Z[some])[1])[:, 1:]
    found = {
        "rows": len(label),
        "columns": len(rows.names),
        "components": int(parts.Z.shape[1]),
        "clusters": number,
        "noise": int((label < 0).sum()),
        "silhouette": float(worth[0].mean()) if worth else None,
        "inertia": parts.curve.get("fitted"),
        "radius": parts.curve.get("radius"),
        "purity": float((label[near] == label[some][:, None]).mean()),
        "reason": parts.reason,
        "by_k": {str(k): value for k, value in parts.curve.get("silhouette", {}).items()},
    }
    return found | (class_agreement(config, rows.known, parts) if rows.known is not None else {}), worth


def class_agreement(config: Config, classes: Series, parts: Parts) -> dict[str, Any]:
    """Agreement of clusters with known classes, and how often neighbours tell those of a fifth of rows."""
    engine = engine_of(parts.Z)
    code, _ = engine.df.factorize(classes, sort=True)
    code = engine.xp.asarray(code, dtype="int32")
    there = engine.xp.flatnonzero(code >= 0)
    held = mix(there, config.seed) % engine.xp.uint64(5) == 0
    train, test = there[~held], there[held]
    if len(test) == 0 or len(train) == 0:
        return {}
    near = min(config.neighbours, len(train))
    model = engine.learner("neighbors.KNeighborsClassifier")(n_neighbors=near).fit(
        parts.Z[train], code[train]
    )
    told = engine.xp.asarray(model.predict(parts.Z[test]))
    common = int(engine.xp.bincount(code[train]).argmax())
    truth, mine = (handoff.to_host(each[there]) for each in (code, parts.label))
    return {
        "classes": len(set(truth.tolist())),
        "agreement": float(adjusted_rand_score(truth, mine)),
        "told_by_neighbours": float((told == code[test]).mean()),
        "told_by_the_commonest": float((code[test] == common).mean()),
    }
