"""A run's model on new data: ``trinity apply RUN --data NEW --out FILE``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from etl import records
from etl.engine import Device
from etl.engine.types import Frame
from etl.files import whole, writing
from etl.handoff import to_pandas
from pipelines import load

WRITERS = (".csv", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Apply what a run learnt to new data."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of the run; latest takes the newest of runs, and FOLDER/latest that of another folder."""
    data: Path | None = None
    """New data, in the form that the run learnt from; only forecasts go on without."""
    out: Path
    """File to write: .csv or .parquet."""
    device: Device = "auto"
    """Where to work."""
    encoding: str | None = None
    """Encoding of the new files, such as latin-1; by default that of the run's."""
    bad_share: float | None = None
    """Rows of a file that may be set aside, as a share; by default that of the run."""


def main(config: Config) -> Path:
    """Load the model, predict, write; returns the file that was written."""
    if config.out.suffix not in WRITERS:
        raise ValueError(f"--out {config.out} ends in neither of {', '.join(WRITERS)}; name such a file")
    if config.data is not None and not config.data.exists():
        raise FileNotFoundError(f"--data {config.data} does not exist; name the new data")
    saved = load(config.run, config.device).told(encoding=config.encoding, bad_share=config.bad_share)
    made = saved.facts["made"]
    whose = f"{saved.facts['story']} of {saved.folder}"
    print(f"model: {whose}, made {made['date']} by {made['commit']}", flush=True)
    if saved.warning:
        print(f"  WARNING: {saved.warning}", flush=True)
    with records.collect(_tell) as entries:
        found = saved.predict(config.data)
    lost = sum(entry.rows for entry in records.of_kind(entries, records.Rejected))
    if lost:
        first = records.of_kind(entries, records.Rejected)[0]
        at = f", {first.unit} {first.line:,}" if first.line else ""
        print(f"  set aside: {lost:,} rows, the first {first.file}{at}: {first.reason}", flush=True)
    _write(found, config.out)
    print(f"{len(found):,} rows\n{config.out}", flush=True)
    return config.out


def _tell(entry: records.Record) -> None:
    if isinstance(entry, records.Choice):
        print(f"  {entry.reason}", flush=True)


def _write(frame: Frame, out: Path) -> None:
    table = to_pandas(frame)
    with writing("predictions", out), whole(out) as partial:
        if out.suffix == ".csv":
            table.to_csv(partial, index=False)
        else:
            table.to_parquet(partial, index=False)


if __name__ == "__main__":
    from pipelines import run_verb

    run_verb("apply")
