"""One matrix of features of all items, on the device, and the sparse words beside it."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine, engine_of
from etl.engine.types import Array, Csr, Frame
from etl.handoff import from_host, numbers, to_host
from etl.machine import device_memory, memory_limit
from etl.pieces import Pieces
from etl.text.count_vectorizer import CountVectorizer
from models.features.columns import ColumnFeatures
from models.features.text import TextFeatures
from models.topics.documents import keep
from pipelines.topics.corpus import stored
from pipelines.topics.data import Desk
from pipelines.trinity.features import Features, Words
from pipelines.trinity.items import Items

SMALL = 256 << 20
"""Bytes of texts and the work on them up to which pairs of words and characters are looked at too."""
SHARE = 0.5
"""Of the memory that is free, which texts and the work on them may take so that models read their words."""
LONG = 6_000
"""Bytes of a text and the work on it, in the mean, from which it is long: some 150 words."""
COMPONENTS = 100
SHORT = 12
"""Words of a text, in the mean, below which topics say little."""
MIN_DF = 5
"""Texts that a word is in, at least, where they are many."""
BLOCK = 1 << 16
"""Rows that are looked at together."""
DIRECTIONS = "words: models read their directions alone, as the texts are more than memory holds"


@dataclass
class Shaper:
    """How items are made features, learnt from all of them.

    Attributes
    ----------
    text : TextFeatures, optional
    rule : str
        What a word is.
    longest : int
        Words of a sequence, at most.
    columns : ColumnFeatures, optional
    width : int
        Columns of vectors.
    mean, scale : float64 arrays, shape (d,)
        Of the dense columns.
    names : list of str
        Of the dense columns.
    kept : list of int, optional
        The dense columns that models read; all by default.
    """

    text: TextFeatures | None = None
    rule: Any = "auto"
    longest: int = 1
    columns: ColumnFeatures | None = None
    width: int = 0
    mean: Any = field(default=None, repr=False)
    scale: Any = field(default=None, repr=False)
    names: list[str] = field(default_factory=list)
    kept: list[int] | None = None

    def fit_transform(self, items: Items, desk: Desk, topics: int, seed: int) -> Features:
        """Learn from all items, and give their features."""
        blocks, sparse = list[Array](), None
        if items.columns is not None:
            self.columns = ColumnFeatures().fit(items.columns)
            blocks.append(self.columns.transform(items.columns))
            self.names += self.columns.names
        if items.vectors is not None:
            blocks.append(_dense(items.vectors))
            self.width = blocks[-1].shape[1]
            self.names += [f"vector_{number}" for number in range(self.width)]
        if items.texts is not None:
            counts, terms = self._count(items, desk)
            self._learn(counts, terms, items, desk, topics, seed)
            fits = items.bytes <= SHARE * min(memory_limit().bytes, device_memory(desk.engine).bytes)
            if not fits:
                desk.say(DIRECTIONS)
            sparse, dense = self._texts(counts, terms, len(items), wants_sparse=fits)
            blocks.append(dense)
            assert self.text is not None
            self.names += self.text.names
        whole = _side_by_side(blocks)
        self.mean, self.scale = _moments(whole)
        return Features(self._standard(whole), self.names, sparse)

    def _count(self, items: Items, desk: Desk) -> tuple[Pieces, list[str]]:
        assert items.texts is not None
        is_small = items.bytes <= SMALL and items.bytes <= LONG * len(items)
        self.longest = 2 if is_small else 1
        model = CountVectorizer(ngram_range=(1, self.longest), min_df=1 if is_small else MIN_DF)
        texts = items.texts.map("text", _text)
        model.fit(texts)
        self.rule = model.rule_
        if model.choice_:
            desk.say(f"words: {model.choice_}")
        if not is_small:
            why = (
                "texts are many" if items.bytes > SMALL else "texts are long, so that their words tell enough"
            )
            desk.say(f"words: those in {MIN_DF} texts and more, without pairs and characters, as {why}")
        counts = model.transform(texts)
        held = keep(counts) if items.whole else stored(counts, desk.scratch, desk.engine)
        return held, model.terms_.to_pylist()

    def _learn(
        self, counts: Pieces, terms: list[str], items: Items, desk: Desk, topics: int, seed: int
    ) -> None:
        is_small = self.longest == 2
        lengths = sum(numbers(list(counts.map("lengths", _tokens)))) / max(1, len(items))
        lengths /= self.longest
        if topics and lengths < SHORT:
            desk.say(f"topics: none, as texts have {lengths:.1f} words in the mean, which tell few of them")
            topics = 0
        self.text = TextFeatures(
            COMPONENTS, topics, characters=is_small, min_df=2 if is_small else MIN_DF, random_state=seed
        )
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", UserWarning)
            self.text.fit(counts, terms, None if items.whole else desk.scratch)
        for warning in told:
            desk.say(f"topics: {str(warning.message).replace('n_components=', '--topics ')}")

    def _texts(
        self, counts: Pieces, terms: Sequence[str], texts: int, wants_sparse: bool
    ) -> tuple[Words | None, Array]:
        """Words where they are wanted, and the dense columns, which are never there twice."""
        assert self.text is not None
        whole, begin = None, 0
        for part in counts.map("directions", partial(self.text.dense, terms=terms)):
            if whole is None:
                whole = engine_of(part).xp.empty((texts, part.shape[1]), dtype="float32")
            whole[begin : begin + len(part)] = part
            begin += len(part)
        if not wants_sparse:
            return None, whole
        shape = (texts, len(self.text.terms_) + len(self.text.grams_))
        return Words(shape, counts, partial(self.text.sparse, terms=terms)), whole

    def _standard(self, whole: Array) -> Array:
        """Standard scores, in the place of the columns."""
        whole -= self.mean.astype("float32")
        whole /= self.scale.astype("float32")
        return whole

    def transform(self, items: Items, engine: Engine, sparse: bool) -> Features:
        """Features of new items."""
        blocks, words = list[Array](), None
        if self.columns is not None:
            if items.columns is None:
                wanted = ", ".join([*self.columns.numbers_, *self.columns.levels_][:5])
                raise ValueError(f"items lack the columns {wanted}, which the run learnt from; add them")
            blocks.append(self.columns.transform(items.columns))
        if self.width:
            if items.vectors is None or items.vectors.shape[1] != self.width:
                raise ValueError(f"items are no vectors of {self.width} columns, which the run learnt from")
            blocks.append(_dense(items.vectors))
        if self.text is not None:
            if items.texts is None:
                raise ValueError(
                    "items have no texts, which the run learnt from; give a table with its columns"
                )
            model = CountVectorizer(ngram_range=(1, self.longest), token_rule=self.rule)
            texts = items.texts.map("text", _text)
            counts = keep(model.fit(texts).transform(texts))
            terms = model.terms_.to_pylist()
            words, dense = self._texts(counts, terms, len(items), wants_sparse=sparse)
            blocks.append(dense)
        return self._kept(Features(self._standard(_side_by_side(blocks)), self.names, words))

    def keep(self, features: Features, columns: list[int]) -> Features:
        """Read these dense columns alone from now on."""
        self.kept = columns if len(columns) < len(self.names) else None
        return self._kept(features)

    def _kept(self, features: Features) -> Features:
        if self.kept is None:
            return features
        columns = from_host(np.array(self.kept), engine_of(features.dense))
        dense = features.dense[:, columns]
        return Features(dense, [features.names[place] for place in self.kept], features.words)

    @property
    def kept_names(self) -> list[str]:
        """Of the dense columns that models read."""
        return self.names if self.kept is None else [self.names[place] for place in self.kept]

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Write its arrays; what it returns is for ``model.json``."""
        arrays = {"mean": to_host(self.mean), "scale": to_host(self.scale)}
        arrays |= self.text.arrays() if self.text else {}
        save_arrays(folder / "features.arrow", arrays)
        facts = {name: getattr(self, name) for name in ("rule", "longest", "width", "names", "kept")}
        return facts | {
            "text": self.text.facts() if self.text else None,
            "columns": self.columns.facts() if self.columns else None,
        }

    @classmethod
    def load(cls, folder: Path, facts: Mapping[str, Any], engine: Engine) -> Self:
        """Read what `save` wrote."""
        arrays = load_arrays(folder / "features.arrow")
        made = cls(**{name: facts[name] for name in ("rule", "longest", "width", "names")})
        made.kept = facts.get("kept")
        made.mean, made.scale = (from_host(arrays[name], engine) for name in ("mean", "scale"))
        made.text = TextFeatures.of(facts["text"], arrays, engine) if facts["text"] else None
        made.columns = ColumnFeatures.of(facts["columns"], engine) if facts["columns"] else None
        return made


