"""Every number on a card, recounted from the shop's rows: one recounter a kind of sentence.

In: a `Raw` shop, a card or a why as the desk gives it. Out: what is wrong, one line each; an empty list is right. A
sentence of a kind that nobody recounts is wrong too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clerk.model import Gate, Item, Purpose, Suggestion, UsualLine, UsualState, VisitCard, Why
from tests.recount.raw import DAY, Past, Raw, Row

AGO = r"(?P<ago>today|yesterday|\d+ (?:days|weeks|months) ago)"
EVERY = r"(?P<every>every day|every \d+ (?:days|weeks|months))"
NUMBER = r"[\d,]+"
DATE = r"\d{1,2} [A-Z][a-z]{2} \d{4}"


@dataclass(slots=True)
class Recount:
    """One card under recount."""

    raw: Raw
    past: Past
    card: VisitCard
    item: str = ""
    """SKU of the item that the sentence at hand explains."""
    counted: Counter[str] = field(default_factory=Counter)
    """Sentences recounted, by kind."""
    wrong: list[str] = field(default_factory=list)

    def say(self, kind: str, sentence: str, problem: str | None) -> None:
        """Notes one recounted sentence."""
        self.counted[kind] += 1
        if problem:
            self.wrong.append(f"{self.card.member.member_id} at {_day(self.card.at)}, {kind}: {sentence!r}: {problem}")

    def same(self, kind: str, sentence: str, told: object, counted: object) -> None:
        """Notes a number, or a text, beside what was counted anew."""
        self.say(kind, sentence, None if told == counted else f"counted {counted}, told {told}")


Recounter = Callable[[Recount, re.Match[str], str], str | None]
"""Takes a matched sentence and the SKU it is about; gives what is wrong, or None."""


def recount_card(raw: Raw, card: VisitCard) -> Recount:
    """Recounts everything on a card."""
    told = Recount(raw, raw.past(card.member.member_id, card.at), card)
    if Purpose.REMEMBER not in card.allowed:
        told.same(
            "not remembered", "visits", (card.visits, card.last_at, card.usual.lines, card.due), (0, None, (), ())
        )
        return told
    _head(told)
    _usual(told)
    _due(told)
    for one in card.suggestions:
        _suggestion(told, one)
    for sentence in card.silence:
        _sentence(told, "silence", SILENCE, sentence, "")
    for held in card.withheld:
        _sentence(told, "withheld", GATES, held.detail, held.item.sku)
    if card.discovery:
        _sentence(told, "house picks", HOUSE, card.discovery, "")
    for note in card.notes:
        _sentence(told, "note", NOTES, note, "")
    for privilege in card.privileges:
        told.say("privilege", privilege, None if privilege in raw.privileges else "the shop has no such privilege")
    if card.standing:
        _sentence(told, "standing", STANDING, card.standing, "")
    _history(told)
    return told


def recount_why(raw: Raw, card: VisitCard, why: Why) -> Recount:
    """Recounts the answer to why, its evidence and its gates."""
    told = Recount(raw, raw.past(card.member.member_id, card.at), card)
    if Purpose.REMEMBER not in card.allowed:
        return told
    for _, _, detail in why.gates:
        _sentence(told, "gate", GATES, detail, why.item.sku)
    for fact in why.evidence:
        _sentence(told, "evidence", [*EVIDENCE, *AS_FACTS], fact, why.rests_on, why.item)
    gates = "|".join(re.escape(gate) for gate in Gate)
    closed = re.fullmatch(rf"Not suggested: (?P<gate>{gates})\. (?P<rest>.*)", why.line)
    if closed:
        _sentence(told, "gate", GATES, closed["rest"], why.item.sku)
    else:
        _sentence(told, "answer", ANSWERS, why.line, why.rests_on, why.item)
    return told


# ---- the parts of a card


def _head(told: Recount) -> None:
    card, past = told.card, told.past
    sold = {row.basket for row in past.rows if not (row.is_return or row.came_back) and row.quantity > 0}
    told.same("visits", f"{card.visits} visits", card.visits, len(sold))
    told.same("last visit", "last visit", card.last_at, max((row.at for row in past.rows), default=None))
    told.same("baskets", "baskets", card.baskets, len(past.own))


def _usual(told: Recount) -> None:
    usual, past = told.card.usual, told.past
    for line in usual.lines:
        _usual_line(told, line)
    for line in usual.last_time:
        _usual_line(told, line, is_last=True)
    latest = past.own[-1] if past.own else []
    sensitive = {row.sku for row in latest if told.raw.item(row.sku).sensitive}
    had = {(row.sku, row.choices) for row in latest if row.sku not in sensitive and not _is_unspoken(told, row.sku)}
    lines = {(line.item.sku, frozenset(str(one) for one in line.modifiers)) for line in usual.last_time}
    told.say("last time", str(lines), None if lines <= had and len(lines) == min(len(had), 12) else f"counted {had}")
    told.same("last time", "when", usual.last_at, latest[0].at if latest else None)
    if usual.same_as_last:
        named = {line.item.sku for line in usual.lines if line.level != "kind"}
        told.say("same as last", "", None if named <= {sku for sku, _ in had} else f"the last visit had {had}")
    if usual.state is UsualState.NOT_YET:
        _sentence(told, "no usual", NO_USUAL, usual.why, "")
    else:
        counts = [(int(seen), int(of)) for seen, of in re.findall(r"(\d+) of the last (\d+) visits?", usual.why)]
        told.same("usual, in words", usual.why, counts, [(line.seen, line.of) for line in usual.lines])
        for line in usual.lines:
            name = line.kind if line.level == "kind" else line.item.name
            alone = len(usual.lines) == 1 and line.level != "kind"
            told.say("usual, in words", usual.why, None if alone or name in usual.why else f"{name} is not named")
    if usual.changed:
        _changed(told, usual.changed)


def _is_unspoken(told: Recount, sku: str) -> bool:
    """Whether an item is none that is spoken of: fuel, or without a name."""
    return re.search(r"gasoline|\bfuel\b|^item \d+$", told.raw.item(sku).name, re.IGNORECASE) is not None


def _usual_line(told: Recount, line: UsualLine, is_last: bool = False) -> None:
    past, sku = told.past, line.item.sku
    choices = frozenset(str(one) for one in line.modifiers)

    def held(row: Row) -> bool:
        if line.level == "kind":
            return told.raw.item(row.sku).kind == line.kind
        return row.sku == sku and (line.level == "item" or row.choices == choices)

    window = past.own[-line.of :]
    told.same("usual line", f"{line.item.name}: {line.seen} of {line.of}", (line.seen, line.of),
              (sum(any(held(row) for row in visit) for visit in window), len(window)))  # fmt: skip
    is_window = line.of == min(10, len(past.own)) or line.seen == line.of >= 3
    told.say("usual window", f"last {line.of}", None if is_window else "neither window nor streak")
    if line.level == "kind":
        counts = Counter(sku for visit in window for sku in {row.sku for row in visit if held(row)})
        told.same("usual, of a type", line.item.name, line.item_seen, counts[sku])
        told.say("usual, of a type", line.item.name, None if counts[sku] == max(counts.values()) else "not the most")
        return
    if line.level == "item" and line.item_seen:
        made_so = sum(any(held(row) and row.choices == choices for row in visit) for visit in window)
        told.same("usual, mostly made", line.item.name, line.item_seen, made_so)
    if is_last:
        pieces = sum(row.quantity or 1 for row in past.own[-1] if held(row))
        told.same("quantity", f"{line.quantity} × {line.item.name}", line.quantity, min(max(round(pieces), 1), 99))
        return
    often = Counter(min(max(round(row.quantity), 1), 99) for visit in past.own for row in visit if held(row))
    told.say("quantity", f"{line.quantity} × {line.item.name}",
             None if often[line.quantity] == max(often.values()) else f"counted {often}")  # fmt: skip


def _changed(told: Recount, sentence: str) -> None:
    """A new recipe was taken on the stated day, three times and mostly since; the old one three times before."""
    found = re.fullmatch(r"(?P<what>.+): since (?P<day>\d{1,2} [A-Z][a-z]{2}(?: \d{4})?)(?:,| )(?P<how>.+)", sentence)
    if found is None:
        told.say("changed", sentence, "a sentence that nobody recounts")
        return
    line = next((one for one in told.card.usual.lines if found["what"].startswith(one.item.name)), None)
    if line is None:
        told.say("changed", sentence, "not a line of the usual")
        return
    choices = frozenset(str(one) for one in line.modifiers)
    taken = [(visit[0].at, any(row.sku == line.item.sku and row.choices == choices for row in visit)) for visit in
             told.past.own]  # fmt: skip
    days = [_day(at) if len(found["day"].split()) == 3 else _day(at).rsplit(" ", 1)[0] for at, has in taken if has]
    told.say("changed", sentence, None if found["day"] in days else "not taken on that day")
    told.say("changed", sentence, None if sum(has for _, has in taken) >= 3 else "taken less than three times")


def _due(told: Recount) -> None:
    for due in told.card.due:
        times = told.past.times(due.item.sku)
        if len(times) < 2:
            told.say("due", due.why, f"bought {len(times)} times")
            continue
        mean = (times[-1] - times[0]) / DAY / (len(times) - 1)
        told.say("due", f"every {due.every_days}", None if abs(mean - due.every_days) < 1e-6 else f"counted {mean}")
        since = (told.card.at - times[-1]) / DAY
        told.say(
            "due", f"last {due.last_days_ago}", None if abs(since - due.last_days_ago) < 1e-6 else f"counted {since}"
        )
        told.same("due", "last at", due.last_at, times[-1])
        _sentence(told, "due, in words", DUE, due.why, due.item.sku)
        if due.note:
            stock = told.raw.item(due.item.sku).on_hand
            told.say("due, out", due.note, None if stock == 0 and due.note.startswith("out today") else f"{stock} here")


def _suggestion(told: Recount, one: Suggestion) -> None:
    reason = one.reason
    sku = reason.rests_on or one.item.sku
    _sentence(told, "reason", REASONS, reason.line, sku, one.item)
    for fact in reason.evidence:
        _sentence(told, "evidence", EVIDENCE, fact, sku, one.item)
    known = {f"{row.basket}:{row.number}" for row in told.past.rows if row.is_own and row.sku == reason.rests_on}
    told.say("lines", str(reason.lines), None if set(reason.lines) <= known or not _numbered(told) else f"of {known}")


def _history(told: Recount) -> None:
    rows = [row for row in told.past.rows if not told.raw.item(row.sku).sensitive]
    told.same("line items", f"{told.card.lines} in all", told.card.lines, len(rows))
    told.same("line items shown", "", len(told.card.history), min(40, len(rows)))
    # A pack holds thousandths.
    known = Counter((row.at, row.sku, round(row.quantity, 3)) for row in rows)
    for line in told.card.history:
        key = (line.at, line.item.sku, round(line.quantity, 3))
        told.say("line item", f"{line.quantity:g} × {line.item.name}", None if known[key] else "no such line")


# ---- sentences


def _sentence(
    told: Recount,
    kind: str,
    table: list[tuple[str, Recounter | None]],
    sentence: str,
    sku: str,
    item: Item | None = None,
) -> None:
    """Recounts one sentence by the first pattern it matches; None in its place means that it holds no count."""
    told.item = item.sku if item is not None else sku
    for pattern, recounter in table:
        found = re.fullmatch(pattern, sentence)
        if found is not None:
            about = told.item if found.groupdict().get("it") == "it" else sku
            told.say(
                f"{kind}: {pattern[:40]}", sentence, recounter(told, found, about) if recounter is not None else None
            )
            return
    told.say(kind, sentence, "a sentence that nobody recounts")


def _numbered(told: Recount) -> bool:
    """Whether the shop numbers its lines; without, a reference is the builder's own."""
    return all(row.number for row in told.past.rows)


