"""Who matters, who belongs together, how far is it? Edges or votes in; ranks, communities and paths out."""

from pipelines import exported

__getattr__ = exported(__name__)
