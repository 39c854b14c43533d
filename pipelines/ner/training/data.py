"""Labelled sentences, and those of them to judge by."""

from pathlib import Path

import numpy as np

from etl.conll import files, split
from etl.conll.corpus import Corpus
from etl.labelling import answers
from etl.tables.parts import refuse_twins

ENOUGH = 5
"""Answers that were drawn for judging, from which they judge."""
FILE = "answers.jsonl"

Both = tuple[Corpus, Corpus, str]


def load(data: Path, test: Path | None, columns: tuple[int, int], encoding: str | None, seed: int) -> Both:
    """Sentences to learn from, sentences to judge by, and how they were split.

    Parameters
    ----------
    data : Path
        Answers of the labelling page, their folder, or tagged sentences.
    test : Path, optional
    columns : tuple of int
    encoding : str, optional
    seed : int
        Of the fifth that is drawn.

    Raises
    ------
    FileNotFoundError, ValueError
        A file cannot be read, holds no name, data and test share one, or there are too few sentences.
    """
    rng = np.random.default_rng(seed)
    data, test = (_place(data), None if test is None else _place(test))
    if test is not None:
        refuse_twins([*files.parts(data), *files.parts(test)])
        text, held = (_sentences(path, columns, encoding) for path in (data, test))
        return *split.train_test(text, held, None, rng), f"judged by {test.name}"
    if answers.is_log(data):
        return _of_page(data, rng)
    text = _sentences(data, columns, encoding)
    return _fifth(text, rng, "")


def _place(path: Path) -> Path:
    return path / FILE if (path / FILE).is_file() else path


def _sentences(path: Path, columns: tuple[int, int], encoding: str | None) -> Corpus:
    if answers.is_log(path):
        return answers.corpus(path, answers.read(path))
    return files.sentences(path, columns, encoding)


def _of_page(path: Path, rng: np.random.Generator) -> Both:
    """By the answers that were drawn for judging, where there are enough of them."""
    found = answers.read(path)
    text = answers.corpus(path, found)
    drawn = np.array([answer.use == "judge" for answer in found if answer.spans is not None])
    if drawn.sum() < ENOUGH:
        return _fifth(text, rng, f"of the page's draws for judging there are {drawn.sum()}, too few; ")
    learnt, held = split.train_test(text[~drawn], text[drawn], None, rng)
    return learnt, held, f"judged by the {len(held):,} that the page drew for judging"


def _fifth(text: Corpus, rng: np.random.Generator, why: str) -> Both:
    learnt, held = split.train_test(text, None, None, rng)
    return learnt, held, f"{why}judged by a random fifth, {len(held):,} sentences"
