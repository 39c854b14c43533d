"""The pipeline's tagger: built from its options, written to a folder, and read to tag new sentences."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from etl.conll import coded, vocabulary
from etl.conll.corpus import Corpus
from etl.conll.vocabulary import Vocabulary
from etl.engine import Engine
from etl.handoff import to_host
from models.tagger.estimator import TaggerEstimator
from models.tagger.legality import legal
from models.tagger.tagger import tagger
from pipelines.ner.config import Network

LETTERS = 16
"""Characters of a word that the network reads."""
SIZE = 100
"""Numbers of a word's vector."""


def estimator(
    sizes: tuple[int, int],
    names: Sequence[str],
    network: Network,
    *,
    vectors: Any = None,
    epochs: int = 1,
    seed: int = 0,
) -> TaggerEstimator:
    """A new tagger of named tags for so many words and characters, to begin with these vectors."""
    wide = {"filters" if network.encoder == "cnn" else "width": network.width}
    module = partial(
        tagger,
        *sizes,
        len(names),
        encoder=network.encoder,
        decoder=network.decoder,
        legal=legal(names),
        lexical_options={"vectors": vectors, "fixed": False, "embedding": SIZE},
        encoder_options=wide,
    )
    return TaggerEstimator(
        module,
        optimizer="adam",
        lr=network.lr,
        decay=True,
        epochs=epochs,
        batch_size=network.batch,
        random_state=seed,
    )


@dataclass(frozen=True)
class SavedTagger:
    """A tagger with all that it needs to read words.

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
        """The same sentences with the tags that are likeliest; those they have are not read."""
        given = coded.code(text, self.words, self.characters, engine, LETTERS)
        sizes = len(self.words), len(self.characters)
        model = estimator(sizes, self.names, self.network).restore(self.state)
        found = to_host(model.predict(given)).astype("int32")
        return replace(text, tags=found, names=self.names)


def load(folder: Path) -> SavedTagger:
    """What `Tool.save` wrote.

    Raises
    ------
    FileNotFoundError
        The folder lacks a part.
    """
    about = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
    words, characters = (vocabulary.load(folder / f"{name}.json") for name in ("words", "characters"))
    state = (folder / "weights.bin").read_bytes()
    return SavedTagger(words, characters, tuple(about["names"]), Network(**about["network"]), state)
