"""How few yes/no questions give every item its class? Takes items and a hierarchy of classes."""

from pipelines import exported

__getattr__ = exported(__name__)
