"""What ``main`` of a story returns: the run, ready to be looked at and used."""

import html
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines import load, report
from pipelines.runs import catalogue

BOX = "background:#ffe08a;color:#1b1f24;border-left:.4rem solid #c98a00;padding:.6rem 1rem"
"""Of the warning: a page that shows a result has styles of its own."""


@dataclass(frozen=True)
class Result:
    """A run that is done; notebooks show its numbers and figures.

    It stands for its folder wherever a path is taken, and ``result / "labels.csv"`` is a file of it.

    Parameters
    ----------
    folder : Path
        Of the run.
    """

    folder: Path

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Every number of the run."""
        return dict(catalogue.document(self.folder, "metrics"))

    @cached_property
    def story(self) -> dict[str, Any]:
        """What the report tells: ``summary``, ``headline``, ``tables``, ``captions``, ``warning``."""
        return dict(catalogue.document(self.folder, "story"))

    @cached_property
    def model(self) -> Any:
        """What the run learnt, to predict with (`pipelines.load`); read when it is first asked for.

        Raises
        ------
        FileNotFoundError
            The story leaves no model.
        """
        return load(self.folder)

    @property
    def figures(self) -> dict[str, Path]:
        """Pictures by their names, in the report's order."""
        captions = report.captions(self.folder, self.story["captions"])
        return {name: self.folder / "figures" / f"{name}.png" for name in captions}

    @property
    def warning(self) -> str:
        """Why not to trust what was learnt; empty if nothing speaks against it."""
        return str(self.story["warning"])

    def __fspath__(self) -> str:
        return str(self.folder)

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def __str__(self) -> str:
        return str(self.folder)

    def _repr_html_(self) -> str:
        """The headline, the warning, the story's own figures, and a link to the report."""
        link = report.link(os.path.relpath(self.folder / "report.html"), "report.html")
        rows = [
            f"<tr><td>{html.escape(name)}</td><td>{html.escape(report.show_any(value))}</td></tr>"
            for name, value in self.story["headline"].items()
        ]
        parts = [f"<p>{html.escape(self.story['summary'])}</p>", f"<table>{''.join(rows)}</table>"]
        if self.warning:
            parts.insert(0, f'<p style="{BOX}"><b>Warning:</b> {html.escape(self.warning)}</p>')
        own = [path for name, path in self.figures.items() if name not in report.CAPTIONS]
        parts += [report.image(path.stem, path.read_bytes()) for path in own]
        return "\n".join([*parts, f"<p>{link} in {html.escape(str(self))}</p>"])
