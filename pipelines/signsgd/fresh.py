"""New images and lines as arrays, from files and frames; what cannot be read is told."""

from pathlib import Path

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array, Frame
from etl.files import reading
from etl.handoff import from_arrow, from_host, to_arrow
from etl.handoff.columns import matrix
from etl.records import Choice, Rejected, record
from etl.tables import npz
from etl.tables.decode import blocks
from etl.tables.parts import Part
from etl.tables.read import Column, read


def pixels(data: Frame | Path, side: int, scale: tuple[float, float], engine: Engine) -> Array:
    """Images as in training, float32 (n, side, side).

    Parameters
    ----------
    data : Path or DataFrame
        An .npz file with an array ``x`` of shape (n, side, side); or a table with columns ``pixel_0_0``,
        ``pixel_0_1`` and so on, by row and column, as those of scikit-learn's digits.
    side : int
    scale : tuple of float
        What pixels of bytes, and of other types, are divided by.
    engine : Engine

    Raises
    ------
    ValueError
        Images are of another shape, a column is missing, or a pixel is no number.
    """
    if isinstance(data, Path) and data.suffix == ".npz":
        x = _array(data, side)
        return from_host(npz.finite(x / np.float32(scale[x.dtype != np.uint8]), data), engine)
    names = [f"pixel_{row}_{column}" for row in range(side) for column in range(side)]
    if isinstance(data, Path):
        data = from_arrow(read(data, [Column(name, "number") for name in names], "images"), engine)
    if lacking := [name for name in names if name not in data.columns]:
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        raise ValueError(f"there is no column {', '.join(lacking[:3])}{more}; give a pixel a column")
    is_bytes = all(str(data[name].dtype) == "uint8" for name in names)
    X = matrix(data, names) / np.float32(scale[not is_bytes])
    if len(X) and not bool(np.isfinite(X.sum())):
        raise ValueError("a pixel is missing or not finite; fill it, or drop its row")
    return X.reshape(len(X), side, side)


def _array(path: Path, side: int) -> np.ndarray:
    with reading(path, "an .npz file with an array x", *npz.WRONG, KeyError), np.load(path) as held:
        x = held["x"]
    if x.ndim != 3 or x.shape[1:] != (side, side) or x.dtype.kind not in "biuf":
        raise ValueError(f"{path}: x is {x.dtype} of shape {x.shape}; give numbers of (n, {side}, {side})")
    if not len(x):
        raise ValueError(f"{path}: x holds no image; give one at least")
    return x


def text(path: Path, encoding: str | None) -> str:
    """A whole text, with line feeds alone at the ends of lines."""
    whole = b"".join(blocks(Part(path), encoding)).decode()
    return whole.replace("\r\n", "\n").replace("\r", "\n")


def lines(data: Frame | Path, encoding: str | None) -> list[str]:
    """Lines of a text, or of a frame's column ``text``."""
    if isinstance(data, Path):
        return text(data, encoding).removesuffix("\n").split("\n")
    if "text" not in data.columns:
        raise ValueError("there is no column text; give one with a line a row")
    return [line or "" for line in to_arrow(data[["text"]])["text"].to_pylist()]


def contexts(
    lines: list[str], alphabet: list[str], window: int, data: Frame | Path
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The last characters of lines: numbers of lines from 1, codes padded on the right, and lengths.

    Characters that are not of the alphabet are passed over and counted; a line without any other is set
    aside.

    Parameters
    ----------
    lines : list of str
    alphabet : list of str
    window : int
        One more than the characters that are read.
    data : Path or DataFrame
        For messages.

    Raises
    ------
    ValueError
        No line holds a known character.
    """
    code = {character: place for place, character in enumerate(alphabet)}
    known = [[code[c] for c in line if c in code] for line in lines]
    name = str(data) if isinstance(data, Path) else "the frame"
    total, odd = sum(map(len, lines)), sum(map(len, lines)) - sum(map(len, known))
    if odd:
        record(Choice(reason=f"characters: {odd:,} of {total:,} were not in training, and are passed over"))
    kept = [row for row, codes in enumerate(known) if codes]
    for row in sorted(set(range(len(lines))) - set(kept)):
        record(Rejected(file=name, line=row + 1, reason="the line holds no character of training"))
    if not kept:
        raise ValueError(f"{name} holds no character of training; give text of the kind that was learnt")
    last = [known[row][1 - window :] for row in kept]
    lengths = np.array(list(map(len, last)))
    codes = np.zeros((len(last), window - 1), "int64")
    for row, found in enumerate(last):
        codes[row, : len(found)] = found
    return np.array(kept) + 1, codes, lengths
