"""Tags in the letters and forms that people write them in, as O, or B, I, E or S, a hyphen and a type."""

import re
from collections import Counter
from pathlib import Path

import pyarrow as pa

from etl.records import Choice, record

LETTERS = dict(zip("BIESLUMW", "BIESESIS", strict=True))
"""Of BIOES, BILOU (last, unit), BMES (middle) and BMEWO (whole), as BIOES has them."""
PREFIX = re.compile(r"([A-Za-z])[-_:/](.+)")
SUFFIX = re.compile(r"(.+)[-_:/]([A-Za-z])")
OUTSIDE = ("O", "o", "0")
MOST = 100
"""Types of a file whose tags are types alone; more are words, or numbers."""


def standard(tags: pa.Array, path: Path) -> pa.Array:
    """Tags in the standard form, null where that is not known; what is read otherwise is told.

    Most tags that are not O say which form the file has: letter and type (``B-PER``, ``b_per``, ``U-LOC``),
    type and letter (``PER-B``), the letter alone, or the type alone beside O.

    Parameters
    ----------
    tags : pyarrow array of large_string, shape (tokens,)
        Null or empty where there is none.
    path : Path
        For what is told.

    Examples
    --------
    >>> standard(pa.array(["B_PER", "L_PER", "o", "X-PER"]), Path("few.conll")).to_pylist()
    ['B-PER', 'E-PER', 'O', None]
    >>> standard(pa.array(["PER", "O"]), Path("few.conll")).to_pylist()
    ['I-PER', 'O']
    """
    coded = tags.dictionary_encode()
    names = coded.dictionary.to_pylist()
    counts = Counter(
        {
            names[row["values"]]: row["counts"]
            for row in coded.indices.value_counts().to_pylist()
            if row["values"] is not None
        }
    )
    found = [_standard(name, _form(counts), counts) for name in names]
    _tell(path, names, found)
    return pa.array(found, pa.large_string()).take(coded.indices)


def why_not(tag: str) -> str:
    """Why a tag is not read, and the remedy."""
    if not tag:
        return "it has a word and no tag"
    letter, kind = _halves(PREFIX, tag) or ("", "")
    if letter and kind in OUTSIDE:
        return f"tag {tag!r} is of a type called {kind}; write O where no name is meant"
    return (
        f"tag {tag!r} is none of O, B-, I-, E-, S-, nor of BILOU, of BMES, or a type alone beside O; mend "
        "it, or name the columns of words and tags with --columns"
    )


def _halves(pattern: re.Pattern[str], name: str) -> tuple[str, str] | None:
    """Letter of BIOES, and type."""
    if not (match := pattern.fullmatch(name)):
        return None
    letter, kind = match.groups() if pattern is PREFIX else reversed(match.groups())
    return (LETTERS[letter.upper()], kind.strip()) if letter.upper() in LETTERS else None


def _form(counts: Counter[str]) -> str:
    inside = {name: count for name, count in counts.items() if name and name not in OUTSIDE}
    half = sum(inside.values()) / 2
    for form, pattern in (("prefix", PREFIX), ("suffix", SUFFIX)):
        if half <= sum(count for name, count in inside.items() if _halves(pattern, name)):
            return form
    if all(name.upper() in LETTERS for name in inside):
        return "letter"
    return "type" if len(inside) <= MOST and any(name in counts for name in OUTSIDE) else "prefix"


def _standard(name: str | None, form: str, counts: Counter[str]) -> str | None:
    if name in ("O", "o") or (name == "0" and not {"O", "o"} & counts.keys()):
        return "O"
    if not name:
        return None
    if form == "letter":
        return f"{LETTERS[name.upper()]}-_"
    if form == "type":
        return None if PREFIX.fullmatch(name) and len(name) > 1 else f"I-{name}"
    halves = _halves(SUFFIX if form == "suffix" else PREFIX, name)
    return f"{halves[0]}-{halves[1]}" if halves and halves[1] and halves[1] not in OUTSIDE else None


def _tell(path: Path, names: list[str | None], found: list[str | None]) -> None:
    other = [f"{a} as {b}" for a, b in zip(names, found, strict=True) if b is not None and a != b]
    if other:
        more = " ..." if len(other) > 3 else ""
        record(Choice(reason=f"{path}: tags are read in the standard form, {', '.join(other[:3])}{more}"))
    kinds = sorted({name[2:] for name in found if name not in (None, "O")})
    folded = Counter(kind.casefold() for kind in kinds)
    alike = [kind for kind in kinds if folded[kind.casefold()] > 1]
    if alike:
        record(Choice(reason=f"{path}: types {', '.join(alike)} differ in case only, and stay apart"))
