"""``python -m pipelines.signsgd``, which equals ``trinity signsgd``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("signsgd")
