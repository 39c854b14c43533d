"""How small does a trained network get, and what does it lose? Puts layers in factors, tunes, measures."""

from pipelines import exported

__getattr__ = exported(__name__)
