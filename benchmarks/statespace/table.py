"""Table of series, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made, single

Row = dict[str, Any]
SYSTEMS = {
    "statespace.ours": "Trinity",
    "statespace.statsmodels": "statsmodels",
    "statespace.statsforecast": "statsforecast",
}


def fits(facts: Row) -> str:
    """Cost of a fit, likelihood and accuracy of each system."""
    lines = [
        "| model | system | series | core-ms a series | times ours | log-likelihood less ours, mean | failed "
        "| MASE | ours on the same |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    times = {(row["case"], row["system"]): row["cpu"] for row in facts["ratios"]}
    for row in facts["results"]:
        own = row["system"] == "statespace.ours"
        ratio = "" if own else f"{times[row['case'], row['system']]:.1f}"
        less = "" if own else f"{row['loglik_mean']:+.2f}"
        place = f"{row['case']} | {SYSTEMS[row['system']]} | {row['size']:,} | {row['ms_series']:.3f}"
        quality = f"{row['failed']} | {row['mase']:.3f} | {row['mase_ours']:.3f}"
        lines.append(f"| {place} | {ratio} | {less} | {quality} |")
    return "\n".join([*lines, "", *made(facts, "statsmodels", "torch", "numba", "numpy")])


def headline(facts: Row) -> str:
    """Time of a fit, beside statsmodels', and where forecasts lose."""
    row = single(facts["ratios"], case="ARIMA(1,1,1)", system="statespace.statsmodels")
    return (
        f"[ARIMA of many series](docs/forecast.md): {row['cpu']:.0f} times as fast a series as "
        "statsmodels; on one of three real sets nothing beats the climatology beyond three days"
    )
