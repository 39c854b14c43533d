"""What a run leaves for the next round: its votes, its items' features, its choices and its curve."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from etl.engine import Device, Engine
from etl.engine.types import Array
from etl.handoff import from_host, to_host
from pipelines import saved
from pipelines.trinity.features import Features, Words
from pipelines.trinity.shape import Shaper
from pipelines.trinity.train import Fitted, Training

VOTES, TRUTH, IDS = "votes.parquet", "truth.parquet", "items.parquet"
RENEWED = 2
"""Times the votes of a round from which on a later one takes its place as what rounds begin with."""


@dataclass(frozen=True)
class State:
    """What is there to go on from.

    Attributes
    ----------
    votes : pyarrow Table
        ``task, worker, label``.
    ids : pyarrow array
        Of the items.
    features : Features
    shaper : Shaper
    truth : pyarrow Table, optional
        ``task, label``.
    choice : dict
        Learner, penalty, and whether it is trained jointly.
    rounds : list of dict
        See `pipelines.trinity.measures.point`.
    form : dict
        How files of items are written.
    previews : pyarrow array of str
        How each item's text begins.
    q : float array, shape (items, classes)
        Probabilities of labels by models that did not see the item's votes, which the next round begins with.
    """

    votes: pa.Table
    ids: pa.Array
    features: Features = field(repr=False)
    shaper: Shaper = field(repr=False)
    truth: pa.Table | None = None
    choice: Mapping[str, Any] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    form: Mapping[str, Any] = field(default_factory=dict)
    previews: Any = None
    q: Array = None

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Write its files; what it returns is for ``model.json``."""
        pyarrow.parquet.write_table(self.votes, folder / VOTES)
        pyarrow.parquet.write_table(pa.table({"task": self.ids, "text": self.previews}), folder / IDS)
        if self.truth is not None:
            pyarrow.parquet.write_table(self.truth, folder / TRUTH)
        arrays, shape = {"dense": self.features.dense, "q": self.q}, None
        if self.features.words is not None:
            words, shape = self.features.words.whole(), list(self.features.words.shape)
            arrays |= {"data": words.data, "indices": words.indices, "indptr": words.indptr}
        for name, array in arrays.items():  # a file each, as NumPy writes them without a copy
            np.save(folder / f"items-{name}.npy", to_host(array), allow_pickle=False)
        return {
            "features": self.shaper.save(folder),
            "sparse": shape,
            "choice": dict(self.choice),
            "rounds": self.rounds,
            "form": dict(self.form),
        }


def load_state(run: Path, engine: Engine) -> State:
    """Read what an earlier run left.

    Parameters
    ----------
    run : Path
        Folder of the run.
    engine : Engine

    Raises
    ------
    FileNotFoundError, ValueError
        It is no run of this story, or damaged.
    """
    found = saved.load(run, cast("Device", engine.name))
    if found.facts["story"] != "trinity":
        raise ValueError(f"{run} is of the story {found.facts['story']}; name a run of trinity with --run")
    try:
        return read_state(run / "model", found.facts["model"], engine)
    except (FileNotFoundError, KeyError, TypeError) as error:
        raise ValueError(
            f"{run} was kept by another version of Trinity ({_version(run)}), which wrote other files; begin "
            "a new run with --data and all votes"
        ) from error


def _version(run: Path) -> str:
    """The commit of a run, as its ``config.json`` says."""
    commit = json.loads((run / "config.json").read_text()).get("commit")
    return f"commit {str(commit)[:12]}" if commit else "unknown"


def read_state(folder: Path, facts: Mapping[str, Any], engine: Engine) -> State:
    """Read what `State.save` wrote."""
    words = None
    if facts["sparse"]:
        parts = tuple(_array(folder, name, engine) for name in ("data", "indices", "indptr"))
        words = Words.of(engine.sparse.csr_matrix(parts, shape=tuple(facts["sparse"])))
    shaper = Shaper.load(folder, facts["features"], engine)
    features = Features(_array(folder, "dense", engine), shaper.kept_names, words)
    items = pyarrow.parquet.read_table(folder / IDS)
    truth = pyarrow.parquet.read_table(folder / TRUTH) if (folder / TRUTH).exists() else None
    return State(
        pyarrow.parquet.read_table(folder / VOTES),
        items["task"].combine_chunks(),
        features,
        shaper,
        truth,
        facts["choice"],
        list(facts["rounds"]),
        facts["form"],
        items["text"].combine_chunks(),
        _array(folder, "q", engine),
    )


def going_on(training: Training, fitted: Fitted, q: Array, votes: list[int]) -> Array:
    """What the next round begins with: what the first ended with, or one whose votes are twice as many.

    Were it what every round ended with, each would be one more pass of EM over the same votes, which makes
    labels surer than they are.

    Parameters
    ----------
    training, fitted
    q : float64 array, shape (items, classes)
        What this round ended with.
    votes : list of int
        Of each round so far.
    """
    base, is_renewed = votes[0], len(votes) == 1
    for count in votes[1:]:
        is_renewed = count >= RENEWED * base
        base = count if is_renewed else base
    if fitted.prior is None or is_renewed:
        return q
    found = q.copy()
    found[training.rows] = fitted.prior
    return found


def _array(folder: Path, name: str, engine: Engine) -> Array:
    return from_host(np.load(folder / f"items-{name}.npy", allow_pickle=False), engine)
