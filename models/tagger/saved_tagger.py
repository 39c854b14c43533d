"""A tagger with all that it needs to read words, in a folder."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from etl.conll import coded, vocabulary
from etl.conll.corpus import Corpus
from etl.conll.vocabulary import Vocabulary
from etl.engine import Engine
from etl.handoff import to_host
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
    state : bytes
        See `TaggerEstimator.state`.
    """

    words: Vocabulary
    characters: Vocabulary
    names: tuple[str, ...]
    network: Network
    state: bytes

    def save(self, folder: Path) -> None:
        """Write all parts into a new folder."""
        folder.mkdir()
        self.words.save(folder / "words.json")
        self.characters.save(folder / "characters.json")
        about = {"names": self.names, "network": asdict(self.network)}
        (folder / "tagger.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        (folder / "weights.bin").write_bytes(self.state)

    def tag(self, text: Corpus, engine: Engine) -> Corpus:
        """The same sentences with the tags that are likeliest; those they have are not read.

        Parameters
        ----------
        text : Corpus
        engine : Engine
            Where the network computes.
        """
        sentences = coded.code(text, self.words, self.characters, engine, LETTERS)
        sizes = len(self.words), len(self.characters)
        model = estimator(sizes, self.names, self.network).restore(self.state)
        tags = to_host(model.predict(sentences)).astype("int32")
        return replace(text, tags=tags, names=self.names)


def load(folder: Path) -> SavedTagger:
    """What `SavedTagger.save` wrote.

    Raises
    ------
    FileNotFoundError
        The folder lacks a part.
    """
    about = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
    words, characters = (vocabulary.load(folder / f"{name}.json") for name in ("words", "characters"))
    state = (folder / "weights.bin").read_bytes()
    return SavedTagger(words, characters, tuple(about["names"]), Network(**about["network"]), state)
