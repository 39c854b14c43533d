"""Yes/no questions: the queue beside a heap, curves, noise and planner."""
