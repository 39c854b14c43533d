"""Which loans will be 90 days late within a year? Loan files in, a judged model and its report out."""

from pipelines import exported

__getattr__ = exported(__name__)
