"""Corpora that taggers are trained and judged on, the same for all."""

import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from etl.conll.corpus import Corpus
from etl.conll.read import conll
from etl.conll.schemes import Spans, spans, tag_names, types

FILES = {"train": "wnut17train.conll", "test": "emerging.test.annotated"}


class Both(NamedTuple):
    """Sentences to learn from and to be judged on, their tags coded alike."""

    train: Corpus
    test: Corpus


def load(data: str) -> Both:
    """WNUT-17 from its folder."""
    train, test = (conll(Path(data) / FILES[part]) for part in ("train", "test"))
    return Both(train, test.named(train.names))


def kinds(corpus: Corpus) -> tuple[str, ...]:
    """Names of tags in BIOES."""
    return tag_names(types(corpus.names))


def found_spans(corpus: Corpus) -> Spans:
    """Spans of its tags."""
    return spans(corpus.tags, corpus.starts, corpus.names, "conlleval")


def timed(action: Any) -> tuple[Any, float]:
    """What it returns, and its core-seconds in this process."""
    began = time.process_time()
    return action(), time.process_time() - began


def result(both: Both, spans: Spans, seconds: dict[str, float], parameters: int, epochs: int) -> Any:
    """Tokens a core-second and F1."""
    true, own = (
        set(zip(*(np.asarray(part).tolist() for part in s), strict=True))
        for s in (found_spans(both.test), spans)
    )
    f1 = 2 * len(true & own) / (len(true) + len(own))
    rates = {
        "train_tokens_s": round(both.train.tokens * epochs / seconds["train"]),
        "decode_tokens_s": round(both.test.tokens / seconds["decode"]),
    }
    return {"parameters": parameters, "epochs": epochs, "f1": round(f1, 4)} | rates


def digest(result: Any) -> Any:
    """The result as it is: two networks need not agree."""
    return dict(result)
