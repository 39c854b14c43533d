"""Features that classifiers learn from: words, their characters and directions, topics, columns."""
