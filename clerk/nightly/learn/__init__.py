"""What the build learns from the whole shop."""
