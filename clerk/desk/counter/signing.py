"""Signing in: who acts at this desk, what they may do, who may see the contact details, and all of that on record.

A counter asks for a name and a PIN as soon as one associate is entered; then every event carries that name. On a tablet
the server asks, on its own page: a counter drawn there tries no PIN, and closes where another one locks. A command acts
as a manager, because whoever may run it on this machine may read the files anyway; its events say `command`. At the
kiosk nobody of the shop acts.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from clerk.clock import Clock
from clerk.desk.counter.visit import CounterVisit
from clerk.desk.pack_in_use import PackInUse
from clerk.errors import ClerkError, NotSignedIn, UnknownMember
from clerk.members.contact_masking import may_see_contact
from clerk.members.journal_in_use import JournalInUse
from clerk.model import Acting, Associate, Event, EventKind, Member, Signed, StaffRole
from clerk.people import People
from clerk.settings import Settings

_ROLES = {"kiosk": StaffRole.KIOSK, "command": StaffRole.MANAGER}
"""By who the desk was opened for; everybody else is an associate until a PIN says otherwise."""


class Signing:
    """Answers the sign-in screen and guards what only a manager may do.

    Args:
        home: the data folder.
        clock: now.
        settings: of the data folder.
        journal: of this device; it writes the name in `acting`.
        tell: takes what went wrong while something was recorded.
        pack: the store data in use.
        visit: ends when somebody else signs in.
        acting: who the desk was opened for: `associate`, `command` or `kiosk`; from here on who signs in.
    """

    def __init__(
        self,
        home: Path,
        clock: Clock,
        settings: Settings,
        journal: JournalInUse,
        tell: Callable[[ClerkError], None],
        pack: PackInUse,
        visit: CounterVisit,
        acting: Acting,
    ) -> None:
        self._people = People(home, clock, settings.people, self._record)
        self._settings = settings
        self._journal = journal
        self._tell = tell
        self._pack = pack
        self._visit = visit
        self._acting = acting
        self._opened_for = acting.name
        self.signed: Signed | None = None
        """Who signed in last and has not left."""
        self.at_tablet = False
        """Whether this desk is drawn on a tablet, whose PINs the server checks."""

    @property
    def lock_s(self) -> int:
        """Seconds without a key after which the counter locks."""
        return self._settings.people.lock_s

    @property
    def is_asked(self) -> bool:
        """Whether this desk asks who works at it. Cost: one look at the folder."""
        return self._opened_for not in _ROLES and self._people.must_sign_in

    @property
    def is_locked(self) -> bool:
        """Whether nobody may look at anything before signing in."""
        return self.signed is None and self.is_asked

    @property
    def actor(self) -> str:
        """What events say."""
        return self._acting.name

    @property
    def role(self) -> StaffRole:
        """What who acts may do."""
        if self.signed is not None:
            return self.signed.role
        return _ROLES.get(self._opened_for, StaffRole.ASSOCIATE)

    @property
    def may_manage(self) -> bool:
        """Whether what only a manager may do is permitted: to a manager, or to anybody where nobody has to sign in."""
        return self.role is StaffRole.MANAGER or (self.role is StaffRole.ASSOCIATE and not self.is_asked)

    def must_manage(self) -> None:
        """Guards what only a manager may do.

        Raises:
            NotSignedIn: who acts is no manager.
        """
        if not self.may_manage:
            raise NotSignedIn("Only a manager may do this.", "A manager signs in with ^K, or does it on the office PC.")

    def still_holds(self) -> bool:
        """Whether who is signed in still works here in the same role. Cost: one small file is read."""
        if self.signed is None or not self._people.any:
            return True
        try:
            now = self._people.find(self.signed.name)
        except ClerkError:
            return False
        return now.role is self.signed.role

    def colleagues(self) -> tuple[Associate, ...]:
        """Everybody who can sign in, by name.

        Raises:
            DiskFailed: the list cannot be read.
        """
        return self._people.everybody()

    def check(self, name: str, pin: str) -> Signed:
        """Who this is, if the PIN is theirs; a wrong one is kept on record. Takes 0.1 to 0.25 s: on another thread.

        Raises:
            PinRefused: it is not, or too many were tried.
            NotSignedIn: this is a tablet.
            DiskFailed, DiskFull: the list cannot be read or written.
        """
        if self.at_tablet:
            raise NotSignedIn("A counter on a tablet tries no PINs.", "Sign in on the tablet's first page.")
        return self._people.check_pin(name, pin)

    def sign(self, signed: Signed | None) -> None:
        """Signs an associate in, or locks the counter with None; an open visit of another associate ends."""
        before = self.signed
        if signed == before:
            return
        self._visit.end("timeout")
        if before is not None:
            self._record("signed out", before.name)
        self.signed = signed
        self._acting.name = signed.name if signed is not None else self._opened_for
        if signed is not None:
            self._record("signed in", signed.name)

    def contact(self, member_id: str) -> Member:
        """A member with phone, e-mail and birthday in full; that they were looked at is on record.

        Raises:
            NotSignedIn: the role does not permit it.
            UnknownMember: the shop does not know the id.
        """
        with self._pack.reading() as pack:
            member = pack.members.member(member_id)
        if member is None:
            raise UnknownMember("Nobody here has this member id.", "Search by name or phone: `clerk find`.")
        if not may_see_contact(self.role, self._settings):
            whom = self._settings.people.contact_for
            raise NotSignedIn(
                "This role does not see contact details in full.",
                "A manager signs in with ^K." if whom == "manager" else "The shop's settings show them to nobody.",
            )
        visit_id = self._visit.visit_id
        self._append(EventKind.ACCESS, member_id, {"what": "contact", **({"visit_id": visit_id} if visit_id else {})})
        return member

    def _record(self, what: str, associate: str) -> None:
        self._append(EventKind.SIGN, "", {"what": what, "associate": associate})

    def _append(self, kind: EventKind, member_id: str, payload: dict[str, object] | dict[str, str]) -> None:
        try:
            journal = self._journal.now()
        except ClerkError as error:
            self._tell(error)
        else:
            journal.append(kind, member_id, payload).add_done_callback(self._appended)

    def _appended(self, future: Future[Event]) -> None:
        error = future.exception()
        if isinstance(error, ClerkError):
            self._tell(error)
