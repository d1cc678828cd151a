"""Each reason for silence, by name, in one ordered table.

A gate is a small function: it gets an item and the context and answers with the sentence that closes it, or None. The
same table serves the slate and `why`, so that what is explained is what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from clerk.clock import DAY_S
from clerk.languages.item_words import item_words
from clerk.model import Gate, Item, ItemColumns, LineFlag, Trait
from clerk.phrases import ago, count, date, every
from clerk.privacy.consent import not_agreed
from clerk.visit.habits.diets import Kept, kept_diets, outside_diets, same_sort, traits_of
from clerk.visit.habits.due import behaves_durable, satisfied_at
from clerk.visit.habits.reading import Reading
from clerk.visit.habits.usual_lines import forbidden
from clerk.visit.profile.stated_words import named_in
from clerk.visit.shop import audience_of, category_of, family_of, has_flag, is_under, kind_of
from clerk.visit.suggest.candidates import Candidate, HousePick
from clerk.visit.suggest.discovery import closed_for
from clerk.visit.suggest.fatigue import passed_over, showings_weighed

_OWN = 2
"""Baskets from which a thing, or things for somebody, are the member's own: one may have been a favour."""


@dataclass(frozen=True, slots=True, eq=False)
class GateContext:
    """What gates look at, gathered once a card."""

    reading: Reading
    items: Mapping[int, Item]
    """Items by number: at least the ones asked about."""
    scores: Mapping[int, float]
    """Score of every candidate, after what weakens it."""
    needed: Mapping[int, float]
    """Score below which each of them is not said."""
    due_nos: frozenset[int]
    usual_families: frozenset[int]
    last_items: frozenset[int]
    last_families: frozenset[int]
    same_names: Mapping[str, str]
    """Names, in small letters, that stand for the usual or the latest basket -> which of the two."""
    house: Mapping[int, HousePick]
    """Candidates that only the shop chose."""
    set_aside: Mapping[int, int]
    """Items the member has only lines of that say nothing about taste -> all `LineFlag` bits of those lines."""
    diets: tuple[Kept, ...]
    """What the member keeps to."""


GateFunction = Callable[[int, GateContext], str | None]


def gate_context(reading: Reading, items: Mapping[int, Item], found: tuple[Candidate, ...]) -> GateContext:
    """The context of one card, with the candidates' scores as `fatigue.weakened` leaves them."""
    columns, habits = reading.columns, reading.habits
    last_items = frozenset(habits.items.key[habits.items.in_last].tolist())
    usual_nos = {line.item_no for line in reading.usual.lines if line.level != "kind"}
    return GateContext(
        reading=reading,
        items=items,
        scores={one.item_no: one.score for one in found},
        needed={one.item_no: one.needed for one in found},
        due_nos=frozenset(pick.item_no for pick in reading.due),
        usual_families=frozenset(family_of(columns, item_no) for item_no in usual_nos),
        last_items=last_items,
        last_families=frozenset(habits.family_of[habits.items.in_last].tolist()),
        same_names=_named(items, last_items, "In the latest basket") | _named(items, usual_nos, "The usual itself"),
        house={one.item_no: one.evidence for one in found if isinstance(one.evidence, HousePick)},
        set_aside=_set_aside(reading),
        diets=kept_diets(reading),
    )


def closed_by(item_no: int, context: GateContext) -> tuple[Gate, str] | None:
    """The first gate that is closed for the item, with its sentence, or None."""
    for gate, closes, _ in GATES:
        detail = closes(item_no, context)
        if detail is not None:
            return gate, detail
    return None


def closed_for_due(item_no: int, context: GateContext) -> bool:
    """Whether a statement of the member (never, allergen, has it …) forbids even listing an item as due."""
    return any(closes(item_no, context) is not None for gate, closes, _ in GATES if gate in _SAID)


def may_stand_in(item_no: int, out_no: int, context: GateContext) -> bool:
    """Whether an item may be offered where another cannot be had: of the same sort, and nothing the member refuses.

    Args:
        item_no: would be offered; it must be among the context's items, like the other.
        out_no: cannot be had.
        context: of the member.
    """
    columns, item, out = context.reading.columns, context.items[item_no], context.items[out_no]
    if not same_sort(traits_of(columns, out_no), traits_of(columns, item_no)) or set(item.audience) != set(
        out.audience
    ):
        return False
    if not item_words().of_one_sort(
        out.name, out.category, item.name, item.category, by_number=bool(out.audience)
    ):  # fmt: skip
        return False
    harmless = {allergen.casefold() for allergen in out.allergens}
    if not {allergen.casefold() for allergen in item.allergens} <= harmless:
        return False
    if out.allergens_stated and not item.allergens_stated:
        return False
    return not any(closes(item_no, context) is not None for gate, closes, _ in GATES if gate in _REFUSED)


