"""``python -m pipelines.clusters``, which equals ``trinity clusters``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("clusters")
