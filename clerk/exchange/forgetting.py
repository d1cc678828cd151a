"""Forgetting across machines: a device empties what head office has by now, and keeps that it heard of it.

A device hears of it with the pack that head office published. What it heard is kept as a receipt, so that neither an
older pack nor an old copy of the disk shows the member again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from clerk.clock import Clock
from clerk.exchange import acks
from clerk.exchange.acks import Acks
from clerk.journal import Journal
from clerk.journal.file import FILE as JOURNAL
from clerk.nightly import receipts
from clerk.nightly.forgotten import known
from clerk.nightly.receipts import Copy, Receipt
from clerk.nightly.redacting import redact_journal

BY: Final = "head office"
"""Who asked, in the receipt of a device that heard of it."""
_ALL_TIME: Final = 1 << 62


def on_device(home: Path, clock: Clock) -> int:
    """Empties what may be emptied by now on this device; how many events.

    Raises:
        StoreLocked, DiskFull, DiskFailed, JournalDamaged: the next night goes on.

    Effect: on the journal; writes a receipt when somebody is newly forgotten, and keeps the shop's key.
    """
    if not (home / JOURNAL).exists():
        return 0
    told = known(home)
    if not told.erasures:
        return 0
    receipts.keep_keys(home, told.erasures.keys)
    with Journal.open(home, clock) as journal:
        gone = redact_journal(journal, told.erasures, known_until=known_until(journal, acks.read(home)))
    before = {(one.tombstone, one.scope, one.at) for one in receipts.erasures_in_receipts(home)}
    new = tuple(one for one in told.erasures.everything() if (one.tombstone, one.scope, one.at) not in before)
    if new:
        left = (Copy("older packs on this machine, read by nothing", "newer ones took their place (pack.keep)"),)
        counted = {"members": len(new), "things said, emptied in the journal": gone.events}
        receipts.save(home, Receipt(clock.now(), BY, "heard", counted, left, new))
    return gone.events


def known_until(journal: Journal, said: Acks) -> dict[str, int]:
    """Epoch -> number up to which head office has the events of this journal."""
    told = said.get(journal.device, {})
    found = {}
    for one in journal.epochs():
        got = told[one.epoch][0].seq if one.epoch in told else 0
        # What was issued again under the next epoch waits there, not here.
        found[one.epoch] = _ALL_TIME if not one.newest and got >= one.last else max(got, one.forgotten)
    return found


def is_enrolled(home: Path) -> bool:
    """Whether this machine sends its events to a head office."""
    return (home / "exchange" / "device.json").exists()
