"""Mean in a node and vote across nodes, and FSDP2's collectives, on four real processes."""

from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from models.signsgd.fsdp import vote_across, vote_inside
from models.signsgd.state import VoteState
from tests.support.ranks import run
from tests.support.voting import loss_of, network, parallel, same, train
from tests.support.waiting import LIMIT

WORKERS, STEPS, BETA, LR = 4, 5, 0.5, 0.01


def votes_of(net: Any, moments: list[torch.Tensor], step: int, nodes: list[list[int]]) -> list[torch.Tensor]:
    """Signs of the sum over nodes of the signs of the momentum of the node's mean, by floats."""
    totals = [torch.zeros_like(p) for p in net.parameters()]
    for k, node in enumerate(nodes):
        parameters = list(net.parameters())
        found = [torch.autograd.grad(loss_of(net, rank, step), parameters) for rank in node]
        for total, v, *gradients in zip(totals, moments[k], *found, strict=True):
            v.mul_(BETA).add_(sum(gradients) / len(node) * (1 - BETA))
            total += v.sign()
    return [total.sign() for total in totals]


def blank(net: Any, nodes: int) -> list[Any]:
    return [[torch.zeros_like(p) for p in net.parameters()] for _ in range(nodes)]


def by_node(rank: int) -> dict[str, Any]:
    """DistributedDataParallel, three nodes, of which one has two processes."""
    nodes = [[0, 1], [2], [3]]
    groups = [dist.new_group(node) for node in nodes]
    mine = next(group for node, group in zip(nodes, groups, strict=True) if rank in node)
    ddp, state = parallel(network(), node_group=mine, momentum=BETA, check_every=2)
    moments, wrong = blank(ddp.module, 3), 0
    for step in range(STEPS):
        expected = votes_of(ddp.module, moments, step, nodes)
        train(ddp, range(step, step + 1), LR)
        wrong += sum(int((p.grad != v).sum()) for p, v in zip(ddp.parameters(), expected, strict=True))
    return {"wrong": wrong, "same": same(ddp), "voters": state.workers_, "sent": state.bytes_sent_ > 0}


def sharded_net(mesh: Any) -> Any:
    from torch.distributed.fsdp import fully_shard  # seconds, which only the ranks need

    net = network()
    for layer in (net[0], net[2]):
        fully_shard(layer, mesh=mesh)
    return fully_shard(net, mesh=mesh)


def follow(net: Any, nodes: list[list[int]]) -> dict[str, Any]:
    """Train a sharded network and a whole one by votes, and count where they differ."""
    whole, wrong = network(), 0
    moments = blank(whole, len(nodes))
    optimizer = torch.optim.SGD(net.parameters(), lr=LR)
    for step in range(STEPS):
        votes = votes_of(whole, moments, step, nodes)
        train(net, range(step, step + 1), optimizer=optimizer)
        with torch.no_grad():
            for p, vote, sharded in zip(whole.parameters(), votes, net.parameters(), strict=True):
                p -= LR * vote
                wrong += int((sharded.grad.full_tensor() != vote).sum())
                wrong += int((sharded.full_tensor() != p).sum())
    return {"wrong": wrong}


def inside(rank: int) -> dict[str, Any]:
    net = sharded_net(init_device_mesh("cpu", (WORKERS,)))
    state = VoteState(net, momentum=BETA, ties="abstain", timeout=LIMIT)
    vote_inside(net, state)
    found = follow(net, [[m] for m in range(WORKERS)])
    saved = state.state_dict()
    return found | {"step": saved["step"], "names": sorted(saved["momentum"]), "sent": state.bytes_sent_}


def across(rank: int) -> dict[str, Any]:
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("node", "shard"))
    net = sharded_net(mesh["shard"])
    for module in (net, net[0], net[2]):  # gloo has no average; signs do not see the factor
        module.set_force_sum_reduction_for_comms(True)
        module.set_gradient_divide_factor(1.0)
    state = VoteState(net, mesh["node"].get_group(), momentum=BETA, ties="abstain", timeout=LIMIT)
    vote_across(net, state)
    found = follow(net, [[0, 1], [2, 3]])
    state.check_replicas()
    return found | {"step": state.state_dict()["step"], "size": sum(len(v) for v in state.moments.values())}


def everything(rank: int) -> dict[str, Any]:
    return {case.__name__: case(rank) for case in (by_node, inside, across)}


@pytest.fixture(scope="module")
def ranks() -> list[dict[str, Any]]:
    found = run(everything, WORKERS)
    assert not any(isinstance(rank, str) for rank in found), found
    return found


def test_a_node_has_one_vote_on_the_mean_of_its_processes(ranks: list[dict[str, Any]]) -> None:
    for number, rank in enumerate(ranks):
        found = rank["by_node"]
        assert found == {"wrong": 0, "same": True, "voters": 3, "sent": number != 1}


def test_a_reduce_scatter_that_votes_is_the_vote(ranks: list[dict[str, Any]]) -> None:
    for rank in ranks:
        assert rank["inside"]["wrong"] == 0
        assert rank["inside"]["step"] == STEPS
        assert "0:3" in rank["inside"]["names"]


def test_votes_across_nodes_are_on_shards_of_the_mean(ranks: list[dict[str, Any]]) -> None:
    coordinates = sum(p.numel() for p in network().parameters())
    for rank in ranks:
        assert rank["across"]["wrong"] == 0
        assert rank["across"]["step"] == STEPS
        assert rank["across"]["size"] < 0.6 * coordinates


def test_a_model_that_is_not_sharded_is_refused() -> None:
    with pytest.raises(ValueError, match="call fully_shard on it first"):
        vote_across(network(), None)  # type: ignore[arg-type]
