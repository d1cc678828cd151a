"""Whether an item fits a question: stated to fit, not known, or known not to.

A filter is a promise. An item passes by what the shop states about it: its allergens, its diets, its name. A
description can only speak against it where an allergen is asked about, and otherwise also for it. What nobody stated
is said to be not stated and never passed as safe. Pure: the same rules for one item and for a whole shop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple

from clerk.model import Item
from clerk.phrases import minor_digits, money
from clerk.search.question import Price, Question
from clerk.search.vocabulary import Diet, Phrases, Thing, Words, common_form, compared, pieces_of, vocabulary

_ENDS_A_CLAUSE = frozenset(".;!?:")

GIFT = 0.12
"""Added to the score of what is made to be given away, where a present is asked for: more, and a tea set would stand
before the grinder that was asked for."""


class Fit(IntEnum):
    """How an item stands to a question; the lowest of its conditions counts."""

    NOT = 0
    UNKNOWN = 1
    STATED = 2


class Verdict(NamedTuple):
    """One condition, judged."""

    fit: Fit
    note: str = ""
    """What is not known, in words: `milk: not stated`."""


@dataclass(frozen=True)
class Facts:
    """What an item states, read once."""

    allergens: tuple[Words, ...]
    no_allergens: bool
    diets: frozenset[str]
    adults_only: bool
    name: Words
    """Name and brand, in the words that are compared, signs included."""
    text: Words
    """Description."""
    kind: Words
    """Last level of the category. "Milk and plant drinks" speaks of a shelf: it counts where nothing else does."""

    @property
    def allergens_stated(self) -> bool:
        """Whether the list of allergens is there, and every entry of it is understood."""
        known = vocabulary().known_allergens
        return self.no_allergens or (
            bool(self.allergens)
            and all(any(known.at(one, place) for place in range(len(one))) for one in self.allergens)
        )


def facts_of(item: Item, base: Item | None = None) -> Facts:
    """The facts of an item.

    Args:
        item: as sold.
        base: what it is a variant of. The kilo holds what the small pack says it holds; that it states to be without
            something is not taken over.
    """
    return Facts(
        tuple(words for one in item.allergens if (words := _words(one))),
        item.no_allergens,
        frozenset(_plain(diet) for diet in item.diets),
        item.age_restricted,
        _words(f"{item.name} . {item.brand}"),
        _words(item.description if base is None else f"{item.description} . {base.name} . {base.description}"),
        _words(item.category.rsplit(" > ", 1)[-1]),
    )


def judged(item: Item, question: Question, currency: str, base: Item | None = None) -> tuple[Verdict, ...]:
    """Every condition of a question over one item; none for a question without conditions."""
    facts = facts_of(item, base)
    return (
        *(without(facts, thing) for thing in question.things),
        *(suits(facts, diet) for diet in question.diets),
        *(costs(item.price_minor, price, currency) for price in question.prices),
        *([Verdict(Fit.STATED if item.is_here else Fit.NOT)] if question.here else ()),
    )


def fit_of(verdicts: Iterable[Verdict]) -> tuple[Fit, str]:
    """The lowest of all conditions, and the notes of what is not known."""
    every = list(verdicts)
    fit = min((one.fit for one in every), default=Fit.STATED)
    return fit, " · ".join(dict.fromkeys(one.note for one in every if one.note)) if fit is Fit.UNKNOWN else ""


def fit(item: Item, question: Question, currency: str, base: Item | None = None) -> tuple[Fit, str]:
    """How an item stands to a whole question, and the notes of what is not known."""
    return fit_of(judged(item, question, currency, base))


def said(question: Question, currency: str) -> tuple[str, ...]:
    """The conditions of a question in words, as they were understood."""
    orders = {"cheap": ("cheapest first",), "dear": ("dearest first",)}
    return (
        *(thing.said for thing in question.things),
        *(diet.name for diet in question.diets),
        *(_price_said(price, currency) for price in question.prices),
        *orders.get(question.order, ()),
        *(("in stock",) if question.here else ()),
        *(("as a gift",) if question.gift else ()),
    )


def is_gift(item: Item) -> bool:
    """Whether an item is made to be given away, by its name or category; what its text says of it does not count."""
    words = _words(f"{item.name} . {item.category.replace('>', '.')}")
    return any(vocabulary().gift.at(words, place) is not None for place in range(len(words)))


def remark_on(question: Question, currency: str, stated: int, unknown: int) -> str:
    """What has to be said beside what was found: that nothing fits, and what to do; which money is meant.

    Args:
        question: with conditions.
        currency: of the shop.
        stated: how many items are stated to fit.
        unknown: how many are shown of which it is not known.
    """
    if not stated:
        return _nothing_stated(question, currency, unknown)
    named = {price.currency for price in question.prices} - {"", currency}
    if named:
        return f"Prices here are in {currency}; {', '.join(sorted(named))} was not converted."
    return ""


def _nothing_stated(question: Question, currency: str, unknown: int) -> str:
    """Said where nothing is stated to fit: of which condition that is, and what to do."""
    to_be = " and ".join([*(thing.said for thing in question.things), *(_to_be(diet.name) for diet in question.diets)])
    bounds = [_price_said(price, currency) for price in question.prices] + (["in stock"] if question.here else [])
    if unknown:
        wanted = " and ".join(part for part in (to_be, *bounds) if part)
        return f"None of these is stated to be {wanted}. Ask before you offer one of these."
    # With words left to search, something else in the shop may well fit.
    what = "Nothing of the kind" if question.rest else "Nothing here"
    if to_be:
        return f"{' '.join([what, *bounds])} is stated to be {to_be}. Look at the pack itself."
    return f"{what} is {' and '.join(bounds)}." if bounds else ""


def _to_be(diet: str) -> str:
    return f"suitable {diet}" if diet.startswith(("for ", "in ")) else diet


def _price_said(price: Price, currency: str) -> str:
    unit = 1 if price.hundredths else 10 ** minor_digits(currency)
    least, most = (
        None if bound is None else money(round(bound * unit), currency) for bound in (price.least, price.most)
    )
    if least is not None and most is not None:
        return f"from {least} to {most}"
    if least is not None:
        return f"over {least}" if price.above else f"from {least}"
    return f"under {most}" if price.below else f"up to {most}"


def without(facts: Facts, thing: Thing) -> Verdict:
    """Whether an item is stated to have none of a thing."""
    listed = facts.allergens
    if any(_holds(one, thing.words, thing.exceptions) for one in listed):
        return Verdict(Fit.NOT)
    if facts.diets & thing.diets or f"{_plain(thing.name)}-free" in facts.diets:
        return Verdict(Fit.STATED)
    if any(_holds(one, thing.holds, thing.exceptions) for one in listed):
        # "Lactose free milk" states milk among its allergens, as it has to, and has no lactose all the same.
        narrow = any(thing.name in wider.nearly for wider in vocabulary().things.values())
        own = _Mentions(_one_name(facts), thing) if narrow else None
        return Verdict(Fit.STATED if own is not None and own.denied and not own.itself else Fit.NOT)
    if thing.adults_only and facts.adults_only:
        return Verdict(Fit.NOT)
    named, told = _Mentions(facts.name, thing), _Mentions(facts.text, thing)
    stated_traces = any(_claimed(_words(diet), thing.traces) for diet in facts.diets)
    if named.traces or told.traces or stated_traces:
        return Verdict(Fit.UNKNOWN, f"{thing.name}: nearly none")
    if named.denied and not named.itself:
        # "Gluten-free granola": what the name says of itself counts more than what granola mostly holds.
        return Verdict(Fit.STATED)
    if told.denied and not thing.allergen and not named.found and not told.itself:
        return Verdict(Fit.STATED)
    shelved = _Mentions(facts.kind, thing).found
    if thing.part_of:
        return _part(facts, thing, named.found or told.found or shelved)
    if named.found or told.found:
        if thing.allergen and facts.allergens_stated and not named.itself:
            return Verdict(Fit.UNKNOWN, f"{thing.name}: in its text, not in its allergens")
        if any(without(facts, vocabulary().things[name]).fit is Fit.STATED for name in thing.nearly):
            return Verdict(Fit.UNKNOWN, f"{thing.name}: only stated without {' and '.join(thing.nearly)}")
        return Verdict(Fit.NOT)
    if thing.allergen and facts.allergens_stated:
        return Verdict(Fit.STATED)
    if shelved:
        return Verdict(Fit.NOT)
    if told.denied:
        return Verdict(Fit.UNKNOWN, f"{thing.name}: none by its text, not stated in its allergens")
    return Verdict(Fit.UNKNOWN, f"{thing.name}: not stated")


def _part(facts: Facts, thing: Thing, mentioned: bool) -> Verdict:
    """Cheese is part of milk: what is stated without milk is without cheese."""
    if mentioned or any(_holds(one, thing.words, thing.exceptions) for one in facts.allergens):
        return Verdict(Fit.NOT)
    if without(facts, vocabulary().things[thing.part_of]).fit is Fit.STATED:
        return Verdict(Fit.STATED)
    return Verdict(Fit.UNKNOWN, f"{thing.name}: not stated")


def suits(facts: Facts, diet: Diet) -> Verdict:
    """Whether an item is stated to suit a diet; what the diet rules out speaks louder than the statement."""
    things = vocabulary().things
    ruled_out = [without(facts, things[name]).fit for name in diet.without]
    stated = bool(facts.diets & diet.by)
    if stated and not any(
        _holds(one, things[name].words, things[name].exceptions) for name in diet.without for one in facts.allergens
    ):
        return Verdict(Fit.STATED)
    if _is_called(facts, diet):
        return Verdict(Fit.STATED)
    if Fit.NOT in ruled_out or _denied(facts.name, diet.claims) or _denied(facts.text, diet.claims):
        return Verdict(Fit.NOT)
    if _claimed(facts.name, diet.claims) or _claimed(facts.text, diet.claims):
        return Verdict(Fit.STATED)
    return Verdict(Fit.UNKNOWN, f"{diet.name}: not stated")


def states_it(item: Item, question: Question) -> bool:
    """Whether an item states the very thing asked: `lactose-free`, where others merely hold no milk."""
    diets = [_words(diet) for diet in item.diets]
    lists = [thing.words for thing in question.things] + [diet.claims for diet in question.diets]
    return bool(lists) and all(any(_holds(one, phrases, Phrases(())) for one in diets) for phrases in lists)


def _is_called(facts: Facts, diet: Diet) -> bool:
    """Whether its own name claims the diet: a vegan feta is feta by the word, and says that it is none.

    Not where the name is of two things ("vegan burger with cheese"), names what is ruled out by its own word ("vegan
    milk chocolate"), or where the allergens or the description speak against it.
    """
    things = [vocabulary().things[name] for name in diet.without]
    name, beside = _one_name(facts), replace(facts, name=(), kind=())
    return (
        _claimed(name, diet.claims)
        and not _denied(facts.name, diet.claims)
        and not _denied(facts.text, diet.claims)
        and not any(_Mentions(facts.name, thing).itself for thing in things)
        and not any(without(beside, thing).fit is Fit.NOT for thing in things)
    )


def _one_name(facts: Facts) -> Words:
    """The name without the brand; none where it joins two things."""
    name = facts.name[: facts.name.index(".")] if "." in facts.name else facts.name
    known = vocabulary()
    joins = any(word in _JOINS or known.also.at(name, place) is not None for place, word in enumerate(name))
    return () if joins else name


_JOINS = frozenset([*"&+/,;:(", "with", "mit", "avec", "con", "plus", "in", "im", "au", "aux", "en"])


def costs(price_minor: int | None, price: Price, currency: str) -> Verdict:
    """Whether a price lies within the bounds of a question, read in the shop's own money."""
    if price_minor is None:
        return Verdict(Fit.UNKNOWN, "price: not stated")
    unit = 1 if price.hundredths else 10 ** minor_digits(currency)
    too_cheap = price.least is not None and (
        price_minor < price.least * unit or (price.above and price_minor == price.least * unit)
    )
    too_dear = price.most is not None and (
        price_minor > price.most * unit or (price.below and price_minor == price.most * unit)
    )
    return Verdict(Fit.NOT if too_cheap or too_dear else Fit.STATED)


class _Mentions:
    """How a text speaks of a thing."""

    def __init__(self, words: Words, thing: Thing) -> None:
        self.found = False
        """Whether it, or something that holds it, is named without being denied."""
        self.itself = False
        """Whether it is itself named so, and not only something that holds it."""
        self.denied = False
        """Whether the text says that there is none of it."""
        self.traces = any(thing.traces.at(words, place) for place in range(len(words)))
        for place, end, own in _places(words, thing):
            if _is_denied(words, place, end):
                self.denied = self.denied or own
            else:
                self.found = True
                self.itself = self.itself or own
        self.denied = self.denied or any(thing.alone.at(words, place) for place in range(len(words)))


def _places(words: Words, thing: Thing) -> Iterator[tuple[int, int, bool]]:
    """Where the thing, or what holds it, is named: begin, end, whether by its own word."""
    place = 0
    while place < len(words):
        if (other := thing.exceptions.at(words, place) or thing.alone.at(words, place)) is not None:
            place += other[0]
            continue
        own = thing.words.at(words, place)
        found = own or thing.holds.at(words, place)
        if found is not None:
            yield place, place + found[0], own is not None
        place += found[0] if found is not None else 1


def _is_denied(words: Words, begin: int, end: int) -> bool:
    """Whether "no", "without" or "free" belongs to what stands here. Where it is not sure, it does not."""
    known = vocabulary()
    if known.free_inside.inside(words[begin]) is not None:
        return True
    after = end + 1 if end < len(words) and words[end] == "-" else end
    if after < len(words) and known.free.at(words, after) is not None:
        return not _says_no_to_the_no(words, begin)
    place = begin
    while place > 0:
        before = _ending_at(known.without, words, place)
        if before:
            return not _says_no_to_the_no(words, place - before)
        step = _ending_at(known.filler, words, place) or _ending_at(known.also_in_text, words, place)
        if not step and words[place - 1] == "-":
            step = 1
        if not step and words[place - 1] == ",":
            # "No milk, eggs or nuts": the list goes on only through things, which are known.
            step = 1 + _listed_before(words, place - 1)
            if step == 1:
                return False
        elif not step:
            step = _listed_before(words, place) if place < begin else 0
        if not step:
            return False
        place -= step
    return False


def _listed_before(words: Words, place: int) -> int:
    """Words of the known thing that ends here, 0 when none does."""
    return _ending_at(vocabulary().named, words, place)


def _says_no_to_the_no(words: Words, place: int) -> bool:
    """`not free of milk`, `not gluten-free`, `never without milk`, `best without milk`: a no that promises nothing."""
    return place > 0 and words[place - 1] in _PROMISES_NOTHING


_PROMISES_NOTHING = frozenset(
    common_form(word)
    for word in ["not", "never", "best", "better", "or", "if", "cannot", "cant", "nicht", "kein", "pas"]
)


def _ending_at(phrases: Phrases, words: Words, place: int) -> int:
    """Words of the longest phrase that ends just before a place, 0 when none does; no phrase crosses a clause."""
    for length in range(4, 0, -1):
        begin = place - length
        if begin < 0 or any(word in _ENDS_A_CLAUSE for word in words[begin:place]):
            continue
        found = phrases.at(words, begin)
        if found is not None and found[0] == length:
            return length
    return 0


def _holds(words: Words, phrases: Phrases, exceptions: Phrases) -> bool:
    """Whether a phrase stands in an entry of the allergens, which is never a denial: "may contain nuts" holds them."""
    place = 0
    while place < len(words):
        if (other := exceptions.at(words, place)) is not None:
            place += other[0]
        elif phrases.at(words, place) is not None:
            return True
        else:
            place += 1
    return False


def _claimed(words: Words, claims: Phrases) -> bool:
    places = [(place, found[0]) for place in range(len(words)) if (found := claims.at(words, place)) is not None]
    return any(not _is_denied(words, place, place + taken) for place, taken in places)


def _denied(words: Words, claims: Phrases) -> bool:
    places = [(place, found[0]) for place in range(len(words)) if (found := claims.at(words, place)) is not None]
    return any(_is_denied(words, place, place + taken) for place, taken in places)


def _words(text: str) -> Words:
    return compared(pieces_of(text))


def _plain(diet: str) -> str:
    """A statement as it is compared: `Dairy free` is `dairy-free`."""
    return "-".join(diet.casefold().replace("-", " ").split())
