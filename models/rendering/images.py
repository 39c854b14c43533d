"""Images and labels as the trainer takes them: checked once, and parted into labelled ones and others."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from etl.engine import array_namespace
from etl.engine.types import Array, Tensor
from etl.handoff import beside, to_torch
from etl.records import Choice, record

Images = Array | Tensor | Sequence[Array]
Labels = Array | Tensor | Sequence[object]
Classes = Array | Tensor


class Pools(NamedTuple):
    """What is learnt from.

    Attributes
    ----------
    labelled : Tensor, shape (n, channels, h, w)
        uint8, or float32 in [0, 1].
    targets : Tensor of float32, shape (n, classes)
    unlabelled : Tensor, shape (m, channels, h, w)
    classes : array, shape (classes,)
    """

    labelled: Tensor
    targets: Tensor
    unlabelled: Tensor
    classes: Classes


def pools(X: Images, y: Labels, X_unlabelled: Images | None = None) -> Pools:
    """Labelled images with their targets, and unlabelled ones.

    Parameters
    ----------
    X : array, tensor or sequence, shape (n, channels, h, w)
    y : array, tensor or sequence, shape (n,) or (n, classes)
        -1, NaN or None is unlabelled, and so is a row of probabilities without any.
    X_unlabelled : array, tensor or sequence, optional

    Raises
    ------
    ValueError
        Images or labels do not fit.
    """
    images = as_images(X)
    others = None if X_unlabelled is None else as_images(X_unlabelled)
    if others is not None and others.shape[1:] != images.shape[1:]:
        one, two = (tuple(each.shape[1:]) for each in (images, others))
        raise ValueError(f"labelled images are {one}, unlabelled ones {two}; bring them to one size and mode")
    if others is not None and others.dtype != images.dtype:
        images, others = as_floats(images), as_floats(others)
    known, shares, classes = targets(y, images)
    held = [images[~known]] + ([] if others is None else [beside(others, images)])
    unlabelled = torch.cat(held)
    if not len(unlabelled):
        record(Choice(reason="no image is unlabelled: what needs no label is learnt from the labelled ones"))
        unlabelled = images
    return Pools(images[known], shares, unlabelled, classes)


def as_images(given: Images) -> Tensor:
    """A tensor of images, where they lie.

    Parameters
    ----------
    given : array, tensor or sequence, shape (n, channels, h, w)

    Raises
    ------
    ValueError
        Shape, type or values do not fit.
    """
    images = _tensor(given)
    if images.ndim != 4 or not images.numel():
        raise ValueError(f"images have a shape (n, channels, height, width), not {tuple(images.shape)}")
    if images.dtype == torch.uint8:
        return images
    if not images.dtype.is_floating_point:
        raise ValueError(f"images are of {images.dtype}; give uint8, or floats from 0 to 1")
    low, high = torch.stack(images.aminmax()).tolist()
    if not (low >= 0 and high <= 1):  # true of NaN, too
        raise ValueError(f"images have values from {low:g} to {high:g}; give floats from 0 to 1, or uint8")
    return images.float()


def as_floats(images: Tensor) -> Tensor:
    """Values in [0, 1] as float32.

    Parameters
    ----------
    images : Tensor of uint8 or float
    """
    return images.float() / 255 if images.dtype == torch.uint8 else images.float()


def _tensor(given: Images) -> Tensor:
    if not isinstance(given, list | tuple):
        return given if isinstance(given, torch.Tensor) else to_torch(given)
    shapes = [tuple(each.shape) for each in given]
    if odd := [at for at, shape in enumerate(shapes) if shape != shapes[0]]:
        first = f"image 0 has {shapes[0]}, image {odd[0]} has {shapes[odd[0]]}"
        raise ValueError(f"images differ in shape: {first}; bring them to one size and mode")
    if not given:
        raise ValueError("there is no image; give at least one")
    return _tensor((torch.stack if isinstance(given[0], torch.Tensor) else np.stack)(list(given)))


def targets(y: Labels, images: Tensor) -> tuple[Tensor, Tensor, Classes]:
    """Which images are labelled, (n,), targets of those, (labelled, classes), and the classes.

    Parameters
    ----------
    y : array, tensor or sequence, shape (n,) or (n, classes)
        See `pools`.
    images : Tensor, shape (n, channels, h, w)

    Raises
    ------
    ValueError
        Labels do not fit, or are of one class.
    """
    held = y if hasattr(y, "ndim") else np.array(y, dtype=object)
    if len(held) != len(images):
        raise ValueError(f"there are {len(images):,} images and {len(held):,} labels; give a label each")
    if held.ndim == 2:
        return _soft(held, images)
    known, classes, codes = _coded(held)
    if len(classes) < 2:
        found = f"all labels are {classes[0]}" if len(classes) else "no image is labelled"
        raise ValueError(f"{found}; a classifier takes images of two classes at least")
    if not isinstance(known, torch.Tensor):
        known, codes = to_torch(known.astype("uint8")).bool(), to_torch(codes.astype("int64"))
    shares = F.one_hot(beside(codes, images), len(classes)).float()
    return beside(known, images), shares, classes


def _coded(labels: Classes) -> tuple[Classes, Classes, Classes]:
    """Which labels are known, the classes, and the numbers of the known ones in these."""
    if isinstance(labels, torch.Tensor):
        known = labels.isfinite() & (labels != -1.0)  # -1 would be 255 beside unsigned bytes
        return known, *labels[known].unique(return_inverse=True)
    if labels.dtype == object:
        known = np.array([each not in (None, -1) and each == each for each in labels], dtype=bool)
        return known, *np.unique(np.array(labels[known].tolist()), return_inverse=True)
    known = (labels == labels) & (labels != -1.0)
    return known, *array_namespace(labels).unique(labels[known], return_inverse=True)


def _soft(posteriors: Classes, images: Tensor) -> tuple[Tensor, Tensor, Classes]:
    """The same of probabilities."""
    held = beside(_tensor(posteriors), images).float()
    totals, low = held.nansum(1), float(held.nan_to_num(0).amin())
    known = totals > 0
    if not bool((known.logical_not() | ((totals - 1).abs() < 1e-3)).all()) or low < 0:
        raise ValueError("y is probabilities whose rows sum to neither 1 nor 0; divide each by its sum")
    if bare := (held[known].sum(0) == 0).nonzero().flatten().tolist():
        named = f"class {bare[0]} of {held.shape[1]} has no label"
        raise ValueError(f"{named}: no row of y gives it a part; label an image of it, or drop its column")
    array = isinstance(posteriors, torch.Tensor)
    classes = torch.arange(held.shape[1]) if array else array_namespace(posteriors).arange(held.shape[1])
    return known, held[known], classes
