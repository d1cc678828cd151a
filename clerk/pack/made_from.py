"""What a pack was made from: whether the one in use needs making anew, or a person went back from that by hand.

Who goes back to older store data is not overruled the next night, but by news. That is written down when they go
back, with what they left: that an older pack is still kept says nothing, since stock may be 20, then 0, then 20 again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from clerk.durable import Disk
from clerk.errors import PackDamaged, PackForeign
from clerk.pack.open import PACKS, VECTORS, current_generation, read_manifest

BOOKS_FACT: Final = "books"
"""Fact of a pack: version of the history store it was made from."""
EVENTS_FACT: Final = "events_mark"
"""Fact of a pack: which events of the ledger went into it."""
HELD: Final = "HELD"
"""File beside the packs: which one a person went back to, and what they left."""


def mark(books: str, events: str) -> str:
    """Names exactly this version of the history store and these events."""
    return f"{books}|{events}"


def is_up_to_date(home: Path, wanted: str, *, meaning: bool) -> bool:
    """Whether the pack in use was made from exactly this, or a person went back from exactly this.

    Args:
        home: the data folder.
        wanted: the `mark` of what there is.
        meaning: whether a pack without vectors is to be made anew.
    """
    name = current_generation(home)
    if name is None:
        return False
    if _of(home, name) == wanted:
        return not meaning or (home / PACKS / name / VECTORS).exists()
    return went_back(home) == wanted


def went_back(home: Path) -> str | None:
    """What a person left when they went back to the pack in use; None when nobody did."""
    held = _read(home)
    return str(held["left"]) if held and held.get("in_use") == current_generation(home) else None


def remember(home: Path, to: str, disk: Disk) -> None:
    """Notes that a person goes from the pack in use to another one. Counts only once that one is in use.

    Effect: writes or removes `packs/HELD`.
    """
    current = current_generation(home)
    left = went_back(home) or (_of(home, current) if current else None)
    path = home / PACKS / HELD
    if left is None or left == _of(home, to):
        path.unlink(missing_ok=True)
        return
    beside = path.with_name(HELD + ".tmp")
    disk.write(beside, json.dumps({"in_use": to, "left": left}) + "\n")
    disk.sync_file(beside)
    disk.rename(beside, path)
    disk.sync_folder(path.parent)


def _of(home: Path, name: str) -> str | None:
    """What a generation was made from; None when its manifest cannot be read."""
    try:
        manifest = read_manifest(home / PACKS / name)
    except (PackDamaged, PackForeign):
        return None
    return mark(str(manifest.get(BOOKS_FACT, "")), str(manifest.get(EVENTS_FACT, "")))


def _read(home: Path) -> Mapping[str, Any] | None:
    try:
        held = json.loads((home / PACKS / HELD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return held if isinstance(held, dict) and "left" in held else None
