"""Which rows are alike? Any table in; fewer columns, groups of rows, and how good they are out."""

from pipelines import exported

__getattr__ = exported(__name__)
