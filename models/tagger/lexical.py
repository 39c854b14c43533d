"""A vector for each word, whatever stands around it: its characters' and its own."""

import torch
import torch.nn.functional as F
from torch import nn

from etl.engine.types import Array, Tensor


class CharacterCNN(nn.Module):
    """A convolution of kernel 3 over a word's characters, and its largest value over the word.

    A convolution of looked-up vectors is a sum of rows of three small tables, one for each place of the
    kernel; these are multiplied out once a batch.

    Parameters
    ----------
    characters : int
        Codes, with 0 for padding.
    embedding : int
    filters : int

    Examples
    --------
    >>> CharacterCNN(9, 4, 5)(torch.tensor([[[1, 2, 0], [3, 0, 0]]])).shape
    torch.Size([1, 2, 5])
    """

    def __init__(self, characters: int, embedding: int = 30, filters: int = 50) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, embedding, padding_idx=0)
        self.convolution = nn.Conv1d(embedding, filters, kernel_size=3, padding=1)

    def forward(self, characters: Tensor) -> Tensor:
        """Codes, int64 (b, n, c), to vectors (b, n, filters): zeros for a word without characters."""
        inside = characters > 0
        known = (torch.arange(self.embedding.num_embeddings, device=characters.device) > 0)[:, None]
        tables = torch.einsum("ce,fek->kcf", self.embedding.weight * known, self.convolution.weight)
        codes = F.pad(characters, (1, 1))
        width = characters.shape[-1]
        found = sum(F.embedding(codes[..., k : k + width], tables[k]) for k in range(3))
        largest = found.masked_fill(~inside[..., None], -torch.inf).amax(dim=-2) + self.convolution.bias
        return largest.masked_fill(~inside.any(dim=-1)[..., None], 0)


class WordFeatures(nn.Module):
    """``w_full``: the characters' vector beside the word's own, with dropout.

    Parameters
    ----------
    words, characters : int
        Codes, with 0 for padding.
    vectors : array, shape (words, width), optional
        Word vectors to begin with; else those of ``embedding`` numbers are drawn.
    fixed : bool
        Whether given vectors stay as they are, as in the paper.
    embedding : int
        Numbers of a learnt word vector.
    dropout : float
    """

    def __init__(
        self,
        words: int,
        characters: int,
        *,
        vectors: Array | None = None,
        fixed: bool = True,
        embedding: int = 100,
        character_embedding: int = 30,
        character_filters: int = 50,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.characters = CharacterCNN(characters, character_embedding, character_filters)
        self.words = _embedding(words, embedding, vectors, fixed)
        self.dropout = nn.Dropout(dropout)
        self.size = self.words.embedding_dim + character_filters

    def bare(self, words: Tensor, characters: Tensor) -> Tensor:
        """Codes (b, n) and (b, n, c) to vectors (b, n, size) before dropout: the same in each sample."""
        return torch.cat([self.characters(characters), self.words(words)], dim=2)

    def forward(self, bare: Tensor, mask: Tensor) -> Tensor:
        """Vectors with dropout; zeros where ``mask`` is False."""
        return self.dropout(bare) * mask[:, :, None]


def _embedding(words: int, width: int, vectors: Array | None, fixed: bool) -> nn.Embedding:
    if vectors is None:
        return nn.Embedding(words, width, padding_idx=0)
    if len(vectors) != words:
        raise ValueError(f"vectors has {len(vectors)} rows for {words} words; it needs one for each code")
    given = torch.as_tensor(vectors, dtype=torch.float32).clone()
    return nn.Embedding.from_pretrained(given, freeze=fixed, padding_idx=0)
