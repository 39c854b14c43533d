"""Who matters, who belongs together, and how far is it? Takes edges or votes."""

from pipelines import exported

__getattr__ = exported(__name__)
