"""Found first on PYTHONPATH: shims XGBoost and PyTorch in every process."""

from stand_in import shims

shims.install()
