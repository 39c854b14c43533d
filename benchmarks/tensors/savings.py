"""What published networks save by layers in factors, counted on the meta device, as in the papers' tables.

Sources: Kossaifi and others, "Tensor regression networks", JMLR 21(123), 2020 (ResNet-101); Kossaifi and
others, "Tensor contraction layers for parsimonious deep nets", CVPR workshops 2017 (VGG-19).
"""

import json
import time
from dataclasses import asdict

import torch
from torch import nn

from benchmarks import harness
from benchmarks.tensors.run import Config, Row
from models.tensors.layers.tcl import TCL
from models.tensors.layers.trl import TRL
from models.tensors.savings import savings

RANKS = (200, 150, 100, 50)
"""Of the channels and the classes; those of height and width are 1."""
WIDTHS = (((512, 7, 7), 4096), ((384, 5, 5), 3072))
"""Sizes after the contraction, and hidden units."""
BATCH = 16
HEAD = "head"
Case = tuple[str, nn.Module, nn.Module, tuple[int, ...]]


def main(config: Config) -> list[Row]:
    """Count; returns a case a row, without the whole model's, which is the head alone."""
    rows = []
    for name, before, after, shape in (*_resnet(), *_vgg()):
        started = time.perf_counter()
        model = nn.Sequential()
        model.add_module(HEAD, before)
        row = savings(model, {HEAD: after}, torch.empty(BATCH, *shape, device="meta"))[0]
        seconds = time.perf_counter() - started
        rows.append({"case": name, "percent": row.percent} | asdict(row) | {"seconds": round(seconds, 4)})
    print(json.dumps(rows, indent=1), flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows


def _dense(before: int, after: int) -> nn.Module:
    return nn.Linear(before, after, device="meta")


def _resnet() -> list[Case]:
    """The last layer of ResNet-101 behind its pooling, and TRLs that take the place of both."""
    shape: tuple[int, ...] = (2048, 7, 7)
    cases: list[Case] = []
    for rank in RANKS:
        dense = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), _dense(2048, 1000))
        own = TRL(shape, (1000,), (rank, 1, 1, rank), device="meta")
        cases.append((f"ResNet-101, TRL ({rank}, 1, 1, {rank})", dense, own, shape))
    return cases


def _vgg() -> list[Case]:
    """The three last layers of VGG-19, and a contraction before three that fit what is left."""
    shape: tuple[int, ...] = (512, 7, 7)
    cases: list[Case] = []
    for rank, wide in WIDTHS:
        size = rank[0] * rank[1] * rank[2]
        rest = (nn.ReLU(), _dense(4096, 4096), nn.ReLU(), _dense(4096, 1000))
        dense = nn.Sequential(nn.Flatten(), _dense(25088, 4096), *rest)
        first = (TCL(shape, rank, device="meta"), nn.Flatten(), _dense(size, wide), nn.ReLU())
        own = nn.Sequential(*first, _dense(wide, wide), nn.ReLU(), _dense(wide, 1000))
        cases.append((f"VGG-19, TCL {rank} and {wide}", dense, own, shape))
    return cases
