"""What a tagger says of a pool of sentences, as flat arrays in the pool's order."""

from dataclasses import dataclass, fields, replace

import torch
from torch import nn

from etl.engine.types import Array, Tensor, TorchDevice
from models.tagger.decoders import Decoded
from models.tagger.sentences import Batch, Tensors, by_length, like
from models.tagger.tagger import Tagger


@dataclass(frozen=True)
class Outputs:
    """Of ``tokens`` tokens in ``sentences`` sentences; arrays, or tensors where the pool had tensors.

    Attributes
    ----------
    tags : int64, shape (tokens,)
        Best tags.
    token_log_probs : float32, shape (tokens,)
        Log-probability of each best tag given those before it.
    log_probs : float32, shape (sentences,)
        Of the whole best sequence: the sum of its tokens'.
    distributions : float32, shape (tokens, K)
        Marginals for a CRF; see the decoders.
    embeddings : float32, shape (sentences, size)
        Mean of the features of the tokens.
    samples : uint8 or int16, shape (M, tokens)
        Best tags of the network under M random dropouts.
    starts : int64, shape (sentences + 1,)
        First token of each sentence, and their number.
    """

    tags: Array
    token_log_probs: Array
    log_probs: Array
    distributions: Array
    embeddings: Array
    samples: Array
    starts: Array


def dropout_only(module: nn.Module) -> nn.Module:
    """Evaluation mode but for dropout: Monte Carlo samples (Gal and Ghahramani, 2016, arXiv:1506.02142)."""
    module.eval()
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.train()
    return module


def at_once(device: TorchDevice) -> int:
    """Padded tokens to decode at a time: few on a CPU, whose cache holds them; many to fill a GPU.

    Parameters
    ----------
    device : torch.device
    """
    return 1 << 12 if device.type == "cpu" else 1 << 16


def best_tags(module: Tagger, data: Tensors, most: int | None = None) -> Tensor:
    """Best tags of all sentences.

    Parameters
    ----------
    module : Tagger
        Left in evaluation mode.
    data : Tensors
    most : int, optional
        Padded tokens decoded at a time; see `at_once`.

    Returns
    -------
    int64 tensor, shape (tokens,)
    """
    found = torch.zeros(data.tokens + 1, dtype=torch.long, device=data.words.device)
    module.eval()
    for batch in by_length(data, most or at_once(data.words.device)):
        found[batch.places] = module.best(batch)
    return found[:-1]


class Collected:
    """Flat tensors filled batch by batch; a place beyond the last token takes what padding gives."""

    def __init__(self, module: Tagger, data: Tensors, samples: int) -> None:
        K, tokens, device = module.decoder.tags, data.tokens + 1, data.words.device
        self.starts = data.starts
        self.tags = torch.zeros(tokens, dtype=torch.long, device=device)
        self.token_log_probs = torch.zeros(tokens, device=device)
        self.log_probs = torch.zeros(len(data), device=device)
        self.distributions = torch.zeros(tokens, K, device=device)
        self.embeddings = torch.zeros(len(data), module.encoder.size, device=device)
        kind = torch.uint8 if K <= 256 else torch.int16
        self.samples = torch.zeros(samples, tokens, dtype=kind, device=device)

    def put(self, batch: Batch, features: Tensor, found: Decoded) -> None:
        """Write what was found for a batch."""
        for name in ("tags", "token_log_probs", "distributions"):
            getattr(self, name)[batch.places] = getattr(found, name)
        self.log_probs[batch.rows] = found.log_probs
        self.embeddings[batch.rows] = features.float().sum(1) / batch.mask.sum(1)[:, None]

    def done(self, words: Array) -> Outputs:
        """All of it, in the kind of ``words``."""
        self.tags, self.token_log_probs = self.tags[:-1], self.token_log_probs[:-1]
        self.distributions, self.samples = self.distributions[:-1], self.samples[:, :-1]
        return Outputs(*(like(getattr(self, field.name), words) for field in fields(Outputs)))


def collect(module: Tagger, data: Tensors, samples: int, most: int | None = None) -> Collected:
    """Decode all sentences, and sample their tags under dropout; random numbers are torch's next ones.

    Parameters
    ----------
    module : Tagger
        Left in evaluation mode.
    data : Tensors
    samples : int
        Taggings under random dropout.
    most : int, optional
        Padded tokens decoded at a time; see `at_once`.
    """
    flat, most = Collected(module, data, samples), most or at_once(data.words.device)
    for batch in by_length(data, most):
        module.eval()
        bare = module.bare(batch)
        features = module.features(batch, bare)
        flat.put(batch, features, module.decoder.decode(features, batch.mask))
        dropout_only(module)
        # On a CPU one by one: more at once gain nothing there, and draw the numbers in another order.
        together = 1 if bare.device.type == "cpu" else max(1, most // batch.mask.numel())
        for first in range(0, samples, together):
            some = flat.samples[first : first + together]
            some[:, batch.places] = _sampled(module, batch, bare, len(some)).to(some.dtype)
    module.eval()
    return flat


def _sampled(module: Tagger, batch: Batch, bare: Tensor, count: int) -> Tensor:
    """Best tags under so many dropouts at once, int64 (count, b, n)."""
    if count > 1:
        batch, bare = replace(batch, mask=batch.mask.repeat(count, 1)), bare.repeat(count, 1, 1)
    return module.best(batch, bare).view(count, *batch.places.shape)
