"""What head office deletes of erased members after it collected, whatever command collected.

Its ledger, its own journal, bundles on the exchange location that hold their events, and packs of some days ago. Its
history store and the pack in use follow with the night, which alone may write them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from clerk.clock import Clock
from clerk.exchange.between.locations import Location
from clerk.exchange.office.archive import bundles, is_same
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.history.delete_erased import drop_older_packs, keep_receipt, redact_journal
from clerk.history.leave_out import KINDS, read_erasure_rules

BY: Final = "a device"
"""Who asked, in a receipt of head office."""


def after_collecting(
    folder: Path, store: str, ledger: Ledger, location: Location, archive: Location | None, clock: Clock
) -> int:
    """Deletes what head office holds of erased members of a store; gives how many events of the ledger were emptied.

    Args:
        folder: the store's data folder.
        store: id of the store.
        ledger: open.
        location: where devices write.
        archive: the second location; with one, a bundle goes only when its copy there was read back.
        clock: tells the time.

    Raises:
        LocationUnreachable, LedgerUnavailable, StoreLocked, DiskFull, DiskFailed: the next collection tries again.

    Effect: on ledger, journal, location and packs; writes a receipt when head office learned of an erasure.
    """
    rules = read_erasure_rules(folder, ledger.events(store, KINDS), ledger.last_activity(store))
    emptied = 0
    if rules.erasures:
        emptied = ledger.redact(store, rules.rule)
        keep_receipt(folder, rules, redact_journal(folder, rules, clock), BY, clock.now())
    remove_bundles(store, ledger, location, archive)
    drop_older_packs(folder, rules, clock.now())
    return emptied


def remove_bundles(store: str, ledger: Ledger, location: Location, archive: Location | None) -> int:
    """Removes bundles from the exchange location that hold events which are empty in the ledger; gives how many.

    What is not in the ledger yet stays, and so does what is not in the archive yet where there is one. Their other
    events are in the ledger, and their device has them.
    """
    archived = archive is not None and not is_same(archive, location)
    removed = 0
    for bundle in bundles(location, store)[0]:
        known = ledger.known(bundle.device, bundle.epoch).get(bundle.name)
        if known is None or known.size != bundle.size or (archived and not known.archived):
            continue
        if ledger.is_redacted(bundle.device, bundle.epoch, bundle.first, bundle.last):
            location.remove(bundle.path)
            removed += 1
    return removed