def _day(at: int) -> str:
    moment = datetime(1970, 1, 1) + timedelta(seconds=at)
    return f"{moment.day} {moment:%b %Y}"


def _ago(at: int, now: int) -> str:
    days = now // DAY - at // DAY
    if days < 2:
        return "today" if days < 1 else "yesterday"
    if days < 28:
        return f"{days} days ago"
    return f"{round(days / 7)} weeks ago" if days < 120 else f"{round(days / 30.44)} months ago"


def _every(times: list[int]) -> str:
    days = (times[-1] - times[0]) / DAY / max(len(times) - 1, 1)
    if days < 28:
        return "every day" if days < 1.5 else f"every {round(days)} days"
    return f"every {round(days / 7)} weeks" if days < 120 else f"every {round(days / 30.44)} months"


def _int(text: str) -> int:
    return int(text.replace(",", ""))


def _differs(told: object, counted: object) -> str | None:
    return None if told == counted else f"counted {counted}, told {told}"


def _rhythm(told: Recount, found: re.Match[str], sku: str) -> str | None:
    times = told.past.times(sku)
    if len(times) < 2:
        return f"bought {len(times)} times"
    return _differs((found["every"], found["ago"]), (_every(times), _ago(times[-1], told.card.at)))


def _together(told: Recount, found: re.Match[str], sku: str) -> str | None:
    baskets = told.raw.baskets_with
    return _differs(
        (_int(found["both"]), _int(found["of"])), (len(baskets[sku] & baskets[told.item]), len(baskets[sku]))
    )


