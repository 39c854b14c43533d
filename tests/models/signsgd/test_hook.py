"""The hook on three real processes, against an oracle that knows nothing of words or buckets."""

from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import nn

from models.signsgd.fault_injection import FaultPlan
from models.signsgd.guards import guard
from models.signsgd.state import VoteState
from tests.support.ranks import run
from tests.support.voting import loss_of, network, parallel, same, train

WORKERS, STEPS, BETA = 3, 8, 0.9


def against_oracle(rank: int, transport: str, bad: int | None = None) -> dict[str, Any]:
    """Gradient of each step beside sign(sum of sign(v_m)); at step ``bad`` rank 1 has a NaN."""
    ddp, state = parallel(network(), transport=transport, momentum=BETA, check_every=2)
    own, orders, layout = [torch.zeros_like(p) for p in ddp.parameters()], [], []
    order = state.vote_

    def spy(flat: torch.Tensor, names: list[str], sizes: list[int]) -> None:
        layout.append(tuple(names))
        order(flat, names, sizes)

    state.vote_ = spy
    optimizer = torch.optim.SGD(ddp.parameters(), lr=0.01)
    wrong = 0
    for step in range(STEPS):
        ill = step == bad and rank == 1
        alone = torch.autograd.grad(loss_of(ddp.module, rank, step), list(ddp.module.parameters()))
        optimizer.zero_grad()
        (loss_of(ddp, rank, step) * (torch.nan if ill else 1)).backward()
        for v, gradient, p in zip(own, alone, ddp.parameters(), strict=True):
            if not ill:
                v.mul_(BETA).add_(gradient * (1 - BETA))
            total = torch.zeros_like(v) if ill else v.sign()
            dist.all_reduce(total)
            decided = total != 0
            wrong += int((p.grad[decided] != total[decided].sign()).sum()) + int((p.grad.abs() != 1).sum())
        optimizer.step()
        orders.append(tuple(layout))
        layout.clear()
    same_moments = all(
        torch.equal(state.moments[name], v.reshape(-1)) for name, v in zip(state.places, own, strict=True)
    )
    result = {"wrong": wrong, "same": same(ddp), "moments": same_moments, "abstained": state.abstained_}
    result |= {"orders": len(set(orders)), "buckets": len(orders[-1]), "step": state.step}
    state.close()
    return result


def resumed(rank: int) -> bool:
    """Ties and zeros by the hash: rank 2 drops out, and ReLU leaves zeros."""
    options: dict[str, Any] = {
        "ties": "random",
        "zeros": "random",
        "fault_plan": FaultPlan(drop=[2]),
        "seed": 3,
    }
    whole, state = parallel(network(nn.ReLU), **options)
    train(whole, range(10))
    first, state = parallel(network(nn.ReLU), **options)
    train(first, range(5))
    saved = first.module.state_dict(), state.state_dict()
    again, state = parallel(network(nn.ReLU, seed=9), **options)
    again.module.load_state_dict(saved[0])
    state.load_state_dict(saved[1])
    train(again, range(5, 10))
    return all(torch.equal(a, b) for a, b in zip(whole.parameters(), again.parameters(), strict=True))


