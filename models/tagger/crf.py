"""The linear-chain conditional random field."""

import torch
from torch import nn

from etl.engine.types import Tensor
from models.tagger import chains
from models.tagger.chains import Chain
from models.tagger.decoders import Decoded, Decoder
from models.tagger.legality import Legal


class CRFDecoder(Decoder):
    """Scores of tags and of pairs of neighbours, normalised over all paths.

    The best path is Viterbi's. `distributions` are the marginals of the chain. Illegal transitions have no
    probability. Source: Lafferty, McCallum and Pereira, "Conditional random fields", ICML 2001.

    Parameters
    ----------
    size, tags, legal
        See `models.tagger.decoders.Decoder`.

    Examples
    --------
    >>> features, mask = torch.zeros(1, 2, 3), torch.ones(1, 2, dtype=bool)
    >>> CRFDecoder(3, 4).distributions(features, mask).sum(2).round().tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, size: int, tags: int, legal: Legal | None = None) -> None:
        super().__init__(size, tags, legal)
        self.project = nn.Linear(size, tags)
        self.first, self.last = nn.Parameter(torch.zeros(tags)), nn.Parameter(torch.zeros(tags))
        self.pairs = nn.Parameter(torch.zeros(tags, tags))

    def chain(self, features: Tensor, mask: Tensor) -> Chain:
        """The chain of each sentence, in float32."""
        scores = self.pairs, self.first, self.last
        if self.legal is not None:
            penalties = self.pairs_penalty, self.first_penalty, self.last_penalty
            scores = tuple(score + penalty for score, penalty in zip(scores, penalties, strict=True))
        return Chain(self.project(features).float(), *scores, mask)

    def loss(self, features: Tensor, mask: Tensor, tags: Tensor) -> Tensor:
        """See `Decoder.loss`. With ``legal``, distributions of tags are taken given that paths are legal."""
        chain = self.chain(features, mask)
        if tags.ndim == 2:
            return chains.total(chain) - chains.path_scores(chain, tags).sum(1)
        return chains.total(chain) - self._expected(chain, tags.float())

    def _expected(self, chain: Chain, tags: Tensor) -> Tensor:
        """Expected score of paths drawn from independent distributions, given that they are legal."""
        mask = chain.mask
        with torch.no_grad():
            q, both = tags, tags[:, :-1, :, None] * tags[:, 1:, None, :]
            if self.legal is not None:
                q, both = self._legal_only(tags, mask)
            q, both = q * mask[:, :, None], both * mask[:, 1:, None, None]
        ends = chains.ends(mask)[:, :, None]
        alone = (q * (chain.emissions + chain.last * ends)).sum((1, 2)) + (q[:, 0] * chain.first).sum(1)
        return alone + (both.sum(1) * chain.pairs).sum((1, 2))

    def _legal_only(self, tags: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities of tags and of pairs, given that paths are legal."""
        logs = tags.clamp(min=1e-30).log()
        chain = Chain(logs, self.pairs_penalty, self.first_penalty, self.last_penalty, mask)
        alpha, beta = chains.forward(chain), chains.backward(chain)
        Z = (alpha[:, -1] + chain.last).logsumexp(1)
        after = (logs + beta)[:, 1:, None, :] + chain.pairs
        both = (alpha[:, :-1, :, None] + after - Z[:, None, None, None]).exp()
        return (alpha + beta - Z[:, None, None]).exp(), both

    def best(self, features: Tensor, mask: Tensor) -> Tensor:
        """Tags of the best path, int64 (b, n)."""
        return chains.viterbi(self.chain(features, mask)) * mask

    def decode(self, features: Tensor, mask: Tensor) -> Decoded:
        """Tags of the best path; each tag's probability given those before it and the sentence; marginals."""
        chain = self.chain(features, mask)
        tags = chains.viterbi(chain)
        alpha, beta = chains.forward(chain), chains.backward(chain)
        Z = (alpha[:, -1] + chain.last).logsumexp(1)
        onward = beta.gather(2, tags[:, :, None])[:, :, 0] - chain.last[tags] * chains.ends(mask)
        before = torch.cat([Z[:, None], onward[:, :-1]], dim=1)
        chosen = (chains.path_scores(chain, tags) + onward - before).where(mask, 0)
        marginals = (alpha + beta).softmax(2) * mask[:, :, None]  # less Z, rounding would exceed 1
        return Decoded(tags * mask, chosen, chosen.sum(1), marginals)
