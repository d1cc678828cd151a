"""Checked tables become an installed pack: read `stages.py`, which builds it, then `build.py`, which puts it to use."""
