"""Votes in FSDP2 (`torch.distributed.fsdp.fully_shard`): across nodes, or in the reduce-scatter itself.

`vote_across` is the one to take: the mean inside a node, on its fast links, and the vote across nodes on the
slow ones. Each process votes on its shard with its peers in other nodes, and keeps the momentum of its shard
only. `vote_inside` replaces the reduce-scatter: it saves the gradient's traffic, not that of the all-gather
of parameters, and each process keeps the momentum of whole layers.

Names in a checkpoint are those of modules. Replicas are not compared by themselves: between nodes, call
`VoteState.check_replicas` now and then.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.fsdp import FSDPModule

from etl.engine.types import ProcessGroup
from models.signsgd.codec import unpack
from models.signsgd.comm_thread import VoteError
from models.signsgd.state import VoteState
from models.signsgd.transports import scatter
from models.signsgd.vote_protocol import WordLayout, decode


def vote_across(model: torch.nn.Module, state: VoteState) -> None:
    """Mean inside a node by FSDP, then the vote of this shard across nodes, by ``set_all_reduce_hook``.

    Parameters
    ----------
    model : module
        Sharded over the mesh of one node, with the same initial parameters in each node.
    state : VoteState
        Its process group holds the processes of all nodes that have the same shard.
    """
    for name, module in _modules(model, state):
        module.set_all_reduce_hook(_Across(state, name))


def vote_inside(model: torch.nn.Module, state: VoteState) -> None:
    """The vote instead of the mean inside the reduce-scatter, by ``set_custom_reduce_scatter``.

    Parameters
    ----------
    model : module
        Sharded over the processes of the state's group; not in float16, whose gradients FSDP rescales.
    state : VoteState
        Without a worker monitor, since a process learns of the votes on its own shard only.
    """
    if state.worker_monitor is not None:
        raise ValueError("a worker monitor needs the votes on all shards; leave it out, or take vote_across")
    for name, module in _modules(model, state):
        module.set_custom_reduce_scatter(VoteReduceScatter(state, name))


def _modules(model: torch.nn.Module, state: VoteState) -> list[tuple[str, Any]]:
    found = [(f"{name}:", m) for name, m in model.named_modules() if isinstance(m, FSDPModule)]
    if not found:
        raise ValueError("the model has no sharded module; call fully_shard on it first")
    return found


class _Steps:
    """A step ends when a module's gradient comes a second time: FSDP does not say which is the last."""

    def __init__(self, state: VoteState, name: str) -> None:
        self.state, self.name = state, name
        for key in (name, *self.rows()):
            state.places.setdefault(key, len(state.places))

    def rows(self) -> list[str]:
        """Names of the rows that are sent to each process."""
        return [f"{self.name}{m}" for m in range(self.state.workers_)]

    def begin(self) -> None:
        if self.name in self.state.pending:
            self.state.finish()
        self.state.pending.add(self.name)


class _Across(_Steps):
    def __call__(self, output: torch.Tensor) -> None:
        self.begin()
        self.state.vote_(output.view(-1), [self.name], [output.numel()])


class VoteReduceScatter(_Steps):
    """Reduce-scatter that leaves the vote on this process's shard; see `vote_inside`."""

    def allocate(self, size: Sequence[int], *, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        """Buffers, as FSDP asks for them."""
        return torch.empty(*size, dtype=dtype, device=device)

    def __call__(
        self,
        output_tensor: torch.Tensor,
        input_tensor: torch.Tensor,
        group: ProcessGroup,
        op: dist.ReduceOp,
        async_op: bool = False,
    ) -> None:
        """Vote on the rows of a gradient, one a process, and write this process's as +-1.

        Parameters
        ----------
        output_tensor : tensor of n floats
            Filled with the vote on this process's row.
        input_tensor : tensor of M n floats
            M rows, one a process.
        group : process group
            The state's.
        op : ReduceOp
            AVG, or what PyTorch takes for it; not SUM.
        async_op : bool
            Not read: the vote is done when this returns.

        Raises
        ------
        VoteError
            FSDP would divide the vote afterwards.
        """
        if op == dist.ReduceOp.SUM:
            raise VoteError(
                "FSDP would divide the votes after the reduce-scatter: take float32 or bfloat16 gradients, "
                "and no set_force_sum_reduction_for_comms"
            )
        self.begin()
        state, names, n = self.state, self.rows(), output_tensor.numel()
        M = len(names)
        row = WordLayout((n,), (state.places[names[dist.get_rank(group)]] << 40,))
        whole = WordLayout((n,) * M, tuple(state.places[name] << 40 for name in names))
        words, flag = state.words_to_send(input_tensor.view(-1), names, whole)
        answers, sent = scatter(words.view(M, -1), flag, row, 0, state.rules(), state.groups.voters)
        state.bytes_sent_ += sent
        result = decode(answers, row, state.ties, M)
        output_tensor.view(-1).copy_(unpack(result.vote, n, output_tensor.dtype, result.mask))
