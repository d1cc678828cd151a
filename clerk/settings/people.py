"""Constants of people: members at the kiosk, associates who sign in, tablets, and what is kept for how long."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between, one_of, text


@dataclass(frozen=True, slots=True)
class KioskSettings:
    """The member's own screen."""

    idle_s: int = between(40, 10, 600)
    """Seconds without a touch before the warning; ten times what a card takes to read."""
    warn_s: int = between(20, 20, 120)
    """Seconds of warning, each touch starts over: WCAG 2.2.1 asks for 20 at least."""
    tries: int = between(3, 1, 10)
    """Tries a card and day at the second factor: with four digits, three of them open 0.03 % of stolen cards."""
    bad_scans: int = between(5, 2, 100)
    """Unknown cards a minute after which the kiosk pauses: nobody holds that many by mistake."""
    pause_s: int = between(60, 5, 3600)
    """Length of that pause."""
    greeting: str = one_of("masked", "masked", "given name")
    """How a card is greeted before the second factor: `A*** L.`, or `Ada L.`."""


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """Associates and managers."""

    sign_in: str = one_of("when there are people", "when there are people", "always", "never")
    """Whether a counter asks who works at it: by default as soon as one associate is entered."""
    lock_s: int = between(300, 30, 3600)
    """Seconds without a key after which the counter locks."""
    tries: int = between(5, 3, 20)
    """Wrong PINs in a row after which an associate is locked out."""
    lockout_s: int = between(300, 30, 86_400)
    """Length of the first lock-out; each further one is twice as long."""
    contact_for: str = one_of("manager", "manager", "associate", "nobody")
    """Who sees a member's phone and e-mail in full; others see their ends."""


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """What is kept, and for how long."""

    keep_months: int = between(36, 1, 240)
    """Months after a member's last visit for which anything is kept: three years is what regulators call reasonable
    for loyalty data."""
    wordings: str = text("")
    """File below the data folder with the shop's own words for each purpose and their version; empty for Clerk's."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Screens for tablets in the shop's own network."""

    host: str = text("127.0.0.1")
    """Address to listen on; the shop's own network only when it is set."""
    port: int = between(8443, 1, 65_535)
    """Port to listen on."""
    certificate: str = text("")
    """File of the shop's TLS certificate; without one only this machine is served."""
    key: str = text("")
    """File of its private key."""
    visits: int = between(8, 1, 100)
    """Tablets at once; each has a process of about 100 MB."""


@dataclass(frozen=True, slots=True)
class RestSettings:
    """Encryption of what lies on the disk."""

    key: str = text("")
    """Where the key is: empty for none, `file:PATH`, `env:NAME`, `systemd:NAME` (a systemd credential), `keyring`."""
