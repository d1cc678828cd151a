"""Who works at the fake desk's shop, and how it asks them to sign in."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from clerk.clock import parse_at
from clerk.errors import ClerkError, NotSignedIn, PinRefused
from clerk.model import Associate, AuditLine, EventKind, Member, Signed, StaffRole
from tests.ui.people import ADA

MAIA = Associate("Maia Lund", StaffRole.MANAGER)
NOOR = Associate("Noor", StaffRole.ASSOCIATE)
PINS = {"Maia Lund": "4071", "Noor": "860413"}

AUDIT = (
    AuditLine(
        parse_at("2026-11-22T10:12"), "Noor", EventKind.ACCESS, "looked at contact details", "M-0001", "e3", True
    ),
    AuditLine(parse_at("2026-11-22T10:11"), "Noor", EventKind.VISIT_OPENED, "opened, by scan", "M-0001", "e2", True),
    AuditLine(parse_at("2026-11-22T10:10"), "Noor", EventKind.SIGN, "signed in", "", "e1", True),
    AuditLine(parse_at("2026-11-21T17:40"), "associate", EventKind.ANSWER, "said never to K-1", "M-0002", "e0", False),
)
"""The audit of the fake desk."""


class FakeSigning:
    """Asks nobody, unless it is given people; `pending` holds checks back until the test sets it."""

    def __init__(self, *people: Associate, lock_s: float = 300, always: bool = False) -> None:
        self.calls: list[tuple[Any, ...]] = []
        """What was asked of the desk; the fake desk shares this list."""
        self.always = always
        self.people = people
        self.signed: Signed | None = None
        self.at_tablet = False
        self.lock_s = lock_s
        self.tried: list[tuple[str, str]] = []
        self.threads: set[int] = set()
        self.fails: ClerkError | None = None
        self.list_fails: ClerkError | None = None
        self.let_go = threading.Event()
        self.let_go.set()
        self.holds = True

    @property
    def is_locked(self) -> bool:
        return (self.always or bool(self.people)) and self.signed is None

    @property
    def may_manage(self) -> bool:
        return not self.people or (self.signed is not None and self.signed.role is StaffRole.MANAGER)

    def still_holds(self) -> bool:
        return self.holds

    def colleagues(self) -> tuple[Associate, ...]:
        if self.list_fails is not None:
            raise self.list_fails
        return self.people

    def check(self, name: str, pin: str) -> Signed:
        self.tried.append((name, pin))
        self.threads.add(threading.get_ident())
        assert self.let_go.wait(10)
        if self.fails is not None:
            raise self.fails
        if PINS.get(name) != pin:
            raise PinRefused("The name or the PIN was not right.", "Try again, or ask a manager for a new PIN.")
        return Signed(name, next(one.role for one in self.people if one.name == name))

    def sign(self, signed: Signed | None) -> None:
        self.calls.append(("sign", signed.name if signed else ""))
        self.signed = signed

    def contact(self, member_id: str) -> Member:
        self.calls.append(("contact", member_id))
        self.must_manage()
        return replace(ADA, phone="+45 55 01 42", email="ada@example.org")

    def must_manage(self) -> None:
        if not self.may_manage:
            raise NotSignedIn("Only a manager may do this.", "A manager signs in with ^K.")
