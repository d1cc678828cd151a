from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from clerk.clock import from_datetime, parse_at
from clerk.driver import connect
from clerk.errors import UnknownMember
from clerk.model import CardStatus, ConsentState, LineFlag, Modifier, Purpose
from clerk.pack.manifest import write_manifest
from clerk.pack.open import COLUMNS, DATABASE, PACKS, read_manifest
from clerk.pack.read import PackReader
from tests.pack_build.shop import opened


def member(reader: PackReader, member_id: str) -> int:
    number = reader.member_no(member_id)
    assert number is not None
    return number


def test_the_member_seen_most_recently_is_number_one(reader: PackReader) -> None:
    order = [reader.member(number).member_id for number in range(1, 7)]
    assert order == ["m3", "X99", "m1", "m2", "m4", "m6"]


def test_a_history_comes_in_columns_oldest_basket_first(reader: PackReader) -> None:
    with reader.snapshot():
        facts = reader.member_facts(member(reader, "m1"))
    history = facts.history
    items = reader.items(history.item.tolist())
    assert [items[no].sku for no in history.item.tolist()] == ["FW", "CH", "FW"]
    assert history.basket.tolist() == [0, 0, 1]
    assert history.line_no.tolist() == [1, 2, 1]
    assert history.basket_id == ("b1", "b2")
    assert history.basket_at.tolist() == [parse_at("2026-01-02T08:00"), parse_at("2026-01-05T08:00")]
    assert history.quantity.tolist() == [1.0, 2.0, 1.0]
    assert history.total_minor.tolist() == [320, 500, 320]
    assert history.flags.tolist() == [0, int(LineFlag.GIFT), 0]
    assert (history.item.dtype, history.basket_at.dtype, history.flags.dtype) == (np.int32, np.int64, np.uint8)


def test_a_member_without_baskets_has_an_empty_history(reader: PackReader) -> None:
    facts = reader.member_facts(member(reader, "m6"))
    assert len(facts.history) == 0
    assert facts.history.basket_id == ()


def test_equal_modifiers_are_one_set_whatever_their_order(reader: PackReader) -> None:
    history = reader.member_facts(member(reader, "m1")).history
    first, plain, again = history.modifier_set.tolist()
    assert first == again != 0
    assert plain == 0
    sets = reader.modifier_sets([0, first])
    assert sets[0] == ()
    assert sets[first] == (Modifier("Milk", "Oat", 40, available=False), Modifier("Size", "Large", 70))


def test_an_option_without_a_group_is_still_a_modifier(reader: PackReader) -> None:
    history = reader.member_facts(member(reader, "X99")).history
    (modifiers,) = reader.modifier_sets(history.modifier_set.tolist()).values()
    assert modifiers == (Modifier("", "Extra shot"),)


def test_an_item_offers_its_own_choices_and_those_of_its_category(reader: PackReader) -> None:
    numbers = reader.item_nos(["FW", "CH", "KT"])
    assert [str(choice) for choice in reader.modifiers_of(numbers["FW"])] == ["Size=Large", "Milk=Oat", "Milk=Whole"]
    assert [str(choice) for choice in reader.modifiers_of(numbers["CH"])] == ["Wrap=Paper"]
    assert reader.modifiers_of(numbers["KT"]) == ()


def test_cards_open_by_their_compact_code_and_an_old_code_may_be_shared(reader: PackReader) -> None:
    (own,) = reader.cards_by_code("BCDFGHJKLNPRSTVXBCDFGHJK")
    assert (own.status, own.issued_on) == (CardStatus.ACTIVE, "2025-01-01")
    assert {reader.member(card.member_no).member_id for card in reader.cards_by_code("4711")} == {"m1", "m2"}
    assert [card.status for card in reader.cards_by_code("4712")] == [CardStatus.REVOKED]
    assert reader.cards_by_code("nothing") == ()
    facts = reader.member_facts(member(reader, "m1"))
    assert {card.code for card in facts.cards} == {"4711", "BCDFGHJKLNPRSTVXBCDFGHJK"}


def test_consents_come_oldest_first(reader: PackReader) -> None:
    consents = reader.member_facts(member(reader, "m1")).consents
    assert [(one.purpose, one.state) for one in consents] == [
        (Purpose.CONTACT, ConsentState.GIVEN),
        (Purpose.CONTACT, ConsentState.WITHDRAWN),
    ]
    assert consents[1].by == "till"


def test_a_tier_means_what_is_still_true(reader: PackReader) -> None:
    assert reader.member_facts(member(reader, "m1")).privileges == ("A pastry on the house",)
    assert reader.member_facts(member(reader, "m2")).privileges == ()


def test_stock_of_several_shelves_is_added_up_and_uncounted_is_not_zero(reader: PackReader) -> None:
    items = {item.sku: item for item in reader.items(range(1, 6)).values()}
    assert items["FW"].on_hand == 7
    assert items["CH"].on_hand == 0
    assert items["KT"].on_hand is None
    assert items["KT"].is_here
    assert not items["CH"].is_here


def test_an_item_known_from_lines_only_is_gone_and_called_by_its_sku(reader: PackReader) -> None:
    number = reader.item_nos(["OLD"])["OLD"]
    item = reader.items([number])[number]
    assert (item.name, item.on_hand, item.is_here) == ("OLD", 0, False)
    assert reader.columns.flags[number] & reader.columns.GONE


