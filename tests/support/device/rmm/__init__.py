"""A stand-in for RMM as far as the engine asks for it: the resource that device memory comes from."""

from rmm import mr

__all__ = ["mr"]
