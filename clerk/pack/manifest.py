"""The manifest of a pack: every file with its size and sha256, counts, format, when and from what it was built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clerk.pack.open import FORMAT, MANIFEST, manifest_hash


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Hashes every file of a finished pack folder and writes `manifest.json` beside them.

    Args:
        folder: everything but the manifest is there.
        facts: generation, built_at, source, store, counts, encoder, index.
    """
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() != MANIFEST
    }
    manifest = {"format": FORMAT, **facts, "files": files}
    text = json.dumps({**manifest, "sha256": manifest_hash(manifest)}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def sha256_of(path: Path) -> str:
    """sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
