"""A run's report, from the files of its folder alone: ``report.md`` and a self-contained ``report.html``."""

import base64
import html
import json
from pathlib import Path
from string import Template
from typing import Any

CAPTIONS = {
    "roc_pr": "Ranking: how many defaults are found at each rate of false alarms, and at what precision.",
    "calibration": "Calibration: of loans given a probability, the share that did default.",
    "importance": "What the trees used: total gain of each feature.",
    "vintage": "Delinquency by vintage: share of each year's loans that has been 90 days late by that age.",
    "timeline": "Stages: wall time, and core-seconds beside it.",
    "ledger": "Bridges: what passed between libraries, and what it cost.",
}

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d5dae0;--dim:#5b6570}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#15181c;--line:#353b43;--dim:#9aa4af}}
body{font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;
margin:2rem auto;padding:0 1rem}h1{line-height:1.2}figcaption{color:var(--dim)}figure{margin:1.5rem 0}
img{max-width:100%;background:#fff;border-radius:4px}div.wide{overflow-x:auto}
table{border-collapse:collapse}td,th{padding:.3rem .8rem .3rem 0;text-align:left;
border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{overflow-wrap:anywhere}
"""

PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title><style>$style</style></head><body>
$body
</body></html>
""")

Table = tuple[str, list[str], list[list[str]]]


def write(folder: Path) -> None:
    """Write both reports from ``config.json``, ``metrics.json``, ``ledger.json`` and ``figures/``."""
    config, metrics, ledger = (
        json.loads((folder / f"{n}.json").read_text()) for n in ("config", "metrics", "ledger")
    )
    found = sorted(path.stem for path in (folder / "figures").glob("*.png"))
    pictures = [name for name in CAPTIONS if name in found] + [name for name in found if name not in CAPTIONS]
    title, text, tables = (
        f"{config['pipeline']} · {config['date'][:16].replace('T', ' ')}",
        summary(metrics),
        _tables(config, metrics, ledger),
    )
    (folder / "report.md").write_text(_markdown(title, text, tables, pictures, config), encoding="utf-8")
    (folder / "report.html").write_text(
        _html(title, text, tables, pictures, config, folder), encoding="utf-8"
    )


def summary(metrics: dict[str, Any]) -> str:
    """Tell the result in a paragraph, against the base rate and the rule."""
    aside = f"{metrics['quarantined']:,} lines set aside"
    rows = f"{metrics['rows']:,} loan months of {metrics['loans']:,} loans, {aside}."
    if metrics["roc_auc"] is None:
        return f"{rows} The model could not be judged: {'; '.join(metrics['reasons'])}."
    rule, base = metrics["rule"], metrics["base"]
    if rule["roc_auc"] is None or base["roc_auc"] is None:
        return f"{rows} The model could not be compared: {'; '.join(metrics['reasons'])}."
    beats = metrics["log_loss"] < min(rule["log_loss"], base["log_loss"])
    return (
        f"{rows} Of {metrics['judged']:,} rows judged, {metrics['positives']:,} default within a year "
        f"({metrics['positives'] / metrics['judged']:.2%}). The model ranks them with a ROC-AUC of "
        f"{metrics['roc_auc']:.3f} and an average precision of {metrics['pr_auc']:.3f}; the rule of the "
        f"current delinquency reaches {rule['roc_auc']:.3f} and {rule['pr_auc']:.3f}, chance 0.500 and "
        f"{base['pr_auc']:.3f}. Its log loss, {metrics['log_loss']:.4f}, is {'' if beats else 'NOT '}below "
        f"both the rule's ({rule['log_loss']:.4f}) and the base rate's ({base['log_loss']:.4f})."
    )


def _tables(config: dict[str, Any], metrics: dict[str, Any], ledger: list[dict[str, Any]]) -> list[Table]:
    kinds = ("roc_auc", "pr_auc", "log_loss", "brier", "calibration_error")
    stages = [
        [s["name"], f"{s['wall']:.1f}", f"{s['cpu']:.1f}", f"{s['peak_mb']:,}"] for s in config["stages"]
    ]
    places = ("stage", "from", "to", "copies")
    bridges = [[*(r[p] for p in places), _show(r["times"]), f"{r['bytes'] / 1e6:,.1f}"] for r in ledger]
    sides = {"model": metrics, "rule": metrics.get("rule", {}), "base rate": metrics.get("base", {})}
    judged = [[name, *(_show(side.get(kind)) for kind in kinds)] for name, side in sides.items()]
    return [
        ("Judged", ["", *kinds], judged),
        ("Rows", ["", "count"], [[n, _show(v)] for n, v in metrics.items() if isinstance(v, int)]),
        ("Stages", ["stage", "wall s", "cpu s", "peak MB"], stages),
        ("Ledger", [*places, "times", "MB"], bridges),
    ]


def _show(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "-" if value is None else f"{value:.4f}"


def _markdown(title: str, text: str, tables: list[Table], pictures: list[str], config: dict[str, Any]) -> str:
    lines = [f"# {title}", "", _mild(text), ""]
    for name in pictures:
        lines += [f"![{_caption(name)}](figures/{name}.png)", "", f"*{_caption(name)}*", ""]
    for heading, head, rows in tables:
        lines += [f"## {heading}", "", _row(head), "|" + "---|" * len(head), *map(_row, rows), ""]
    lines += ["## Choices", "", *(f"- {_mild(choice)}" for choice in config["choices"]), ""]
    lines += ["## Made with", "", f"`{config['command']}`", "", _made(config), ""]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(_mild(cell).replace("|", "\\|") for cell in cells) + " |"


def _mild(text: str) -> str:
    """Text that Markdown shows as it is: no markup of HTML, no new line."""
    return " ".join(text.replace("<", "&lt;").splitlines())


def _caption(name: str) -> str:
    return CAPTIONS.get(name, name.replace("_", " ").capitalize() + ".")


def _made(config: dict[str, Any]) -> str:
    machine = config["machine"]
    versions = [f"{name} {version}" for name, version in config["versions"].items()]
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    return ", ".join([f"commit {config['commit']}", place, *versions])


def _html(
    title: str, text: str, tables: list[Table], pictures: list[str], config: dict[str, Any], folder: Path
) -> str:
    parts = [_tag("h1", title), _tag("p", text)]
    for name in pictures:
        data = base64.b64encode((folder / "figures" / f"{name}.png").read_bytes()).decode()
        image = f'<img alt="{html.escape(_caption(name))}" src="data:image/png;base64,{data}">'
        parts.append(f"<figure>{image}{_tag('figcaption', _caption(name))}</figure>")
    for heading, head, rows in tables:
        lines = [_cells("th", head, head), *(_cells("td", head, row) for row in rows)]
        parts.append(f'{_tag("h2", heading)}<div class="wide"><table>{"".join(lines)}</table></div>')
    choices = "".join(_tag("li", choice) for choice in config["choices"])
    parts += [_tag("h2", "Choices"), f"<ul>{choices}</ul>", _tag("h2", "Made with")]
    parts += [f"<p>{_tag('code', config['command'])}</p>", _tag("p", _made(config))]
    return PAGE.substitute(title=html.escape(title), style=STYLE, body="\n".join(parts))


def _tag(name: str, text: str) -> str:
    return f"<{name}>{html.escape(text)}</{name}>"


def _cells(name: str, head: list[str], row: list[str]) -> str:
    words = ("", "stage", "from", "to", "copies")
    cells = [
        f"<{name}{'' if column in words else ' class=n'}>{html.escape(cell)}</{name}>"
        for column, cell in zip(head, row, strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>"
