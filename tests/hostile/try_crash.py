"""The counter on this terminal, whose desk fails in the middle of a visit: `python -m tests.hostile.try_crash HOME`."""

from __future__ import annotations

import sys
from pathlib import Path

from clerk import crash
from clerk.model import ItemCard, Why
from clerk.ui.counter.launch import open_counter
from tests.ui.fake_desk import FakeDesk


class Failing(FakeDesk):
    """Fails with a member's name in its message and in its locals."""

    def why(self, member_id: str, sku: str) -> Why:
        secret = {"Ada Lovelace": "+45 55 01 42"}
        raise ValueError(f"no such thing for Ada Lovelace ({secret})")

    def item(self, sku: str) -> ItemCard:
        raise ValueError("no such thing for Ada Lovelace")


if __name__ == "__main__":
    crash.keep_in(Path(sys.argv[1]))
    open_counter(Failing)
