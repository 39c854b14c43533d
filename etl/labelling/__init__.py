"""What people answered: files of answers and the log of an active learner."""
