"""Maps from unbounded numbers to the coefficients of ARMA models and back."""

import torch

from etl.engine.types import Tensor


def to_coefficients(x: Tensor) -> Tensor:
    """Coefficients of a stationary autoregression from unbounded numbers (Monahan 1984, equation 3).

    Parameters
    ----------
    x : tensor, shape (B, p)
        ``x / sqrt(1 + x ** 2)`` are partial autocorrelations (Jones 1980).

    Returns
    -------
    tensor, shape (B, p)

    Examples
    --------
    >>> to_coefficients(torch.tensor([[0.0, 0.75]])).tolist()
    [[0.0, 0.6000000238418579]]
    """
    partial = x / (1 + x * x).sqrt()
    found = partial[:, :0]
    for k in range(x.shape[1]):
        last = partial[:, k : k + 1]
        found = torch.cat([found - last * found.flip(1), last], 1)
    return found


def from_coefficients(phi: Tensor, most: float = 0.97) -> Tensor:
    """Inverse of `to_coefficients`.

    Parameters
    ----------
    phi : tensor, shape (B, p)
    most : float
        Partial autocorrelations are cut at plus and minus this, below 1.

    Returns
    -------
    tensor, shape (B, p)

    Examples
    --------
    >>> torch.allclose(from_coefficients(torch.tensor([[0.0, 0.6]])), torch.tensor([[0.0, 0.75]]))
    True
    """
    partial, found = [], phi
    for _ in range(phi.shape[1]):
        last = found[:, -1:].clamp(-most, most)
        partial.append(last)
        found = (found[:, :-1] + last * found[:, :-1].flip(1)) / (1 - last * last)
    if not partial:
        return phi
    r = torch.cat(partial[::-1], 1)
    return r / (1 - r * r).sqrt()


def polynomial(short: Tensor, seasonal: Tensor, period: int) -> Tensor:
    """Coefficients after the leading 1 of ``(1 + short(L)) (1 + seasonal(L ** period))``, L the lag.

    Parameters
    ----------
    short, seasonal : tensor, shape (B, p) and (B, P)
        Coefficients after the leading 1.
    period : int

    Returns
    -------
    tensor, shape (B, p + P period)

    Examples
    --------
    >>> polynomial(torch.tensor([[0.5]]), torch.tensor([[0.2]]), 3).tolist()
    [[0.5, 0.0, 0.20000000298023224, 0.10000000149011612]]
    """
    count, p, P = len(short), short.shape[1], seasonal.shape[1]
    one = torch.cat([short.new_ones(count, 1), short], 1)
    out = torch.nn.functional.pad(one, (0, P * period))
    for j in range(P):
        start = (j + 1) * period
        shifted = torch.nn.functional.pad(one * seasonal[:, j : j + 1], (start, P * period - start))
        out = out + shifted
    return out[:, 1 : 1 + p + P * period]
