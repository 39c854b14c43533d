"""Documents cut into tokens by what pandas and cuDF have in common, as is done on a device.

On a device cuDF's own tables of characters decide. They end at U+FFFF, so letters beyond, as of ancient
scripts and styled mathematics, part words there, where on the CPU they belong to them; and their lower case
does not look at what is around a letter, as Python's does of a capital sigma.
"""

import pyarrow as pa

from etl.conll.characters import HAN, continuing
from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Series
from etl.handoff import to_arrow
from etl.ids import tally


def tokenise(
    text: Series, lowercase: bool = True, min_length: int = 2, marked: bool = False
) -> tuple[Array, Array, pa.Array]:
    """The parts of `etl.text.tokens.Tokens`.

    Parameters
    ----------
    text : Series of str, shape (documents,)
    lowercase : bool
        Lower the case first.
    min_length : int
        Characters of a token, at least.
    marked : bool
        Marks go on with a word, and what may be a word is found: of two characters with marks, if
        ``min_length`` is two or more, or of one that is Chinese.

    Returns
    -------
    codes : array of int32, shape (tokens,)
    starts : array of int64, shape (documents + 1,)
    terms : pyarrow array of large_string, shape (words,)

    Raises
    ------
    ValueError
        A document is missing.
    """
    whole = _numbered(text)
    whole = whole.str.lower() if lowercase else whole
    found = whole.str.findall(_marked(min_length) if marked else rf"\w{{{min_length},}}").explode().dropna()
    return _coded(found, len(text))


def _marked(min_length: int) -> str:
    run = rf"\w[\w{continuing()}]"
    return rf"{run}+|[{HAN}]" if min_length > 1 else f"{run}*"


def listed(lists: Series) -> tuple[Array, Array, pa.Array]:
    """The same of documents that are lists of tokens, which are left as they are.

    Parameters
    ----------
    lists : Series of lists of str, shape (documents,)

    Raises
    ------
    ValueError
        A document is missing, or a token within one that has others.
    """
    found = _numbered(lists).explode()
    xp = array_namespace(found)
    document, missing = xp.asarray(found.index.values), xp.asarray(found.isna().values)
    # an empty list becomes one missing token
    alone = tally(document, len(lists))[document] == 1
    if count := int((missing & ~alone).sum()):
        raise ValueError(f"{count} tokens are missing; drop them from their lists")
    return _coded(found.dropna(), len(lists))


def _numbered(text: Series) -> Series:
    """The documents, none of them missing, by their numbers."""
    missing = int(text.isna().sum())
    if missing:
        raise ValueError(f"{missing} documents are missing; drop them, or fill them with the empty string")
    return text.reset_index(drop=True)


def _coded(found: Series, documents: int) -> tuple[Array, Array, pa.Array]:
    """Tokens, by the numbers of their documents, as `tokenise` returns them."""
    engine = engine_of(found)
    xp, (codes, terms) = engine.xp, found.factorize()
    lengths = tally(xp.asarray(found.index.values), documents)
    starts = xp.concatenate([xp.zeros(1, "int64"), xp.cumsum(lengths, dtype="int64")])
    column = to_arrow(engine.df.DataFrame({"term": terms}))["term"].combine_chunks()
    return xp.asarray(codes).astype("int32"), starts, column.cast(pa.large_string())
