"""What an office seals of a pack, with which keys and to whom.

A file keeps its key for as long as its content stays and nobody who has the key was removed; then it is on the location
already. The office is itself a reader of what it seals: so it finds the keys again, and no other file holds them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from tuf.api.metadata import TargetFile, Targets

from clerk.durable import put_file
from clerk.errors import PackRefused
from clerk.exchange.between.location_check import PUBLISHED
from clerk.exchange.between.locations import Location, Missing, TooLong
from clerk.exchange.between.release import MANIFEST_LONGEST, stored_name
from clerk.exchange.between.sealing import (
    Content,
    FileKey,
    SealedFile,
    is_sealed,
    open_manifest,
    reader_id,
    readers_key,
    readers_of,
    seal_manifest,
    with_readers,
)
from clerk.exchange.office.devices import accepted
from clerk.pack.open import MANIFEST
from clerk.role import FOLDER

FILE: Final = "sealed.json"
"""Among what the office remembers of a store: the sealed manifest that it made last; only a reader's key opens it."""


@dataclass(frozen=True, slots=True)
class SealedPack:
    """A sealed manifest, and what is in it."""

    data: bytes
    content: Content


def readers(office: Path, store: str, own: X25519PrivateKey) -> dict[str, X25519PublicKey]:
    """Who can open what is published, by id: every accepted device, and the office itself."""
    keys = [own.public_key()]
    for key in accepted(office, store).values():
        # An earlier version took requests with keys that nothing can be sealed to.
        with suppress(ValueError):
            keys.append(readers_key(key))
    return {reader_id(key): key for key in keys}


def seal(
    office: Path,
    location: Location,
    store: str,
    own: X25519PrivateKey,
    last: Targets | None,
    folder: Path,
    files: Mapping[str, Any],
    to: Mapping[str, X25519PublicKey],
) -> SealedPack:
    """The sealed manifest of a pack; what was sealed before keeps its key, unless somebody who has it was removed.

    Args:
        office: the data folder with the keys.
        location: where it was published before.
        store: id of the store.
        own: the office's key.
        last: the newest release.
        folder: of the pack.
        files: the pack's files as its manifest lists them.
        to: its readers.
    """
    before = _before(office, location, store, own, last)
    if before is not None and readers_of(before.data) - to.keys():
        before = None
    known = _keys_by_content(before.content) if before is not None else {}
    kept = {
        name: known.get((name, entry["sha256"])) or _new_key(folder / name, store, name)
        for name, entry in files.items()
    }
    content = Content((folder / MANIFEST).read_bytes(), kept)
    if before is None or content != before.content:
        return SealedPack(seal_manifest(store, content, to.values()), content)
    return SealedPack(seal_to_more(store, before.data, own, to), content)


def seal_to_more(store: str, data: bytes, own: X25519PrivateKey, to: Mapping[str, X25519PublicKey]) -> bytes:
    """A sealed manifest that all of these can open; the same bytes where they can already."""
    there = readers_of(data)
    missing = [key for name, key in to.items() if name not in there]
    return with_readers(store, data, own, missing) if missing else data


def lying(location: Location, store: str, release: Targets | None) -> bytes | None:
    """The manifest of a release, sealed or in clear, if it lies on the location as it was signed."""
    target: TargetFile | None = release.targets.get(MANIFEST) if release is not None else None
    if target is None:
        return None
    try:
        data = location.read(stored_name(store, MANIFEST, target.hashes["sha256"]), target.length)
    except (Missing, TooLong):
        return None
    return data if hashlib.sha256(data).hexdigest() == target.hashes["sha256"] else None


def is_in_clear(data: bytes) -> bool:
    """Whether a manifest is not sealed, in no way that any version knows."""
    try:
        return not is_sealed(data)
    except PackRefused:
        return False


def stores_in_clear(folder: Path) -> list[str]:
    """Stores of which a location's folder holds store data in clear, from an earlier version."""
    found = set()
    for path in folder.glob(f"*/targets/*.{MANIFEST}"):
        with suppress(OSError):
            if path.stat().st_size <= MANIFEST_LONGEST and is_in_clear(path.read_bytes()):
                found.add(path.parts[-3])
    return sorted(found)


def readers_in(data: bytes | None) -> frozenset[str] | None:
    """Ids of who can open a manifest that lies there; None where everybody can, or nobody knows."""
    try:
        return readers_of(data) if data is not None else None
    except PackRefused:
        return None


def remember(office: Path, store: str, data: bytes) -> None:
    """Keeps a sealed manifest, durably, so that a publish that is cut off goes on with the same keys."""
    path = office / FOLDER / PUBLISHED / store / FILE
    if not path.exists() or path.read_bytes() != data:
        put_file(office / FOLDER, f"{PUBLISHED}/{store}/{FILE}", data)


def _before(
    office: Path, location: Location, store: str, own: X25519PrivateKey, last: Targets | None
) -> SealedPack | None:
    """What this office sealed last: as it remembers it, else as it lies on the location; opened with its own key."""
    path = office / FOLDER / PUBLISHED / store / FILE
    remembered = path.read_bytes() if path.exists() else None
    # The location is asked only where it has to be: it may be far away.
    return _opened(store, own, remembered) or _opened(store, own, lying(location, store, last))


def _opened(store: str, own: X25519PrivateKey, data: bytes | None) -> SealedPack | None:
    """A sealed manifest with its content; None where it is none that this office can open."""
    try:
        content = open_manifest(store, data, own) if data is not None and is_sealed(data) else None
    except PackRefused:
        return None
    return None if data is None or content is None else SealedPack(data, content)


def _keys_by_content(content: Content) -> dict[tuple[str, str], FileKey]:
    """Keys by name and sha256 of the file in clear."""
    listed = json.loads(content.manifest)["files"]
    return {(name, listed[name]["sha256"]): key for name, key in content.files.items() if name in listed}


def _new_key(path: Path, store: str, name: str) -> FileKey:
    key = secrets.token_bytes(32)
    return FileKey(key, SealedFile(path, key, store, name).sha256())
