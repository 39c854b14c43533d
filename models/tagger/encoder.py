"""The convolutional encoder: each word's vector and what its neighbours add."""

import torch
from torch import nn

from etl.engine.types import Tensor
from models.tagger.lexical import WordFeatures


class Encoder(nn.Module):
    """Base of encoders; features are ``[h ; w_full]``, a context's vector beside the word's.

    Parameters
    ----------
    lexical : WordFeatures
    width : int
        Numbers of ``h``.

    Attributes
    ----------
    size : int
        Numbers of a token's features.
    """

    def __init__(self, lexical: WordFeatures, width: int) -> None:
        super().__init__()
        self.lexical = lexical
        self.size = width + lexical.size

    def forward(self, bare: Tensor, mask: Tensor) -> Tensor:
        """Features of tokens from `WordFeatures.bare`; zeros without a token.

        Parameters
        ----------
        bare : tensor, shape (b, n, lexical.size)
        mask : bool tensor, shape (b, n)

        Returns
        -------
        tensor, shape (b, n, size)
        """
        lexical = self.lexical(bare, mask)
        return torch.cat([self.context(lexical, mask), lexical], dim=2)

    def context(self, lexical: Tensor, mask: Tensor) -> Tensor:
        """``h`` of each token, (b, n, width), from vectors (b, n, lexical.size); zeros without a token."""
        raise NotImplementedError


class CNNEncoder(Encoder):
    """Convolutions over the words of a sentence.

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
        widths = [lexical.size, *[filters] * layers]
        super().__init__(lexical, widths[-1])
        if kernel % 2 == 0:
            raise ValueError(f"kernel is {kernel}; it must be odd, so that it has a middle")
        self.layers = nn.ModuleList(
            nn.Conv1d(width, filters, kernel, padding=kernel // 2) for width in widths[:-1]
        )
        self.dropout = nn.Dropout(dropout)

    def context(self, lexical: Tensor, mask: Tensor) -> Tensor:
        """See `Encoder`. Padding is set to zero before each layer, as beside a sentence that stands alone."""
        hidden, inside = lexical.transpose(1, 2), mask[:, None, :]
        for layer in self.layers:
            hidden = self.dropout(layer(hidden).relu()) * inside
        return hidden.transpose(1, 2)
