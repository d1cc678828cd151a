"""The people of the sample store whom a visitor is shown, read from `people.toml`.

Each has a name, a habit and a reason to be there. Their member ids are `M0001` upwards in the order of the file;
the rest of the town is made in `sample_people`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clerk.demo.habits import Habit, Once, Order, Staple


@dataclass(frozen=True, slots=True)
class Persona:
    """One named member of the sample store."""

    name: str
    see: str
    """What scanning this member shows."""
    habit: Habit
    given_name: str = ""
    phone: str = ""
    """Empty: one is given out."""
    locale: str = "en-GB"
    consents: tuple[tuple[str, str, int], ...] = (("remember", "given", 364), ("suggest", "given", 364))
    """(purpose, state, days ago)."""
    birthday: str = ""
    """ISO date, `--MM-DD`, or `today`."""
    foreign_card: int = 0
    """Number of a loyalty card of another system; two members with the same number share it."""
    lost_card: bool = False


def cast(path: Path) -> tuple[Persona, ...]:
    """Everybody in particular; the first is the demo member.

    Args:
        path: a file as `store_data/sample/people.toml`: keys of `Persona` and of `Habit` side by side.
    """
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["person"]
    return tuple(_persona(row) for row in rows)


_OWN = frozenset(Persona.__slots__) - {"habit"}
_SPECIAL = frozenset({"other", "staples", "once"})
_ORDERS = frozenset({"usual", "before", "likes"})


def _persona(row: Mapping[str, Any]) -> Persona:
    own = {key: _frozen(value) for key, value in row.items() if key in _OWN}
    habit: dict[str, Any] = {
        key: _orders(value) if key in _ORDERS else _frozen(value)
        for key, value in row.items()
        if key not in _OWN and key not in _SPECIAL
    }
    habit["other"] = tuple(_orders(orders) for orders in row.get("other", ()))
    habit["staples"] = tuple(_staple(**entry) for entry in row.get("staples", ()))
    habit["once"] = tuple(_once(**entry) for entry in row.get("once", ()))
    return Persona(habit=Habit(**habit), **own)


def _orders(entries: Sequence[Mapping[str, Any]]) -> tuple[Order, ...]:
    return tuple(Order(**entry) for entry in entries)


def _staple(every_days: float, last_days_ago: int, since_days: int = 365, **order: Any) -> Staple:
    return Staple(Order(**order), every_days, last_days_ago, since_days)


def _once(days_ago: int, **order: Any) -> Once:
    return Once(days_ago, Order(**order))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value
