"""How long a step takes over a network: dense means, low ranks and votes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from time import perf_counter
from typing import Any

import torch


@dataclass(frozen=True)
class Link:
    """A full-duplex link of each worker.

    Attributes
    ----------
    bandwidth : float
        Bits a second.
    latency : float
        Seconds a message.
    share : float
        Of the bandwidth that payload gets.
    """

    bandwidth: float
    latency: float = 2e-4
    share: float = 0.92

    def seconds(self, size: float, messages: int) -> float:
        """Time of so many bytes in so many messages, one after another."""
        return 8 * size / (self.bandwidth * self.share) + messages * self.latency


@dataclass(frozen=True)
class Codec:
    """Seconds a coordinate on one core, by `measured`; the defaults are of pure torch on one AVX-512 core.

    Attributes
    ----------
    pack, unpack : float
        Signs to bits, and bits to signs.
    vote : float
        Majority of bits, a worker.
    cast : float
        To half precision and back.
    low_rank : float
        PowerSGD's three products, a rank.
    move : float
        Seconds a byte that is sent: what gloo and the kernel take to send, receive and add it up.
    """

    pack: float = 0.77e-9
    unpack: float = 1.9e-9
    vote: float = 0.024e-9
    cast: float = 2.4e-9
    low_rank: float = 2.1e-9
    move: float = 0.7e-9

    @classmethod
    def measured(
        cls,
        pack: Callable[[Any], Any],
        vote: Callable[[Any], Any],
        unpack: Callable[[Any], Any],
        *,
        size: int = 2**22,
        workers: int = 4,
        device: str = "cpu",
    ) -> "Codec":
        """Times on this machine, the best of five.

        Parameters
        ----------
        pack : callable, gradient (size,) -> words
        vote : callable, words (workers, ...) -> words
        unpack : callable, words -> signs
        """
        gradient = torch.arange(size, device=device) % 2 - 0.5
        words = pack(gradient)
        many = torch.stack([words] * workers)
        side = int(size**0.5)
        matrix, thin = gradient[: side * side].view(side, side), gradient[: 4 * side].view(side, 4)
        return cls(
            pack=best(lambda: pack(gradient), device) / size,
            unpack=best(lambda: unpack(words), device) / size,
            vote=best(lambda: vote(many), device) / (size * workers),
            cast=best(lambda: gradient.half().float(), device) / size,
            low_rank=best(lambda: (matrix @ thin, matrix.T @ thin, thin @ thin.T), device) / (4 * side**2),
        )


def best(work: Callable[[], Any], device: str = "cpu", repeats: int = 5) -> float:
    """Least seconds of some runs after one that is not counted.

    Parameters
    ----------
    work : callable, () -> anything
    device : str
        What to wait for after a run, where it is not "cpu".
    repeats : int
    """
    times = []
    for _ in range(repeats + 1):
        begin = perf_counter()
        work()
        if device != "cpu":
            torch.cuda.synchronize(device)
        times.append(perf_counter() - begin)
    return min(times[1:])


@dataclass(frozen=True)
class Job:
    """A training step of each worker.

    Attributes
    ----------
    shapes : sequence of tuples
        Of the parameters; one tuple ``(d,)`` serves where PowerSGD is not asked for.
    workers : int
    compute : float
        Seconds of the forward and backward pass.
    overlap : float
        Share of ``compute`` in which messages may travel, 0 to 1; codecs are never hidden.
    cores : int
        Cores that run the codec.
    rank : int
        PowerSGD's; 0 leaves it out.
    """

    shapes: Sequence[Sequence[int]]
    workers: int
    compute: float = 0.0
    overlap: float = 0.0
    cores: int = 1
    rank: int = 0

    def __post_init__(self) -> None:
        if self.workers < 2:
            raise ValueError(f"workers is {self.workers}; with fewer than 2 nothing is sent")
        if not 0 <= self.overlap <= 1:
            raise ValueError(f"overlap is {self.overlap}; it must be 0 to 1")

    @property
    def parameters(self) -> int:
        """Number of coordinates."""
        return sum(prod(shape) for shape in self.shapes)


@dataclass(frozen=True)
class Time:
    """One way to train: seconds a step and its parts, and bytes that the busiest worker sends."""

    name: str
    step: float
    wire: float
    codec: float
    sent: float


def low_rank_size(shapes: Sequence[Sequence[int]], rank: int) -> int:
    """Numbers that PowerSGD sends for a gradient; matrices that would shrink less than by half go whole.

    Source: Vogels, Karimireddy and Jaggi, "PowerSGD", NeurIPS 2019, with the rule of PyTorch's hook.

    Parameters
    ----------
    shapes : sequence of tuples
        Of the parameters.
    rank : int

    Examples
    --------
    >>> low_rank_size([(100, 50), (7,)], rank=2)
    307
    """
    total = 0
    for shape in shapes:
        whole, rows = prod(shape), shape[0] if len(shape) > 1 else 1
        thin = (rows + whole // max(rows, 1)) * rank
        total += thin if len(shape) > 1 and 2 * thin < whole else whole
    return total


def rank(link: Link, job: Job, codec: Codec | None = None) -> list[Time]:
    """Ways to train, the fastest first: fp32, fp16, powersgd, and votes sharded, by allgather or a server.

    Dense means and the sharded vote go round a ring.

    Parameters
    ----------
    link : Link
    job : Job
    codec : Codec, optional
        Of this machine, by `Codec.measured`; else a typical one.

    Examples
    --------
    >>> [time.name for time in rank(Link(1e9), Job([(25_000_000,)], workers=4))]
    ['sharded', 'allgather', 'server', 'fp16', 'fp32']
    """
    codec, d, M = codec or Codec(), job.parameters, job.workers
    ring, hops = 2 * (M - 1) / M, 2 * (M - 1)
    bits, ends = d / 8, d * (codec.pack + codec.unpack)
    methods = [
        ("fp32", ring * 4 * d, hops, 0.0),
        ("fp16", ring * 2 * d, hops, d * codec.cast),
        ("sharded", ring * bits, hops, ends + d * codec.vote),
        ("allgather", (M - 1) * bits, M - 1, ends + M * d * codec.vote),
        # The server receives all before it sends.
        ("server", 2 * (M - 1) * bits, 2, ends + M * d * codec.vote),
    ]
    if job.rank:
        sent = ring * 4 * low_rank_size(job.shapes, job.rank)
        methods.append(("powersgd", sent, 3 * hops, d * job.rank * codec.low_rank))
    times = [
        _time(link, job, name, sent, hops, seconds + sent * codec.move)
        for name, sent, hops, seconds in methods
    ]
    return sorted(times, key=lambda time: time.step)


def _time(link: Link, job: Job, name: str, sent: float, messages: int, codec: float) -> Time:
    wire, codec = link.seconds(sent, messages), codec / job.cores
    waited = max(0.0, wire - job.overlap * job.compute)
    return Time(name, job.compute + codec + waited, wire, codec, sent)
