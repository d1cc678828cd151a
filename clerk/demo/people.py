"""Everybody who is enrolled at the sample store: the cast, and a town of about 370 people made up around it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from clerk.demo.cast import Persona
from clerk.demo.habits import Habit, Once, Order, Staple


@dataclass(frozen=True, slots=True)
class Taste:
    """One way of liking things."""

    drinks: tuple[Order, ...]
    bites: tuple[Order, ...]
    staples: tuple[tuple[Order, float], ...]
    """What is bought again, with the days between."""
    larder: tuple[Order, ...]
    """What is added to a basket now and then."""


def _orders(*texts: str) -> tuple[Order, ...]:
    """Orders from `SKU` or `SKU Group=option; Group=option`."""
    return tuple(Order(sku, modifiers) for sku, _, modifiers in (text.partition(" ") for text in texts))


TASTES: tuple[Taste, ...] = (
    Taste(  # espresso at home
        _orders(
            "D-FLATWHITE Size=Regular; Milk=Whole",
            "D-CORTADO Size=Small; Milk=Whole",
            "D-MACCHIATO Size=Small; Milk=Whole",
            "D-ESPRESSO Size=Small",
            "D-CAPPUCCINO Size=Regular; Milk=Whole; Extras=Chocolate dust",
        ),
        _orders("BK-CROISSANT", "BK-PAINCHOC", "BK-HAMCHEESE Temperature=Warmed"),
        (
            (Order("C-HARBOUR-250", "Grind=Espresso"), 12.0),
            (Order("C-HARBOUR-1K", "Grind=Whole bean"), 26.0),
            (Order("C-NIGHTBOAT-250", "Grind=Moka pot"), 14.0),
            (Order("F-WHOLE"), 6.0),
            (Order("H-CLEANTABS"), 75.0),
        ),
        _orders("S-DARK70", "H-DESCALER", "S-VANILLASYRUP", "A-COFFEELIQ", "BK-SHORT", "C-SEASONAL-250 Grind=Espresso"),
    ),
    Taste(  # filter at home
        _orders(
            "D-FILTER Size=Regular",
            "D-POUROVER Size=Regular",
            "D-AMERICANO Size=Large",
            "D-FILTER Size=Large; Milk=Oat",
            "D-COLDBREW Size=Regular",
            "D-NITRO Size=Regular",
        ),
        _orders("BK-CARDAMOM", "BK-CINNAMON", "BK-BANANA Temperature=Toasted; Extras=Butter"),
        (
            (Order("C-ETHIOPIA-250", "Grind=Filter"), 13.0),
            (Order("C-COLOMBIA-250", "Grind=Filter"), 12.0),
            (Order("C-KENYA-250", "Grind=Whole bean"), 17.0),
            (Order("C-ETHIOPIA-1K", "Grind=Whole bean"), 40.0),
            (Order("H-FILTERS-100"), 48.0),
        ),
        _orders("S-MILKCHOC", "H-FILTERS-40", "L-HONEY", "BK-RYE", "S-LIQUORICE", "A-STOUT"),
    ),
    Taste(  # plants only
        _orders(
            "D-FLATWHITE Size=Regular; Milk=Oat",
            "D-LATTE Size=Large; Milk=Oat; Syrup=Vanilla",
            "D-MATCHA Size=Regular; Milk=Oat",
            "D-TURMERIC Size=Regular; Milk=Soya",
            "D-ICEDLATTE Size=Regular; Milk=Oat",
        ),
        _orders("BK-OATBAR", "BK-HUMMUS", "BK-PORRIDGE Milk=Oat"),
        (
            (Order("F-OATBARISTA", quantity=2), 8.0),
            (Order("F-SOYA"), 9.0),
            (Order("L-GFGRANOLA"), 18.0),
            (Order("L-PEANUT"), 24.0),
            (Order("C-HARBOUR-250", "Grind=French press"), 15.0),
        ),
        _orders("L-CHILLI", "S-DARK70", "S-CHILLICHOC", "L-OATS", "F-COCONUT", "T-MATCHA"),
    ),
    Taste(  # tea
        _orders(
            "D-TEABREAK Milk=Whole",
            "D-TEAEARL",
            "D-TEAGREEN",
            "D-TEAMINT Extras=Honey",
            "D-CHAI Size=Regular; Milk=Whole",
        ),
        _orders("BK-SHORT", "BK-CARROT", "BK-POLENTA"),
        (
            (Order("T-BREAKFAST"), 29.0),
            (Order("T-BREAKFAST-LOOSE"), 52.0),
            (Order("T-EARLGREY"), 34.0),
            (Order("T-SENCHA"), 33.0),
            (Order("T-ROOIBOS"), 36.0),
            (Order("F-SEMI"), 6.0),
        ),
        _orders("L-HONEY", "BK-SHORT", "T-CHAMOMILE", "T-MINT", "L-MARMALADE", "T-CHAI", "T-JASMINE", "T-SMOKY"),
    ),
    Taste(  # sweet and for the family
        _orders(
            "D-MOCHA Size=Large; Milk=Whole; Extras=Whipped cream",
            "D-HOTCHOC Size=Regular; Milk=Whole; Extras=Marshmallows",
            "D-LATTE Size=Large; Milk=Whole; Syrup=Caramel",
            "D-BABYCINO",
            "D-LEMONADE",
        ),
        _orders("BK-BROWNIE", "BK-COOKIE", "BK-PAINCHOC", "BK-CINNAMON Temperature=Warmed"),
        (
            (Order("F-WHOLE", quantity=2), 5.5),
            (Order("L-GRANOLA"), 17.0),
            (Order("BK-SOURDOUGH", "Cut=Sliced"), 7.0),
            (Order("L-HAZELNUT"), 28.0),
            (Order("C-DECAF-250", "Grind=Filter"), 20.0),
            (Order("C-CAPSULES", quantity=3), 16.0),
        ),
        _orders("S-SEASALT", "S-MILKCHOC", "S-FUDGE", "L-OATS", "F-YOGHURT", "S-CARAMELSYRUP", "D-ORANGE"),
    ),
    Taste(  # a good larder
        _orders(
            "D-AMERICANO Size=Regular",
            "D-CAPPUCCINO Size=Small; Milk=Semi-skimmed",
            "D-ESPTONIC Size=Regular",
            "D-WATER",
        ),
        _orders("BK-CHEESETOAST", "BK-EGGROLL", "BK-FOCACCIA"),
        (
            (Order("BK-SOURDOUGH"), 7.0),
            (Order("F-CHEDDAR"), 14.0),
            (Order("F-BUTTER"), 12.0),
            (Order("L-OLIVEOIL"), 42.0),
            (Order("C-GROUND-250"), 18.0),
        ),
        _orders("L-PASTA", "L-PASSATA", "L-CHILLI", "BK-FOCACCIA", "L-MARMALADE", "D-GINGER", "F-YOGHURT"),
    ),
)
"""Every taste there is."""

DURABLES = _orders(
    "H-FRENCHPRESS",
    "H-DRIPPER",
    "H-MOKA",
    "H-TRAVELPRESS",
    "H-GRINDER-HAND",
    "H-GRINDER",
    "H-KETTLE",
    "H-SCALE",
    "H-CUPS",
    "H-TRAVELMUG",
    "H-TEAPOT",
)
"""What one buys once."""

PRESENTS = _orders(
    "G-HAMPER",
    "G-TEASET Wrapping=Ribbon",
    "G-CANDLE",
    "G-TOTE",
    "H-MUG",
    "S-FUDGE",
    "A-COFFEELIQ",
    "T-JASMINE",
    "L-HONEY",
)
"""What one gives away."""

PRIVATE = _orders("W-SLEEPTEA", "W-FOLIC", "W-CLEARHEAD", "W-QUITLOZENGE", "W-LIGHTPADS")
"""What is nobody's business."""


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