def _text(frame: Frame) -> Any:
    return frame["text"]


def _side_by_side(blocks: list[Array]) -> Array:
    return blocks[0] if len(blocks) == 1 else engine_of(blocks[0]).xp.concatenate(blocks, axis=1)


def _tokens(X: Csr) -> Array:
    return X.sum()


def _dense(vectors: Array | Csr) -> Array:
    X = vectors.toarray() if hasattr(vectors, "tocsr") else vectors
    with np.errstate(over="ignore"):  # is told below
        X = X.astype("float32")  # a copy, which is made standard scores of
    xp = engine_of(X).xp
    wrong = ~xp.isfinite(X)
    if bool(wrong.any()):
        row = int(wrong.any(axis=1).argmax())
        raise ValueError(
            f"{int(wrong.sum()):,} values of the vectors are missing, infinite or beyond 3.4e38, the first "
            f"in row {row}; mend them, as by dividing the column"
        )
    return X


def _moments(X: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of each column; 1 of one that does not vary."""
    xp = engine_of(X).xp
    mean = X.mean(axis=0, dtype="float64")
    squares = xp.zeros(X.shape[1])
    for begin in range(0, len(X), BLOCK):
        squares += ((X[begin : begin + BLOCK].astype("float64") - mean) ** 2).sum(axis=0)
    spread = xp.sqrt(squares / max(len(X), 1))
    return mean, xp.where(spread > 1e-9, spread, 1.0)
