"""The hypernyms of classes from WordNet's file of nouns.

Source: WordNet 3.0, ``wndb(5WN)``. Ids are those of ImageNet: ``n`` and the synset's offset.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from etl.hierarchy.lines import Asked, lines, named
from etl.hierarchy.tree import Hierarchy, built

NAMES = ("data.noun", "data.noun.gz")
HYPERNYM = ("@", "@i")
"""Pointers to what a synset is a kind of, and an instance of."""
_ID = re.compile(r"n[0-9]{8}")
_OFFSET = re.compile(r"[0-9]{8} ")


@dataclass(frozen=True)
class Synset:
    """Words and hypernyms (ids) of one line."""

    words: tuple[str, ...]
    hypernyms: tuple[str, ...]


def read(folder: Path, classes: Asked | None = None) -> Hierarchy:
    """All nodes above the classes.

    A title is a synset's first word, or all of its words where two nodes share the first.

    Parameters
    ----------
    folder : Path
        Holds ``data.noun`` or ``data.noun.gz``.
    classes : path or sequence of str, optional
        A file with an id such as ``n02124075`` a line, or the ids; by default ``wnids.txt`` of the folder.

    Raises
    ------
    FileNotFoundError
        There is no file of nouns, or no list of classes.
    ValueError
        An id is malformed or no synset's, the file is cut or damaged, or the classes are not such as
        `Hierarchy` takes.
    """
    path = file_of(folder)
    asked = named(folder / "wnids.txt" if classes is None else classes)
    for place, name in asked:
        if not _ID.fullmatch(name):
            raise ValueError(f"{place}: {name!r} is no id; one is n and eight digits, such as n02124075")
    found = _climb(path, asked)
    parents = {node: synset.hypernyms for node, synset in found.items() if synset.hypernyms}
    return built(path, [name for _, name in asked], parents, _titles(found))


def file_of(folder: Path) -> Path:
    """The file of nouns in a folder."""
    for name in NAMES:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{folder} holds neither {' nor '.join(NAMES)}; fetch WordNet 3.0's dict folder")


def _climb(path: Path, asked: list[tuple[str, str]]) -> dict[str, Synset]:
    """Synsets of the ids and of all above them; no other line is parsed."""
    held = _held(path)
    found: dict[str, Synset] = {}
    waiting = [(name, place) for place, name in reversed(asked)]
    while waiting:
        name, place = waiting.pop()
        if name in found:
            continue
        if name not in held:
            raise ValueError(
                f"{path} has no synset {name} ({place}); it may be cut, or of another version than the ids: "
                "ImageNet's are those of WordNet 3.0"
            )
        number, line = held[name]
        found[name] = parse(line, f"{path}, line {number}")
        waiting.extend((above, f"{path}, line {number}") for above in found[name].hypernyms)
    return found


def _held(path: Path) -> dict[str, tuple[int, str]]:
    """Number and text of each synset's line; the licence's lines begin with two blanks."""
    held: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines(path), 1):
        if _OFFSET.match(line):
            held["n" + line[:8]] = number, line
        elif not line.startswith("  ") and line.strip():
            raise ValueError(f"{path}, line {number}, begins with no offset of a synset; fetch it again")
    return held


def parse(line: str, place: str = "the line") -> Synset:
    """Words and hypernyms of a line.

    Parameters
    ----------
    line : str
        Of a file of nouns, as ``wndb(5WN)`` describes it.
    place : str
        File and number of the line, for errors.

    Raises
    ------
    ValueError
        It does not hold as many words and pointers as it says, or no gloss.

    Examples
    --------
    >>> parse("02124075 05 n 01 Egyptian_cat 0 001 @ 02121808 n 0000 | a domestic cat of Egypt")
    Synset(words=('Egyptian cat',), hypernyms=('n02121808',))
    """
    facts, bar, _ = line.partition(" | ")
    fields = facts.split()
    try:
        end = 4 + 2 * int(fields[3], 16)
        whole = bool(bar) and len(fields) == end + 1 + 4 * int(fields[end])
    except (IndexError, ValueError):
        whole = False
    if not whole:
        raise ValueError(f"{place}, is cut or damaged: {line[:40].rstrip()!r}...; fetch the file again")
    pointers = zip(fields[end + 1 :: 4], fields[end + 2 :: 4], strict=True)
    above = tuple(dict.fromkeys("n" + offset for kind, offset in pointers if kind in HYPERNYM))
    return Synset(tuple(word.replace("_", " ") for word in fields[4:end:2]), above)


def _titles(found: dict[str, Synset]) -> dict[str, str]:
    nodes = Counter(synset.words[0] for synset in found.values())
    return {
        node: ", ".join(synset.words) if nodes[synset.words[0]] > 1 else synset.words[0]
        for node, synset in found.items()
    }
