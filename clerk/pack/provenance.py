"""What a pack was made from, so that a night knows whether the pack in use is up to date.

A manager who goes back to an older pack is not overruled the next night, only when new data arrives. A note written
at that moment records which data they left: the older pack alone does not show it, since stock may be 20, then 0,
then 20 again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from clerk.durable import Disk
from clerk.errors import PackDamaged, PackForeign
from clerk.pack.open import PACKS, VECTORS, current_generation, read_manifest

HISTORY_FACT: Final = "books"
"""Fact of a pack: version of the history store it was made from."""
EVENTS_FACT: Final = "events_mark"
"""Fact of a pack: which events of the ledger went into it."""
WENT_BACK: Final = "HELD"
"""File beside the packs: which pack a manager went back to, and the data they left."""


def mark(history: str, events: str) -> str:
    """Names exactly this version of the history store and these events."""
    return f"{history}|{events}"


def is_up_to_date(home: Path, current_mark: str, *, meaning: bool) -> bool:
    """Whether the pack in use was made from the current data, or a manager went back from exactly this data.

    Args:
        home: the data folder.
        current_mark: the `mark` of the data there is.
        meaning: whether a pack without vectors counts as out of date.
    """
    name = current_generation(home)
    if name is None:
        return False
    if _of(home, name) == current_mark:
        return not meaning or (home / PACKS / name / VECTORS).exists()
    return went_back(home) == current_mark


def went_back(home: Path) -> str | None:
    """The mark of the data that a manager left by going back to the pack in use; None when nobody did."""
    note = _read(home)
    return str(note["left"]) if note and note.get("in_use") == current_generation(home) else None


def remember(home: Path, to: str, disk: Disk) -> None:
    """Notes that a manager goes from the pack in use to another one. It counts only once that one is in use.

    Effect: writes or removes `packs/WENT_BACK`.
    """
    current = current_generation(home)
    left = went_back(home) or (_of(home, current) if current else None)
    path = home / PACKS / WENT_BACK
    if left is None or left == _of(home, to):
        path.unlink(missing_ok=True)
        return
    beside = path.with_name(WENT_BACK + ".tmp")
    disk.write(beside, json.dumps({"in_use": to, "left": left}) + "\n")
    disk.sync_file(beside)
    disk.rename(beside, path)
    disk.sync_folder(path.parent)


def _of(home: Path, name: str) -> str | None:
    """The mark of the data a generation was made from; None when its manifest cannot be read."""
    try:
        manifest = read_manifest(home / PACKS / name)
    except (PackDamaged, PackForeign):
        return None
    return mark(str(manifest.get(HISTORY_FACT, "")), str(manifest.get(EVENTS_FACT, "")))


def _read(home: Path) -> Mapping[str, Any] | None:
    try:
        note = json.loads((home / PACKS / WENT_BACK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) and "left" in note else None
