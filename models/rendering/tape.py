"""Records what a network does to a batch, one step an operation, and runs the steps downwards.

A mode of PyTorch sees each function that the network calls, of a layer or not, with the tensors that depend
on the image; hooks tell in which layer of the network it is.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode, resolve_name

from etl.engine.types import Module, Tensor
from models.rendering import arithmetic, layers, switches
from models.rendering.layers import Affine
from models.rendering.operators import RULES, Call, Layer, Made, Norm, Operator, Ties

RULE_FILES = (arithmetic, layers, switches)
"""Imported for the rules that they register."""
Arguments = tuple[object, ...]
Named = dict[str, object]
CONSTANTS = {
    *(torch.zeros_like, torch.ones_like, torch.full_like),
    *(torch.Tensor.new_zeros, torch.Tensor.new_ones, torch.Tensor.new_full),
}
"""Functions whose result does not depend on the values of what they are given."""
LIKELY = {"softmax", "log_softmax", "logsumexp"}


class Step(NamedTuple):
    """One operation: value number ``target`` comes of those of ``sources``."""

    name: str
    operator: Operator
    sources: tuple[int, ...]
    target: int


@dataclass
class Tape:
    """The steps of a network for a batch; value 0 is the batch.

    Attributes
    ----------
    steps : list of Step
    images : Tensor
        The batch.
    norms : list of Norm
        Of its batch norms.
    outputs : dict of Tensor
        What each convolution or linear layer gave, by the number of the value.
    last : int
        The number of the logits.
    logits : Tensor
        Detached.
    """

    images: Tensor
    steps: list[Step] = field(default_factory=list)
    norms: list[Norm] = field(default_factory=list)
    outputs: dict[int, Tensor] = field(default_factory=dict)
    last: int = 0
    logits: Tensor | None = None

    def layers(self) -> list[Step]:
        """Steps that are convolutions or linear layers, upwards."""
        return [each for each in self.steps if isinstance(each.operator, Layer)]

    def descend(self, top: Tensor) -> dict[int, Tensor]:
        """Coefficients of all values from those of the logits: transposes, summed where values fork."""
        values, folded = {self.last: top}, self._folded()
        scales: dict[int, Tensor] = {}
        for step in reversed(self.steps):
            if step.target not in values:
                continue
            g, operator = values[step.target], step.operator
            if step.target in folded:
                values[step.sources[0]], scales[step.sources[0]] = g, folded[step.target].scale
                continue
            if isinstance(operator, Layer) and step.target in scales:
                parts = operator.down(values.pop(step.target), scales[step.target])
            else:
                parts = operator.down(g)
            for source, part in zip(step.sources, parts, strict=True):
                values[source] = values[source] + part if source in values else part
        return values

    def _folded(self) -> dict[int, Affine]:
        """Batch norms that alone follow a layer without a bias, by their value: they scale its weight."""
        users = Counter(source for step in self.steps for source in step.sources)
        plain = {s.target for s in self.layers() if s.operator.shift is None and users[s.target] == 1}
        return {
            step.target: step.operator
            for step in self.steps
            if isinstance(step.operator, Affine) and step.sources[0] in plain
        }


class Places:
    """Hooks that tell in which layer a network is.

    Parameters
    ----------
    model : Module
    """

    def __init__(self, model: Module) -> None:
        self.stack: list[tuple[str, str]] = []
        self.handles = []
        for name, each in model.named_modules():
            place = name, type(each).__name__
            self.handles.append(each.register_forward_pre_hook(self._entering(place)))
            self.handles.append(each.register_forward_hook(self._leave, always_call=True))

    def _entering(self, place: tuple[str, str]) -> Callable[..., None]:
        def enter(*_: object) -> None:
            self.stack.append(place)

        return enter

    def _leave(self, *_: object) -> None:
        if self.stack:
            self.stack.pop()

    def now(self) -> tuple[str, str]:
        """Name and class of the innermost layer."""
        return self.stack[-1] if self.stack else ("", "the model")

    def close(self) -> None:
        """Take the hooks away."""
        for each in self.handles:
            each.remove()


class Recorder(TorchFunctionMode):
    """Writes a `Tape` of all that happens to a batch.

    Parameters
    ----------
    images : Tensor
    places : Places
    ties : {"first", "all"}
    replay : sequence of Norm, optional
        See `models.rendering.operators.Call`.
    """

    def __init__(
        self, images: Tensor, places: Places, ties: Ties = "first", replay: Sequence[Norm] | None = None
    ) -> None:
        super().__init__()
        self.tape, self.places, self.ties = Tape(images), places, ties
        self.replay: Iterator[Norm] | None = None if replay is None else iter(replay)
        self.numbers, self.kept, self.count = {id(images): 0}, [images], 1
        self.names: dict[str, int] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Arguments = (),
        kwargs: Named | None = None,
    ) -> Any:
        """Do a function by its rule, if a value is among its arguments that depends on the image."""
        told = kwargs or {}
        if not self.is_live((args, tuple(told.values()))):
            return func(*args, **told)
        if func in RULES:
            return self._by_rule(func, args, told)
        answer = func(*args, **told)
        if _has_tensor(answer) and func not in CONSTANTS:
            raise self._refused(resolve_name(func) or str(func))
        return answer

    def is_live(self, value: object) -> bool:
        """Whether a value, or one within it, depends on the image."""
        if isinstance(value, torch.Tensor):
            return id(value) in self.numbers
        return isinstance(value, tuple | list) and any(self.is_live(each) for each in value)

    def _by_rule(self, func: Callable[..., Any], args: Arguments, told: Named) -> Tensor:
        call = Call(func, self.is_live, self.ties, self.tape.norms, self.replay)
        before = self._numbers((args, tuple(told.values())))
        self._save(func, before, told)
        try:
            made = RULES[func](call, *args, **told)
        except (ValueError, TypeError) as error:
            raise self._refused(resolve_name(func) or str(func), str(error)) from error
        used = [self.numbers[id(each)] for each in made.inputs]
        if sorted(used) != sorted(before):
            raise self._refused(resolve_name(func) or str(func), "two inputs that depend on the image")
        return self._written(made, tuple(used))

    def _numbers(self, value: object) -> list[int]:
        if isinstance(value, torch.Tensor):
            return [self.numbers[id(value)]] if id(value) in self.numbers else []
        inner = value if isinstance(value, tuple | list) else ()
        return [number for each in inner for number in self._numbers(each)]

    def _save(self, func: Callable[..., Any], numbers: Sequence[int], told: Named) -> None:
        """Keep what is needed later where this function writes over it."""
        in_place = func.__name__.startswith("__i") or func.__name__.endswith("_") or told.get("inplace")
        if not in_place or func.__name__ == "__init__":
            return
        for number in numbers:
            if number in self.tape.outputs:
                self.tape.outputs[number] = self.tape.outputs[number].clone()
        for step in self.tape.steps:
            if step.operator.seen is not None and not {*step.sources, step.target}.isdisjoint(numbers):
                step.operator.seen = step.operator.seen.clone()

    def _written(self, made: Made, sources: tuple[int, ...]) -> Tensor:
        name, number = self.places.now()[0], self.count
        if isinstance(made.operator, Layer):
            self.names[name] = self.names.get(name, 0) + 1
            name += f"#{self.names[name]}" if self.names[name] > 1 else ""
            self.tape.outputs[number] = made.output
        self.tape.steps.append(Step(name, made.operator, sources, number))
        self.numbers[id(made.output)] = number
        self.kept.append(made.output)
        self.count += 1
        return made.output

    def _refused(self, function: str, why: str = "") -> ValueError:
        name, kind = self.places.now()
        place = f"layer {name!r} ({kind})" if name else f"the model itself ({kind})"
        reason = why or "for fixed switches it is not an affine map of the image"
        advice = "; render the network without it" if function.split(".")[-1] in LIKELY else ""
        return ValueError(f"{place} calls {function}, which cannot be rendered: {reason}{advice}")


def _has_tensor(value: object) -> bool:
    if isinstance(value, torch.Tensor):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return any(_has_tensor(each) for each in inner)


def record(
    model: Module, images: Tensor, places: Places, ties: Ties, replay: Sequence[Norm] | None = None
) -> tuple[Tensor, Tape]:
    """Logits of a batch, and the tape of how they came to be.

    Parameters
    ----------
    model : Module
    images : Tensor
    places : Places
        Of the model.
    ties, replay
        See `models.rendering.operators.Call`.

    Raises
    ------
    ValueError
        The network does what cannot be rendered, or gives no logits (batch, classes) of the images.
    """
    places.stack.clear()
    recorder = Recorder(images, places, ties, replay)
    with recorder:
        logits = model(images)
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2 or id(logits) not in recorder.numbers:
        found = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise ValueError(f"a network to render gives logits (batch, classes) of its images; it gave {found}")
    recorder.tape.last, recorder.tape.logits = recorder.numbers[id(logits)], logits.detach()
    return logits, recorder.tape
