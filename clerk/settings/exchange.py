"""Settings of the exchange with head office: role, location, ledger, archive."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between, one_of, text


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Between this machine and head office."""

    role: str = one_of("alone", "alone", "device", "office")
    """`alone`: one machine that does everything; `device`: fetches packs and pushes events; `office`: collects, builds
    and publishes (a manager's machine, or a chain's head office)."""
    place: str = text("")
    """Where both sides write: a folder, `file:///media/stick`, `s3://bucket/path`, `sftp://host/path`."""
    store: str = text("")
    """Id of this device's store; of an office with one store, that store's."""
    stores: str = text("")
    """An office's stores, separated by commas, each with a folder of its own below `stores/`; empty for one store."""
    ledger: str = text("")
    """Database of the ledger, as an SQLAlchemy URL; empty for SQLite in the data folder. `CLERK_LEDGER` overrides it,
    so that a password need not stand in a file."""
    archive: str = text("")
    """A second location that keeps every bundle of events; only what was read back from it counts as durable, and only
    what is durable may be forgotten by a device."""
    keep_days: int = between(35, 7, 3650)
    """Days for which a device keeps events that are durable at head office: a month's questions are answered here."""
    warn_hours: int = between(36, 1, 720)
    """Age of the data from which the counter says so: one missed night."""
