"""Derivatives of eigenvectors that stay finite where eigenvalues are equal.

Source: Liao, Liu, Wang, Xiang, "Differentiable programming tensor networks", Phys. Rev. X 9, 031041, 2019,
section III.A (1 / x becomes x / (x^2 + e), a Lorentzian); the formula it steadies is Giles, "Collected matrix
derivative results for forward and reverse mode algorithmic differentiation", 2008, section 3.1.
"""

import torch

from etl.engine.types import Tensor

BROADENING = 1e-12
"""Of the squared largest eigenvalue: differences of eigenvalues well below its root no longer count."""


class StableEigh(torch.autograd.Function):
    """`torch.linalg.eigh` of symmetric matrices whose derivative has no infinities."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, gram: Tensor) -> tuple[Tensor, Tensor]:
        """Eigenvalues, ascending, and eigenvectors.

        Parameters
        ----------
        gram : float tensor, shape (..., n, n)
        """
        values, vectors = torch.linalg.eigh(gram)
        ctx.save_for_backward(values, vectors)
        return values, vectors

    @staticmethod
    def backward(ctx: Tensor, d_values: Tensor, d_vectors: Tensor) -> Tensor:
        """The derivative by the matrix: U (diag(dl) + F * (U^T dU)) U^T, where F_ij = 1 / (l_j - l_i).

        Parameters
        ----------
        d_values, d_vectors : float tensors, shapes (..., n) and (..., n, n)
        """
        values, vectors = ctx.saved_tensors
        gap = values[..., None, :] - values[..., :, None]
        broad = BROADENING * values.abs().amax(-1)[..., None, None] ** 2 + torch.finfo(values.dtype).tiny
        inner = gap / (gap**2 + broad) * (vectors.mT @ d_vectors) + torch.diag_embed(d_values)
        found = vectors @ inner @ vectors.mT
        return (found + found.mT) / 2