def _lift_of_baskets(told: Recount, found: re.Match[str], sku: str) -> str | None:
    baskets, total = told.raw.baskets_with, told.raw.baskets_in_all
    lift = len(baskets[sku] & baskets[told.item]) * total / max(len(baskets[sku]) * len(baskets[told.item]), 1)
    return _differs(found["times"], f"{lift:.1f}")


def _owned(told: Recount, found: re.Match[str], sku: str) -> str | None:
    owners = told.raw.owners
    return _differs((_int(found["both"]), _int(found["of"])), (len(owners[sku] & owners[told.item]), len(owners[sku])))


def _lift_of_owners(told: Recount, found: re.Match[str], sku: str) -> str | None:
    owners = told.raw.owners
    total = len(set().union(*owners.values()))
    lift = len(owners[sku] & owners[told.item]) * total / max(len(owners[sku]) * len(owners[told.item]), 1)
    return _differs(found["times"], f"{lift:.1f}")


def _goes_with(told: Recount, found: re.Match[str], sku: str) -> str | None:
    if not {told.item, sku} & {*told.raw.item(sku).goes_with, *told.raw.item(told.item).goes_with}:
        return "the shop does not say so"
    return _differs(_int(found["times"] or "2"), len(told.past.times(sku)))


def _bought(told: Recount, found: re.Match[str], sku: str) -> str | None:
    times = told.past.times(sku)
    if not times:
        return "never bought"
    first, last, how = _day(times[0]), _day(times[-1]), found["when"]
    when = f"on {last}" if len(times) == 1 else f"all on {last}" if first == last else f"first {first}, last {last}"
    return _differs((_int(found["times"]), _int(found["of"]), how), (len(times), len(told.past.own), when))