def verdicts(item_no: int, context: GateContext) -> tuple[tuple[Gate, bool, str], ...]:
    """Every gate in order: whether it lets the item through, and on what facts."""
    told: list[tuple[Gate, bool, str]] = []
    for gate, closes, when_open in GATES:
        detail = closes(item_no, context)
        words = _WHEN_OPEN.get(gate, lambda _no, _context, said=when_open: said)(item_no, context)
        told.append((gate, detail is None, words if detail is None else detail))
    return tuple(told)


def _no_opt_in(item_no: int, context: GateContext) -> str | None:
    return not_agreed(context.reading.profile.consents)


def _never(item_no: int, context: GateContext) -> str | None:
    return "Said never to it." if item_no in context.reading.profile.never_items else None


def _never_category(item_no: int, context: GateContext) -> str | None:
    category = category_of(context.reading.columns, item_no)
    for path in sorted(context.reading.profile.never_categories):
        if is_under(category, path):
            return f"Said never to {path}."
    return None


def _struck_out(item_no: int, context: GateContext) -> str | None:
    category = category_of(context.reading.columns, item_no)
    for path in sorted(context.reading.profile.struck_categories):
        if is_under(category, path):
            return f"Struck out by the member: {path}."
    if context.set_aside.get(item_no, 0) & LineFlag.STRUCK:
        return "Struck out by the member."
    return None


def _allergen(item_no: int, context: GateContext) -> str | None:
    item, allergens = context.items.get(item_no), context.reading.profile.allergens
    if item is None:
        return "An allergen is stated, and what is in it is not known here." if allergens else None
    told = forbidden(item, (), allergens)
    if told:
        return told[0]
    if not allergens or item.allergens_stated or item.durable or context.reading.habits.items.row(item_no) >= 0:
        return None
    return f"Not stated what is in it, and the member must not have: {', '.join(sorted(allergens))}."


def _no_allergen_known(item_no: int, context: GateContext) -> str:
    """On what facts the item passes: that nothing was found is not that nothing is in it."""
    item, allergens = context.items.get(item_no), sorted(context.reading.profile.allergens)
    if item is None or not allergens:
        return "The member stated no allergen."
    if item.no_allergens:
        found = "The shop states that no allergen is in it"
    elif item.allergens:
        found = f"Its stated allergens ({', '.join(item.allergens)}) are none of: {', '.join(allergens)}"
    else:
        found = f"The shop filled in no allergens for it, and its name says none of: {', '.join(allergens)}"
    return f"{found}; items name only what the shop filled in."


def _sensitive(item_no: int, context: GateContext) -> str | None:
    columns = context.reading.columns
    if has_flag(columns, item_no, ItemColumns.SENSITIVE):
        return "A sensitive item; such are never suggested."
    for_adults = has_flag(columns, item_no, ItemColumns.AGE_RESTRICTED)
    if (for_adults or traits_of(columns, item_no) & Trait.ALCOHOL) and not _bought_of_its_kind(item_no, context):
        what = "Age-restricted" if for_adults else "With alcohol"
        return f"{what}, and never bought one of its kind here."
    return None


def _bought_of_its_kind(item_no: int, context: GateContext) -> bool:
    """Whether the member bought a thing with alcohol, or for adults, of the item's type or of the level above it."""
    columns = context.reading.columns
    kind, above = kind_of(columns, item_no), category_of(columns, item_no).rpartition(" > ")[0]
    for other in context.reading.habits.items.key.tolist():
        if has_flag(columns, other, ItemColumns.AGE_RESTRICTED) or traits_of(columns, other) & Trait.ALCOHOL:
            of_level = above and category_of(columns, other).rpartition(" > ")[0] == above
            if other == item_no or of_level or (kind and kind_of(columns, other) == kind):
                return True
    return False


def _unmentioned(item_no: int, context: GateContext) -> str | None:
    if has_flag(context.reading.columns, item_no, ItemColumns.UNMENTIONED):
        return "A deposit, a fee, a thing without a name or the like."
    return None


def _audience(item_no: int, context: GateContext) -> str | None:
    whom, baskets = _of_audience(item_no, context)
    if not whom or baskets >= _OWN:
        return None
    return f"For {whom}, and such things were bought in {count(baskets, 'basket') if baskets else 'no basket'}."


