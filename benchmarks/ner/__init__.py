"""Learning curves of the tagger by acquisition."""