def _chance(told: Recount, found: re.Match[str], sku: str) -> str | None:
    due = next((one for one in told.card.due if one.item.sku == sku), None)
    return None if due is None else _differs(found["chance"], f"{due.probability:.0%}")


def _rising(told: Recount, found: re.Match[str], sku: str) -> str | None:
    recent = [key for key in told.raw.baskets_with[told.item] if told.raw.at_of[key] > told.raw.newest - 28 * DAY]
    return _differs(_int(found["baskets"]), len(recent))


def _last_bought(told: Recount, found: re.Match[str], sku: str) -> str | None:
    times = told.past.times(sku)
    return _differs(found["ago"], _ago(times[-1], told.card.at)) if times else "never bought"


def _of_its_own(told: Recount, found: re.Match[str], sku: str) -> str | None:
    """Something of the family or the item type was bought that long ago, and the item has that rhythm."""
    times, goods = told.past.times(sku), told.raw.goods
    if len(times) < 2:
        return f"bought {len(times)} times"
    alike = {one.sku for one in goods.values() if goods[sku].kind and one.kind == goods[sku].kind} | told.raw.family(
        sku
    )
    ages = {_ago(visit[0].at, told.card.at) for visit in told.past.own if any(row.sku in alike for row in visit)}
    if found["what"] == "Bought":
        ages = {_ago(times[-1], told.card.at)}
    return _differs(found["every"], _every(times)) or (None if found["ago"] in ages else f"counted {sorted(ages)}")


