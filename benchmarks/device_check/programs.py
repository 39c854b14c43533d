"""Equations: functions, verdicts and grouped products of the device beside those of the host."""

from functools import partial
from itertools import product

import numpy as np
import torch

from benchmarks.device_check.checks import Facts, Items, Setting
from benchmarks.device_check.compare import engines
from etl.engine import Engine
from etl.equations.certify import certify
from etl.equations.generate import generate
from etl.equations.grammar import UNARY
from etl.equations.sampling import sample_points
from etl.equations.trust import UNIT, Measured, measured
from etl.handoff import from_host, to_host
from models.programs.segment_matmul import segment_matmul

AXIS = [sign * size for size in (0.0, 1e-9, 0.3, 0.99, 1.0, 1.7, 8.0, 30.0) for sign in (1.0, -1.0)]
POINTS = np.array([complex(*parts) for parts in product(AXIS, AXIS)])
EQUATIONS = 2_000
COUNTS = ((3, 0, 5, 1), (0, 0, 0, 7), (640, 1, 0, 333))
"""Rows of segments: empty ones, and those of no multiple of 8, among them."""


def items(setting: Setting) -> Items:
    """Each function, verdicts of generated equations, and products of segments."""
    device, host = engines(setting)
    found: Items = {name: partial(_function, name, device, host) for name in UNARY}
    found["verdicts"] = partial(_verdicts, device)
    return found | {f"segments {counts}": partial(_segments, counts, setting.cuda) for counts in COUNTS}


def _function(name: str, device: Engine, host: Engine) -> Facts:
    """They are as close as the certifier takes them to be, on both sides of every cut."""
    (found, error), (wanted, bound) = (_measured(name, engine) for engine in (device, host))
    assert (np.isnan(found) == np.isnan(wanted)).all(), POINTS[np.isnan(found) != np.isnan(wanted)]
    known = np.isfinite(error + bound) & np.isfinite(wanted)
    gap, allowed = abs(found - wanted)[known], 4 * (error + bound)[known]
    assert (gap <= allowed).all(), POINTS[known][gap > allowed]
    return {"units": float((gap / np.maximum(abs(wanted[known]) * UNIT, 1e-300)).max())}


def _measured(name: str, engine: Engine) -> tuple[np.ndarray, np.ndarray]:
    """Values and bounds of their errors, on the host."""
    points = from_host(POINTS, engine)
    with np.errstate(all="ignore"):
        found = measured(name, Measured(points, 0.0 * abs(points), abs(points)))
    return to_host(found.value), to_host(found.error)


def _verdicts(device: Engine) -> Facts:
    equations = generate(EQUATIONS, 0, log=lambda _: None)
    points = sample_points(len(equations.forest.symbols))
    wanted, found = certify(equations, points=points), certify(equations, points=from_host(points, device))
    differ = np.flatnonzero(found.verdict != wanted.verdict)
    assert not len(differ), [(found.of(int(at)), wanted.of(int(at))) for at in differ[:3]]
    return {"escalated": found.escalated, "on the CPU": wanted.escalated}


def _segments(counts: tuple[int, ...], device: str) -> None:
    """Products and both gradients, to the digits of bfloat16."""
    torch.manual_seed(0)
    given = torch.randn(sum(counts), 50), torch.randn(len(counts), 50, 150) / 7
    along = torch.randn(sum(counts), 150)
    (wanted, *grads), (found, *theirs) = (_learnt(given, counts, along, to) for to in ("cpu", device))
    for ours, other in zip((wanted, *grads), (found, *theirs), strict=True):
        assert ((other.cpu() - ours).norm() <= 0.01 * ours.norm()).item(), "more than bfloat16 explains"


def _learnt(
    given: tuple[torch.Tensor, torch.Tensor], counts: tuple[int, ...], along: torch.Tensor, device: str
) -> tuple[torch.Tensor, ...]:
    x, weights = (each.to(device).requires_grad_() for each in given)
    ends = torch.tensor(counts).cumsum(0).int().to(device)
    out = segment_matmul(x, weights, counts, ends)
    return (out.detach(), *torch.autograd.grad((out * along.to(device)).sum(), (x, weights)))
