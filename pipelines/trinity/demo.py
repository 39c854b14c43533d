"""The demonstration: texts of known classes in made-up words, and simulated workers of real kinds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.crowd import simulate
from etl.engine import Engine
from etl.engine.types import Csr
from etl.handoff import from_arrow
from etl.pieces import Pieces
from etl.text import simulate as texts
from etl.text.simulate import Known
from models.topics.documents import cuts
from pipelines.topics.demo import words
from pipelines.trinity.items import Items

ITEMS, WORDS, TOPICS, CLASSES = 3_000, 2_000, 12, 4
LENGTH = 25.0
VOTED, VOTES, WORKERS = 1_800, 3, 40
RING, QUEUE = [3, 11, 19, 27, 35], 100
"""Workers who copy the first of them, and tasks that all of them get: only who meets often is compared."""
GOLD = 300


@dataclass(frozen=True)
class Made:
    """Items, votes, a column each of task, worker and label, and known labels by task."""

    items: Items
    votes: pd.DataFrame
    truth: pd.DataFrame


def demonstration(engine: Engine, seed: int) -> Made:
    """Items in topics of which each belongs to a class; workers err, some guess, and five copy one."""
    counts, known = texts.corpus(ITEMS, WORDS, TOPICS, 1.0, LENGTH, seed)
    label = _classes(counts, known)
    names = np.array(words(WORDS))
    repeated = (np.repeat(names[row.indices], row.data) for row in counts)
    table = pa.table({"text": pa.array([" ".join(own) for own in repeated], pa.large_string())})
    frame = from_arrow(table, engine)
    pieces = Pieces([frame.iloc[begin:end] for begin, end in cuts(len(frame))])
    items = Items(pa.array(np.arange(ITEMS)), pieces, bytes=table.nbytes)
    confusion = simulate.confusions(WORKERS, CLASSES, hammers=0.5, by_class=True, seed=seed)
    votes = simulate.votes(label[:VOTED], confusion, VOTES, seed)
    met = simulate.votes(label[:QUEUE], confusion[RING], len(RING), seed + 1)
    met["worker"] = np.array(RING)[met["worker"]]
    votes = pd.concat([votes, met]).drop_duplicates(["task", "worker"])
    votes = simulate.with_ring(votes, members=RING, source=RING[0], copied=0.9, seed=seed)
    gold = np.arange(VOTED - GOLD, VOTED)
    names_of = np.array(["art", "law", "sea", "sun"])
    votes["label"] = names_of[votes["label"]]
    return Made(items, votes, pd.DataFrame({"task": gold, "label": names_of[label[gold]]}))


def _classes(counts: Csr, known: Known) -> np.ndarray:
    """Class of each text: that of the topics which its words are likeliest under."""
    scores = np.asarray(counts @ np.log(known.topics.T + 1e-6))
    return scores.argmax(axis=1) % CLASSES
