"""Are suggestions wanted? What members of the Complete Journey bought later of their own accord.

`python -m benchmarks.suggestions [--home DIR] [--members N] [--boot 1000] [--json]`

A pack of everything before 2017-10-01; for each household the card at the moment of its first later visit. A
thing mentioned that was never bought before is a hit when it is bought within 90 (30) days of that visit.
Popular things of the latest four weeks, item-item cosine and chance get the same number of places on the same cards.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._shop import interval
from clerk.clock import DAY_S, parse_at
from clerk.commands.build import build_shop
from clerk.desk.pack_in_use import PackParts, parts_over
from clerk.members.journal_in_use import JournalInUse
from clerk.model import HOUSE_PICK, Acting
from clerk.pack.open import open_pack
from clerk.settings import Settings
from clerk.visit.habits.news import pairs_of
from clerk.visit.habits.reading import Reading
from clerk.visit.suggest.candidates import Candidate, candidates
from clerk.visit.suggest.fatigue import weakened
from clerk.visit.suggest.gates import gate_context
from clerk.visit.suggest.slate import slate

AS_OF = "2017-10-01"
HORIZONS = (90, 30)
GOALS = {"at 2.2 places a card": 0.085, "where half of the cards speak": 0.15}
"""Hits in 90 days with no item on more than 2 % of cards."""
FEW_VISITS = 5
BANDS = ((0, 0.05), (0.05, 0.1), (0.1, 0.15), (0.15, 0.2), (0.2, 1.01))
"""Chances as they were said, for comparing with what happened."""


@dataclass(slots=True)
class Card:
    """What one card says, by who says it, and what was bought later."""

    visits: int
    bought: dict[int, set[int]]
    """Horizon in days -> items bought for the first time within it."""
    said: dict[str, list[tuple[int, str, float]]] = field(default_factory=dict)
    """Way of choosing -> (item_no, source, score) of what was never bought before."""


def main() -> int:
    """Prints the tables, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--home", type=Path, help=f"with a pack of the Complete Journey built as of {AS_OF}")
    options.add_argument("--members", type=int, help="a sample of the members")
    options.add_argument("--boot", type=int, default=1000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        home = chosen.home
        if home is None:
            home, at = Path(scratch), parse_at(AS_OF)
            today = date.fromisoformat(AS_OF)
            build_shop(
                home, source=None, shop="complete-journey", today=today, now=lambda: at, meaning=False, dry_run=False,
                progress=lambda _: None,
            )  # fmt: skip
        found = cards(home, chosen.members)
    figures = measured(found, chosen.boot)
    print(json.dumps(figures, indent=1) if chosen.json else told(figures))
    return 0


class _Moment:
    """A clock that is set to one visit after the other."""

    def __init__(self) -> None:
        self.at = 0

    def now(self) -> int:
        """The wall second it is set to."""
        return self.at


def cards(home: Path, members: int | None) -> list[Card]:
    """A card for every member with purchases before and after the pack's date."""
    # Everything is held against the gates, for the curve.
    wide = Settings()
    wide = replace(wide, suggest=replace(wide.suggest, looked_at=200))
    clock = _Moment()
    pack = open_pack(home)
    built = int(pack.db.execute("SELECT value FROM facts WHERE key = 'built_at'").fetchone()[0])
    ids = dict(pack.db.execute("SELECT member_no, member_id FROM members").fetchall())
    rows = np.array(
        pack.db.execute(
            "SELECT member_no, sold_at, item_no FROM lines JOIN baskets USING (member_no, basket_no) "
            "WHERE flags & 1 = 0 ORDER BY member_no, sold_at"
        ).fetchall(),
        dtype=np.int64,
    )
    scratch = tempfile.TemporaryDirectory(prefix="clerk-bench-")
    # Without a journal nobody is known to have agreed, and nothing would be said.
    journal = JournalInUse(Path(scratch.name), clock, Acting("associate"))
    parts = parts_over(home, journal, wide, clock, pack)
    popular = _most_bought(rows, built)
    chance = np.random.default_rng(1)
    found: list[Card] = []
    numbers = np.unique(rows[:, 0])
    if members is not None:
        numbers = numbers[:: max(1, len(numbers) // members)]
    for number in numbers.tolist():
        own = rows[np.searchsorted(rows[:, 0], number) : np.searchsorted(rows[:, 0], number, side="right")]
        later = own[own[:, 1] > built]
        if not len(later) or own[0, 1] > built:
            continue
        at = int(later[0, 1])
        clock.at = at - 1
        before = set(own[own[:, 1] < at][:, 2].tolist())
        bought = {days: set(later[later[:, 1] <= at + days * DAY_S][:, 2].tolist()) - before for days in HORIZONS}
        card = Card(len(np.unique(own[own[:, 1] < at][:, 1])), bought)
        reading, possible = _loaded(parts, ids[number])
        _engine(card, parts, reading, possible, before)
        _baselines(card, reading, before, popular, chance)
        found.append(card)
    parts.close()
    journal.close()
    scratch.cleanup()
    return found


def _loaded(parts: PackParts, member_id: str) -> tuple[Reading, tuple[Candidate, ...]]:
    """The member, and everything that could be mentioned whatever its chance, with what is needed."""
    loaded = parts.cards.load(member_id)
    reading, model = loaded.reading, loaded.reading.models.suggest
    if model is None:
        return reading, weakened(reading, loaded.found)
    freely = replace(reading.models, suggest=replace(model, least=0.0, kept_for={}))
    own = candidates(replace(reading, models=freely))
    known = {one.item_no for one in own}
    found = [replace(one, needed=max(model.least, model.kept_for.get(one.item_no, 0.0))) for one in own]
    return reading, weakened(reading, (*found, *(one for one in loaded.found if one.item_no not in known)))


def _engine(card: Card, parts: PackParts, reading: Reading, found: tuple[Candidate, ...], before: set[int]) -> None:
    """What the card says as it is, without the threshold, and without the cap."""
    model = reading.models.suggest
    items = parts.reader.items([one.item_no for one in found])

    def said(changed: Iterable[Candidate]) -> list[tuple[int, str, float]]:
        ordered = tuple(sorted(changed, key=lambda one: (one.source == HOUSE_PICK, -one.score, one.item_no)))
        picks = slate(ordered, gate_context(reading, items, ordered)).picks
        return [(one.item_no, one.source, one.score) for one in picks if one.item_no not in before]

    own = [one for one in found if one.source != HOUSE_PICK]
    card.said["as shipped, with house picks"] = said(found)
    card.said["as shipped"] = said(own)
    if model is not None:
        card.said["no threshold"] = said(replace(one, needed=model.kept_for.get(one.item_no, 0.0)) for one in own)
        card.said["no cap"] = said(replace(one, needed=model.least) for one in own)
        card.said["neither"] = said(replace(one, needed=0.0) for one in own)


def _baselines(card: Card, reading: Reading, before: set[int], popular: list[int], chance: np.random.Generator) -> None:
    """Popular, item-item cosine and random things never bought, three of each; cut to equal places later."""
    card.said["popular in 28 days"] = _first((no for no in popular if no not in before), "popular")
    columns, items = reading.columns, reading.habits.items
    at, place = pairs_of(columns, items.key)
    other = columns.near_other[at]
    cosine = columns.near_both[at] / np.sqrt(columns.buyers[items.key[place]] * columns.buyers[other].astype(float))
    near = np.bincount(other, weights=cosine * items.share[place]) if len(at) else np.zeros(0)
    best = np.argsort(-near, kind="stable")[: len(before) + 3].tolist()
    card.said["item-item cosine"] = _first((no for no in best if near[no] > 0 and no not in before), "cosine")
    drawn = chance.choice(popular, 40, replace=False).tolist()
    card.said["random"] = _first((no for no in drawn if no not in before), "random")


def _first(item_nos: Iterable[int], source: str) -> list[tuple[int, str, float]]:
    chosen = []
    for no in item_nos:
        chosen.append((int(no), source, 0.0))
        if len(chosen) == 3:
            break
    return chosen


def _most_bought(rows: np.ndarray[Any, Any], built: int) -> list[int]:
    """Items sold in the latest four weeks, most first."""
    recent = rows[(rows[:, 1] <= built) & (rows[:, 1] > built - 28 * DAY_S)]
    many = np.bincount(recent[:, 2])
    order = np.argsort(-many, kind="stable")
    return [int(no) for no in order if many[no] > 0]


def measured(found: list[Card], boot: int) -> dict[str, Any]:
    """All tables."""
    rows: dict[str, Any] = {"cards": len(found)}
    ways = ("as shipped", "as shipped, with house picks", "no threshold", "no cap", "neither")
    rows["ways"] = {way: _row(found, lambda card, way=way: card.said.get(way, []), boot) for way in ways}
    shipped = [card.said["as shipped"] for card in found]
    sources = sorted({source for card in found for _, source, _ in card.said["as shipped, with house picks"]})
    rows["sources"] = {
        source: _row(
            found, lambda card, source=source: [
                one for one in card.said["as shipped, with house picks"] if one[1] == source
            ], boot,
        )
        for source in sources
    }  # fmt: skip
    rows["same places"] = {
        f"{name} at the places of {way}": _row(
            found, lambda card, name=name, way=way: card.said[name][: len(card.said.get(way, []))], boot
        )
        for way in ("as shipped", "no threshold")
        for name in ("popular in 28 days", "item-item cosine", "random")
    }
    rows["curve"] = {
        title: _curve(found, way) for title, way in (("with the cap", "no threshold"), ("without", "neither"))
    }
    rows["chances"] = {way: _bands(found, way) for way in ("as shipped", "neither")}
    few = [card for card in found if card.visits < FEW_VISITS]
    rows["members with fewer than five visits"] = {
        "cards": len(few),
        "silent": round(float(np.mean([not card.said["as shipped"] for card in few])), 3) if few else None,
        **_row(few, lambda card: card.said["as shipped"], boot),
    }
    rows["silent"] = round(float(np.mean([not said for said in shipped])), 3)
    return rows


def _row(found: list[Card], said: Callable[[Card], list[tuple[int, str, float]]], boot: int) -> dict[str, Any]:
    """Places a card, hits, the share of cards that speak and of the item on most cards."""
    made = [(card, said(card)) for card in found]
    many = sum(len(things) for _, things in made)
    if not many:
        return {"places": 0.0}
    row: dict[str, Any] = {
        "things": many,
        "places": round(many / len(found), 2),
        "speaks": round(sum(bool(things) for _, things in made) / len(found), 3),
    }
    for days in HORIZONS:
        parts = np.array([(sum(no in card.bought[days] for no, *_ in things), len(things)) for card, things in made])
        row[f"hit {days}"] = round(float(parts[:, 0].sum() / many), 4)
        row[f"interval {days}"] = interval(parts, boot)
    most = Counter(no for _, things in made for no, *_ in things).most_common(1)[0][1]
    row["most cards"] = round(most / len(found), 4)
    return row


def _curve(found: list[Card], way: str) -> list[dict[str, float]]:
    """Hits against the share of cards that speak, the threshold being moved."""
    best = np.array([max((score for *_, score in card.said.get(way, [])), default=0.0) for card in found])
    points = []
    for part in (1.0, 0.9, 0.75, 0.5, 0.33, 0.25, 0.1):
        least = float(np.quantile(best, 1 - part))
        said = [
            (no in card.bought[90], score)
            for card in found
            for no, _, score in card.said.get(way, [])
            if score >= least and score > 0
        ]
        if said:
            speaks = float(np.mean((best >= least) & (best > 0)))
            hit = float(np.mean([hit for hit, _ in said]))
            points.append(
                {"speaks": round(speaks, 3), "from": round(least, 3), "places": round(len(said) / len(found), 2),
                 "hit 90": round(hit, 4)}
            )  # fmt: skip
    return points


def _bands(found: list[Card], way: str) -> list[dict[str, float]]:
    """The chance that was worked out, and what happened."""
    said = [(score, no in card.bought[90]) for card in found for no, _, score in card.said.get(way, [])]
    rows = []
    for low, high in BANDS:
        part = [(score, hit) for score, hit in said if low <= score < high]
        if part:
            rows.append(
                {"from": low, "things": len(part), "said": round(float(np.mean([score for score, _ in part])), 3),
                 "was": round(float(np.mean([hit for _, hit in part])), 3)}
            )  # fmt: skip
    return rows


def told(figures: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    lines = [f"{figures['cards']} cards, {figures['silent']:.0%} of them without anything new (house picks apart)"]
    head = f"{'':<46}{'things':>7}{'places':>8}{'speaks':>8}{'hit 90':>8}{'':>18}{'hit 30':>8}{'most':>7}"
    for title in ("ways", "sources", "same places"):
        lines += ["", head.replace(" " * 46, f"{title:<46}", 1)]
        lines += [_told_row(name, row) for name, row in figures[title].items()]
    few = figures["members with fewer than five visits"]
    lines += ["", f"fewer than five visits: {few['cards']} cards, silent {few['silent']}", _told_row("", few)]
    for title, points in figures["curve"].items():
        lines += ["", f"hit in 90 days against the share of cards that speak, {title}"]
        lines += ["  ".join(f"{name} {value}" for name, value in point.items()) for point in points]
    for way, bands in figures["chances"].items():
        lines += ["", f"chances, {way}"]
        lines += ["  ".join(f"{name} {value}" for name, value in band.items()) for band in bands]
    return "\n".join(lines)


def _told_row(name: str, row: dict[str, Any]) -> str:
    if "things" not in row:
        return f"{name:<46}      none"
    low, high = row["interval 90"]
    return (
        f"{name:<46}{row['things']:>7}{row['places']:>8}{row['speaks']:>8}{row['hit 90']:>8.3f}"
        f"{f'[{low:.3f}, {high:.3f}]':>18}{row['hit 30']:>8.3f}{row['most cards']:>7.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