NAMES: tuple[tuple[str, str, str], ...] = (
    (
        "en-GB",
        "Alice Beth Callum Daisy Edward Freya George Harriet Imogen Jack Katie Liam Molly Nathan Olive Peter Rosie",
        "Ashdown Barlow Carver Dunmore Ellery Fenwick Garside Holloway Ingham Kershaw Langley Marsden Norbury Oakes",
    ),
    ("en-IE", "Aoife Bríd Cillian Declan Niamh Órla Rónán Siobhán", "Byrne Ó'Dálaigh Fitzgerald Kavanagh Ní-Bhriain"),
    ("cy-GB", "Carys Dafydd Eleri Gethin Llinos Rhodri", "Bevan Gwilym Llywelyn Morgan Prydderch"),
    ("pl-PL", "Agnieszka Bartosz Jadwiga Małgorzata Paweł Żaneta", "Dąbrowski Gołąb Kowalczyk Śliwińska Żak"),
    ("de-DE", "Anke Björn Friederike Jürgen Käthe Sören", "Böhm Großmann Krüger Müller Schäfer"),
    ("fr-FR", "Amélie Benoît Chloé Françoise Rémi Théo", "Bélanger D'Aubigné Lefèvre Moreau Noël"),
    ("es-ES", "Begoña Íñigo José María-José Nuria Raúl", "Castañeda Ibáñez Muñoz Núñez Peñalver"),
    ("pt-PT", "António Conceição Inês João Luísa Tomé", "Assunção Gonçalves Magalhães Simões"),
    ("sv-SE", "Åsa Björn Göran Märta Östen", "Ångström Björklund Hägg Sjöberg"),
    ("tr-TR", "Ayşe Çağla Gökhan İbrahim Şule", "Çelik Güneş Özdemir Yıldız"),
    ("hi-IN", "Ananya Devika Harsh Kavya Rohan Sunita", "Chatterjee Deshpande Iyer Menon Sharma"),
    ("yo-NG", "Adébáyọ̀ Fúnmiláyọ̀ Olúwaṣeun Tèmítọ́pẹ́", "Adéyẹmí Ògúnlẹ́sì Ọláníyan"),
    ("vi-VN", "Bảo Duyên Hương Linh Quân", "Đặng Nguyễn Phạm Trần"),
    ("zh-CN", "Wěi Xiùyīng Mǐn Jiàn", "Lǐ Wáng Zhāng Chén"),
    ("el-GR", "Ελένη Θεόδωρος Καλλιόπη", "Παπαδοπούλου Οικονόμου"),
    ("uk-UA", "Олена Тарас Соломія", "Шевчук Коваленко"),
    ("ar", "ليلى يوسف مريم", "حداد منصور"),
    ("ja-JP", "花子 健一 美咲", "山田 佐藤"),
)
"""(locale, given names, family names); a name is always taken from one row."""