def _lasting(told: Recount, found: re.Match[str], sku: str) -> str | None:
    family = told.raw.family(sku)
    alike = {one.sku for one in told.raw.goods.values() if one.kind == found["what"]}
    of = family if found["what"] == "it or a variant" else alike
    times = [visit[0].at for visit in told.past.own if any(row.sku in of for row in visit)]
    return _differs(found["ago"], _ago(times[-1], told.card.at)) if times else "never bought"


def _once(told: Recount, found: re.Match[str], sku: str) -> str | None:
    times = told.past.times(sku)
    since = sum(visit[0].at > times[-1] for visit in told.past.own) if times else -1
    return _differs((found["day"], _int(found["visits"])), (_day(times[-1]) if len(times) == 1 else "", since))


def _plant_milk(told: Recount, found: re.Match[str], sku: str) -> str | None:
    """Of the latest choices between a plant's milk and milk, how many fell on the plant's.

    Lactose-free is neither, and so is a drink without any milk; one that is made with milk is, whatever was not said.
    """
    plants = re.compile(r"oat|soy|almond|coconut|pea|rice|hazelnut", re.IGNORECASE)
    choices: list[bool] = []
    for visit in reversed(told.past.own):
        for made_of, chosen in {(row.sku, row.choices) for row in visit}:
            milks = [one for one in chosen if one.startswith("Milk=") and "lactose" not in one.lower()]
            unsaid = not any(one.startswith("Milk=") for one in chosen) and "milk" in told.raw.item(made_of).allergens
            alike = told.raw.item(made_of).category in told.raw.milk_categories
            if (made_of in told.raw.with_milk and milks) or (alike and unsaid):
                choices.append(any(plants.search(one) for one in milks))
    # A carton of a plant's milk is a choice as well.
    names = [
        told.raw.item(row.sku).name for visit in told.past.own for row in visit if row.sku not in told.raw.with_milk
    ]
    cartons = sum(bool(plants.search(name)) for name in names)
    times, of = _int(found["times"]), _int(found["of"])
    counted = [(sum(latest) + extra, len(latest) + extra) for extra in range(cartons + 1) for latest in
               (choices[: of - extra],)]  # fmt: skip
    return None if (times, of) in counted else f"counted {counted}, told {(times, of)}"


def _audience(told: Recount, found: re.Match[str], sku: str) -> str | None:
    """At most as many baskets as there are visits; which things are for whom is not in every shop's tables."""
    return None if _int(found["baskets"] or "0") <= len(told.past.own) else "more than all visits"


def _stock(told: Recount, found: re.Match[str], sku: str) -> str | None:
    item = told.raw.item(sku)
    if item.on_hand != 0:
        return f"{item.on_hand} here"
    return _differs(found["ago"], _ago(item.counted_at, told.card.at) if item.counted_at else None)


def _held_back(told: Recount, found: re.Match[str], sku: str) -> str | None:
    held = sum(one.gate.value == found["gate"] for one in told.card.withheld)
    return None if 2 <= _int(found["things"]) <= held else f"{held} are listed"


def _named_held_back(told: Recount, found: re.Match[str], sku: str) -> str | None:
    held = [one.item.name for one in told.card.withheld if one.gate.value == found["gate"]]
    return None if found["name"] in (*held, "One thing") else f"listed are {held}"


def _own_visits(told: Recount, found: re.Match[str], sku: str) -> str | None:
    return _differs(_int(found["visits"]), len(told.past.own))


