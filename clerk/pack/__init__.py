"""The read side of the pack: everything that came in last night, opened read-only."""
