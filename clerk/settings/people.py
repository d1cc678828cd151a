"""Settings of associates and managers: signing in, PINs, who sees contact details."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between, one_of


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """Associates and managers."""

    sign_in: str = one_of("when there are people", "when there are people", "always", "never")
    """Whether a counter asks who works at it: by default as soon as one associate is entered."""
    lock_s: int = between(300, 30, 3600)
    """Seconds without a key after which the counter locks."""
    tries: int = between(5, 3, 20)
    """Wrong PINs in a row at the counter after which an associate is locked out there."""
    lockout_s: int = between(300, 30, 86_400)
    """Length of the first lock-out; each further one is twice as long."""
    contact_for: str = one_of("manager", "manager", "associate", "nobody")
    """Who sees a member's phone and e-mail in full; others see their ends."""
