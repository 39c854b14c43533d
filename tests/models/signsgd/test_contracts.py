"""Loops that break what a hook of DistributedDataParallel may count on: each is right, or refused by name."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from models.signsgd.guards import guard
from models.signsgd.hook import majority_vote_hook
from models.signsgd.optim import SignSGD
from models.signsgd.state import VoteState
from tests.support.ranks import run
from tests.support.voting import loss_of, network, same

WAIT = 4.0
"""Seconds of a collective, where one waits for a rank that has stopped."""


def parallel(net: nn.Module, timeout: float = 60.0, **ddp: Any) -> tuple[Any, VoteState]:
    model = DistributedDataParallel(net, **ddp)
    state = VoteState(model, check_every=1, timeout=timeout)
    model.register_comm_hook(state, majority_vote_hook)
    return model, state


def failure(work: Callable[[], Any]) -> str:
    """Message of what fails, on one line, or nothing."""
    try:
        work()
    except (RuntimeError, ValueError) as error:
        return " ".join(str(error).split())
    return ""


def step(ddp: Any, number: int = 0) -> None:
    loss_of(ddp, dist.get_rank(), number).backward()


def accumulated(rank: int) -> str:
    ddp, _ = parallel(network())
    step(ddp)
    return failure(lambda: step(ddp, 1))


def accumulated_as_views(rank: int) -> str:
    ddp, _ = parallel(network(), gradient_as_bucket_view=True)
    step(ddp)
    return failure(lambda: step(ddp, 1))


def never_zeroed(rank: int) -> str:
    """All passes but the last are inside no_sync, and the votes of the step before are still there."""
    ddp, _ = parallel(network())
    step(ddp)
    with ddp.no_sync():
        step(ddp, 1)
    return failure(lambda: step(ddp, 2))


def graph_kept(rank: int) -> str:
    ddp, _ = parallel(network())
    optimizer = SignSGD(ddp.parameters(), 0.01)
    guard(optimizer, model=ddp)
    loss = loss_of(ddp, rank, 0)
    loss.backward(retain_graph=True)
    loss.backward()
    return failure(optimizer.step)


def accumulated_well(rank: int) -> bool:
    """The first momentum has the signs of the gradient: the vote is that of the sum over both passes."""
    ddp, _ = parallel(network())
    weights = list(ddp.module.parameters())
    alone = [torch.autograd.grad(loss_of(ddp.module, rank, n), weights) for n in (0, 1)]
    with ddp.no_sync():
        step(ddp)
    step(ddp, 1)
    right = True
    for p, first, second in zip(weights, *alone, strict=True):
        total = (first + second).sign()
        dist.all_reduce(total)
        decided = total != 0
        right &= bool((p.grad[decided] == total[decided].sign()).all())
    return right


def zeroed_in_place(rank: int) -> bool:
    ddp, state = parallel(network(), gradient_as_bucket_view=True, static_graph=True)
    optimizer = SignSGD(ddp.parameters(), 0.01)
    guard(optimizer, model=ddp)
    for number in range(3):
        optimizer.zero_grad(set_to_none=False)
        step(ddp, number)
        optimizer.step()
        # a look at gradients while the votes are still there is no accumulation
        torch.autograd.grad(loss_of(ddp.module, rank, number), list(ddp.module.parameters()))
    return same(ddp) and state.step == 3


def joined(rank: int) -> str:
    ddp, _ = parallel(network())

    def uneven() -> None:
        with ddp.join():
            for number in range(1 + rank):
                ddp.zero_grad()
                step(ddp, number)

    return failure(uneven)


def unfrozen(rank: int) -> str:
    net = network()
    net[0].requires_grad_(False)
    ddp, _ = parallel(net)
    step(ddp)
    net[0].requires_grad_(True)
    ddp.zero_grad()
    return failure(lambda: step(ddp, 1))


def shared_state(rank: int) -> str:
    _, state = parallel(network())
    other = DistributedDataParallel(network())
    other.register_comm_hook(state, majority_vote_hook)
    return failure(lambda: step(other))


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.never = nn.Linear(7, 2), nn.Linear(7, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.used(x)


def unused(rank: int) -> str:
    ddp, _ = parallel(Unused())
    optimizer = SignSGD(ddp.parameters(), 0.01)
    guard(optimizer, model=ddp)
    step(ddp)
    return failure(optimizer.step)


class Complex(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.phase = nn.Parameter(torch.ones(7, 2, dtype=torch.cfloat))


def no_signs(rank: int) -> list[str]:
    sparse = nn.Sequential(nn.Embedding(9, 2, sparse=True), nn.Linear(2, 2))
    return [failure(partial(VoteState, net)) for net in (sparse, Complex())]


def one_stops(rank: int) -> str:
    """Rank 1 alone forgets zero_grad."""
    ddp, _ = parallel(network(), timeout=WAIT)
    step(ddp)
    if rank != 1:
        ddp.zero_grad()
    return failure(lambda: step(ddp, 1))


CASES = (
    accumulated, accumulated_as_views, never_zeroed, graph_kept, accumulated_well, zeroed_in_place,
    joined, unfrozen, shared_state, unused, no_signs, one_stops,
)  # fmt: skip


def everything(rank: int) -> dict[str, Any]:
    return {case.__name__: case(rank) for case in CASES}


@pytest.fixture(scope="module")
def ranks() -> list[dict[str, Any]]:
    found = run(everything, 2)
    assert not any(isinstance(rank, str) for rank in found), found
    return found


ADDED = "gradients were added to the last votes, which are .grad of "


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("accumulated", ADDED),
        ("accumulated_as_views", ADDED),
        ("never_zeroed", ADDED),
        ("graph_kept", "call zero_grad before each backward"),
        ("joined", "a vote cannot be taken inside join()"),
        ("unfrozen", "0.weight, 0.bias are to be trained and are in no bucket"),
        ("shared_state", "make a VoteState for each model"),
        ("unused", "since never.weight, never.bias had no part in the loss"),
    ],
)
def test_a_loop_that_would_train_wrongly_is_refused_by_its_name(
    ranks: list[dict[str, Any]], case: str, told: str
) -> None:
    for rank in ranks:
        assert told in rank[case]
        assert "has died" not in rank[case]


def test_gradients_without_signs_are_refused_before_training(ranks: list[dict[str, Any]]) -> None:
    for rank in ranks:
        assert "gradient of 0.weight is sparse" in rank["no_signs"][0]
        assert "parameter phase is complex" in rank["no_signs"][1]


def test_loops_that_keep_to_it_are_right(ranks: list[dict[str, Any]]) -> None:
    for rank in ranks:
        assert rank["accumulated_well"]
        assert rank["zeroed_in_place"]


def test_an_error_of_one_rank_is_what_the_others_are_told(ranks: list[dict[str, Any]]) -> None:
    waiting, stopped = (rank["one_stops"] for rank in ranks)
    assert ADDED in stopped
    assert "rank 1 had stopped by itself" in waiting
    assert ADDED in waiting
    assert "died" not in waiting
