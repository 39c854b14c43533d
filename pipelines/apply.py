"""A run's model on new data: ``trinity apply RUN --data NEW --out FILE``."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import tyro

from etl import records
from etl.engine import Device
from etl.engine.types import Frame
from etl.files import whole, writing
from etl.handoff import to_pandas
from pipelines import load

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
Writer = Callable[[Frame, Path], None]
WRITERS: dict[str, Writer] = {
    ".csv": lambda table, path: table.to_csv(path, index=False),
    ".parquet": lambda table, path: table.to_parquet(path, index=False),
}
"""By the ending of the file; a model may have ``writers`` of its own."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Apply what a run learnt to new data."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of the run; latest takes the newest of runs, and FOLDER/latest that of another folder."""
    data: Path | None = None
    """New data, in the form that the run learnt from; only forecasts go on without."""
    out: Path
    """File to write: .csv or .parquet; of tags also .conll or .jsonl, of clips .npz or .gif."""
    device: Device = "auto"
    """Where to work."""
    encoding: str | None = None
    """Encoding of the new files, such as latin-1; by default that of the run's."""
    bad_share: float | None = None
    """Rows of a file that may be set aside, as a share; by default that of the run."""


def main(config: Config, story: str = "", told: Mapping[str, object] | None = None) -> Path:
    """Load the model, predict, write; returns the file that was written.

    Parameters
    ----------
    config : Config
    story : str
        That the run must be of; by default any.
    told : mapping, optional
        More of how new files are written; see `pipelines.saved.Saved.told`.
    """
    data, out = config.data, config.out
    if data is not None and not data.exists():
        raise FileNotFoundError(f"--data {data} does not exist; name the new data")
    _spare(out, data)
    saved = load(config.run, config.device)
    if story and saved.facts["story"] != story:
        raise ValueError(f"{config.run} is of the story {saved.facts['story']}; name a run of {story}")
    saved = saved.told(encoding=config.encoding, bad_share=config.bad_share, **(told or {}))
    writers = {**WRITERS, **getattr(saved.model, "writers", {})}
    if out.suffix not in writers:
        raise ValueError(f"--out {out} ends in neither of {', '.join(writers)}; name such a file")
    _spare(out, saved.folder)
    made = saved.facts["made"]
    whose = f"{saved.facts['story']} of {saved.folder}"
    print(f"model: {whose}, made {made['date']} by {made['commit']}", flush=True)
    if saved.warning:
        print(f"  WARNING: {saved.warning}", flush=True)
    with records.collect(_tell) as entries, _like_the_run(told or {}):
        found = saved.predict(data)
    lost = sum(entry.rows for entry in records.of_kind(entries, records.Rejected))
    if lost:
        first = records.of_kind(entries, records.Rejected)[0]
        at = f", {first.unit} {first.line:,}" if first.line else ""
        what = ("clip" if first.unit == "frame" else "row") + "s" * (lost != 1)
        print(f"  set aside: {lost:,} {what}, the first {first.file}{at}: {first.reason}", flush=True)
    table = to_pandas(found)
    with writing("predictions", out), whole(out) as partial:
        writers[out.suffix](table, partial)
    print(f"{len(found):,} row{'s' * (len(found) != 1)}\n{out}", flush=True)
    return out


def _spare(out: Path, kept: Path | None) -> None:
    """Refuse to write over new data, or over a file of the run."""
    if out.is_dir():
        raise IsADirectoryError(f"--out {out} is a folder; name a file")
    if kept is not None and out.exists() and kept.resolve() in (out.resolve(), *out.resolve().parents):
        raise FileExistsError(f"--out {out} would be written over what is read from {kept}; name another")


@contextmanager
def _like_the_run(more: Collection[str]) -> Iterator[None]:
    """Say what to do where an error names options of the run that this command lacks.

    Parameters
    ----------
    more : names
        Of options beside those of `Config`.
    """
    try:
        yield
    except ValueError as error:
        own = {f"--{name.replace('_', '-')}" for name in (*more, *(field.name for field in fields(Config)))}
        lacking = sorted(set(OPTION.findall(str(error))) - own)
        if not lacking:
            raise
        raise ValueError(
            f"{error}. This command has no {' and no '.join(lacking)}: new data are read as those of the run "
            "were, so write them alike"
        ) from error


def _tell(entry: records.Record) -> None:
    if isinstance(entry, records.Choice):
        print(f"  {entry.reason}", flush=True)


if __name__ == "__main__":
    from pipelines import run_verb

    run_verb("apply")
