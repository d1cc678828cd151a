"""Search by meaning in a process of its own, so that a counter never waits for the encoder."""
