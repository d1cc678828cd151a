"""What a manager decided about two ids reaches every device with the night, and all of them say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.model import PairState, VisitCard
from tests.members.overlay import Device, night, tables
from tests.promises.corner import NOW


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pairs")
    return tables(folder / "tables"), night(folder / "tables", folder / "home", None) / "packs"


def decide(at: Device, one: str, other: str, state: PairState = PairState.ONE) -> None:
    with at.desk() as desk:
        records = desk.pairs.opened(one, other) if state is PairState.OPEN else desk.pairs.decided(one, other, state)
        for record in records:
            desk.records.append(record).result(10)


def opens(desk: Desk, keys: str) -> tuple[str, int]:
    card = desk.visit.scan(keys)
    assert isinstance(card, VisitCard)
    return card.member.member_id, card.visits


def after_a_night(shop: tuple[Path, Path], folder: Path, *devices: Device) -> list[tuple[str, int]]:
    """What each device opens with two members' cards, after a night over all journals; all the same, or it fails."""
    rows = [row for device in devices for row in device.rows()]
    found = []
    for number, order in enumerate((rows, list(reversed(rows)))):
        packs = night(shop[0], folder / f"{number}", order) / "packs"
        for device in (*devices, Device(folder / f"new-{number}", packs)):
            device.take(packs)
            with device.desk() as desk:
                found.append([opens(desk, who) for who in ("ada", "cleo")])
    assert all(one == found[0] for one in found)
    return found[0]


def test_two_counters_that_decide_about_the_same_pair_in_any_order_agree(
    shop: tuple[Path, Path], tmp_path: Path
) -> None:  # fmt: skip
    here, there = Device(tmp_path / "here", shop[1]), Device(tmp_path / "there", shop[1], skew_s=-90_000)
    with here.desk() as desk:
        alone = [opens(desk, who) for who in ("ada", "cleo")]
    decide(here, "ada", "cleo")
    decide(there, "cleo", "ada")
    both = ("ada", sum(visits for _, visits in alone))
    assert after_a_night(shop, tmp_path / "first", here, there) == [both, both]
    decide(there, "ada", "cleo", PairState.OPEN)
    assert after_a_night(shop, tmp_path / "second", here, there) == alone


def test_a_pack_of_before_reads_cards_by_their_spelling_and_knows_of_no_pairs(
    shop: tuple[Path, Path], tmp_path: Path
) -> None:  # fmt: skip
    here = Device(tmp_path / "here", shop[1])
    desk = Desk.open(here.home, clock=FixedClock(NOW))
    try:
        with desk.pack.reading() as pack:
            reader = pack.reader
            reader.__dict__["_lacks_card_forms"] = True
            assert [card.code for card in reader.cards_by_code("ada")] == ["ada"]
            assert reader.cards_by_code("ADA") == ()
    finally:
        desk.close()
