"""Topic models by us, tomotopy, gensim, MALLET and scikit-learn."""
