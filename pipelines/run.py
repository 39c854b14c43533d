"""A run is a folder: hidden and partial while it works, whole or gone when it ends.

``out/<name>/<time>/`` holds config, metrics, model, figures, ledger and report, and ``quarantine.csv`` where
rows were set aside. Of a failed run that file survives in ``failed-<time>/`` beside the error; what a killed
run left is removed by the next one.
"""

import contextlib
import csv
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from etl import executors, handoff, records
from etl.engine import Engine, choose, devices
from etl.machine import cores, release_unused
from etl.records.waiting import signs_of_life
from pipelines import endings, provenance, report, saved, strict_json
from pipelines.folder import RunFolder
from pipelines.options import (
    AtLeast,
    Checked,
    Common,
    Encoded,
    Parallel,
    Share,
    Tables,
    settings,
    told_of,
)
from pipelines.runs import index
from pipelines.runs.result import Result

__all__ = [
    "AtLeast",
    "Checked",
    "Common",
    "Encoded",
    "Parallel",
    "Result",
    "Run",
    "Share",
    "Tables",
    "settings",
    "told_of",
]

QUARANTINE = "quarantine.csv"


class Run:
    """One run of a pipeline, used as a context, which owns all that every run has.

    Parameters
    ----------
    name : str
        Name of the pipeline.
    config : Common
        Its settings.
    engine : Engine, optional
        Engine of data that exist already; by default the one that ``config.device`` asks for.

    Attributes
    ----------
    engine : Engine
    records : Collector
        What was recorded since the run began; a `records.Choice` is printed as it comes.
    executor : Executor
        Where pieces are worked on; opened when it is first asked for.
    folder, scratch : Path
        Where the run writes, renamed when it is finished; and a directory that is deleted at the end.
    stages : list of dict
        ``name, start, wall, cpu, peak_mb`` of each finished step; seconds since the run began.
    """

    def __init__(self, name: str, config: Common, *, engine: Engine | None = None) -> None:
        self.name, self.config = name, config
        self.engine = engine or choose(config.device, name)
        self.home = Path(config.out) / name
        self.stages: list[dict[str, Any]] = []
        self.choices: list[str] = []
        self._began = time.perf_counter()
        self._done: Path | None = None
        self._signal = 0
        self._folder = RunFolder(self.home)
        self._open = ExitStack()

    def __enter__(self) -> "Run":
        """Make the partial folder, and collect what is recorded from here on."""
        with self._folder.disk():
            self._folder.open()
        self.folder, self.scratch = self._folder.path, self._folder.scratch
        self._sigterm = signal.getsignal(signal.SIGTERM)
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGTERM, self._stop)
        self.records = self._open.enter_context(records.collect(self._hear))
        self.say(f"engine: {self.engine.name}, {self.engine.reason}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave a whole folder or, of a failure, its message and the rows set aside."""
        kept = False
        try:
            self._open.close()
        finally:
            with contextlib.suppress(ValueError, TypeError):  # TypeError: the handler was not Python's
                signal.signal(signal.SIGTERM, self._sigterm)
            full = self._folder.full(error) if error and self._folder.is_full(error) else None
            try:
                if self._done is None and error is not None:
                    with contextlib.suppress(OSError):
                        self._write_quarantine()
                    kept = self._folder.keep_failure(full or error, QUARANTINE)
            finally:
                self._folder.leave()
                if kept or self._done:
                    index.update(self.home.parent)
        if full:
            raise full from error

    @property
    def workers(self) -> int:
        """Pieces, or processes, at the same time: ``config.workers``, or all usable cores or GPUs."""
        asked = getattr(self.config, "workers", 0)
        return asked or (devices()[0] if self.engine.name == "gpu" else cores())

    @cached_property
    def executor(self) -> executors.Executor:
        """See the class."""
        scheduler = getattr(self.config, "scheduler", "threads")
        return self._open.enter_context(executors.active(self.engine, self.workers, scheduler))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A stage of the run: a line when it begins and when it ends, its bridges booked under its name."""
        self._check_signal()
        print(f"{name} ...", flush=True)
        start, cpu, before = time.perf_counter(), _cpu(), len(self.records)
        with self._folder.disk(), records.stage(name), signs_of_life(name):
            yield
        release_unused()
        self._tell_losses(before)
        self._check_signal()
        stage = {
            "name": name,
            "start": round(start - self._began, 3),
            "wall": round(time.perf_counter() - start, 3),
            "cpu": round(_cpu() - cpu, 3),
            "peak_mb": provenance.peak_mb(),
        }
        self.stages.append(stage)
        costs = f"{stage['wall']:8.1f} s   cpu {stage['cpu']:8.1f} s   peak {stage['peak_mb']:,} MB"
        print(f"{name:<8} {costs}", flush=True)

    def _tell_losses(self, before: int) -> None:
        """A line a file and reason for the rows that were set aside since so many records were made."""
        lost = records.of_kind(self.records[before:], records.Rejected)
        for file, reason in dict.fromkeys((entry.file, entry.reason) for entry in lost):
            same = [entry for entry in lost if (entry.file, entry.reason) == (file, reason)]
            rows = sum(entry.rows for entry in same)
            at = next((f", the first is {entry.unit} {entry.line:,}" for entry in same if entry.line), "")
            print(f"  set aside: {rows:,} of {file}{at}: {reason}; see {QUARANTINE}", flush=True)

    def say(self, choice: str) -> None:
        """Print and record an automatic choice and its reason."""
        self.choices.append(choice)
        print(f"  {choice}", flush=True)

    def _hear(self, entry: records.Record) -> None:
        if isinstance(entry, records.Choice) and entry.reason not in self.choices:
            self.say(entry.reason)

    def resumable(self, name: str, *told: object) -> AbstractContextManager[Path]:
        """Folder from which the next run that is told the same goes on, if this one is killed."""
        return self._folder.resumable(name, [*told, self.engine.name], self.say)

    def path(self, name: str) -> Path:
        """Path of an artefact in the run's folder."""
        return self.folder / name

    def measured(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """Metrics, and what every run counts: rows set aside, and crossings between device and host."""
        ledger = handoff.ledger(self.records)
        return metrics | {
            "quarantined": sum(entry.rows for entry in records.of_kind(self.records, records.Rejected)),
            "host_crossings": sum(row["times"] for row in ledger if row["copies"] == "host"),
        }

    def finish(
        self,
        metrics: dict[str, Any],
        *,
        story: report.Story,
        figures: dict[str, Any],
        model: saved.Model | None = None,
        warning: str = "",
    ) -> Result:
        """Write all results, draw the report, and give the folder its name, which is printed last.

        Parameters
        ----------
        metrics : dict
            Numbers, strings, None, and lists or dicts of them; NaN is refused. What `measured` adds is added.
        story : report.Story
            What the report tells beside the numbers.
        figures : dict of matplotlib Figure
            Those of the story; the timeline and the ledger are added.
        model : Model, optional
            What was learnt, for ``model/``.
        warning : str
            Why not to trust it: in a box of the report, and told by whoever applies it.
        """
        with self._folder.disk():
            if model is not None:  # first, as what crosses for it belongs to the ledger
                saved.write(self.folder, self.name, model, self.engine, warning)
            told = replace(story, warning=warning) if warning else story
            self._write(self.measured(metrics), told, figures)
            self._write_quarantine()
            shutil.rmtree(self.scratch)
            report.write(self.folder)
            self._check_signal()
            self._done = self._folder.finish()
        if warning:
            print(f"WARNING: {warning}", flush=True)
        print(self._done, flush=True)
        return Result(self._done)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Remember a signal, as Python drops what is raised within a callback or a finaliser, and raise."""
        self._signal = number
        self._check_signal()

    def _check_signal(self) -> None:
        endings.check_ctrl_c()
        if self._signal:
            raise SystemExit(128 + self._signal)

    def _write(self, metrics: dict[str, Any], story: report.Story, pictures: dict[str, Any]) -> None:
        from pipelines import figures  # Matplotlib, which is not needed before

        ledger = handoff.ledger(self.records)
        drawn = pictures | {"timeline": figures.timeline(self.stages), "ledger": figures.ledger(ledger)}
        shown = {name: figure for name, figure in drawn.items() if not isinstance(figure, figures.Blank)}
        blank = [figure.why for figure in drawn.values() if isinstance(figure, figures.Blank)]
        seconds = {stage["name"]: stage["wall"] for stage in self.stages}
        facts = {
            "pipeline": self.name,
            "config": asdict(self.config),
            "engine": asdict(self.engine),
            "choices": self.choices,
            "stages": self.stages,
            **provenance.facts(),
        }
        files = {
            "config": facts,
            "metrics": {**metrics, "seconds": seconds, "engine": self.engine.name},
            "ledger": ledger,
            "story": asdict(story) | {"not_drawn": blank},
        }
        for name, value in files.items():
            self.path(f"{name}.json").write_text(strict_json.dumps(value, name))
        self.path("figures").mkdir()
        with figures.known_glyphs(self.say):
            for name, figure in shown.items():
                figures.save(figure, self.path("figures") / f"{name}.png")

    def _write_quarantine(self) -> None:
        """Rows set aside: file, line from 1, number of rows, reason, and text of the first."""
        entries = records.of_kind(self.records, records.Rejected)
        if not entries:
            return
        with self.path(QUARANTINE).open("w", newline="", encoding="utf-8", errors="replace") as file:
            rows = csv.writer(file)
            rows.writerow(["file", "line", "rows", "reason", "text"])
            for entry in entries:
                line = "" if entry.line is None else entry.line
                rows.writerow([entry.file, line, entry.rows, entry.reason, _printable(entry.text)])


def _printable(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