def test_items_read_as_the_shop_wrote_them_without_markup(reader: PackReader) -> None:
    number = reader.item_nos(["FW"])["FW"]
    item = reader.items([number])[number]
    assert item.description == "Espresso with velvet milk"
    assert item.price_minor == 320
    (chocolate,) = reader.items(reader.item_nos(["CH"]).values()).values()
    assert chocolate.allergens == ("milk", "nuts")


def test_an_item_says_whom_it_is_for_what_it_is_and_what_is_not_known(reader: PackReader) -> None:
    item = {item.sku: item for item in reader.items(range(1, 6)).values()}
    told = {sku: (each.audience, each.diets, each.mention, each.goes_with, each.language) for sku, each in item.items()}
    assert told == {
        "FW": ((), (), True, ("CH", "KT"), ""),
        "FW-L": ((), (), True, (), ""),
        "CH": (("children",), ("gluten-free", "vegetarian"), True, (), "en"),
        "KT": (("children", "pets"), (), False, (), ""),
        "OLD": ((), (), True, (), ""),
    }
    allergens = {sku: (each.allergens, each.allergens_stated) for sku, each in item.items()}
    assert allergens["CH"] == (("milk", "nuts"), True)
    assert allergens["KT"] == ((), True), "stated: none"
    assert allergens["FW"] == ((), False), "not stated"
    columns = reader.columns
    assert {sku: columns.audiences[columns.audience[each.item_no]] for sku, each in item.items()} == {
        "FW": "", "FW-L": "", "CH": "children", "KT": "children; pets", "OLD": ""
    }  # fmt: skip
    unmentioned = {sku for sku, each in item.items() if columns.flags[each.item_no] & columns.UNMENTIONED}
    assert unmentioned == {"KT"}


def test_a_pack_from_before_items_said_whom_they_are_for_still_opens(whole_home: Path, tmp_path: Path) -> None:
    shutil.copytree(whole_home, tmp_path / "home")
    folder = next((tmp_path / "home" / PACKS).glob("*-*"))
    with closing(connect(folder / DATABASE)) as db:
        for name in ("audience", "diets", "mention", "goes_with", "language"):
            db.execute(f"ALTER TABLE items DROP COLUMN {name}")
        db.commit()
    with np.load(folder / COLUMNS) as arrays:
        kept = {name: array for name, array in arrays.items() if not name.startswith("audience")}
    np.savez(folder / COLUMNS, **kept)
    write_manifest(folder, {**read_manifest(folder), "files": {}})
    reader = opened(tmp_path / "home")
    item = {item.sku: item for item in reader.items(range(1, 6)).values()}
    assert {(each.audience, each.diets, each.mention, each.goes_with) for each in item.values()} == {((), (), True, ())}
    assert item["CH"].allergens == ("milk", "nuts")
    assert reader.columns.audiences == ("",)
    assert not reader.columns.audience.any()
    reader.pack.close()


@pytest.mark.parametrize("code", ["4006381333931", "04006381333931", "FW"])
def test_a_barcode_finds_its_item_with_or_without_leading_zeros(reader: PackReader, code: str) -> None:
    assert reader.item_nos_by_code(code) == (reader.item_nos(["FW"])["FW"],)


def test_a_twelve_digit_barcode_is_the_same_as_its_thirteen_digit_form(reader: PackReader) -> None:
    assert reader.item_nos_by_code("012345678905") == (reader.item_nos(["CH"])["CH"],)
    assert reader.item_nos_by_code("99999999") == ()


def test_facts_say_where_we_are_and_how_fresh(reader: PackReader) -> None:
    facts = reader.facts
    assert (facts["store"], facts["store_id"], facts["currency"]) == ("Test", "S1", "EUR")
    assert (facts["members"], facts["items"], facts["lines"]) == ("6", "5", "6")
    assert (facts["demo_code"], facts["demo_name"]) == ("BCDFGHJKLNPRSTVXBCDFGHJK", "Ada Lovelace")
    assert int(facts["data_until"]) == parse_at("2026-01-20T09:00")
    assert facts["store.house"] == '["KT"]'


def test_vectors_lie_by_item_number_and_have_unit_length(reader: PackReader) -> None:
    vectors = reader.vectors
    assert vectors is not None
    assert vectors.shape == (6, 16)
    sold = [no for no in range(1, 6) if not reader.columns.flags[no] & reader.columns.GONE]
    assert np.allclose(np.linalg.norm(vectors[sold], axis=1), 1.0, atol=1e-5)
    assert not vectors[0].any()
    assert not vectors[reader.item_nos(["OLD"])["OLD"]].any()


def test_nobody_has_a_number_beyond_the_pack(reader: PackReader) -> None:
    assert reader.member_no("no such member") is None
    with pytest.raises(UnknownMember):
        reader.member(999)
    assert reader.items([0, 999]) == {}


def test_built_at_is_the_builds_own_clock(reader: PackReader, whole_home: Path) -> None:
    import datetime

    assert int(reader.facts["built_at"]) == from_datetime(datetime.datetime(2026, 2, 1, 12))
