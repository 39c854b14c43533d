"""What cannot be collected here: PyTorch, Triton and CRFsuite are options."""

import importlib.util
from pathlib import Path

HERE = Path(__file__).parent
NETWORKS = (
    "models/tagger",
    "tests/models/tagger",
    "models/signsgd",
    "tests/models/signsgd",
    "models/partial/classifier.py",
    "models/active/person_tagger.py",
    "pipelines/ner",
    "models/statespace",
    "models/sequences",
    "tests/models/sequences",
    "models/tensors/derivatives.py",
    "tests/models/tensors/test_device_reads.py",
    "tests/models/statespace",
    "tests/support/ranks.py",
    "tests/support/voting.py",
    "pipelines/signsgd",
    "pipelines/compress",
    "pipelines/video",
    "pipelines/rendering",
    "pipelines/programs/apply.py",
    "pipelines/programs/learn.py",
    "models/programs",
    "tests/models/programs",
    "models/tensors/gradients.py",
    "tests/benchmarks/tensors",
    "pipelines/forecast",
    "models/tensors/layers",
    "models/tensors/savings.py",
    "models/tensors/allocation.py",
    "models/tensors/candidates.py",
    "models/tensors/compress.py",
    "models/tensors/latency.py",
    "models/tensors/tuning.py",
    "tests/models/tensors/layers",
    "tests/models/tensors/test_savings.py",
    "tests/models/tensors/test_candidates.py",
    "tests/models/tensors/test_compress.py",
    "models/video",
    "tests/models/video",
    "tests/benchmarks/video",
    "models/rendering",
    "tests/models/rendering",
    "tests/benchmarks/rendering",
)


def _lacks(name: str) -> bool:
    return importlib.util.find_spec(name) is None


collect_ignore = [str(path) for pattern in NETWORKS for path in HERE.glob(pattern) if _lacks("torch")]
collect_ignore += ["models/tagger/crf_features.py"] if _lacks("pycrfsuite") else []
TRITON = ("models/signsgd/kernels_triton.py", "models/statespace/cuda")
collect_ignore += TRITON if _lacks("triton") else []
# Looked into for doctests, the stand-in would be imported under the names of the GPU's libraries.
collect_ignore += ["tests/support/device"]
