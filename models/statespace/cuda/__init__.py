"""Recursions in Triton, which comes with PyTorch for CUDA; imported where tensors lie there."""
