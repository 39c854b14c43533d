"""What the flow tells of a run, from its metrics."""

from typing import Any

from pipelines.report import Story

CAPTIONS = {
    "gains": "What each stage is right on, with 95 % intervals: by known labels, or else by the votes.",
    "rounds": "Round by round: votes bought, and how often the model is right on items that it did not see.",
    "doubt": "Workers who agree least with the labels, of those with ten votes and more.",
    "topics": "How often model and label differ, by the topic that a text is most about.",
}

ASSUMED = (
    "That is an estimate, as if workers and model erred independently; on real crowds, whom the same items "
    "mislead, it was some points too high. Known labels, with --truth, tell more."
)


def story(metrics: dict[str, Any]) -> Story:
    """The labels, the model and what to ask next in a paragraph, and tables."""
    rows = [[row["stage"], named(row["name"]), _interval(row), _basis(row)] for row in metrics["gains"]]
    tables = [("What each stage is right on", ["stage", "", "right, 95 % interval", "by"], rows)]
    doubt = [
        [str(row["task"]), row["by_votes"], row["by_model"], f"{row['probability']:.0%}", str(row["votes"])]
        for row in metrics["doubtful"]
    ]
    tables.append(
        ("Most doubtful items", ["task", "by votes", "by the model", "probability", "votes"], doubt)
    )
    if metrics["features"]:
        tables.append(
            ("What features are worth", ["features", "nats a task, 95 % interval"], _worth(metrics))
        )
    return Story(_summary(metrics), tables, CAPTIONS, headline=_headline(metrics))


def _worth(metrics: dict[str, Any]) -> list[list[str]]:
    """How much likelier labels of unseen tasks are with a block of features than without."""
    return [
        [name, f"{each['gain']:+.3f} ({each['low']:+.3f} to {each['high']:+.3f})"]
        for name, each in metrics["features"].items()
    ]


def named(name: str) -> str:
    """A model's name for a reader.

    Examples
    --------
    >>> named("joint_em"), named("labels")
    ('model and workers jointly', 'aggregated votes')
    """
    return {
        "majority": "majority vote",
        "labels": "aggregated votes",
        "labels_joint": "votes and model together",
        "joint_em": "model and workers jointly",
        "words": "regression on words",
        "logistic": "logistic regression",
        "xgboost": "boosted trees",
        "network": "network by majority vote",
    }.get(name, name.replace("_", " "))


def _interval(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "-"
    return f"{row['value']:.1%} ({row['low']:.1%} to {row['high']:.1%})"


def _basis(row: dict[str, Any]) -> str:
    return "known labels" if row["known"] else "the votes"


def _summary(metrics: dict[str, Any]) -> str:
    chosen = metrics["chosen"]
    best = next(row for row in metrics["gains"] if row["chosen"])
    caveat = "" if best["known"] else f" {ASSUMED}"
    parts = [
        f"{metrics['votes']:,} votes of {metrics['workers']:,} workers on {metrics['tasks']:,} of "
        f"{metrics['items']:,} items, {metrics['classes']} labels.",
        f"The model, {named(metrics['model'])}, is right on {_interval(best)} of items that it did not see, "
        f"by {_basis(best)}.{caveat}",
        f"Ask next: {chosen['votes']:,} votes on {chosen['items']:,} items, in next.csv.",
    ]
    if metrics["rings"] is not None:
        rings, guessers = len(metrics["rings"]), len(metrics["spammers"])
        parts.append(f"Workers: {rings} ring{'s' * (rings != 1)} of copiers, {guessers} who guess.")
    return " ".join(parts)


def _headline(metrics: dict[str, Any]) -> dict[str, Any]:
    best = next(row for row in metrics["gains"] if row["chosen"])
    told = {f"right, by {_basis(best)}": best["value"]}
    return told | {name: metrics[name] for name in ("items", "votes", "workers")}
