"""What is seen can be taken back: any one statement, now or on an earlier day, and nothing else with it."""

from __future__ import annotations

from clerk.model import AnswerKind, Gate
from tests.promises.corner import At


def test_one_statement_of_an_earlier_day_is_taken_back_and_the_others_stay(counter: At) -> None:
    with counter() as shop:
        shop.visit("ada", ("CROISSANT", AnswerKind.NEVER))
        shop.visit("ada", ("SCONE", AnswerKind.NEVER))
    with counter(3) as shop:
        shop.desk.visit.open("ada", "scan")
        said = shop.statements("ada")
        croissant = next(one for one in said if "CROISSANT" in one.words)
        assert shop.take_back(croissant.event_id).result(10) is not None
        assert [one.event_id for one in said if one is not croissant] == [
            one.event_id for one in shop.statements("ada")
        ]
        assert shop.stopped_by("ada", "SCONE") == Gate.NEVER
        assert shop.stopped_by("ada", "CROISSANT") != Gate.NEVER


def test_what_no_longer_counts_is_nothing_to_take_back(counter: At) -> None:
    with counter() as shop:
        shop.visit("ada", ("CROISSANT", AnswerKind.NEVER))
        shop.desk.visit.open("ada", "scan")
        event_id = shop.statements("ada")[0].event_id
        assert shop.take_back(event_id).result(10) is not None
        assert shop.take_back(event_id).result(10) is None
        assert shop.desk.visit.take_back("another visit", event_id).result(10) is None


def test_what_was_taken_back_from_the_list_is_not_undone_a_second_time(counter: At) -> None:
    with counter() as shop:
        card = shop.desk.visit.open("ada", "scan")
        for sku in ("CROISSANT", "SCONE"):
            shop.desk.visit.answer(card.visit_id, sku, AnswerKind.NEVER).result(10)
        last = shop.statements("ada")[0]
        shop.take_back(last.event_id).result(10)
        assert shop.undo().result(10) is not None
        assert shop.statements("ada") == ()
        assert shop.undo().result(10) is None
