"""A small transformer encoder, behind the interface of the convolutional one."""

import torch
import torch.nn.functional as F
from torch import nn

from etl.engine.types import Tensor
from models.tagger.encoder import Encoder
from models.tagger.lexical import WordFeatures

FARTHEST = 8
"""Distance in words beyond which all words to one side count as equally far."""


class TransformerEncoder(Encoder):
    """Attention over the words of a sentence.

    A word knows another's place by a learnt bias for their distance and its direction: who stands on the left
    decides much in names, and sums of sines hide it (Yan and others, "TENER", 2019, arXiv:1911.04474). Layers
    are those of Vaswani and others, 2017, with the norm before each part; the bias is that of Raffel and
    others, 2020, arXiv:1910.10683, section 2.1. All dropout is done by `torch.nn.Dropout`, so that it can be
    kept on for Monte Carlo samples.

    Parameters
    ----------
    lexical : WordFeatures
    width, heads, layers : int
        ``heads`` divides ``width``.
    dropout : float
    """

    def __init__(
        self,
        lexical: WordFeatures,
        *,
        width: int = 128,
        heads: int = 4,
        layers: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(lexical, width)
        if width % heads:
            raise ValueError(f"width is {width}; it must be a multiple of heads, {heads}")
        self.enter = nn.Linear(lexical.size, width)
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def context(self, lexical: Tensor, mask: Tensor) -> Tensor:
        """See `Encoder`."""
        hidden = self.enter(lexical)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return self.norm(hidden) * mask[:, :, None]


class Layer(nn.Module):
    """Attention, then two linear maps of each word; each is added to what it was given."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)
        self.near = nn.Parameter(torch.zeros(heads, 2 * FARTHEST + 1))
        self.maps = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(b, n, width) to the same; no word sees one where ``mask`` is False."""
        hidden = hidden + self.dropout(self._attend(self.norms[0](hidden), mask))
        return hidden + self.dropout(self.maps(self.norms[1](hidden)))

    def _attend(self, hidden: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.ask(hidden).chunk(3, dim=2)
        )
        places = torch.arange(mask.shape[1], device=mask.device)
        far = (places - places[:, None]).clamp(-FARTHEST, FARTHEST) + FARTHEST
        bias = self.near[:, far].masked_fill(~mask[:, None, None, :], -torch.inf)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        return self.answer(seen.transpose(1, 2).flatten(2))
