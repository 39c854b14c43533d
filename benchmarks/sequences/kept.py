"""Forecasts that are finished, kept by a digest of what they were made of, so that a stopped run goes on.

A result is one file, ``SET-METHOD-SEED-DIGEST.npz``. The digest is of the data and of every setting; it
is not of the code: give another ``--kept`` after a change of the code.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sequences.sets import Sequences, Values
from etl.files import whole

Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """Forecasts of one training.

    Attributes
    ----------
    valid, test : array of float32, shape (origins, series, horizon)
    told : dict
        What else is known of it.
    """

    valid: Values
    test: Values
    told: Row

    def error(self, data: Sequences) -> float:
        """Root mean squared error on validation windows."""
        return float(np.sqrt(np.mean((self.valid - data.valid.truth(data.horizon)) ** 2)))


class Unfinished(Exception):
    """What is not kept yet may not be made."""


@dataclass(frozen=True)
class Kept:
    """A folder of results; ``ready`` takes what is there and makes nothing."""

    folder: Path
    ready: bool = False


def kept(place: Kept, name: str, settings: Row, make: Callable[[], Made]) -> Made:
    """The result of these settings; made, and written whole, if it is not there.

    Parameters
    ----------
    place : Kept
    name : str
        Of the file, before the digest.
    settings : dict
        What JSON can tell.
    make : callable

    Raises
    ------
    ValueError
        A forecast is not finite.
    Unfinished
        It is not there, and nothing may be made.
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
    path = place.folder / f"{name}-{digest}.npz"
    if not path.exists() and place.ready:
        raise Unfinished(name)
    if not path.exists():
        made = make()
        for part in (made.valid, made.test):
            if not np.isfinite(part).all():
                raise ValueError(f"{name}: {int((~np.isfinite(part)).sum()):,} forecasts are not finite")
        with whole(path) as partial, partial.open("wb") as file:
            np.savez(
                file,
                valid=made.valid.astype("float32"),
                test=made.test.astype("float32"),
                told=json.dumps(made.told),
            )
    with np.load(path) as found:
        return Made(found["valid"], found["test"], json.loads(str(found["told"])))


def fingerprint(data: Sequences) -> str:
    """Digest of a set's values and of how it is cut."""
    digest = hashlib.sha256()
    for windows in (data.valid, data.test):
        digest.update(windows.y.tobytes() + repr(windows.origins).encode())
    digest.update(data.learn.tobytes() + repr((data.lookback, data.horizon, data.season)).encode())
    return digest.hexdigest()
