"""Who is signed in at which tablet. In memory: a restart signs everybody out."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from clerk.model.staff import Signed

LONGEST_S = 12 * 3600.0
"""Seconds after which a sign-in ends whatever happens: one working day."""

MOST = 1000
"""Sign-ins kept; the oldest gives way."""


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


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
