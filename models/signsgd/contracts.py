"""What DistributedDataParallel promises a hook, and what it does not: each breach is refused by its name."""

from collections.abc import Iterator, Sequence

import torch
from torch.nn.parallel import DistributedDataParallel

from etl.engine.types import Module
from models.signsgd.comm_thread import VoteError


def inner(model: Module) -> Module:
    """The model itself, out of its wrapper."""
    return model.module if isinstance(model, DistributedDataParallel) else model


def check_parameters(model: Module) -> None:
    """Refuse parameters whose gradients have no signs.

    Raises
    ------
    ValueError
        A parameter is complex, or its gradient will be sparse; the message names it.

    Examples
    --------
    >>> check_parameters(torch.nn.Embedding(9, 2, sparse=True))
    Traceback (most recent call last):
    ...
    ValueError: the gradient of weight is sparse; signs need dense ones: build Embedding with sparse=False
    """
    for name, p in inner(model).named_parameters():
        if p.requires_grad and p.is_complex():
            raise ValueError(
                f"parameter {name} is complex and has no sign; train torch.view_as_real of it, as a real one"
            )
    for place, module in inner(model).named_modules():
        if getattr(module, "sparse", False) is True and hasattr(module, "weight"):
            raise ValueError(
                f"the gradient of {place + '.' if place else ''}weight is sparse; signs need dense ones: "
                f"build {type(module).__name__} with sparse=False"
            )


class Contract:
    """Watches one model, from the votes of a step to those of the next.

    Parameters
    ----------
    model : nn.Module
        As it is or wrapped.
    """

    def __init__(self, model: Module) -> None:
        self.model, self.module = model, inner(model)
        self._voted: set[str] = set()
        self._here: set[str] = set()
        self._added: list[tuple[str, torch.Tensor]] = []
        self._watched = [(_accumulator(p), name, p) for name, p in _plain(self.module)]
        self._handles = [node.register_prehook(_Before(self, name, p)) for node, name, p in self._watched]

    def close(self) -> None:
        """Watch no more."""
        for handle in self._handles:
            handle.remove()
        self._watched, self._handles = [], []

    def arrives(self, name: str, held: torch.Tensor | None) -> None:
        """Note that a gradient is about to be added to what a parameter holds, the vote perhaps."""
        if name in self._voted:
            self._voted.discard(name)
            if held is not None:
                self._added.append((name, (held != 0).any()))

    def check(self, names: Sequence[str], flat: torch.Tensor, is_last: bool, step: int) -> None:
        """Refuse a bucket that is no sum of gradients of this step.

        Parameters
        ----------
        names : sequence of str
            Of the bucket's parameters.
        flat : tensor
            Its gradients.
        is_last : bool
            Whether it ends the step.
        step : int
            For the message.

        Raises
        ------
        VoteError
            Votes were fed back as gradients, ranks have uneven inputs, a gradient is sparse, or a parameter
            is trained that DistributedDataParallel does not know.
        """
        if flat.is_sparse:
            raise VoteError(f"the gradient of {names[0]} is sparse; signs need dense ones: use sparse=False")
        config = getattr(self.model, "_join_config", None)
        if config is not None and config.enable:
            raise VoteError(
                "a vote cannot be taken inside join(): a rank without batches would vote with its old "
                "momentum, and its parameters would stay behind. Give all ranks as many batches, as by "
                "DistributedSampler(drop_last=True), and leave join() out"
            )
        self._check_added(step)
        self._here.update(names)
        self._voted.update(names)
        if is_last:
            self._check_unknown(step)
            self._here.clear()

    def _check_added(self, step: int) -> None:
        added, self._added = self._added, []
        if not added:
            return
        found = torch.stack([flag.to(added[0][1].device) for _, flag in added]).tolist()
        stale = [name for (name, _), is_stale in zip(added, found, strict=True) if is_stale]
        if stale:
            raise VoteError(
                f"at step {step} gradients were added to the last votes, which are .grad of {some(stale)}: "
                "call zero_grad before each step, and accumulate with all backward passes but the last "
                "inside `with ddp.no_sync():`"
            )

    def _check_unknown(self, step: int) -> None:
        ignored = getattr(self.module, "_ddp_params_and_buffers_to_ignore", ())
        unknown = [
            name
            for name, p in self.module.named_parameters()
            if p.requires_grad and name not in self._here and name not in ignored
        ]
        if unknown:
            raise VoteError(
                f"at step {step} {some(unknown)} are to be trained and are in no bucket: they were added, or "
                "requires_grad was switched on, after DistributedDataParallel was made; make it and the "
                "VoteState anew after such a change"
            )


class _Before:
    """Called before a gradient is added to a parameter's."""

    def __init__(self, contract: Contract, name: str, parameter: torch.Tensor) -> None:
        self.contract, self.name, self.parameter = contract, name, parameter

    def __call__(self, gradients: tuple[torch.Tensor, ...]) -> None:
        self.contract.arrives(self.name, self.parameter.grad)


def _plain(module: Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Parameters that DistributedDataParallel may hold: trained ones, whole on each process."""
    for name, p in module.named_parameters():
        if p.requires_grad and not hasattr(p, "to_local"):
            yield name, p


def _accumulator(p: torch.Tensor) -> torch.autograd.graph.Node:
    """What adds gradients to a parameter; one for all while somebody holds it, so DDP's own too."""
    with torch.enable_grad():
        return p.view_as(p).grad_fn.next_functions[0][0]


def some(names: Sequence[str]) -> str:
    """The first three of some names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
