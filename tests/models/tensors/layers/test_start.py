"""Layers start with the mean and variance of a dense layer's start; bad sizes are refused in a line."""

import pytest
import torch

from models.tensors.layers.conv import FactorizedConv2d
from models.tensors.layers.linear import FactorizedLinear
from models.tensors.layers.tcl import TCL
from models.tensors.layers.trl import TRL

MAKERS = {
    "trl-tucker": lambda gain: TRL((16, 4, 4), (10,), (8, 3, 3, 6), gain=gain),
    "trl-cp": lambda gain: TRL((16, 4, 4), (10,), 12, "cp", gain=gain),
    "trl-tt": lambda gain: TRL((16, 4, 4), (10,), (8, 8, 8), "tt", gain=gain),
    "linear-tucker": lambda gain: FactorizedLinear((8, 8), (8, 8), 4, gain=gain),
    "linear-cp": lambda gain: FactorizedLinear((8, 8), (8, 8), 12, "cp", gain=gain),
    "linear-block-tt": lambda gain: FactorizedLinear((8, 8), (8, 8), 4, "block_tt", gain=gain),
    "conv-tucker": lambda gain: FactorizedConv2d(16, 16, 3, (8, 8, 3, 3), gain=gain),
    "conv-cp": lambda gain: FactorizedConv2d(16, 16, 3, 12, "cp", gain=gain),
    "conv-tt": lambda gain: FactorizedConv2d(16, 16, 3, 6, "tt", gain=gain),
}


def outputs(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return layer(x.flatten(1)) if isinstance(layer, torch.nn.Linear) else layer(x)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(("gain", "dense_start"), [(1.0, "glorot"), (2.0, "he")])
def test_a_start_has_the_mean_and_variance_of_the_dense_one(name, gain: float, dense_start: str) -> None:
    torch.manual_seed(0)
    shape = (32, *(MAKERS[name](1.0).weight.inputs if name.startswith("trl") else (64,)))
    x = torch.randn(*((8, 16, 6, 6) if name.startswith("conv") else shape))
    own, wanted = [], []
    for _ in range(40):
        layer = MAKERS[name](gain)
        dense = layer.dense()
        if dense_start == "he":
            torch.nn.init.kaiming_normal_(dense.weight)
        else:
            torch.nn.init.normal_(dense.weight, std=dense.weight[0].numel() ** -0.5)
        own.append(outputs(layer, x).flatten())
        wanted.append(outputs(dense, x).flatten())
    found, known = torch.cat(own), torch.cat(wanted)
    assert abs(float(found.mean())) < 0.1 * gain**0.5
    assert float(found.var() / known.var()) == pytest.approx(1, abs=0.25)


def test_a_contraction_keeps_the_variance() -> None:
    torch.manual_seed(0)
    x = torch.randn(200, 16, 4, 4)
    found = torch.cat([outputs(TCL((16, 4, 4), (8, 3, 6)), x).flatten() for _ in range(20)])
    assert float(found.var()) == pytest.approx(1, abs=0.1)


def test_a_contraction_starts_from_the_leading_directions_of_a_batch() -> None:
    torch.manual_seed(0)
    hidden, small = TCL((3, 2), (12, 5)), torch.randn(50, 3, 2)
    x = outputs(hidden, small)
    layer = TCL((12, 5), (3, 2)).init_from(x)
    assert float(outputs(layer, x).norm()) == pytest.approx(float(x.norm()), rel=1e-5)  # nothing is lost


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TRL((4, 3), (5,), (5, 3, 5)), "rank 5 of place 0 is not between 1 and 4"),
        (lambda: TRL((4, 3), (5,), (4, 3)), "takes 3 ranks"),
        (lambda: TRL((4, 0), (5,), 1), "a mode has size 0"),
        (lambda: TRL((4, 3), (5,), (5, 2), "tt"), "TT rank 5 of place 0"),
        (lambda: TRL((4, 3), (5,), 2, "ring"), "no TRL of 'ring'"),
        (lambda: TRL((4, 3), (5,), 0, "cp"), "CP rank 0"),
        (lambda: FactorizedLinear((4, 3), (5,), 2, "block_tt"), "block TT pairs modes"),
        (lambda: FactorizedLinear((4, 3), (5,), 2)(torch.ones(2, 11)), "takes 12 features"),
        (lambda: TRL((4, 3), (5,), 2)(torch.ones(2, 3, 4)), "takes \\(batch, 4, 3\\)"),
        (lambda: TCL((4, 3), 2)(torch.ones(2, 12)), "takes \\(batch, 4, 3\\)"),
        (lambda: FactorizedConv2d(4, 5, 3, 2)(torch.ones(2, 3, 8, 8)), "takes \\(batch, 4, h, w\\)"),
        (lambda: FactorizedConv2d.from_dense(torch.nn.Conv2d(4, 4, 3, groups=2), 2), "of one group"),
        (lambda: TRL((4,), (5,), 2).init_from(torch.nn.Linear(5, 4)), "the weight is \\(4, 5\\)"),
        (lambda: TRL((4,), (5,), 2, bias=False).init_from(torch.nn.Linear(4, 5)), "has a bias"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(make, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        make()
    assert "\n" not in str(error.value)


def test_modes_of_size_one_and_weights_that_are_not_finite() -> None:
    layer = TRL((1, 3), (1,), 1)
    assert layer(torch.ones(2, 1, 3)).shape == (2, 1)
    broken = torch.nn.Linear(3, 1)
    torch.nn.init.constant_(broken.weight, float("nan"))
    with pytest.raises(ValueError, match="NaN"):
        layer.init_from(broken)
