"""Each term is what a literal loop over images comes to, and only terms with a weight are asked for."""

import math

import pytest
import torch
from torch import nn

from models.rendering.objectives import METHODS, Batch, Weights, terms_of, weighted, weights_of


def made(seed: int = 0) -> nn.Module:
    """Layers that treat each image by itself, so that a loop over images says the same."""
    torch.manual_seed(seed)
    layers = nn.Conv2d(1, 4, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2), nn.Flatten()
    return nn.Sequential(*layers, nn.Linear(16, 3)).double()


def batch() -> Batch:
    torch.manual_seed(1)
    labelled, weak, strong, other = torch.rand(4, 5, 1, 4, 4, dtype=torch.float64)
    targets = torch.tensor([[1, 0, 0], [0, 1, 0], [0.2, 0.3, 0.5], [0, 0, 1], [0.5, 0.5, 0]])
    return Batch(labelled, targets.double(), 2 * weak, 2 * strong, other)


def needed(weights: Weights) -> Batch:
    """Only what the terms take."""
    given = batch()
    strong = given.strong if weights.pseudo else None
    return given._replace(strong=strong) if weights.unlabelled else Batch(given.labelled, given.targets)


def probabilities(network: nn.Module, image: torch.Tensor) -> list[float]:
    scores = network(image[None])[0].tolist()
    total = sum(math.exp(score) for score in scores)
    return [math.exp(score) / total for score in scores]


def gradient(network: nn.Module, image: torch.Tensor, weights: list[float]) -> torch.Tensor:
    leaf = image[None].clone().requires_grad_()
    return torch.autograd.grad((network(leaf)[0] * torch.tensor(weights)).sum(), leaf)[0][0]


def test_the_cross_entropy_of_probabilities() -> None:
    network, given = made(), batch()
    given = Batch(given.labelled, given.targets)
    found = terms_of(network, given, METHODS["supervised"])
    each = [
        -sum(t * math.log(p) for t, p in zip(target.tolist(), probabilities(network, image), strict=True))
        for image, target in zip(given.labelled, given.targets, strict=True)
    ]
    assert list(found) == ["supervised"]
    assert found["supervised"].item() == pytest.approx(sum(each) / 5, rel=1e-12)


def test_the_entropy_of_unlabelled_images() -> None:
    network, given = made(), batch()
    found = terms_of(network, given._replace(strong=None), Weights(entropy=0.5))
    each = [-sum(p * math.log(p) for p in probabilities(network, image)) for image in given.weak]
    assert list(found) == ["supervised", "entropy"]
    assert found["entropy"].item() == pytest.approx(sum(each) / 5, rel=1e-9)


def test_the_reconstruction_is_that_of_the_gradient_of_the_class_at_its_best_scale() -> None:
    network, given = made(), batch()
    found = terms_of(network, given._replace(strong=None), Weights(reconstruction=1.0))
    rows = [
        (image, gradient(network, image, c))
        for image, c in zip(given.labelled, given.targets.tolist(), strict=True)
    ]
    for image in given.weak:
        held = probabilities(network, image)
        rows.append((image, gradient(network, image, [float(p == max(held)) for p in held])))
    scale = sum((g * x).sum() for x, g in rows) / sum(g.square().sum() for _, g in rows)
    assert scale > 0
    errors = [[((by * g - x) ** 2).mean() / 2 for x, g in rows] for by in (scale, 0.9 * scale, 1.1 * scale)]
    first, *others = (sum(each).item() / 10 for each in errors)
    assert found["reconstruction"].item() == pytest.approx(first, rel=1e-12)
    assert first < min(others)


def test_the_consistency_with_a_teacher() -> None:
    network, teacher, given = made(), made(5), batch()
    found = terms_of(network, given._replace(strong=None), METHODS["mean_teacher"], teacher)
    apart = [
        (one - two) ** 2
        for mine, theirs in zip(given.weak, given.other, strict=True)
        for one, two in zip(probabilities(network, mine), probabilities(teacher, theirs), strict=True)
    ]
    assert found["consistency"].item() == pytest.approx(sum(apart) / 30, rel=1e-9)
    found["consistency"].backward()
    assert all(each.grad is None for each in teacher.parameters())


def test_strong_views_learn_the_class_of_sure_weak_ones() -> None:
    network, given = made(), batch()
    held = [probabilities(network, image) for image in given.weak]
    threshold = sorted(max(each) for each in held)[2]
    found = terms_of(network, given, METHODS["fixmatch"], threshold=threshold)
    losses = [
        -math.log(probabilities(network, image)[seen.index(max(seen))]) if max(seen) >= threshold else 0.0
        for image, seen in zip(given.strong, held, strict=True)
    ]
    assert sum(loss > 0 for loss in losses) == 3
    assert found["sure"].item() == pytest.approx(0.6)
    assert found["pseudo"].item() == pytest.approx(sum(losses) / 5, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_loss_is_the_sum_of_terms_by_their_weights(method: str) -> None:
    network, weights = made(), METHODS[method]
    given = needed(weights)
    found = terms_of(network, given, weights, made(5), 0.3)
    asked = {name for name, weight in vars(weights).items() if weight}
    assert set(found) - {"sure"} == asked
    expected = sum(weight * found[name].item() for name, weight in vars(weights).items() if weight)
    assert weighted(found, weights, 1.0).item() == pytest.approx(expected, rel=1e-12)
    rising = weighted(found, weights, 0.125) - weighted(found, weights, 1.0)
    apart = found.get("consistency", torch.zeros(())).item()
    if weights.shares:  # these two wait for the first fifth of the steps
        rising = rising + weights.entropy * found["entropy"] + weights.shares * found["shares"]
    assert rising.item() == pytest.approx(-0.5 * weights.consistency * apart)


def test_the_entropy_rises_once_shares_are_known() -> None:
    found = {"entropy": torch.tensor(3.0), "shares": torch.tensor(5.0)}
    asked = Weights(entropy=2.0, shares=1.0)
    told = [weighted(found, asked, done).item() for done in (0.0, 0.19, 0.2, 0.3, 0.4, 1.0)]
    assert told == pytest.approx([0, 0, 5, 5 + 3, 5 + 6, 5 + 6])
    assert weighted(found, Weights(entropy=2.0), 0.0).item() == 6


def test_only_what_a_class_loses_counts() -> None:
    network, given = made(), batch()
    mean = torch.tensor([probabilities(network, image) for image in given.weak]).mean(0)
    shares = mean * torch.tensor([6.0, 5.0, *[2.0] * (len(mean) - 2)])
    found = terms_of(network, given._replace(strong=None, shares=shares), Weights(shares=1.0))["shares"]
    by_hand = sum(
        s / 3 * max(0.0, math.log(s / 3 / m)) for s, m in zip(shares.tolist(), mean.tolist(), strict=True)
    )
    assert by_hand > 0
    assert found.item() == pytest.approx(by_hand, rel=1e-7)


def test_a_term_is_on_or_off_by_its_weight() -> None:
    assert weights_of("nrm", {"paths": 0.0}).paths == 0
    assert weights_of("nrm", {"paths": 0.0}).moments == METHODS["nrm"].moments
    with pytest.raises(ValueError, match="there is no method 'drm'; take one of supervised, entropy, nrm"):
        weights_of("drm")
    with pytest.raises(ValueError, match="there is no term 'path'; there are supervised, entropy"):
        weights_of("nrm", {"path": 1.0})
    with pytest.raises(ValueError, match="the weight of paths is -1; give 0 or more"):
        weights_of("nrm", {"paths": -1})
