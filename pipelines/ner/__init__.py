"""How few words must be labelled to find names in text? Takes tagged sentences; `ner label` tags your own."""

from pipelines import exported

__getattr__ = exported(__name__)
