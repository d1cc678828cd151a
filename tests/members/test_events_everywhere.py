"""Pack and journal laid over each other: the same answer before and after a night took the journal there and back."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from clerk.clock import DAY_S
from clerk.model import EventKind, LineFlag, Nobody, Purpose, VisitCard
from clerk.pack import generations
from clerk.visit.card import ASK_ABOUT_ALLERGIES
from tests.members.overlay import PEOPLE, Device, Row, night, tables
from tests.promises.corner import NOW
from tests.proof import rounds

Told = tuple[EventKind, str, Mapping[str, object], int]
MS = (NOW - 9 * DAY_S) * 1000
SKUS = ("FW", "LATTE", "CROISSANT", "SCONE", "MUFFIN", "BEANS", "SENCHA", "KETTLE", "CARDAMOM", "TONIC", "UNKNOWN")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The exports, and the packs of a night without events."""
    folder = tmp_path_factory.mktemp("overlay")
    return tables(folder / "tables"), night(folder / "tables", folder / "home", None) / "packs"


def anything(pick: random.Random, known: list[str], ms: int) -> Told:
    """Something that happens at a counter to a member who may have said things before."""
    who, sku, visit = pick.choice(list(PEOPLE)), pick.choice(SKUS), f"V{pick.randrange(4)}"
    kind = pick.choice([*EventKind, EventKind.ANSWER, EventKind.SHOWN, EventKind.CONSENT, EventKind.UNDO])
    names = " ".join(pick.sample(known, min(len(known), pick.randrange(4))))
    payload: dict[str, object] = {
        EventKind.ANSWER: {"sku": sku, "answer": pick.choice(("took", "not-now", "never", "has-it")), "scope": "item",
                           "visit_id": visit},
        EventKind.MARK: {"line": f"{who}-{pick.randrange(6)}:1", "mark": pick.choice(("gift", "mistake", "other"))},
        EventKind.STRIKE: pick.choice(({"line": f"{who}-{pick.randrange(6)}:1"}, {"sku": sku},
                                       {"category": "Bakery"}, {"since": NOW - 30 * DAY_S, "until": NOW - DAY_S})),
        EventKind.FACT: {"fact": pick.choice(("allergen", "dislike", "note")), "text": pick.choice(("milk", "tea"))},
        EventKind.CONSENT: {"purpose": pick.choice(list(Purpose)), "state": pick.choice(("given", "withdrawn")),
                            "wording": "w", "channel": "c", "basis": names},
        EventKind.SHOWN: {"visit_id": visit, "skus": [sku, "SCONE"], **({"house": sku} if pick.random() < .3 else {})},
        EventKind.CARD: {"code": f"77{pick.randrange(5)}", "status": pick.choice(("active", "revoked"))},
        EventKind.UNDO: {"event_id": pick.choice(known) if known else "none"},
        EventKind.VISIT_OPENED: {"visit_id": visit, "how": "scan"},
        EventKind.VISIT_ENDED: {"visit_id": visit, "how": "next"},
        EventKind.MEMBER: pick.choice(({"name": f"Eve {visit}"}, {"phone": f"0660 {ms}"}, {"email": ""})),
        EventKind.ERASED: {"tombstone": "of nobody here", "scope": "all", "addresses": [names]},
        EventKind.ACCESS: {"what": "printed"},
        EventKind.PAIR: {"pair": f"p{pick.randrange(3)}", "state": pick.choice(("one", "one", "apart", "open"))},
        EventKind.SIGN: {"what": "signed in", "associate": "Kim"},
    }[kind]  # fmt: skip
    return kind, who, payload, ms


def scans(device: Device) -> dict[str, str]:
    """Who each code opens."""
    with device.desk() as desk:
        return {code: str(desk.finding.who(code)) for code in (f"77{number}" for number in range(5))}


@pytest.mark.parametrize("seed", range(rounds(4, 60)))
def test_a_night_changes_no_card(seed: int, shop: tuple[Path, Path], tmp_path: Path) -> None:
    exports, packs = shop
    pick = random.Random(seed)
    everything = Device(tmp_path / "all", packs, pick.choice((0, 3600, -90_000)))
    ms, known = MS, list[str]()
    for _ in range(pick.randrange(5, 40)):
        ms += pick.randrange(1, 3_000_000)
        known += [event.event_id for event in everything.record([anything(pick, known, ms)])]
    before = everything.cards(), everything.told(), scans(everything)
    rows = everything.rows()
    pick.shuffle(rows)
    carried = night(exports, tmp_path / "office", [*rows, *rows[:5]]) / "packs"
    everything.take(carried)
    assert (everything.cards(), everything.told(), scans(everything)) == before, "with its journal"
    assert (new := Device(tmp_path / "new", carried)).cards() == before[0], "with its journal forgotten"
    assert (new.told(), scans(new)) == before[1:]
    both = night(exports, night(exports, tmp_path / "both", None), rows)
    generations.rollback(both)
    back = Device(tmp_path / "back", both / "packs")
    assert (back.cards(), back.told(), scans(back)) == before, "with older store data in use again"


