"""How few yes/no questions give every item its class? Items and a hierarchy in; labels and curves out."""

from pipelines import exported

__getattr__ = exported(__name__)
