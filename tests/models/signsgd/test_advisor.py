"""Predicted efficiency against votes held on digits and draws written out; step times against a trial's."""

from itertools import combinations

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.func import functional_call, grad, vmap

from models.signsgd.advisor import Tally, advise, batch_advice, expected_vote
from models.signsgd.network_model import Codec, Job, Link, low_rank_size, rank

CHECKPOINTS = 0, 30, 100, 300
ROWS, SIZE = 1424, 16  # a pass is 89 micro-batches


class Digits:
    """A network that learns digits, and the gradient of each sample as it stands."""

    def __init__(self, seed=0):
        images, digits = load_digits(return_X_y=True)
        self.images = torch.tensor(images[:ROWS] / 16, dtype=torch.float32)
        self.digits = torch.tensor(digits[:ROWS])
        torch.manual_seed(seed)
        self.net = nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))
        self.adam = torch.optim.Adam(self.net.parameters(), 2e-3)
        self.generator = torch.Generator().manual_seed(seed)

    def learn(self, steps):
        for _ in range(steps):
            rows = torch.randint(0, ROWS, (240,), generator=self.generator)
            self.adam.zero_grad()
            nn.functional.cross_entropy(self.net(self.images[rows]), self.digits[rows]).backward()
            self.adam.step()

    def samples(self):
        def loss(weights, image, digit):
            return nn.functional.cross_entropy(
                functional_call(self.net, weights, (image[None],)), digit[None]
            )

        weights = {name: part.detach() for name, part in self.net.named_parameters()}
        found = vmap(grad(loss), in_dims=(None, 0, 0))(weights, self.images, self.digits)
        return torch.cat([part.reshape(ROWS, -1) for part in found.values()], 1)

    def one_pass(self, samples):
        order = torch.randperm(ROWS, generator=self.generator)
        return samples[order].view(ROWS // SIZE, SIZE, -1).mean(1)


@pytest.fixture(scope="module")
def checkpoints():
    digits, found, done = Digits(), [], 0
    for steps in CHECKPOINTS:
        digits.learn(steps - done)
        done = steps
        found.append((digits, digits.samples()))
    return found


def held(gradients, workers, generator):
    """Mean vote of disjoint groups of workers, ties and zeros by coin."""
    coins = torch.randint(0, 2, gradients.shape, generator=generator) * 2 - 1
    signs = torch.where(gradients == 0, coins, gradients.sign())
    groups = len(signs) // workers
    sums = signs[: groups * workers].view(groups, workers, -1).sum(1)
    return torch.where(sums == 0, coins[:groups], sums.sign()).double().mean(0)


def measured(digits, samples, workers, passes=60):
    g = samples.double().mean(0)
    votes = [held(digits.one_pass(samples), workers, digits.generator) for _ in range(passes)]
    return float(torch.stack(votes).mean(0) @ g / g.abs().sum())


def predicted(digits, samples, workers, passes=10):
    tallies = [Tally().push(digits.one_pass(samples)) for _ in range(passes)]
    return [sum(tally.efficiency(M, tally.mean) for tally in tallies) / passes for M in workers]


@pytest.mark.parametrize("stage", range(len(CHECKPOINTS)))
def test_prediction_is_what_votes_of_other_batches_show(checkpoints, stage):
    digits, samples = checkpoints[stage]
    workers = [3, 4, 5, 7, 9, 11, 13, 15]
    for M, told in zip(workers, predicted(digits, samples, workers), strict=True):
        assert told == pytest.approx(measured(digits, samples, M), abs=0.02), M


def all_draws(gradients, workers, ties):
    """Efficiency by every choice of workers, judged by the micro-batches that are left."""
    rows, total = set(range(len(gradients))), []
    for chosen in combinations(sorted(rows), workers):
        vote = gradients[list(chosen)].sign().sum(0).sign()
        vote[vote == 0] = float(ties == "plus1")
        total.append((vote * gradients[sorted(rows - set(chosen))].mean(0)).sum())
    return float(torch.stack(total).mean())


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
@pytest.mark.parametrize("ties", ["rotate", "plus1"])
def test_a_sample_is_every_draw_judged_by_the_rest(workers, ties):
    gradients = torch.randn(7, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64) + 0.3
    tally = Tally().push(gradients[:2]).push(gradients[2]).push(gradients[3:])
    told = tally.efficiency(workers, ties=ties) * tally._norm()
    assert told == pytest.approx(all_draws(gradients, workers, ties), abs=1e-12)


def test_expected_votes_are_those_of_drawn_workers():
    generator, n, M = torch.Generator().manual_seed(0), 9, 4
    for plus in (0, 3, 5, 9):
        said = torch.where(torch.arange(n) < plus, 1, -1)
        draws = torch.rand(40_000, n, generator=generator).argsort(1)[:, :M]
        vote = said[draws].sum(1).sign().double()
        assert float(expected_vote(n, M)[plus]) == pytest.approx(float(vote.mean()), abs=0.02)
        many = said[torch.randint(0, n, (40_000, 10), generator=generator)].sum(1).sign().double()
        assert float(expected_vote(n, 10)[plus]) == pytest.approx(float(many.mean()), abs=0.02)


def test_norm_is_less_biased_than_that_of_the_mean():
    g = torch.linspace(-1, 1, 2000)
    noise = torch.randn(64, 2000, generator=torch.Generator().manual_seed(0))
    tally, norm = Tally().push(g + 2 * noise), float(g.abs().sum())
    plain = float(tally.mean.abs().sum())
    assert abs(tally._norm() / norm - 1) < 0.02 < plain / norm - 1


def test_halves_agree_when_batches_do():
    noise = torch.randn(64, 500, generator=torch.Generator().manual_seed(0))
    first, second = Tally().push(torch.linspace(-1, 1, 500) + noise).halves(7)
    assert first == pytest.approx(second, abs=0.05)
    nothing = Tally().push(noise).halves(7)
    assert max(map(abs, nothing)) < 0.15  # the other half knows nothing of a gradient that is not there


def test_larger_batches_are_advised_where_they_help():
    gradients = torch.randn(120, 400, generator=torch.Generator().manual_seed(0)) + 0.25
    tallies = [Tally(merge).push(gradients[:50]).push(gradients[50:]) for merge in (1, 4, 16)]
    assert [tally.n for tally in tallies] == [120, 30, 7]
    g = torch.full((400,), 0.25)
    found = [tally.efficiency(3, g) for tally in tallies]
    # P(plus) of one batch is Phi(0.25 sqrt(merge)): 0.599, 0.691, 0.841; of three, 3p^2 - 2p^3 are right.
    assert found == pytest.approx([0.292, 0.545, 0.865], abs=0.04)
    assert batch_advice(tallies, 3, 0.5, g) == 4
    assert batch_advice(tallies, 3, 0.99, g) is None


def test_zeros_vote_by_the_rule():
    gradients = torch.tensor([[0.0, 1.0]] * 8)
    assert Tally().push(gradients).plus.sum(0).tolist() == [4, 8]
    assert Tally(zeros="plus").push(gradients).plus.sum(0).tolist() == [8, 8]


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="4 are the fewest"):
        Tally().push(torch.ones(3, 2)).efficiency(3)
    with pytest.raises(ValueError, match="gradient 1 is nan at coordinate 0"):
        Tally().push(torch.tensor([[1.0], [float("nan")]]))
    with pytest.raises(ValueError, match="3 coordinates; earlier ones 2"):
        Tally().push(torch.ones(2)).push(torch.ones(3))
    with pytest.raises(ValueError, match="overlap is 2"):
        Job([(5,)], 2, overlap=2)


