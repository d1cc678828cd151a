"""A clock that a test moves."""

from __future__ import annotations

from clerk.clock import parse_at


class MovedClock:
    """Stands at an ordinary noon until the test says otherwise; `tick` is what nobody sets back."""

    def __init__(self) -> None:
        self.at = parse_at("2026-11-22T12:00")
        self.ticked = 5000.0

    def now(self) -> int:
        return self.at

    def tick(self) -> float:
        return self.ticked

    def go_on(self, seconds: float) -> None:
        """Time passes."""
        self.at += int(seconds)
        self.ticked += seconds

    def restart(self) -> None:
        """The machine is switched off and on."""
        self.ticked = 7.0
