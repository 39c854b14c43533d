"""How few words must be labelled to find the names in text? Tagged sentences in; curves and a tagger out."""

from pipelines import exported

__getattr__ = exported(__name__)
