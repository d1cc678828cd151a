"""Everybody who is enrolled at the sample store: the cast, and a town of about 370 people made up around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from clerk.demo.cast import Persona
from clerk.demo.habits import Habit, Once, Order, Staple
from clerk.demo.names import Directory
from clerk.demo.tastes import DURABLES, PRESENTS, PRIVATE, TASTES, Taste

MEMBERS = 400
"""Everybody, cast and crowd."""

_MIX = (
    ("regular", 96),
    ("provisions", 92),
    ("now and then", 104),
    ("newcomer", 26),
    ("lapsed", 24),
    ("presents", 14),
    ("passing through", 12),
)
"""How the crowd is made up; the numbers are shares of its size."""


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up member: everything the canonical tables hold, and a habit."""

    member_id: str
    name: str
    given_name: str
    phone: str
    email: str
    birthday: str
    joined_days: int
    """Days ago."""
    locale: str
    habit: Habit
    consents: tuple[tuple[str, str, int], ...]
    foreign_card: int = 0
    lost_card: bool = False


def people(personas: tuple[Persona, ...], today: date, seed: int) -> Iterator[Person]:
    """Everybody, the cast first.

    Args:
        personas: the cast.
        today: only for the birthday that is today.
        seed: another seed is another crowd.
    """
    rng = Random(f"people {seed}")
    phones = frozenset(persona.phone for persona in personas if persona.phone)
    directory = Directory(rng, phones, frozenset(persona.name for persona in personas))
    for number, persona in enumerate(personas, 1):
        yield _in_particular(f"M{number:04d}", persona, directory, today)
    kinds = rng.choices([kind for kind, _ in _MIX], [share for _, share in _MIX], k=MEMBERS - len(personas))
    for number, kind in enumerate(kinds, len(personas) + 1):
        yield _somebody(f"M{number:04d}", kind, directory, rng)


def _in_particular(member_id: str, persona: Persona, directory: Directory, today: date) -> Person:
    joined = max([persona.habit.since_days, *(days for _, _, days in persona.consents)])
    birthday = f"1979-{today:%m-%d}" if persona.birthday == "today" else persona.birthday
    if birthday.endswith("02-29"):
        birthday = "1980-02-29"
    return Person(
        member_id,
        persona.name,
        persona.given_name or (persona.name.split()[0] if persona.name.replace(" ", "").isalpha() else ""),
        persona.phone or directory.phone(),
        directory.mail(persona.name) if persona.name.replace(" ", "").isalpha() else "",
        birthday,
        joined,
        persona.locale,
        persona.habit,
        tuple((purpose, state, min(days, joined)) for purpose, state, days in persona.consents),
        persona.foreign_card,
        persona.lost_card,
    )


def _somebody(member_id: str, kind: str, directory: Directory, rng: Random) -> Person:
    locale, given, name = directory.person()
    taste = rng.choice(TASTES)
    habit = _habit(kind, taste, rng)
    joined = habit.since_days + (0 if kind == "newcomer" else rng.randrange(0, 900))
    consents = [("remember", "given", joined)]
    if rng.random() < 0.88:
        consents.append(("suggest", "given", joined))
        if rng.random() < 0.05:
            consents.append(("suggest", "withdrawn", rng.randrange(1, max(2, joined))))
    if rng.random() < 0.35:
        consents.append(("contact", "given", joined))
    year = f"{rng.randrange(1948, 2006)}-" if rng.random() < 0.7 else "--"
    born = date(2001, 1, 1) + timedelta(days=rng.randrange(365))
    return Person(
        member_id,
        name if rng.random() < 0.99 else "",
        given,
        directory.phone() if rng.random() < 0.85 else "",
        directory.mail(name) if rng.random() < 0.75 else "",
        f"{year}{born:%m-%d}" if rng.random() < 0.5 else "",
        joined,
        locale,
        habit,
        tuple(consents),
        foreign_card=30000 + int(member_id[1:]) if rng.random() < 0.08 else 0,
    )