def _most_frequent(told: Recount, found: re.Match[str], sku: str) -> str | None:
    of = min(10, len(told.past.own))
    seen = Counter(sku for visit in told.past.own[-of:] for sku in {row.sku for row in visit})
    most = max(
        (times for sku, times in seen.items() if not (told.raw.item(sku).sensitive or _is_unspoken(told, sku))),
        default=0,
    )
    return _differs((_int(found["times"]), _int(found["of"])), (most, of))


def _nothing_again(told: Recount, found: re.Match[str], sku: str) -> str | None:
    of = min(10, len(told.past.own))
    seen = Counter(sku for visit in told.past.own[-of:] for sku in {row.sku for row in visit})
    most = max(
        (times for sku, times in seen.items() if not (told.raw.item(sku).sensitive or _is_unspoken(told, sku))),
        default=0,
    )
    return _differs((_int(found["of"]), most < 2), (of, True))


def _credit(told: Recount, found: re.Match[str], sku: str) -> str | None:
    # Nothing was recorded in a shop that has only its tables: everybody has what everybody starts with.
    return _differs(_int(found["left"]), 1)


def _away(told: Recount, found: re.Match[str], sku: str) -> str | None:
    times = [visit[0].at for visit in told.past.own]
    last = max(row.at for row in told.past.rows)
    return _differs((found["every"], found["ago"]), (_every(times), _ago(last, told.card.at)))


_GATE = "|".join(re.escape(gate.value) for gate in Gate)

DUE: list[tuple[str, Recounter | None]] = [(rf"Buys it (?:about )?{EVERY}, last {AGO}", _rhythm)]

REASONS: list[tuple[str, Recounter | None]] = [
    (r"House pick: chosen by the shop", None),
    (rf"House pick: rising, in (?P<baskets>{NUMBER}) baskets? of the latest four weeks", _rising),
    (rf"Bought with (?P<name>.+) in (?P<both>{NUMBER}) of (?P<of>{NUMBER}) visits? here", _together),
    (rf"Goes with (?P<name>.+), which they bought (?:(?P<times>{NUMBER}) times?|twice)", _goes_with),
    (rf"(?P<both>{NUMBER}) of (?P<of>{NUMBER}) members? who bought (?P<name>.+) also bought it", _owned),
]

EVIDENCE: list[tuple[str, Recounter | None]] = [
    (
        rf"Bought (?P<it>.+) in (?P<times>{NUMBER}) of (?P<of>{NUMBER}) visits?, "
        rf"(?P<when>(?:all )?on {DATE}|first {DATE}, last {DATE})\.",
        _bought,
    ),
    (r"Newest: .+\.", None),
    (r"Chance of a purchase within \d+ days: (?P<chance>\d+%)\.", _chance),
    (r"Chance that it is bought within \d+ days when nobody mentions it: \d+%\.", None),
    (rf"That is (?P<times>{NUMBER}\.\d) times as often as by chance\.", _lift_of_baskets),
    (rf"That is (?P<times>{NUMBER}\.\d) times as many as among all members\.", _lift_of_owners),
    (r"The shop itself says that the two go together\.", None),
    (r"The shop has put it on its own list\.", None),
    (rf"In (?P<baskets>{NUMBER}) baskets? of the latest four weeks, {NUMBER}\.\d times its usual share\.", _rising),
    (r"None of the member's own purchases is a reason for it\.", None),
]

AS_FACTS = [(rf"{pattern}\.", recounter) for pattern, recounter in REASONS] + [
    (r"House picks(?::| ).+\.", None)
]  # fmt: skip
"""A reason as the first line of its own evidence."""

ANSWERS: list[tuple[str, Recounter | None]] = [
    *((rf"Suggested because: (?i:{pattern})\.", recounter) for pattern, recounter in REASONS),
    (rf"Under due: (?i:{DUE[0][0]})\.", _rhythm),
    (r"Not suggested: there is no reason to mention it\.", None),
    (r"Not suggested: it is .+, but .+", None),
]

