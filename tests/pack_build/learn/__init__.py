"""What the build learns, and what the counter makes of it."""
