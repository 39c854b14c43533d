"""Does path normalisation leave fewer rendering paths active: ConvSmall on scikit-learn's digits, 100 labels.

Each row is the mean over test images of one training: classes that are wrong, the logarithm of the number of
active rendering paths of the predicted class, the terms, and the curve of `models.rendering.paths.bound`.
"""

import json
from typing import TYPE_CHECKING, Any

import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

from benchmarks import harness
from etl.engine.types import Tensor
from models.rendering import losses, networks, paths
from models.rendering.render import Rendering

if TYPE_CHECKING:
    from benchmarks.rendering.run import Config

LABELLED, UNLABELLED, HALF, STEPS = 100, 1000, 32, 250
WEIGHTS = 0.0, 1.0, 10.0
MARGIN = 1.0


def _digits(seed: int) -> tuple[Tensor, Tensor]:
    """Images in [0, 1] and classes, shuffled."""
    data = load_digits()
    order = torch.randperm(len(data.target), generator=torch.Generator().manual_seed(seed))
    images = torch.tensor(data.data, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    return images[order], torch.tensor(data.target)[order]


def _train(rendering: Rendering, images: Tensor, classes: Tensor, weight: float, seed: int) -> None:
    """Cross entropy, half the entropy, reconstruction, and path normalisation by its weight."""
    draws = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(rendering.model.parameters(), 1e-3)
    for _ in range(STEPS):
        known = torch.randint(LABELLED, (HALF,), generator=draws)
        other = LABELLED + torch.randint(UNLABELLED, (HALF,), generator=draws)
        x = torch.cat([images[known], images[other]])
        logits = rendering(x)
        c = torch.cat([classes[known], logits[HALF:].detach().argmax(1)])
        loss = F.cross_entropy(logits[:HALF], c[:HALF]) + 0.5 * losses.entropy(logits)
        loss = loss + losses.reconstruction(rendering.render(c), x)
        if weight:
            loss = loss + weight * losses.rendering_paths(rendering, c)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _measured(rendering: Rendering, images: Tensor, classes: Tensor) -> dict[str, float]:
    """Means over images; the margin is that of logits."""
    with torch.no_grad():
        logits = rendering(images)
        c = logits.argmax(1)
        log_paths = paths.log_paths(rendering, c).mean().item()
        norm = rendering.render(c).flatten(1).norm(dim=1).mean().item()
        true = logits.gather(1, classes[:, None])[:, 0]
        rival = logits.scatter(1, classes[:, None], -torch.inf).amax(1)
        narrow = (true - rival < MARGIN).float().mean().item()
        return {
            "error_%": 100 * (c != classes).float().mean().item(),
            "log_paths": log_paths,
            "rendering_paths": losses.rendering_paths(rendering, c).item(),
            "reconstruction": losses.reconstruction(rendering.render(c), images).item(),
            "bound": paths.bound(narrow, log_paths, norm / MARGIN, LABELLED),
        }


def main(config: "Config") -> list[dict[str, Any]]:
    """Print and write the rows."""
    rows: list[dict[str, Any]] = []
    for seed in range(config.seed, config.seed + config.seeds):
        images, classes = _digits(seed)
        for weight in WEIGHTS:
            torch.manual_seed(seed)
            model = networks.conv_small(1, 10, 8, (16, 32, 32, 32))
            with Rendering(model) as rendering:
                _train(rendering, images, classes, weight, seed)
                model.eval()
                test = slice(LABELLED + UNLABELLED, None)
                found = _measured(rendering, images[test], classes[test])
            rows.append({"seed": seed, "weight": weight, **found})
            print(json.dumps(rows[-1]), flush=True)
    if config.out:
        harness.write(config.out, rows)
    return rows
