"""``python -m pipelines.topics``, which equals ``trinity topics``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("topics")
