"""Which rows of a table are alike? Takes a table or a matrix; says how good the groups are."""

from pipelines import exported

__getattr__ = exported(__name__)
