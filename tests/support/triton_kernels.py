"""Where Triton's kernels run in tests: on a GPU, or interpreted on a CPU."""

import os
import sys

import pytest
import torch


def device() -> str:
    """Its name, asked before the kernels are imported; the module is skipped where Triton cannot run."""
    found = "cuda" if torch.cuda.is_available() else "cpu"
    if found == "cpu":
        if "triton" in sys.modules and os.environ.get("TRITON_INTERPRET") != "1":
            pytest.skip("Triton was loaded to compile; set TRITON_INTERPRET=1", allow_module_level=True)
        os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported
    pytest.importorskip("triton", reason="Triton is not installed; PyTorch for CUDA brings it")
    return found
