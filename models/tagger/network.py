"""A tagger from a few settings: which encoder, which decoder, how wide, and how it learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from etl.engine.types import Array
from models.tagger.estimator import TaggerEstimator
from models.tagger.legality import legal
from models.tagger.tagger import tagger

LETTERS = 16
"""Characters of a word that the network reads."""
SIZE = 100
"""Numbers of a word's vector."""


@dataclass(frozen=True)
class Network:
    """The tagger, and how it learns."""

    encoder: Literal["cnn", "transformer"] = "cnn"
    """Encoder of the words of a sentence."""
    decoder: Literal["lstm", "crf", "linear"] = "crf"
    """Decoder of tags; lstm is the paper's."""
    width: int = 150
    """Filters of each layer, or the width of the transformer."""
    epochs: int = 8
    """Passes over all data."""
    lr: float = 0.002
    """Learning rate of Adam at the start of each fit; it falls to zero."""
    round_epochs: int = 3
    """Passes in each round, over everything labelled so far."""
    round_steps: int = 600
    """Smallest number of steps in a round; while little is labelled, it makes more passes."""
    round_lr: float = 0.001
    """Learning rate in the rounds: at twice as much, some runs diverged after twenty rounds."""
    keep_weights: bool = True
    """Whether a round continues with the weights of the last, as in the paper, or begins with new ones."""
    batch: int = 16
    """Sentences per step."""


def estimator(
    sizes: tuple[int, int],
    names: Sequence[str],
    network: Network,
    *,
    vectors: Array | None = None,
    epochs: int = 1,
    seed: int = 0,
) -> TaggerEstimator:
    """A new tagger, which is not fitted.

    Parameters
    ----------
    sizes : tuple of int
        Numbers of codes of words and of characters.
    names : sequence of str
        Of tags, in BIOES.
    network : Network
    vectors : array of float32, shape (codes of words, SIZE), optional
        Of words, to begin with; random ones by default.
    epochs : int
        Passes of a fit.
    seed : int
        Of first weights, dropout and the order of sentences.
    """
    width = {"filters" if network.encoder == "cnn" else "width": network.width}
    module = partial(
        tagger,
        *sizes,
        len(names),
        encoder=network.encoder,
        decoder=network.decoder,
        legal=legal(names),
        lexical_options={"vectors": vectors, "fixed": False, "embedding": SIZE},
        encoder_options=width,
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