def planted(rank: int) -> str:
    ddp, _ = parallel(network(), check_every=2)
    train(ddp, range(2))
    if rank == 1:
        with torch.no_grad():
            ddp.module[2].weight[3, 4] += 1e-6
    with pytest.raises(RuntimeError) as found:
        train(ddp, range(2, 6))
    with pytest.raises(RuntimeError, match="replicas differ"):  # and it stays failed
        train(ddp, range(1))
    return str(found.value)


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.used, self.some, self.never = nn.Linear(7, 2), nn.Linear(7, 2), nn.Linear(7, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.used(x) + (self.some(x) if dist.get_rank() == 0 else 0)


def unused(rank: int) -> tuple[bool, bool, bool]:
    net = Branches()
    before = net.never.weight.detach().clone(), net.some.weight.detach().clone()
    ddp, _ = parallel(net, ddp={"find_unused_parameters": True})
    with pytest.warns(UserWarning, match="find_unused_parameters"):
        guard(torch.optim.SGD(net.parameters(), lr=0.1), model=ddp)
    train(ddp, range(4))
    stays = torch.equal(net.never.weight, before[0]) and net.never.weight.grad is None
    return stays, not torch.equal(net.some.weight, before[1]), same(ddp)


def half(rank: int) -> tuple[bool, bool]:
    ddp, state = parallel(network().to(torch.bfloat16))
    x = torch.randn(4, 7, generator=torch.Generator().manual_seed(rank)).to(torch.bfloat16)
    ddp(x).square().sum().backward()
    signs = all(bool((p.grad.abs() == 1).all()) for p in ddp.parameters())
    return signs, all(v.dtype == torch.float32 for v in state.moments.values())


def refused(rank: int) -> list[str]:
    """Messages of what does not fit."""
    found, net = [], network()
    ddp, state = parallel(net)
    for options in ({"transport": "pigeon"}, {"momentum": 1.0}):
        with pytest.raises(ValueError, match="must be") as error:
            VoteState(net, **options)  # type: ignore[arg-type]
        found.append(str(error.value))
    train(ddp, range(1))
    saved = state.state_dict()
    for change in ({"workers": 7}, {"momentum": {"gone": torch.zeros(1)}}):
        with pytest.raises(ValueError, match="the checkpoint has") as error:
            state.load_state_dict(saved | change)
        found.append(str(error.value))
    optimizer = torch.optim.SGD(ddp.parameters(), lr=0.1)
    guard(optimizer)
    train(ddp, range(1), optimizer=optimizer)  # votes pass
    torch.nn.utils.clip_grad_norm_(ddp.parameters(), 1.0)
    with pytest.raises(ValueError, match="is no vote any more"):
        optimizer.step()
    return found


def everything(rank: int) -> dict[str, Any]:
    found: dict[str, Any] = {t: against_oracle(rank, t) for t in ("sharded", "allgather", "server")}
    found["nan"] = against_oracle(rank, "sharded", bad=3)
    cases = (resumed, planted, unused, half, refused)
    return found | {case.__name__: case(rank) for case in cases}


@pytest.fixture(scope="module")
def ranks() -> list[dict[str, Any]]:
    found = run(everything, WORKERS)
    assert not any(isinstance(rank, str) for rank in found), found
    return found


@pytest.mark.parametrize("transport", ["sharded", "allgather", "server"])
def test_votes_are_signs_of_sums_of_signs_of_momenta(ranks: list[dict[str, Any]], transport: str) -> None:
    for rank in ranks:
        found = rank[transport]
        assert found["wrong"] == 0
        assert found["same"]
        assert found["step"] == STEPS


def test_momentum_follows_the_parameter_when_buckets_are_built_anew(ranks: list[dict[str, Any]]) -> None:
    for rank in ranks:
        assert rank["sharded"]["orders"] > 1
        assert rank["sharded"]["buckets"] > 1
        assert rank["sharded"]["moments"]


def test_a_nan_makes_its_worker_abstain_and_leaves_its_momentum(ranks: list[dict[str, Any]]) -> None:
    for number, rank in enumerate(ranks):
        found = rank["nan"]
        assert found["wrong"] == 0
        assert found["moments"]
        assert found["same"]
        assert (found["abstained"] > 0) == (number == 1)


def test_a_run_that_goes_on_from_a_checkpoint_is_the_unbroken_one(ranks: list[dict[str, Any]]) -> None:
    assert all(rank["resumed"] for rank in ranks)


def test_replicas_that_differ_stop_with_the_parameter(ranks: list[dict[str, Any]]) -> None:
    for rank in ranks:
        assert "replicas differ at step 2: 1 parameters, the first is 2.weight" in rank["planted"]


def test_a_parameter_that_nobody_uses_stays(ranks: list[dict[str, Any]]) -> None:
    assert all(rank["unused"] == (True, True, True) for rank in ranks)


def test_half_gradients_have_whole_momenta(ranks: list[dict[str, Any]]) -> None:
    assert all(rank["half"] == (True, True) for rank in ranks)


def test_what_does_not_fit_is_refused(ranks: list[dict[str, Any]]) -> None:
    assert all("one of sharded" in rank["refused"][0] for rank in ranks)
    assert all("momentum of gone" in rank["refused"][3] for rank in ranks)


def test_a_second_momentum_and_a_scaler_are_refused() -> None:
    x = nn.Parameter(torch.zeros(2))
    with pytest.raises(ValueError, match="SGD has momentum 0.9"):
        guard(torch.optim.SGD([x], lr=0.1, momentum=0.9))
    with pytest.raises(ValueError, match="Adam rescales"):
        guard(torch.optim.Adam([x]))
    with pytest.raises(ValueError, match="GradScaler divides"):
        guard(torch.optim.SGD([x], lr=0.1), scaler=torch.amp.GradScaler("cpu"))
