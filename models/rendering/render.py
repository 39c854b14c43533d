"""Turns a network into its exact top-down renderer.

Source: Ho and others, arXiv 1811.02657: h(L) = mu(c), h(l-1) = Lambda(l; t, s) h(l), which puts each value to
the place t that its pool took, takes out the units that s has off, and applies the transposed kernel; and
eta(c, z) = sum over layers of <b(l), s(l) h(l)>, so that <h(0), x> + eta is the logit of c.
"""

from types import TracebackType
from typing import NamedTuple, Self

import torch

from etl.engine.types import Module, Tensor
from models.rendering.operators import Ties
from models.rendering.tape import Places, Step, Tape, record


class Moments(NamedTuple):
    """Means and variances of channels over images and places, (channels,) each."""

    mean: Tensor
    variance: Tensor
    rendered_mean: Tensor
    rendered_variance: Tensor


class Rendering:
    """A network of convolutions read downwards, which tells the image that it sees in a class.

    Any network of convolutions (1d and 2d), rectifiers (leaky or not), max and average pools, batch norm,
    linear layers, dropout, sums, joins and changes of shape, in layers or as functions. Switches, masks of
    dropout and statistics of batch norm (in training, those of the batch) count as fixed. What is rendered
    can be differentiated with respect to the weights. Batch norm is its own transpose here, g gamma / sigma;
    the released code has a second batch norm on the way down, whose rendering is not the derivative.

    Parameters
    ----------
    model : Module
        Takes images (batch, channels, height, width), or (batch, channels, length), and gives logits
        (batch, classes).
    ties : {"first", "all"}
        Where several places of a max pool are largest, the first takes all, as in PyTorch's derivative;
        or each takes all, as in the released code of the paper: <h, x> + eta is not the logit then.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten())
    >>> with Rendering(model.append(torch.nn.Linear(144, 10))) as rendering:
    ...     logits = rendering(torch.randn(5, 1, 8, 8))
    ...     image = rendering.render(logits.argmax(1))
    >>> image.shape
    torch.Size([5, 1, 8, 8])
    """

    def __init__(self, model: Module, ties: Ties = "first") -> None:
        if ties not in ("first", "all"):
            raise ValueError(f"ties is {ties!r}; it is 'first' or 'all'")
        self.model, self.ties = model, ties
        self.places = Places(model)
        self.tape: Tape | None = None
        self._null: Tape | None = None
        self._passed: tuple[object, dict[int, Tensor]] | None = None

    def __enter__(self) -> Self:
        """Itself; `close` comes after."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the hooks away."""
        self.close()

    def close(self) -> None:
        """Take the hooks away and forget the batch."""
        self.places.close()
        self.tape = self._null = self._passed = None

    def __call__(self, x: Tensor) -> Tensor:
        """The network's logits (batch, classes); its switches are kept until the next batch.

        Parameters
        ----------
        x : Tensor of float, shape (batch, channels, ...)

        Raises
        ------
        ValueError
            The network has a layer that cannot be rendered (it is named), or gives no logits.
        """
        self.tape = self._null = self._passed = None
        logits, self.tape = record(self.model, x, self.places, self.ties)
        return logits

    def render(self, c: Tensor) -> Tensor:
        """The image of a class, for the switches of each image: d logit_c / d x.

        Parameters
        ----------
        c : Tensor, shape (batch,) of int or (batch, classes) of float
            Classes, or their weights.

        Returns
        -------
        Tensor
            Of the shape of the images.

        Raises
        ------
        ValueError
            There was no batch yet, or c has another shape.
        """
        return self.pass_down(c)[0]

    def layers(self, c: Tensor) -> dict[str, Tensor]:
        """What each convolution and linear layer renders, of the shape of its input, by its name upwards.

        A layer that is used again has ``#2`` after its name. For ``c`` and errors see `render`.
        """
        values = self.pass_down(c)
        return {
            each.name: values[each.sources[0]]
            for each in self.recorded().layers()
            if each.sources[0] in values
        }

    def eta(self, c: Tensor) -> Tensor:
        """The score of each image's path, (batch,): <render(c), x> + eta(c) = logit_c.

        For ``c`` and errors see `render`.
        """
        values = self.pass_down(c)
        total = values[self.recorded().last].new_zeros(c.shape[0])
        for step in self.recorded().steps:
            for constant in (step.operator.shift, step.operator.centre):
                if constant is not None and step.target in values:
                    total = total + (values[step.target] * constant).flatten(1).sum(1)
        return total

    def moments(self, c: Tensor, detach: bool = False) -> dict[str, Moments]:
        """Moments of what each layer but the last gave, and of what is rendered to the end of its activation.

        The first are of the layer's own output, before batch norm; the others of the coefficients before
        the switches of its rectifier and pools. For ``c`` and errors see `render`.

        Parameters
        ----------
        c : Tensor
        detach : bool
            The first count as constants: no gradient goes up by them.
        """
        tape, values, found = self.recorded(), self.pass_down(c), {}
        for step in tape.layers():
            top = self._activation_end(step)
            if top != tape.last and top in values:
                seen = self._seen(step) if detach else _moments(tape.outputs[step.target])
                found[step.name] = Moments(*seen, *_moments(values[top]))
        return found

    def recorded(self) -> Tape:
        """The steps of the last batch.

        Raises
        ------
        ValueError
            There was none.
        """
        if self.tape is None:
            raise ValueError("no batch went up yet: call the rendering on images first")
        return self.tape

    def null(self) -> Tape:
        """The steps of an image of zeros, with the batch norms of the last batch and without dropout."""
        if self._null is None:
            tape = self.recorded()
            with torch.no_grad():
                zeros = torch.zeros_like(tape.images[:1])
                self._null = record(self.model, zeros, self.places, self.ties, tape.norms)[1]
        return self._null

    def pass_down(self, c: Tensor) -> dict[int, Tensor]:
        """Coefficients of all values of the tape, kept for further calls with the same ``c``."""
        key = id(c), c._version, torch.is_grad_enabled()
        if self._passed is None or self._passed[0][:3] != key:  # type: ignore[index]
            self._passed = (*key, c), self.recorded().descend(self.weights(c))
        return self._passed[1]

    def weights(self, c: Tensor) -> Tensor:
        """Classes as weights (batch, classes)."""
        logits: Tensor = self.recorded().logits
        batch, classes = logits.shape
        if c.shape == (batch, classes) and c.is_floating_point():
            return c.to(logits.dtype)
        if c.shape != (batch,) or c.is_floating_point():
            wanted = f"({batch},) of whole numbers or ({batch}, {classes}) of weights"
            raise ValueError(f"classes to render are {wanted}; got {tuple(c.shape)} of {c.dtype}")
        return torch.zeros_like(logits).scatter_(1, c[:, None], 1.0)

    def _seen(self, layer: Step) -> tuple[Tensor, Tensor]:
        """Moments of what a layer gave, of a batch norm that measured them or anew."""
        tape = self.recorded()
        for step in tape.steps:
            known = getattr(step.operator, "moments", None)
            if layer.target in step.sources and known is not None:
                return known
        return _moments(tape.outputs[layer.target].detach())

    def _activation_end(self, layer: Step) -> int:
        """The value where the steps end that follow a layer alone and keep its channels."""
        tape, at = self.recorded(), layer.target
        while True:
            users = [step for step in tape.steps if at in step.sources]
            if len(users) != 1 or not users[0].operator.keeps_channels:
                return at
            at = users[0].target


def _moments(values: Tensor) -> tuple[Tensor, Tensor]:
    modes, entries = [0, *range(2, values.ndim)], values.numel() // values.shape[1]
    mean = values.sum(modes, keepdim=True) / entries  # torch.var_mean takes ten times as long
    return mean.flatten(), (values - mean).square().sum(modes) / entries
