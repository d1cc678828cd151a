"""A clock that a test moves."""

from __future__ import annotations

from clerk.clock import parse_at


class MovedClock:
    """Stands at an ordinary noon until the test says otherwise."""

    def __init__(self) -> None:
        self.at = parse_at("2026-11-22T12:00")

    def now(self) -> int:
        return self.at
