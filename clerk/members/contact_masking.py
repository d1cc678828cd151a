"""Hides phone, e-mail and birthday from who may not see them, and says who may see the contact details in full.

The one place that decides: screens and `--json` draw what they are given.
"""

from __future__ import annotations

from dataclasses import replace

from clerk.model import Member, StaffRole
from clerk.phone import digits_of
from clerk.settings import Settings

HIDDEN = "•••"
"""Stands for what is not shown; that there is something may be known."""

_ENDS = 4
"""Digits of a phone number that stay: what members are found by."""


def masked(member: Member, role: StaffRole) -> Member:
    """The member as a card shows them to anybody: `••• 0142`, `a•••@•••.org`, no birthday; at the kiosk nothing.

    Args:
        member: as the shop knows them.
        role: of who acts.
    """
    if role is StaffRole.KIOSK:
        return replace(member, phone="", email="", birthday="")
    return replace(
        member,
        phone=_phone(member.phone),
        email=_email(member.email),
        birthday=HIDDEN if member.birthday else "",
    )


def may_see_contact(role: StaffRole, settings: Settings) -> bool:
    """Whether a role may ask for contact details in full."""
    wanted = settings.people.contact_for
    if role is StaffRole.MANAGER:
        return wanted != "nobody"
    return role is StaffRole.ASSOCIATE and wanted == "associate"


def _phone(phone: str) -> str:
    digits = digits_of(phone)
    if not phone:
        return ""
    # Four digits of a number of six would give it away.
    return f"{HIDDEN} {digits[-_ENDS:]}" if len(digits) >= 2 * _ENDS - 1 else HIDDEN


def _email(email: str) -> str:
    name, at, host = email.rpartition("@")
    if not email:
        return ""
    end = host.rpartition(".")[2] if "." in host else ""
    return f"{name[:1]}{HIDDEN}@{HIDDEN}.{end}" if at and name and end else HIDDEN
