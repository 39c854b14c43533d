"""A run is a folder: hidden and partial while it works, whole or gone when it ends.

``out/<name>/<time>/`` holds config, metrics, model, figures, ledger and report. What a failed run set aside
survives in ``failed-<time>/`` beside the error; what a killed run left is removed by the next one.
"""

import contextlib
import errno
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from etl import records
from etl.engine import Engine
from pipelines import lock, provenance, report, strict_json

KEPT_OF_FAILED = ("quarantine.csv",)
FULL = (errno.ENOSPC, errno.EDQUOT)
NO_ROOM = 1 << 16
"""Bytes free below which an error of any kind is put down to the disk."""


class Run:
    """One run of a pipeline, used as a context.

    Parameters
    ----------
    name : str
        Of the pipeline.
    config : dataclass instance
    out : Path
        Directory of all runs.
    engine : Engine

    Attributes
    ----------
    folder : Path
        Where the run writes; renamed when it is finished.
    scratch : Path
        Directory that is deleted at the end.
    stages : list of dict
        ``name, start, wall, cpu, peak_mb`` of each finished step; seconds since the run began.
    """

    def __init__(self, name: str, config: Any, *, out: Path, engine: Engine) -> None:
        self.name, self.config, self.engine = name, config, engine
        self.home = Path(out) / name
        self.stages: list[dict[str, Any]] = []
        self.choices: list[str] = []
        self._began = time.perf_counter()
        self._done: Path | None = None

    def __enter__(self) -> "Run":
        """Make the partial folder, after clearing what dead runs left."""
        with self._disk():
            self.home.mkdir(parents=True, exist_ok=True)
            self._clear_dead()
            self.time = datetime.now().strftime("%Y%m%d-%H%M%S")
            self.folder = self.home / f".{self.time}.partial-{os.getpid()}"
            self.scratch = self.folder / "scratch"
            self.folder.mkdir()
            self._held = lock.lock(self.folder)
            try:
                self.scratch.mkdir()
            except OSError:
                self._leave()
                raise
        self._sigterm = signal.getsignal(signal.SIGTERM)
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGTERM, _stop)
        self.say(f"engine: {self.engine.name}, {self.engine.reason}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave a whole folder or, of a failure, its message and the lines set aside."""
        with contextlib.suppress(ValueError, TypeError):  # TypeError: the handler was not Python's
            signal.signal(signal.SIGTERM, self._sigterm)
        full = self._full(error) if isinstance(error, Exception) and self._is_full(error) else None
        if self._done is None and error is not None:
            self._keep_failure(full or error)
        self._leave()
        if full:
            raise full from error

    def _leave(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one stage, and print a line when it ends."""
        start, cpu = time.perf_counter(), _cpu()
        with self._disk():
            yield
        stage = {
            "name": name,
            "start": round(start - self._began, 3),
            "wall": round(time.perf_counter() - start, 3),
            "cpu": round(_cpu() - cpu, 3),
            "peak_mb": provenance.peak_mb(),
        }
        self.stages.append(stage)
        print(
            f"{name:<8} {stage['wall']:8.1f} s   cpu {stage['cpu']:8.1f} s   peak {stage['peak_mb']:,} MB",
            flush=True,
        )

    def say(self, choice: str) -> None:
        """Print and record an automatic choice and its reason."""
        self.choices.append(choice)
        print(f"  {choice}", flush=True)

    def path(self, name: str) -> Path:
        """Path of an artefact in the run's folder."""
        return self.folder / name

    def finish(
        self,
        metrics: dict[str, Any],
        *,
        story: report.Story,
        figures: dict[str, Any],
        model: Any = None,
        ledger: list[dict[str, Any]],
    ) -> Path:
        """Write all results, draw the report, and give the folder its name, which is printed last.

        Parameters
        ----------
        metrics : dict
            Numbers, strings, None, and lists or dicts of them; NaN is refused.
        story : report.Story
            What the report tells beside the numbers.
        figures : dict of matplotlib Figure
        model : object with ``save_model``, optional
        ledger : list of dict
            From `etl.handoff.ledger`.
        """
        with self._disk():
            seconds = {stage["name"]: stage["wall"] for stage in self.stages}
            everything = {**metrics, "seconds": seconds, "engine": self.engine.name}
            facts = {
                "pipeline": self.name,
                "config": asdict(self.config),
                "engine": asdict(self.engine),
                "choices": self.choices,
                "stages": self.stages,
                **provenance.facts(),
            }
            files = {"config": facts, "metrics": everything, "ledger": ledger, "story": asdict(story)}
            for name, value in files.items():
                self.path(f"{name}.json").write_text(strict_json.dumps(value, name))
            if model is not None:
                model.save_model(self.path("model.ubj"))
            self.path("figures").mkdir()
            for name, figure in figures.items():
                figure.savefig(self.path("figures") / f"{name}.png")
            shutil.rmtree(self.scratch)
            report.write(self.folder)
            self._done = self._rename(self.time)
        print(self._done, flush=True)
        return self._done

    def _rename(self, wanted: str) -> Path:
        for number in range(1, 1000):
            target = self.home / (wanted if number == 1 else f"{wanted}-{number}")
            try:
                return self.folder.rename(target)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        raise RuntimeError(f"{self.home} holds a thousand runs of the same second")

    def _keep_failure(self, error: BaseException) -> None:
        kept = [self.folder / name for name in KEPT_OF_FAILED if (self.folder / name).exists()]
        if not kept:
            return
        target = self.home / f"failed-{self.time}-{os.getpid()}"
        with contextlib.suppress(OSError):
            target.mkdir()
            for path in kept:
                path.rename(target / path.name)
            (target / "error.txt").write_text(f"{type(error).__name__}: {error}\n")
            print(f"what was set aside is in {target}", file=sys.stderr)

    def _clear_dead(self) -> None:
        for folder in self.home.glob(".*.partial-*"):
            if lock.is_dead(folder):
                shutil.rmtree(folder, ignore_errors=True)
                print(f"  removed {folder}, left by a run that was killed", flush=True)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not self._is_full(error):
                raise
            raise self._full(error) from error

    def _is_full(self, error: Exception) -> bool:
        """Whether an error that does not yet say so comes from a full disk; XGBoost has a type of its own."""
        if isinstance(error, OSError):
            return error.errno in FULL and "--out" not in str(error)
        return self._free() < NO_ROOM

    def _free(self) -> int:
        return shutil.disk_usage(next(p for p in (self.home, *self.home.parents) if p.exists())).free

    def _full(self, error: Exception) -> OSError:
        cause = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        return OSError(
            errno.ENOSPC,
            f"the disk of {self.home} is full ({self._free():,} bytes free: {cause}); "
            "the unfinished run is removed from it. Free space, or choose another disk with --out",
        )


@contextmanager
def step(run: Run, name: str) -> Iterator[None]:
    """A stage of the run, whose bridges are booked under its name."""
    with run.step(name), records.stage(name):
        yield


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
