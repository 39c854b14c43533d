"""``python -m pipelines.crowd``, which equals ``trinity crowd``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("crowd")
