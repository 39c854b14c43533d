"""Images made by class, learnt from the labelled ones: a rival of what is learnt without labels."""

import copy
import math
from typing import Self

import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch.nn import functional as F
from torch.optim import Adam

from etl.engine.types import Tensor
from models.rendering.averages import Averages
from models.rendering.diff_augment import augmented
from models.rendering.gan_networks import Discriminator, Generator
from models.rendering.images import Images, Labels, as_floats, as_images, targets

BETAS = (0.0, 0.9)
"""Of Adam; without a mean of gradients, as is usual for hinge losses."""
AT_ONCE = 1000
"""Images that are made together."""


class ConditionalGAN(BaseEstimator):
    """A generator and a discriminator of images by class, on the device that holds the images.

    The hinge loss with spectral normalisation (Miyato et al. 2018, eq. 16 and 17), a projection discriminator
    (Miyato and Koyama 2018) that sees augmented images alone (Zhao et al. 2020), and samples by the moving
    average of the generator's weights.

    Parameters
    ----------
    steps : int
        Of the generator.
    looks : int
        Steps of the discriminator to each of these.
    batch_size : int
    learning_rate : float
        Of both.
    noise, hidden : int
        Numbers an image is made from, and channels of both networks.
    average : float
        Decay of the average of the generator's weights, a step.
    check : int
        Steps between two entries of the history; the host waits for the device then only.
    random_state : int
        Of weights, batches and noise; the global generator is left as it was.

    Attributes
    ----------
    classes_ : array
    generator_, discriminator_ : torch.nn.Module
        ``generator_`` has the average of its weights.
    history_ : list of dict
        Means between checks: ``generator`` and ``loss`` (the discriminator's), and the shares ``real`` and
        ``made`` of each that the discriminator took for what it is.
    n_iter_ : int
    stop_reason_ : str
    """

    def __init__(
        self,
        *,
        steps: int = 2000,
        looks: int = 1,
        batch_size: int = 64,
        learning_rate: float = 5e-4,
        noise: int = 64,
        hidden: int = 32,
        average: float = 0.999,
        check: int = 100,
        random_state: int = 0,
    ) -> None:
        self.steps = steps
        self.looks = looks
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.noise = noise
        self.hidden = hidden
        self.average = average
        self.check = check
        self.random_state = random_state

    def fit(self, X: Images, y: Labels) -> Self:
        """Learn.

        Parameters
        ----------
        X : array, tensor or sequence, shape (n, channels, height, width)
            uint8, or floats in [0, 1]; of at least 4 x 4 pixels.
        y : array, tensor or sequence, shape (n,) or (n, classes)
            Classes, or probabilities of each; -1, NaN or None is unlabelled, and not learnt from.

        Raises
        ------
        ValueError
            Images, labels or a parameter do not fit, or the loss is not finite.
        """
        held = as_images(X)
        self._check(held)
        known, shares, self.classes_ = targets(y, held)
        images, device = 2 * as_floats(held[known]) - 1, held.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.random_state)
            classes, (channels, height, width) = shares.shape[1], images.shape[1:]
            made = Generator(classes, channels, height, width, self.noise, self.hidden).to(device)
            self.discriminator_ = Discriminator(classes, channels, self.hidden).to(device)
            means = Averages(copy.deepcopy(made), self.average)
            self._learn(made, means, images, shares)
        self.generator_, self.history_ = means.network, means.history
        self.n_iter_, self.stop_reason_ = self.steps, f"all steps ({self.steps:,}) were made"
        return self

    def sample(self, y: Labels, random_state: int = 0) -> Tensor:
        """Images of classes.

        Parameters
        ----------
        y : tensor or sequence of int, shape (n,)
            Places in ``classes_``.
        random_state : int

        Returns
        -------
        tensor of float32, shape (n, channels, height, width)
            In [0, 1], on the generator's device.

        Raises
        ------
        ValueError
            A place is not one of a class.
        """
        check_is_fitted(self, "generator_")
        device = self.generator_.start.weight.device
        codes = torch.as_tensor(y, device=device).long()
        if len(codes) and not bool(((codes >= 0) & (codes < len(self.classes_))).all()):
            raise ValueError(f"y has places outside of the {len(self.classes_)} classes; count from 0")
        shares = F.one_hot(codes, len(self.classes_)).float()
        drawn = torch.Generator(device).manual_seed(random_state)
        noise = torch.randn(len(codes), self.noise, generator=drawn, device=device)
        with torch.no_grad():
            parts = zip(noise.split(AT_ONCE), shares.split(AT_ONCE), strict=True)
            return (torch.cat([self.generator_(*each) for each in parts]) + 1) / 2

    def _check(self, images: Tensor) -> None:
        for name in ("steps", "looks", "batch_size", "noise", "check"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it is at least 1")
        if self.hidden < 2 or self.hidden % 2:
            raise ValueError(f"hidden is {self.hidden}; give an even number of channels")
        if min(images.shape[-2:]) < 4:
            raise ValueError(f"images have {tuple(images.shape[-2:])} pixels; sides of 4 and more are made")

    def _learn(self, made: Generator, means: Averages, images: Tensor, shares: Tensor) -> None:
        """Steps of both networks in turns."""
        drawn = torch.Generator(images.device).manual_seed(self.random_state)
        sides = [Adam(each.parameters(), self.learning_rate, BETAS) for each in (self.discriminator_, made)]
        for step in range(1, self.steps + 1):
            for _ in range(self.looks):
                terms = self._look(made, images, shares, drawn, sides[0])
            terms["generator"] = self._fool(made, shares, drawn, sides[1])
            means.follow(made, step)
            means.add(terms)
            at_check = step % self.check == 0 or step == self.steps
            if at_check and math.isnan(means.note(step)):
                raise ValueError(f"the loss is not finite by step {step:,}; take a smaller learning_rate")

    def _look(
        self, made: Generator, images: Tensor, shares: Tensor, drawn: torch.Generator, side: Adam
    ) -> dict[str, Tensor]:
        """A step of the discriminator (eq. 16)."""
        places = self._places(images, drawn)
        given = shares[places]
        with torch.no_grad():
            false = made(self._noise(given, drawn), given)
        both = augmented(torch.cat([images[places], false]), drawn)
        real, false = self.discriminator_(both, torch.cat([given, given])).chunk(2)
        loss = (1 - real).relu().mean() + (1 + false).relu().mean()
        _descend(loss, side)
        told = {"real": (real > 0).float().mean(), "made": (false < 0).float().mean()}
        return {"loss": loss.detach(), **told}

    def _fool(self, made: Generator, shares: Tensor, drawn: torch.Generator, side: Adam) -> Tensor:
        """A step of the generator (eq. 17)."""
        given = shares[self._places(shares, drawn)]
        images = augmented(made(self._noise(given, drawn), given), drawn)
        loss: Tensor = -self.discriminator_(images, given).mean()
        _descend(loss, side)
        return loss.detach()

    def _places(self, held: Tensor, drawn: torch.Generator) -> Tensor:
        return torch.randint(0, len(held), (self.batch_size,), generator=drawn, device=held.device)

    def _noise(self, given: Tensor, drawn: torch.Generator) -> Tensor:
        return torch.randn(len(given), self.noise, generator=drawn, device=given.device)


def _descend(loss: Tensor, side: Adam) -> None:
    side.zero_grad()
    loss.backward()
    side.step()
