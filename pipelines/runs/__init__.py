"""Runs that are found again: runs list, runs show RUN, runs compare RUN RUN."""

from pipelines import exported

__getattr__ = exported(__name__)
