"""Checked tables become an installed pack. Read `build.py` from top to bottom."""
