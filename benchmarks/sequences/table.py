"""Tables of sequences, from the committed results; see `benchmarks.tables`."""

from typing import Any

from benchmarks.harness import made

Row = dict[str, Any]
NAMES = {
    "naive": "naive",
    "seasonal naive": "seasonal naive",
    "climatology": "climatology",
    "ets": "ETS",
    "arima": "ARIMA",
    "nvar": "NVAR",
    "dlinear": "DLinear",
    "nlinear": "NLinear",
    "nhits": "NHITS (neuralforecast)",
    "lstm": "LSTM",
    "mlstm": "MLSTM, 3 lags",
    "tt_lstm_2": "TT-LSTM, order 2",
    "tt_lstm_3": "TT-LSTM, order 3",
    "auto": "`auto`",
}
"""Methods in the order of the tables."""
CLAIM = (-12.0, -5.0)
"""Change of the error that the paper tells, in percent."""


def errors(facts: Row) -> str:
    """RMSE of every method on every set, and at long horizons."""
    sets = list(dict.fromkeys(row["set"] for row in facts["results"]))
    lines = ["| method | " + " | ".join(sets) + " |", "|---|" + "--:|" * len(sets)]
    for method, name in NAMES.items():
        own = {row["set"]: row for row in facts["results"] if row["method"] == method}
        if own:
            lines.append(f"| {name} | " + " | ".join(_cell(own.get(each)) for each in sets) + " |")
    return "\n".join([*lines, "", *made(facts, "torch", "numpy")])


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    mean, low, high = row["rmse"], row["low"], row["high"]
    return f"{mean:#.3g}" if row["seeds"] == 1 else f"{mean:#.3g} ± {(high - low) / 2:.2g}"


def skills(facts: Row) -> str:
    """What methods save of the error of the best of the three baselines, on windows drawn in pairs."""
    sets = list(dict.fromkeys(row["set"] for row in facts["ratios"]))
    best = {row["set"]: row["rival"] for row in facts["ratios"]}
    lines = [
        "| method | " + " | ".join(f"{each}, {best[each]}" for each in sets) + " |",
        "|---|" + "--:|" * len(sets),
    ]
    for method, name in NAMES.items():
        own = {row["set"]: row for row in facts["ratios"] if row["method"] == method}
        if own:
            cells = (_span(own[each]["skill"], "low", own[each]) if each in own else "" for each in sets)
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _span(value: float, low: str, row: Row) -> str:
    if abs(value) > 10:
        return f"{100 * value:,.0f} %"
    return f"{100 * value:+.1f} % ({100 * row[low]:+.1f} to {100 * row['high']:+.1f})"


def verdict(facts: Row) -> str:
    """Tensor trains beside the LSTM over the last third of the steps, at equal numbers of parameters."""
    lines = [
        "| data set | cell | parameters, LSTM's | change of the RMSE at long horizons | 5-12 % less? |",
        "|---|---|--:|--:|---|",
    ]
    for row in facts["verdicts"]:
        span = f"{row['change']:+.1f} % ({row['low']:+.1f} to {row['high']:+.1f})"
        size = f"{row['parameters']:,}, {row['rival_parameters']:,}"
        lines.append(f"| {row['set']} | {NAMES[row['method']]} | {size} | {span} | {holds(row)} |")
    return "\n".join(lines)


def holds(row: Row) -> str:
    """What an interval says of the claim.

    Examples
    --------
    >>> holds({"low": -4.0, "high": 3.0}), holds({"low": -20.0, "high": -6.0})
    ('no: not beyond chance', 'yes')
    """
    if row["low"] > 0:
        return "no: worse"
    if row["high"] >= 0:
        return "no: not beyond chance"
    if row["high"] <= CLAIM[1]:
        return "yes"
    return "better, perhaps by less" if row["low"] <= CLAIM[1] else "better, by less"


def spread(facts: Row) -> str:
    """How the map's trajectories run together."""
    (values,) = [row["spread"] for row in facts["sets"] if "spread" in row]
    steps = (0, 6, 12, 24, 36, 48, 61)
    lines = [
        "| step | " + " | ".join(map(str, steps)) + " |",
        "|---|" + "--:|" * len(steps),
        "| standard deviation of 800 trajectories | "
        + " | ".join(f"{values[at]:.1e}" for at in steps)
        + " |",
    ]
    return "\n".join(lines)
