"""What the clusters pipeline tells of a run, from its metrics."""

from typing import Any

from etl.engine import array_namespace
from pipelines.report import Story, Table

CAPTIONS = {
    "map": "Rows by their first two components, coloured by cluster.",
    "choice": "By what the number of clusters, or the radius of DBSCAN, was chosen.",
    "spectrum": "Share of the variance that components explain.",
    "silhouettes": "Silhouettes of rows, by cluster: near 1 they lie well inside, below 0 nearer to another.",
    "profile": "Means of the columns in which clusters differ most, in standard deviations from the mean.",
    "classes": "Rows of each known class, by cluster.",
}


def story(found: dict[str, Any], label: Any) -> Story:
    """The clusters in a paragraph, and their sizes."""
    return Story(_summary(found), [_sizes(label)], CAPTIONS)


def _summary(found: dict[str, Any]) -> str:
    parts = [
        f"{found['rows']:,} rows of {found['columns']} columns, by {found['components']} components, fall "
        f"into {found['clusters']} cluster{'s' * (found['clusters'] != 1)}: {found['reason']}."
    ]
    if found["noise"]:
        parts.append(f"{found['noise']:,} rows ({found['noise'] / found['rows']:.0%}) are in none.")
    if found["silhouette"] is not None:
        parts.append(f"The mean silhouette is {found['silhouette']:.2f} ({_grade(found['silhouette'])}).")
    parts.append(f"{found['purity']:.0%} of the nearest rows are in the same cluster.")
    if "agreement" in found:
        parts.append(
            f"With the {found['classes']} known classes they agree by {found['agreement']:.2f} (adjusted "
            "Rand index: 0 by chance, 1 in full); of classes held out, neighbours tell "
            f"{found['told_by_neighbours']:.1%}, the commonest class {found['told_by_the_commonest']:.1%}."
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


def _sizes(label: Any) -> Table:
    xp = array_namespace(label)
    sizes = xp.bincount(label[label >= 0]).tolist() if bool((label >= 0).any()) else []
    rows = [[str(number), f"{size:,}", f"{size / len(label):.1%}"] for number, size in enumerate(sizes)]
    return "Clusters", ["cluster", "rows", "share"], rows
