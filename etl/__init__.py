"""Files to tidy frames on the device: pure functions frame -> frame, input and output only in ``read_*``."""
