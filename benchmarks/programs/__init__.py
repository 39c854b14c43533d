"""Programs of equations: certified, judged by networks, completed."""
