"""What cannot be collected here: taggers are networks, and PyTorch is an option."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("torch") else ["models/tagger", "tests/models/tagger"]
