"""A hierarchy from whatever holds one, and why it was read so."""

from pathlib import Path

from etl.hierarchy import dotted, folders, pairs, table, wordnet
from etl.hierarchy.forms import normal
from etl.hierarchy.lines import Asked, narrowed
from etl.hierarchy.tree import Hierarchy

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")


def read(path: Path, classes: Asked | None = None) -> tuple[Hierarchy, str]:
    """Read a hierarchy.

    Parameters
    ----------
    path : Path
        WordNet's folder or its ``data.noun``, a table (``.csv``, ``.tsv``, also ``.gz``), a directory of
        directories, or a text file with a dotted name, a path, or the ids of a parent and its child a line.
    classes : path or sequence of str, optional
        A file with an id a line, or the ids. By default the leaves, or ``wnids.txt`` beside ``data.noun``.

    Returns
    -------
    hierarchy : Hierarchy
    reason : str
        Why it was read so.

    Raises
    ------
    FileNotFoundError
    ValueError
        It cannot be read; see the readers of this package.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist; give a folder with data.noun (dict in WordNet 3.0's archive), a table "
            "(.csv, .tsv), a directory of directories, or a text file of dotted names"
        )
    folder = path.parent if path.name in wordnet.NAMES else path
    if nouns := [name for name in wordnet.NAMES if (folder / name).is_file()]:
        return wordnet.read(folder, classes), f"{nouns[0]} is there, so it is WordNet"
    if path.name.endswith(TABLES) and path.is_file():
        return table.read(path, classes), f"{path.name} is a table by its name, so it holds parents"
    if path.is_dir():
        found = normal(folders.read(path))
        reason = f"{path.name} is a folder without data.noun, so its folders are nodes"
    elif pairs.is_pairs(path):
        found = pairs.read(path)
        reason = f"{path.name} holds two ids a line, so it holds a parent and its child"
    else:
        found, reason = dotted.read(path), f"{path.name} is neither table nor directory, so it holds names"
    return (found if classes is None else narrowed(found, classes, path)), reason