def _audience_known(item_no: int, context: GateContext) -> str:
    whom, baskets = _of_audience(item_no, context)
    return f"For {whom}; such things were bought in {count(baskets, 'basket')}." if whom else "It is for everybody."


def _of_audience(item_no: int, context: GateContext) -> tuple[str, int]:
    """Whom alone an item is for, and in how many of the member's baskets things for the same were."""
    columns, items = context.reading.columns, context.reading.habits.items
    whom = audience_of(columns, item_no)
    if not whom:
        return "", 0
    wanted = set(whom.split("; "))
    same = [bool(wanted.intersection(name.split("; "))) for name in columns.audiences]
    known = np.where(items.key < len(columns.audience), columns.audience[items.key % len(columns.audience)], 0)
    held = np.repeat(np.array(same)[known], items.baskets)
    return whom.replace("; ", " or "), len(np.unique(items.occurrence[held]))


def _diet(item_no: int, context: GateContext) -> str | None:
    found = outside_diets(item_no, context.diets, context.reading)
    if found is None:
        return None
    return f"It has {found.diet.what} in it; {_kept(found)}."


def _diet_known(item_no: int, context: GateContext) -> str:
    if not context.diets:
        return "No diet is seen in what the member buys."
    return f"Has nothing that they seem to avoid: {'; '.join(map(_kept, context.diets))}."


def _kept(found: Kept) -> str:
    if found.diet.choice:
        asked = f"{count(found.of, 'choice')} between it and {found.diet.what}"
        return f"took {found.diet.name} in {found.times} of the last {asked}"
    return f"{found.times} of {count(found.of, 'purchase')} that tell were {found.diet.name}"


def _disliked(item_no: int, context: GateContext) -> str | None:
    item, dislikes = context.items.get(item_no), context.reading.profile.dislikes
    if item is None:
        return "A dislike is stated, and what this is is not known here." if dislikes else None
    for dislike in dislikes:
        if named_in(dislike, item):
            return f"Does not like {dislike}."
    return None


def _has_it(item_no: int, context: GateContext) -> str | None:
    reading = context.reading
    family = family_of(reading.columns, item_no)
    for said_no, at in reading.profile.has_it.items():
        if said_no != item_no and family_of(reading.columns, said_no) != family:
            continue
        lasting = has_flag(reading.columns, item_no, ItemColumns.DURABLE)
        # A due consumable has its own interval, which has started anew with the answer.
        rests = not lasting and item_no not in context.due_nos
        if lasting or (rests and reading.now - at < reading.settings.gates.has_it_days * DAY_S):
            return f"Has it already, said {ago(at, reading.now)}."
    return None


def _durable_at_rest(item_no: int, context: GateContext) -> str | None:
    reading, rules = context.reading, context.reading.settings.gates
    columns, habits = reading.columns, reading.habits
    row = habits.families.row(family_of(columns, item_no))
    what = "it or a variant"
    if has_flag(columns, item_no, ItemColumns.DURABLE):
        kind = kind_of(columns, item_no)
        kind_row = habits.kinds.row(kind) if reading.shop.says_something(kind) else -1
        if row < 0 and kind_row >= 0:
            at, what = int(habits.kinds.last_at[kind_row]), columns.kinds[kind]
        elif row >= 0:
            at = int(habits.families.last_at[row])
        else:
            return None
    elif row >= 0 and item_no not in context.due_nos and _behaves_durable(item_no, context):
        at = int(habits.families.last_at[row])
    else:
        return None
    if reading.now - at < rules.durable_days * DAY_S:
        return f"Lasts long, and bought {what} {ago(at, reading.now)}."
    return None


def _not_taste(item_no: int, context: GateContext) -> str | None:
    bits = context.set_aside.get(item_no, 0)
    marks = ((LineFlag.GIFT, "as a gift"), (LineFlag.MISTAKE, "by mistake"), (LineFlag.OTHER, "for someone else"))
    told = [words for flag, words in marks if bits & flag]
    return f"Bought only {' and '.join(told)}." if told else None


def _one_off(item_no: int, context: GateContext) -> str | None:
    habits = context.reading.habits
    row = habits.items.row(item_no)
    if row < 0 or not habits.items.one_off[row]:
        return None
    since = habits.baskets - 1 - int(habits.items.last[row])
    if since < context.reading.settings.gates.one_off_visits:
        return None
    return f"Bought once, on {date(int(habits.items.last_at[row]))}, and not in {count(since, 'visit')} since."


