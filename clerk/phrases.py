"""Money, days and counts in words. Pure; used by reasons, screens and commands alike."""

from __future__ import annotations

from collections.abc import Iterable

from clerk.clock import DAY_S, to_datetime

_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "HUF": 0, "ISK": 0, "CLP": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}

_IN_WEEKS, _IN_MONTHS = 28, 120
"""Days from which an age, or an interval, is told in weeks, and in months. One rule for everything that is said."""


def minor_digits(currency: str) -> int:
    """How many decimals the currency has (ISO 4217)."""
    return _MINOR_DIGITS.get(currency.upper(), 2)


NOT_STATED = "Not stated, ask before you offer it:"
"""Stands above the items of which it is not known whether they fit what was asked for."""


def money(minor: int | None, currency: str) -> str:
    """`4.20 EUR`, or `no price`."""
    if minor is None:
        return "no price"
    digits = minor_digits(currency)
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    whole, part = divmod(minor, 10**digits)
    amount = f"{whole}.{part:0{digits}d}" if digits else f"{whole}"
    return f"{sign}{amount} {currency}".strip()


def ago(at: int, now: int) -> str:
    """`today`, `yesterday`, `10 days ago`, `7 weeks ago`, `14 months ago`, counted in calendar days."""
    days = now // DAY_S - at // DAY_S
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    if days < _IN_WEEKS:
        return f"{days} days ago"
    if days < _IN_MONTHS:
        return f"{round(days / 7)} weeks ago"
    return f"{round(days / 30.44)} months ago"


def date(at: int) -> str:
    """`12 Nov 2026`."""
    moment = to_datetime(at)
    return f"{moment.day} {moment:%b %Y}"


def day_of(at: int, now: int) -> str:
    """`12 Nov`, with the year when it is another one than now."""
    moment = to_datetime(at)
    return f"{moment.day} {moment:%b}" if moment.year == to_datetime(now).year else date(at)


def clock_time(at: int) -> str:
    """`04:10`."""
    return f"{to_datetime(at):%H:%M}"


def every(days: float) -> str:
    """`every day`, `every 12 days`, `every 5 weeks`, `every 4 months`, in the units of `ago`."""
    if days < 1.5:
        return "every day"
    if days < _IN_WEEKS:
        return f"every {round(days)} days"
    if days < _IN_MONTHS:
        return f"every {round(days / 7)} weeks"
    return f"every {round(days / 30.44)} months"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 visit`, `3 visits`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def of_type(kind: str, item: str, item_times: int, times: int) -> str:
    """`Bakery, mostly Almond croissant (4)`, or `Bakery, not always the same`: what a count of an item type counts.

    Args:
        kind: name of the item type.
        item: the one most often taken of it.
        item_times: in how many of the counted visits.
        times: in how many of them anything of the type was.
    """
    return f"{kind}, mostly {item} ({item_times})" if 2 * item_times > times else f"{kind}, not always the same"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`Did you mean "currency"? `, or nothing when no known name is near."""
    from difflib import get_close_matches  # where something is wrong only: counters start without it

    plain = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), plain, 1)
    return f'Did you mean "{plain[near[0]]}"? ' if near else ""
