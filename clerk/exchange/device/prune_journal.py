"""Deletes events from a device's journal that head office keeps for good and every pack on the device has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from clerk.clock import DAY_S, Clock
from clerk.errors import ClerkError
from clerk.journal import Journal
from clerk.journal.acknowledged import Acks, read
from clerk.journal.file import FILE as JOURNAL
from clerk.pack.open import generation_names, open_generation
from clerk.pack.read import PackReader
from clerk.settings import load


def prune(journal: Journal, acks: Acks, facts: Sequence[Mapping[str, str]], keep_days: int, now: int) -> int:
    """Deletes events that head office keeps for good and every pack on this device has.

    Args:
        journal: of this device.
        acks: verified.
        facts: of every pack on this device, so that going back to the older one loses nothing either.
        keep_days: days for which events stay in any case.
        now: wall seconds.

    Returns:
        How many rows were deleted.
    """
    if not facts:
        return 0
    packs_until = [events_until(one, journal.device) for one in facts]
    known = acks.get(journal.device, {})
    deleted = 0
    for one in journal.epochs():
        safe = known[one.epoch][1] if one.epoch in known else None
        if safe is None or safe.seq <= one.pruned_until or journal.hash_at(one.epoch, safe.seq) != safe.hash:
            continue
        until = min([safe.seq, *(each.get(one.epoch, 0) for each in packs_until)])
        if until > one.pruned_until:
            deleted += journal.prune(one.epoch, until, now - keep_days * DAY_S)
    return deleted


def prune_on_device(home: Path, clock: Clock) -> int:
    """Prunes this device's journal; see `prune`. Gives how many rows were deleted.

    Raises:
        StoreLocked, DiskFull, DiskFailed, JournalDamaged: nothing was deleted.
    """
    acks = read(home)
    if not acks or not (home / JOURNAL).exists():
        return 0
    facts = [facts_of(home, name) for name in generation_names(home)]
    with Journal.open(home, clock) as journal:
        return prune(journal, acks, facts, load(home).exchange.keep_days, clock.now())


def facts_of(home: Path, generation: str) -> Mapping[str, str]:
    """The facts of one pack; empty when it cannot be read, so that nothing is deleted."""
    try:
        pack = open_generation(home, generation)
    except ClerkError:
        return {}
    try:
        return PackReader(pack).facts
    finally:
        pack.close()


def events_until(facts: Mapping[str, str], device: str) -> dict[str, int]:
    """Epoch -> number up to which a pack has a device's events; empty when the fact is missing."""
    try:
        epochs = json.loads(facts.get("events_until", "{}")).get(device, {})
        return {str(epoch): seq for epoch, seq in epochs.items() if type(seq) is int}
    except (ValueError, AttributeError, RecursionError):
        return {}
