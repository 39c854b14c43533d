"""``python -m pipelines.crowd``, which equals ``trinity crowd``."""

from pipelines.commands import run_story

if __name__ == "__main__":
    run_story("crowd")
