"""Who cannot sign in now and why, and what was refused over the network lately: sentences for a manager."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clerk.clock import DAY_S, ShopClock
from clerk.journal import Journal
from clerk.journal.file import FILE as JOURNAL
from clerk.model import Event, EventKind
from clerk.people import People
from clerk.phrases import ago, clock_time
from clerk.visit.audited import REFUSED, refused_words

LOOKED_BACK_S = 7 * DAY_S
"""How far back refused sign-ins are told: a manager looks once a day, and not every day."""

_NAMED = 3
"""Addresses that get a sentence of their own."""


def sign_ins(home: Path, journal: Journal | None, now: int) -> tuple[str, ...]:
    """A sentence each; empty where everybody can sign in and nothing was refused.

    Args:
        home: the data folder.
        journal: of this device, or None where it cannot be read.
        now: wall seconds.

    Raises:
        ClerkError: the list of associates or the journal cannot be read.
    """
    told = []
    for one in People.open(home, ShopClock()).everybody():
        if one.locked_until:
            told.append(f"{one.name} is locked at the counter until {clock_time(one.locked_until)}: wrong PINs there.")
        if one.new_tablets_shut:
            told.append(
                f"Tablets that are new to {one.name} take no PIN of theirs, after many wrong ones over the network: "
                f"`clerk people unlock {one.name}`. The counter and their own tablets do."
            )
    return (*told, *(refused_lately(journal.events(kinds=(EventKind.SIGN,)), now) if journal is not None else ()))


def sign_ins_of(home: Path, now: int) -> tuple[str, ...]:
    """The same, reading the journal of the data folder.

    Raises:
        ClerkError: the list of associates or the journal cannot be read.
    """
    # Looking must not make a journal where there is none.
    if not (home / JOURNAL).exists():
        return sign_ins(home, None, now)
    with Journal.open(home, ShopClock()) as journal:
        return sign_ins(home, journal, now)


def refused_lately(events: Iterable[Event], now: int) -> tuple[str, ...]:
    """What was refused over the network in the last seven days, by address, most first."""
    by_address: dict[str, list[Event]] = {}
    for event in events:
        if event.payload.get("what") == REFUSED and now - LOOKED_BACK_S <= event.at:
            by_address.setdefault(str(event.payload.get("address", "")), []).append(event)
    most = sorted(by_address.items(), key=lambda pair: (not pair[0], -sum(_number(one, "tried") for one in pair[1])))
    named = [(address, found) for address, found in most[:_NAMED] if address]
    rest = [event for address, found in most if (address, found) not in named for event in found]
    return tuple(_sentence(address, found, now) for address, found in [*named, *([("", rest)] if rest else [])])


def _sentence(address: str, events: list[Event], now: int) -> str:
    since = min(_number(event, "since") for event in events)
    names: set[str] = set()
    for event in events:
        found = event.payload.get("names", ())
        names |= set(found) if isinstance(found, (list, tuple)) else set()
    tried, looked_at = (sum(_number(event, key) for event in events) for key in ("tried", "looked_at"))
    day = "" if ago(since, now) == "today" else f" {ago(since, now)}"
    words = refused_words(tried, looked_at, address, f"{clock_time(since)}{day}", sorted(names, key=str.casefold))
    return f"{words}. Nobody is locked at the counter by it."


def _number(event: Event, key: str) -> int:
    value = event.payload.get(key, 0)
    return value if isinstance(value, int) else 0
