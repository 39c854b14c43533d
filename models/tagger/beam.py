"""Beam search, over all sentences of a batch and all beams at once."""

from typing import Protocol

import torch

from etl.engine.types import Tensor
from models.tagger.chains import ends

State = tuple[Tensor, Tensor]


class BeamDecoder(Protocol):
    """What `search` asks of a decoder: `models.tagger.lstm_decoder.LSTMDecoder`."""

    tags: int
    beam: int

    def begin(self, features: Tensor) -> tuple[Tensor, State]:
        """Shares of the gates, (b, n, ...), and the first state."""
        ...

    def step(self, gates: Tensor, before: Tensor, state: State) -> tuple[Tensor, State]:
        """Scores of the next tags (rows, K), and the next state."""
        ...

    def penalty(self, before: Tensor, last: Tensor) -> Tensor | float:
        """Log of what may follow the tags before, (..., K)."""
        ...


def search(decoder: BeamDecoder, features: Tensor, mask: Tensor) -> Tensor:
    """Tags of the likeliest path that the beam kept, int64 (b, n).

    Parameters
    ----------
    decoder : BeamDecoder
    features : tensor, shape (b, n, size)
    mask : bool tensor, shape (b, n)
    """
    b, width, K = len(mask), decoder.beam, decoder.tags
    gates, state = decoder.begin(features)
    hidden, cell = (part.repeat_interleave(width, dim=0) for part in state)
    last, before = ends(mask), torch.full((b, width), K, device=mask.device)
    # At the start all beams are one: the others must not win.
    scores = torch.zeros(b, width, device=mask.device).index_fill_(
        1, torch.arange(1, width, device=mask.device), -torch.inf
    )
    steps = []
    for t in range(mask.shape[1]):
        shares = gates[:, t].repeat_interleave(width, dim=0)
        found, (hidden, cell) = decoder.step(shares, before.flatten(), (hidden, cell))
        allowed = decoder.penalty(before, last[:, t, None].expand_as(before))
        logs = (found.view(b, width, K) + allowed).log_softmax(2)
        scores, come, before = _keep(scores, logs, mask[:, t])
        steps.append((come, before))
        rows = (torch.arange(b, device=mask.device)[:, None] * width + come).flatten()
        hidden, cell = hidden[rows], cell[rows]
    return _trace(steps)


def _keep(scores: Tensor, logs: Tensor, inside: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The best beams grown by a tag: their scores, where each came from, its tag, (b, width) each.

    A sentence that has ended keeps its beams: only tag 0 may follow, at no cost.
    """
    b, width, K = logs.shape
    free = torch.full((K,), -torch.inf, device=logs.device).index_fill_(0, logs.new_zeros(1).long(), 0.0)
    grown = (scores[:, :, None] + logs.where(inside[:, None, None], free)).view(b, width * K)
    scores, index = grown.topk(width, dim=1)
    return scores, index // K, index % K


def _trace(steps: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Tags of the first beam, followed back, (b, n)."""
    beam, tags = torch.zeros_like(steps[0][0][:, :1]), []
    for come, tag in reversed(steps):
        tags.append(tag.gather(1, beam))
        beam = come.gather(1, beam)
    return torch.cat(tags[::-1], dim=1)
