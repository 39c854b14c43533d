"""Which rows are alike? Any table in; fewer columns, groups of rows, and how good they are out.

``python -m pipelines.clusters --data table.csv --leave id --label class``
"""

from typing import Any

from etl import handoff
from etl.engine import engine_of
from etl.engine.types import Array, Frame
from models import clustering
from pipelines.clusters.apply import Basis, ClusterModel
from pipelines.clusters.config import Config
from pipelines.clusters.data import CLUSTER, MORTGAGE, Rows, beside, load
from pipelines.clusters.figures import all_figures
from pipelines.clusters.measures import Parts, Widths, judge
from pipelines.clusters.story import story
from pipelines.run import Result, Run

__all__ = ["Config", "main"]

SHARE, MOST = 0.9, 50
"""Of the variance that components explain, and how many are looked at."""
CANDIDATES = tuple(range(2, 13))
"""Numbers of clusters that are compared."""


def main(config: Config, given: Frame | Array | None = None) -> Result:
    """Load, reduce, part, judge, report; returns the run.

    Parameters
    ----------
    given : DataFrame or matrix, optional
        Rows that lie on a device already, such as features of loans or topics of documents; they stay there.
    """
    with Run("clusters", config, engine=None if given is None else engine_of(given)) as run:
        with run.step("load"):
            rows = load(config, run, given)
        with run.step("reduce"):
            Z, explained, basis = reduce_dimensions(config, run, rows)
        with run.step("cluster"):
            label, curve, reason = (kmeans if config.method == "kmeans" else dbscan)(config, run, Z)
            run.say(f"clusters: {reason}")
        with run.step("judge"):
            parts = Parts(Z, explained, label, curve, reason)
            found, worth = judge(config, rows, parts)
        return report(run, rows, parts, found, worth, learnt(config, run, rows, basis, parts))


def reduce_dimensions(config: Config, run: Run, rows: Rows) -> tuple[Any, list[float], Basis | None]:
    """Rows by their components, the share of the variance that each explains, and the components."""
    X, is_sparse = rows.X, hasattr(rows.X, "tocsr")
    if config.reduce == "none" and not is_sparse:
        return X, [], None
    kind = "TruncatedSVD" if config.reduce == "svd" or is_sparse else "PCA"
    if is_sparse and config.reduce != "svd":
        run.say("reduce: by SVD, as the matrix is sparse")
    X = X.toarray() if is_sparse and run.engine.name == "gpu" else X
    most = min(config.components or MOST, X.shape[1] - (kind != "PCA"), X.shape[0])
    if most < 1:
        return X, [], None
    options = {"random_state": config.seed} if kind != "PCA" else {}
    model = run.engine.learner(f"decomposition.{kind}")(n_components=most, **options)
    Z = model.fit_transform(X)
    explained = [max(float(share), 0.0) for share in model.explained_variance_ratio_]
    kept = most if config.components else enough(explained)
    run.say(
        f"components: {kept} of {X.shape[1]} columns by {kind}, {sum(explained[:kept]):.0%} of the variance"
    )
    return Z[:, :kept], explained, Basis(model.components_[:kept], getattr(model, "mean_", None))


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


def kmeans(config: Config, run: Run, Z: Array) -> tuple[Any, dict[str, Any], str]:
    """Clusters by k-means, and the silhouettes by which their number was chosen."""
    choice = clustering.choose_k(Z, CANDIDATES if not config.clusters else (config.clusters,), config.seed)
    model = run.engine.learner("cluster.KMeans")(n_clusters=choice.k, n_init=5, random_state=config.seed)
    model.fit(Z)
    told = f"{choice.k}, as asked for" if config.clusters else choice.reason
    fitted = clustering.inertia(Z, model.labels_, model.cluster_centers_)
    curve = {"silhouette": choice.silhouette, "inertia": choice.inertia, "fitted": fitted}
    curve |= {"centres": model.cluster_centers_}
    return model.labels_, curve, told


def dbscan(config: Config, run: Run, Z: Array) -> tuple[Any, dict[str, Any], str]:
    """Clusters by density; the radius is where distances to the farthest of the neighbours turn up."""
    count = min(config.neighbours, len(Z) - 1)
    model = run.engine.learner("neighbors.NearestNeighbors")(n_neighbors=count + 1)
    far = model.fit(Z).kneighbors(Z)[0][:, count]
    radius = clustering.knee(far)
    if radius <= 0:
        raise ValueError(
            "most rows are equal, so their density has no radius; drop repeats, or take --method kmeans"
        )
    found = run.engine.learner("cluster.DBSCAN")(eps=radius, min_samples=count)
    label = found.fit_predict(Z)
    told = f"by density within {radius:.3g}, where the distance to neighbour {count} turns up"
    curve = {"far": handoff.to_host(run.engine.xp.sort(far)), "radius": radius}
    return label, curve | {"cores": found.core_sample_indices_}, told


def learnt(config: Config, run: Run, rows: Rows, basis: Basis | None, parts: Parts) -> ClusterModel:
    """What rows to come are compared with: centres of clusters or, by density, core samples."""
    cores = parts.curve.get("cores")
    if cores is None:
        centres = parts.curve["centres"]
        codes = run.engine.xp.arange(len(centres))
    else:
        centres, codes = parts.Z[cores], parts.label[cores]
    form = {"leave": list(config.leave)} | config.of_files()
    form |= {"loans": str(config.data).startswith(MORTGAGE)}
    radius = parts.curve.get("radius")
    return ClusterModel(rows.scale, basis, centres, codes, run.engine, radius, rows.ranges, form)


def report(
    run: Run, rows: Rows, parts: Parts, found: dict[str, Any], worth: Widths | None, model: ClusterModel
) -> Result:
    """Write clusters, metrics and figures, and close the run."""
    table = handoff.to_pandas(beside(rows.about, CLUSTER, parts.label))
    table.to_csv(run.path("clusters.csv"), index=False)
    found = run.measured(found)
    pictures = all_figures(rows, parts, found, worth)
    return run.finish(found, story=story(found, parts.label), figures=pictures, model=model)
