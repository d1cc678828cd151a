from __future__ import annotations

import re

import pytest

from clerk.pack.search import PackSearch


def names(search: PackSearch, text: str, limit: int = 20) -> list[str]:
    return [hit.name for hit in search.members(text, limit).hits]


def test_members_come_most_recently_seen_first(search: PackSearch) -> None:
    assert names(search, "ad") == ["Adelheid Löwenstein-Groß", "Ada Zweite", "Ada Lovelace"]


@pytest.mark.parametrize("text", ["lovelace ada", "ada love", "a lov", "ADA", "lov a"])
def test_words_come_in_any_order_and_unfinished(search: PackSearch, text: str) -> None:
    assert "Ada Lovelace" in names(search, text)


@pytest.mark.parametrize(
    "text", ["lowenstein", "Löwenstein", "gross", "groß", "sinead", "o'connor", "oconnor", "connor"]
)
def test_accents_and_apostrophes_need_not_be_typed(search: PackSearch, text: str) -> None:
    assert len(names(search, text)) == 1


@pytest.mark.parametrize("text", ["4471", "34471", "664 1234471", "0664 1234471", "+43 664 12", "0664 123", "436641"])
def test_a_phone_number_is_found_by_either_end(search: PackSearch, text: str) -> None:
    assert names(search, text) == ["Ada Lovelace"]


def test_a_number_told_with_another_prefix_is_found_by_its_tail(search: PackSearch) -> None:
    assert names(search, "+436647770001") == ["Grace Hopper"]
    assert names(search, "+43 (0)664 777 0001") == ["Grace Hopper"]
    assert names(search, "+436657770001") == []
    assert names(search, "06647770001") == ["Grace Hopper"]
    assert names(search, "0006647770001") == ["Grace Hopper"]


def test_a_member_is_found_by_id_and_by_the_name_in_the_address(search: PackSearch) -> None:
    assert names(search, "x99") == ["Ada Zweite"]
    assert names(search, "byron") == ["Ada Lovelace"]
    assert names(search, "grace@example.org") == ["Grace Hopper"]


@pytest.mark.parametrize("text", ["example", "example.org"])
def test_the_domain_of_an_address_finds_nobody(search: PackSearch, text: str) -> None:
    assert names(search, text) == []


def test_a_fragment_of_three_letters_is_enough(search: PackSearch) -> None:
    assert names(search, "stein") == ["Adelheid Löwenstein-Groß"]
    assert names(search, "velac") == ["Ada Lovelace"]
    assert names(search, "ve") == []


def test_fragments_stand_below_beginnings(search: PackSearch) -> None:
    assert names(search, "hop") == ["Grace Hopper"]
    assert names(search, "ela") == ["Ada Lovelace"]


@pytest.mark.parametrize("text", ["lovelase", "lovlace", "loevlace"])
def test_spelling_is_corrected_only_when_nothing_was_found(search: PackSearch, text: str) -> None:
    found = search.members(text)
    assert [hit.name for hit in found.hits] == ["Ada Lovelace"]
    assert found.corrected == "lovelace"
    assert search.members("lovelace").corrected == ""


@pytest.mark.parametrize("text", ["", "   ", "'\"", "*", "zzzzzzzz", "NOT", "a\x00", "()", "-", "+", "AND OR NEAR"])
def test_odd_texts_find_nobody_and_break_nothing(search: PackSearch, text: str) -> None:
    assert search.members(text).total in (0, 3)


def test_a_total_counts_also_beyond_the_rows_given(search: PackSearch) -> None:
    found = search.members("ad", limit=1)
    assert len(found.hits) == 1
    assert found.total == 3
    assert not found.at_least


def test_hints_never_show_a_whole_phone_number(search: PackSearch) -> None:
    for text in ("ada", "grace", "4471"):
        for hit in search.members(text).hits:
            assert len(re.sub(r"\D", "", hit.hint.split(",")[0])) <= 4
    (ada,) = search.members("lovelace").hits
    assert ada.hint == "····4471, last here 5 Jan"
    (grace,) = search.members("grace").hits
    assert grace.hint == "····0001, last here 20 Dec 2025"


def skus(search: PackSearch, text: str, limit: int = 10) -> list[str]:
    found = search.item_words(text, limit)
    items = search._reader.items(no for no, _ in found.hits)
    return [items[no].sku for no, _ in found.hits]


@pytest.mark.parametrize("text", ["c", "cho", "choco", "chocola", "chocolate", "CHOCOLATE b"])
def test_an_item_stays_found_while_its_name_is_typed(search: PackSearch, text: str) -> None:
    assert "CH" in skus(search, text)


def test_a_code_comes_first(search: PackSearch) -> None:
    assert skus(search, "FW")[0] == "FW"
    assert skus(search, "4006381333931") == ["FW"]


def test_words_of_name_category_and_description_are_searched(search: PackSearch) -> None:
    assert set(skus(search, "coffee")) == {"FW", "FW-L"}
    assert skus(search, "velvet") == ["FW"]
    assert skus(search, "the flat white")[0] in ("FW", "FW-L")


def test_any_word_will_do_when_all_find_nothing(search: PackSearch) -> None:
    assert set(skus(search, "kettle white")) == {"KT", "FW", "FW-L"}


def test_what_is_no_longer_sold_is_not_found(search: PackSearch) -> None:
    assert skus(search, "OLD") in (["OLD"], [])
    assert "OLD" not in skus(search, "ol")


def test_item_scores_fall_and_totals_count_beyond_the_rows(search: PackSearch) -> None:
    found = search.item_words("coffee", 1)
    assert len(found.hits) == 1
    assert found.total == 2
    scores = [score for _, score in search.item_words("white", 10).hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("text", ['"', "a*", "NEAR(", "col:x", "{}", "^", "milk\x00"])
def test_operators_in_a_query_are_only_text(search: PackSearch, text: str) -> None:
    search.item_words(text, 5)
