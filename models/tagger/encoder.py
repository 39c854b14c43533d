"""The convolutional encoder: each word's vector and what its neighbours add."""

from typing import Any

import torch
from torch import nn

from models.tagger.lexical import WordFeatures


class CNNEncoder(nn.Module):
    """Convolutions over the words of a sentence; features are ``[h ; w_full]``.

    Source: Shen, Yun, Lipton, Kronrod and Anandkumar, "Deep active learning for named entity recognition",
    ICLR 2018, arXiv:1707.05928, section 3.

    Parameters
    ----------
    lexical : WordFeatures
    filters : int
        Of each layer.
    layers : int
        Each is a convolution, a ReLU and dropout.
    kernel : int
        Words that a filter sees; odd.
    dropout : float

    Attributes
    ----------
    size : int
        Numbers of a token's features.
    """

    def __init__(
        self,
        lexical: WordFeatures,
        *,
        filters: int = 800,
        layers: int = 2,
        kernel: int = 5,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"kernel is {kernel}; it must be odd, so that it has a middle")
        self.lexical = lexical
        widths = [lexical.size, *[filters] * layers]
        self.layers = nn.ModuleList(
            nn.Conv1d(width, filters, kernel, padding=kernel // 2) for width in widths[:-1]
        )
        self.dropout = nn.Dropout(dropout)
        self.size = widths[-1] + lexical.size

    def forward(self, bare: Any, mask: Any) -> Any:
        """Features of tokens, (b, n, size), from `WordFeatures.bare`; zeros without a token.

        Padding is set to zero before each layer, as a sentence's outside is when it stands alone.
        """
        lexical = self.lexical(bare, mask)
        hidden, inside = lexical.transpose(1, 2), mask[:, None, :]
        for layer in self.layers:
            hidden = self.dropout(layer(hidden).relu()) * inside
        return torch.cat([hidden.transpose(1, 2), lexical], dim=2)
