"""``python -m pipelines.video``, which equals ``trinity video``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("video")
