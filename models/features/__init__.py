"""Features that classifiers learn from: words and their characters, directions of the words, topics, columns."""
