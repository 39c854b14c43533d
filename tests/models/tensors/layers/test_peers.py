"""State dicts of TensorLy-Torch load here and give what it gives; ours load there."""

import pytest
import torch

from models.tensors.layers.conv import FactorizedConv2d
from models.tensors.layers.linear import FactorizedLinear
from models.tensors.layers.tcl import TCL
from models.tensors.layers.trl import TRL

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture
def peer():
    return pytest.importorskip("tltorch")


def exchanged(own: torch.nn.Module, theirs: torch.nn.Module, shape: tuple[int, ...]) -> None:
    x = torch.randn(*shape)
    own.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(own(x), theirs(x), rtol=1e-4, atol=1e-5)
    own.reset_parameters()
    theirs.load_state_dict(own.state_dict())
    torch.testing.assert_close(own(x), theirs(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["tucker", "cp", "tt"])
def test_regression_layers(peer, kind: str) -> None:
    theirs = peer.TRL((4, 3, 3), (5,), bias=True, rank=2, factorization=kind)
    exchanged(TRL((4, 3, 3), (5,), 2, kind), theirs, (6, 4, 3, 3))


def test_contraction_layers(peer) -> None:
    exchanged(TCL((4, 3, 3), (2, 2, 5)), peer.TCL((4, 3, 3), (2, 2, 5)), (6, 4, 3, 3))


@pytest.mark.parametrize("kind", ["tucker", "cp", "block_tt"])
def test_linear_layers(peer, kind: str) -> None:
    theirs = peer.FactorizedLinear((4, 3), (4, 5), rank=2, factorization=kind.replace("_", ""))
    exchanged(FactorizedLinear((4, 3), (4, 5), 2, kind), theirs, (6, 12))


@pytest.mark.parametrize("kind", ["tucker", "cp", "tt"])
def test_convolutions(peer, kind: str) -> None:
    told = {"stride": 2, "padding": 1, "bias": True}
    theirs = peer.FactorizedConv(4, 5, (3, 3), rank=3, factorization=kind, **told)
    theirs.reset_parameters()
    exchanged(FactorizedConv2d(4, 5, 3, 3, kind, **told), theirs, (2, 4, 9, 8))
