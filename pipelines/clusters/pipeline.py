"""Which rows are alike? Any table in; fewer columns, groups of rows, and how good they are out.

``python -m pipelines.clusters --data table.csv --leave id --label class``
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.metrics import adjusted_rand_score

from etl import handoff, records
from etl.engine import choose, engine_of
from etl.hashing import mix
from models import clustering
from pipelines import figures
from pipelines.clusters import figures as clusters_figures
from pipelines.clusters.data import Config, Rows, check, load
from pipelines.clusters.story import story
from pipelines.run import Run, step

__all__ = ["Config", "main"]

SHARE, MOST = 0.9, 50
"""Of the variance that components explain, and how many are looked at."""
CANDIDATES = tuple(range(2, 13))
"""Numbers of clusters that are compared."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What was found: components of rows, their clusters, and what these were chosen by."""

    Z: Any
    explained: list[float]
    label: Any
    curve: dict[str, Any]
    reason: str


def main(config: Config, given: Any = None) -> Path:
    """Load, reduce, part, judge, report; returns the run's folder.

    Parameters
    ----------
    given : DataFrame or matrix, optional
        Rows that lie on a device already, such as features of loans or topics of documents; they stay there.
    """
    check(config)
    engine = choose(config.device) if given is None else engine_of(given)
    with Run("clusters", config, out=config.out, engine=engine) as run, records.collect() as entries:
        with step(run, "load"):
            rows = load(config, run, given)
        with step(run, "reduce"):
            Z, explained = reduce_dimensions(config, run, rows)
        with step(run, "part"):
            label, curve, reason = (kmeans if config.method == "kmeans" else dbscan)(config, run, Z)
            run.say(f"clusters: {reason}")
        with step(run, "judge"):
            parts = Parts(Z, explained, label, curve, reason)
            found, worth = judge(config, rows, parts)
        return report(run, entries, rows, parts, found, worth)


def reduce_dimensions(config: Config, run: Run, rows: Rows) -> tuple[Any, list[float]]:
    """Rows by their components, and the share of the variance that each explains."""
    X, is_sparse = rows.X, hasattr(rows.X, "tocsr")
    if config.reduce == "none" and not is_sparse:
        return X, []
    kind = "TruncatedSVD" if config.reduce == "svd" or is_sparse else "PCA"
    if is_sparse and config.reduce != "svd":
        run.say("reduce: by SVD, as the matrix is sparse")
    X = X.toarray() if is_sparse and run.engine.name == "gpu" else X
    most = min(config.components or MOST, X.shape[1] - (kind != "PCA"), X.shape[0])
    if most < 1:
        return X, []
    options = {"random_state": config.seed} if kind != "PCA" else {}
    model = run.engine.learner(f"decomposition.{kind}")(n_components=most, **options)
    Z = model.fit_transform(X)
    explained = [float(share) for share in model.explained_variance_ratio_]
    kept = most if config.components else enough(explained)
    run.say(
        f"components: {kept} of {X.shape[1]} columns by {kind}, {sum(explained[:kept]):.0%} of the variance"
    )
    return Z[:, :kept], explained


def enough(explained: list[float]) -> int:
    """How many components explain `SHARE` of the variance, or all.

    Examples
    --------
    >>> enough([0.5, 0.3, 0.15, 0.05]), enough([0.2, 0.1])
    (3, 2)
    """
    total = 0.0
    for count, share in enumerate(explained, 1):
        total += share
        if total >= SHARE:
            return count
    return len(explained)


def kmeans(config: Config, run: Run, Z: Any) -> tuple[Any, dict[str, Any], str]:
    """Clusters by k-means, and the silhouettes by which their number was chosen."""
    choice = clustering.choose_k(Z, CANDIDATES if not config.clusters else (config.clusters,), config.seed)
    model = run.engine.learner("cluster.KMeans")(n_clusters=choice.k, n_init=5, random_state=config.seed)
    model.fit(Z)
    told = f"{choice.k}, as asked for" if config.clusters else choice.reason
    curve = {"silhouette": choice.silhouette, "inertia": choice.inertia, "fitted": float(model.inertia_)}
    return model.labels_, curve, told


def dbscan(config: Config, run: Run, Z: Any) -> tuple[Any, dict[str, Any], str]:
    """Clusters by density; the radius is where distances to the farthest of the neighbours turn up."""
    count = min(config.neighbours, len(Z) - 1)
    model = run.engine.learner("neighbors.NearestNeighbors")(n_neighbors=count + 1)
    far = model.fit(Z).kneighbors(Z)[0][:, count]
    radius = clustering.knee(far)
    if radius <= 0:
        raise ValueError(
            "most rows are equal, so their density has no radius; drop repeats, or take --method kmeans"
        )
    label = run.engine.learner("cluster.DBSCAN")(eps=radius, min_samples=count).fit_predict(Z)
    told = f"by density within {radius:.3g}, where the distance to neighbour {count} turns up"
    return label, {"far": handoff.to_host(run.engine.xp.sort(far)), "radius": radius}, told


def judge(config: Config, rows: Rows, parts: Parts) -> tuple[dict[str, Any], Any]:
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


def class_agreement(config: Config, classes: Any, parts: Parts) -> dict[str, Any]:
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


def report(
    run: Run, entries: list[records.Entry], rows: Rows, parts: Parts, found: dict[str, Any], worth: Any
) -> Path:
    """Write clusters, metrics, figures and the ledger, and close the run."""
    rows.about.assign(cluster=parts.label).to_csv(run.path("clusters.csv"), index=False)
    pictures = clusters_figures.all_figures(rows, parts, found, worth)
    ledger = handoff.ledger(entries)
    found["host_crossings"] = sum(row["times"] for row in ledger if row["copies"] == "host")
    pictures |= {"timeline": figures.timeline(run.stages), "ledger": figures.ledger(ledger)}
    return run.finish(found, story=story(found, parts.label), figures=pictures, ledger=ledger)
