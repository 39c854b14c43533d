"""Tagged sentences of a file, in the form that its name tells, or of all such files of a directory."""

from pathlib import Path

from etl.conll import corpus, gmb, read
from etl.conll.corpus import Corpus

FORMS = (".conll", ".iob2", ".csv", ".zip")
"""Files that are read of a directory."""


def sentences(path: Path, columns: tuple[int, int] = (0, -1), encoding: str = "cp1252") -> Corpus:
    """Read sentences.

    Parameters
    ----------
    path : Path
        CoNLL columns, ``.iob2`` of Universal NER, the GMB's ``.csv`` or ``.zip``, or a directory of these.
    columns : tuple of int
        Columns of the word and the tag in CoNLL's form, from 0 or, negative, from the end.
    encoding : str
        Of the GMB's csv; the other forms are UTF-8.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file cannot be read, or holds no tagged span.
    """
    if path.is_dir():
        return corpus.concat([sentences(part, columns, encoding) for part in _parts(path)])
    if path.suffix in (".zip", ".csv"):
        found = gmb.gmb(path, encoding)
    else:
        found = read.iob2(path) if path.suffix == ".iob2" else read.conll(path, *columns)
    if found.names == ("O",):
        raise ValueError(f"{path} holds no tag but O; name its columns of words and tags with --columns")
    return found


def _parts(folder: Path) -> list[Path]:
    parts = sorted(part for part in folder.iterdir() if part.suffix in FORMS)
    if not parts:
        raise FileNotFoundError(f"{folder} holds no file that ends in {', '.join(FORMS)}; name one")
    return parts
