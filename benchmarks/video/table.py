"""Tables of video, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]


def learning(facts: Row) -> str:
    """Errors of both networks and of simple predictions, on the CPU."""
    lines = [
        "| | parameters | MSE (sum of a frame) | of black | of copy last "
        "| SSIM, range 1 | range 2 | Gaussian | CPU s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in facts["ratios"]:
        apart = f" ± {row['deviation']:.2f}" if row["seeds"] > 1 else ""
        shares = " | ".join(f"{100 * row[f'of {name}']:.0f} %" for name in ("black", "copy last"))
        similar = " | ".join(f"{row[f'ssim {name}']:.3f}" for name in ("range 1", "range 2", "gaussian"))
        cost = f"{row['cpu_s']:.0f}" if row["cpu_s"] else ""
        counts = f"{row['parameters']:,}" if row["parameters"] else ""
        lines.append(
            f"| {row['network']} | {counts} | {row['mse']:.2f}{apart} | {shares} | {similar} | {cost} |"
        )
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])
