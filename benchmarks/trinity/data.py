"""Texts or vectors with a crowd's votes, written to files as a user has them; the truth lies elsewhere.

A seed draws which nine tenths of a real set's training tasks are there, and simulated votes. What is tested
on stays the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, load_npz

from benchmarks.trinity import crowd, generated

KEPT = 0.9
"""Share of the training tasks that a seed draws."""
WORKERS, REAL_CROWD, REDUNDANCY = 120, "music_genre", (3, 5)
"""Of the simulated votes on articles: workers, whose confusions they have, least and most votes of a task."""


@dataclass(frozen=True)
class Parts:
    """A set before it is written.

    Attributes
    ----------
    items, test : list of str, or array of float32, shape (tasks, columns)
        What is learnt from, and tested on.
    truth, test_truth : array, shape (tasks,)
        Labels.
    votes : DataFrame
        ``task, worker, label``; tasks are numbers of items.
    """

    items: list[str] | np.ndarray
    truth: np.ndarray
    test: list[str] | np.ndarray
    test_truth: np.ndarray
    votes: pd.DataFrame


@dataclass(frozen=True)
class Set:
    """A folder with two: ``seen``, which systems get, and ``gold``.

    In ``seen`` are ``items`` and ``test``, each a table ``.parquet`` with ``task, text``, or vectors ``.npy``
    whose task is the number of the row; and ``votes.csv`` or ``votes.parquet``. In ``gold`` are
    ``items.parquet`` and ``test.parquet`` with ``task, label``.
    """

    name: str
    seed: int
    folder: Path

    @property
    def seen(self) -> Path:
        """What systems get."""
        return self.folder / "seen"

    def gold(self, part: str = "test") -> pd.Series:
        """True labels as text, by task."""
        table = pd.read_parquet(self.folder / "gold" / f"{part}.parquet")
        return table.set_index("task")["label"].astype(str)


def polarity(data: Path, rng: np.random.Generator) -> Parts:
    """Sentences of film reviews with real votes: 203 workers, 2 classes."""
    at = data / "sentiment_polarity"
    texts = [
        (at / f"Sentiment_text_{part}.txt").read_text().rstrip("\n").split("\n") for part in ("train", "test")
    ]
    truth, known = (_numbers(at / f"Sentiment_Z_{part}.txt") for part in ("train", "test"))
    return Parts(texts[0], truth, texts[1], known, _answers(at / "answers.txt"))


def labelme(data: Path, rng: np.random.Generator) -> Parts:
    """Images as 512 features of VGG16 with real votes: 59 workers, 8 classes."""
    at = data / "labelme"
    X, test = (np.load(at / f"LabelMe_VGG_avg_{part}.npy").astype("float32") for part in ("train", "test"))
    truth, known = (_numbers(at / f"LabelMe_Z_{part}.txt") for part in ("train", "test"))
    return Parts(X, truth, test, known, _answers(at / "answers.txt"))


def nyt(data: Path, rng: np.random.Generator) -> Parts:
    """Articles of the New York Times with simulated votes: 12 classes.

    There are only counts of the articles to learn from: their text is each word as often as it is counted, in
    random order; so is the text of those tested on. Votes are of `crowd.real_confusions`.
    """
    at = data / "text" / "nyt"
    words = np.array((at / "vocab.txt").read_text().split(), object)
    items, test = (spelled(load_npz(at / f"{part}_bow.npz"), words) for part in ("train", "test"))
    names = np.array([pair.split("'")[1] for pair in (at / "label2id.txt").read_text().split(",")])
    truth, known = (_numbers(at / f"{part}_labels.txt") for part in ("train", "test"))
    confusion, activity = crowd.real_confusions(data / "crowd", REAL_CROWD, len(names), WORKERS, rng)
    votes = crowd.votes(truth, confusion, activity, REDUNDANCY, rng)
    votes = votes.assign(label=names[votes["label"]])
    return Parts(items, names[truth], test, names[known], votes)


REAL: dict[str, Callable[[Path, np.random.Generator], Parts]] = {
    "polarity": polarity,
    "labelme": labelme,
    "nyt": nyt,
}
MADE = {"made-20k": 20_000, "made-100k": 100_000, "made-1m": 1_000_000}
"""Generated sets, and their documents."""


def prepare(name: str, data: Path, scratch: Path, seed: int) -> Set:
    """Write a set to a folder of ``scratch``, or take it where it is already there.

    Raises
    ------
    FileNotFoundError
        The set's file is not in ``data``.
    ValueError
        There is no set of this name.
    """
    if name not in REAL | MADE:
        raise ValueError(f"{name!r} is no set; there are {', '.join(REAL | MADE)}")
    found = Set(name, seed, scratch / f"{name}-{seed}")
    if (found.folder / "done").exists():
        return found
    if name in MADE:
        generated.write(found.folder, MADE[name], seed)
    else:
        write(found.folder, drawn(REAL[name](data, np.random.default_rng([seed, 1])), seed))
    (found.folder / "done").touch()
    return found


def drawn(parts: Parts, seed: int) -> tuple[Parts, np.ndarray]:
    """The same set with `KEPT` of its training tasks, drawn by the seed; and the tasks kept, in order.

    Votes keep the number of their item among all.
    """
    count = len(parts.truth)
    kept = np.sort(np.random.default_rng([seed, 2]).permutation(count)[: round(KEPT * count)])
    items = parts.items[kept] if isinstance(parts.items, np.ndarray) else [parts.items[k] for k in kept]
    votes = parts.votes[parts.votes["task"].isin(kept)]
    return Parts(items, parts.truth[kept], parts.test, parts.test_truth, votes), kept


def write(folder: Path, drawn: tuple[Parts, np.ndarray]) -> None:
    """Write a set; tasks of vectors become numbers of rows, and those of tests follow all others."""
    parts, kept = drawn
    for name in ("seen", "gold"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    votes, last = parts.votes, int(kept.max())
    tests = np.arange(last + 1, last + 1 + len(parts.test_truth))
    if isinstance(parts.items, np.ndarray):
        votes = votes.assign(task=np.searchsorted(kept, votes["task"]))
        kept, tests = np.arange(len(kept)), np.arange(len(tests))
    for name, tasks, rows in (("items", kept, parts.items), ("test", tests, parts.test)):
        if isinstance(rows, np.ndarray):
            np.save(folder / "seen" / f"{name}.npy", rows)
        else:
            pd.DataFrame({"task": tasks, "text": rows}).to_parquet(
                folder / "seen" / f"{name}.parquet", index=False
            )
    votes.to_csv(folder / "seen" / "votes.csv", index=False)
    for name, tasks, truth in (("items", kept, parts.truth), ("test", tests, parts.test_truth)):
        table = pd.DataFrame({"task": tasks, "label": truth.astype(str)})
        table.to_parquet(folder / "gold" / f"{name}.parquet", index=False)


def spelled(counts: csr_matrix, words: np.ndarray, seed: int = 0) -> list[str]:
    """Texts of counts: each word as often as it is counted, in random order."""
    rng, found = np.random.default_rng(seed), []
    for begin, end in zip(counts.indptr[:-1], counts.indptr[1:], strict=True):
        columns = np.repeat(counts.indices[begin:end], counts.data[begin:end])
        found.append(" ".join(words[rng.permutation(columns)]))
    return found


def _answers(path: Path) -> pd.DataFrame:
    """Votes of a matrix of tasks by workers with -1 where there is no vote."""
    answers = np.loadtxt(path, dtype=int)
    task, worker = np.nonzero(answers >= 0)
    return pd.DataFrame({"task": task, "worker": worker, "label": answers[task, worker]})


def _numbers(path: Path) -> np.ndarray:
    return np.loadtxt(path, dtype=int)
