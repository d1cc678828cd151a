"""Acknowledgements for a store's devices: which events they need not send again.

Usually everything that the ledger has. But only what lies in the archive is safe from the loss of one disk, and it gets
there from a bundle. Where the archive was away when a bundle came, and the bundle was then lost from the location,
nobody would ever send it again. So its device gets a lower number, until it is durable as well.
"""

from __future__ import annotations

from clerk.exchange.between.event_bundle import BYTES_AT_MOST
from clerk.exchange.between.locations import Location
from clerk.exchange.office.archive import bundles, is_same
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal.acknowledged import Acks


def acknowledgements(ledger: Ledger, location: Location, store: str, archive: Location | None) -> Acks:
    """The acknowledgements of a store's devices, lowered where events must be sent again because a bundle is lost.

    Args:
        ledger: open.
        location: where devices write.
        store: id of the store.
        archive: the second location; without one nothing becomes durable, and nothing is requested again.

    Raises:
        LocationUnreachable: the location cannot be read.
        LedgerUnavailable: the database failed.
    """
    acks = ledger.acks(store)
    if archive is None or is_same(archive, location):
        return acks
    # An epoch with two histories is acknowledged whole: only so does its device see that the other one is here.
    forked = {(fork.device, fork.epoch) for fork in ledger.forks(store)}
    missing = {
        (device, epoch): (durable.seq if durable else 0) + 1
        for device, epochs in acks.items()
        for epoch, (received, durable) in epochs.items()
        if (device, epoch) not in forked and (durable is None or durable.seq < received.seq)
    }
    if missing:
        for bundle in bundles(location, store)[0]:
            first = missing.get((bundle.device, bundle.epoch), 0)
            if bundle.first <= first <= bundle.last and bundle.size <= BYTES_AT_MOST:
                del missing[bundle.device, bundle.epoch]
    for device, epoch in missing:
        durable = acks[device][epoch][1]
        if durable is None:
            del acks[device][epoch]
        else:
            acks[device][epoch] = (durable, durable)
    return acks
