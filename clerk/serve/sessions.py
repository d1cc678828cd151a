"""Who is signed in at which tablet, and how often an address may try. In memory: a restart signs everybody out."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from clerk.model.staff import Signed

LONGEST_S = 12 * 3600.0
"""Seconds after which a sign-in ends whatever happens: one working day."""

MOST = 1000
"""Sign-ins kept; the oldest gives way."""

TRIES = 10
"""Sign-ins that an address may try a minute: nobody mistypes more often, and four digits stay far."""

WINDOW_S = 60.0
"""That minute."""

ADDRESSES = 10_000
"""Addresses remembered; the one that was quiet longest gives way."""


@dataclass(slots=True)
class Session:
    """One tablet with a signed-in associate."""

    signed: Signed
    began: float
    used: float
    form: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """What a form of our own page brings back, and no other page knows."""


class Sessions:
    """Signed-in tablets, by the hash of their token, so that a memory dump holds no usable cookie.

    Args:
        idle_s: seconds without a key or tap after which a sign-in ends.
        now: monotonic seconds.
    """

    def __init__(self, idle_s: float, now: Callable[[], float]) -> None:
        self._idle_s = idle_s
        self._now = now
        self._kept: OrderedDict[str, Session] = OrderedDict()

    def begin(self, signed: Signed) -> tuple[str, Session]:
        """A new sign-in and the token for its cookie."""
        token = secrets.token_urlsafe(32)
        session = Session(signed, self._now(), self._now())
        self._kept[_hashed(token)] = session
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return token, session

    def find(self, token: str) -> Session | None:
        """The sign-in of a cookie, if it still holds."""
        session = self._kept.get(_hashed(token)) if token else None
        return session if session is not None and self.holds(session) else None

    def use(self, session: Session) -> None:
        """Notes that the tablet was used."""
        session.used = self._now()

    def holds(self, session: Session) -> bool:
        """Whether it was neither ended nor left alone for too long."""
        now = self._now()
        alive = now - session.used <= self._idle_s and now - session.began <= LONGEST_S
        if not alive:
            self.end(session)
        return alive and any(one is session for one in self._kept.values())

    def end(self, session: Session) -> None:
        """Signs out."""
        for token in [token for token, one in self._kept.items() if one is session]:
            del self._kept[token]

    def everybody(self) -> list[Session]:
        """Every sign-in that holds."""
        return [session for session in list(self._kept.values()) if self.holds(session)]


class Tries:
    """How often each address tried to sign in lately.

    Args:
        now: monotonic seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tried: OrderedDict[str, deque[float]] = OrderedDict()

    def may(self, address: str) -> bool:
        """Counts one more try of this address; whether it is permitted. Refused ones count as well."""
        network = _network(address)
        tried = self._tried.setdefault(network, deque(maxlen=TRIES + 1))
        self._tried.move_to_end(network)
        while len(self._tried) > ADDRESSES:
            self._tried.popitem(last=False)
        now = self._now()
        while tried and now - tried[0] > WINDOW_S:
            tried.popleft()
        tried.append(now)
        return len(tried) <= TRIES

    def forget(self, address: str) -> None:
        """A right PIN: what was tried before was mistyping."""
        self._tried.pop(_network(address), None)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> str:
    """The address; of IPv6 its /64, because one machine has all of those."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(known) if known.version == 4 else str(ipaddress.ip_network((known, 64), strict=False))
