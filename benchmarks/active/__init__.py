"""Active-learning rounds by us, small-text, ALiPy and a plain loop."""
