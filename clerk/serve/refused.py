"""Refused sign-ins over the network, added up for the audit: a few rows, however many were tried.

A row is written a minute after the first try; while more come, rows come less and less often, at most every ten
minutes, for the addresses that tried most and one for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from clerk.serve.throttle import network
from clerk.visit.audited import REFUSED

FIRST_S, LAST_S = 60.0, 600.0
"""Seconds between two looks: at first, and while tries go on."""

NAMED = 5
"""Addresses that get a row of their own at each look."""

ADDRESSES = 1000
"""Addresses told apart until then; more are added to all others."""

NAMES = 20
"""Names written into one row."""

Payload = dict[str, object]
"""Of an event of kind SIGN."""


@dataclass(slots=True)
class _Tried:
    since: int
    tried: int = 0
    looked_at: int = 0
    names: set[str] = field(default_factory=set)

    def add(self, other: _Tried) -> None:
        self.since = min(self.since, other.since)
        self.tried += other.tried
        self.looked_at += other.looked_at
        self.names |= other.names


class Refused:
    """Adds them up.

    Args:
        now: wall seconds.
        tick: seconds that never go back.
    """

    def __init__(self, now: Callable[[], int], tick: Callable[[], float]) -> None:
        self._now = now
        self._tick = tick
        self._by_address: dict[str, _Tried] = {}
        self._others: _Tried | None = None
        self._every_s = FIRST_S
        self._began = tick()

    def note(self, address: str, name: str, *, looked_at: bool) -> None:
        """One refused sign-in.

        Args:
            address: where it came from.
            name: whose, as it was entered; empty when nobody has it.
            looked_at: whether the PIN was looked at and wrong, not only turned away.
        """
        now = self._now()
        if not self._by_address and self._others is None:
            self._began = self._tick()
        key = network(address)
        if key in self._by_address or len(self._by_address) < ADDRESSES:
            one = self._by_address.setdefault(key, _Tried(now))
        else:
            one = self._others = self._others or _Tried(now)
        one.tried += 1
        one.looked_at += looked_at
        if name:
            one.names.add(name)

    def due(self, *, at_once: bool = False) -> list[Payload]:
        """What is to be written now; usually nothing.

        Args:
            at_once: the server stops.

        Effect: what is given is forgotten here.
        """
        passed = self._tick() - self._began
        if not self._by_address and self._others is None:
            # Quiet for as long as that: the next one is told soon again.
            self._every_s = FIRST_S if passed >= self._every_s else self._every_s
            return []
        if passed < self._every_s and not at_once:
            return []
        found = list(self._payloads())
        self._by_address, self._others = {}, None
        self._every_s, self._began = min(self._every_s * 2, LAST_S), self._tick()
        return found

    def _payloads(self) -> Iterator[Payload]:
        most = sorted(self._by_address.items(), key=lambda pair: -pair[1].tried)
        for address, one in most[:NAMED]:
            yield _payload(one, address)
        rest = most[NAMED:]
        if rest or self._others is not None:
            others = self._others or _Tried(rest[0][1].since)
            for _, one in rest:
                others.add(one)
            yield _payload(others, "")


def _payload(one: _Tried, address: str) -> Payload:
    names = sorted(one.names, key=str.casefold)[:NAMES]
    return {
        "what": REFUSED,
        "associate": "",
        "tried": one.tried,
        "looked_at": one.looked_at,
        "address": address,
        "since": one.since,
        "names": names,
    }
