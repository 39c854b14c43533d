r"""What a word is: three rules, and the words in their normal form.

``scikit-learn``
    Its ``(?u)\b\w\w+\b``: letters and digits; what is set on letters, such as vowel signs, parts words.
``marks``
    Marks and joiners belong to the word that they follow, and are no characters of their own. Words are in
    Unicode's normal form NFC, so that an accent that is written apart is none. Blanks part Chinese words, of
    which one character is enough.
``characters``
    The same, but a Chinese character is a word of its own, as in `etl.conll.plain`.
"""

import functools
import re
import unicodedata
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.conll.characters import HAN, JOINERS, continuing

Rule: TypeAlias = Literal["auto", "marks", "characters", "scikit-learn"]
"""How words are told; ``auto`` looks whether blanks part Chinese ones."""
RUN = 4.0
"""Characters of a run with Chinese ones in it, in the mean, beyond which blanks part no words."""
UNCUT = {
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Burmese": "\u1000-\u109f",
    "Khmer": "\u1780-\u17ff",
}
"""Scripts without blanks between words."""
UNSEEN = "\u00ad\u2060\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Joiners and selectors of variants that make no other word."""


def words_of(run: str, min_length: int, rule: Rule) -> list[str]:
    """The words of a run of word characters and marks, in their normal form.

    Parameters
    ----------
    run : str
    min_length : int
        Characters of a word, at least, marks not counted; one Chinese character is enough.
    rule : {"marks", "characters"}

    Examples
    --------
    >>> words_of("cafe\u0301", 2, "marks"), words_of("abc北京", 2, "characters")
    (['café'], ['abc', '北', '京'])
    """
    normal = unicodedata.normalize("NFC", _unseen().sub("", run))
    parts = _pieces().findall(normal) if rule == "characters" else [normal]
    return [word for part in parts if _enough(word := part.strip(JOINERS), min_length)]


def regrouped(terms: pa.Array, min_length: int, rule: Rule) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Words of runs of word characters and marks.

    Parameters
    ----------
    terms : pyarrow array of large_string, shape (runs,)
    min_length : int
    rule : {"marks", "characters"}

    Returns
    -------
    words : pyarrow array of large_string, shape (words,)
        In order of appearance.
    codes : array of int32, shape (words of all runs,)
        Numbers of the words, run by run.
    firsts : array of int64, shape (runs + 1,)
        Where each run's words begin in ``codes``.
    """
    plain = pc.string_is_ascii(terms).to_numpy(zero_copy_only=False)
    parts = [
        [run] * (len(run) >= min_length) if same else words_of(run, min_length, rule)
        for run, same in zip(terms.to_pylist(), plain.tolist(), strict=True)
    ]
    flat = pa.array([word for some in parts for word in some], pa.large_string()).dictionary_encode()
    firsts = np.concatenate([[0], np.cumsum([len(some) for some in parts], dtype="int64")])
    return flat.dictionary, flat.indices.to_numpy(), firsts.astype("int64")


def choose(terms: pa.Array, counts: np.ndarray) -> tuple[Rule, str]:
    """A rule for words that are told by ``marks``, and what is to be said of it.

    Parameters
    ----------
    terms : pyarrow array of large_string, shape (words,)
    counts : array of int, shape (words,)
        How often each occurs.

    Returns
    -------
    rule : {"marks", "characters"}
    reason : str
        Empty where there is nothing to tell.

    Examples
    --------
    >>> choose(pa.array(["我们在北京学习", "a"], pa.large_string()), np.array([2, 9]))[0]
    'characters'
    """
    rule, told = _chinese(*_mean_length(terms, counts, HAN))
    for name, script in UNCUT.items():
        runs, mean = _mean_length(terms, counts, script)
        if runs and mean > 3 * RUN:
            told += [
                f"{name} is not cut, and its runs have {mean:.0f} characters: put blanks between its words"
            ]
    return rule, "; ".join(told)


def _chinese(runs: int, mean: float) -> tuple[Rule, list[str]]:
    if not runs:
        return "marks", []
    told = f"the {runs:,} runs with Chinese characters have {mean:.1f} characters in the mean"
    if mean > RUN:
        return "characters", [f"a Chinese character is one, as {told} (--token-rule marks keeps the runs)"]
    return "marks", [f"blanks part Chinese ones, as {told} (--token-rule characters cuts them)"]


def _mean_length(terms: pa.Array, counts: np.ndarray, script: str) -> tuple[int, float]:
    """How many runs hold characters of a script, and their mean length."""
    single = pc.invert(pc.match_substring(terms, " "))  # of n-grams too, words by themselves
    here = pc.and_(pc.match_substring_regex(terms, f"[{script}]"), single).to_numpy(zero_copy_only=False)
    runs = int(counts[here].sum())
    lengths = pc.utf8_length(terms).to_numpy()[here]
    return runs, float(counts[here] @ lengths) / max(runs, 1)


def _enough(word: str, min_length: int) -> bool:
    characters = len(_marks().sub("", word))
    return characters >= min_length or (characters > 0 and _han().search(word) is not None)


@functools.cache
def _pieces() -> re.Pattern[str]:
    return re.compile(rf"[{HAN}][{continuing()}]*|[^{HAN}]+")


@functools.cache
def _marks() -> re.Pattern[str]:
    return re.compile(f"[{continuing()}]")


@functools.cache
def _han() -> re.Pattern[str]:
    return re.compile(f"[{HAN}]")


@functools.cache
def _unseen() -> re.Pattern[str]:
    return re.compile(f"[{UNSEEN}]")
