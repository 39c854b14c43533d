"""Table of forecasts, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

LEVELS = ("80", "95")
CLOSE = 0.05
"""Coverage that is farther from its level is marked."""


def table(facts: dict[str, Any]) -> str:
    """Errors, skill by horizon and coverage of each method on each set."""
    return "\n".join(
        [*_errors(facts["results"]), "", *_skill(facts["ratios"]), "", *made(facts, "torch", "numpy")]
    )


def _errors(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| set | method | MASE | sMAPE | RMSE | covered at 80 % | at 95 % | widened, at 80 % | at 95 % |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        own = [covered(row["coverage"][level], level) for level in LEVELS]
        same = row["widened"] == row["coverage"]
        wide = ["" if same else covered(row["widened"][level], level) for level in LEVELS]
        errors = f"{row['mase']:.3f} | {row['smape']:.2f} | {row['rmse']:.3f}"
        lines.append(f"| {row['set']} | {row['method']} | {errors} | {' | '.join([*own, *wide])} |")
    return [*lines, "", "! is more than 5 points off."]


def _skill(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| set | model | against | share of its RMSE saved, by steps ahead |", "|---|---|---|---|"]
    for row in rows:
        cells = ", ".join(f"{step}: {100 * value:+.0f} %" for step, value in row["skill"].items())
        lines.append(f"| {row['set']} | {row['method']} | {row['rival']} | {cells} |")
    return lines


def covered(share: float, level: str) -> str:
    """Percent, marked where it is far from the level.

    Examples
    --------
    >>> covered(0.903, "95"), covered(0.84, "95")
    ('90.3', '84.0 !')
    """
    far = abs(share - int(level) / 100) > CLOSE
    return f"{100 * share:.1f}" + (" !" if far else "")
