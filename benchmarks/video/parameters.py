"""Parameters of the published networks and multiplications of a frame of 64 x 64, beside the ConvLSTM's.

Counted by `models.tensors.savings` on the meta device: nothing is allocated.
"""

import json

import torch
from torch import nn

from benchmarks import harness
from benchmarks.video.run import Config, Row
from models.tensors.savings import savings
from models.video.network import NetworkSettings, VideoNetwork

SIDE = 64
CASES = {
    "ConvLSTM": NetworkSettings.conv_lstm(),
    "Conv-TT-LSTM, order 3, 3 steps, rank 8": NetworkSettings(),
    "v2: order 3, 3 steps, rank 4": NetworkSettings(rank=4),
    "v1: order 3, whole states": NetworkSettings(rank=None),
    "order 3, 5 steps, rank 8": NetworkSettings(steps=5),
    "order 1, 3 steps, rank 8": NetworkSettings(order=1),
    "order 2, 3 steps, rank 8": NetworkSettings(order=2),
    "order 3, 3 steps, rank 16": NetworkSettings(rank=16),
}


def main(config: Config) -> list[Row]:
    """Count; returns a network a row, and ``percent`` is what it saves of the ConvLSTM's weights."""
    base = nn.Sequential(VideoNetwork(CASES["ConvLSTM"], device="meta"))
    frame = torch.empty(1, 1, 1, SIDE, SIDE, device="meta")
    rows = []
    for name, settings in CASES.items():
        row = savings(base, {"0": VideoNetwork(settings, device="meta")}, frame)[0]
        multiplications = row.flops[1] // 2
        counts = {"parameters": row.parameters[1], "multiplications_a_frame": multiplications}
        rows.append({"network": name, **counts, "percent": row.percent})
    print(json.dumps(rows, indent=1), flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows
