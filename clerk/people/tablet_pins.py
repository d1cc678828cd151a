"""PINs that come over the network: how many are looked at for one name, counted apart from those at the counter.

A tablet is known by a random secret in a cookie that it gets with its first right PIN. For each name, wrong PINs are
counted by where they come from, so that no stranger uses up what a tablet of the shop may try:

- its own tablets, where this name signed in before: `OWN_IN_A_ROW` each;
- tablets at which only colleagues signed in: one budget for all of them together;
- tablets nobody signed in at: another one.

A budget is `A_DAY` wrong PINs, which come back over a day, and `IN_A_ROW` altogether until a right one or until a
manager unlocks the name. It is counted on the disk before the PIN is looked at, in seconds that nobody sets back, so
restarting gives no try for nothing; while the machine is off nothing comes back. Names that do not exist are counted
the same way in memory, so that nobody learns from the time which names exist. Nothing of this is looked at when
somebody signs in at the counter.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from clerk import clock as clocks
from clerk.clock import DAY_S
from clerk.errors import PinRefused
from clerk.model.staff import Signed, StaffRole
from clerk.people import people_file, pins
from clerk.people.people_file import NAME_LETTERS, Budget, Kept, KnownTablet, named
from clerk.text import clean

A_DAY = 10
"""Wrong PINs a day for one name from all tablets of a kind together: one in a thousand of the PINs of four digits."""

IN_A_ROW = 50
"""Wrong ones without a right one between them, over any number of days: then a manager has to unlock the name."""

OWN_IN_A_ROW = 10
"""Wrong PINs of a name at a tablet where it signed in before; then the tablet counts as one of colleagues."""

TABLETS = 20
"""Tablets remembered for a name; the one not used for longest gives way."""

NOBODIES = 1000
"""Names that do not exist and are remembered; the oldest gives way."""


class From(StrEnum):
    """What kind of tablet a PIN comes from, for one name."""

    OWN = "own"
    COLLEAGUES = "colleagues"
    STRANGERS = "strangers"


class Entered(NamedTuple):
    """Whose PIN was right, and the secret that the tablet is known by from now on."""

    signed: Signed
    secret: str


class TabletPins:
    """Checks PINs that come over the network. Any thread and any number of processes may use it.

    Args:
        home: the data folder.
        tick: seconds since the machine started.
    """

    def __init__(self, home: Path, tick: Callable[[], float] = clocks.tick) -> None:
        self._home = home
        self._tick = tick
        self._nobodies: OrderedDict[str, Kept] = OrderedDict()

    def comes_from(self, name: str, secret: str) -> From:
        """What kind of tablet this is for a name. Cost: one small file is read where there is a cookie.

        Raises:
            DiskFailed: the list cannot be read.
        """
        if not secret:
            return From.STRANGERS
        people = people_file.read(self._home)
        return _comes_from(people, named(people, name), _id(secret))

    def known_name(self, name: str) -> str:
        """The name as it was entered; empty when nobody has it.

        Raises:
            DiskFailed: the list cannot be read.
        """
        one = named(people_file.read(self._home), name)
        return one.name if one is not None else ""

    def check(self, name: str, pin: str, secret: str) -> Entered | None:
        """Who is at the tablet, if the PIN is theirs. Takes 0.1 to 0.25 s where the PIN is looked at.

        Args:
            name: as typed.
            pin: digits.
            secret: of the tablet's cookie, or empty.

        Returns:
            None when too many were tried, and this one was not looked at.

        Raises:
            PinRefused: it was looked at and is wrong, or nobody has this name.
            DiskFailed, DiskFull: the list cannot be read or written; nobody is let in.
        """
        tablet = _id(secret)
        with people_file.only_one(self._home):
            people = people_file.read(self._home)
            one = named(people, name)
            origin = _comes_from(people, one, tablet)
            counted, tick = self._nobody(name) if one is None else one, self._tick()
            restarted = _begin_again(counted, tick)
            if not _count(counted, origin, tablet, tick):
                if restarted:
                    people_file.write(self._home, people)
                return None
            # For a name that does not exist the file is replaced by itself: it takes as long.
            people_file.write(self._home, people)
            kept = one.pin if one is not None else pins.NOBODY
        if not pins.matches(kept, pin) or one is None:
            raise PinRefused("The name or the PIN was not right.", "Try again, or ask a manager for a new PIN.")
        renewed = pins.hashed(pin) if pins.is_outdated(kept) else ""
        # Who brings a secret that nobody knows gets a new one: nobody chooses what a tablet is known by.
        secret = secrets.token_urlsafe(32) if origin is From.STRANGERS else secret
        with people_file.only_one(self._home):
            people = people_file.read(self._home)
            one = named(people, name)
            if one is None or one.pin != kept:
                raise PinRefused("The PIN was changed just now.", "Type the new one.")
            _right(one, origin, _id(secret), self._tick())
            one.pin = renewed or one.pin
            people_file.write(self._home, people)
            return Entered(Signed(one.name, StaffRole(one.role)), secret)

    def _nobody(self, name: str) -> Kept:
        """What was tried for a name that does not exist."""
        wanted = clean(name, NAME_LETTERS).casefold()
        found = self._nobodies.setdefault(wanted, Kept(wanted, "", pins.NOBODY))
        while len(self._nobodies) > NOBODIES:
            self._nobodies.popitem(last=False)
        return found


def is_shut(one: Kept) -> bool:
    """Whether tablets that are new to this name take no PIN of it until a manager unlocks it."""
    return any(budget is not None and budget.in_a_row >= IN_A_ROW for budget in (one.strangers, one.colleagues))


def _comes_from(people: list[Kept], one: Kept | None, tablet: str) -> From:
    known = _known(one, tablet) if one is not None else None
    if known is not None and known.wrong < OWN_IN_A_ROW:
        return From.OWN
    return From.COLLEAGUES if any(_known(other, tablet) for other in people) else From.STRANGERS


def _begin_again(one: Kept, tick: float) -> bool:
    """After a restart of the machine budgets fill in its seconds; gives whether one did not yet."""
    before = [budget for budget in (one.colleagues, one.strangers) if budget is not None and budget.tick > tick]
    for budget in before:
        budget.tick = tick
    return bool(before)


def _count(one: Kept, origin: From, tablet: str, tick: float) -> bool:
    """Counts a try before it is looked at; False when it may not be."""
    if origin is From.OWN:
        known = _known(one, tablet)
        assert known is not None
        known.wrong += 1
        return True
    budget = _budget(one, origin, tick)
    if budget.in_a_row >= IN_A_ROW or budget.left < 1:
        return False
    _put(one, origin, Budget(budget.left - 1, tick, budget.in_a_row + 1))
    return True


def _right(one: Kept, origin: From, tablet: str, tick: float) -> None:
    """A right PIN: what was counted for it is given back, and the tablet is one of theirs."""
    if origin is not From.OWN:
        _put(one, origin, Budget(min(_budget(one, origin, tick).left + 1, A_DAY), tick))
    one.tablets = [known for known in one.tablets if known.id != tablet]
    one.tablets = [*one.tablets, KnownTablet(tablet)][-TABLETS:]


def _budget(one: Kept, origin: From, tick: float) -> Budget:
    """What is left as of now."""
    kept = one.colleagues if origin is From.COLLEAGUES else one.strangers
    if kept is None:
        return Budget(A_DAY, tick)
    back = (tick - kept.tick) * A_DAY / DAY_S
    return Budget(min(kept.left + back, A_DAY), tick, kept.in_a_row)


def _put(one: Kept, origin: From, budget: Budget) -> None:
    if origin is From.COLLEAGUES:
        one.colleagues = budget
    else:
        one.strangers = budget


def _known(one: Kept, tablet: str) -> KnownTablet | None:
    return next((known for known in one.tablets if known.id == tablet), None)


def _id(secret: str) -> str:
    """What a tablet's secret is kept as; of no secret, what no tablet has."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest() if secret else ""
