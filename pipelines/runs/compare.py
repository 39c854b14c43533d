"""Two runs beside each other: what they were told, what they found, and a page of both."""

import io
import os
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from etl.files import whole, writing
from pipelines import figures, report
from pipelines.report import Table
from pipelines.runs import catalogue
from pipelines.runs.numbers import Numbers, Point, Scalar, flat

MOST = 24
"""Curves that are drawn; the rest is counted."""
WIDE = 1000
"""Ratio of places from which the axis is logarithmic."""
COLOURS = (figures.BLUE, figures.ORANGE)


@dataclass(frozen=True)
class Difference:
    """How two runs differ.

    Attributes
    ----------
    runs : pair of Path
    config, metrics : list of rows of text
        Name, value of each, and of numbers the second less the first.
    curves : dict
        Of those that both have and that differ, the points of each.
    equal : dict of int
        How many of the settings, numbers and curves are equal.
    notes : list of str
        What makes the two hard to compare.
    """

    runs: tuple[Path, Path]
    config: list[list[str]]
    metrics: list[list[str]]
    curves: dict[str, tuple[list[Point], list[Point]]]
    equal: dict[str, int]
    notes: list[str]


def compare(first: Path, second: Path) -> Difference:
    """How the second run differs from the first.

    Parameters
    ----------
    first, second : Path
        Folders of runs.
    """
    told = [catalogue.document(run, "config") for run in (first, second)]
    found = [flat(catalogue.document(run, "metrics")) for run in (first, second)]
    settings = [{**flat(each["config"]).single, **_texts(flat(each["config"]))} for each in told]
    shared = [name for name in found[0].curves if name in found[1].curves]
    curves = {name: (found[0].curves[name], found[1].curves[name]) for name in shared}
    differing = {name: pair for name, pair in curves.items() if pair[0] != pair[1]}
    config, metrics = _rows(*settings), _rows(found[0].single, found[1].single)
    equal = {
        "settings": _alike(*settings),
        "numbers": _alike(found[0].single, found[1].single),
        "curves": len(curves) - len(differing),
    }
    kinds = {"story": "pipeline", "commit": "commit", "engine": "engine"}
    notes = [
        f"{name}: {_name(told[0][key])}, and {_name(told[1][key])}"
        for name, key in kinds.items()
        if _name(told[0].get(key)) != _name(told[1].get(key))
    ]
    return Difference((first, second), config, metrics, differing, equal, notes)


def _name(value: object) -> str:
    return str(value["name"] if isinstance(value, dict) and "name" in value else value)


def _texts(settings: Numbers) -> dict[str, Scalar]:
    """Settings of several numbers, which are no curves here."""
    return {name: " ".join(f"{y:g}" for _, y in points) for name, points in settings.curves.items()}


def _alike(one: dict[str, Scalar], other: dict[str, Scalar]) -> int:
    return sum(name in other and value == other[name] for name, value in one.items())


def _rows(one: dict[str, Scalar], other: dict[str, Scalar]) -> list[list[str]]:
    """Rows of what differs, in the order of the first."""
    rows = []
    for name in dict.fromkeys([*one, *other]):
        if name in one and name in other and one[name] == other[name]:
            continue
        pair = [one.get(name), other.get(name)]
        cells = [_shown(each, name in side) for each, side in zip(pair, (one, other), strict=True)]
        rows.append([name, *cells, _less(*pair)])
    return rows


def _shown(value: Scalar, is_there: bool) -> str:
    if not is_there:
        return "absent"
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _less(first: Scalar, second: Scalar) -> str:
    if isinstance(first, str | bool | None) or isinstance(second, str | bool | None):
        return ""
    return f"{second - first:+.4g}"


def tables(found: Difference) -> list[Table]:
    """What differs, as tables of text."""
    names = [name(run, found.runs) for run in found.runs]
    return [
        (f"Settings: {found.equal['settings']} are equal", ["", *names], [r[:3] for r in found.config]),
        (f"Numbers: {found.equal['numbers']} are equal", ["", *names, "difference"], found.metrics),
    ]


def name(run: Path, runs: tuple[Path, Path]) -> str:
    """What a run is called beside another."""
    return run.name if runs[0].name != runs[1].name else str(run)


def drawing(found: Difference) -> Figure:
    """The curves of both runs over each other, a panel each."""
    shown = list(found.curves.items())[:MOST]
    if not shown:
        return figures.empty("Curves", "The two have no curve in common that differs.")
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    figure = Figure(figsize=(4 * columns, 0.6 + 2.6 * lines), dpi=110, layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).flat
    for ax, (title, pair) in zip(panels, shown, strict=False):
        for points, colour, run in zip(pair, COLOURS, found.runs, strict=True):
            ax.plot(*zip(*points, strict=True), color=colour, label=name(run, found.runs), marker=".")
        places = [x for points in pair for x, _ in points]
        if min(places) > 0 and max(places) / min(places) > WIDE:
            ax.set_xscale("log")
        title = title.replace("_", " ")
        ax.set_title(title if len(title) < 40 else f"{title[:38]}…", fontsize=9)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(color="#e3e7eb", linewidth=0.8)
    for ax in list(panels)[len(shown) :]:
        ax.set_axis_off()
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False, fontsize=9)
    return figure


def write(found: Difference, out: Path) -> None:
    """Write the page of a comparison.

    Parameters
    ----------
    found : Difference
    out : Path
        File, which takes its place whole.
    """
    links = [os.path.relpath(run / "report.html", out.parent) for run in found.runs]
    left = len(found.curves) - MOST
    words = f"{found.equal['curves']} curves are equal." + f" {left} more differ." * (left > 0)
    if not found.curves and not found.equal["curves"]:
        words = "The two have no curve in common."
    parts = [
        "<h1>Two runs</h1>",
        *(f"<p>{report.link(link, str(run))}</p>" for link, run in zip(links, found.runs, strict=True)),
        *(report.paragraph(note) for note in found.notes),
        *(report.table(*each) for each in tables(found)),
        "<h2>Curves</h2>",
        report.paragraph(words),
    ]
    if found.curves:
        parts.append(report.image("Curves of both runs", _png(drawing(found))))
    text = report.PAGE.substitute(title="Two runs", style=report.STYLE, body="\n".join(parts))
    with writing("the comparison", out), whole(out) as partial:
        partial.write_text(text, encoding="utf-8", errors="replace")


def _png(figure: Figure) -> bytes:
    held = io.BytesIO()
    with figures.known_glyphs():
        figures.finished(figure).savefig(held, format="png")
    return held.getvalue()
