"""A tagger: an encoder of words, and a decoder of tags on its features."""

from typing import Any, Literal

from torch import nn

from etl.engine.types import Tensor
from models.tagger.crf import CRFDecoder
from models.tagger.decoders import Decoded, Decoder
from models.tagger.encoder import CNNEncoder, Encoder
from models.tagger.legality import Legal
from models.tagger.lexical import WordFeatures
from models.tagger.linear import LinearDecoder
from models.tagger.lstm_decoder import LSTMDecoder
from models.tagger.sentences import Batch
from models.tagger.transformer import TransformerEncoder

ENCODERS: dict[str, Any] = {"cnn": CNNEncoder, "transformer": TransformerEncoder}
DECODERS: dict[str, Any] = {"lstm": LSTMDecoder, "crf": CRFDecoder, "linear": LinearDecoder}


class Tagger(nn.Module):
    """Tags of padded batches; see `models.tagger.sentences.Batch`.

    Parameters
    ----------
    encoder : Encoder
    decoder : Decoder
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def features(self, batch: Batch, bare: Tensor | None = None) -> Tensor:
        """Features of the tokens, (b, n, size); ``bare`` is what `bare` gave, if it is there."""
        return self.encoder(self.bare(batch) if bare is None else bare, batch.mask)

    def bare(self, batch: Batch) -> Tensor:
        """What no dropout changes: vectors of the words, (b, n, size of these)."""
        return self.encoder.lexical.bare(batch.words, batch.characters)

    def forward(self, batch: Batch) -> Tensor:
        """Negative log likelihood of each sentence, (b,)."""
        return self.decoder.loss(self.features(batch), batch.mask, batch.tags)

    def decode(self, batch: Batch) -> Decoded:
        """Best tags and their probabilities."""
        return self.decoder.decode(self.features(batch), batch.mask)

    def best(self, batch: Batch, bare: Tensor | None = None) -> Tensor:
        """Best tags, int64 (b, n)."""
        return self.decoder.best(self.features(batch, bare), batch.mask)


def tagger(
    words: int,
    characters: int,
    tags: int,
    *,
    encoder: Literal["cnn", "transformer"] = "cnn",
    decoder: Literal["lstm", "crf", "linear"] = "lstm",
    legal: Legal | None = None,
    lexical_options: dict[str, Any] | None = None,
    encoder_options: dict[str, Any] | None = None,
    decoder_options: dict[str, Any] | None = None,
) -> Tagger:
    """Build a tagger; by default the CNN-CNN-LSTM of Shen and others, arXiv:1707.05928.

    Parameters
    ----------
    words, characters, tags : int
        Numbers of codes, those of padding (0) among the words and characters.
    encoder, decoder : str
    legal : Legal, optional
        Transitions that decoding may take.
    lexical_options, encoder_options, decoder_options : dict, optional
        See `WordFeatures`, `CNNEncoder`, `TransformerEncoder`, `LSTMDecoder`.

    Raises
    ------
    ValueError
        No such encoder or decoder.

    Examples
    --------
    >>> tagger(100, 30, 5, decoder="crf").encoder.size
    950
    """
    for name, value, known in (("encoder", encoder, ENCODERS), ("decoder", decoder, DECODERS)):
        if value not in known:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(known)}")
    lexical = WordFeatures(words, characters, **(lexical_options or {}))
    below = ENCODERS[encoder](lexical, **(encoder_options or {}))
    return Tagger(below, DECODERS[decoder](below.size, tags, legal, **(decoder_options or {})))
