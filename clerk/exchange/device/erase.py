"""Erasure on a device: events that head office already has are redacted here, and a receipt is kept.

A device learns of an erasure from the pack that head office published. It keeps a receipt, so that neither an
older pack nor an old copy of the disk shows the member again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from clerk.clock import Clock
from clerk.history.leave_out import read_erasure_rules
from clerk.journal import Journal, acknowledged
from clerk.journal.file import FILE as JOURNAL
from clerk.privacy import receipts
from clerk.privacy.receipts import Copy, Receipt

BY: Final = "head office"
"""Who asked, in the receipt of a device."""


def on_device(home: Path, clock: Clock) -> int:
    """Redacts the events that may be redacted by now on this device; gives how many.

    Raises:
        StoreLocked, DiskFull, DiskFailed, JournalDamaged: the next night tries again.

    Effect: on the journal; writes a receipt when a member is newly erased, and keeps the shop's key.
    """
    if not (home / JOURNAL).exists():
        return 0
    erasure_rules = read_erasure_rules(home)
    if not erasure_rules.erasures:
        return 0
    receipts.keep_keys(home, erasure_rules.erasures.keys)
    with Journal.open(home, clock) as journal:
        rules = {who: erasure_rules.rule(who) for who in journal.member_ids()}
        redacted = journal.redact(rules, acknowledged.known_until(journal, acknowledged.read(home)))
    before = {(one.tombstone, one.scope, one.at) for one in receipts.erasures_in_receipts(home)}
    new = tuple(one for one in erasure_rules.erasures.everything() if (one.tombstone, one.scope, one.at) not in before)
    if new:
        left = (Copy("older packs on this machine, read by nothing", "newer ones took their place (pack.keep)"),)
        counted = {"members": len(new), "things said, emptied in the journal": redacted.events}
        receipts.save(home, Receipt(clock.now(), BY, "heard", counted, left, new))
    return redacted.events
