"""The decoder that is fed the tag it gave before."""

import torch
import torch.nn.functional as F
from torch import nn

from etl.engine.types import Tensor
from models.tagger.beam import State, search
from models.tagger.chains import ends
from models.tagger.decoders import Decoded, Decoder, decoded
from models.tagger.legality import Legal


class LSTMDecoder(Decoder):
    """An LSTM over the features of tokens, each beside the tag before it as a one-hot vector.

    It is trained on the true tags before; where these are probabilities, so is what it is fed. Decoding feeds
    it its own tags: the likeliest one (``beam=1``), or those of the ``beam`` likeliest beginnings. With
    ``legal``, decoding scores illegal tags as impossible and shares their probability among the others.
    `distributions` are those of each token given the chosen tags before it. Source: Shen and others, "Deep
    active learning for named entity recognition", ICLR 2018, arXiv:1707.05928, section 3.

    Parameters
    ----------
    size, tags, legal
        See `models.tagger.decoders.Decoder`.
    hidden : int
    beam : int

    Examples
    --------
    >>> features, mask = torch.zeros(1, 2, 3), torch.ones(1, 2, dtype=bool)
    >>> LSTMDecoder(3, 4, beam=2).decode(features, mask).tags.shape
    torch.Size([1, 2])
    """

    def __init__(
        self, size: int, tags: int, legal: Legal | None = None, *, hidden: int = 256, beam: int = 1
    ) -> None:
        super().__init__(size, tags, legal)
        if beam < 1:
            raise ValueError(f"beam is {beam}; it must be at least 1")
        self.beam = beam
        self.lstm = nn.LSTM(size + tags + 1, hidden, batch_first=True)
        self.project = nn.Linear(hidden, tags)

    def _forced(self, features: Tensor, tags: Tensor) -> Tensor:
        """Scores of the tags (b, n, K) given distributions of the tags before (b, n, K)."""
        start = F.pad(tags.new_zeros(self.tags), (0, 1), value=1.0)
        before = torch.cat([start.expand(len(tags), 1, -1), F.pad(tags[:, :-1], (0, 1))], dim=1)
        hidden, _ = self.lstm(torch.cat([features, before.to(features)], dim=2))
        return self.project(hidden).float()

    def loss(self, features: Tensor, mask: Tensor, tags: Tensor) -> Tensor:
        """See `Decoder.loss`. Legality plays no part in it."""
        tags = self.soft(tags)
        return -((tags * self._forced(features, tags).log_softmax(2)).sum(2) * mask).sum(1)

    def begin(self, features: Tensor) -> tuple[Tensor, State]:
        """Each token's share of the LSTM's gates, (b, n, 4 hidden), and a state of zeros."""
        weight = self.lstm.weight_ih_l0[:, : features.shape[2]]
        gates = F.linear(features, weight, self.lstm.bias_ih_l0 + self.lstm.bias_hh_l0).float()
        zeros = gates.new_zeros(len(features), self.lstm.hidden_size)
        return gates, (zeros, zeros)

    def step(
        self, gates: Tensor, before: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Scores of the next tags (rows, K), from gates (rows, 4 hidden) and codes of tags before (rows,)."""
        hidden, cell = state
        fed = self.lstm.weight_ih_l0[:, -self.tags - 1 :].t()[before]
        i, f, g, o = (gates + fed + F.linear(hidden, self.lstm.weight_hh_l0)).chunk(4, dim=1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        return self.project(hidden).float(), (hidden, cell)

    def penalty(self, before: Tensor, last: Tensor) -> Tensor | float:
        """Log of what legality allows after a tag (..., K), or 0.0; ``last`` says where a sentence ends."""
        if self.legal is None:
            return 0.0
        rows = torch.cat([self.pairs_penalty, self.first_penalty[None]])
        return rows[before] + self.last_penalty * last[..., None]

    def _greedy(self, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        gates, state = self.begin(features)
        last, tags, logs = ends(mask), [], []
        before = torch.full_like(mask[:, 0], self.tags, dtype=torch.long)
        for t in range(mask.shape[1]):
            scores, state = self.step(gates[:, t], before, state)
            logs.append((scores + self.penalty(before, last[:, t])).log_softmax(1))
            before = logs[-1].argmax(1)
            tags.append(before)
        return torch.stack(tags, dim=1), torch.stack(logs, dim=1)

    def best(self, features: Tensor, mask: Tensor) -> Tensor:
        """Greedy tags, or those of the beam, int64 (b, n)."""
        tags = self._greedy(features, mask)[0] if self.beam == 1 else search(self, features, mask)
        return tags * mask

    def decode(self, features: Tensor, mask: Tensor) -> Decoded:
        """Greedy tags, or those of the beam; each token's distribution given the tags before."""
        if self.beam == 1:
            return decoded(*self._greedy(features, mask), mask)
        tags = search(self, features, mask)
        scores = self._forced(features, F.one_hot(tags, self.tags).to(features))
        before = F.pad(tags[:, :-1], (1, 0), value=self.tags)
        return decoded(tags, (scores + self.penalty(before, ends(mask))).log_softmax(2), mask)
