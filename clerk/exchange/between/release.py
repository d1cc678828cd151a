"""What office and device agree on: names, lengths of life, and what a release must hold.

Names of targets are a closed set, not a pattern (a pattern once let `con.txt` through; evidence: reliability 3.4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from clerk.journal.acknowledged import BYTES_AT_MOST as ACKS_LONGEST
from clerk.pack.open import COLUMNS, DATABASE, ENCODER, INDEX, MANIFEST, NAMES, VECTORS
from clerk.search.words import FILE as WORDS

ACKS = "acks.json"
"""What head office has received of each device, and what is durable there."""
SEAL = "office.json"
"""The key that devices seal their events to."""

PACK_FILES = frozenset(
    {
        MANIFEST,
        DATABASE,
        COLUMNS,
        NAMES,
        WORDS,
        VECTORS,
        INDEX,
        *(f"{ENCODER}/{name}" for name in ("manifest.json", "model.onnx", "tokenizer.json")),
    }
)
"""Every file that a pack may have."""

REQUIRED = frozenset({MANIFEST, DATABASE, ACKS, SEAL})
"""The rest is what the manifest says; an older pack has fewer files."""
TARGETS = PACK_FILES | {ACKS, SEAL}

MANIFEST_LONGEST = 4_000_000
"""Bytes; sealed to five thousand devices it has 0.7 million."""
SEAL_LONGEST = 10_000
FILE_LONGEST = 50_000_000_000
"""Bytes; a hundred times the largest pack measured. Every file has its exact length besides."""

TIMESTAMP_LIVES = timedelta(days=7)
"""A device takes nothing older: a week without head office is refused, a night or two only reported."""
SNAPSHOT_LIVES = timedelta(days=30)
"""Of snapshot and targets; renewed when half of it is over."""
TIMESTAMP_RENEWED = timedelta(hours=12)
"""An unchanged release gets a fresh timestamp once a night, not every time somebody runs the command."""

STORE_FIELD = "x-clerk-store"
"""Signed in every role: metadata of one store copied over another's is refused."""
SIGNED_FIELD = "x-clerk-signed"
"""Seconds since 1970 in UTC at which a timestamp was signed."""

GENERATION = re.compile(r"[0-9]{8}T[0-9]{6}(-[0-9a-z]{1,16}){1,3}")
"""What a generation may be called; it becomes a folder."""


def signed_fields(store: str, now: int | None = None) -> dict[str, Any]:
    """Our fields of signed metadata."""
    return {STORE_FIELD: store} if now is None else {STORE_FIELD: store, SIGNED_FIELD: now}


def signed_at(fields: Mapping[str, Any]) -> int:
    """When a timestamp was signed; 0 where it has no such field."""
    found = fields.get(SIGNED_FIELD, 0)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1 << 40 else 0


def longest(name: str) -> int:
    """The most bytes that a target of this name may have."""
    return {MANIFEST: MANIFEST_LONGEST, ACKS: ACKS_LONGEST, SEAL: SEAL_LONGEST}.get(name, FILE_LONGEST)


def stored_name(store: str, name: str, sha256: str) -> str:
    """Where a target lies on the location: its hash before its own name, as TUF has it."""
    folder, slash, leaf = name.rpartition("/")
    return f"{store}/targets/{folder}{slash}{sha256}.{leaf}"


def metadata_name(store: str, role: str, version: int | None = None) -> str:
    """Where metadata lies on the location."""
    return f"{store}/metadata/{role}.json" if version is None else f"{store}/metadata/{version}.{role}.json"
