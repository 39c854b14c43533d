"""Tables of decompositions and of completion, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]


def decompositions(facts: Row) -> str:
    """CPU time and residual beside TensorLy's."""
    lines = [
        "| what | rank | arrays | residual | of TensorLy | CPU s | of TensorLy | TensorLy / ours |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for row in facts["results"]:
        left = " | ".join(f"{row['residual'][name]:.6f}" for name in ("ours", "tensorly"))
        times = " | ".join(f"{row['cpu_s'][name]:.3f}" for name in ("ours", "tensorly"))
        case = f"{row['case']} | {row['rank']} | {row['engine']}"
        lines.append(f"| {case} | {left} | {times} | {row['ratio']:.1f} |")
    return "\n".join([*lines, "", *made(facts, "torch", "tensorly")])


def completion(facts: Row) -> str:
    """Errors on missing entries of the week of traffic."""
    rows = facts["results"]
    names = list(dict.fromkeys(name for row in rows for name in row["rmse"]))
    lines = ["| missing | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    for row in rows:
        errors = [f"{row['rmse'][name]:.3f}" if name in row["rmse"] else "" for name in names]
        lines.append(f"| {row['share']:.0%} of {row['missing']} | " + " | ".join(errors) + " |")
    return "\n".join([*lines, "", *made(facts, "numpy")])
