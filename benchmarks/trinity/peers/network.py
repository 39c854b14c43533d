"""A network of one hidden layer in PyTorch, by DistributedDataParallel over gloo, without compression."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

HIDDEN, BATCH, RATE = 128, 256, 1e-3
STEPS, EPOCHS = 3000, (3, 30)
"""Steps to take, in so many epochs at least and at most."""


class Network:
    """A trained network and the scale of its features."""

    def __init__(self, module: nn.Module, mean: np.ndarray, spread: np.ndarray) -> None:
        self.module, self.mean, self.spread = module, mean, spread

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Codes of classes."""
        with torch.inference_mode():
            return self.module(torch.from_numpy((X - self.mean) / self.spread)).argmax(dim=1).numpy()


def fit(X: np.ndarray, y: np.ndarray, threads: int, seed: int) -> Network:
    """Train in this one process, which is the whole group.

    Parameters
    ----------
    X : array of float32, shape (items, columns)
    y : array of int, shape (items,)
    """
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    mean, spread = X.mean(axis=0), X.std(axis=0) + 1e-6
    rows, known = torch.from_numpy((X - mean) / spread), torch.from_numpy(y.astype("int64"))
    module = nn.Sequential(
        nn.Linear(X.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(0.2), nn.Linear(HIDDEN, int(y.max()) + 1)
    )
    with tempfile.TemporaryDirectory() as folder:
        distributed.init_process_group(
            "gloo", init_method=(Path(folder) / "group").as_uri(), rank=0, world_size=1
        )
        _train(DistributedDataParallel(module), rows, known)
        distributed.destroy_process_group()
    return Network(module.eval(), mean, spread)


def _train(module: nn.Module, rows: torch.Tensor, known: torch.Tensor) -> None:
    steps = -(-len(rows) // BATCH)
    optimizer, loss = torch.optim.Adam(module.parameters(), RATE), nn.CrossEntropyLoss()
    for _ in range(min(max(STEPS // steps, EPOCHS[0]), EPOCHS[1])):
        for at in torch.randperm(len(rows)).split(BATCH):
            optimizer.zero_grad()
            loss(module(rows[at]), known[at]).backward()
            optimizer.step()
