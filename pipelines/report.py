"""A run's report, from the files of its folder alone: ``report.md`` and a self-contained ``report.html``."""

import base64
import html
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

CAPTIONS = {
    "timeline": "Stages: wall time, and core-seconds beside it.",
    "ledger": "Bridges: what passed between libraries, and what it cost.",
}
"""Of the figures that every pipeline may leave; they come last."""

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d5dae0;--dim:#5b6570}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#15181c;--line:#353b43;--dim:#9aa4af}}
body{font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;
margin:2rem auto;padding:0 1rem}h1{line-height:1.2}figcaption{color:var(--dim)}figure{margin:1.5rem 0}
img{max-width:100%;background:#fff;border-radius:4px}div.wide{overflow-x:auto}
table{border-collapse:collapse}td,th{padding:.3rem .8rem .3rem 0;text-align:left;
border-bottom:1px solid var(--line)}
.warning{background:#ffe08a;color:#1b1f24}.warning a{color:#1b1f24}
p.warning{border-left:.4rem solid #c98a00;padding:.6rem 1rem}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{overflow-wrap:anywhere}
"""

PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title><style>$style</style></head><body>
$body
</body></html>
""")

NUMBER = re.compile(r"-|[-+]?[\d,.]+(e[-+]?\d+)?( ?%)?( ± [\d.]+)?")
"""What a cell of a column of numbers holds; such columns are set flush right."""

MARKUP = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)|^[#>+-](?=\s)")
"""What Markdown may take for markup."""
AUTOLINK = re.compile(r":(?=//)|(?<=www)\.|@", re.IGNORECASE)
"""Where a bare address must be broken to be no link."""

MOST = 20
"""Files of a directory that are listed one by one."""

Table = tuple[str, list[str], list[list[str]]]
"""Heading, names of the columns, and rows of text."""


@dataclass(frozen=True)
class Story:
    """What a pipeline tells of its run, beside its numbers."""

    summary: str
    """The result in a paragraph, against what it must be compared with."""
    tables: list[Table]
    captions: dict[str, str]
    """Captions of the figures, in the order in which they are shown."""
    warning: str = ""
    """Why not to trust the model that was learnt, in a box."""
    headline: dict[str, Any] = field(default_factory=dict)
    """The few numbers that the run comes to, by name, the most telling first: what lists of runs show."""


@dataclass(frozen=True)
class Page:
    """What both forms of the report show."""

    title: str
    text: str
    warning: str
    pictures: dict[str, str]
    tables: list[Table]
    config: dict[str, Any]
    not_drawn: list[str]
    """Why a figure is not there."""
    files: list[tuple[str, str]]
    """Paths below the run's folder, and their sizes."""


def write(folder: Path) -> None:
    """Write both reports from the JSON files of a run's folder and its ``figures/``."""
    config, metrics, ledger, story = (
        json.loads((folder / f"{n}.json").read_text()) for n in ("config", "metrics", "ledger", "story")
    )
    page = Page(
        title=f"{config['pipeline']} · {config['date'][:16].replace('T', ' ')}",
        text=story["summary"],
        warning=story["warning"],
        pictures=captions(folder, story["captions"]),
        tables=[*story["tables"], *_tables(config, metrics, ledger)],
        config=config,
        not_drawn=story.get("not_drawn", []),
        files=_files(folder),
    )
    for form, text in (("md", _markdown(page)), ("html", _html(page, folder))):
        (folder / f"report.{form}").write_text(text, encoding="utf-8", errors="replace")


def _files(folder: Path) -> list[tuple[str, str]]:
    """What else the run left, with its size; a directory of more than `MOST` files is told as one."""
    found = list[tuple[str, str]]()
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("report.", ".")):
            continue
        inside = [each for each in sorted(path.rglob("*")) if each.is_file()] if path.is_dir() else [path]
        if len(inside) > MOST:
            found.append((f"{path.name}/", f"{len(inside):,} files"))
        else:
            found += [
                (each.relative_to(folder).as_posix(), f"{each.stat().st_size / 1e3:,.1f} kB")
                for each in inside
            ]
    return found


def captions(folder: Path, own: dict[str, str]) -> dict[str, str]:
    """Caption of each figure that is there: the pipeline's first, those without one, then the common ones."""
    found = sorted(path.stem for path in (folder / "figures").glob("*.png"))
    known = {name: name.replace("_", " ").capitalize() + "." for name in found} | CAPTIONS | own
    order = [*own, *(name for name in found if name not in own and name not in CAPTIONS), *CAPTIONS]
    return {name: known[name] for name in order if name in found}


def _tables(config: dict[str, Any], metrics: dict[str, Any], ledger: list[dict[str, Any]]) -> list[Table]:
    stages = [
        [s["name"], f"{s['wall']:.1f}", f"{s['cpu']:.1f}", f"{s['peak_mb']:,}"] for s in config["stages"]
    ]
    places = ("stage", "from", "to", "copies")
    bridges = [[*(r[p] for p in places), show(r["times"]), f"{r['bytes'] / 1e6:,.1f}"] for r in ledger]
    counts = [[n.replace("_", " "), _count(v)] for n, v in metrics.items() if isinstance(v, int)]
    found = [
        ("Counts", ["", "count"], counts),
        ("Stages", ["stage", "wall s", "core-s", "peak MB"], stages),
        ("Ledger", [*places, "times", "MB"], bridges),
    ]
    return [each for each in found if each[2]]


def _count(value: int) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else show(value)


def show(value: Any) -> str:
    """A number as a cell of a table."""
    if isinstance(value, int):
        return f"{value:,}"
    return "-" if value is None else f"{value:.4f}"


def show_any(value: object) -> str:
    """A value of any kind as a cell; text and lists as they are written."""
    is_number = isinstance(value, int | float | None) and not isinstance(value, bool)
    return show(value) if is_number else str(value)


def _markdown(page: Page) -> str:
    lines = [f"# {page.title}", "", _mild(page.text), ""]
    lines += [f"> **Warning:** {_mild(page.warning)}", ""] if page.warning else []
    for name, caption in page.pictures.items():
        lines += [f"![{_mild(caption)}](figures/{name}.png)", "", f"*{_mild(caption)}*", ""]
    lines += [f"Not drawn: {_mild(' '.join(page.not_drawn))}", ""] if page.not_drawn else []
    for heading, head, rows in page.tables:
        lines += [f"## {_mild(heading)}", "", _row(head), "|" + "---|" * len(head), *map(_row, rows), ""]
    lines += ["## Files", "", *(f"- [{_mild(n)}](<{quote(n)}>), {told}" for n, told in page.files), ""]
    lines += ["## Choices", "", *(f"- {_mild(choice)}" for choice in page.config["choices"]), ""]
    lines += ["## Made with", "", _code(page.config["command"]), "", _made(page.config), ""]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(map(_mild, cells)) + " |"


def _mild(text: str) -> str:
    """Text that Markdown shows as it is: no markup, link, picture or cell of a user's making, no new line."""
    escaped = MARKUP.sub(r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))
    return " ".join(AUTOLINK.sub(r"\\\g<0>", escaped).splitlines())


def _code(text: str) -> str:
    """A span of code, fenced by more backticks than it holds; it shows all else as it is."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if len(fence) > 1 else ""
    return f"{fence}{pad}{' '.join(text.splitlines())}{pad}{fence}"


def _made(config: dict[str, Any]) -> str:
    machine = config["machine"]
    versions = [f"{name} {version}" for name, version in config["versions"].items()]
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    return ", ".join([f"commit {config['commit']}", place, *versions])


def _html(page: Page, folder: Path) -> str:
    parts = [_tag("h1", page.title), _tag("p", page.text)]
    parts += [paragraph(page.warning, "warning")] if page.warning else []
    for name, caption in page.pictures.items():
        shown = image(caption, (folder / "figures" / f"{name}.png").read_bytes())
        parts.append(f"<figure>{shown}{_tag('figcaption', caption)}</figure>")
    parts += [_tag("p", f"Not drawn: {' '.join(page.not_drawn)}")] if page.not_drawn else []
    parts += [table(*each) for each in page.tables]
    files = "".join(f"<li>{link(name, name)}, {told}</li>" for name, told in page.files)
    parts += [_tag("h2", "Files"), f"<ul>{files}</ul>"]
    choices = "".join(_tag("li", choice) for choice in page.config["choices"])
    parts += [_tag("h2", "Choices"), f"<ul>{choices}</ul>", _tag("h2", "Made with")]
    parts += [f"<p>{_tag('code', page.config['command'])}</p>", _tag("p", _made(page.config))]
    return PAGE.substitute(title=html.escape(page.title), style=STYLE, body="\n".join(parts))


def table(heading: str, head: list[str], rows: list[list[str]]) -> str:
    """A table as HTML, columns of numbers flush right."""
    numbers = [bool(rows) and all(map(NUMBER.fullmatch, column)) for column in zip(*rows, strict=True)]
    lines = [_cells("th", numbers, head), *(_cells("td", numbers, row) for row in rows)]
    return f'{_tag("h2", heading)}<div class="wide"><table>{"".join(lines)}</table></div>'


def image(words: str, data: bytes) -> str:
    """A PNG within a page."""
    return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{base64.b64encode(data).decode()}">'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph, such as of the kind ``warning``."""
    return f'<p class="{kind}">{html.escape(text)}</p>' if kind else _tag("p", text)


def link(path: str, text: str) -> str:
    """A link to a file by its path from the page."""
    place = quote(path.replace(os.sep, "/"), errors="surrogateescape")
    return f'<a href="{place}">{html.escape(text)}</a>'


def _tag(name: str, text: str) -> str:
    return f"<{name}>{html.escape(text)}</{name}>"


def _cells(name: str, numbers: list[bool], row: list[str]) -> str:
    flush = [*numbers, *[False] * (len(row) - len(numbers))]  # a table without rows has its heads alone
    cells = [
        f"<{name}{' class=n' * number}>{html.escape(cell)}</{name}>"
        for number, cell in zip(flush, row, strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>"
