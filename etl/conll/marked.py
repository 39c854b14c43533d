"""Sentences whose names are marked by places in a text: JSON of doccano, Label Studio and Prodigy."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pyarrow as pa

from etl.conll.corpus import Corpus, build
from etl.conll.plain import cut
from etl.conll.rejected import reject_lines
from etl.records import Choice, record
from etl.tables.decode import blocks
from etl.tables.parts import Part

WANTED = (
    "give doccano's JSONL (text, and label of [begin, end, type]), Label Studio's JSON (data and "
    "annotations, or JSON-MIN), or Prodigy's JSONL (text and spans)"
)
Span = tuple[int, int, str]
Item = dict[str, object]
Mark = Sequence[int | str] | Item | str


@dataclass(frozen=True)
class _Text:
    """A text, its marked spans and, where the file has them, its words by begin and end."""

    text: str
    spans: list[Span]
    words: list[tuple[int, int]] = field(default_factory=list)
    id: str | None = None


def marked(path: Path | Part, encoding: str | None = None) -> Corpus:
    """Sentences of texts with marked names, tagged in BIO.

    Words are those that the file tells, or cut as plain text is, and at the ends of marks. A text whose marks
    overlap, leave it or cut a told word is set aside. One that was skipped, or whose answer is not "accept",
    is left out and counted.

    Parameters
    ----------
    path : Path or Part
        ``.jsonl``, or ``.json`` with a list.
    encoding : str, optional
        By default UTF-8.

    Raises
    ------
    ValueError
        It is no JSON, of no form that is known, or more than 1 % of texts cannot be read.
    """
    part = path if isinstance(path, Part) else Part(path)
    name = Path(str(part))
    text = b"".join(blocks(part, encoding)).decode()
    faults: dict[int, str] = {}
    words, tags, numbers, ids = list[str](), list[str](), list[int](), list[str | None]()
    total = skipped = 0
    for line, item in _items(name, text):
        total += 1
        try:
            if (found := _text(item)) is None:
                skipped += 1
                continue
            pairs = list(_tagged(found))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            faults[line] = str(error) if type(error) is ValueError else WANTED
            continue
        if pairs:
            ids.append(found.id)
            numbers += [len(ids) - 1] * len(pairs)
            words += [word for word, _ in pairs]
            tags += [tag for _, tag in pairs]
    if skipped:
        record(
            Choice(reason=f"{name}: {skipped:,} texts were skipped or rejected by people, and are left out")
        )
    reject_lines(name, faults, total, WANTED, len(faults), len(ids))
    return build(words, tags, numbers, pa.array(ids, pa.large_string()) if None not in ids else None)


def _items(name: Path, text: str) -> Iterator[tuple[int, Item]]:
    """Line, or place in a list, from 1, and what is there."""
    if text.lstrip().startswith("["):
        try:
            yield from enumerate(json.loads(text), 1)
        except ValueError as error:
            raise ValueError(f"{name} is no JSON ({error}); export it again") from error
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise ValueError(f"{name}, line {number}, is no JSON ({error}); {WANTED}") from error


def _text(item: Item) -> _Text | None:
    """The text of any form, or None where a person passed it over."""
    if item.get("answer", "accept") != "accept":
        return None
    data = cast(Item, item.get("data", item))
    text = data.get("text")
    if not isinstance(text, str):
        raise ValueError(f"it holds no text, but {', '.join(item)}; {WANTED}")
    known = str(item["id"]) if "id" in item else None
    if "annotations" in item:
        results = [one for one in cast(list[Item], item["annotations"]) if not one.get("was_cancelled")]
        if not results:
            return None
        if len(results) > 1:
            raise ValueError(f"{len(results)} people annotated it; export one annotation a task")
        spans = [_studio(one, text) for one in cast(list[Item], results[0]["result"]) if "value" in one]
        return _Text(text, [span for span in spans if span], [], known)
    key = next((key for key in ("spans", "entities", "label", "labels") if key in item), None)
    if key is None:
        raise ValueError(f"it holds a text and no marks, but {', '.join(item)}; {WANTED}")
    words = [(int(t["start"]), int(t["end"])) for t in cast(list[dict[str, int]], item.get("tokens") or [])]
    return _Text(text, [_span(mark, text) for mark in cast(list[Mark], item[key] or [])], words, known)


def _span(mark: Mark, text: str) -> Span:
    """A mark as a list, or an object of Prodigy, doccano or Label Studio's JSON-MIN."""
    if isinstance(mark, Sequence) and not isinstance(mark, str) and len(mark) == 3:
        return int(mark[0]), int(mark[1]), str(mark[2])
    if not isinstance(mark, dict):
        raise ValueError(f"mark {mark!r} is no [begin, end, type]; {WANTED}")
    if "labels" in mark:
        return cast(Span, _studio({"value": mark}, text))
    begin, end = (mark[k] if k in mark else mark[f"{k}_offset"] for k in ("start", "end"))
    return int(cast(int, begin)), int(cast(int, end)), str(mark["label"])


def _studio(result: Item, text: str) -> Span | None:
    """A mark of Label Studio, whose places count UTF-16's units."""
    value = cast(Item, result["value"])
    if "labels" not in value:
        return None
    kinds = cast(list[str], value["labels"])
    if len(kinds) != 1:
        raise ValueError(f"a mark has {len(kinds)} types, {', '.join(kinds)}; leave one")
    coded = text.encode("utf-16-le")
    begin, end = (len(coded[: 2 * int(cast(int, value[k]))].decode("utf-16-le")) for k in ("start", "end"))
    if "text" in value and text[begin:end] != value["text"]:
        raise ValueError(f"{value['text']!r} is not where its mark says, which holds {text[begin:end]!r}")
    return begin, end, kinds[0]


def _tagged(found: _Text) -> Iterator[tuple[str, str]]:
    """Words with tags."""
    spans = sorted(found.spans)
    _check(spans, found.text)
    at = 0
    for begin, end, kind in [*spans, (len(found.text), len(found.text), "")]:
        for word in _words(found, at, begin):
            yield word, "O"
        for number, word in enumerate(_words(found, begin, end)):
            yield word, f"{'I' if number else 'B'}-{kind}"
        at = end


def _check(spans: list[Span], text: str) -> None:
    before = 0
    for begin, end, kind in spans:
        if not 0 <= begin < end <= len(text) or not text[begin:end].strip():
            raise ValueError(f"mark {begin} to {end} holds no word of a text of {len(text)} characters")
        if begin < before:
            raise ValueError(f"marks overlap at character {begin}; a word has one tag, so leave one of them")
        if not kind.strip():
            raise ValueError(f"mark {begin} to {end} has no type")
        before = end


def _words(found: _Text, begin: int, end: int) -> list[str]:
    if not found.words:
        return cut(found.text[begin:end])
    inside = [(a, b) for a, b in found.words if a < end and b > begin]
    if any(a < begin or b > end for a, b in inside):
        raise ValueError(f"a mark or its end at {begin} to {end} cuts a word; mark whole words")
    return [found.text[a:b] for a, b in inside if found.text[a:b].strip()]
