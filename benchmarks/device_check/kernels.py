"""Kernels in Triton beside those of Numba: the same bits, or the same numbers where they are floats."""

from functools import partial

import numpy as np
import torch
import torch.distributed as dist

from benchmarks.device_check.checks import Facts, Items, Setting
from benchmarks.device_check.compare import engines, fetched
from models.signsgd import bitpack, codec
from models.signsgd import majority as counting
from models.signsgd.majority import Ties
from models.signsgd.transports import TRANSPORTS
from models.signsgd.vote_protocol import VoteRules, WordLayout, decode
from models.statespace.arima import ARIMA
from models.statespace.ets import ETS

LENGTHS = (1, 31, 32, 33, 64, 65, 1_000_007)
TIES: tuple[Ties, ...] = ("rotate", "random", "abstain", "plus1")


def drawn(n: int, seed: int) -> torch.Tensor:
    """Normal numbers with zeros of both signs and subnormal ones among them."""
    x = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    x[::7], x[::11], x[3::13] = 0.0, -0.0, -1e-45
    return x


def words(setting: Setting) -> Items:
    """Packing, momentum, votes and updates."""
    found: Items = {"kernels are there": lambda: _kernels(setting)}
    for n in LENGTHS:
        found[f"pack {n}"] = partial(_pack, n, setting.cuda)
        found[f"momentum {n}"] = partial(_momentum, n, setting.cuda)
        found[f"apply {n}"] = partial(_apply, n, setting.cuda)
    for workers in (1, 2, 3, 4, 7, 255):
        for ties in TIES:
            found[f"majority of {workers}, {ties}"] = partial(_majority, workers, ties, setting.cuda)
    return found


def _kernels(setting: Setting) -> Facts:
    module = codec.kernels(setting.cuda)
    assert module is not None, "no compiled kernels for this device"
    return {"kernels": module.__name__}


def _equal(found: torch.Tensor, wanted: torch.Tensor) -> None:
    assert torch.equal(found.cpu(), wanted), f"{int((found.cpu() != wanted).sum())} of {len(wanted)} differ"


def _pack(n: int, device: str) -> None:
    for zeros in ("random", "rotate", "plus"):
        x = drawn(n, 0)
        _equal(codec.pack(x.to(device), zeros, step=3, seed=4), bitpack.pack(x, zeros, step=3, seed=4))


def _momentum(n: int, device: str) -> None:
    m, g = drawn(n, 1), drawn(n, 0)
    mine, wanted = m.clone().to(device), m * 0.9 + g * (1 - 0.9)
    found = codec.momentum_pack_(mine, g.to(device), step=3, seed=4)
    _equal(mine, wanted)
    _equal(found, bitpack.pack(wanted, step=3, seed=4))


def _apply(n: int, device: str) -> None:
    p, signs = drawn(n, 0), bitpack.pack(drawn(n, 1))
    mine = p.clone().to(device)
    codec.apply_(mine, signs.to(device), 0.01, weight_decay=0.1)
    _equal(mine, p * (1 - 0.01 * 0.1) - bitpack.unpack(signs, n) * 0.01)


def _majority(workers: int, ties: Ties, device: str) -> None:
    sent = torch.stack([bitpack.pack(drawn(1100, m), seed=m) for m in range(workers)])
    found = codec.majority(sent.to(device), ties, step=5, seed=6)
    wanted = counting.majority(sent, ties, step=5, seed=6)
    pairs = zip(found, wanted, strict=True) if ties == "abstain" else [(found, wanted)]
    for mine, its in pairs:
        _equal(mine, its)


def transports(setting: Setting) -> Items:
    """Each transport in a group of one, by NCCL on a device and by gloo in a dry run."""
    return {name: partial(_transport, name, setting) for name in TRANSPORTS}


def _transport(name: str, setting: Setting) -> None:
    if not dist.is_initialized():
        store = dist.HashStore()  # a group of one needs no port
        dist.init_process_group("gloo" if setting.dry else "nccl", store=store, rank=0, world_size=1)
    x = drawn(1000, 0)
    layout, rules = WordLayout((1000,), (0,)), VoteRules("rotate", 5, 0, None, True)
    group = dist.group.WORLD
    answers, _ = TRANSPORTS[name](codec.pack(x.to(setting.cuda)), False, layout, rules, group)
    _equal(decode(answers, layout, "rotate", 1).vote, bitpack.pack(x))


def forecasts(setting: Setting) -> Items:
    """Likelihoods of fitted series, and their forecasts."""
    return {
        "AAN": lambda: _forecast(ETS("AAN"), ETS("AAN"), setting),
        "ANA": lambda: _forecast(ETS("ANA", period=12), ETS("ANA", period=12), setting),
        "ARIMA(1,1,1)": lambda: _forecast(ARIMA((1, 1, 1)), ARIMA((1, 1, 1)), setting),
    }


def _forecast(mine: ETS | ARIMA, its: ETS | ARIMA, setting: Setting) -> Facts:
    """On the device by the first, on the CPU by the second."""
    rng = np.random.default_rng(0)
    y = 50 + rng.normal(size=(16, 120)).cumsum(1) + 3 * np.sin(np.arange(120) * (2 * np.pi / 12))
    device, _ = engines(setting)
    mine.fit(device.xp.asarray(y))
    its.fit(y)
    gap = float((mine.loglik_.cpu() - its.loglik_).abs().max())
    assert gap < 0.05, f"log likelihoods differ by {gap:.3g}"
    return {"loglik": gap, "forecast": float(np.abs(fetched(mine.predict(12)) - its.predict(12)).max())}