_PLENTY_ENGLISH = 8
"""The first row counts this many times, since the store stands in an English harbour town."""


class Directory:
    """Hands out names, telephone numbers and addresses, no two alike: invented, and reserved for fiction.

    Telephone numbers come from the two ranges that Ofcom keeps free for drama (mobile 07700 900000-900999, London
    020 7946 0000-0999); mail goes to example.org, which nobody can own.
    Source: https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama

    Args:
        rng: seeded.
        taken_phones: numbers that are already somebody's.
        taken_names: names that are already somebody's.
    """

    def __init__(self, rng: Random, taken_phones: frozenset[str], taken_names: frozenset[str]) -> None:
        self._rng = rng
        mobiles = [f"+44 7700 900{end:03d}" for end in range(1000)]
        landlines = [f"+44 20 7946 {end:04d}" for end in range(1000)]
        self._phones = [phone for phone in mobiles + landlines if phone not in taken_phones]
        rng.shuffle(self._phones)
        self._names = set(taken_names)
        self._mails: set[str] = set()
        self._rows = [NAMES[0]] * _PLENTY_ENGLISH + list(NAMES[1:])

    def person(self) -> tuple[str, str, str]:
        """A made-up person: (locale, given name, whole name)."""
        while True:
            locale, given_names, family_names = self._rng.choice(self._rows)
            given = self._rng.choice(given_names.split())
            family = self._rng.choice(family_names.split())
            name = f"{family} {given}" if locale == "ja-JP" else f"{given} {family}"
            if name not in self._names:
                self._names.add(name)
                return locale, given, name

    def phone(self) -> str:
        """A number from the ranges reserved for fiction."""
        return self._phones.pop()

    def mail(self, name: str) -> str:
        """An address at example.org that looks like the name, or nothing when the name has no Latin letters."""
        plain = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l").replace("đ", "d").replace("ß", "ss"))
        words = ("".join(letter for letter in word if "a" <= letter <= "z") for word in plain.split())
        stem = ".".join(word for word in words if word)
        if not stem:
            return ""
        address, number = f"{stem}@example.org", 2
        while address in self._mails:
            address, number = f"{stem}{number}@example.org", number + 1
        self._mails.add(address)
        return address


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
    consents = []
    # The others joined before the shop asked one by one: nothing about them is on record.
    if rng.random() < 0.88:
        consents += [("remember", "given", joined), ("suggest", "given", joined)]
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
