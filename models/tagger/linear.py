"""The decoder that looks at one token at a time."""

from torch import nn

from etl.engine.types import Tensor
from models.tagger import chains
from models.tagger.chains import Chain
from models.tagger.decoders import Decoded, Decoder, decoded
from models.tagger.legality import Legal


class LinearDecoder(Decoder):
    """A softmax over the tags of each token.

    With ``legal`` the best tags are the likeliest legal path; probabilities stay those of single tokens.

    Parameters
    ----------
    size, tags, legal
        See `models.tagger.decoders.Decoder`.
    """

    def __init__(self, size: int, tags: int, legal: Legal | None = None) -> None:
        super().__init__(size, tags, legal)
        self.project = nn.Linear(size, tags)

    def _logs(self, features: Tensor) -> Tensor:
        return self.project(features).float().log_softmax(2)

    def loss(self, features: Tensor, mask: Tensor, tags: Tensor) -> Tensor:
        """See `Decoder.loss`."""
        return -((self.soft(tags) * self._logs(features)).sum(2) * mask).sum(1)

    def decode(self, features: Tensor, mask: Tensor) -> Decoded:
        """Likeliest tag of each token, or likeliest legal path."""
        logs = self._logs(features)
        if self.legal is None:
            return decoded(logs.argmax(2), logs, mask)
        chain = Chain(logs, self.pairs_penalty, self.first_penalty, self.last_penalty, mask)
        return decoded(chains.viterbi(chain), logs, mask)
