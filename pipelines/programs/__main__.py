"""``python -m pipelines.programs``, which equals ``trinity programs``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("programs")
