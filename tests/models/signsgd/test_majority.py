import numpy
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.signsgd import codec
from models.signsgd.bitpack import finite, pack, unpack, words_of
from models.signsgd.majority import CHUNK, majority
from models.signsgd.weights import agreement, quantised, weighted_majority

VALUES = st.sampled_from([1.0, -1.0, 0.0, -0.0, 1e-45, -1e-45, 2.5, -3e38, float("nan"), float("inf")])


@st.composite
def worker_gradients(draw):
    """Gradients of 1 to 17 workers; a worker with a NaN or an infinity abstains."""
    M, n = draw(st.integers(1, 17)), draw(st.integers(0, 300))
    grads = numpy.random.default_rng(draw(st.integers(0, 2**32))).choice([1.0, -1.0, -1e-45, 0.0], (M, n))
    for m, k, value in draw(st.lists(st.tuples(st.integers(0, M - 1), st.integers(0, 299), VALUES))):
        if k < n:
            grads[m, k] = value
    return torch.tensor(grads, dtype=torch.float32)


def sent(grads: torch.Tensor) -> tuple[torch.Tensor, list[bool]]:
    words = torch.stack([pack(g, seed=m) for m, g in enumerate(grads)])
    return words, [not finite(g) for g in grads]


def oracle(grads: torch.Tensor, abstained: list[bool]) -> tuple[torch.Tensor, torch.Tensor]:
    """Signs of all, zeros as they were sent; and sign(sum of signs) of those that vote, 0 for a tie."""
    n = grads.shape[1]
    said = torch.sign(torch.nan_to_num(grads.double()))
    filled = torch.stack([unpack(pack(torch.zeros(n), seed=m), n).double() for m in range(len(grads))])
    said = torch.where(said == 0, filled, said)
    weights = 1.0 - torch.tensor(abstained, dtype=torch.float64)
    return said, torch.sign(weights @ said)


@settings(max_examples=300, deadline=None)
@given(grads=worker_gradients(), step=st.integers(0, 99), seed=st.integers(0, 99))
def test_the_vote_is_the_sign_of_the_sum_of_signs(grads, step, seed):
    n = grads.shape[1]
    words, abstained = sent(grads)
    before = words.clone()
    said, wanted = oracle(grads, abstained)
    vote, mask = majority(words, "abstain", abstained=abstained)
    assert torch.equal(unpack(vote, n, torch.float64, mask), wanted)
    assume(not all(abstained))
    voters = [m for m in range(len(grads)) if not abstained[m]]
    rotate = majority(words, "rotate", step=step, seed=seed, abstained=torch.tensor(abstained))
    tie_breaker = said[voters[step % len(voters)]]
    assert torch.equal(unpack(rotate, n).double(), torch.where(wanted == 0, tie_breaker, wanted))
    plus = majority(words, "plus1", abstained=abstained)
    assert torch.equal(unpack(plus, n).double(), torch.where(wanted == 0, 1.0, wanted))
    random = majority(words, "random", step=step, seed=seed, abstained=abstained)
    coin = unpack(pack(torch.zeros(n), step=step, seed=seed), n).double()
    assert torch.equal(unpack(random, n).double(), torch.where(wanted == 0, coin, wanted))
    for result in (vote, rotate, plus, random):
        assert torch.equal(result, pack(unpack(result, n)))  # padding is 0
    assert torch.equal(words, before)


