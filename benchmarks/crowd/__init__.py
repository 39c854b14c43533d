"""Dawid-Skene by us, crowd-kit and plain SciPy."""
