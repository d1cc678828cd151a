"""Whether a sign-in from a tablet is let in, whatever strangers do at the same time.

A tablet that was used before is known by its cookie and waits for no stranger. A stranger's sign-in passes three
limits: of its address and of all strangers together (`throttle`, in memory), and of the name (`tablet_pins`, on the
disk). No PIN is looked at for what one of them turns away.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import NamedTuple

from clerk.errors import ClerkError, PinRefused
from clerk.people.tablet_pins import Entered, From, TabletPins
from clerk.serve.refused import Refused
from clerk.serve.throttle import Throttle

TWICE = 2
"""Sign-ins of one known tablet that are looked at or wait at the same time; more are somebody leaning on the button."""


class Answer(NamedTuple):
    """What came of a sign-in: entered, told to wait, or refused without a reason when both are empty."""

    entered: Entered | None = None
    wait_s: float = 0.0


class SignIns:
    """Looks at sign-ins; of one loop.

    Args:
        pins: checks what was typed.
        throttle: limits strangers.
        refused: adds up for the audit what was refused.
    """

    def __init__(self, pins: TabletPins, throttle: Throttle, refused: Refused) -> None:
        self._pins = pins
        self._throttle = throttle
        self._refused = refused
        self._one_known, self._one_stranger = asyncio.Lock(), asyncio.Lock()
        self._checking: Counter[str] = Counter()

    async def enter(self, name: str, pin: str, address: str, secret: str) -> Answer:
        """Looks at one sign-in.

        Args:
            name: as typed.
            pin: digits.
            address: where it comes from.
            secret: of the tablet's cookie, or empty.
        """
        looked_at = False
        try:
            if self._pins.comes_from(name, secret) is From.STRANGERS:
                secret = ""
                if wait_s := self._throttle.wait_s(address):
                    self._note(address, name, looked_at=False)
                    return Answer(wait_s=wait_s)
            elif self._checking[secret] >= TWICE:
                return Answer(wait_s=1)
            entered = await self._checked(name, pin, secret)
        except ClerkError as error:
            entered, looked_at = None, isinstance(error, PinRefused)
        if entered is None:
            self._note(address, name, looked_at=looked_at)
        elif not secret:
            self._throttle.right(address)
        return Answer(entered)

    async def _checked(self, name: str, pin: str, secret: str) -> Entered | None:
        """One known tablet and one stranger at a time: the check is slow on purpose, and takes 46 MB."""
        self._checking[secret] += 1
        try:
            async with self._one_known if secret else self._one_stranger:
                return await asyncio.to_thread(self._pins.check, name, pin, secret)
        finally:
            self._checking[secret] -= 1
            if not self._checking[secret]:
                del self._checking[secret]

    def _note(self, address: str, name: str, *, looked_at: bool) -> None:
        try:
            known = self._pins.known_name(name)
        except ClerkError:
            known = ""
        self._refused.note(address, known, looked_at=looked_at)
