"""UCI's published bags of words, by name: found in a folder, and checked against what was published.

Source: D. Newman, "Bag of Words", UCI Machine Learning Repository, 2008, data set 164.
Nothing is downloaded here: where a file is missing, the error says which to get, and from where.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from etl.engine import Engine
from etl.engine.types import Csr
from etl.executors import Executor
from etl.pieces import Pieces
from etl.text import read
from etl.text import uci as files
from etl.text.uci import Header

PAGE = "https://archive.ics.uci.edu/dataset/164/bag+of+words"
SIZES = {
    "kos": Header(3_430, 6_906, 353_160),
    "nips": Header(1_500, 12_419, 746_316),
    "enron": Header(39_861, 28_102, 3_710_420),
    "nytimes": Header(300_000, 102_660, 69_679_427),
    "pubmed": Header(8_200_000, 141_043, 483_450_157),
}
"""Documents, words, and pairs of them that occur."""
SUMS = "SHA256SUMS"


def uci(name: str, folder: Path, engine: Engine) -> tuple[Csr, pa.Array]:
    """Counts and words of a published collection, whole.

    Parameters
    ----------
    name : {"kos", "nips", "enron", "nytimes", "pubmed"}
    folder : Path
        Directory of ``docword.NAME.txt.gz`` (or unpacked, ``.txt``) and ``vocab.NAME.txt``. Where it holds a
        file ``SHA256SUMS``, as ``sha256sum`` writes it, the files are checked against it. UCI publishes no
        such sums, and none are known here: write your own with `write_sums` when you trust your copy.
    engine : Engine
        Where the counts are held.

    Returns
    -------
    counts : csr_matrix of int32 (CuPy's of float32 on a device), shape (documents, words)
    terms : pyarrow array of large_string, shape (words,)

    Raises
    ------
    FileNotFoundError
        A file is missing: the message says where to get it, and where to put it.
    ValueError
        The name is not known, or sizes or checksums are not as they should be.
    """
    docword, vocab = find(name, folder)
    return read.counts(docword, engine, "uci"), files.terms(vocab, SIZES[name].words)


def uci_pieces(
    name: str,
    folder: Path,
    engine: Engine,
    scratch: Path | None = None,
    size: int = read.SIZE,
    executor: Executor | None = None,
) -> tuple[Pieces, pa.Array]:
    """Counts of a published collection as `Pieces`, and its words.

    Parameters
    ----------
    name, folder, engine
        See `uci`.
    scratch, size, executor
        See `etl.text.read.pieces`.

    Returns
    -------
    pieces : Pieces of csr_matrix, shape (documents of the piece, words)
    terms : pyarrow array of large_string, shape (words,)

    Raises
    ------
    FileNotFoundError, ValueError
        See `uci`.
    """
    docword, vocab = find(name, folder)
    words = files.terms(vocab, SIZES[name].words)
    return read.pieces(docword, engine, scratch, "uci", size, executor=executor), words


def find(name: str, folder: Path) -> tuple[Path, Path]:
    """The two files of a collection, whose header and checksums are as they should be.

    Parameters
    ----------
    name, folder
        See `uci`.

    Returns
    -------
    docword, vocab : Path
        Packed, if the packed file is there, and the words.

    Raises
    ------
    FileNotFoundError, ValueError
        See `uci`.
    """
    if name not in SIZES:
        raise ValueError(f"{name!r} is no collection of UCI's; it must be one of {', '.join(SIZES)}")
    vocab = folder / f"vocab.{name}.txt"
    packed, plain = folder / f"docword.{name}.txt.gz", folder / f"docword.{name}.txt"
    docword = plain if plain.exists() and not packed.exists() else packed
    for path in (docword, vocab):
        if not path.exists():
            raise FileNotFoundError(
                f'{path} does not exist. Download {path.name} from UCI\'s page "Bag of Words", {PAGE}, '
                f"and put it into {folder.absolute()}"
            )
    found = files.header(docword)
    if found != SIZES[name]:
        raise ValueError(
            f"{docword}, lines 1 to 3: {' '.join(map(str, found))} (documents, words, lines that follow); "
            f"published were {' '.join(map(str, SIZES[name]))}: this is another file, or it is damaged"
        )
    verify([docword, vocab])
    return docword, vocab


def verify(paths: Sequence[Path]) -> list[Path]:
    """Check files against ``SHA256SUMS`` beside them; return those for which it has a line.

    Raises
    ------
    ValueError
        A file is not the one that was summed.
    """
    checked = []
    for path in paths:
        known = _sums(path.parent / SUMS).get(path.name)
        if known is None:
            continue
        found = _sha256(path)
        if found != known:
            raise ValueError(
                f"{path} has the SHA-256 sum {found}; {SUMS} beside it says {known}: "
                "get the file again, or remove that line if the file is meant to differ"
            )
        checked.append(path)
    return checked


def write_sums(paths: Sequence[Path]) -> None:
    """Write or renew the lines of these files in ``SHA256SUMS`` beside them."""
    for path in paths:
        target = path.parent / SUMS
        sums = {**_sums(target), path.name: _sha256(path)}
        target.write_text("".join(f"{value}  {name}\n" for name, value in sorted(sums.items())))


def _sums(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], 1):
        value, _, name = line.partition(" ")
        if len(value) != 64 or not name.strip():
            raise ValueError(f"{path}, line {number}: {line!r} should be a SHA-256 sum, blanks, and a name")
        found[name.strip().removeprefix("*")] = value.lower()
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