def _the_item_itself(item_no: int, context: GateContext) -> str | None:
    family = family_of(context.reading.columns, item_no)
    if family in context.usual_families:
        return "The usual itself, or a variant of it."
    if item_no not in context.due_nos and item_no not in context.last_items and family in context.last_families:
        return "A variant of it was in the latest basket."
    habits = context.reading.habits
    row = habits.families.row(family)
    itself = habits.items.row(item_no)
    own = int(habits.items.baskets[itself]) if itself >= 0 else 0
    if row >= 0 and own < _OWN <= int(habits.families.baskets[row]) - own:
        return "A variant of what the member has and is content with."
    if itself < 0 and _in_another_size(item_no, context):
        return "The same thing in another size than the member buys."
    item = context.items.get(item_no)
    same = context.same_names.get(item.name.casefold()) if item is not None else None
    if same is not None and item_no not in context.due_nos and item_no not in context.last_items:
        # Another SKU of the same name is the same thing to the person who hears it.
        return f"{same}, under another number."
    return None


def _in_another_size(item_no: int, context: GateContext) -> bool:
    """Whether the member bought the thing in another size, which the shop does not tie to this one."""
    sizes, bought = context.reading.shop.sizes, context.reading.habits.items.key
    bought = bought[bought < len(sizes)]
    return item_no < len(sizes) and bool(np.any(sizes[bought] == sizes[item_no]))


def _just_bought(item_no: int, context: GateContext) -> str | None:
    reading, items = context.reading, context.reading.habits.items
    row = items.row(item_no)
    if row < 0 or item_no in context.due_nos:
        return None
    at = int(items.last_at[row])
    if item_no in context.last_items:
        return f"In the latest basket, {ago(at, reading.now)}."
    if reading.now - at < reading.settings.gates.just_bought_days * DAY_S:
        return f"Bought {ago(at, reading.now)}."
    return None


def _not_now(item_no: int, context: GateContext) -> str | None:
    reading = context.reading
    at = reading.profile.not_now.get(item_no)
    if at is None or reading.now - at >= reading.settings.gates.not_now_days * DAY_S:
        return None
    return f"Said not now {ago(at, reading.now)}."


def _ignored(item_no: int, context: GateContext) -> str | None:
    reading = context.reading
    if passed_over(reading, item_no) < reading.settings.gates.ignored_stop:
        return None
    showings = showings_weighed(reading, item_no)
    return f"Shown {count(len(showings), 'time')} and passed over, last {ago(max(showings), reading.now)}."


def _not_here(item_no: int, context: GateContext) -> str | None:
    columns, item = context.reading.columns, context.items.get(item_no)
    if has_flag(columns, item_no, ItemColumns.GONE):
        return "Not sold here any more."
    if item is not None:
        is_here = item.is_here
    else:
        is_here = item_no >= len(columns.on_hand) or int(columns.on_hand[item_no]) != 0
    if is_here:
        return None
    counted = f", counted {ago(item.counted_at, context.reading.now)}" if item and item.counted_at else ""
    return f"None on hand{counted}."


def _budget(item_no: int, context: GateContext) -> str | None:
    pick = context.house.get(item_no)
    return closed_for(pick, context.reading, context.items) if pick is not None else None


def _satisfied(item_no: int, context: GateContext) -> str | None:
    """A need of the member's own with an interval, met lately by the thing itself or by one that stands for it."""
    reading = context.reading
    items, rules = reading.habits.items, reading.settings.due
    row = items.row(item_no)
    if row < 0 or item_no in context.due_nos or int(items.baskets[row]) < rules.baskets_from:
        return None
    every_days = float(items.mean_gap_days[row])
    at = int(satisfied_at(reading.habits, reading.profile, reading.shop, np.array([row], dtype=np.int64))[0])
    if every_days < rules.least_interval_days or reading.now - at >= rules.soon * every_days * DAY_S:
        return None
    if at == int(items.last_at[row]):
        what = "Bought"
    elif at in reading.profile.took.values():
        what = "Taken when suggested"
    elif at in reading.profile.has_it.values():
        what = "Had already, as said"
    else:
        what = "Met by another of its kind"
    return f"{what} {ago(at, reading.now)}; comes back about {every(every_days)}."


def _not_good_enough(item_no: int, context: GateContext) -> str | None:
    if item_no in context.house:
        # No taste of the member is its reason; whether it may be shown is what the balance decides.
        return None
    score = context.scores.get(item_no)
    if score is None:
        return "No reason to mention it: neither bought with a habit nor by people with the same habits."
    needed, model = context.needed[item_no], context.reading.models.suggest
    if score >= needed:
        return None
    digits = 2 if f"{score:.2f}" != f"{needed:.2f}" else 4
    if model is not None and score >= model.least:
        return f"Kept for members likelier to want it: {score:.{digits}f} here, {needed:.{digits}f} with them."
    return f"Its score is too low: {score:.{digits}f}, needed {needed:.{digits}f}."


