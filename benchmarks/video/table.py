"""Tables of video, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]


def counts(facts: Row) -> str:
    """Parameters and multiplications of the published networks."""
    lines = [
        "| network | parameters | G multiplications a frame | of ConvLSTM's parameters |",
        "|---|--:|--:|--:|",
    ]
    for row in facts["results"]:
        work = f"{row['multiplications_a_frame'] / 1e9:.2f}"
        lines.append(f"| {row['network']} | {row['parameters']:,} | {work} | {100 - row['percent']:.1f} % |")
    return "\n".join([*lines, "", *made(facts, "torch")])


def baselines(facts: Row) -> str:
    """Errors of simple predictions in all units and conventions."""
    lines = [
        "| | MSE per frame (sum) | per pixel x 1,000 | per pixel | SSIM, range 1 | range 2 | Gaussian |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in facts["results"]:
        errors = f"{row['mse frame']:.1f} | {row['mse milli']:.2f} | {row['mse pixel']:.4f}"
        lines.append(f"| {row['network']} | {errors} | {_similar(row)} |")
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])


def _similar(row: Row) -> str:
    return " | ".join(f"{row[f'ssim {name}']:.3f}" for name in ("range 1", "range 2", "gaussian"))


def learning(facts: Row) -> str:
    """Errors of both networks and of simple predictions, on the CPU."""
    lines = [
        "| | parameters | MSE per frame (sum) | of black | of copy last "
        "| SSIM, range 1 | range 2 | Gaussian | CPU s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in facts["ratios"]:
        apart = f" ± {row['deviation']:.2f}" if row["seeds"] > 1 else ""
        shares = " | ".join(f"{100 * row[f'of {name}']:.0f} %" for name in ("black", "copy last"))
        cost = f"{row['cpu_s']:.0f}" if row["cpu_s"] else ""
        counts = f"{row['parameters']:,}" if row["parameters"] else ""
        lines.append(
            f"| {row['network']} | {counts} | {row['mse']:.2f}{apart} | {shares} | {_similar(row)} | {cost} |"
        )
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])
