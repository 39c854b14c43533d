"""What every decoder of tags offers: a loss, the best tags, and the probabilities behind them."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import nn

from etl.engine.types import Tensor
from models.tagger.legality import Legal

NEVER = -1e4
"""Score of what is not allowed: its exponential is 0 in float32, and differences of it are no NaN."""


@dataclass(frozen=True)
class Decoded:
    """The best tags of sentences and what the decoder thinks of them.

    Attributes
    ----------
    tags : int64 tensor, shape (b, n)
        0 where there is no token, as are the rest.
    token_log_probs : float32 tensor, shape (b, n)
        Of each tag given those before it; they add up to ``log_probs``.
    log_probs : float32 tensor, shape (b,)
        Of the whole sequence.
    distributions : float32 tensor, shape (b, n, K)
        Of each token's tag; see the decoder for what is given.
    """

    tags: Tensor
    token_log_probs: Tensor
    log_probs: Tensor
    distributions: Tensor


class Decoder(nn.Module):
    """Base of decoders: features (b, n, size) and a mask (b, n) in, tags out.

    Padding is on the right, and each sentence has at least one token.

    Parameters
    ----------
    size : int
        Numbers of a token's features.
    tags : int
        ``K``.
    legal : Legal, optional
        Transitions that decoding may take; all by default.
    """

    def __init__(self, size: int, tags: int, legal: Legal | None = None) -> None:
        super().__init__()
        if legal is not None and len(legal.first) != tags:
            raise ValueError(
                f"legal is of {len(legal.first)} tags, and there are {tags}; give it all of them"
            )
        self.tags, self.legal = tags, legal
        for name in ("first", "pairs", "last"):
            penalty = None if legal is None else (~getattr(legal, name)).float() * NEVER
            self.register_buffer(f"{name}_penalty", penalty, persistent=False)

    def loss(self, features: Tensor, mask: Tensor, tags: Tensor) -> Tensor:
        """Negative log likelihood of each sentence, (b,), in nats.

        Parameters
        ----------
        features : tensor, shape (b, n, size)
        mask : bool tensor, shape (b, n)
        tags : int64 tensor (b, n), or float32 tensor (b, n, K)
            Tags, or the probability of each, as a crowd's posterior: then the expectation of the loss, tokens
            being taken as independent.
        """
        raise NotImplementedError

    def decode(self, features: Tensor, mask: Tensor) -> Decoded:
        """Best tags and their probabilities."""
        raise NotImplementedError

    def best(self, features: Tensor, mask: Tensor) -> Tensor:
        """Best tags alone, int64 (b, n): those of `decode`, for less."""
        return self.decode(features, mask).tags

    def distributions(self, features: Tensor, mask: Tensor) -> Tensor:
        """Distribution of each token's tag, float32 (b, n, K); zeros where there is no token."""
        return self.decode(features, mask).distributions

    def soft(self, tags: Tensor) -> Tensor:
        """Tags as distributions, float32 (b, n, K)."""
        return tags.float() if tags.ndim == 3 else F.one_hot(tags, self.tags).float()


def decoded(tags: Tensor, log_distributions: Tensor, mask: Tensor) -> Decoded:
    """What was decoded, from the tags that were chosen.

    Parameters
    ----------
    tags : int64 tensor, shape (b, n)
    log_distributions : float32 tensor, shape (b, n, K)
        Of each token's tag given those before it.
    mask : bool tensor, shape (b, n)
    """
    chosen = log_distributions.gather(2, tags[:, :, None])[:, :, 0].where(mask, 0)
    return Decoded(tags * mask, chosen, chosen.sum(1), log_distributions.exp() * mask[:, :, None])
