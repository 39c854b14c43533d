"""A small ResNet that learnt MNIST, compressed to a third of its parameters and less, and tuned again.

``python -m benchmarks.tensors --compress --data FOLDER``, where FOLDER holds MNIST's train.npz and test.npz.
"""

from dataclasses import asdict

import torch

from benchmarks import harness
from benchmarks.tensors.heads import mnist
from benchmarks.tensors.run import Config, Row
from models.signsgd.networks import resnet
from models.tensors.compress import compress
from models.tensors.tuning import Examples, tune

LEARNT, EPOCHS, RATE, BATCH = 10_000, 3, 3e-3, 64
BUDGETS = (0.33,)
SLOWER = (float("inf"), 1.0)
"""Layers that are slower in factors stay dense, or not."""


def main(config: Config) -> list[Row]:
    """Learn once, compress to each budget; returns a budget a row."""
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    learnt, tested = mnist(config.data, LEARNT)
    data = Examples(*learnt, *tested)
    model = resnet(28, 10)
    tune(model, data, EPOCHS, RATE, BATCH, config.seed)
    rows = []
    for budget in BUDGETS:
        for slower in SLOWER:
            found = compress(model, budget, data, batch_size=BATCH, slower=slower, random_state=config.seed)
            row = {"budget": budget, "slower_stay_dense": slower == 1, "parameters": found.parameters}
            row |= {"accuracy": found.accuracy, "seconds": found.seconds, "met": found.met}
            rows.append(row | {"layers": [asdict(each) for each in found.rows]})
            print(rows[-1], flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows
