"""Runs that are found again: a list, one of them, two beside each other.

``trinity runs list``, ``trinity runs show latest``, ``trinity runs compare RUN RUN --out difference.html``
"""

from collections.abc import Sequence
from pathlib import Path

from etl.files import reading
from pipelines.report import Table, show_any
from pipelines.runs import catalogue, compare
from pipelines.runs.config import Compare, Config, List, Show
from pipelines.runs.index import HEAD, cells_of
from pipelines.runs.numbers import flat

__all__ = ["Config", "main"]

WIDEST = 60
"""Characters of a column; the last is as wide as it needs."""


def main(config: List | Show | Compare) -> None:
    """Print what is asked of runs."""
    if isinstance(config, List):
        list_runs(config.folder)
    elif isinstance(config, Show):
        show(catalogue.find(config.run))
    else:
        differ(config)


def list_runs(folder: Path) -> None:
    """Print a line a run, the newest first, and what was passed over."""
    entries, passed = catalogue.scan(folder)
    if entries:
        _print(HEAD, [cells_of(entry) for entry in entries])
    else:
        print(f"no run is in {folder}")
    for place, why in passed:
        print(f"passed over: {_plain(str(place))}: {_plain(why)}")


def show(run: Path) -> None:
    """Print settings, numbers and files of a run."""
    _refuse(run)
    with reading(run, "a whole run folder", *catalogue.DAMAGE):
        config, found = catalogue.document(run, "config"), flat(catalogue.document(run, "metrics"))
        entry = catalogue.read(run)
        settings = flat(config["config"])
        made = f"{config['command']}, by commit {config['commit']}"
    assert entry is not None
    print(f"{run}\n{_plain(made)}")
    _print(HEAD, [cells_of(entry)])
    points = [[name, f"{len(curve)} points"] for name, curve in found.curves.items()]
    lists = [[name, " ".join(f"{y:g}" for _, y in curve)] for name, curve in settings.curves.items()]
    files = [path for path in sorted(run.rglob("*")) if path.is_file()]
    sections: list[Table] = [
        ("settings", [], [*([name, show_any(value)] for name, value in settings.single.items()), *lists]),
        ("numbers", [], [*([name, show_any(value)] for name, value in found.single.items()), *points]),
        ("files", [], [[str(path.relative_to(run)), f"{path.stat().st_size:,} bytes"] for path in files]),
    ]
    for title, head, rows in sections:
        print(f"\n{title}")
        _print(head, rows)


def differ(config: Compare) -> None:
    """Print how two runs differ, and write the page if one is asked for."""
    if config.out is not None and config.out.suffix != ".html":
        raise ValueError(f"--out {config.out} does not end in .html; name a page to write")
    first, second = catalogue.find(config.first), catalogue.find(config.second)
    for run in (first, second):
        _refuse(run)
        with reading(run, "a whole run folder", *catalogue.DAMAGE):
            flat(catalogue.document(run, "config")["config"])
            flat(catalogue.document(run, "metrics"))
    with reading(first, f"whole run folders; it or {second} is not", *catalogue.DAMAGE):
        found = compare.compare(first, second)
    for note in found.notes:
        print(_plain(note))
    for title, head, rows in compare.tables(found):
        print(f"\n{title}")
        _print(head, rows)
    drawn = "" if config.out or not found.curves else "; --out FILE.html draws them"
    print(f"\nCurves: {found.equal['curves']} are equal, {len(found.curves)} differ{drawn}")
    for name in found.curves:
        print(f"  {_plain(name)}")
    if config.out:
        compare.write(found, config.out)
        print(config.out)


def _refuse(run: Path) -> None:
    """Refuse what is no folder of a run that is done."""
    if not (run / "config.json").is_file():
        what = "holds no config.json" if run.is_dir() else "is no folder"
        raise FileNotFoundError(f"{run} {what}; name the folder of a run that is done (trinity runs list)")


def _print(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose columns stand under each other."""
    lines = [[_plain(cell) for cell in row] for row in ([head] if head and rows else []) + list(rows)]
    wide = [min(WIDEST, max(map(len, column))) for column in zip(*lines, strict=True)]
    for row in lines:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)).rstrip())


def _plain(text: str) -> str:
    """Text without what a terminal obeys, on one line."""
    return "".join(each if each.isprintable() else " " for each in text)