@pytest.mark.parametrize("seed", range(rounds(3, 40)))
def test_after_the_night_all_devices_agree(seed: int, shop: tuple[Path, Path], tmp_path: Path) -> None:
    exports, packs = shop
    pick = random.Random(1000 + seed)
    devices = [Device(tmp_path / name, packs, pick.randrange(-DAY_S, DAY_S)) for name in ("a", "b", "c")]
    ms, known, rows = MS, list[str](), list[Row]()
    for round_no in range(2):
        for _ in range(pick.randrange(5, 30)):
            ms += pick.randrange(1, 3_000_000)
            device = pick.choice(devices)
            known += [event.event_id for event in device.record([anything(pick, known, ms)])]
        rows = [row for device in devices for row in device.rows()]
        carried = night(exports, tmp_path / f"office{round_no}", rows) / "packs"
        for device in devices:
            device.take(carried)
        first, *others = [(device.cards(), device.told(), scans(device)) for device in devices]
        assert all(other == first for other in others)
    bare = Device(tmp_path / "bare", carried)
    assert (bare.cards(), bare.told(), scans(bare)) == first


def test_an_answer_given_at_one_counter_holds_at_the_other_after_the_night(
    shop: tuple[Path, Path], tmp_path: Path
) -> None:
    exports, packs = shop
    here, there = Device(tmp_path / "a", packs), Device(tmp_path / "b", packs)
    never = {"sku": "SCONE", "answer": "never", "scope": "item", "visit_id": "V"}
    here.record([(EventKind.ANSWER, "lena", never, MS)])
    there.take(night(exports, tmp_path / "office", here.rows()) / "packs")
    assert [words for _, words in there.told(["lena"])["lena"]] == ["never to Fruit scone (SCONE)"]


def test_what_was_said_at_another_counter_can_be_taken_back_here(shop: tuple[Path, Path], tmp_path: Path) -> None:
    exports, packs = shop
    here, there = Device(tmp_path / "a", packs), Device(tmp_path / "b", packs, skew_s=-DAY_S)
    (note,) = here.record([(EventKind.FACT, "lena", {"fact": "note", "text": "window seat"}, MS)])
    there.take(night(exports, tmp_path / "office", here.rows()) / "packs")
    with there.desk() as desk:
        card: VisitCard = desk.visit.open("lena", "scan")
        assert "window seat" in card.notes
        card = desk.visit.take_back(desk.visit.visit_id, note.event_id).result(10)
        assert "window seat" not in card.notes
    carried = night(exports, tmp_path / "office2", [*here.rows(), *there.rows()]) / "packs"
    here.take(carried)
    assert here.told(["lena"])["lena"] == []
    assert b"window seat" not in b"".join(one.read_bytes() for one in carried.rglob("pack.db")), "nor in the pack"


def test_a_card_revoked_or_issued_since_the_exports_counts_at_once(shop: tuple[Path, Path], tmp_path: Path) -> None:
    exports, packs = shop
    here, there = Device(tmp_path / "a", packs), Device(tmp_path / "b", packs)
    with here.desk() as desk:
        assert isinstance(desk.visit.scan("44556677"), Nobody)
        here.record([(EventKind.CARD, "mia", {"code": "44556677", "status": "active"}, MS)])
        opened = desk.visit.scan("44556677")
        assert isinstance(opened, VisitCard)
        assert opened.member.member_id == "mia"
        here.record([(EventKind.CARD, "mia", {"code": "44556677", "status": "revoked"}, MS + 1)])
        assert isinstance(desk.visit.scan("44556677"), Nobody)
    there.take(night(exports, tmp_path / "office", here.rows()) / "packs")
    with there.desk() as desk:
        refused = desk.visit.scan("44556677")
        assert isinstance(refused, Nobody)
        assert "no longer valid" in refused.what


def test_the_card_of_a_member_the_pack_does_not_know_reaches_the_other_counters(
    shop: tuple[Path, Path], tmp_path: Path
) -> None:
    exports, packs = shop
    here, there = Device(tmp_path / "a", packs), Device(tmp_path / "b", packs)
    here.record([(EventKind.CARD, "newcomer", {"code": "99887766", "status": "active"}, MS)])
    there.take(night(exports, tmp_path / "office", here.rows()) / "packs")
    with there.desk() as desk:
        found = desk.visit.scan("99887766")
        assert isinstance(found, Nobody)
        assert "new" in found.what
        assert [one.payload["code"] for one in desk.pack._parts.reader.events.of_member(0, "newcomer")] == ["99887766"]


