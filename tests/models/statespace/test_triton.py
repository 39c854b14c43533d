"""Triton's recursions: on a GPU, or interpreted on a CPU; and compiled for devices that need not be there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
import torch

from etl.engine.types import Tensor
from models.statespace import arma, compiled, smoothing
from models.statespace.arima import ARIMA
from models.statespace.ets import ETS, read
from models.statespace.kalman import Filtered, StateSpace, kalman_filter
from models.statespace.smoothing import Form
from tests.models.statespace.test_arima import random_arma
from tests.models.statespace.test_ets import given
from tests.models.statespace.test_kalman import gappy, random_model
from tests.support import triton_kernels
from tests.support.series import integrated

DEVICE = triton_kernels.device()


@pytest.fixture(autouse=True)
def _numbers_that_are_masked_may_be_none() -> Iterator[None]:
    """The interpreter computes with NumPy, which warns of what a mask leaves out."""
    with np.errstate(all="ignore"):
        yield


def by_triton(patch: pytest.MonkeyPatch) -> None:
    """From here on tensors of the CPU go to Triton's interpreter."""
    patch.setitem(compiled.LIBRARIES, "cpu", "triton")


def moved(*tensors: Tensor) -> list[Tensor]:
    return [t.detach().to(DEVICE).requires_grad_(t.requires_grad) for t in tensors]


def close(found: list[Tensor], wanted: list[Tensor], tol: float) -> None:
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one.detach().cpu(), other.detach(), rtol=tol, atol=tol, equal_nan=True)


def smoothed(form: Form, y: Tensor, start: Tensor, weights: Tensor, first: Tensor) -> list[Tensor]:
    value = smoothing.cost(y, start, form, weights, first)
    errors, last = smoothing.run(y, start, form, weights, first)
    size = 2 + form.period * (form.season != "N")
    finite = torch.isfinite(value)
    by = torch.autograd.grad(
        (value[finite] * torch.arange(1, 1 + int(finite.sum()), device=y.device)).sum(), (weights, first)
    )
    return [value, errors[finite], last[finite, :size], *by]