def resnet50():
    """Shapes of the parameters of ResNet-50, written from its table of layers."""
    shapes, width = [(64, 3, 7, 7), (64,), (64,)], 64
    for blocks, inner in ((3, 64), (4, 128), (6, 256), (3, 512)):
        for block in range(blocks):
            for out, inside, side in ((inner, width, 1), (inner, inner, 3), (4 * inner, inner, 1)):
                shapes += [(out, inside, side, side), (out,), (out,)]
            if block == 0:
                shapes += [(4 * inner, width, 1, 1), (4 * inner,), (4 * inner,)]
            width = 4 * inner
    return [*shapes, (1000, 2048), (1000,)]


def test_sizes_are_those_counted_on_the_wire():
    job = Job(resnet50(), workers=4, rank=2)
    assert job.parameters == 25_557_032
    sent = {way.name: way.sent / 1e6 for way in rank(Link(1e9), job)}
    counted = {"fp32": 153.7, "fp16": 76.8, "sharded": 4.81, "allgather": 9.6}
    assert {name: sent[name] for name in counted} == pytest.approx(counted, rel=0.01)
    # Numbers after compression by compression_stats of PyTorch's hook, on these shapes.
    assert [low_rank_size(job.shapes, r) for r in (1, 2, 4)] == [136_611, 219_102, 384_084]


