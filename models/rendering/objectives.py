"""What a network is asked for beside its labels: each term by its own, each on or off by its weight.

Sources: Ho, Nguyen, Patel, Anandkumar, Jordan, Baraniuk, "Neural rendering model", 2018, for the terms of
renderings; Grandvalet, Bengio, "Semi-supervised learning by entropy minimization", NeurIPS 2004; Tarvainen,
Valpola, "Mean teachers", NeurIPS 2017; Sohn and others, "FixMatch", NeurIPS 2020.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple, get_args

import torch
from torch.nn import functional as F

from etl.engine.types import Module, Tensor
from models.rendering import losses
from models.rendering.maxmin import MaxMin, mixed
from models.rendering.render import Rendering

WARM = 0.2
"""Share of the steps after which the classes' shares are expected to stay, and entropy begins to count."""
Method = Literal["supervised", "entropy", "nrm", "mean_teacher", "fixmatch", "fixmatch_nrm"]


@dataclass(frozen=True)
class Weights:
    """Of each term in the loss; a term of weight 0 is not computed.

    Attributes
    ----------
    supervised : float
        Cross entropy of labels, or of their probabilities.
    entropy : float
        Of the classes that are predicted for unlabelled images.
    shares : float
        Of classes that unlabelled images lose, see `losses.lost_classes`. What is expected of them is what
        is predicted after a fifth of the steps; the entropy counts from then on only, and rises to its
        weight over the next fifth.
    reconstruction, paths, moments : float
        Of all images by their renderings, with the label's class or the likeliest; see
        `models.rendering.losses`.
    consistency : float
        Half the mean square between the probabilities of a network and those of the mean of its weights. It
        rises to its weight over the first quarter of the steps.
    pseudo : float
        Cross entropy of strong views, with the class of the weak view where that is sure enough.
    """

    supervised: float = 1.0
    entropy: float = 0.0
    shares: float = 0.0
    reconstruction: float = 0.0
    paths: float = 0.0
    moments: float = 0.0
    consistency: float = 0.0
    pseudo: float = 0.0

    @property
    def renders(self) -> bool:
        """Whether a term takes renderings."""
        return bool(self.reconstruction or self.paths or self.moments)

    @property
    def unlabelled(self) -> bool:
        """Whether a term takes unlabelled images."""
        return bool(self.renders or self.entropy or self.shares or self.consistency or self.pseudo)

    def __post_init__(self) -> None:
        """Refuse weights below 0, with a ValueError."""
        for each in fields(self):
            if not getattr(self, each.name) >= 0:  # true of NaN, too
                raise ValueError(f"the weight of {each.name} is {getattr(self, each.name)}; give 0 or more")


METHODS: dict[Method, Weights] = {
    "supervised": Weights(),
    "entropy": Weights(entropy=0.5, shares=1.0),
    "nrm": Weights(entropy=0.5, shares=1.0, reconstruction=1.0, paths=1.0, moments=0.05),
    "mean_teacher": Weights(consistency=30.0),
    "fixmatch": Weights(pseudo=1.0),
    "fixmatch_nrm": Weights(pseudo=1.0, reconstruction=1.0, paths=1.0, moments=0.05),
}


def weights_of(method: str, terms: dict[str, float] | None = None) -> Weights:
    """Weights of a method, some of them replaced.

    Parameters
    ----------
    method : str
        Of `METHODS`.
    terms : dict of str to float, optional

    Raises
    ------
    ValueError
        There is no such method or term.

    Examples
    --------
    >>> weights_of("nrm", {"paths": 0}).paths
    0
    """
    names = [each.name for each in fields(Weights)]
    if method not in METHODS:
        raise ValueError(f"there is no method {method!r}; take one of {', '.join(get_args(Method))}")
    if odd := sorted(set(terms or {}) - set(names)):
        raise ValueError(f"there is no term {odd[0]!r}; there are {', '.join(names)}")
    return Weights(**{**vars(METHODS[method]), **(terms or {})})


class Batch(NamedTuple):
    """Images of a step, float32 in [0, 1], (n, channels, h, w) each; None where no term takes them.

    Attributes
    ----------
    labelled, targets : Tensor
        Views of labelled images, and the probabilities of their classes, (n, classes).
    weak, strong, other : Tensor, optional
        Views of the same unlabelled images; ``other`` are weak ones for the mean of the weights.
    shares : Tensor, optional
        Of the classes among unlabelled images, as they are expected, (classes,); even by default.
    """

    labelled: Tensor
    targets: Tensor
    weak: Tensor | None = None
    strong: Tensor | None = None
    other: Tensor | None = None
    shares: Tensor | None = None


