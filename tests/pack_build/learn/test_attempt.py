"""One odd record never costs a shop its models: who breaks a model is left out, and each model fails alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

import clerk.pack_build.learn as learning
from clerk.model import History
from clerk.model.learned import MODEL_NAMES, ModelState, states_of
from clerk.pack_build.learn import learn
from clerk.pack_build.learn.attempt import Learner, TooLittle, attempted, enough
from clerk.pack_build.learn.cases import members
from tests.pack_build.learn.shops import MadeShop, grocery


def counting(odd: set[int], least: int = 3) -> Learner:
    """Counts the members, and breaks off with those whose history is one of the odd ones by length."""

    def learner(histories: Iterator[History]) -> Mapping[str, object]:
        many = 0
        for history in histories:
            many += 1 // (len(history) not in odd)
        enough(many, least, "members")
        return {"members": many}

    return learner


def lengths(shop: MadeShop) -> list[int]:
    return [len(one.history) for one in members(shop.shop, shop.until)]


def test_a_member_who_breaks_a_model_is_left_out_and_counted() -> None:
    shop = grocery(members=200)
    every = lengths(shop)
    odd = {every[0], every[130]}
    many = sum(length in odd for length in every)
    found, state = attempted(counting(odd), lambda: members(shop.shop, shop.until))
    assert found == {"members": 200 - many}
    assert state == ModelState(left_out=many)
    assert f"{many} members left out" in state.sentence("value")


def test_a_model_that_breaks_with_nobody_in_particular_fails_alone_and_says_why() -> None:
    shop = grocery(members=70)

    def learner(histories: Iterator[History]) -> Mapping[str, object]:
        enough(sum(1 for _ in histories), 70, "members")
        raise ZeroDivisionError("nothing to divide")

    found, state = attempted(learner, lambda: members(shop.shop, shop.until))
    assert found is None
    assert state == ModelState(why="ZeroDivisionError: nothing to divide", failed=True)


def test_too_little_is_no_failure_and_says_how_much_of_how_much() -> None:
    shop = grocery(members=2)
    found, state = attempted(counting(set(), least=5_000), lambda: members(shop.shop, shop.until))
    assert found is None
    assert not state.failed
    assert state.sentence("due") == "Due is not learned: 2 of the 5,000 needed members"


def test_a_weight_that_is_no_number_is_a_failure() -> None:
    shop = grocery(members=3)
    found, state = attempted(lambda _: {"weight": [1.0, [float("nan")]]}, lambda: members(shop.shop, shop.until))
    assert found is None
    assert state.failed


@pytest.mark.parametrize("broken", ["learn_usual", "learn_due", "learn_next", "learn_value"])
def test_each_model_fails_alone(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(histories: Iterator[History], *_: object) -> Mapping[str, object]:
        raise KeyError(sum(1 for _ in histories))

    monkeypatch.setattr(learning, broken, breaks)
    shop = grocery(members=300)
    told = learn(shop.shop, shop.columns, shop.until)
    name = broken.removeprefix("learn_")
    # Too little is new in this shop to learn what is wanted.
    assert set(MODEL_NAMES) - set(told) == {name, "suggest"}
    assert {one for one, state in states_of(told).items() if state.failed} == {name}


def test_enough_is_enough() -> None:
    enough(3, 3, "members")
    with pytest.raises(TooLittle, match="2 of the 3 needed members"):
        enough(2, 3, "members")
