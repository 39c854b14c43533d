"""Figures of the voting pipeline: scores by bytes and time, liars, assumptions, and bandwidths."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREEN, GREY, ORANGE, RED, empty, label_ends, new_figure, whole_ticks

COLOURS = {"vote": BLUE, "sgd": ORANGE, "adam": RED, "signum": GREEN}
NAMES = {"vote": "vote", "sgd": "SGD", "adam": "Adam", "signum": "Signum on the mean"}
RULES = {
    "mean": (ORANGE, "mean"),
    "mean_scaled": (RED, "mean, lies ten times as large"),
    "vote": (BLUE, "vote"),
    "weighted": (GREEN, "vote weighted by the worker monitor"),
}
WAYS = {
    "sharded": (BLUE, "vote, sharded", "-"),
    "allgather": (BLUE, "vote, all-gather", "--"),
    "server": (BLUE, "vote, server", ":"),
    "fp32": (ORANGE, "fp32 mean", "-"),
    "fp16": (ORANGE, "fp16 mean", "--"),
    "powersgd": (RED, "PowerSGD, rank 2", "-"),
}
HEALTH = {
    "efficiency": (BLUE, "vote along the gradient"),
    "above_critical": (GREEN, "signal over noise above 2/√3"),
    "broken_mass": (RED, "gradient that breaks symmetry"),
}
DENSITY = {"gradient_density": (BLUE, "gradient"), "noise_density": (ORANGE, "noise")}


def all_figures(metrics: dict[str, Any]) -> dict[str, Figure]:
    """All figures of a run."""
    return {
        "score": score(metrics),
        "liars": liars(metrics),
        "monitors": monitors(metrics["monitors"]),
        "bandwidth": bandwidth(metrics),
    }


def score(metrics: dict[str, Any]) -> Figure:
    """Score by bytes that a worker sent, and by seconds of training."""
    best = max(metrics["score"], key=lambda name: (metrics["score"][name], name == "vote"))
    words = f"{NAMES[best]} is best: {metrics['score'][best]:.1%}"
    if metrics["ratio_bytes"] is not None:
        words += f"; a vote sends {metrics['ratio_bytes']:.1f} times less than fp32"
    figure, (left, right) = new_figure(words[0].upper() + words[1:], 11, 4.4, 2)
    ends = list[tuple[float, float, str, str]]()
    for name, points in metrics["curve"].items():
        _, seconds, sent, scores = zip(*points, strict=True)
        percent = [100 * value for value in scores]
        left.plot([value / 1e6 for value in sent], percent, color=COLOURS[name], marker=".", linewidth=1.8)
        right.plot(seconds, percent, color=COLOURS[name], marker=".", linewidth=1.8)
        ends.append((seconds[-1], percent[-1], f"{NAMES[name]} {percent[-1]:.1f}%", COLOURS[name]))
    scale = "log" if any(metrics["bytes_per_step"].values()) else "linear"  # one worker sends nothing
    left.set(xscale=scale, xlabel="MB that a worker sent", ylabel=f"{metrics['measure']}, held out, %")
    right.set(xlabel="seconds of training, on this machine's own network")
    label_ends(right, ends)
    return figure


def liars(metrics: dict[str, Any]) -> Figure:
    """Score by the number of voters that send the opposite."""
    curves, M = metrics["faults"], metrics["voters"]
    if not curves:
        return empty("Voters that lie", "Not measured: --liars gives their numbers.")
    worst = max(n for points in curves.values() for n, _ in points)
    at = {rule: dict(map(tuple, points)).get(worst) for rule, points in curves.items()}
    message = ", ".join(
        f"{RULES[rule][1]} {at[rule]:.1%}" for rule in ("mean", "vote", "weighted") if at.get(rule)
    )
    figure, (ax,) = new_figure(f"{worst:g} of {M} voters lie: {message}", 9, 4.6)
    ends = list[tuple[float, float, str, str]]()
    for rule, points in curves.items():
        colour, name = RULES[rule]
        share, scores = zip(*((100 * n / M, 100 * value) for n, value in points), strict=True)
        ax.plot(share, scores, color=colour, marker="o", linewidth=1.8)
        ends.append((share[-1], scores[-1], f"{name} {scores[-1]:.1f}%", colour))
    ax.set(xlabel=f"% of {M} voters that lie", ylabel=f"{metrics['measure']}, held out, %", ylim=(0, 102))
    label_ends(ax, ends)
    return figure


def monitors(rows: list[dict[str, Any]]) -> Figure:
    """Shares that tell whether the theorems' assumptions hold, and densities, over steps."""
    rows = [row for row in rows if row]
    if not rows:
        return empty("Assumptions over time", "Not measured: nobody voted.")
    last = rows[-1]
    words = f"At the end a vote goes {last['efficiency']:.2f} of the way along the gradient; "
    words += f"{last['broken_mass']:.0%} of it breaks symmetry"
    figure, axes = new_figure(words, 10, 4.6, 2)
    for ax, lines, label in zip(axes, (HEALTH, DENSITY), ("share", "density, 1/d to 1"), strict=True):
        for name, (colour, title) in lines.items():
            points = [(row["step"], row[name]) for row in rows if row[name] is not None]
            ax.plot(*np.reshape(points, (-1, 2)).T, color=colour, marker=".", linewidth=1.8, label=title)
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.set(xlabel="steps", ylabel=label)
        whole_ticks(ax.xaxis)
        ax.legend(frameon=False, labelcolor="linecolor", fontsize=9, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def bandwidth(metrics: dict[str, Any]) -> Figure:
    """Examples a second by bandwidth, by the model of the network."""
    at = metrics["advice"]["1 Gbit/s"]
    told = {
        "level": "is as fast as its best rival",
        "use": "is the fastest",
        "do not use": "is not the fastest",
    }
    words = f"{metrics['parameters']:,} parameters, {metrics['workers']} workers: at 1 Gbit/s a vote "
    words += told[at["verdict"]]
    figure, (ax,) = new_figure(words, 9, 4.6)
    ends = list[tuple[float, float, str, str]]()
    for name, points in metrics["throughput"].items():
        colour, title, dash = WAYS[name]
        rates, speeds = np.transpose(points) / [[1e6], [1]]
        ax.plot(rates, speeds, color=colour, linestyle=dash, linewidth=1.8)
        ends.append((rates[-1], speeds[-1], f"{title}: {speeds[0]:,.0f}", colour))
    ax.set(xscale="log", yscale="log", ylabel="examples a second")
    ax.set_xlabel("bandwidth of a worker's link, Mbit/s (modelled, 0.2 ms latency); numbers: at 10 Mbit/s")
    label_ends(ax, ends)
    return figure
