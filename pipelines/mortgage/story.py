"""What the mortgage pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.report import Story, show

CAPTIONS = {
    "roc_pr": "Ranking: how many defaults are found at each rate of false alarms, and at what precision.",
    "calibration": "Calibration: of loans given a probability, the share that did default.",
    "importance": "What the trees used: total gain of each feature.",
    "vintage": "Delinquency by vintage: share of each year's loans that has been 90 days late by that age.",
}


KINDS = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "average precision",
    "log_loss": "log loss",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}
"""Names of the measures, by their keys in the metrics."""


def story(metrics: dict[str, Any]) -> Story:
    """The result against the base rate and the rule, in a paragraph and a table."""
    sides = {"model": metrics, "rule": metrics.get("rule", {}), "base rate": metrics.get("base", {})}
    judged = [[name, *(show(side.get(kind)) for kind in KINDS)] for name, side in sides.items()]
    headline = {name: metrics.get(kind) for kind, name in KINDS.items()}
    return Story(_summary(metrics), [("Judged", ["", *KINDS.values()], judged)], CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    aside = f"{metrics['quarantined']:,} lines set aside"
    rows = f"{metrics['rows']:,} loan months of {metrics['loans']:,} loans, {aside}."
    if metrics["roc_auc"] is None:
        return f"{rows} The model could not be judged: {'; '.join(metrics['reasons'])}."
    rule, base = metrics["rule"], metrics["base"]
    if rule["roc_auc"] is None or base["roc_auc"] is None:
        return f"{rows} The model could not be compared: {'; '.join(metrics['reasons'])}."
    beats = metrics["log_loss"] < min(rule["log_loss"], base["log_loss"])
    return (
        f"{rows} Of {metrics['judged']:,} rows judged, {metrics['positives']:,} default within a year "
        f"({metrics['positives'] / metrics['judged']:.2%}). The model ranks them with a ROC-AUC of "
        f"{metrics['roc_auc']:.3f} and an average precision of {metrics['pr_auc']:.3f}; the rule of the "
        f"current delinquency reaches {rule['roc_auc']:.3f} and {rule['pr_auc']:.3f}, chance 0.500 and "
        f"{base['pr_auc']:.3f}. Its log loss, {metrics['log_loss']:.4f}, is {'' if beats else 'NOT '}below "
        f"both the rule's ({rule['log_loss']:.4f}) and the base rate's ({base['log_loss']:.4f})."
    )