def terms_of(
    network: Module, batch: Batch, weights: Weights, teacher: Module | None = None, threshold: float = 0.95
) -> dict[str, Tensor]:
    """Each term whose weight is above 0, unweighted, from one pass of all images.

    Parameters
    ----------
    network : torch.nn.Module
    batch : Batch
    weights : Weights
    teacher : torch.nn.Module, optional
        The mean of the weights, for ``consistency``.
    threshold : float
        Probability from which a class is sure enough.
    """
    parts = [each for each in (batch.labelled, batch.weak, batch.strong) if each is not None]
    images, sizes = torch.cat(parts), [len(each) for each in parts]
    with ExitStack() as stack:
        branches = branches_of(network)
        if weights.renders:
            branches = [stack.enter_context(Rendering(each)) for each in branches]
        logits = [branch(images) for branch in branches]
        both = mixed(*logits) if len(logits) == 2 else logits[0]
        found = {"supervised": supervised([each[: sizes[0]] for each in logits], batch.targets)}
        if len(parts) == 1:
            return found
        _, weak, *strong = both.split(sizes)
        if weights.renders:
            seen = F.one_hot(weak.argmax(1), both.shape[1]).to(both.dtype)
            found |= rendered(branches, images, torch.cat([batch.targets, *[seen] * len(parts[1:])]), weights)
    if weights.entropy:
        found["entropy"] = losses.entropy(weak)
    if weights.shares:
        even = torch.full_like(weak[0].detach(), 1 / weak.shape[1])
        found["shares"] = losses.lost_classes(weak, even if batch.shares is None else batch.shares)
    if weights.consistency:
        found["consistency"] = consistency(weak, teacher, batch.other)
    if weights.pseudo:
        found |= pseudo(strong[0], weak, threshold)
    return found


def branches_of(network: Module) -> list[Module]:
    """The two branches of a Max-Min network, or the network itself.

    Parameters
    ----------
    network : torch.nn.Module
    """
    return [network.largest, network.smallest] if isinstance(network, MaxMin) else [network]


def supervised(logits: list[Tensor], targets: Tensor) -> Tensor:
    """Cross entropy, of both branches where there are two.

    Parameters
    ----------
    logits : list of Tensor, shape (n, classes)
        Of each branch.
    targets : Tensor, shape (n, classes)
        Probabilities.
    """
    first, *second = logits
    return losses.maxmin(first, second[0], targets) if second else F.cross_entropy(first, targets)


def rendered(branches: list[Rendering], images: Tensor, c: Tensor, weights: Weights) -> dict[str, Tensor]:
    """The terms that take renderings, the mean of those of each branch.

    Parameters
    ----------
    branches : list of Rendering
        After their pass of the images.
    images : Tensor, shape (n, channels, h, w)
    c : Tensor, shape (n, classes)
        Shares of classes.
    weights : Weights
    """
    terms: dict[str, Callable[[Rendering], Tensor]] = {
        "reconstruction": lambda each: losses.reconstruction(scaled(each.render(c), images), images),
        "paths": lambda each: losses.rendering_paths(each, c),
        "moments": lambda each: losses.moments(each, c),
    }
    asked = {name: term for name, term in terms.items() if getattr(weights, name)}
    return {name: torch.stack([term(each) for each in branches]).mean() for name, term in asked.items()}


def scaled(rendered: Tensor, images: Tensor) -> Tensor:
    """Renderings times the noise's variance, which is fitted to the batch: sum <h, x> / sum <h, h>.

    A logit is (<h, x> + eta) / sigma^2 in the model, so that what is rendered of it is h / sigma^2. Without
    sigma^2 the reconstruction holds logits down: labels are then not learnt.

    Parameters
    ----------
    rendered, images : Tensor, shape (n, channels, h, w)
    """
    held = rendered.detach()
    return rendered * ((held * images).sum() / held.square().sum().clamp(min=1e-12)).clamp(min=0)


def consistency(logits: Tensor, teacher: Module | None, images: Tensor | None) -> Tensor:
    """Half the mean square between probabilities and those that the teacher has for other views.

    Parameters
    ----------
    logits : Tensor, shape (n, classes)
    teacher : torch.nn.Module
    images : Tensor, shape (n, channels, h, w)
    """
    if teacher is None:
        raise ValueError("consistency takes a teacher; give the average of the weights")
    with torch.no_grad():
        truth = teacher(images).softmax(1)
    return 0.5 * (logits.softmax(1) - truth).square().mean()


def pseudo(strong: Tensor, weak: Tensor, threshold: float) -> dict[str, Tensor]:
    """Cross entropy where the weak view is sure, and the share of images where it is, ``sure``.

    Parameters
    ----------
    strong, weak : Tensor, shape (n, classes)
        Scores of the same images.
    threshold : float
    """
    probability, c = weak.detach().softmax(1).max(1)
    sure = (probability >= threshold).to(strong.dtype)
    apart = F.cross_entropy(strong, c, reduction="none")
    return {"pseudo": (apart * sure).mean(), "sure": sure.mean()}


def weighted(found: dict[str, Tensor], weights: Weights, done: float) -> Tensor:
    """The loss: the sum of terms by their weights.

    Parameters
    ----------
    found : dict of str to Tensor
        See `terms_of`.
    weights : Weights
    done : float
        Share of the steps made.
    """
    late = min(1.0, max(0.0, done / WARM - 1)) if weights.shares else 1.0
    shares = {
        **vars(weights),
        "entropy": weights.entropy * late,
        "shares": weights.shares * (done >= WARM),
        "consistency": weights.consistency * min(1.0, 4 * done),
        "sure": 0.0,
    }
    return torch.stack([shares[name] * value for name, value in found.items()]).sum()
