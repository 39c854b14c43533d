"""Tagged sentences to files: columns of CoNLL, or a JSON object a sentence."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from etl.conll.schemes import spans, types
from etl.engine.types import Frame


def conll(rows: Frame, path: Path) -> None:
    """Write word and tag, parted by a tab, and a blank line after each sentence.

    Parameters
    ----------
    rows : pandas DataFrame
        A row a word: ``sentence`` (from 0), ``word, tag``.
    path : Path
    """
    last = rows["sentence"].to_numpy() != np.append(rows["sentence"].to_numpy()[1:], -1)
    with path.open("w", encoding="utf-8") as file:
        for word, tag, ends in zip(rows["word"], rows["tag"], last.tolist(), strict=True):
            file.write(f"{word}\t{tag}\n\n" if ends else f"{word}\t{tag}\n")


def jsonl(rows: Frame, path: Path) -> None:
    """Write ``sentence``, its ``id`` where it has one, ``words``, ``tags``, ``spans``, a sentence a line.

    A span is its first word from 0, the one after its last, and its type, as in ``answers.jsonl``.

    Parameters
    ----------
    rows : pandas DataFrame
        A row a word: ``sentence, word, tag`` in IOB2; and ``id``, perhaps.
    path : Path
    """
    with path.open("w", encoding="utf-8") as file:
        for sentence, part in rows.groupby("sentence", sort=False):
            named = {"id": part["id"].iloc[0]} if "id" in part else {}
            tags = part["tag"].tolist()
            row = {"sentence": int(sentence), **named, "words": part["word"].tolist(), "tags": tags}
            file.write(json.dumps({**row, "spans": list(_spans(tags))}, ensure_ascii=False) + "\n")


def _spans(tags: list[str]) -> Iterator[tuple[int, int, str]]:
    names = list(dict.fromkeys(["O", *tags]))
    codes = np.array([names.index(tag) for tag in tags])
    found, kinds = spans(codes, np.array([0, len(tags)]), names, "IOB2"), types(names)
    for begin, end, kind in zip(found.begin.tolist(), found.end.tolist(), found.type.tolist(), strict=True):
        yield begin, end, kinds[kind]


WRITERS: Mapping[str, Callable[[Frame, Path], None]] = {".conll": conll, ".jsonl": jsonl}
"""By the ending of the file."""
