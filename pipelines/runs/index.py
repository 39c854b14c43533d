"""``runs/index.html``: a page of all runs, written anew at the end of each, by one process at a time."""

import html
import sys
from pathlib import Path

from etl.files import whole
from pipelines import lock, report
from pipelines.runs import catalogue
from pipelines.runs.catalogue import Entry

NAME = "index.html"
OURS = "<!-- Trinity's runs: written anew at the end of each -->"
"""What tells our page from one that somebody else put there."""
PATIENCE = 20.0
"""Seconds to wait for another run that writes the page."""
HEAD = ["run", "story", "ended", "state", "result", "seconds", "warning"]
NUMBERS = [False] * 5 + [True, False]


def update(home: Path) -> None:
    """Write the page; a page that cannot be written is told, and fails no run.

    It is made from the folders that are there once the lock is held, so that the last of two runs that end
    at the same time sees both.

    Parameters
    ----------
    home : Path
        Directory of all stories' runs.
    """
    place = home / NAME
    try:
        with lock.waiting(home, PATIENCE):
            if place.exists() and OURS not in place.read_text(encoding="utf-8", errors="replace"):
                raise FileExistsError(0, "it is not ours; rename it, or choose another --out")
            text = page(home)
            with whole(place) as partial:
                partial.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        print(f"the page of all runs, {place}, is not written: {error.strerror or error}", file=sys.stderr)


def page(home: Path) -> str:
    """The page of a directory of runs."""
    entries, passed = catalogue.scan(home)
    rows = [f"<tr>{''.join(f'<th>{name}</th>' for name in HEAD)}</tr>"]
    rows += [_row(home, entry) for entry in entries if entry.state in ("done", "failed")]
    parts = [OURS, "<h1>Runs</h1>", f'<div class="wide"><table>{"".join(rows)}</table></div>']
    parts += [report.paragraph(f"passed over: {folder}: {why}") for folder, why in passed]
    return report.PAGE.substitute(title="Runs", style=report.STYLE, body="\n".join(parts))


def _row(home: Path, entry: Entry) -> str:
    """A line of the table: a run links to its report, a failure to its error."""
    name, *cells = cells_of(entry)
    file = "report.html" if entry.state == "done" else "error.txt"
    links = [report.link(str(entry.folder.relative_to(home) / file), name), *map(html.escape, cells)]
    mark = ' class="warning"' if entry.state == "failed" else ""
    inner = [f"<td{' class=n' * number}>{cell}</td>" for cell, number in zip(links, NUMBERS, strict=True)]
    return f"<tr{mark}>{''.join(inner)}</tr>"


def cells_of(entry: Entry) -> list[str]:
    """What a list of runs shows of one, in the order of `HEAD`."""
    first = next(iter(entry.headline.items()), None)
    return [
        entry.folder.name,
        entry.story,
        f"{entry.when:%Y-%m-%d %H:%M:%S}",
        entry.state,
        "-" if first is None else f"{first[0]} {report.show_any(first[1])}",
        "-" if entry.seconds is None else f"{entry.seconds:.1f}",
        entry.warning,
    ]
