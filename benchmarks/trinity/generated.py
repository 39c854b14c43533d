"""A made corpus of any size with votes: topics as in LDA, a class that depends on them, pseudo-words by Zipf.

Documents are drawn in blocks, each with a generator of its own, and written as they are drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.trinity import crowd
from etl.text.simulate import Design, known
from etl.text.simulate_kernels import alias_tables, draw_words

CLASSES, REDUNDANCY, TASKS_A_WORKER = 8, 5, 400
"""Votes of a task are `REDUNDANCY`; there is a worker for so many tasks, and 50 at least."""
TESTED = 20_000
"""Documents that are tested on, at most; and a fifth of the others at most."""
SHARPNESS = 4.0
"""Power of a document's chances of classes, before one is drawn: the more, the less is left to chance."""
BLOCK = 1 << 15
SYLLABLES = [a + b for a in "b d f g k l m n p r s t v z".split() for b in "a e i o u".split()]


@dataclass(frozen=True)
class Block:
    """Documents drawn together: texts, and true classes of int64, shape (documents,)."""

    texts: pa.Array
    truth: np.ndarray


def design(seed: int) -> Design:
    """30 topics over 30,000 words, 50 words a document."""
    return Design(30_000, 30, alpha0=1.0, length=50, seed=seed, spread=0.25)


def write(folder: Path, documents: int, seed: int) -> None:
    """Write ``seen`` and ``gold`` of `benchmarks.trinity.data.Set`."""
    for name in ("seen", "gold"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    tested = min(TESTED, documents // 5)
    truth = _write_part(folder, "items", 0, documents, seed)
    _write_part(folder, "test", documents, tested, seed)
    rng = np.random.default_rng([seed, 3])
    workers = max(50, documents // TASKS_A_WORKER)
    confusion, activity = crowd.many_kinds(workers, CLASSES, rng)
    votes = crowd.votes(truth, confusion, activity, (REDUNDANCY, REDUNDANCY), rng)
    votes.to_parquet(folder / "seen" / "votes.parquet", index=False)


def _write_part(folder: Path, name: str, first: int, documents: int, seed: int) -> np.ndarray:
    """Write documents from the first on, and their classes; returns the classes."""
    schema = pa.schema({"task": pa.int64(), "text": pa.large_string()})
    truths, task = [], first
    with pq.ParquetWriter(folder / "seen" / f"{name}.parquet", schema) as writer:
        for block in blocks(first, documents, seed):
            tasks = np.arange(task, task + len(block.truth))
            writer.write_table(pa.table({"task": tasks, "text": block.texts}, schema=schema))
            truths.append(block.truth)
            task += len(tasks)
    truth = np.concatenate(truths)
    table = pa.table({"task": np.arange(first, first + documents), "label": truth.astype(str)})
    pq.write_table(table, folder / "gold" / f"{name}.parquet")
    return truth


def blocks(first: int, documents: int, seed: int) -> Iterator[Block]:
    """Documents in blocks; other blocks are drawn where ``first`` is another."""
    drawn_from = design(seed)
    tables, names = alias_tables(known(drawn_from).topics), pseudo_words(drawn_from.words)
    weight = class_shares(drawn_from)
    for begin in range(first, first + documents, BLOCK):
        size = min(BLOCK, first + documents - begin)
        rng = np.random.default_rng([seed, 4, begin])
        middle = np.log(drawn_from.length) - drawn_from.spread**2 / 2
        lengths = np.maximum(np.rint(rng.lognormal(middle, drawn_from.spread, size)), 1).astype("int64")
        shares = rng.dirichlet(known(drawn_from).alpha, size)
        starts = np.concatenate([[0], lengths.cumsum()])
        draws = rng.random((2, starts[-1]))
        words = draw_words(starts, shares.cumsum(axis=1), *tables, *draws)
        yield Block(joined(names, words, starts), classes(shares @ weight, rng))


def class_shares(drawn_from: Design) -> np.ndarray:
    """Chances of classes of each topic, shape (topics, classes): most topics are of one class."""
    rng = np.random.default_rng([drawn_from.seed, 5])
    main = np.arange(drawn_from.topics) % CLASSES
    return 0.8 * np.eye(CLASSES)[main] + 0.2 * rng.dirichlet(np.full(CLASSES, 0.3), drawn_from.topics)


def classes(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A class for each document, drawn by its chances to the power of `SHARPNESS`; int64."""
    scores = SHARPNESS * np.log(chances + 1e-12) + rng.gumbel(size=chances.shape)
    return scores.argmax(axis=1)


def joined(names: pa.Array, words: np.ndarray, starts: np.ndarray) -> pa.Array:
    """Texts of documents whose words are numbers."""
    lists = pa.LargeListArray.from_arrays(pa.array(starts), names.take(pa.array(words)))
    return pc.binary_join(lists, " ").cast(pa.large_string())


def pseudo_words(count: int) -> pa.Array:
    """Different words of one to three syllables and a consonant, the commonest shortest.

    Examples
    --------
    >>> pseudo_words(3).to_pylist()
    ['bab', 'bad', 'baf']
    """
    ends, base = "b d f g k l m n p r s t v z".split(), len(SYLLABLES)
    found: list[str] = []
    for number in range(count):
        rest, end = divmod(number, len(ends))
        word = SYLLABLES[rest % base]
        while rest >= base:
            rest = rest // base - 1
            word = SYLLABLES[rest % base] + word
        found.append(word + ends[end])
    return pa.array(found, pa.string())
