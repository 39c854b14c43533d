"""First values of ARMA models by two regressions (Hannan & Rissanen 1982), and moments with gaps."""

import torch

from etl.engine.types import Tensor


def lagged(w: Tensor, lags: list[int]) -> Tensor:
    """Earlier values side by side.

    Parameters
    ----------
    w : tensor, shape (B, n)
    lags : list of int

    Returns
    -------
    tensor, shape (B, n, len(lags))
        0 before the first value.

    Examples
    --------
    >>> lagged(torch.tensor([[1.0, 2.0, 3.0]]), [1, 2])[0].tolist()
    [[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]]
    """
    pad = torch.nn.functional.pad
    return torch.stack([pad(w, (lag, 0))[:, : w.shape[1]] for lag in lags], 2)


def _regress(X: Tensor, y: Tensor) -> Tensor:
    """Least squares with a small ridge, which decides where columns agree."""
    gram = X.mT @ X
    size = gram.diagonal(0, 1, 2).mean(1).clamp(min=1e-12)
    gram = gram + (1e-6 * size)[:, None, None] * torch.eye(X.shape[2], dtype=X.dtype, device=X.device)
    return torch.linalg.solve(gram, (X.mT @ y[..., None])[..., 0])


def hannan_rissanen(w: Tensor, ar: list[int], ma: list[int]) -> tuple[Tensor, Tensor]:
    """Coefficients of ``w`` on its own lags and on the lags of the errors of a long autoregression.

    Parameters
    ----------
    w : tensor, shape (B, n)
        About zero; 0 where there is no value.
    ar, ma : list of int
        Lags.

    Returns
    -------
    phi, theta : tensor, shape (B, len(ar)) and (B, len(ma))
    """
    count, n = w.shape
    if not ar and not ma:
        return w.new_zeros(count, 0), w.new_zeros(count, 0)
    blocks = [lagged(w, ar)] if ar else []
    if ma:
        order = max(1, min(max(ar + ma) + 6, n // 4))
        X = lagged(w, list(range(1, order + 1)))
        error = w - (X @ _regress(X, w)[..., None])[..., 0]
        blocks.append(lagged(error, ma))
    found = _regress(torch.cat(blocks, 2), w)
    return found[:, : len(ar)], found[:, len(ar) :]
