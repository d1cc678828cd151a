"""A usual line with names: its modifiers, which part is out today, and what stands in for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from clerk.model import Item, ItemColumns, Modifier, Trait, UsualLine
from clerk.phrases import count, of_type
from clerk.visit.habits.diets import same_sort
from clerk.visit.habits.reading import Reading
from clerk.visit.habits.recipe import made
from clerk.visit.habits.usual import PickLine
from clerk.visit.profile.stated_words import also_called, named_in, says
from clerk.visit.shop import has_flag

ASK = "ask what they would like instead"
"""Said where nothing of the same sort can be had today."""


_KNOWN_SORTS = Trait.MILK_CHOICE | Trait.SUGAR
"""Of what options add, what makes one as good as another: milk for milk, syrup for syrup."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the desk has read by number."""

    items: Mapping[int, Item]
    modifier_sets: Mapping[int, Sequence[Modifier]] = field(default_factory=dict)
    """With today's availability of each option."""
    choices: Mapping[int, Sequence[Modifier]] = field(default_factory=dict)
    """Every modifier of the items in `Gaps.choices_of`."""
    nearest: Mapping[int, Item] = field(default_factory=dict)
    """The nearest item that is here, for the items in `Gaps.nearest_to`."""

    def modifiers(self, number: int) -> tuple[Modifier, ...]:
        """The modifiers of a set; none for the plain item."""
        return tuple(self.modifier_sets.get(number, ()))


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is out today and needs a substitute."""

    choices_of: tuple[int, ...]
    """Items of which a chosen modifier is out."""
    nearest_to: tuple[int, ...]
    """Items that are out themselves."""


def gaps(reading: Reading, names: Names) -> Gaps:
    """The substitutes to ask for; both empty on a good day."""
    choices_of: dict[int, None] = {}
    nearest_to: dict[int, None] = {}
    for line in (*reading.usual.lines, *reading.usual.last_time):
        item = names.items.get(line.item_no)
        if item is None:
            continue
        if _is_out(item, reading.columns):
            nearest_to[line.item_no] = None
        elif any(not modifier.available for modifier in names.modifiers(line.modifier_set_no)):
            choices_of[line.item_no] = None
    return Gaps(tuple(choices_of), tuple(nearest_to))


def usual_line(line: PickLine, reading: Reading, names: Names) -> UsualLine:
    """The line to read aloud. Its item must be among the names."""
    item = names.items[line.item_no]
    modifiers = names.modifiers(line.modifier_set_no)
    missing: tuple[str, ...] = ()
    instead = ""
    if _is_out(item, reading.columns):
        gone = has_flag(reading.columns, item.item_no, ItemColumns.GONE)
        missing = (f"{item.name} is not sold any more" if gone else f"{item.name} is out",)
        near = names.nearest.get(item.item_no)
        instead = near.name if near is not None else ""
        missing = (missing[0] if near is not None else f"{missing[0]}: {ASK}",)
    else:
        out = [modifier for modifier in modifiers if not modifier.available]
        found = [_substitute(modifier, line, reading, names) for modifier in out]
        missing = tuple(
            f"{modifier.option} is out" if one is not None else f"{modifier.option} is out: {ASK}"
            for modifier, one in zip(out, found, strict=True)
        )
        instead = ", ".join(one.option for one in found if one is not None)
    missing += tuple(f"{why[0].lower()}{why[1:]}" for why in forbidden(item, modifiers, reading.profile.allergens))
    kinds = reading.columns.kinds
    return UsualLine(
        item=item,
        modifiers=modifiers,
        quantity=line.quantity,
        seen=line.seen,
        of=line.of,
        missing=missing,
        instead=instead,
        level=line.level,
        kind=kinds[line.kind] if line.level == "kind" and line.kind < len(kinds) else "",
        item_seen=line.item_seen,
    )


def counts(lines: Sequence[UsualLine]) -> str:
    """The counts behind the lines in one sentence without a full stop: of one line alone, of several each by name."""
    told = []
    for line in lines:
        words = f"{line.seen} of the last {count(line.of, 'visit')}"
        if line.level == "kind":
            words = f"{of_type(line.kind, line.item.name, line.item_seen, line.seen)}: {words}"
        elif len(lines) > 1:
            words = f"{made(line.item.name, line.modifiers if line.level == 'line' else ())}: {words}"
        told.append(f"{words}, made differently" if line.level == "item" else words)
    return "; ".join(told)


def forbidden(item: Item, modifiers: Sequence[Modifier], allergens: Iterable[str]) -> tuple[str, ...]:
    """One sentence for each stated allergen that the item lists, or that its name or a chosen option contains."""
    chosen = replace(item, name=f"{item.name} {' '.join(modifier.option for modifier in modifiers)}")
    told = []
    for allergen in sorted(allergens):
        # The member's own word first, then what else it is called.
        words = (allergen, *also_called(allergen))
        contains = next((word for word in words if any(says(stated, word) for stated in item.allergens)), "")
        named = next((word for word in words if named_in(word, chosen)), "")
        found = contains or named
        if found:
            also = "" if found == allergen else f", and {allergen} is stated"
            told.append(f"{'Contains' if contains else 'Its name says'} {found}{also}.")
    return tuple(told)


def _is_out(item: Item, columns: ItemColumns) -> bool:
    """Whether the item cannot be had today: counted as none, or not sold any more."""
    return not item.is_here or has_flag(columns, item.item_no, ItemColumns.GONE)


def _substitute(out: Modifier, line: PickLine, reading: Reading, names: Names) -> Modifier | None:
    """An available option of the same group and sort: the one the member chose most, otherwise the item's first.

    The first stands in only where its words say of what sort both are, such as plant milk or syrup: of options about
    which nothing is known, those of one group may be anything.
    """
    own: dict[tuple[str, str], tuple[float, Modifier]] = {}
    sets = reading.habits.sets
    start, end = np.searchsorted(sets.key, [line.item_no, line.item_no + 1])
    for at in range(int(start), int(end)):
        for modifier in names.modifiers(int(sets.modifier_set[at])):
            share = own.get((modifier.group, modifier.option), (0.0, modifier))[0]
            own[modifier.group, modifier.option] = (share + float(sets.share[at]), modifier)
    ranked = sorted(own.values(), key=lambda one: (-one[0], one[1].option))
    says_its_sort = bool(out.traits & (Trait.IS | _KNOWN_SORTS))
    if not out.group and not says_its_sort:
        return None
    choices = [*(one for _, one in ranked), *(names.choices.get(line.item_no, ()) if says_its_sort else ())]
    taken = {(one.group, one.option) for one in names.modifiers(line.modifier_set_no)}
    for one in choices:
        if one.group != out.group or (one.group, one.option) in taken or not one.available:
            continue
        alike = (out.traits ^ one.traits) & _KNOWN_SORTS == 0 and same_sort(out.traits, one.traits)
        alone = Item(0, "", one.option)
        if alike and not forbidden(alone, (), reading.profile.allergens):
            return one
    return None
