import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def backend() -> Iterator[None]:
    """TensorLy's backend, which a benchmark sets for all, is again what TensorLy-Torch needs."""
    yield
    if "tltorch" in sys.modules:
        sys.modules["tensorly"].set_backend("pytorch")
