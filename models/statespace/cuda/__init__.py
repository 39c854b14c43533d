"""Recursions in Triton, which comes with PyTorch for CUDA; imported where tensors lie there."""

WARP = 32
"""Series of a program. A thread reads only what it wrote itself, so none waits for another."""