def _habit(kind: str, taste: Taste, rng: Random) -> Habit:
    drink, food = rng.choice(taste.drinks), rng.choice(taste.bites)
    other = tuple((rng.choice(taste.drinks), rng.choice(taste.bites)) for _ in range(3))
    hour = rng.choice((7.4, 8.0, 8.5, 9.2, 10.3, 12.7, 15.2))
    chance = rng.random()
    if kind == "regular":
        workday, saturday = 0.06 + 0.3 * chance, 0.2 * rng.random()
        before, changed = ((rng.choice(taste.drinks),), rng.randrange(60, 200)) if rng.random() < 0.3 else ((), 0)
        return Habit(
            week=(workday,) * 5 + (saturday, saturday / 3),
            hour=hour,
            usual=(drink, food),
            besides=rng.choice((0.1, 0.3, 0.6)),
            before=before,
            changed_days=changed,
            vary=rng.choice((0.05, 0.15, 0.3)),
            other=other,
            staples=_staples(taste, rng, 1) if rng.random() < 0.5 else (),
            once=_once(taste, rng, 0.3),
            likes=taste.larder,
            adds=0.06,
            away=_holiday(rng),
        )
    if kind == "provisions":
        day = rng.randrange(7)
        return Habit(
            week=tuple(0.6 if place == day else 0.02 for place in range(7)),
            hour=rng.choice((9.5, 10.8, 16.4, 17.2)),
            spread_h=0.6,
            usual=(drink,),
            vary=0.3,
            other=other,
            staples=_staples(taste, rng, 2),
            once=_once(taste, rng, 0.5),
            likes=taste.larder,
            adds=0.4,
            away=_holiday(rng),
        )
    if kind == "lapsed":
        gone = rng.randrange(60, 200)
        return Habit(
            week=(0.15 + 0.25 * chance,) * 5 + (0.2, 0.0),
            hour=hour,
            usual=(drink, food),
            besides=0.4,
            vary=0.15,
            other=other,
            staples=_staples(taste, rng, 1, gone),
            likes=taste.larder,
            adds=0.1,
            until_days=gone,
        )
    if kind in ("newcomer", "passing through"):
        latest = rng.randrange(1, 12) if kind == "newcomer" else rng.randrange(20, 340)
        days = sorted({latest + rng.randrange(0, 9) for _ in range(rng.randrange(1, 4))}, reverse=True)
        once = tuple(Once(day, rng.choice((drink, drink, *taste.drinks))) for day in days)
        return Habit(hour=hour, once=once, since_days=days[0])
    if kind == "presents":
        days = sorted((rng.randrange(3, 360) for _ in range(rng.randrange(1, 4))), reverse=True)
        gifts = tuple(Once(day, rng.choice(PRESENTS)._replace(gift=rng.random() < 0.6)) for day in days)
        return Habit(hour=14.5, spread_h=1.5, once=gifts, since_days=days[0])
    return Habit(
        week=tuple((0.015 + 0.045 * chance) * weight for weight in (1.0, 1.0, 1.0, 1.0, 1.3, 2.0, 1.4)),
        hour=rng.choice((10.5, 11.5, 13.0, 15.5)),
        spread_h=1.3,
        usual=(drink, food),
        besides=0.55,
        vary=0.45,
        other=other,
        once=_once(taste, rng, 0.3),
        likes=taste.larder,
        adds=0.3,
    )


def _staples(taste: Taste, rng: Random, most: int, gone: int = 0) -> tuple[Staple, ...]:
    chosen: Sequence[tuple[Order, float]] = rng.sample(taste.staples, rng.randrange(1, most + 1))
    every = [days * rng.uniform(0.75, 1.35) for _, days in chosen]
    return tuple(
        Staple(order, days, gone + max(1, int(rng.random() * days * 1.1)))
        for (order, _), days in zip(chosen, every, strict=True)
    )


def _once(taste: Taste, rng: Random, chance: float) -> tuple[Once, ...]:
    """A durable of one's own taste, a present, or something quite out of character."""
    found = []
    if rng.random() < chance:
        found.append(Once(rng.randrange(10, 350), rng.choice(DURABLES)))
    if rng.random() < chance:
        found.append(Once(rng.randrange(5, 350), rng.choice(PRESENTS)._replace(gift=rng.random() < 0.5)))
    if rng.random() < chance / 4:
        found.append(Once(rng.randrange(5, 350), rng.choice(PRIVATE)))
    if rng.random() < chance:
        stranger = rng.choice([other for other in TASTES if other is not taste])
        found.append(Once(rng.randrange(5, 350), rng.choice(stranger.larder)))
    return tuple(found)


def _holiday(rng: Random) -> tuple[tuple[int, int], ...]:
    start = rng.randrange(30, 340)
    return ((start, start - rng.randrange(7, 22)),)