def test_what_is_recorded_after_a_pack_is_later_than_everything_in_it(shop: tuple[Path, Path], tmp_path: Path) -> None:
    exports, packs = shop
    ahead, behind = Device(tmp_path / "a", packs, 400 * DAY_S), Device(tmp_path / "b", packs, -400 * DAY_S)
    taken = {"sku": "SCONE", "answer": "not-now", "scope": "item", "visit_id": "V"}
    ahead.record([(EventKind.ANSWER, "lena", taken, MS)])
    behind.take(night(exports, tmp_path / "office", ahead.rows()) / "packs")
    with behind.desk() as desk:
        card = desk.visit.open("lena", "scan")
        desk.records.append(desk.records.fact("lena", "note", "later")).result(10)
    said = behind.told(["lena"])["lena"]
    assert [words for _, words in said] == ["note: later", "not now to Fruit scone (SCONE)"]
    assert card.member.member_id == "lena"


def test_the_later_word_counts_whichever_counter_heard_it(shop: tuple[Path, Path], tmp_path: Path) -> None:
    exports, packs = shop
    busy, idle = Device(tmp_path / "z", packs), Device(tmp_path / "a", packs)
    line = "ada-0:1"
    busy.record([(EventKind.VISIT_OPENED, "ada", {"visit_id": "V", "how": "scan"}, MS)] * 3)
    busy.record([(EventKind.MARK, "ada", {"line": line, "mark": "gift"}, MS + 5)])
    idle.record([(EventKind.MARK, "ada", {"line": line, "mark": "mistake"}, MS + 9)])
    carried = night(exports, tmp_path / "office", [*busy.rows(), *idle.rows()]) / "packs"
    for device in (busy, idle):
        device.take(carried)
        assert next(one.mark for one in device.cards(["ada"])["ada"].history if one.line == line) == "mistake"


def test_house_picks_shown_at_all_counters_count_together(shop: tuple[Path, Path], tmp_path: Path) -> None:
    exports, packs = shop
    here, there = Device(tmp_path / "a", packs), Device(tmp_path / "b", packs)
    lately = (NOW - 2 * DAY_S) * 1000

    def shown(visit: str) -> Told:
        return EventKind.SHOWN, "mia", {"visit_id": visit, "skus": ["TONIC"], "house": "TONIC"}, lately

    here.record([shown("V1"), shown("V2")])
    carried = night(exports, tmp_path / "office", here.rows()) / "packs"
    there.take(carried)
    there.record([shown("V3")])
    here.take(carried)
    with there.desk() as desk:
        assert desk.pack._parts.cards._house_picks_shown()["TONIC"] == 3
    with here.desk() as desk:
        assert desk.pack._parts.cards._house_picks_shown()["TONIC"] == 2, (
            "once each, though pack and journal both have them"
        )


def test_a_strike_out_of_another_counter_holds_for_the_shops_lists(shop: tuple[Path, Path], tmp_path: Path) -> None:
    from clerk.outlook.all_members import everybody

    exports, packs = shop
    here, there = Device(tmp_path / "a", packs), Device(tmp_path / "b", packs)
    here.record([(EventKind.STRIKE, "ada", {"sku": "FW"}, MS)])
    shown = {"visit_id": "V", "skus": ["SCONE"]}
    here.record([(EventKind.SHOWN, "ada", shown, (NOW - DAY_S) * 1000)])
    there.take(night(exports, tmp_path / "office", here.rows()) / "packs")
    with everybody(there.home) as people:
        facts = people.facts(people.reader.member_no("ada") or 0)
        struck = people.past(facts, NOW).flags & int(LineFlag.STRUCK)
        assert (struck > 0).sum() == 20
        assert [one.kind for one in people.events_since(NOW - 9 * DAY_S, [EventKind.SHOWN])] == [EventKind.SHOWN]


def test_without_its_journal_a_counter_asks_about_allergies_instead_of_showing_what_the_pack_carries(
    shop: tuple[Path, Path], tmp_path: Path
) -> None:
    exports, packs = shop
    here, there = Device(tmp_path / "a", packs), Device(tmp_path / "b", packs)
    here.record([(EventKind.FACT, "lena", {"fact": "allergen", "text": "gluten"}, MS)])
    there.take(night(exports, tmp_path / "office", here.rows()) / "packs")
    (there.home / "journal.db").write_bytes(b"no journal at all" * 999)
    card = there.cards(["lena"])["lena"]
    assert card.notes[0] == ASK_ABOUT_ALLERGIES
    assert not any("gluten" in note for note in card.notes)
    assert card.suggestions == ()


def test_a_pack_of_the_format_before_is_read_and_carries_nothing(shop: tuple[Path, Path], tmp_path: Path) -> None:
    from clerk.pack.manifest import MANIFEST, manifest_hash
    from clerk.pack.open import read_manifest

    _, packs = shop
    copied = tmp_path / "copied"
    shutil.copytree(packs, copied)
    folder = next(one for one in copied.iterdir() if one.is_dir())
    import json

    manifest = {**read_manifest(folder), "format": 1}
    (folder / MANIFEST).write_text(json.dumps({**manifest, "sha256": manifest_hash(manifest)}), encoding="utf-8")
    old = Device(tmp_path / "old", copied)
    assert old.told(["ada"]) == {"ada": []}
    assert old.cards(["ada"]) == Device(tmp_path / "new", packs).cards(["ada"])