@pytest.mark.parametrize("name", ["ANN", "AAdA", "AMdM", "MNN", "MAdM", "MMdA"])
def test_smoothing_equals_numba(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    form = read(name, 3)
    y, start, weights, first = given(form, gap=True)
    y, start = (
        torch.cat([y, -y[:1]])[:, :20],
        torch.cat([start, start[:1]]),
    )  # impossible where parts multiply
    weights, first = (part.detach()[[0, 1, 0]].requires_grad_() for part in (weights, first))
    wanted = smoothed(form, y, start, weights, first)
    by_triton(monkeypatch)

    close(smoothed(form, *moved(y, start, weights, first)), wanted, 1e-11)
    assert torch.isinf(wanted[0][2]) == form.positive


def innovated(w: Tensor, start: Tensor, phi: Tensor, theta: Tensor, mean: Tensor) -> list[Tensor]:
    value = arma.cost(w, start, phi, theta, mean)
    full, gain, first = arma.stationary(phi, theta)
    found = arma.residuals(w, start, *(part.detach() for part in (full, mean, gain, first)))
    free = [part for part in (phi, theta, mean) if part.numel()]
    by = torch.autograd.grad((value * torch.arange(1, 1 + len(value), device=w.device)).sum(), free)
    return [value, *found, *by]


@pytest.mark.parametrize(("p", "q"), [(0, 0), (1, 1), (3, 2), (1, 4)])
def test_innovations_equal_numba(p: int, q: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = random_arma(p, q, n=30)
    wanted = innovated(*parts)
    by_triton(monkeypatch)

    close(innovated(*moved(*parts)), wanted, 1e-9)


def test_series_taken_in_parts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from models.statespace.cuda import arma as kernels

    w, _, *rest = random_arma(1, 1, count=35, n=8)
    parts = (w, torch.zeros(35, dtype=torch.int64), *rest)
    wanted = innovated(*parts)
    by_triton(monkeypatch)
    monkeypatch.setattr(kernels, "MOST", 1)

    close(innovated(*moved(*parts)), wanted, 1e-9)


def filtered(y: Tensor, *model: Tensor) -> list[Tensor]:
    """All that the filter finds, and the gradient of a sum; that by a variance is symmetric."""
    found: Filtered = kalman_filter(y, StateSpace(*model))
    steps = [
        torch.stack([getattr(s, f.name).double() for s in row]) for row in found.steps for f in fields(row[0])
    ]
    ratio = torch.where(torch.isnan(found.residual), 0, found.residual**2 / found.spread)
    by = torch.linspace(1, 2, ratio.numel(), device=y.device).reshape(ratio.shape)
    total = 1.3 * found.loglik.sum() + 0.7 * found.infinite.sum() + (by * ratio).sum()
    slopes = torch.autograd.grad(total, model)
    square = (found.residual, found.spread, found.loglik, found.infinite, *found.mean, *found.variance)
    return [
        *square,
        *found.diffuse,
        *steps,
        *(g + g.mT if i in (3, 5, 6) else g for i, g in enumerate(slopes)),
    ]


@pytest.mark.parametrize(("k", "p", "diffuse"), [(2, 1, 0), (4, 1, 2), (3, 2, 1)])
def test_the_filter_and_its_gradient_equal_array_code_and_autograd(
    k: int, p: int, diffuse: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, y = random_model(k + p, k, p, diffuse), gappy(3, 2, 7, p)
    parts = [getattr(model, f.name) for f in fields(model)]
    free = [part.expand(2, *part.shape).clone().requires_grad_() for part in parts]
    wanted = filtered(y, *free)
    by_triton(monkeypatch)

    close(filtered(*moved(y, *free)), wanted, 1e-8)


def test_models_are_fitted_through_them(monkeypatch: pytest.MonkeyPatch) -> None:
    y = torch.from_numpy(integrated(2, 12, 1))
    holed = y.clone()
    holed[0, 7] = torch.nan
    made = [lambda: ETS("AAN", max_iter=1).fit(y), lambda: ARIMA((1, 0, 1), max_iter=1).fit(holed)]
    wanted = [each().predict(3) for each in made]
    by_triton(monkeypatch)
    y, holed = y.to(DEVICE), holed.to(DEVICE)

    close([each().predict(3) for each in made], wanted, 1e-6)


COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from models.statespace.cuda import arma, ets, kalman
d, i, j = "*fp64", "i32", "*i64"
steps, model, states = (d, d, d, "*i32", d), (d,) * 8, (d,) * 3
for kernel, types, warps, constants in [
    (ets._smooth, [d, j, d, d, (d,) * 4, d, d, d, d, d, i, i, i], 1, [1, 0, 0, True, False, 32]),
    (ets._smooth, [d, j, d, d, (d,) * 4, d, d, d, d, d, i, i, i], 1, [2, 2, 2, True, True, 32]),
    (arma._innovations, [d, j, d, d, d, d, (d,) * 7, (d,) * 4, j, d, d, d, d, i, i, i], 1, [True, 32]),
    (kalman._filter, [d, model, states, steps, i, i, i], 1, [16]),
    (kalman._adjoint, [model, states, steps, (d,) * 4, model, i, i, i], 1, [16]),
    (kalman._filter, [d, model, states, steps, i, i, i], 4, [32]),
]:
    names = kernel.arg_names
    types = dict(zip(names, types + ["constexpr"] * len(constants), strict=True))
    values = {(len(names) - len(constants) + at,): value for at, value in enumerate(constants)}
    for capability in (80, 90):
        source, target = ASTSource(kernel, types, values), GPUTarget("cuda", capability, 32)
        made = triton.compile(source, target=target, options={"num_warps": warps})
        assert made.asm["cubin"]
        assert made.metadata.shared <= 99 * 1024  # what any card since has
        assert kernel in (kalman._filter, kalman._adjoint) or "bar.sync" not in made.asm["ptx"]
"""


def test_kernels_compile_for_two_devices(tmp_path) -> None:
    environment = {**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", COMPILE], env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
