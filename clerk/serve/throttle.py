"""Which sign-ins from tablets nobody knows are looked at: few from one address, few from all of them together.

Both only protect this machine's time and slow a stranger down. How many PINs of one name are ever looked at is counted
on the disk (`clerk.people.tablet_pins`), so forgetting an address here gives nobody a try at a name.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 3
"""Refused sign-ins of an address before it has to wait: everybody mistypes."""

WAIT_AT_MOST_S = 900.0
"""An address's longest wait, reached by doubling from one second."""

FORGET_S = 3600.0
"""Seconds after its last try when an address begins anew."""

ADDRESSES = 10_000
"""Addresses remembered; the one that was quiet longest gives way."""

AT_ONCE, A_MINUTE = 20.0, 10.0
"""Sign-ins of all strange tablets together that are looked at at once, and that come back a minute: about two seconds
of one core."""


@dataclass(slots=True)
class _Address:
    refused: int
    last: float


class Throttle:
    """Counts what strangers try.

    Args:
        now: seconds that never go back.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._known: OrderedDict[str, _Address] = OrderedDict()
        self._left, self._since = AT_ONCE, now()

    def wait_s(self, address: str) -> float:
        """Seconds until a sign-in of this address is looked at; 0 when it is now, and then it is counted.

        Args:
            address: as the system tells it; of IPv6 its /64 counts, because one machine has all of those.
        """
        now = self._now()
        seen = self._known.get(network(address))
        if seen is not None and now - seen.last <= FORGET_S and seen.refused >= FREE:
            wait = seen.last + min(2.0 ** min(seen.refused - FREE, 20), WAIT_AT_MOST_S) - now
            if wait > 0:
                return wait
        self._left = min(AT_ONCE, self._left + (now - self._since) * A_MINUTE / 60.0)
        self._since = now
        if self._left < 1:
            return (1 - self._left) * 60.0 / A_MINUTE
        self._left -= 1
        self._note(network(address), now)
        return 0.0

    def right(self, address: str) -> None:
        """A right PIN: what was tried before was mistyping."""
        self._known.pop(network(address), None)

    def _note(self, key: str, now: float) -> None:
        """Counts before the PIN is looked at: tries side by side get no more than tries one after the other."""
        seen = self._known.setdefault(key, _Address(0, now))
        seen.refused = seen.refused + 1 if now - seen.last <= FORGET_S else 1
        seen.last = now
        self._known.move_to_end(key)
        while len(self._known) > ADDRESSES:
            self._known.popitem(last=False)


def network(address: str) -> str:
    """The address; of IPv6 its /64, and of an IPv4 address written as IPv6 that one."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 6:
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
