"""Names and keywords that the project asks of PyTorch exist in 2.11, which GPU images have, and here."""

import importlib
import json
from pathlib import Path

import pytest
import torch

from tests.contract.torch_names import FROZEN, ROOT, SOURCES, Package, fault, uses

OFFERS = json.loads(FROZEN.read_text(encoding="utf-8"))["names"]
HERE = Package(Path(torch.__file__).parents[1])
RENEW = "write tests/contract/torch_2_11.json anew, by the command in tests/contract/torch_names.py"


def exists(name: str) -> bool:
    """Whether the installed PyTorch has a name."""
    parts = name.split(".")
    found = importlib.import_module("torch")
    for place, part in enumerate(parts[1:], 2):
        if not hasattr(found, part):
            try:
                importlib.import_module(".".join(parts[:place]))
            except ImportError:
                return False
        found = getattr(found, part)
    return True


def everywhere() -> dict[str, list]:
    return {str(path.relative_to(ROOT)): uses(path.read_text(encoding="utf-8")) for path in SOURCES}


def test_names_are_those_that_were_looked_up() -> None:
    names = {use.name for found in everywhere().values() for use in found}
    assert names - set(OFFERS) == set(), RENEW


def test_names_and_keywords_exist_in_2_11() -> None:
    faults = [
        f"{file}:{use.line}: {wrong}"
        for file, found in everywhere().items()
        for use in found
        if (wrong := fault(use, OFFERS.get(use.name)))
    ]
    assert faults == []


def test_names_and_keywords_exist_in_the_version_that_is_installed() -> None:
    faults = []
    for file, found in everywhere().items():
        for use in found:
            wrong = fault(use, HERE.parameters(use.name) if exists(use.name) else None)
            faults += [f"{file}:{use.line}: {wrong}"] * bool(wrong)
    assert faults == []


BAD = {
    "import torch.distributed as dist\ndist.all_gather_single(a, b)": "all_gather_single does not exist",
    "import torch\ntorch.zeros(3, devices='cpu')": "torch.zeros does not take devices",
    "from torch import nn\nnn.Linear(3, 2, biases=False)": "torch.nn.Linear does not take biases",
    "import torch.nn.functional as F\nF.one_hots(x)": "torch.nn.functional.one_hots does not exist",
    "from torch.optim import Adams": "torch.optim.Adams does not exist",
}


@pytest.mark.parametrize(("source", "message"), BAD.items(), ids=BAD.values())
def test_a_wrong_name_is_found(source: str, message: str) -> None:
    assert any(message in str(fault(use, OFFERS.get(use.name))) for use in uses(source))
