"""No means no; ignored means ignored · Satisfied needs go quiet · One swallow is not a summer."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.model import AnswerKind, Gate, LineMark
from clerk.visit.feedback import undo_event
from tests.promises.corner import ITEMS, At, built, counter_of, crowd, every, write

# ---- No means no; ignored means ignored. One key: never again. Only real showings count.


def test_no_means_no_for_good_until_the_member_takes_it_back(counter: At) -> None:
    with counter() as shop:
        shop.visit("ada", ("CROISSANT", AnswerKind.NEVER))
    with counter(700) as shop:
        assert "CROISSANT" not in shop.skus("ada")
        assert shop.stopped_by("ada", "CROISSANT") == Gate.NEVER
        assert [one.words for one in shop.desk.records.statements("ada")] == ["never to Butter croissant (CROISSANT)"]
        last = shop.desk.records.last_undoable("ada")
        shop.record(undo_event("ada", last))
        assert shop.desk.records.statements("ada") == ()
        assert shop.stopped_by("ada", "CROISSANT") != Gate.NEVER
    with counter(1) as shop:
        assert "CROISSANT" in shop.skus("ada")


def test_no_means_no_for_a_whole_category_too(counter: At) -> None:
    with counter() as shop:
        card = shop.never_category("ada", "CROISSANT")
        assert card.answers == {"CROISSANT": "never"}
    with counter(30) as shop:
        assert shop.stopped_by("ada", "CROISSANT") == Gate.NEVER_CATEGORY
        assert "never to Bakery > Viennoiserie" in [one.words for one in shop.desk.records.statements("ada")]
        assert shop.stopped_by("ada", "SCONE") != Gate.NEVER_CATEGORY


def test_no_means_no_is_seen_at_once_and_nothing_takes_its_place(counter: At) -> None:
    with counter() as shop:
        before = shop.skus("ada")
        card = shop.visit("ada", ("CROISSANT", AnswerKind.NEVER))
        assert [one.item.sku for one in card.suggestions] == before
        assert card.answers == {"CROISSANT": "never"}


def test_ignored_means_ignored_it_fades_with_each_real_showing_and_stops(counter: At) -> None:
    scores = []
    for day in range(6):
        with counter(day) as shop:
            found = [one.score for one in shop.card("cleo").suggestions if one.item.sku == "CROISSANT"]
            scores += found
            shop.visit("cleo")
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores) < 6
    with counter(6) as shop:
        assert "CROISSANT" not in shop.skus("cleo")
        assert shop.stopped_by("cleo", "CROISSANT") == Gate.IGNORED
        assert "and passed over, last" in shop.why_words("cleo", "CROISSANT")
    with counter(40) as shop:
        assert shop.stopped_by("cleo", "CROISSANT") != Gate.IGNORED
        faded = next(one.score for one in shop.card("cleo").suggestions if one.item.sku == "CROISSANT")
        assert faded < scores[0]


@pytest.mark.parametrize(
    ("drawn", "end"),
    [(False, "next"), (True, "scan"), (True, "timeout"), (True, "closed")],
    ids=["never drawn", "another card was scanned", "timed out", "closed"],
)
def test_ignored_counts_only_real_showings(counter: At, drawn: bool, end: str) -> None:
    for day in range(8):
        with counter(day / 10) as shop:
            shop.visit("cleo", drawn=drawn, end=end)
    with counter(1) as shop:
        assert "CROISSANT" in shop.skus("cleo")
        assert shop.stopped_by("cleo", "CROISSANT") == ""


def test_ignored_is_forgotten_when_the_member_takes_it(counter: At) -> None:
    with counter() as shop:
        fresh = next(one.score for one in shop.card("cleo").suggestions if one.item.sku == "CROISSANT")
    for day in range(3):
        with counter(day) as shop:
            shop.visit("cleo")
    with counter(4) as shop:
        shop.visit("cleo", ("CROISSANT", AnswerKind.TOOK))
    with counter(5) as shop:
        assert shop.stopped_by("cleo", "CROISSANT") == ""
        assert next(one.score for one in shop.card("cleo").suggestions if one.item.sku == "CROISSANT") == fresh


def test_not_now_is_about_this_week(counter: At) -> None:
    with counter() as shop:
        shop.visit("ada", ("CROISSANT", AnswerKind.NOT_NOW))
    with counter(5) as shop:
        assert shop.stopped_by("ada", "CROISSANT") == Gate.NOT_NOW
    with counter(20) as shop:
        assert shop.stopped_by("ada", "CROISSANT") != Gate.NOT_NOW


# ---- Satisfied needs go quiet. Durables rest; "already have it" is an answer; consumables keep their own interval.


def test_satisfied_a_durable_rests_after_a_purchase_and_so_does_its_kind(counter: At) -> None:
    with counter() as shop:
        for sku in ("KETTLE", "KETTLE-2"):
            assert sku not in shop.skus("cleo")
            assert shop.stopped_by("cleo", sku) == Gate.DURABLE_AT_REST
        assert "Lasts long, and bought it or a variant 10 months ago." in shop.why_words("cleo", "KETTLE")
        assert shop.stopped_by("ada", "KETTLE") != Gate.DURABLE_AT_REST


def test_satisfied_already_has_it_is_an_answer_too(counter: At) -> None:
    with counter() as shop:
        shop.visit("ada", ("CROISSANT", AnswerKind.HAS_IT))
    with counter(30) as shop:
        assert shop.stopped_by("ada", "CROISSANT") == Gate.HAS_IT
        assert "Has it already, said 4 weeks ago." in shop.why_words("ada", "CROISSANT")


def test_satisfied_a_consumable_comes_back_at_the_members_own_interval(counter: At) -> None:
    with counter() as shop:
        assert "BEANS" in [due.item.sku for due in shop.card("ada").due]
        assert "BEANS" not in shop.skus("ada")
        assert "◐ due  House beans 250 g" in shop.screen("ada")
        shop.visit("ada", ("BEANS", AnswerKind.TOOK))
    with counter(3) as shop:
        assert "BEANS" not in [due.item.sku for due in shop.card("ada").due]
        assert shop.stopped_by("ada", "BEANS") == Gate.SATISFIED
        assert "Taken when suggested 3 days ago; comes back about every 12 days." in shop.why_words("ada", "BEANS")
    with counter(12) as shop:
        assert "BEANS" in [due.item.sku for due in shop.card("ada").due]


def test_satisfied_by_a_variant_too(counter: At) -> None:
    with counter() as shop:
        assert "BEANS" not in [due.item.sku for due in shop.card("mia").due]


def test_satisfied_by_a_variant_that_stands_elsewhere_in_the_shop(tmp_path: Path) -> None:
    sacks = [(*item[:2], "Wholesale > Sacks", *item[3:]) if item[0] == "BEANS-1K" else item for item in ITEMS]
    people = {"mia": [*every(12, 6, ["BEANS"], last=14), (3, ["BEANS-1K"])], **crowd()}
    with counter_of(built(write(tmp_path / "f", people, items=sacks), tmp_path / "h"))() as shop:
        assert "BEANS" not in [due.item.sku for due in shop.card("mia").due]
        assert "Met by another of its kind 3 days ago" in shop.why_words("mia", "BEANS")


# ---- One swallow is not a summer. A one-off is no taste; a gift, a mistake, something for another neither.


def test_one_swallow_a_single_purchase_is_no_taste(counter: At) -> None:
    with counter() as shop:
        assert "CROISSANT" not in shop.skus("dan")
        assert shop.stopped_by("dan", "CROISSANT") == Gate.ONE_OFF
        assert "Bought once, on 30 Nov 2025, and not in 12 visits since." in shop.why_words("dan", "CROISSANT")


@pytest.mark.parametrize(("mark", "words"), [(LineMark.GIFT, "as a gift"), (LineMark.MISTAKE, "by mistake"),
                                             (LineMark.OTHER, "for someone else")])  # fmt: skip
def test_one_swallow_a_marked_line_no_longer_speaks_at_once_and_for_good(
    counter: At, mark: LineMark, words: str
) -> None:
    with counter() as shop:
        assert shop.card("dan").baskets == 13
        card = shop.mark("dan", shop.line("dan", "CROISSANT"), mark)
        assert card.baskets == 12
        assert next(one.mark for one in card.history if one.item.sku == "CROISSANT") == mark
    with counter(300) as shop:
        assert shop.stopped_by("dan", "CROISSANT") == Gate.NOT_TASTE
        assert f"Bought only {words}." in shop.why_words("dan", "CROISSANT")


def test_one_swallow_a_marked_usual_is_no_usual(counter: At) -> None:
    with counter() as shop:
        for one in shop.card("ben").history:
            shop.mark("ben", one.line, LineMark.OTHER)
        assert "No usual yet: no purchases of their own so far." in shop.screen("ben")
        assert "As last time" not in shop.screen("ben")


def test_one_swallow_a_mark_is_taken_back(counter: At) -> None:
    with counter() as shop:
        shop.mark("dan", shop.line("dan", "CROISSANT"), LineMark.GIFT)
        shop.record(undo_event("dan", shop.desk.records.last_undoable("dan")))
        assert shop.card("dan").baskets == 13
