"""Images made by class by a generator that learnt from the labelled ones, and whether they look like it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from etl.handoff import on_device, on_host
from models.rendering.gan import ConditionalGAN
from pipelines.rendering.config import Config
from pipelines.rendering.data import Data
from pipelines.rendering.train import Learnt

SHOWN, JUDGED = 8, 40
"""Images that are made of each class: in the figure, and in all."""


@dataclass(frozen=True, eq=False)
class Made:
    """What a generator made.

    Attributes
    ----------
    shown : float32 array, shape (classes, SHOWN, channels, h, w)
    facts : dict
        ``steps``, and ``consistency``: the share to which the classifier gives the class they were made for.
    """

    shown: np.ndarray
    facts: dict[str, Any]


def make(config: Config, steps: int, data: Data, judge: Learnt) -> Made:
    """Learn a generator from the labelled images, and let it make some of each class.

    Parameters
    ----------
    config : Config
    steps : int
    data : Data
    judge : Learnt
        The classifier that says what they look like.

    Raises
    ------
    ValueError
        Its loss is not finite.
    """
    images, targets, _ = data.pools(data.order)
    gan = ConditionalGAN(steps=steps, batch_size=config.batch, random_state=config.seed).fit(images, targets)
    count = len(data.classes)
    c = on_device(np.repeat(np.arange(count), JUDGED), images.device)
    found = gan.sample(c, config.seed).clamp(0, 1)
    alike = torch.as_tensor(judge.classifier.predict_proba(found)).argmax(1) == c
    shown = found.reshape(count, JUDGED, *found.shape[1:])[:, :SHOWN]
    share = float(on_host(alike.float().mean()))
    return Made(on_host(shown).numpy(), {"steps": steps, "consistency": share})
