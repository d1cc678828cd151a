"""Who works here: adding, PINs, roles, and the check of a PIN at the counter with its lock-out.

A try is counted on the disk before the PIN is looked at and taken off when it was right: neither killing the process
nor trying at several counters at once gives a try for nothing. Every change is made under one lock, on the file as it
is then. What is tried over the network is counted by `clerk.people.tablet_pins`, and locks nobody here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from clerk import clock as clocks
from clerk.clock import DAY_S, Clock
from clerk.errors import NotPermitted, PinRefused, SettingsError
from clerk.model.staff import Associate, Signed, StaffRole
from clerk.people import counter_lock, people_file, pins, tablet_pins
from clerk.people.people_file import NAME_LETTERS, Kept, named
from clerk.phrases import clock_time, count, day_of
from clerk.settings import PeopleSettings, load
from clerk.text import clean

T = TypeVar("T")

NOT_NAMES = frozenset(("associate", "manager", "command", "kiosk", "nobody"))
"""What the audit writes for somebody without a name; nobody may be called so."""


class People:
    """Everybody who works here; made by `People.open`. Any thread and any number of processes may use it.

    Args:
        home: the data folder.
        clock: now.
        settings: tries and lock-out.
        on_refused: called for the audit with what a wrong PIN was ("wrong PIN", "locked out") and whose; an unknown
            name is given as empty, because it may be a PIN that was typed in its place. What was refused without
            being looked at is not told: a key that is held down must not fill the journal.
        tick: seconds since the machine started.
    """

    def __init__(
        self,
        home: Path,
        clock: Clock,
        settings: PeopleSettings,
        on_refused: Callable[[str, str], None] = lambda what, name: None,
        tick: Callable[[], float] = clocks.tick,
    ) -> None:
        self._home = home
        self._clock = clock
        self._settings = settings
        self._on_refused = on_refused
        self._tick = tick

    @classmethod
    def open(cls, home: Path, clock: Clock, settings: PeopleSettings | None = None) -> People:
        """The people of a data folder; nothing is read yet.

        Args:
            home: the data folder.
            clock: now.
            settings: tries and lock-out; read from the folder's settings when not given.

        Raises:
            SettingsError: a setting cannot be used.
        """
        return cls(home, clock, settings or load(home).people)

    @property
    def any(self) -> bool:
        """Whether anybody was entered. Cost: one look at the folder."""
        return people_file.exists(self._home)

    @property
    def must_sign_in(self) -> bool:
        """Whether a screen asks who works at it."""
        wanted = self._settings.sign_in
        return wanted == "always" or (wanted != "never" and self.any)

    def everybody(self) -> tuple[Associate, ...]:
        """Everybody by name.

        Raises:
            DiskFailed: the list cannot be read.
        """
        people = people_file.read(self._home)
        return tuple(sorted((self._seen(people, one) for one in people), key=lambda one: one.name.casefold()))

    def check_pin(self, name: str, pin: str) -> Signed:
        """Who stands at the counter, if the PIN is theirs. Takes 0.1 to 0.25 s: never on the thread that draws.

        Raises:
            PinRefused: it is not, or nobody has this name, or too many were tried. An unknown name and a wrong PIN
                take the same time and get the same words.
            DiskFailed, DiskFull: the list cannot be read or written; nobody is let in.
        """
        kept = self._try_counted(name)
        right = pins.matches(kept.pin if kept is not None else pins.NOBODY, pin)
        if kept is None or not right:
            locks, refused = self._wrong(name)
            self._on_refused("locked out" if locks else "wrong PIN", kept.name if kept is not None else "")
            raise refused
        renewed = pins.hashed(pin) if pins.is_outdated(kept.pin) else ""

        def signed_in(now: Kept) -> Signed:
            if now.pin != kept.pin:
                raise PinRefused("The PIN was changed just now.", "Type the new one.")
            counter_lock.free(now)
            now.pin = renewed or now.pin
            return Signed(now.name, StaffRole(now.role))

        return self._change(kept.name, signed_in)

    def add(self, name: str, pin: str, role: StaffRole = StaffRole.ASSOCIATE) -> Associate:
        """Adds a person; the first one becomes manager, whatever role was asked for.

        Raises:
            SettingsError: the name is empty, taken, or one that the audit uses itself.
            PinRefused: the PIN is too easy.
        """
        wanted = self.free_name(name)
        kept = pins.hashed(pins.checked(pin))
        with people_file.only_one(self._home):
            people = people_file.read(self._home)
            self._check_free(wanted, people)
            given = role if people else StaffRole.MANAGER
            now = self._clock.now()
            people_file.write(self._home, [*people, Kept(wanted, given.value, kept, created=now)])
        return Associate(wanted, given, now)

    def free_name(self, name: str) -> str:
        """The cleaned name, if nobody has it yet.

        Raises:
            SettingsError: as `add`.
        """
        wanted = clean(name, NAME_LETTERS)
        if not wanted or wanted.casefold() in NOT_NAMES:
            raise SettingsError(f"{wanted or 'Nothing'!r} cannot be an associate's name.", "Take the person's own.")
        self._check_free(wanted, people_file.read(self._home))
        return wanted

    def set_pin(self, name: str, pin: str) -> None:
        """A new PIN; wrong tries, a lock-out and the tablets of this name are forgotten with the old one.

        Raises:
            SettingsError: nobody has this name.
            PinRefused: the PIN is too easy.
        """
        self.find(name)
        kept = pins.hashed(pins.checked(pin))

        def renewed(one: Kept) -> None:
            one.pin = kept
            one.tablets = []
            _unlocked(one)

        self._change(name, renewed)

    def set_role(self, name: str, role: StaffRole) -> None:
        """Another role.

        Raises:
            SettingsError: nobody has this name.
            NotPermitted: it is the last manager.
        """
        with people_file.only_one(self._home):
            people = people_file.read(self._home)
            one = _found(people, name)
            if role is not StaffRole.MANAGER:
                _check_not_last(people, one)
            one.role = role.value
            people_file.write(self._home, people)

    def unlock(self, name: str) -> None:
        """Ends a lock-out at the counter, and what wrong PINs over the network keep from this name.

        Raises:
            SettingsError: nobody has this name.
        """
        self._change(name, _unlocked)

    def remove(self, name: str) -> None:
        """Removes a person who no longer works here; their notes about members stay with the shop.

        Raises:
            SettingsError: nobody has this name.
            NotPermitted: it is the last manager.
        """
        with people_file.only_one(self._home):
            people = people_file.read(self._home)
            one = _found(people, name)
            _check_not_last(people, one)
            people_file.write(self._home, [other for other in people if other is not one])

    def find(self, name: str) -> Associate:
        """The associate of this name, however it is capitalised.

        Raises:
            SettingsError: nobody has it.
        """
        people = people_file.read(self._home)
        return self._seen(people, _found(people, name))

    def check_removable(self, name: str) -> None:
        """Raises what `remove` would."""
        people = people_file.read(self._home)
        _check_not_last(people, _found(people, name))

    def _try_counted(self, name: str) -> Kept | None:
        """Counts a try before it is made; None when nobody has this name.

        Raises:
            PinRefused: locked out.
        """
        with people_file.only_one(self._home):
            people = people_file.read(self._home)
            one = named(people, name)
            if one is None:
                # As long as for a name that exists: the file is replaced by itself.
                if people:
                    people_file.write(self._home, people)
                return None
            now, tick = self._clock.now(), self._tick()
            if left := counter_lock.left_s(people, one, now, tick):
                if counter_lock.begin_again(one, now, tick):
                    people_file.write(self._home, people)
                raise _refused(one, now, left)
            before = Kept(one.name, one.role, one.pin)
            counter_lock.count_wrong(people, one, now, tick, self._settings)
            people_file.write(self._home, people)
            return before

    def _wrong(self, name: str) -> tuple[bool, PinRefused]:
        """Whether a wrong PIN locked the name, and what to say."""
        people = people_file.read(self._home)
        one = named(people, name)
        now = self._clock.now()
        left = counter_lock.left_s(people, one, now, self._tick()) if one is not None else 0
        if one is not None and left:
            return not one.wrong, _refused(one, now, left)
        return False, PinRefused("The name or the PIN was not right.", "Try again, or ask a manager for a new PIN.")

    def _seen(self, people: list[Kept], one: Kept) -> Associate:
        now = self._clock.now()
        left = counter_lock.left_s(people, one, now, self._tick())
        until = now + left if left else 0
        return Associate(one.name, StaffRole(one.role), one.created, until, one.wrong, tablet_pins.is_shut(one))

    def _check_free(self, name: str, people: list[Kept]) -> None:
        if named(people, name) is not None:
            raise SettingsError(f"There is somebody called {name} already.", "Add a letter of the family name.")

    def _change(self, name: str, change: Callable[[Kept], T]) -> T:
        with people_file.only_one(self._home):
            people = people_file.read(self._home)
            result = change(_found(people, name))
            people_file.write(self._home, people)
            return result


def _unlocked(one: Kept) -> None:
    counter_lock.free(one)
    one.colleagues = one.strangers = None
    for tablet in one.tablets:
        tablet.wrong = 0


def _refused(one: Kept, now: int, left_s: int) -> PinRefused:
    """What a name is told for which no PIN is looked at now."""
    if one.wrong:
        return PinRefused(f"Too many wrong PINs for {one.name}: wait {count(left_s, 'second')}.", "Then try again.")
    until = now + left_s
    when = clock_time(until) if until // DAY_S == now // DAY_S else f"{clock_time(until)} {day_of(until, now)}"
    return PinRefused(
        f"Too many wrong PINs for {one.name}: locked until {when}.",
        f"Wait, or a manager runs `clerk people unlock` for {one.name}.",
    )


def _found(people: list[Kept], name: str) -> Kept:
    one = named(people, name)
    if one is None:
        raise SettingsError(f"Nobody here is called {clean(name, NAME_LETTERS)!r}.", "`clerk people list` names all.")
    return one


def _check_not_last(people: list[Kept], one: Kept) -> None:
    managers = [other for other in people if other.role == StaffRole.MANAGER.value]
    if managers == [one]:
        raise NotPermitted(f"{one.name} is the last manager.", "Make somebody else a manager first.")
