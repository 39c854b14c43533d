"""What a cell costs beside the outer product and nn.LSTMCell: ``python -m benchmarks.sequences --cells``.

Both take turns in one process, and CPU time is taken. Where a GPU is, a rollout of 50 steps is also captured
as one CUDA graph, and put beside cuDNN's LSTM.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks import harness
from models.sequences.chain import chain, core_shapes
from models.sequences.heads import Point
from models.sequences.rollout import Rollout
from models.sequences.seq2seq import Recurrence, Seq2Seq, matched

Row = dict[str, Any]
Work = Callable[[], torch.Tensor | None]
BATCH, SIZE, GATES, ORDER = 128, 61, 80, 3
"""Of the chain: rows, numbers of s, outputs and P."""
LOOKBACK, HORIZON, PARAMETERS = 12, 50, 40_000
"""Of a step of training."""
NETWORKS = {
    "LSTM": Recurrence(1),
    "MLSTM": Recurrence(1, lags=3),
    "TT-LSTM, order 2": Recurrence(1, order=2, lags=3, rank=4),
    "TT-LSTM, order 3": Recurrence(1, order=3, lags=3, rank=4),
}


def main(seed: int = 0, turns: int = 20, out: Path | None = None) -> list[Row]:
    """Measure all, and print a row of each.

    Parameters
    ----------
    seed : int
    turns : int
        Of each work; medians are told.
    out : Path, optional
        JSON file to write.
    """
    torch.manual_seed(seed)
    rows = [*(product(rank, turns) for rank in (1, 2, 4)), *(step(name, turns) for name in NETWORKS)]
    if torch.cuda.is_available():
        rows += [rollout(name, turns) for name in NETWORKS]
    if out:
        harness.write(out, rows, versions={"torch": torch.__version__})
    return rows


def product(rank: int, turns: int) -> Row:
    """The chain beside the outer product of S^P numbers a row, which is contracted core by core."""
    cores = [torch.randn(shape) / SIZE**0.5 for shape in core_shapes(SIZE, GATES, ORDER, rank)]
    s, nothing = torch.randn(BATCH, SIZE), torch.zeros(BATCH, GATES)

    def explicit() -> torch.Tensor:
        rest = torch.einsum("zi,zj,zk->zijk", s, s, s)
        rest = torch.einsum("zijk,ir->zrjk", rest, cores[0][0])
        return torch.einsum("zrk,rka->za", torch.einsum("zrjk,rjq->zqk", rest, cores[1]), cores[2])

    works: tuple[Work, Work] = (lambda: chain(s, cores, nothing), explicit)
    with torch.no_grad():
        ours, theirs = works[0](), works[1]()
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
        chained = taken(works[0], 10 * turns)
        whole = taken(explicit, max(3, turns // 4))
    told: Row = {"what": "product", "batch": BATCH, "size": SIZE, "order": ORDER, "rank": rank}
    return shown(told | {"ours_us": micro(chained), "explicit_us": micro(whole), "ratio": whole / chained})


def step(name: str, turns: int) -> Row:
    """A step of training beside one of a hand-unrolled `nn.LSTMCell` of as many parameters."""
    size = matched(PARAMETERS, Recurrence(1)).hidden
    own = matched(PARAMETERS, NETWORKS[name])
    ours, theirs = Seq2Seq(0, 1, own, Point().point), Unrolled(size)
    works = [training(each) for each in (ours, theirs)]
    times = in_turns(works, turns)
    told = {"what": "step of training", "network": name, "hidden": own.hidden, "rank": own.rank}
    told |= {"parameters": count(ours), "lstm_cell_parameters": count(theirs)}
    mine, cell = (statistics.median(each) for each in times)
    return shown(told | {"ours_us": micro(mine), "lstm_cell_us": micro(cell), "ratio": mine / cell})


class Unrolled(nn.Module):
    """Encoder and decoder of `nn.LSTMCell`, a step at a time.

    Parameters
    ----------
    hidden : int
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.LSTMCell(1, hidden), nn.LSTMCell(1, hidden)
        self.output = nn.Linear(hidden, 1)

    def forward(self, window: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        """Outputs (B, horizon, 1) of a window (B, lookback, 1)."""
        state = None
        for value in window.unbind(1):
            state = self.encoder(value, state)
        value, outputs = window[:, -1], []
        for _ in range(known.shape[1]):
            state = self.decoder(value, state)
            value = self.output(state[0])
            outputs.append(value)
        return torch.stack(outputs, 1)


def training(network: nn.Module, device: str = "cpu") -> Work:
    """One step on windows of noise.

    Parameters
    ----------
    network : nn.Module
    device : str
    """
    network.to(device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    window = torch.randn(BATCH, LOOKBACK, 1, device=device)
    known, truth = window.new_zeros(BATCH, HORIZON, 0), window.new_zeros(BATCH, HORIZON, 1).normal_()

    def work() -> None:
        optimizer.zero_grad()
        (network(window, known) - truth).square().mean().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return work


def rollout(name: str, turns: int) -> Row:
    """A forecast of 50 steps as one CUDA graph and without, and all 62 steps by cuDNN's LSTM."""
    own = matched(PARAMETERS, NETWORKS[name])
    network = Seq2Seq(0, 1, own, Point().point).cuda()
    window = torch.randn(BATCH, LOOKBACK, 1, device="cuda")
    known = window.new_zeros(BATCH, HORIZON, 0)
    lstm = nn.LSTM(1, matched(PARAMETERS, Recurrence(1)).hidden, batch_first=True).cuda()
    longer = window.new_zeros(BATCH, LOOKBACK + HORIZON, 1)
    with torch.no_grad():
        graph = Rollout(network, window, known)
        torch.testing.assert_close(graph(window, known), network(window, known), rtol=1e-4, atol=1e-4)
        works: list[Work] = [
            lambda: graph(window, known),
            lambda: network(window, known),
            lambda: lstm(longer)[0],
        ]
        times = [statistics.median(waited(work) for _ in range(turns)) for work in works]
    told = {"what": "rollout", "network": name, "hidden": own.hidden, "rank": own.rank, "horizon": HORIZON}
    names = ("graph_us", "eager_us", "cudnn_lstm_us")
    return shown(told | {each: micro(value) for each, value in zip(names, times, strict=True)})


def waited(work: Work) -> float:
    """Seconds until the device has done it."""
    torch.cuda.synchronize()
    began = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - began


def in_turns(works: Sequence[Work], turns: int) -> list[list[float]]:
    """CPU seconds of each turn of each work, after one that does not count."""
    times = [[timed(work) for work in works] for _ in range(turns + 1)][1:]
    return [list(each) for each in zip(*times, strict=True)]


def taken(work: Work, turns: int) -> float:
    """Median of CPU seconds."""
    return statistics.median(in_turns([work], turns)[0])


def timed(work: Work) -> float:
    """CPU seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def micro(seconds: float) -> float:
    """Microseconds."""
    return round(1e6 * seconds, 1)


def count(network: nn.Module) -> int:
    """Parameters."""
    return sum(each.numel() for each in network.parameters())


def shown(row: Row) -> Row:
    """The same row, printed."""
    if "ratio" in row:
        row["ratio"] = round(row["ratio"], 2)
    print(row, flush=True)
    return row
