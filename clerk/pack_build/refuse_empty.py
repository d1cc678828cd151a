"""A build that would empty the shop is refused: an empty template in the wrong place, an export that broke off."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clerk.errors import NothingInIt
from clerk.pack.open import current_manifest
from clerk.phrases import count

_REMEDY = "Fill in the tables, or name the right folder; to begin anew, take another data folder (--home)."


def refuse_empty(home: Path, source: str, items: int, people: int | None) -> None:
    """Looks whether there is anything to sell, and anybody to greet where there was somebody.

    Args:
        home: the data folder.
        source: what is built from, as people know it.
        items: how many there are to be.
        people: rows that name a member, before those who are forgotten were left out; None for books, where nobody is
            lost by absence, and whoever goes was forgotten.

    Raises:
        NothingInIt: the pack would be empty.
    """
    had = _counts(home)
    if not items and (people is not None or had.get("items")):
        raise NothingInIt(f"The tables of {source} hold no items; the store data in use stays.", _REMEDY)
    if people == 0 and (many := had.get("members")):
        raise NothingInIt(
            f"The tables of {source} hold no members, and the store data in use has {count(many, 'member')}; it stays.",
            _REMEDY,
        )


def _counts(home: Path) -> Mapping[str, int]:
    """Of the pack in use; nothing where there is none, or where it cannot be read."""
    manifest: Mapping[str, Any] = current_manifest(home) or {}
    counts = manifest.get("counts")
    return {name: many for name, many in counts.items() if type(many) is int} if isinstance(counts, dict) else {}
