"""What comes next, and how sure is it? Takes many series; always compares with naive forecasts."""

from pipelines import exported

__getattr__ = exported(__name__)
