"""Which loans will be 90 days late within a year? Takes loan files."""

from pipelines import exported

__getattr__ = exported(__name__)
