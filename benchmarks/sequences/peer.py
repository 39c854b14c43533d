"""neuralforecast on the same windows, in an interpreter of its own."""

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.sequences.kept import Kept, Made, Row, fingerprint, kept
from benchmarks.sequences.networks import Search
from benchmarks.sequences.sets import Sequences, Values, Windows

PEERS = ("nhits",)


def neural(name: str, data: Sequences, search: Search, place: Kept, python: Path) -> list[Made]:
    """Trainings of all seeds at the best rate, by the same search; kept when all are done.

    Parameters
    ----------
    name : str
        Of `PEERS`.
    data : Sequences
    search : Search
    place : Kept
    python : Path
        Interpreter that has neuralforecast.
    """
    request = request_of(name, data, search)
    settings = request | {"data": fingerprint(data)}
    made = kept(place, f"{data.name}-{name}", settings, lambda: asked(request, data, python))
    own = zip(np.split(made.valid, search.seeds), np.split(made.test, search.seeds), strict=True)
    rows = [Made(valid, test, made.told) for valid, test in own]
    return [rows[0], *(Made(row.valid, row.test, made.told | {"cpu_s": 0.0}) for row in rows[1:])]


def request_of(name: str, data: Sequences, search: Search) -> Row:
    """What the peer is told."""
    told = {"model": name, "rates": search.rates, "seeds": search.seeds, "steps": search.steps(data)}
    told |= {"batch": search.batch, "horizon": data.horizon, "lookback": data.lookback}
    return told | {"season": data.season}


def asked(request: Row, data: Sequences, python: Path) -> Made:
    """Run it: forecasts of all seeds, one after the other."""
    with TemporaryDirectory() as folder:
        given, out = Path(folder) / "given.npz", Path(folder) / "out.npz"
        early = data.valid.truth(data.horizon)
        parts = {"learn": trains(data), "valid_truth": early.reshape(-1, data.horizon)}
        for name, windows in (("valid", data.valid), ("test", data.test)):
            parts[name], parts[f"{name}_first"] = histories(windows, data.lookback)
        np.savez(given, **parts)  # type: ignore[arg-type]
        words = json.dumps(request | {"data": str(given), "out": str(out)})
        done = subprocess.run(
            [str(python), "-m", "benchmarks.sequences.peers.neuralforecast", words],
            capture_output=True,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"neuralforecast failed on {data.name}:\n{done.stderr[-2000:]}")
        told, found = json.loads(done.stdout.splitlines()[-1]), np.load(out)
        valid, test = found["valid"], found["test"]
    valid = valid.reshape(-1, len(data.valid.y), data.horizon)
    return Made(valid, test.reshape(-1, len(data.test.y), data.horizon), told)


def histories(windows: Windows, lookback: int) -> tuple[Values, Values]:
    """What comes before each origin of each series, (windows, lookback), and the numbers of first steps."""
    cut = np.concatenate([windows.y[:, at - lookback : at] for at in windows.origins])
    return cut, np.repeat(windows.origins, len(windows.y)) - lookback


def trains(data: Sequences) -> Values:
    """Values that are before every validation window: it has no use for others, since it runs to its end."""
    if data.goes_on:
        return data.learn[:, : data.valid.origins[0]]
    return data.learn[: -len(data.valid.y)]
