"""What comes next, and how sure is it? Series in; forecasts, judged from rolling origins, out."""

from pipelines import exported

__getattr__ = exported(__name__)