GATES: tuple[tuple[Gate, GateFunction, str], ...] = (
    (Gate.NO_OPT_IN, _no_opt_in, "Suggestions are agreed to."),
    (Gate.NEVER, _never, "Has not said never to it."),
    (Gate.NEVER_CATEGORY, _never_category, "Has not said never to its category."),
    (Gate.STRUCK_OUT, _struck_out, "Nothing of it is struck out."),
    (Gate.ALLERGEN, _allergen, "Names no allergen that the member stated, as far as the shop filled them in."),
    (Gate.SENSITIVE, _sensitive, "Not a sensitive item for this member."),
    (Gate.UNMENTIONED, _unmentioned, "A thing that may be spoken of."),
    (Gate.AUDIENCE, _audience, "It is for everybody."),
    (Gate.DIET, _diet, "No diet is seen in what the member buys."),
    (Gate.DISLIKED, _disliked, "Names nothing that the member dislikes."),
    (Gate.HAS_IT, _has_it, "Has not said that they have it."),
    (Gate.DURABLE_AT_REST, _durable_at_rest, "Not a thing that lasts and was bought already."),
    (Gate.NOT_TASTE, _not_taste, "Not bought as a gift, by mistake or for someone else alone."),
    (Gate.ONE_OFF, _one_off, "Not tried once and dropped."),
    (Gate.THE_ITEM_ITSELF, _the_item_itself, "Neither the usual nor a variant of what the member has."),
    (Gate.SATISFIED, _satisfied, "No need of theirs that was met lately."),
    (Gate.JUST_BOUGHT, _just_bought, "Not just bought, or due again."),
    (Gate.NOT_NOW, _not_now, "Has not said not now lately."),
    (Gate.IGNORED, _ignored, "Not shown and passed over too often."),
    (Gate.NOT_HERE, _not_here, "Not counted as out."),
    (Gate.BUDGET, _budget, "Not a house pick that still has to be earned."),
    (Gate.NOT_GOOD_ENOUGH, _not_good_enough, "Its score is high enough."),
)
"""Every gate, first what the member said, last what is only about today; the first closed one is the reason given."""

_SAID = frozenset(
    {
        Gate.NO_OPT_IN,
        Gate.NEVER,
        Gate.NEVER_CATEGORY,
        Gate.STRUCK_OUT,
        Gate.ALLERGEN,
        Gate.SENSITIVE,
        Gate.UNMENTIONED,
        Gate.AUDIENCE,
        Gate.DIET,
        Gate.DISLIKED,
        Gate.NOT_NOW,
        Gate.THE_ITEM_ITSELF,
    }
)

_REFUSED = _SAID - {Gate.NO_OPT_IN, Gate.NOT_NOW, Gate.THE_ITEM_ITSELF}
"""What no stand-in may be either; that it is asked for needs no agreement to suggestions."""

_WHEN_OPEN: Mapping[Gate, Callable[[int, GateContext], str]] = {
    Gate.ALLERGEN: _no_allergen_known,
    Gate.AUDIENCE: _audience_known,
    Gate.DIET: _diet_known,
}
"""On what facts an item passes, where one sentence for all would say too much."""


def _named(items: Mapping[int, Item], item_nos: Iterable[int], what: str) -> dict[str, str]:
    """The names of the items as far as they are known."""
    return {items[item_no].name.casefold(): what for item_no in item_nos if item_no in items}


def _behaves_durable(item_no: int, context: GateContext) -> bool:
    """Whether hardly any buyer of the item ever bought it again."""
    reading = context.reading
    return bool(behaves_durable(reading.columns, np.array([item_no], dtype=np.int64), reading.settings)[0])


def _set_aside(reading: Reading) -> dict[int, int]:
    """Items whose every line item is marked as gift, mistake, for someone else or struck out."""
    history = reading.profile.history
    marked = np.flatnonzero(history.flags & np.uint8(LineFlag.NOT_TASTE))
    if not len(marked):
        return {}
    marked = marked[np.argsort(history.item[marked], kind="stable")]
    item_nos = history.item[marked].astype(np.int64)
    starts = np.flatnonzero(np.concatenate(([True], item_nos[1:] != item_nos[:-1])))
    flags = np.bitwise_or.reduceat(history.flags[marked], starts)
    alone = reading.habits.items.rows_of(item_nos[starts]) < 0
    return dict(zip(item_nos[starts][alone].tolist(), flags[alone].tolist(), strict=True))
