"""``python -m pipelines.rendering``, which equals ``trinity rendering``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("rendering")
