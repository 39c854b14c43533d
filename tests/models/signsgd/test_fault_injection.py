"""Workers that lie, fall silent, die or hang, in real processes."""

import os
import re
import signal
from datetime import timedelta
from typing import Any

import pytest
import torch
import torch.distributed as dist

from models.signsgd import comm_thread
from models.signsgd.codec import unpack
from models.signsgd.comm_thread import absent
from models.signsgd.fault_injection import FaultPlan
from models.signsgd.hook import MeanState, mean_hook
from models.signsgd.state import VoteState
from models.signsgd.worker_monitor import WorkerMonitor
from tests.support.ranks import GONE, run
from tests.support.voting import accuracy, flat, network, parallel, same, train
from tests.support.waiting import LIMIT

WORKERS, STEPS, LR = 3, 40, 0.01
LIES: dict[str, FaultPlan | None] = {
    "none": None,
    "flip": FaultPlan(flip=[2]),
    "random": FaultPlan(random=[2]),
    "nan": FaultPlan(nan=[2]),
    "stale": FaultPlan(stale=[2]),
    "drop": FaultPlan(drop=[2]),
    "collude": FaultPlan(collude=[2]),
    "scale": FaultPlan(scale=[2]),
    "garbage": FaultPlan(garbage=[2], rate=0.5),
}


def lied_to(rank: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, fault_plan in LIES.items():
        ddp, _ = parallel(network(), fault_plan=fault_plan, check_every=20)
        train(ddp, range(STEPS), LR)
        found[name] = accuracy(ddp), same(ddp)
    return found


def averaged(rank: int) -> dict[str, bool | float]:
    found: dict[str, bool | float] = {}
    for name in ("none", "scale"):
        ddp, _ = parallel(network(), mean_hook, state=MeanState(fault_plan=LIES[name]))
        train(ddp, range(STEPS), 0.5)
        found[name] = accuracy(ddp) if flat(ddp).isfinite().all() else 0.0
    return found


def gauged(rank: int) -> tuple[list[float], list[float], int]:
    worker_monitor = WorkerMonitor(WORKERS, warm=5, patience=3)
    ddp, state = parallel(
        network(), worker_monitor=worker_monitor, fault_plan=LIES["flip"], transport="sharded"
    )
    train(ddp, range(25), LR)
    return state.weights, worker_monitor.agreement_excess.tolist(), state.step


def colluded(rank: int) -> bool:
    """What a colluder sends is the negation of the sign of the honest sum, by an oracle."""
    ddp, state = parallel(network(), fault_plan=FaultPlan(collude=[1, 2]), momentum=0.0, check_every=0)
    forged, wrong = state.fault_injector.forge, []

    def spy(words: Any, flag: bool, honest: Any, layout: Any, step: int) -> Any:
        sent, absent = forge(words, flag, honest, layout, step)
        mine = torch.cat(list(honest)) * (rank == 0)
        dist.all_reduce(mine, group=state.groups.voters)
        parts = [unpack(sent[at:], n) for at, n in zip(layout.starts, layout.sizes, strict=True)]
        wrong.append(rank > 0 and bool((torch.cat(parts) != -mine.sign()).any()))
        return sent, absent

    forge, state.fault_injector.forge = forged, spy
    train(ddp, range(3))
    return any(wrong) or not wrong


def everything(rank: int) -> dict[str, Any]:
    return {case.__name__: case(rank) for case in (lied_to, averaged, gauged, colluded)}


@pytest.fixture(scope="module")
def ranks() -> list[dict[str, Any]]:
    found = run(everything, WORKERS)
    assert not any(isinstance(rank, str) for rank in found), found
    return found


@pytest.mark.parametrize("lie", LIES)
def test_one_liar_of_three_does_not_stop_training(ranks: list[dict[str, Any]], lie: str) -> None:
    assert all(rank["lied_to"][lie][1] for rank in ranks), "replicas differ"
    assert ranks[0]["lied_to"][lie][0] > (0.85 if lie in ("flip", "collude") else 0.93)


def test_a_scaled_flipper_breaks_the_mean_and_not_the_vote(ranks: list[dict[str, Any]]) -> None:
    assert ranks[0]["averaged"]["none"] > 0.93
    assert ranks[0]["averaged"]["scale"] < 0.6
    assert ranks[0]["lied_to"]["scale"][0] > 0.85


def test_all_ranks_come_to_the_same_weights_and_the_liars_is_0(ranks: list[dict[str, Any]]) -> None:
    weights, excess, steps = ranks[0]["gauged"]
    assert weights[2] == 0 < min(weights[:2])
    assert excess[2] < 0 < min(excess[:2])
    assert steps == 25
    assert all(rank["gauged"] == ranks[0]["gauged"] for rank in ranks)


def test_colluders_know_what_is_honest(ranks: list[dict[str, Any]]) -> None:
    assert not any(rank["colluded"] for rank in ranks)


def test_shares_draw_different_workers() -> None:
    faults = FaultPlan(flip=1 / 3, random=1 / 3, nan=[0], seed=4).faults(6)
    assert [sum(fault in some for some in faults.values()) for fault in ("flip", "random")] == [2, 2]
    assert faults[0] == {"nan"}
    assert max(len(some) for some in faults.values()) == 1
    with pytest.raises(ValueError, match="2 have no fault yet"):
        FaultPlan(flip=0.5, random=0.75).faults(4)
    with pytest.raises(ValueError, match="names worker 4"):
        FaultPlan(flip=[4]).faults(4)


def fails(rank: int, transport: str, timeout: float, fault: Any) -> str:
    net = network()
    ddp, _ = parallel(net, state=VoteState(net, timeout=timeout, transport=transport))
    train(ddp, range(3))
    if rank == 1:
        fault()
        return ""
    try:
        train(ddp, range(3, 6))
    except RuntimeError as error:
        return str(error)
    return "no error"


def hang_until_others_failed() -> None:
    store().wait(["failed/0", "failed/2"], timedelta(seconds=LIMIT))


def answer_together(key: str, ranks: list[int]) -> list[int] | None:
    """`absent`, once both that live have come to it: on a busy machine one may be much later."""
    store().set(f"{key}/{dist.get_rank()}", "here")
    store().wait([f"{key}/0", f"{key}/2"], timedelta(seconds=LIMIT))
    return absent(key, ranks)


def store() -> Any:
    return dist.distributed_c10d._get_default_store()


def faulty(rank: int) -> list[str]:
    """Rank 1 hangs until the others have failed, and after a new start of the vote, dies."""
    comm_thread.absent = answer_together
    train(parallel(network())[0], range(1))  # compiles
    hangs = fails(rank, "allgather", 10, hang_until_others_failed)
    store().set(f"failed/{rank}", "")
    return [hangs, fails(rank, "sharded", LIMIT, lambda: os.kill(os.getpid(), signal.SIGKILL))]


def test_a_dead_or_hanging_worker_ends_the_step_with_its_number() -> None:
    found = run(faulty, WORKERS)
    assert found[1] == GONE
    for rank in (0, 2):
        for message in found[rank]:
            assert f"VoteError: the vote of step 3 failed on rank {rank}" in message
            assert "no answer from rank 1." in message
            assert "start again from the last checkpoint" in message
        hangs, dies = (float(re.search(r"after ([\d.]+) s", message)[1]) for message in found[rank])
        assert 9 < hangs < LIMIT / 2, "the time-out of the vote is 10 s"
        assert dies < LIMIT / 2, "a death is noticed at once"
