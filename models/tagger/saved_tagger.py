"""A tagger with all that it needs to read words."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from etl.conll import coded, schemes, vocabulary
from etl.conll.corpus import Corpus
from etl.conll.vocabulary import UNKNOWN, Vocabulary
from etl.engine import Engine
from etl.handoff import to_host
from etl.records import Choice, record
from models.tagger.dataset import Dataset
from models.tagger.estimator import TaggerEstimator
from models.tagger.network import LETTERS, Network, estimator


@dataclass(frozen=True)
class SavedTagger:
    """A tagger, its vocabularies and the names of its tags.

    Attributes
    ----------
    words, characters : Vocabulary
    names : tuple of str
        Of tags, in BIOES.
    network : Network
    model : TaggerEstimator
        Fitted.
    letters : int
        Characters of a word that are read.
    """

    words: Vocabulary
    characters: Vocabulary
    names: tuple[str, ...]
    network: Network
    model: TaggerEstimator
    letters: int = LETTERS

    @classmethod
    def of(cls, facts: Mapping[str, Any], state: bytes) -> Self:
        """From what `facts` returned and the state of its model.

        Parameters
        ----------
        facts : mapping
        state : bytes
            See `TaggerEstimator.state`.

        Raises
        ------
        EOFError
            The state is of another network.
        """
        found = cls.untrained(facts)
        try:
            found.model.restore(state)
        except RuntimeError as error:  # of many lines
            raise EOFError("the weights are of another network") from error
        return found

    @classmethod
    def untrained(cls, facts: Mapping[str, Any]) -> Self:
        """With a model that is not fitted."""
        words, characters = (Vocabulary.of(facts[name]) for name in ("words", "characters"))
        names, network = tuple(facts["names"]), Network(**facts["network"])
        model = estimator((len(words), len(characters)), names, network)
        return cls(words, characters, names, network, model, facts["letters"])

    def facts(self) -> dict[str, Any]:
        """All but the weights, for JSON."""
        return {**facts_of(self, self.network), "letters": self.letters}

    def tag(self, text: Corpus, engine: Engine) -> tuple[Corpus, np.ndarray]:
        """The same sentences with the tags that are likeliest, and the probability of each tag.

        Parameters
        ----------
        text : Corpus
            Its tags are not read.
        engine : Engine
            Where the network computes.

        Returns
        -------
        Corpus
        array of float32, shape (tokens,)
            Of each tag in its sentence; of an LSTM decoder, given the tags before.
        """
        self._tell_unknown(text)
        said = self.model.outputs(coded.code(text, self.words, self.characters, engine, self.letters))
        sure = said.distributions[engine.xp.arange(text.tokens), said.tags]
        tags = to_host(said.tags).astype("int32")
        return replace(text, tags=tags, names=self.names), to_host(sure)

    def table(self, text: Corpus, engine: Engine) -> pa.Table:
        """A row a word: ``sentence`` (from 0), its ``id`` where it has one, ``word, tag, probability``.

        Tags are in IOB2, and probabilities those of the tagger's own BIOES.

        Parameters
        ----------
        text : Corpus
        engine : Engine
        """
        found, sure = self.tag(text, engine)
        codes, names = schemes.convert(found.tags, found.starts, found.names, "IOB2", "BIOES")
        sentence = np.repeat(np.arange(len(text)), text.lengths)
        tags = replace(found, tags=codes, names=names).tag_names()
        ids = {} if text.ids is None else {"id": text.ids.take(pa.array(sentence))}
        columns = {"sentence": pa.array(sentence), **ids, "word": text.words, "tag": tags}
        return pa.table({**columns, "probability": pa.array(sure)})

    def _tell_unknown(self, text: Corpus) -> None:
        """Say how many words, and letters of words, training did not hold."""
        words = int((self.words.codes(text.words) == UNKNOWN).sum())
        spelt = self.characters.spelt(text.words, self.letters)
        odd = int((spelt == UNKNOWN).any(axis=1).sum())
        if words or odd:
            more = f"; {odd:,} hold letters that were not" if odd else ""
            share = f"{words:,} of {text.tokens:,} ({words / text.tokens:.1%})"
            record(
                Choice(
                    reason=f"words: {share} were not in training, and are tagged by their letters and "
                    f"neighbours{more}"
                )
            )


def facts_of(data: Dataset | SavedTagger, network: Network) -> dict[str, Any]:
    """What `SavedTagger.of` needs beside a state, for JSON.

    Parameters
    ----------
    data : Dataset or SavedTagger
    network : Network
    """
    return {
        "names": list(data.names),
        "network": asdict(network),
        "letters": LETTERS,
        "words": data.words.plain(),
        "characters": data.characters.plain(),
    }


def load(folder: Path) -> SavedTagger:
    """The folder ``tagger`` of a run of an older version.

    Raises
    ------
    FileNotFoundError
        The folder lacks a part.
    """
    about = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
    parts = {name: vocabulary.load(folder / f"{name}.json").plain() for name in ("words", "characters")}
    return SavedTagger.of({**about, **parts, "letters": LETTERS}, (folder / "weights.bin").read_bytes())