# Milliseconds of communication and codec, 25.56M parameters: link, workers, way -> time; medians of a trial.
COLLECTIVES = {
    (1e8, 4): {"fp32": 13232, "fp16": 6903, "server": 1416, "allgather": 867, "sharded": 483},
    (1e9, 4): {"fp32": 1336, "fp16": 697},
    (1e9, 3): {"fp32": 1162, "fp16": 591},
    (1e9, 2): {"fp32": 898, "fp16": 493},
    (2.5e9, 3): {"fp32": 469},
}


@pytest.mark.parametrize(("link", "workers"), COLLECTIVES)
def test_times_that_the_wire_decides_are_those_measured(link, workers):
    known, ways = COLLECTIVES[link, workers], rank(Link(link), Job(resnet50(), workers))
    times = {way.name: way.step * 1e3 for way in ways if way.name in known}
    assert times == pytest.approx(known, rel=0.25)
    assert sorted(known, key=known.get) == sorted(known, key=times.get)


# Milliseconds of a step of ResNet-50 by three processes of one core; the low rank is slow to compute there.
STEPS = {
    1e8: {"fp32": 12118, "fp16": 6131, "powersgd": 2017, "sharded": 842},
    1e9: {"fp32": 1497, "fp16": 906, "powersgd": 1566, "sharded": 536},
    1e10: {"fp32": 900, "fp16": 815, "powersgd": 1961, "sharded": 528},
}


def test_ranks_of_steps_are_those_measured():
    codec = Codec(low_rank=28e-9)  # from the first row; the others are predicted
    job = Job(resnet50(), workers=3, compute=0.45, rank=2)
    for link, known in STEPS.items():
        found = [way.name for way in rank(Link(link), job, codec) if way.name in known]
        if link < 1e10:
            assert found == sorted(known, key=known.get)
        else:  # there the processor, not the wire, parted fp16 from fp32
            assert (found[-1], "sharded" in found[:3]) == ("powersgd", True)


def test_verdicts():
    job = Job([(25_557_032,)], workers=8, compute=0.11)
    gpu = Codec(pack=1e-11, unpack=1e-11, vote=1e-12, cast=1e-12, move=1e-12)
    slow = advise(rank(Link(1e9, 2e-5), job, gpu), 0.4, error=0.02)
    assert slow.verdict == "use"
    assert "by fp16" in slow.reason
    hidden = Job(job.shapes, 8, 0.11, overlap=1.0)
    assert advise(rank(Link(1e11, 2e-5), hidden, gpu)).verdict == "level"
    past_the_host = Codec(move=0.0)  # and the codec is slower than the wire
    assert advise(rank(Link(1e11, 2e-5), hidden, past_the_host)).verdict == "do not use"
    assert advise(rank(Link(1e9, 2e-5), job, gpu), 0.03, error=0.02).verdict == "do not use"


def test_overlap_hides_the_wire_and_cores_the_codec():
    plain = {way.name: way for way in rank(Link(1e9), Job([(10**7,)], 4, compute=0.1))}
    hidden = {way.name: way for way in rank(Link(1e9), Job([(10**7,)], 4, compute=0.1, overlap=0.5, cores=2))}
    for name, way in plain.items():
        assert way.step == pytest.approx(0.1 + way.codec + way.wire)
        assert hidden[name].step == pytest.approx(0.1 + way.codec / 2 + max(0, way.wire - 0.05))


def test_a_codec_is_timed():
    def pack(gradient):
        return gradient < 0

    codec = Codec.measured(pack, lambda words: words.sum(0) > 2, lambda words: words.float(), size=2**16)
    assert all(0 < value < 1e-6 for value in vars(codec).values())
