from __future__ import annotations

from typing import Any

import pytest

from clerk.clock import DAY_S
from clerk.pack_build.learn import learn
from clerk.pack_build.learn.process import LearningFailed, learn_apart
from clerk.settings import Settings
from tests.pack_build.learn.shops import grocery


def rounded(value: Any) -> Any:
    """The same JSON with numbers to nine digits: two processes may add up in another order."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


@pytest.mark.slow
def test_a_process_of_its_own_learns_the_same() -> None:
    shop = grocery(members=150)
    here = learn(shop.shop, shop.columns, shop.until, Settings())
    there = learn_apart(shop.shop, shop.columns, shop.until, Settings()).result()
    assert rounded(there) == rounded(here)
    assert len(here) > 2


@pytest.mark.slow
def test_models_of_an_earlier_night_are_brought_to_tonight_there_as_here() -> None:
    shop = grocery(members=300)
    known = learn(shop.shop, shop.columns, shop.until - 20 * DAY_S, Settings())
    here = learn(shop.shop, shop.columns, shop.until, Settings(), known)
    there = learn_apart(shop.shop, shop.columns, shop.until, Settings(), known).result()
    assert rounded(there) == rounded(here)
    changed = {name for name in known if known[name] != here[name]}
    assert changed == {"stats", "due"}
    was, now = known["due"], here["due"]
    assert isinstance(was, dict)
    assert isinstance(now, dict)
    assert {name for name in was if was[name] != now[name]} == {"offset", "here"}


def test_what_goes_wrong_there_is_told_here() -> None:
    shop = grocery(members=150)
    shop.shop.lines = shop.shop.lines.drop("flags")
    with pytest.raises(LearningFailed, match="KeyError"):
        learn_apart(shop.shop, shop.columns, shop.until, Settings()).result()


def test_a_process_that_died_is_a_failure_and_not_an_empty_shop() -> None:
    shop = grocery(members=150)
    learning = learn_apart(shop.shop, shop.columns, shop.until, Settings())
    learning.stop()
    with pytest.raises(LearningFailed, match="stopped"):
        learning.result()
    learning.stop()
