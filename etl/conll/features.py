"""Hand-made features of words and their neighbours: what a shallow tagger is given."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl.conll.corpus import Corpus
from etl.conll.spelling import joined, of_words

BEFORE, AFTER = "<s>", "</s>"
"""What stands for the words beside a sentence."""
Column = tuple[np.ndarray, np.ndarray]
"""Lists of features, object, and which of them each token has, int64."""


@dataclass(frozen=True)
class Templates:
    r"""Which features there are.

    A feature is a text: a place beside the token, a name, and a value. Names are

    - ``word``, and ``lower``, the word in lower case;
    - ``prefix`` and ``suffix``, of so many characters at most, where the word is as long;
    - ``shape``, each capital as X, each small letter as x, each digit as d and each letter without case as c,
      and ``short``, the shape with runs of each of these as one;
    - the names in `etl.conll.spelling.FLAGS`, without a value;
    - ``has``, each character of the word, if asked for;
    - ``pair``, a word and the next, once with each token of both;
    - ``class``, what the caller says of the token.

    Places are 0, -1, +1 and so on. Beside a sentence stand ``<s>`` and ``</s>``, which have no other feature.
    Sources: Ratinov and Roth, "Design challenges and misconceptions in named entity recognition", CoNLL 2009;
    Okazaki, "CRFsuite", 2007; Chen, Peng, Shan and Sun, "Chinese named entity recognition with conditional
    probabilistic models", SIGHAN 2006, for characters.

    Attributes
    ----------
    window : int
        Neighbours on each side.
    affixes : int
        Longest prefix and suffix of the word.
    around : int
        Longest prefix and suffix of neighbours: they cost more time than they are usually worth.
    characters : bool
        Whether each character is a feature, which suits a script with many, such as Chinese.

    Raises
    ------
    ValueError
        A number is below 0.

    Examples
    --------
    >>> from etl.conll.corpus import build
    >>> few = Templates(window=1, affixes=1)
    >>> list(few.items(build(["In", "Rome"], ["O", "B-LOC"], [0, 0])))[0][1]  # doctest: +NORMALIZE_WHITESPACE
    ['0word=Rome', '0lower=rome', '0prefix=R', '0suffix=e', '0shape=Xxxx', '0short=Xx', '0capital',
     '-1word=In', '-1lower=in', '-1shape=Xx', '-1short=Xx', '-1capital', '+1</s>', '-pair=In Rome',
     '+pair=Rome </s>']
    """

    window: int = 2
    affixes: int = 4
    around: int = 0
    characters: bool = False

    def __post_init__(self) -> None:
        for name in ("window", "affixes", "around"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 0")

    def items(self, corpus: Corpus, classes: np.ndarray | None = None) -> Iterator[list[list[str]]]:
        """The features of each token, a sentence at a time.

        Parameters
        ----------
        corpus : Corpus
        classes : array of int, shape (tokens,) or (tokens, kinds), optional
            Such as the cluster of each word's vector, at several depths; -1 where there is none.

        Raises
        ------
        ValueError
            ``classes`` is no array of integers with a row a token.
        """
        words = corpus.words.dictionary_encode()
        spelt = words.dictionary
        codes = words.indices.to_numpy(zero_copy_only=False)
        columns = [
            self._placed(spelt, codes, corpus.starts, place)
            for place in sorted(range(-self.window, self.window + 1), key=abs)
        ]
        columns += _pairs(corpus) + _classes(classes, corpus, self.window)
        for begin, end in zip(corpus.starts[:-1].tolist(), corpus.starts[1:].tolist(), strict=True):
            rows = zip(*(values[at[begin:end]].tolist() for values, at in columns), strict=True)
            yield [[text for part in row for text in part] for row in rows]

    def _placed(self, spelt: pa.Array, codes: np.ndarray, starts: np.ndarray, place: int) -> Column:
        """Features of the words at this place beside each token; rows after those of words are the edges'."""
        sign = _sign(place)
        lists = _lists(of_words(spelt, self.around if place else self.affixes), sign)
        if self.characters:
            for row, word in enumerate(spelt.to_pylist()):
                lists[row] += [f"{sign}has={character}" for character in dict.fromkeys(word)]
        return _held([*lists, [sign + BEFORE], [sign + AFTER]]), _shifted(codes, starts, place, len(lists))


def _lists(features: dict[str, pa.Array], sign: str) -> list[list[str]]:
    """The features of each word that are not null, behind their place."""
    columns = [joined(sign, values).to_pylist() for values in features.values()]
    return [[text for text in row if text is not None] for row in zip(*columns, strict=True)]


def _held(lists: Iterable[list[str]]) -> np.ndarray:
    """Lists as one array of objects."""
    return np.fromiter(lists, object)


def _shifted(codes: np.ndarray, starts: np.ndarray, place: int, edge: int) -> np.ndarray:
    """Code of the token at a place beside each; ``edge`` before its sentence and one more after it."""
    lengths = np.diff(starts)
    at = np.arange(len(codes)) + place
    before, after = at < np.repeat(starts[:-1], lengths), at >= np.repeat(starts[1:], lengths)
    inside = codes.take(at, mode="clip") if len(codes) else codes
    return np.where(before, edge, np.where(after, edge + 1, inside))


def _pairs(corpus: Corpus) -> list[Column]:
    """The word before with the word, and the word with the next."""
    words = pa.concat_arrays([corpus.words, pa.array([BEFORE, AFTER], pa.large_string())])
    beside = [
        words.take(pa.array(_shifted(np.arange(corpus.tokens), corpus.starts, k, corpus.tokens)))
        for k in (-1, 0, 1)
    ]
    found = []
    for sign, one, other in zip("-+", beside, beside[1:], strict=False):
        pairs = joined(joined(f"{sign}pair=", one), other, between=" ").dictionary_encode()
        found.append((_held([pair] for pair in pairs.dictionary.to_pylist()), pairs.indices.to_numpy()))
    return found


def _classes(classes: np.ndarray | None, corpus: Corpus, window: int) -> list[Column]:
    """What the caller says of each token and of its neighbours; -1 gives no feature."""
    if classes is None:
        return []
    table = np.asarray(classes)
    if table.dtype.kind not in "iu" or table.ndim not in (1, 2) or len(table) != corpus.tokens:
        raise ValueError(
            f"classes is of {table.dtype} and shape {table.shape}; give integers, a row for each of "
            f"{corpus.tokens} tokens"
        )
    found = []
    for kind, column in enumerate(table.reshape(len(table), -1).T):
        values, codes = np.unique(column, return_inverse=True)
        for place in range(-window, window + 1):
            name = f"{_sign(place)}class{kind}="
            lists = [[f"{name}{value}"] if value >= 0 else [] for value in values.tolist()]
            at = _shifted(codes, corpus.starts, place, len(lists))
            found.append((_held([*lists, [], []]), at))
    return found


def _sign(place: int) -> str:
    return f"{place:+d}" if place else "0"
