"""What a model says of items, as flat arrays. An item is a sequence of tokens; for a classifier, of one."""

from dataclasses import dataclass, fields

from etl.engine import array_namespace
from etl.engine.types import Array, ArrayModule, Tensor
from etl.ids import tally


@dataclass(frozen=True)
class Outputs:
    """Of ``items`` items with ``tokens`` tokens in all; NumPy or CuPy arrays. Only `starts` is always there.

    Attributes
    ----------
    starts : int64, shape (items + 1,)
        First token of each item, then the number of tokens.
    token_log_probs : float, shape (tokens,), optional
        Log-probability, in nats, of each tag of the best path, given those before it.
    log_probs : float, shape (items,), optional
        Log-probability of the whole best path, as a CRF gives it; else it is the sum of its tokens'.
    distributions : float, shape (tokens, K), optional
        Probability of each tag.
    samples : int, shape (M, tokens), optional
        Tags by M stochastic passes, or by M members of a committee.
    embeddings : float, shape (items, size), optional
        A vector for each item.
    items : int64, shape (items,)
        Number of each item in the pool; the place here by default.

    Raises
    ------
    ValueError
        An item has no token, or arrays do not fit together.

    Examples
    --------
    >>> import numpy
    >>> two = Outputs(numpy.array([0, 1, 3]), token_log_probs=numpy.array([-1.0, -0.5, -0.25]))
    >>> two.lengths.tolist(), two.path().tolist()
    ([1, 2], [-1.0, -0.75])
    """

    starts: Array
    token_log_probs: Array | None = None
    log_probs: Array | None = None
    distributions: Array | None = None
    samples: Array | None = None
    embeddings: Array | None = None
    items: Array = None

    def __post_init__(self) -> None:
        if self.items is None:
            object.__setattr__(self, "items", self.xp.arange(len(self)))
        short = self.lengths < 1
        if bool(short.any()):
            raise ValueError(f"item {int(self.items[int(short.argmax())])} has no token; leave it out")
        tokens = self.tokens
        sizes = {"token_log_probs": (0, tokens), "distributions": (0, tokens), "samples": (1, tokens)}
        sizes |= {name: (0, len(self)) for name in ("log_probs", "embeddings", "items")}
        for name, (axis, size) in sizes.items():
            values = getattr(self, name)
            if values is not None and values.shape[axis] != size:
                raise ValueError(
                    f"{name} has shape {values.shape}; axis {axis} must be {size}, as `starts` says"
                )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def xp(self) -> ArrayModule:
        """NumPy or CuPy."""
        return array_namespace(self.starts)

    @property
    def tokens(self) -> int:
        """Number of tokens."""
        return int(self.starts[-1])

    @property
    def lengths(self) -> Array:
        """Tokens of each item, int64, shape (items,)."""
        return self.xp.diff(self.starts)

    def need(self, name: str) -> Array:
        """The array of that name.

        Raises
        ------
        ValueError
            The model gave none.
        """
        values = getattr(self, name)
        if values is None or (name == "samples" and not len(values)):
            remedy = "ask for samples" if name == "samples" else "take another acquisition, or return them"
            raise ValueError(f"this score needs {name}, and the model's outputs have none; {remedy}")
        return values

    def sums(self, values: Array) -> Array:
        """Sum of a number a token over each item, float64, shape (items,)."""
        return tally(owners(self.starts), len(self), values)

    def path(self) -> Array:
        """Log-probability of each item's best path, float64, shape (items,)."""
        if self.log_probs is not None:
            return self.log_probs.astype("float64")
        return self.sums(self.need("token_log_probs"))


def read(said: object, items: Array | None = None) -> Outputs:
    """What any model gave, tensors as arrays on their device.

    Parameters
    ----------
    said : object
        With ``starts`` and any other attributes of `Outputs`, arrays or tensors.
    items : int64 array, shape (items,), optional
        Their numbers in the pool.
    """
    named = {field.name: as_array(getattr(said, field.name, None)) for field in fields(Outputs)}
    return Outputs(**(named | ({} if items is None else {"items": items})))


def as_array(values: Array | Tensor) -> Array:
    """A tensor as an array on its device, uncopied unless narrower than float32; else as it is."""
    if not hasattr(values, "data_ptr"):
        return values
    values = values.detach()
    narrow = values.is_floating_point() and values.element_size() < 4  # NumPy has no bfloat16
    return array_namespace(values).asarray(values.float() if narrow else values)


def owners(starts: Array) -> Array:
    """Place of each token's item, int64, (tokens,), from int64 (items + 1,); no item is without a token."""
    xp, tokens = array_namespace(starts), int(starts[-1])
    return xp.cumsum(tally(starts[1:-1], tokens)) if tokens else xp.zeros(0, "int64")


def begins(lengths: Array) -> Array:
    """``starts`` of items of these lengths, int64, from shape (items,) to (items + 1,)."""
    xp = array_namespace(lengths)
    starts = xp.zeros(len(lengths) + 1, dtype="int64")
    starts[1:] = xp.cumsum(lengths)
    return starts


def tokens_of(starts: Array, items: Array) -> Array:
    """Numbers of the tokens of some items, in the order of these.

    Parameters
    ----------
    starts : int64 array, shape (items + 1,)
        First token of each item.
    items : int64 array, shape (n,)

    Returns
    -------
    int64 array, shape (tokens of these items,)

    Examples
    --------
    >>> import numpy
    >>> tokens_of(numpy.array([0, 2, 3, 6]), numpy.array([2, 0])).tolist()
    [3, 4, 5, 0, 1]
    """
    xp = array_namespace(starts)
    new = begins(starts[items + 1] - starts[items])
    owner = owners(new)
    return xp.arange(len(owner)) + (starts[items] - new[:-1])[owner]
