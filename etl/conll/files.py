"""Tagged sentences of a file, in the form that its name tells, or of all such files of a directory."""

from collections.abc import Iterable
from pathlib import Path

from etl.conll import corpus, gmb, marked, read
from etl.conll.corpus import Corpus
from etl.records import Choice, record
from etl.tables.parts import Part, listed

FORMS = (".conll", ".iob2", ".csv", ".tsv", ".txt", ".bio", ".iob", ".jsonl", ".json")
"""Files that are read of a directory or a zip file, packed or not."""
ASIDE = ("readme", "license", "licence", "changelog")
"""Beginnings of names of files that are about the others."""
START = 1 << 12


def sentences(path: Path, columns: tuple[int, int] = (0, -1), encoding: str | None = None) -> Corpus:
    """Read sentences.

    Parameters
    ----------
    path : Path
        CoNLL columns, ``.iob2`` of Universal NER, the GMB's ``.csv``, JSON of doccano, Label Studio or
        Prodigy, a zip file or directory of these.
    columns : tuple of int
        Columns of the word and the tag in CoNLL's form, from 0 or, negative, from the end.
    encoding : str, optional
        By default UTF-8.

    Raises
    ------
    FileNotFoundError
    ValueError
        A file cannot be read, two hold the same data, or one holds no tagged span.
    """
    found = parts(path)
    if len(found) > 1:
        names = ", ".join(part.name for part in found[:3]) + (" ..." if len(found) > 3 else "")
        record(
            Choice(
                reason=f"{path}: {len(found)} files are read as one set, {names}; to keep them apart, name "
                "one with --data and one with --test"
            )
        )
    return corpus.concat([_one(part, columns, encoding) for part in found])


def parts(path: Path) -> list[Part]:
    """Files of tagged sentences of a path; see `sentences`."""
    found = listed(path, FORMS, "tagged sentences")
    if not path.is_dir():
        return found
    about = [part for part in found if part.name.lower().startswith(ASIDE)]
    if about:
        record(
            Choice(reason=f"{path}: {', '.join(map(str, _names(about)))} passed over, by name about the rest")
        )
    if len(about) == len(found):
        raise FileNotFoundError(
            f"{path} holds no file of tagged sentences; give some that end in {', '.join(FORMS)}"
        )
    return [part for part in found if part not in about]


def _names(found: Iterable[Part]) -> list[str]:
    return [part.name for part in found]


def _one(part: Part, columns: tuple[int, int], encoding: str | None) -> Corpus:
    if part.kind in (".jsonl", ".json"):
        found = marked.marked(part, encoding)
    elif part.kind == ".csv" or is_gmb(part):
        found = gmb.gmb(part, encoding)
    else:
        found = read.iob2(part, encoding) if part.kind == ".iob2" else read.conll(part, *columns, encoding)
    if found.names == ("O",):
        raise ValueError(f"{part} holds no tag but O; name its columns of words and tags with --columns")
    return found


def is_gmb(part: Part) -> bool:
    """Whether a file begins with the GMB's line of names, whatever its own name is."""
    with part.open() as file:
        return gmb.COLUMNS[0].encode() in file.read(START).split(b"\n")[0]
