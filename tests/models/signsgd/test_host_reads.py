"""Three workers on a device vote with the waits that are named, and train to the bits of the CPU."""

from typing import Any

import pytest
import torch
import torch.distributed as dist

from models.signsgd import comm_thread
from models.signsgd.guards import guard
from models.signsgd.optim import SignSGD
from models.signsgd.transports import TRANSPORTS
from models.signsgd.worker_monitor import WorkerMonitor
from tests.support.ranks import run
from tests.support.voting import batch, flat, network, parallel
from tests.support.waiting import LIMIT

STEPS = 6
A_BUCKET = {
    "models/signsgd/bitpack.py finite": "a momentum stays as it was where the gradient is not finite",
    "models/signsgd/vote_protocol.py count_votes": "rows that abstain are not counted",
    "models/signsgd/vote_protocol.py decode": "the worker monitor and an empty vote are the host's affair",
}
A_STEP = {"models/signsgd/guards.py _Watch.__call__": "a gradient that is no vote must stop this very step"}
ONCE = {
    "models/signsgd/vote_protocol.py _partial": "places of padding, of each layout and shard",
    "models/signsgd/replicas.py compare": "replicas are compared each 100 steps",
}


def everywhere(rank: int) -> dict[Any, Any]:
    from tests.support.device.torch_device import DEVICE

    places = {"cpu": torch.device("cpu"), "device": DEVICE}
    return {
        (transport, name): voted(rank, place, transport)
        for transport in TRANSPORTS
        for name, place in places.items()
    }


def voted(rank: int, device: torch.device, transport: str) -> dict[str, Any]:
    """Waits, votes, and what came out of some steps."""
    from tests.support.device.host_reads import counting

    monitor, buckets = WorkerMonitor(dist.get_world_size(), warm=1), []
    ddp, state = parallel(network().to(device), transport=transport, worker_monitor=monitor)
    vote_ = state.vote_
    state.vote_ = lambda *given: buckets.append(vote_(*given))  # type: ignore[method-assign]
    optimizer = SignSGD(ddp.parameters(), 0.01)
    guard(optimizer, model=ddp)
    batches = [[part.to(device) for part in batch(rank, step)] for step in range(STEPS)]
    with counting("backward") as waits:
        for x, y in batches:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(ddp(x), y).backward()
            optimizer.step()
    state.close()
    waits = {place: times for place, times in waits.functions().items() if place.startswith("models/")}
    flat_, excess = flat(ddp.module).cpu(), monitor.agreement_excess
    return {"waits": waits, "buckets": len(buckets), "flat": flat_, "excess": excess}


@pytest.fixture(scope="module")
def ranks() -> list[dict[Any, Any]]:
    answers = run(everywhere, 3, timeout=4 * LIMIT)
    assert all(isinstance(answer, dict) for answer in answers), answers
    return answers


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_vote_waits_where_it_is_named(transport: str, ranks: list[dict[Any, Any]]) -> None:
    for found in ranks:
        device = found[transport, "device"]
        limits = dict.fromkeys(A_BUCKET, device["buckets"]) | dict.fromkeys(A_STEP, STEPS)
        once = {place: device["waits"].pop(place, 0) for place in ONCE}
        assert max(once.values()) <= 6
        assert set(device["waits"]) <= set(limits)
        assert all(times <= limits[place] for place, times in device["waits"].items())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_device_trains_to_the_bits_of_the_cpu(transport: str, ranks: list[dict[Any, Any]]) -> None:
    for found in ranks:
        cpu, device = found[transport, "cpu"], found[transport, "device"]
        assert torch.equal(cpu["flat"].view(torch.int32), device["flat"].view(torch.int32))
        assert torch.equal(cpu["excess"], device["excess"])


@pytest.mark.parametrize("threaded", [False, True])
def test_a_future_is_told_of_the_tensor_s_device(threaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    told, real = [], comm_thread.Future
    monkeypatch.setattr(comm_thread, "Future", lambda *, devices=(): told.append(list(devices)) or real())
    thread = comm_thread.CommThread(threaded)
    device = torch.device("cuda", 0)
    assert thread.send(lambda: torch.ones(2), device).wait().tolist() == [1.0, 1.0]
    thread.close()
    assert told == [[device]]