SILENCE: list[tuple[str, Recounter | None]] = [
    (rf"(?P<things>{NUMBER}) things held back: (?P<gate>{_GATE})\.", _held_back),
    (rf"(?P<name>.+) held back: (?P<gate>{_GATE})\.", _named_held_back),
    (rf"Nothing comes back often enough to go by: (?P<visits>{NUMBER}) visits? so far\.", _own_visits),
    (r"The shop has chosen \d suggestions? a visit\.", None),
    (r"Nothing of their own to go by yet\.", None),
    (r"Nothing (?:else |more )?is good enough(?: to mention)?\.", None),
    (r"Has said no to suggestions\.", None),
    (r"Not asked yet about suggestions: \^G shows what to read out\.", None),
    (r"A yes and a no about suggestions: \^G shows what to read out\.", None),
]

GATES: list[tuple[str, Recounter | None]] = [
    (rf"In the latest basket, {AGO}\.", _last_bought),
    (rf"Bought {AGO}\.", _last_bought),
    (
        rf"(?P<what>Bought|Taken when suggested|Had already, as said|Met by another of its kind) {AGO}; "
        rf"comes back about {EVERY}\.",
        _of_its_own,
    ),
    (rf"Lasts long, and bought (?P<what>.+) {AGO}\.", _lasting),
    (rf"Bought once, on (?P<day>{DATE}), and not in (?P<visits>{NUMBER}) visits? since\.", _once),
    (rf"None on hand(?:, counted {AGO})?\.", _stock),
    (r"Bought only (?:as a gift|by mistake|for someone else)(?: and .+)?\.", None),
    (r"Its score is too low: \d\.\d+, needed \d\.\d+\.", None),
    (r"Kept for members likelier to want it: \d\.\d+ here, \d\.\d+ with them\.", None),
    (
        rf"Has nothing that they seem to avoid: took plant milk in (?P<times>{NUMBER}) "
        rf"of the last (?P<of>{NUMBER}) choices? "
        r"between it and milk(?:; .+)?\.",
        _plant_milk,
    ),
    (
        rf"It has milk in it; took plant milk in (?P<times>{NUMBER}) of the last (?P<of>{NUMBER}) choices? "
        r"between it and milk\.",
        _plant_milk,
    ),
    (r"(?:Has nothing that they seem to avoid:|It has .+ in it;) .+", None),
    (rf"For .+, and such things were bought in (?P<baskets>{NUMBER})? ?(?:no )?baskets?\.", _audience),
    (rf"For .+; such things were bought in (?P<baskets>{NUMBER}) baskets?\.", _audience),
    (r"[^\d]+", None),
    (r"(?:Contains|Its name says|Named|Said never to|Struck out by the member:) .+", None),
]
"""What a gate says it decided on; sentences without a digit hold no count."""

NO_USUAL: list[tuple[str, Recounter | None]] = [
    (rf"No usual yet: (?P<visits>{NUMBER}) visits?\. Shown from \d+\.", _own_visits),
    (r"No usual yet: no purchases of their own so far\.", lambda told, found, sku: _differs(len(told.past.own), 0)),
    (r"No usual yet: no visits\. Shown from \d+\.", lambda told, found, sku: _differs(len(told.past.own), 0)),
    (
        r"No usual: nothing is sure enough\. The most frequent item was in "
        rf"(?P<times>{NUMBER}) of the last (?P<of>{NUMBER}) visits?\.",
        _most_frequent,
    ),
    (rf"No usual: nothing came back in the last (?P<of>{NUMBER}) visits\.", _nothing_again),
]

HOUSE: list[tuple[str, Recounter | None]] = [
    (
        r"House picks: (?P<left>\d+) left, everybody starts with one; "
        r"(?:today's spends one|today their own come first|none fits today)\.",
        _credit,
    ),
]

NOTES: list[tuple[str, Recounter | None]] = [(r"[^\d]+", None)]

STANDING: list[tuple[str, Recounter | None]] = [
    (rf"(?:[^,]+, )?slipping: usually here {EVERY}, last here {AGO}", _away),
    (r"[^\d,]+", None),
]


def summary(recounts: Iterable[Recount]) -> tuple[Counter[str], list[str]]:
    """How many sentences of each kind were recounted, and everything that is wrong."""
    counted: Counter[str] = Counter()
    wrong: list[str] = []
    for one in recounts:
        counted += one.counted
        wrong += one.wrong
    return counted, wrong
