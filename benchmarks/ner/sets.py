"""Real sets of tagged sentences, in the files in which they were published."""

from pathlib import Path

import numpy as np

from etl.conll.corpus import Corpus
from etl.conll.files import sentences
from etl.conll.split import train_test

SETS: dict[str, tuple[str, str | None]] = {
    "gmb": ("gmb/ner_dataset.csv.zip", None),
    "zh": ("uner_zh_gsdsimp/zh_gsdsimp-ud-train.iob2", "uner_zh_gsdsimp/zh_gsdsimp-ud-test.iob2"),
    "btc": ("btc", None),
    "wnut17": ("wnut17/wnut17train.conll", "wnut17/emerging.test.annotated"),
    "wikigold": ("wikigold/wikigold.conll.txt", None),
}
"""Files of each set: to learn from, and to judge by."""


def paths(folder: Path, name: str) -> tuple[Path, Path | None]:
    """Files of a set below a folder: to learn from, and to judge by if there is one."""
    train, test = SETS[name]
    return folder / train, None if test is None else folder / test


def load(folder: Path, name: str) -> tuple[Corpus, Corpus]:
    """Sentences to learn from and to judge by: the set's own, or a random fifth; in BIOES."""
    train, test = paths(folder, name)
    held = None if test is None else sentences(test)
    text = sentences(train, encoding="cp1252" if name == "gmb" else None)
    return train_test(text, held, None, np.random.default_rng(0))
