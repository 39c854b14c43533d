"""Tables of the flow beside others, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]
NAMES = {
    "ours": "Trinity",
    "expert": "tf-idf and logistic regression",
    "majority_xgboost": "majority and XGBoost",
    "stack": "crowd-kit, tomotopy, XGBoost and PyTorch",
}
LIBRARIES = ("scikit-learn", "xgboost-cpu", "crowd-kit", "tomotopy", "torch", "pandas")


def quality(facts: Row) -> str:
    """Accuracy of each system, how far ours is above it, and what it costs."""
    lines = [
        "| set | system | accuracy | ours above it, points | core-s | peak MB |",
        "|---|---|--:|--:|--:|--:|",
    ]
    gains = {(row["set"], row["system"]): row for row in facts["gains"]}
    for row in facts["results"]:
        gain = gains.get((row["set"], row["system"]))
        above = points(gain) if gain else ""
        accuracy = f"{row['accuracy']:.2%} ± {row['half']:.2%}"
        place = f"{row['set']} | {NAMES[row['system']]}"
        lines.append(f"| {place} | {accuracy} | {above} | {row['cpu_s']:.1f} | {row['peak_mb']:,} |")
    return "\n".join([*lines, "", *made(facts, *LIBRARIES)])


def points(gain: Row) -> str:
    """A gain in points of a hundred, with its interval.

    Examples
    --------
    >>> points({"gain": 0.021, "low": 0.01, "high": 0.03})
    '2.10 (1.00 to 3.00)'
    """
    return f"{100 * gain['gain']:.2f} ({100 * gain['low']:.2f} to {100 * gain['high']:.2f})"


def stages(facts: Row) -> str:
    """Core-seconds of each stage of each system."""
    lines = ["| set | system | stage | core-s |", "|---|---|---|--:|"]
    for row in facts["results"]:
        place = f"{row['set']} | {NAMES[row['system']]}"
        lines += [f"| {place} | {stage} | {seconds:.2f} |" for stage, seconds in row["stages"].items()]
    return "\n".join([*lines, "", *made(facts, *LIBRARIES)])


def continued(facts: Row) -> str:
    """What a continued run is right on beside a fresh one, and the share of its time."""
    lines = [
        "| set | labels: continued | fresh | model: continued | fresh | core-s: continued | fresh | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in facts["results"]:
        cells = []
        for what in ("labels", "model"):
            own = row[what]
            cells += [f"{own['continued']:.2%}", f"{own['fresh']:.2%} ± {own['spread']:.2%}"]
        cells += [f"{row['continued_cpu_s']:.1f}", f"{row['fresh_cpu_s']:.1f}", f"{row['ratio']:.2f}"]
        lines.append(f"| {row['set']} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *made(facts, *LIBRARIES)])
