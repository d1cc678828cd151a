"""Renews the root of trust with the root key: a later expiry, and new release keys on request."""

from __future__ import annotations

from pathlib import Path

from clerk.clock import Clock
from clerk.durable import put_file
from clerk.exchange.between.clock_floor import utc_seconds
from clerk.exchange.between.keys import adopt_next_keys, make_next_keys, office_keys, root_key
from clerk.exchange.between.root_of_trust import ROOTS, names_key, next_root, office_roots, root_of
from clerk.role import FOLDER


def renew(office: Path, root: Path, clock: Clock, *, new_keys: bool = False) -> int:
    """Signs the next root of trust; devices learn of it with the next release.

    Args:
        office: the data folder with the keys.
        root: file with the root key.
        clock: tells the time.
        new_keys: also replace the release keys, because somebody else may have them.

    Returns:
        Its version.

    Raises:
        NotEnrolled: this machine is no office, or the root key is not where it was said to be.
        ExchangeError: it is another office's root key.
    """
    office_keys(office)
    finish_renewal(office)
    roots = office_roots(office)
    # New keys first, under names of their own: killed before the root is there, nothing has changed.
    keys = make_next_keys(office) if new_keys else None
    made = next_root(roots[max(roots)], root_key(root), keys, utc_seconds(clock))
    version = max(roots) + 1
    put_file(office / FOLDER, f"{ROOTS}/{version}.root.json", made)
    finish_renewal(office)
    return version


def finish_renewal(office: Path) -> None:
    """Takes new release keys into use once the newest root names them; completes a killed `renew` too."""
    roots = office_roots(office)
    newest = root_of(roots[max(roots)])
    adopt_next_keys(office, lambda role, key: names_key(newest, role, key))
