"""The three transports give the vote of a float oracle, on real processes."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist

from models.signsgd.codec import pack, unpack
from models.signsgd.transports import TRANSPORTS, shape
from models.signsgd.vote_protocol import VoteRules, WordLayout, decode
from tests.support.ranks import run

SIZES = ((1,), (64, 1), (63, 65, 200), (1, 2, 3, 64, 1000, 129))
TIES = ("rotate", "random", "abstain", "plus1")


def gradients(worker: int, sizes: tuple[int, ...], step: int) -> list[torch.Tensor]:
    random = np.random.default_rng([worker, len(sizes), step])
    return [torch.from_numpy(random.normal(size=n).astype(np.float32)) for n in sizes]


def layout_of(sizes: tuple[int, ...]) -> WordLayout:
    return WordLayout(sizes, tuple(k << 40 for k in range(len(sizes))))


def everything(rank: int) -> dict[int, tuple[dict, dict, dict]]:
    """Results in groups of the first ranks, by the size of the group."""
    groups = {workers: dist.new_group(list(range(workers))) for workers in (1, 3, 4)}
    return {
        workers: (vote_all(rank, workers, group), silent(workers, group), weighted(rank, workers, group))
        for workers, group in groups.items()
        if rank < workers
    }


@pytest.fixture(scope="module")
def all_ranks() -> list:
    found = run(everything, 4)
    assert not any(isinstance(rank, str) for rank in found), found
    return found


@pytest.fixture(params=[1, 3, 4])
def ranks(request: pytest.FixtureRequest, all_ranks: list) -> list:
    return [all_ranks[rank][request.param] for rank in range(request.param)]


def vote_all(rank: int, workers: int, group: Any) -> dict:
    found = {}
    for name, transport in TRANSPORTS.items():
        for ties in TIES:
            for step, sizes in enumerate(SIZES):
                layout, rules = layout_of(sizes), VoteRules(ties, 5, step, None, True)
                words = torch.cat([pack(g) for g in gradients(rank, sizes, step)])
                absent = rank == 1 and step == 3
                answers, sent = transport(words, absent, layout, rules, group)
                assert tuple(answers.shape) == shape(name, layout.words, workers, rules)
                out = decode(answers, layout, ties, workers)
                parts = [
                    unpack(out.vote[at:], n, mask=None if out.mask is None else out.mask[at:])
                    for at, n in zip(layout.starts, sizes, strict=True)
                ]
                found[name, ties, step] = torch.cat(parts), sent, out.agree, out.seen, out.close
    return found


def silent(workers: int, group: Any) -> dict:
    layout = layout_of((70,))
    found = {}
    for name, transport in TRANSPORTS.items():
        words = torch.full((2,), -1, dtype=torch.int64)
        answers, _ = transport(words, True, layout, VoteRules("rotate", 0, 0, None, True), group)
        out = decode(answers, layout, "rotate", workers)
        found[name] = unpack(out.vote, 70, mask=out.mask), out.agree, out.seen
    return found


def weighted(rank: int, workers: int, group: Any) -> dict:
    layout, found = layout_of((130,)), {}
    for name, transport in TRANSPORTS.items():
        rules = VoteRules("rotate", 0, 0, [4.0, 1.0, 1.0, 1.0][:workers], True)
        answers, _ = transport(pack(gradients(rank, (130,), 0)[0]), False, layout, rules, group)
        found[name] = unpack(decode(answers, layout, "rotate", workers).vote, 130)
    return found


def test_the_vote_is_the_sign_of_the_sum_of_signs_whatever_carries_it(ranks: list) -> None:
    workers, first = len(ranks), ranks[0][0]
    for (name, ties, step), (vote, _, agree, seen, close) in first.items():
        sizes = SIZES[step]
        voters = [m for m in range(workers) if not (m == 1 and step == 3)]
        signs = torch.stack([torch.cat(gradients(m, sizes, step)).sign() for m in range(workers)])
        total = signs[voters].sum(0)
        decided = total != 0
        assert torch.equal(vote[decided], total.sign()[decided]), (name, ties, step)
        expected = {"plus1": 1.0, "abstain": 0.0}
        if ties in expected:
            assert (vote[~decided] == expected[ties]).all()
        if ties == "rotate":
            assert torch.equal(vote[~decided], signs[voters[step % len(voters)]][~decided])
        for m in range(workers):
            assert seen[m] == (len(total) if m in voters else 0)
            same = int((signs[m] == vote).sum()) + int((vote == 0).sum()) // 2
            assert agree[m] == pytest.approx(same if m in voters else 0, abs=workers)
            if ties != "abstain":
                assert agree[m] == (same if m in voters else 0)
        assert close == int((total.abs() <= 1).sum())
        for other in TRANSPORTS:  # ties by the hash as well
            assert torch.equal(vote, first[other, ties, step][0])
    for rank, *_ in ranks[1:]:
        assert all(torch.equal(rank[key][0], first[key][0]) for key in rank)
        assert all(rank[key][2:] == first[key][2:] for key in rank)


def test_bytes_are_those_of_the_table(ranks: list) -> None:
    W, workers = layout_of(SIZES[3]).words, len(ranks)
    S = -(-W // workers)
    for rank, (found, *_) in enumerate(ranks):
        sent = {name: found[name, "rotate", 3][1] for name in TRANSPORTS}
        assert sent["sharded"] == 8 * (workers - 1) * ((1 + S) + (2 + S + workers))
        assert sent["allgather"] == 8 * (workers - 1) * (1 + W)
        assert sent["server"] == 8 * ((workers - 1) * (2 + W + workers) if rank == 0 else 1 + W)


def test_where_nobody_votes_the_update_is_zero(ranks: list) -> None:
    for vote, agree, seen in ranks[0][1].values():
        assert not vote.any()
        assert agree == seen == [0] * len(ranks)


def test_a_weight_above_the_others_decides(ranks: list) -> None:
    for vote in ranks[-1][2].values():
        assert torch.equal(vote, gradients(0, (130,), 0)[0].sign())
