"""Rivals that read an equation as a sequence: its nodes in pre-order, as they are printed."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from etl.engine.types import Array, Tensor, TorchDevice
from etl.equations.grammar import CODE, FUNCTIONS
from models.programs.batches import Trees, upload
from models.programs.verifiers import Decoder

LONGEST = 1024
"""Tokens of an equation at most; a tree that shares subtrees can be far longer when it is written out."""
PAD = 0
HEADS = 2
LAYERS = 2


@dataclass(frozen=True)
class Sequences:
    """Equations, then expressions, as tokens.

    Attributes
    ----------
    tokens : int64 tensor, shape (sequences, longest)
        0 after the end.
    values : float32 tensor, shape (sequences, longest)
        Of numbers; else 0.
    lengths : int64 tensor, shape (sequences,)
    pairs : int
        Equations.
    """

    tokens: Tensor
    values: Tensor
    lengths: Tensor
    pairs: int


class SequenceBatches:
    """Makes batches of sequences.

    Parameters
    ----------
    trees : Trees
    """

    def __init__(self, trees: Trees) -> None:
        self.trees = trees
        self.sizes = np.ones(len(trees.func))
        for height in range(1, int(trees.height.max(initial=0)) + 1):
            at = np.flatnonzero(trees.height == height)
            for children in (trees.left[at], trees.right[at]):
                self.sizes[at] += np.where(children < 0, 0, self.sizes[children])
        first = len(FUNCTIONS) + len(trees.boxes) + 1
        self.tokens = np.where(trees.func == CODE["symbol"], first + trees.names, trees.func + 1)

    def batch(self, pairs: Array, singles: Array, device: TorchDevice) -> Sequences:
        """Equations and expressions as tokens.

        Parameters
        ----------
        pairs : int array, shape (2, equations)
            Nodes of sides.
        singles : int array, shape (expressions,)
        device : torch.device

        Raises
        ------
        ValueError
            One is longer than `LONGEST` tokens.
        """
        lengths = np.concatenate([1 + self.sizes[pairs].sum(0), self.sizes[singles]])
        if lengths.max(initial=0) > LONGEST:
            raise ValueError(
                f"an equation has {lengths.max():,.0f} tokens; a network over sequences reads {LONGEST:,}: "
                "take network='tree_lstm', which works out each distinct subtree once"
            )
        tokens = np.full((len(lengths), int(lengths.max(initial=1))), PAD)
        values = np.zeros(tokens.shape, np.float32)
        tokens[: pairs.shape[1], 0] = CODE["equality"] + 1
        self._write(tokens, values, pairs, singles)
        packed = upload([tokens.ravel(), lengths.astype(np.int64)], device)
        (of_number,) = upload([values.ravel()], device)
        return Sequences(
            packed[0].view(tokens.shape), of_number.view(tokens.shape), packed[1], pairs.shape[1]
        )

    def _write(self, tokens: Array, values: Array, pairs: Array, singles: Array) -> None:
        """Fill tokens and values from the roots down: a node, its left subtree, its right one."""
        trees, sizes = self.trees, self.sizes.astype(np.int64, copy=False)
        node = np.concatenate([pairs[0], pairs[1], singles])
        count, more = pairs.shape[1], len(singles)
        row = np.concatenate([np.arange(count), np.arange(count), np.arange(count, count + more)])
        place = np.concatenate([np.ones(count, int), 1 + sizes[pairs[0]], np.zeros(more, int)])
        while len(node):
            tokens[row, place], values[row, place] = self.tokens[node], trees.values[node]
            left, right = trees.left[node], trees.right[node]
            after = place + 1 + np.where(left < 0, 0, sizes[left])
            below = np.concatenate([left, right])
            row, place = np.tile(row, 2)[below >= 0], np.concatenate([place + 1, after])[below >= 0]
            node = below[below >= 0]


class SequenceVerifier(nn.Module):
    """A network over sequences, with a linear map from its state to a logit.

    Parameters
    ----------
    reader : torch.nn.Module
        ``reader(embedded, lengths)`` gives a state a sequence.
    symbols, boxes, hidden : int
    """

    def __init__(self, reader: nn.Module, symbols: int, boxes: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(FUNCTIONS) + boxes + 1 + symbols, hidden, padding_idx=PAD)
        self.number = nn.Sequential(nn.Linear(1, hidden), nn.Sigmoid(), nn.Linear(hidden, hidden))
        self.reader, self.decoder = reader, Decoder(hidden)
        self.logit = nn.Linear(hidden, 1)

    def forward(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """Logits, (pairs,), and values, (singles,).

        Parameters
        ----------
        batch : Sequences
        """
        is_number = (batch.tokens == CODE["number"] + 1)[..., None]
        embedded = self.embedding(batch.tokens) + self.number(batch.values[..., None]) * is_number
        states = self.reader(embedded, batch.lengths)
        pairs, singles = states.tensor_split((batch.pairs,))
        return self.logit(pairs)[:, 0], self.decoder(singles)[:, 0]


class LSTMReader(nn.Module):
    """The state of an LSTM after the last token.

    Parameters
    ----------
    hidden : int
    dropout : float
        Of embeddings, and of the last state.
    """

    def __init__(self, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """States, (sequences, hidden).

        Parameters
        ----------
        embedded : tensor, shape (sequences, longest, hidden)
        lengths : int64 tensor, shape (sequences,)
        """
        states, _ = self.lstm(self.dropout(embedded))
        last = (lengths - 1)[:, None, None].expand(-1, 1, states.shape[2])
        return self.dropout(states.gather(1, last)[:, 0])


class TransformerReader(nn.Module):
    """The mean state of a small transformer encoder, with sines for positions.

    Parameters
    ----------
    hidden : int
        Even.
    dropout : float
    """

    def __init__(self, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        told = {"dropout": dropout, "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(hidden, HEADS, 4 * hidden, **told)
        self.encoder = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.register_buffer("positions", sines(LONGEST, hidden), persistent=False)

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """States, (sequences, hidden).

        Parameters
        ----------
        embedded : tensor, shape (sequences, longest, hidden)
        lengths : int64 tensor, shape (sequences,)
        """
        places = torch.arange(embedded.shape[1], device=embedded.device)
        after = places >= lengths[:, None]
        states = self.encoder(embedded + self.positions[: len(places)], src_key_padding_mask=after)
        return states.masked_fill(after[..., None], 0).sum(1) / lengths[:, None]


def sines(count: int, width: int) -> Tensor:
    """Positions as sines and cosines; Vaswani et al., Attention is all you need, section 3.5.

    Parameters
    ----------
    count, width : int

    Returns
    -------
    float32 tensor, shape (count, width)
    """
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
    angles = torch.arange(count)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)[:, :width]
