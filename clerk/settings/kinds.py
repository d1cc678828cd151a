"""The kinds of setting: a number within its range, a text, one of a few words."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def between(default: Any, low: float, high: float) -> Any:
    """A number with its permitted range."""
    return field(default=default, metadata={"low": low, "high": high})


def text(default: str) -> Any:
    """A text."""
    return field(default=default, metadata={"choices": ()})


def one_of(default: str, *choices: str) -> Any:
    """One of a few words."""
    return field(default=default, metadata={"choices": choices})
