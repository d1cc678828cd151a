"""Sensitive items are listed by name or code alone; what is for somebody alone gives way."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.pack_build.build import build
from clerk.search.question import understood
from embeddings import open_bundle
from tests.embeddings.tiny import write_bundle

AT = 1_700_000_000
ROWS = [
    ("T1", "Breakfast tea", "Black leaf, hot and strong.", "Tea", "5.00", "no", "", ""),
    ("T2", "Mint tea", "Fresh mint in hot water.", "Tea", "6.00", "no", "caffeine-free; vegan", ""),
    ("C1", "Cold brew", "Steeped coffee over ice; at present a washed one.", "Coffee", "4.00", "no", "", ""),
    (
        "B1",
        "Babyccino",
        "A warm cup for a friend or a baby.",
        "Drinks",
        "1.00",
        "no",
        "caffeine-free",
        "children",
    ),
    ("G1", "Tea taster box", "Eight small tins.", "Gift sets", "18.00", "no", "", ""),
    ("S1", "Sleep aid tea", "A warm present before bed.", "Gift sets", "7.00", "yes", "caffeine-free", ""),
    ("S2", "Discreet pads", "For a mother, a baby or a friend.", "Care", "3.00", "yes", "vegan", ""),
    ("S3", "Mother-to-be tea", "Warm, without caffeine.", "Tea", "7.00", "yes", "caffeine-free", ""),
]
SENSITIVE = {"S1": {"sleep", "aid", "tea"}, "S2": {"discreet", "pads"}, "S3": {"mother", "be", "tea"}}
WORDS = ("tea", "sleep", "aid", "discreet", "pads", "mother", "present", "gift", "baby", "warm", "bed", "mint")
AROUND = ("for a", "for a friend", "something", "under 20", "cheapest", "without caffeine", "vegan", "please")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    place = tmp_path_factory.mktemp("discretion")
    (place / "folder").mkdir()
    with (place / "folder" / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("sku", "name", "description", "category", "price", "sensitive", "diets", "audience"))
        rows.writerows(ROWS)
    home = place / "home"
    home.mkdir()
    write_bundle(home / "encoder")
    build(place / "folder", home, clock=FixedClock(AT), encoder=open_bundle(home / "encoder"))
    desk = Desk.open(home, clock=FixedClock(AT))
    yield desk
    desk.close()


def answers(desk: Desk, text: str) -> list[list[str]]:
    """SKUs of the answer while it is typed, and of the whole one."""
    return [[hit.item.sku for hit in found.hits] for found in (desk.finding.items(text), desk.finding.items_here(text))]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS + AROUND), min_size=1, max_size=4))
def test_a_sensitive_item_is_listed_only_where_the_words_asked_are_its_name(desk: Desk, parts: list[str]) -> None:
    # What it is for names nothing: "discreet pads for a friend".
    ends = next((place for place, part in enumerate(parts) if part.startswith("for ")), len(parts))
    asked = {part for part in parts[:ends] if part in WORDS}
    for shown in answers(desk, " ".join(parts)):
        for sku in SENSITIVE.keys() & set(shown):
            assert asked
            assert asked <= SENSITIVE[sku]


@pytest.mark.parametrize(
    ("text", "sku"), [("discreet pads", "S2"), ("sleep tea", "S1"), ("S3", "S3"), ("sleep aid", "S1")]
)
def test_by_its_name_or_code_it_is_found_at_once(desk: Desk, text: str, sku: str) -> None:
    assert [shown[0] for shown in answers(desk, text)] == [sku, sku]


@pytest.mark.parametrize("text", ["tea", "cheapest tea", "present under 20", "for a baby", "caffeine free", "vegan"])
def test_what_others_are_called_as_well_does_not_bring_it(desk: Desk, text: str) -> None:
    for shown in answers(desk, text):
        assert not SENSITIVE.keys() & set(shown)


def test_something_warm_for_nobody_in_particular_is_what_is_stated_to_fit_and_what_is_for_children_stands_last(
    desk: Desk,
) -> None:
    for shown in answers(desk, "something warm without caffeine"):
        assert shown == ["T2", "B1"]
    for shown in answers(desk, "cheapest drink for my kid without caffeine"):
        assert shown[0] == "B1"


@pytest.mark.parametrize("text", ["present under 20", "present for a friend", "Geschenk", "un cadeau", "プレゼント"])
def test_a_present_is_what_is_called_one_and_not_what_is_so_at_present(desk: Desk, text: str) -> None:
    for shown in answers(desk, text):
        assert shown == ["G1"]


@pytest.mark.parametrize("text", ["decaf tea", "entkoffeiniert", "décaféiné", "descafeinado", "デカフェ", "decaf"])
def test_decaf_is_a_condition_in_every_language(desk: Desk, text: str) -> None:
    found = desk.finding.items(text)
    assert found.understood == ("decaf",)
    assert found.hits[0].item.sku == "T2"
    assert "C1" not in [hit.item.sku for hit in found.hits]


def test_what_is_cold_by_its_name_stands_last_where_something_hot_is_asked(desk: Desk) -> None:
    shown = [hit.item.sku for hit in desk.finding.items_here("hot tea or coffee").hits]
    assert "C1" not in shown[:2]
    assert shown.index("T1") < shown.index("C1") if "C1" in shown else True


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("halal", "Nothing here is stated to be halal. Look at the pack itself."),
        ("cold brew under 2", "Nothing of the kind is under 2.00."),
    ],
)
def test_nothing_that_fits_is_said_plainly(desk: Desk, text: str, remark: str) -> None:
    found = desk.finding.items_here(text)
    assert (found.hits, found.remark) == ((), remark)


def test_in_a_run_without_blanks_the_tea_of_a_tea_gift_stays_a_word_to_search() -> None:
    asked = understood("紅茶ギフト")
    assert (asked.gift, asked.rest) == (True, "紅茶ギフト")
    assert understood("tea as a present").rest == "tea as"
