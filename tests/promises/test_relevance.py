"""Relevance or silence · Never the item itself · Only what is here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clerk.model import Gate
from tests.promises.corner import ITEMS, REGULARS, At, built, counter_of, crowd, every, write

# ---- Relevance or silence: a slot with nothing good enough stays empty and says so.


def test_relevance_three_places_are_suggestions_or_sentences_and_never_filled_up(counter: At) -> None:
    with counter() as shop:
        for who in REGULARS:
            card = shop.card(who)
            assert len(card.suggestions) + len(card.silence) == 3
            assert all(sentence.endswith(".") for sentence in card.silence)


def test_relevance_a_place_with_nothing_good_enough_stays_empty_and_says_so(counter: At) -> None:
    with counter() as shop:
        screen = shop.screen("cleo")
        assert shop.skus("cleo")[:1] == ["CROISSANT"]
        assert "– Nothing more is good enough." in screen
        assert "SENCHA" not in shop.skus("cleo")
        assert shop.why("cleo", "SENCHA").line == "Not suggested: there is no reason to mention it."


def test_relevance_what_too_little_speaks_for_is_not_said(counter: At, tmp_path: Path) -> None:
    with counter() as shop:
        assert "CROISSANT" in shop.skus("cleo")
    (tmp_path / "home" / "settings.toml").write_text("[suggest]\nscore_from = 0.9\n", encoding="utf-8")
    with counter() as shop:
        assert "CROISSANT" not in shop.skus("cleo")
        assert shop.stopped_by("cleo", "CROISSANT") == Gate.NOT_GOOD_ENOUGH
        assert "needed 0.90" in shop.why_words("cleo", "CROISSANT")


def test_relevance_every_gate_is_reported_by_name_for_any_item(counter: At) -> None:
    with counter() as shop:
        for sku in [item[0] for item in ITEMS]:
            assert [gate for gate, _, _ in shop.why("ada", sku).gates] == sorted(
                Gate, key=[gate for gate, _, _ in shop.why("ada", "FW").gates].index
            )
        words = shop.why_words("ada", "GHOST")
        for gate, through, facts in shop.why("ada", "GHOST").gates:
            assert (facts if through else f"{gate.value}: {facts}") in words


# ---- Never the item itself, its variants, what is in the basket, or what was just bought.


def test_never_the_item_itself_nor_a_variant_of_the_usual(counter: At) -> None:
    with counter() as shop:
        assert not {"BEANS", "BEANS-1K"} & set(shop.skus("mia"))
        assert shop.stopped_by("mia", "BEANS") == Gate.THE_ITEM_ITSELF
        assert shop.stopped_by("mia", "BEANS-1K") == Gate.THE_ITEM_ITSELF
        assert shop.stopped_by("ada", "FW") == Gate.THE_ITEM_ITSELF
        assert "FW" not in shop.skus("ada")


def test_never_the_item_itself_nor_what_was_just_bought(tmp_path: Path) -> None:
    people = {"ada": [*every(2, 20, ["FW"], last=3), (1, ["FW", "CROISSANT"])], **crowd()}
    with counter_of(built(write(tmp_path / "f", people), tmp_path / "h"))() as shop:
        assert "CROISSANT" not in shop.skus("ada")
        assert shop.stopped_by("ada", "CROISSANT") == Gate.JUST_BOUGHT
        assert "In the latest basket, yesterday." in shop.why_words("ada", "CROISSANT")


def test_never_the_item_itself_under_another_number(tmp_path: Path) -> None:
    twin = ("CROISSANT-2", *ITEMS[2][1:])
    people = {"ada": [*every(2, 20, ["FW"], last=3), (1, ["FW", "CROISSANT"])], **crowd()}
    people |= {f"d{n}": every(7, 5, ["FW", "CROISSANT-2"], last=3) for n in range(20)}
    folder = write(tmp_path / "f", people, items=(*ITEMS, twin))
    with counter_of(built(folder, tmp_path / "h"))() as shop:
        assert not {"CROISSANT", "CROISSANT-2"} & set(shop.skus("ada"))
        assert shop.stopped_by("ada", "CROISSANT-2") == Gate.THE_ITEM_ITSELF


# ---- Only what is here: stock in this shop, with the shelf; out of stock brings the nearest thing that is in.


def test_only_what_is_here_is_suggested_and_the_count_is_told(counter: At) -> None:
    with counter() as shop:
        screen = shop.screen("lena")
        assert "MUFFIN" not in shop.skus("lena")
        assert "Blueberry muffin held back: not here today." in screen
        assert "None on hand, counted today." in shop.why_words("lena", "MUFFIN")
        assert "shelf A1 · 12 here" in shop.screen("ada")


def test_only_what_is_here_and_without_the_same_thing_the_card_says_ask(tmp_path: Path) -> None:
    people = {**REGULARS, **crowd()}
    home = built(write(tmp_path / "f", people, stock={"LATTE": 0}), tmp_path / "h")
    with counter_of(home)() as shop:
        assert "! Latte is out: ask what they would like instead" in shop.screen("lena")
        assert "FW" in [near.item.sku for near in shop.desk.finding.item("LATTE").near][:1]


def test_only_what_is_here_so_the_nearest_thing_stands_in_for_what_is_due(tmp_path: Path) -> None:
    lungo = ("LUNGO", "Lungo beans 250 g", "Provisions > Beans", "9.00", "", "", "", "", "")
    folder = write(
        tmp_path / "f", {**REGULARS, **crowd()}, items=(*ITEMS, lungo), stock={"BEANS": 0, "BEANS-1K": 0, "MUFFIN": 0}
    )
    with counter_of(built(folder, tmp_path / "h"))() as shop:
        assert "BEANS" not in shop.skus("ada")
        assert shop.stopped_by("ada", "BEANS") == Gate.NOT_HERE
        screen = shop.screen("ada")
        assert "! out today → offer Lungo beans 250 g" in screen


def test_only_what_is_here_and_a_stand_in_brings_no_allergen_with_it(tmp_path: Path) -> None:
    nutty = ("LUNGO", "Hazelnut beans 250 g", "Provisions > Beans", "9.00", "", "", "", "nuts", "")
    folder = write(
        tmp_path / "f", {**REGULARS, **crowd()}, items=(*ITEMS, nutty), stock={"BEANS": 0, "BEANS-1K": 0, "MUFFIN": 0}
    )
    with counter_of(built(folder, tmp_path / "h"))() as shop:
        (due,) = shop.card("ada").due
        assert due.note == "out today: ask what they would like instead"
        assert "Instead of" not in shop.why_words("ada", "LUNGO")


def test_only_what_is_here_says_not_counted_where_nobody_counts(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {**REGULARS, **crowd()})
    (folder / "stock.csv").unlink()
    with counter_of(built(folder, tmp_path / "h"))() as shop:
        screen = shop.screen("ada")
        assert "not counted" in screen
        assert "· 12 here" not in screen


@pytest.mark.parametrize("how_many", [1, 3])
def test_relevance_a_shop_may_say_less_but_not_more(counter: At, tmp_path: Path, how_many: int) -> None:
    (tmp_path / "home" / "settings.toml").write_text(f"[suggest]\nslots = {how_many}\n", encoding="utf-8")
    with counter() as shop:
        assert len(shop.skus("ada")) <= how_many
        assert replace(shop.card("ada")).suggestions[0].source in ("due", "company")