@pytest.mark.parametrize("M", [18, 31, 32, 64, 127, 128, 255, 256, 300])
def test_many_workers(M):
    said = torch.randn(M, 130, generator=torch.Generator().manual_seed(M)).sign()
    said[:, 0], said[:, 1] = 1, -1
    said[: M // 2, 2], said[M // 2 :, 2] = 1, -1
    vote, mask = majority(torch.stack([pack(s) for s in said]), "abstain")
    assert torch.equal(unpack(vote, 130, mask=mask), said.sum(0).sign())


@pytest.mark.parametrize("ties", ["rotate", "random", "plus1"])
def test_a_vote_on_parts_is_the_vote_on_the_whole(ties):
    words = torch.randint(-(2**62), 2**62, (4, CHUNK + 77), generator=torch.Generator().manual_seed(0))
    whole = codec.majority(words, ties, step=3, seed=5)
    parts = [codec.majority(words[:, a:b], ties, step=3, seed=5, first=a) for a, b in [(0, 99), (99, None)]]
    assert torch.equal(whole, torch.cat(parts))


@settings(max_examples=200, deadline=None)
@given(data=st.data(), n=st.integers(0, 150), step=st.integers(0, 20))
def test_a_weighted_vote_is_the_sign_of_the_weighted_sum(data, n, step):
    weights = data.draw(st.lists(st.integers(-255, 255), min_size=1, max_size=9))
    assume(any(weights))
    rng = numpy.random.default_rng(n)
    said = torch.tensor(rng.choice([1.0, -1.0], (len(weights), n)))
    words = torch.stack([pack(s) for s in said])
    wanted = torch.sign(torch.tensor(weights, dtype=torch.float64) @ said)
    vote, mask = weighted_majority(words, weights, "abstain", n=n)
    assert torch.equal(unpack(vote, n, torch.float64, mask), wanted)
    voters = [m for m, weight in enumerate(weights) if weight]
    tie_breaker = voters[step % len(voters)]
    vote = weighted_majority(words, torch.tensor(weights), step=step, n=n)
    own = said[tie_breaker] * numpy.sign(weights[tie_breaker])
    assert torch.equal(unpack(vote, n).double(), torch.where(wanted == 0, own, wanted))
    assert torch.equal(vote, pack(unpack(vote, n)))


def test_equal_weights_are_a_plain_vote_and_floats_keep_their_ratios():
    words = torch.randint(-(2**62), 2**62, (6, 9), generator=torch.Generator().manual_seed(1))
    assert torch.equal(weighted_majority(words, [0.3] * 6, step=2), majority(words, step=2))
    assert quantised(torch.tensor([0.1, 0.2, 0.3])) == [1, 2, 3]
    assert quantised([1e9, 1e3]) == [1, 0]


@given(data=st.data(), M=st.integers(1, 5), n=st.integers(0, 300))
@settings(deadline=None)
def test_agreement_counts_equal_signs_without_padding(data, M, n):
    rng = numpy.random.default_rng(data.draw(st.integers(0, 2**32)))
    said, vote = torch.tensor(rng.choice([1.0, -1.0], (M, n))), torch.tensor(rng.choice([1.0, -1.0], n))
    words = torch.stack([pack(s) for s in said])
    assert agreement(words, pack(vote), n).tolist() == (said == vote).sum(1).tolist()
    dirty = ~(~pack(vote)) | (0 if n % 64 == 0 else torch.tensor([0] * (words_of(n) - 1) + [-1 << n % 64]))
    assert agreement(words, dirty, n).tolist() == (said == vote).sum(1).tolist()


def test_nobody_votes():
    words = torch.full((2, 3), -1)
    for plane in majority(words, "abstain", abstained=[True, True]):
        assert not plane.any()
    for vote in (majority, codec.majority):
        with pytest.raises(ValueError, match="no worker votes at this step"):
            vote(words, abstained=[True, True])
    with pytest.raises(ValueError, match="no worker votes at this step"):
        weighted_majority(words, [0, 0])


def test_mistakes_are_named():
    words = torch.zeros(2, 3, dtype=torch.int64)
    with pytest.raises(ValueError, match="ties is 'minus'; it must be one of rotate, random, abstain, plus1"):
        majority(words, "minus")
    with pytest.raises(ValueError, match=r"words are torch.int64 of shape \(3,\)"):
        majority(words[0])
    with pytest.raises(ValueError, match="there are 2 workers and 3 flags"):
        majority(words, abstained=[False] * 3)
    with pytest.raises(ValueError, match="there are 2 workers and 1 weights"):
        weighted_majority(words, [1])
    with pytest.raises(ValueError, match="a weight is negative; pass n"):
        weighted_majority(words, [1, -1])
    with pytest.raises(ValueError, match="a weight is not finite"):
        weighted_majority(words, [1, float("nan")])
