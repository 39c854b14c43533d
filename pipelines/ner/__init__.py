"""How few words must be labelled to find the names in text? (`label` opens a page to label your own.)"""

from pipelines import exported

__getattr__ = exported(__name__)
