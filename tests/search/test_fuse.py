"""Fusing two rankings, against the formula written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.search.fusing import Fused, candidates, fuse

WORDS_WEIGHT, MEANING_WEIGHT = 0.4, 0.6

numbers = st.lists(st.integers(1, 60), unique=True, max_size=30)


def fused(words: dict[int, float], near: list[int], closeness: dict[int, float]) -> Fused:
    word_nos, near_nos = np.array(list(words), dtype=np.int32), np.array(near, dtype=np.int32)
    nos = candidates(word_nos, near_nos)
    return fuse(
        nos,
        np.array([closeness[no] for no in nos.tolist()], dtype=np.float32),
        word_nos,
        np.array(list(words.values()), dtype=np.float32),
        near_nos,
        words_weight=WORDS_WEIGHT,
        meaning_weight=MEANING_WEIGHT,
    )


@given(numbers, numbers, st.randoms(use_true_random=False))
def test_every_candidate_comes_once_and_with_the_score_of_the_formula(
    word_nos: list[int], near: list[int], chance: object
) -> None:
    rng = np.random.default_rng(len(word_nos) * 100 + len(near))
    words = {no: float(rng.random()) for no in word_nos}
    closeness = {no: float(rng.random()) for no in {*word_nos, *near}}
    found = fused(words, near, closeness)
    assert sorted(found.nos.tolist()) == sorted({*word_nos, *near})
    for no, score in zip(found.nos.tolist(), found.scores.tolist(), strict=True):
        assert score == pytest.approx(WORDS_WEIGHT * words.get(no, 0) + MEANING_WEIGHT * closeness[no], abs=1e-5)
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)


def test_each_item_says_which_ranking_brought_it() -> None:
    found = fused({1: 2.0, 2: 1.0}, [2, 3], {1: 0.1, 2: 0.9, 3: 0.8})
    said = dict(
        zip(found.nos.tolist(), zip(found.by_words.tolist(), found.by_meaning.tolist(), strict=True), strict=True)
    )
    assert said == {1: (True, False), 2: (True, True), 3: (False, True)}


def test_equal_scores_come_in_order_of_number() -> None:
    assert fused({5: 1.0, 3: 1.0}, [], {5: 0.5, 3: 0.5}).nos.tolist() == [3, 5]


def test_nothing_found_by_either_is_nothing() -> None:
    assert len(fused({}, [], {}).nos) == 0


def test_without_words_the_nearest_decide() -> None:
    assert fused({}, [1, 2, 3], {1: 0.2, 2: 0.9, 3: 0.5}).nos.tolist() == [2, 3, 1]
