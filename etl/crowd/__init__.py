"""Crowd votes: from a long table of task, worker and label to labels that can be trusted."""
