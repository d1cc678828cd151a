"""Words: the same numbers as FTS5's `bm25()`, and what a query's words may stand for."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from clerk.errors import PackDamaged
from clerk.languages import stem, words_of
from clerk.search import words
from clerk.search.words import OR_BELOW, WEIGHTS, WordIndex, WordText

NAMES = [
    "oat",
    "milk",
    "soy",
    "latte",
    "coffee",
    "beans",
    "running",
    "shoes",
    "red",
    "dresses",
    "cable",
    "charging",
    "cables",
    "toner",
    "cartridge",
]


def catalogue(count: int, seed: int = 4) -> list[WordText]:
    chance = random.Random(seed)

    def some(least: int, most: int) -> str:
        return " ".join(chance.choices(NAMES, k=chance.randint(least, most)))

    return [WordText(no, some(1, 4), some(0, 2), some(0, 12)) for no in range(1, count + 1)]


def by_fts5(texts: list[WordText], match: str) -> dict[int, float]:
    db = sqlite3.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE i USING fts5(name, category, body, tokenize='porter unicode61')")
        db.executemany("INSERT INTO i(rowid, name, category, body) VALUES (?, ?, ?, ?)", [text[:4] for text in texts])
        weights = ", ".join(map(str, WEIGHTS))
        return dict(db.execute(f"SELECT rowid, -bm25(i, {weights}) FROM i WHERE i MATCH ?", (match,)).fetchall())
    finally:
        db.close()


@pytest.mark.parametrize("query", ["milk", "oat milk", "charging cables", "red running shoes"])
def test_scores_are_those_of_fts5(query: str) -> None:
    texts = catalogue(400)
    hits = WordIndex.build(texts).search(query, 400)
    expected = by_fts5(texts, " AND ".join(query.split()))
    if len(expected) < OR_BELOW:
        expected = by_fts5(texts, " OR ".join(query.split()))
    assert hits.total == len(expected)
    assert set(hits.nos.tolist()) == set(expected)
    assert hits.scores == pytest.approx([expected[no] for no in hits.nos.tolist()], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("cables", "cabl"), ("charging", "charg"), ("running", "run"), ("ponies", "poni"), ("caresses", "caress"),
        ("agreed", "agre"), ("hopping", "hop"), ("falling", "fall"), ("relational", "relat"), ("happy", "happi"),
        ("adjustable", "adjust"), ("sky", "sky"), ("006r90321", "006r90321"), ("crème", "crème"), ("tv", "tv"),
    ],
)  # fmt: skip
def test_words_lose_their_endings_and_codes_stay_as_they_are(word: str, root: str) -> None:
    assert stem(word, "en") == root


def test_all_words_come_before_any_word() -> None:
    texts = [WordText(no, "oat milk") for no in range(1, OR_BELOW + 1)] + [WordText(99, "oat bar")]
    assert 99 not in WordIndex.build(texts).search("oat milk", 100).nos
    assert 99 in WordIndex.build(texts[1:]).search("oat milk", 100).nos


def test_stop_words_are_not_asked_unless_there_is_nothing_else() -> None:
    index = WordIndex.build([WordText(1, "The Who"), WordText(2, "Tea for two"), WordText(3, "Mug")])
    assert index.search("the mug", 9).nos.tolist() == [3]
    assert index.search("the who", 9).nos.tolist() == [1]


def test_an_unfinished_last_word_is_a_beginning() -> None:
    index = WordIndex.build([WordText(1, "Cappuccino"), WordText(2, "Tea"), WordText(3, "Capers")])
    assert index.search("cappu", 9).nos.tolist() == [1]
    assert set(index.search("cap", 9).nos.tolist()) == {1, 3}


def test_a_slip_is_forgiven_and_a_different_word_is_not() -> None:
    index = WordIndex.build([WordText(1, "Cappuccino"), WordText(2, "Laminator"), WordText(3, "Neoflex")])
    assert index.search("capuccino", 9).nos.tolist() == [1]
    assert index.search("garmin", 9).total == 0
    assert index.search("netflix", 9).total == 0
    assert index.search("ca9puccino", 9).total == 0


def test_only_what_may_be_found_is_found_and_counted() -> None:
    index = WordIndex.build([WordText(1, "oat milk"), WordText(2, "soy milk"), WordText(3, "milk")])
    here = np.array([False, True, False, True])
    hits = index.search("milk", 1, here)
    assert (hits.total, len(hits.nos)) == (2, 1)
    assert set(index.search("milk", 9, here).nos.tolist()) == {1, 3}


def test_accents_case_and_signs_do_not_count() -> None:
    assert words_of("Crème-Brûlée HDMI™ n_1") == ["creme", "brulee", "hdmitm", "n", "1"]


@pytest.mark.parametrize("query", ["", "   ", "?!", "\x00\x1b[31m", '" OR *', "’’", "🙂"])
def test_a_query_without_words_finds_nothing(query: str) -> None:
    assert WordIndex.build(catalogue(20)).search(query, 10).total == 0


def test_an_empty_shop_finds_nothing() -> None:
    assert WordIndex.build([]).search("milk", 10).total == 0


def test_a_saved_index_answers_the_same(tmp_path: Path) -> None:
    texts = catalogue(100)
    path = words.build(tmp_path, texts)
    opened, built = WordIndex.open(path), WordIndex.build(texts)
    assert opened is not None
    for query in ("milk", "oat latte", "cabl", "tonr"):
        assert opened.search(query, 50).nos.tolist() == built.search(query, 50).nos.tolist()


def test_an_index_whose_words_were_made_otherwise_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "rules_of", lambda _languages: "other")
    path = words.build(tmp_path, catalogue(9))
    monkeypatch.undo()
    assert WordIndex.open(path) is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"\x93NUMPY"])
def test_a_file_that_is_no_word_index_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "words.npz").write_bytes(content)
    with pytest.raises(PackDamaged):
        WordIndex.open(tmp_path / "words.npz")
