"""The desk: the composition root, and the only thing that screens and commands hold."""

from clerk.desk.desk import Desk

__all__ = ["Desk"]
