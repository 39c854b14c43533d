"""What networks learn from: identities, values of functions, and numbers that are to be read back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch.nn import functional as F

from etl.engine.types import Array, Tensor
from etl.equations.forest import Builder, Equations, Forest
from etl.equations.grammar import CODE
from etl.equations.trees import of_numbers
from etl.handoff import to_host
from models.programs.batches import sides, value


@dataclass(frozen=True)
class Targets:
    """Expressions whose values are told.

    Attributes
    ----------
    nodes : int64 array, shape (expressions,)
    values : float32 array, shape (expressions,)
    scale : float32 array, shape (expressions,)
        By which squared errors are multiplied.
    """

    nodes: Array
    values: Array
    scale: Array

    def __len__(self) -> int:
        """Expressions."""
        return len(self.nodes)

    def moved(self, start: int) -> "Targets":
        """The same of nodes that are numbered from ``start`` on."""
        return Targets(self.nodes + start, self.values, self.scale)


def evaluations(equations: Equations) -> Targets:
    """Expressions of equations that tell a value, such as ``sin(2.5) = 0.6``.

    The side that is a number, or a product of two, such as ``mul(-1, 0.6)``, is the value; a number is rather
    so than a product, and of two alike the right one.

    Parameters
    ----------
    equations : Equations

    Raises
    ------
    ValueError
        No side of an equation is a number.
    """
    left, right = sides(equations)
    forest = equations.forest
    func, below, other = map(to_host, (forest.func, forest.left, forest.right))
    kind, values = constants(func, below, other, of_numbers(forest, value))
    swap = kind[right] < kind[left]
    told, asked = np.where(swap, left, right), np.where(swap, right, left)
    if len(odd := np.flatnonzero(kind[told] == 0)):
        where = equations.places[odd[0]] if equations.places else f"evaluation {odd[0]}"
        raise ValueError(f"{where} tells no value; write a number on one side of =")
    return Targets(asked, values[told].astype(np.float32), np.ones(len(told), np.float32))


def constants(func: Array, left: Array, right: Array, numbers: Array) -> tuple[Array, Array]:
    """By node: 2 for a number, 1 for a product of two, else 0; and its value.

    Parameters
    ----------
    func, left, right : int arrays, shape (nodes,)
    numbers : float array, shape (nodes,)
        Values of numbers.
    """
    plain = func == CODE["number"]
    product = (func == CODE["mul"]) & plain[left] & plain[right]
    return 2 * plain + product, np.where(product, numbers[left] * numbers[right], numbers)


def expressions(equations: Equations) -> Array:
    """Nodes whose values are asked for, int64, (equations,).

    Parameters
    ----------
    equations : Equations
        Expressions, or equations of an expression and a number.
    """
    roots = np.asarray(to_host(equations.roots)).astype(np.int64)
    func = to_host(equations.forest.func)
    if (func[roots] == CODE["equality"]).all():
        return evaluations(equations).nodes
    return roots


def encodings(forests: Sequence[Forest]) -> tuple[Forest, Targets]:
    """Numbers that are to be read back: n itself, and ``mul(-1, |n|)`` as -|n|; errors count relative to n.

    Parameters
    ----------
    forests : sequence of Forest
        Whose numbers are taken.

    Returns
    -------
    Forest
        Of the expressions.
    Targets
    """
    texts = sorted({text for forest in forests for text in forest.numbers})
    build, nodes, told = Builder(), [], []
    for text in texts:
        nodes.append(build.number(text))
        told.append(value(text))
        size = build.number(text.lstrip("+-"))
        nodes.append(build.node("mul", build.number("-1"), size))
        told.append(-abs(value(text)))
    values = np.array(told, np.float32)
    return build.forest(), Targets(np.array(nodes, np.int64), values, 1 / (1 + values**2))


def joint(answers: tuple[Tensor, Tensor], labels: Tensor, values: Tensor, weights: Tensor) -> Tensor:
    """Mean logistic loss of identities, plus a weighted sum of the squared errors of values.

    Parameters
    ----------
    answers : tuple of tensor
        Logits, (pairs,), and values, (singles,).
    labels : float tensor, shape (pairs,)
        1 for an identity, else 0.
    values, weights : float tensors, shape (singles,)
    """
    logits, found = answers
    total = found.new_zeros(())
    if len(labels):
        total = total + F.binary_cross_entropy_with_logits(logits, labels)
    if len(values):
        total = total + (weights * (found - values).square()).sum()
    return total
