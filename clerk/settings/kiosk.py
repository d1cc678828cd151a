"""Settings of the kiosk, the member's own screen: idle time, tries, greeting."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between, one_of


@dataclass(frozen=True, slots=True)
class KioskSettings:
    """The member's own screen."""

    idle_s: int = between(40, 10, 600)
    """Seconds without a touch before the warning; ten times what a card takes to read."""
    warn_s: int = between(20, 20, 120)
    """Seconds of warning, each touch starts over: WCAG 2.2.1 asks for 20 at least."""
    tries: int = between(3, 1, 10)
    """Wrong tries at the second factor while the kiosk runs for 24 hours: three of them open 0.03 % of stolen cards."""
    tries_in_all: int = between(12, 1, 100)
    """Wrong tries without a right one between, after which the kiosk opens nothing more for the member until the
    counter has confirmed who it is: twelve of them open 0.12 % of stolen cards, however long somebody waits."""
    bad_scans: int = between(5, 2, 100)
    """Unknown cards a minute after which the kiosk pauses: nobody holds that many by mistake."""
    pause_s: int = between(60, 5, 3600)
    """Length of that pause."""
    greeting: str = one_of("masked", "masked", "given name")
    """How a card is greeted before the second factor: `A*** L.`, or `Ada L.`."""
