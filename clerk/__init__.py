"""Clerk: the barista's memory for any shop."""

__version__ = "0.1.0"
