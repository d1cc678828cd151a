"""What a device deletes after every exchange: events that head office keeps for good, and what was erased.

A device learns of an erasure from the pack that head office published, or from its own counter. Whatever command
fetched that pack, the same happens afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clerk.clock import Clock
from clerk.exchange.device.prune_journal import prune_on_device
from clerk.history.delete_erased import (
    drop_older_packs,
    expire_on_device,
    keep_expiry_receipt,
    keep_receipt,
    redact_journal,
)
from clerk.history.leave_out import read_erasure_rules

BY: Final = "head office"
"""Who asked, in the receipt of a device."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted on this device."""

    kept_at_office: int = 0
    """Events that head office keeps for good."""
    redacted: int = 0
    """Events of erased members, whose contents went."""
    packs: int = 0
    """Older packs that still held them."""


def after_exchange(home: Path, clock: Clock) -> Deleted:
    """Deletes from this device what head office has for good, and what was erased as far as head office has it.

    Raises:
        StoreLocked, DiskFull, DiskFailed, JournalDamaged: the next exchange tries again.

    Effect: on journal and packs; writes a receipt when a member is newly erased, and keeps the shop's key.
    """
    pruned = prune_on_device(home, clock)
    rules = read_erasure_rules(home)
    expire_on_device(home, rules, clock.now())
    redacted = redact_journal(home, rules, clock)
    if rules.erasures:
        keep_receipt(home, rules, redacted, BY, clock.now())
    keep_expiry_receipt(home, rules, redacted, BY, clock.now())
    return Deleted(pruned, redacted.events, len(drop_older_packs(home, rules, clock.now())))
