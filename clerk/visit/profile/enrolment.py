"""Who was enrolled at a counter, and what members corrected since the exports: MEMBER events over the pack's row.

In: a member as the pack has it, or nothing, and the member's events in order. Out: the member as of now. Texts come
from other devices too, so they are cleaned again here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from clerk.clock import to_datetime
from clerk.errors import NotKept
from clerk.model import Event, EventKind, Member, Record
from clerk.text import clean

DETAILS: Final = ("name", "given_name", "phone", "email", "birthday")
"""What a MEMBER event may say."""

_LETTERS = "BCDFGHJKLNPRSTVX"
"""The letters of card codes: an id that is read out or typed survives every keyboard layout as well."""
_ID_LETTERS = 12
_ID = re.compile(rf"N-[{_LETTERS}]{{{_ID_LETTERS}}}")
_PHONE = re.compile(r"\+?[\d\s()./-]{3,30}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Details(NamedTuple):
    """Details of a new or corrected member; only the name is required."""

    name: str
    phone: str = ""
    email: str = ""


def new_member_id() -> str:
    """A fresh member id: 48 random bits, so that counters that never met do not give the same one."""
    return "N-" + "".join(secrets.choice(_LETTERS) for _ in range(_ID_LETTERS))


def is_counter_id(text: str) -> bool:
    """Whether a text is a member id that a counter gave."""
    return _ID.fullmatch(text) is not None


def enrol_event(member_id: str, details: Details) -> Record:
    """The event that enrols a member, checked.

    Raises:
        NotKept: there is no name, or the phone number or the e-mail address is none.
    """
    name, phone, email = clean(details.name), clean(details.phone, 40), clean(details.email, 120)
    if not any(letter.isalpha() for letter in name):
        raise NotKept("There is no name to enrol.", "Ask for the name; a given name is enough.")
    if phone and (not _PHONE.fullmatch(phone) or sum(letter.isdigit() for letter in phone) < 3):
        raise NotKept("This is no phone number.", "Write digits, with + in front for another country, or leave it out.")
    if email and not _EMAIL.fullmatch(email):
        raise NotKept("This is no e-mail address.", "Write it as name@example.org, or leave it out.")
    told: dict[str, object] = {"name": name, "given_name": name.split()[0]}
    return Record(
        EventKind.MEMBER, member_id, told | ({"phone": phone} if phone else {}) | ({"email": email} if email else {})
    )


def as_of_now(member: Member | None, member_id: str, events: Iterable[Event]) -> Member | None:
    """The member with every correction made at a counter applied, in the order of the events.

    Args:
        member: the pack's row, or None for one the pack does not have.
        member_id: whose events these are.
        events: of the member; those of kind MEMBER are read.

    Returns:
        None for somebody whom neither the pack nor an enrolment names.
    """
    told = [event for event in events if event.kind is EventKind.MEMBER]
    if not told:
        return member
    if member is None:
        # Row 0 is nobody's in a pack.
        member = Member(0, member_id, "", joined_on=to_datetime(told[0].at).date().isoformat())
    return replace(member, **_details(told))


def _details(told: Sequence[Event]) -> dict[str, Any]:
    """The latest value of each detail; an empty text removes it, an absent one changes nothing."""
    found: dict[str, str] = {}
    for event in told:
        for key in DETAILS:
            text = event.payload.get(key)
            if isinstance(text, str):
                found[key] = clean(text, 120)
        # Who corrects the name and no given name is greeted by the new one.
        if "name" in event.payload and "given_name" not in event.payload:
            found["given_name"] = found.get("name", "").partition(" ")[0]
    return found
