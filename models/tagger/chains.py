"""Linear chains of tags: sums and maxima over all paths, batched over padded sentences.

A chain has scores of tags ``emissions`` (b, n, K), of pairs ``pairs`` (K, K), and of the first and the last
tag, ``first`` and ``last`` (K,). Source: Lafferty, McCallum and Pereira, "Conditional random fields", 2001.
"""

from typing import NamedTuple

import torch

from etl.engine.types import Tensor


class Chain(NamedTuple):
    """Scores of a chain.

    Attributes
    ----------
    emissions : tensor, shape (b, n, K)
    pairs : tensor, shape (K, K)
        Of a tag and the next.
    first, last : tensor, shape (K,)
    mask : bool tensor, shape (b, n)
        Where there is a token; these stand on the left.
    """

    emissions: Tensor
    pairs: Tensor
    first: Tensor
    last: Tensor
    mask: Tensor


def forward(chain: Chain) -> Tensor:
    """``alpha``: log of the sum over paths up to each token and tag, (b, n, K); repeated after the last."""
    alpha = [chain.first + chain.emissions[:, 0]]
    for t in range(1, chain.mask.shape[1]):
        step = (alpha[-1][:, :, None] + chain.pairs).logsumexp(1) + chain.emissions[:, t]
        alpha.append(step.where(chain.mask[:, t, None], alpha[-1]))
    return torch.stack(alpha, dim=1)


def backward(chain: Chain) -> Tensor:
    """``beta``: log of the sum over ways on from each token and tag, its own score left out, (b, n, K)."""
    beta = [chain.last.expand(len(chain.mask), -1)]
    for t in range(chain.mask.shape[1] - 1, 0, -1):
        step = (chain.pairs + (chain.emissions[:, t] + beta[-1])[:, None, :]).logsumexp(2)
        beta.append(step.where(chain.mask[:, t, None], beta[-1]))
    return torch.stack(beta[::-1], dim=1)


def total(chain: Chain) -> Tensor:
    """Log of the sum over all paths, (b,): the log partition function."""
    return (forward(chain)[:, -1] + chain.last).logsumexp(1)


def viterbi(chain: Chain) -> Tensor:
    """Tags of the best path, int64 (b, n); after the last token its tag is repeated."""
    score, back = chain.first + chain.emissions[:, 0], []
    stay = torch.arange(score.shape[1], device=score.device).expand_as(score)
    for t in range(1, chain.mask.shape[1]):
        step, come = (score[:, :, None] + chain.pairs).max(1)
        inside = chain.mask[:, t, None]
        score = (step + chain.emissions[:, t]).where(inside, score)
        back.append(come.where(inside, stay))
    path = [(score + chain.last).argmax(1)]
    for come in reversed(back):
        path.append(come.gather(1, path[-1][:, None])[:, 0])
    return torch.stack(path[::-1], dim=1)


def path_scores(chain: Chain, tags: Tensor) -> Tensor:
    """Score that each token adds to a path, with the first and last tag's.

    Parameters
    ----------
    chain : Chain
    tags : int64 tensor, shape (b, n)

    Returns
    -------
    tensor, shape (b, n)
        0 without a token.
    """
    emitted = chain.emissions.gather(2, tags[:, :, None])[:, :, 0]
    before = torch.cat([chain.first[tags[:, :1]], chain.pairs[tags[:, :-1], tags[:, 1:]]], dim=1)
    return (emitted + before + chain.last[tags] * ends(chain.mask)).where(chain.mask, 0)


def ends(mask: Tensor) -> Tensor:
    """Where a sentence's last token is, bool (b, n)."""
    following = torch.cat([mask[:, 1:], torch.zeros_like(mask[:, :1])], dim=1)
    return mask & ~following
