"""What the clusters pipeline tells of a run, from its metrics."""

from typing import Any

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import to_host
from pipelines.report import Story, Table

CAPTIONS = {
    "map": "Rows by their first two components, coloured by cluster.",
    "choice": "By what the number of clusters, or the radius of DBSCAN, was chosen.",
    "spectrum": "Share of the variance that components explain.",
    "silhouettes": "Silhouettes of rows, by cluster: near 1 they lie well inside, below 0 nearer to another.",
    "profile": "Means of the columns in which clusters differ most, in standard deviations from the mean.",
    "classes": "Where the rows of each known class went, in percent of the class.",
}


def story(metrics: dict[str, Any], label: Array) -> Story:
    """The clusters in a paragraph, and their sizes."""
    headline = {name: metrics.get(name) for name in ("silhouette", "clusters", "purity", "agreement")}
    return Story(_summary(metrics), [_sizes(label)], CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    parts = [
        f"{metrics['rows']:,} rows of {metrics['columns']} columns, by {metrics['components']} components, "
        f"fall into {metrics['clusters']} cluster{'s' * (metrics['clusters'] != 1)} ({metrics['reason']})."
    ]
    if metrics["noise"]:
        parts.append(
            f"{metrics['noise']:,} rows ({metrics['noise'] / metrics['rows']:.0%}) are noise, in no cluster."
        )
    if metrics["silhouette"] is not None:
        parts.append(f"The mean silhouette is {metrics['silhouette']:.2f} ({_grade(metrics['silhouette'])}).")
    parts.append(f"{metrics['purity']:.0%} of the nearest rows are in the same cluster.")
    if "agreement" in metrics:
        parts.append(
            f"With the {metrics['classes']} known classes they agree by {metrics['agreement']:.2f} (adjusted "
            "Rand index: 0 by chance, 1 in full); of classes held out, neighbours tell "
            f"{metrics['told_by_neighbours']:.1%}, the commonest class "
            f"{metrics['told_by_the_commonest']:.1%}."
        )
    return " ".join(parts)


def _grade(silhouette: float) -> str:
    """Kaufman and Rousseeuw's words of 1990.

    Examples
    --------
    >>> _grade(0.6), _grade(0.1)
    ('a reasonable structure', 'no substantial structure')
    """
    words = ((0.7, "a strong structure"), (0.5, "a reasonable structure"), (0.25, "a weak structure"))
    return next((name for least, name in words if silhouette > least), "no substantial structure")


def _sizes(label: Array) -> Table:
    xp = array_namespace(label)
    sizes = to_host(xp.bincount(label[label >= 0])).tolist() if bool((label >= 0).any()) else []
    rows = [[str(number), f"{size:,}", f"{size / len(label):.1%}"] for number, size in enumerate(sizes)]
    return "Clusters", ["cluster", "rows", "share"], rows
