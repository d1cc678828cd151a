"""Cards of a shop as the desk makes them, each recounted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.pack_build.build import build
from clerk.pack_build.learn.process import learn_apart
from embeddings import WeightlessEncoder
from tests.recount.raw import DAY, Raw
from tests.recount.sentences import Recount, recount_card, recount_why


def recounted(
    folder: Path, home: Path, built_at: int, dates: Sequence[int], members: int, spoil: str = ""
) -> Iterator[Recount]:
    """Builds a shop, opens its members on each of the dates and recounts their cards and some answers to why.

    Args:
        folder: canonical tables.
        home: where the pack goes.
        built_at: wall seconds of the build.
        dates: when members are looked at.
        members: how many, spread evenly over all.
        spoil: a column of the lines that is changed after the build, to see whether that is noticed.
    """
    build(folder, home, now=lambda: built_at, encoder=WeightlessEncoder(), learn=learn_apart)
    raw = Raw(folder)
    for row in next(iter(raw.by_member.values())) if spoil else ():
        row.quantity += spoil == "quantity"
        row.at -= DAY if spoil == "sold_at" else 0
    everybody = sorted(raw.by_member) if not spoil else list(raw.by_member)
    chosen = everybody[:: max(1, len(everybody) // members)][:members]
    skus = sorted(raw.goods)
    for at in dates:
        desk = Desk.open(home, clock=FixedClock(at))
        try:
            for number, member_id in enumerate(chosen):
                card = desk.visit.open(member_id, "command")
                yield recount_card(raw, card)
                asked = [one.item.sku for one in card.suggestions] + [one.item.sku for one in card.withheld[:2]]
                for sku in dict.fromkeys([*asked, skus[(number * 7919) % len(skus)]]):
                    yield recount_why(raw, card, desk.finding.why(member_id, sku))
        finally:
            desk.close()
