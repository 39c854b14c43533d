"""What cannot be collected here: taggers are networks, and PyTorch and CRFsuite are options."""

import importlib.util
from pathlib import Path

HERE = Path(__file__).parent
NETWORKS = ("models/tagger", "tests/models/tagger", "pipelines/ner*.py")


def _lacks(name: str) -> bool:
    return importlib.util.find_spec(name) is None


collect_ignore = [str(path) for pattern in NETWORKS for path in HERE.glob(pattern) if _lacks("torch")]
collect_ignore += ["models/shallow_crf.py"] if _lacks("pycrfsuite") else []
