"""Epochs of stochastic gradient descent on padded batches."""

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from models.tagger.legality import broken
from models.tagger.sentences import Tensors, shuffled
from models.tagger.tagger import Tagger


def check(module: Tagger, data: Tensors) -> None:
    """Whether the network can learn from these sentences.

    Parameters
    ----------
    module : Tagger
    data : Tensors

    Raises
    ------
    ValueError
        There are no tags, codes that the network does not know, or tags in an order it may not give.
    """
    if data.tags is None:
        raise ValueError(
            "the sentences have no tags to learn from; give codes (tokens,) or shares (tokens, K)"
        )
    lexical = module.encoder.lexical
    known = {"words": lexical.words, "characters": lexical.characters.embedding}
    for name, table in known.items():
        top = int(getattr(data, name).max())
        if top >= table.num_embeddings:
            raise ValueError(f"a code of {name} is {top}, and the network has {table.num_embeddings} of them")
    K, rule = module.decoder.tags, module.decoder.legal
    if data.tags.ndim == 2:
        if data.tags.shape[1] != K:
            raise ValueError(f"tags have {data.tags.shape[1]} columns, and the network has {K} tags")
        return
    codes = data.tags.long()
    if int(codes.max()) >= K or int(codes.min()) < 0:
        raise ValueError(
            f"tags run from {int(codes.min())} to {int(codes.max())}; the network has {K}, from 0"
        )
    if rule is not None and (token := broken(codes, data.starts, rule)) >= 0:
        row = int((data.starts <= token).sum()) - 1
        raise ValueError(
            f"token {token} (sentence {row}) has a tag that may not stand there; repair the tags"
        )


def optimizer(module: Tagger, name: str, lr: float, momentum: float) -> Optimizer:
    """Gradient descent with momentum, or Adam, on what is not fixed.

    Parameters
    ----------
    module : Tagger
    name : {"sgd", "adam"}
    lr, momentum : float
        Adam's ``beta1`` is the momentum.
    """
    learnt = [part for part in module.parameters() if part.requires_grad]
    if name == "sgd":
        return torch.optim.SGD(learnt, lr=lr, momentum=momentum)
    return torch.optim.Adam(learnt, lr=lr, betas=(momentum, 0.999), fused=True)


def falling(step: Optimizer, total: int) -> LRScheduler:
    """A schedule under which the rate falls to zero in a straight line.

    Parameters
    ----------
    step : Optimizer
    total : int
        Steps until then.
    """
    return torch.optim.lr_scheduler.LambdaLR(step, lambda done: max(0.0, 1 - done / total))


def epoch(
    module: Tagger,
    data: Tensors,
    step: Optimizer,
    schedule: LRScheduler | None = None,
    *,
    size: int,
    clip: float,
    average: str,
    mixed: bool,
    generator: torch.Generator,
) -> float:
    """Learn from each sentence once; the mean loss of a token, in nats.

    Parameters
    ----------
    module : Tagger
    data : Tensors
    step : Optimizer
    schedule : LRScheduler, optional
        Told of each step.
    size : int
        Sentences a batch.
    clip : float
        Largest norm of a gradient.
    average : {"token", "sentence"}
        What a batch's loss is the mean over.
    mixed : bool
        Whether layers compute in bfloat16.
    """
    module.train()
    total = torch.zeros((), device=data.words.device)
    for batch in shuffled(data, size, generator):
        with torch.autocast(data.words.device.type, torch.bfloat16, enabled=mixed):
            losses = module(batch)
        loss = losses.sum()
        step.zero_grad()
        (loss / (batch.mask.sum() if average == "token" else len(losses))).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), clip)
        step.step()
        if schedule is not None:
            schedule.step()
        total += loss.detach()
    return float(total) / data.tokens
