"""Sentences for the named-entity pipeline: read or made up, and split."""

from pathlib import Path

import numpy as np

from etl.conll import files, simulate, split
from etl.conll.corpus import Corpus
from etl.tables.parts import refuse_twins
from pipelines.ner.config import Config

MADE_UP = 2_500
"""Sentences of the demonstration."""


def load(config: Config) -> tuple[Corpus, Corpus, str]:
    """Sentences to learn from, sentences to judge by, and how they were split.

    Raises
    ------
    FileNotFoundError, ValueError
        A file cannot be read, data and test share one, or there are too few sentences; see
        `etl.conll.files.sentences`.
    """
    if config.data is not None and config.test is not None:
        refuse_twins([*files.parts(config.data), *files.parts(config.test)])
    text, message = _text(config)
    held = None if config.test is None else _sentences(config.test, config)
    train, test = split.train_test(text, held, config.words, np.random.default_rng(config.seed))
    if config.test is not None:
        return train, test, message + f"judged by {config.test.name}"
    return train, test, message + f"judged by a random fifth, {len(test):,} sentences"


def _text(config: Config) -> tuple[Corpus, str]:
    if config.data is None:
        return simulate.sentences(MADE_UP, config.seed), "none were given, so they are made up; "
    return _sentences(config.data, config), ""


def _sentences(path: Path, config: Config) -> Corpus:
    return files.sentences(path, config.columns, config.encoding)
