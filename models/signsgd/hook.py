"""Hooks for DistributedDataParallel: the majority vote, and the mean to compare it with.

Register with ``ddp.register_comm_hook(VoteState(ddp), majority_vote_hook)``, and step with
`models.signsgd.optim.SignSGD` or plain `torch.optim.SGD`; see `models.signsgd.guards.guard`. On gloo one
thread does all collectives in the order of the buckets; on NCCL they run in the stream of the hook,
which no test has run yet.
"""

import torch
import torch.distributed as dist

from etl.engine.types import ProcessGroup
from models.signsgd.fault_injection import FaultInjector, FaultPlan
from models.signsgd.state import VoteState


def majority_vote_hook(state: VoteState, bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
    """Future of the bucket with the vote in place of the gradient; see `VoteState`.

    A parameter that a process does not use has a gradient of 0 there: its momentum decays and still votes.
    One that no process uses is left as it is by DistributedDataParallel.

    Parameters
    ----------
    state : VoteState
    bucket : GradBucket
        Gradients of some parameters, one after the other; the last bucket ends the step.

    Returns
    -------
    future of a tensor like the bucket's
        +1, -1, and 0 where the vote is undecided.
    """
    flat, last, parameters = bucket.buffer(), bucket.is_last(), bucket.parameters()
    names, sizes = [state.name(p) for p in parameters], [p.numel() for p in parameters]

    def job() -> torch.Tensor:
        state.contract.check(names, flat, last, state.step)
        state.vote_(flat, names, sizes)
        if last:
            if state.check_every and state.step % state.check_every == 0:
                state.check_replicas()
            state.finish()
        return flat

    return state.comm_thread.send(job, flat.device if flat.is_cuda else None)


class MeanState:
    """State of `mean_hook`: the mean of all gradients, with the faults of `FaultPlan` that a mean can have.

    Those are flip, nan and scale.
    """

    def __init__(
        self, process_group: ProcessGroup | None = None, fault_plan: FaultPlan | None = None
    ) -> None:
        self.group, self.step, self.bytes_sent_ = process_group or dist.group.WORLD, 0, 0
        rank, self.workers_ = dist.get_rank(self.group), dist.get_world_size(self.group)
        self.fault_injector = (
            FaultInjector(fault_plan, rank, self.workers_, self.group) if fault_plan else None
        )


def mean_hook(state: MeanState, bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
    """Future of the bucket with the mean over processes; of the bytes, those of a ring are counted.

    Parameters
    ----------
    state : MeanState
    bucket : GradBucket

    Returns
    -------
    future of a tensor like the bucket's
    """
    flat = bucket.buffer()
    if state.fault_injector:
        state.fault_injector.corrupt(flat, state.step)
        if state.fault_injector.has("flip", state.step):
            flat.neg_()
    state.step += bucket.is_last()
    state.bytes_sent_ += 2 * (state.workers_ - 1) * flat.nbytes // state.workers_
    work = dist.all_reduce(flat.div_(state.workers_), group=state.group, async_op=True)
    return work.get_future().then(lambda future: future.value()[0])
