from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.errors import PackDamaged
from clerk.pack.name_index import FEW, NameIndex, name_words, words_of
from clerk.pack_build.write import name_index

NAMES = st.lists(st.text(alphabet="abÄ c'-ñ", max_size=12), max_size=30)


def index(names: list[str]) -> NameIndex:
    frame = pl.DataFrame(
        {"member_no": list(range(1, len(names) + 1)), "name": names, "given_name": [""] * len(names)},
        schema={"member_no": pl.Int64, "name": pl.String, "given_name": pl.String},
    )
    return name_index(frame)


@given(NAMES, st.text(alphabet="abÄ cñ", min_size=1, max_size=6))
def test_beginnings_and_fragments_agree_with_looking_at_every_name(names: list[str], text: str) -> None:
    words = words_of(text)
    if not words:
        return
    made = index(names)
    everybody = {number: name_words(name, "") for number, name in enumerate(names, start=1)}
    begun = [n for n, own in everybody.items() if all(any(w.startswith(word) for w in own) for word in words)]
    holding = [n for n, own in everybody.items() if all(any(word in w for w in own) for word in words)]
    assert made.beginning(words).tolist() == begun
    assert made.holding(words).tolist() == holding


def test_a_name_borne_by_very_many_is_counted_to_the_end() -> None:
    many = FEW + 500
    words = ["ada", "adam", "zoe"]
    starts = np.array([0, many, many + 10, many + 20], dtype=np.int64)
    members = np.concatenate([np.arange(1, many + 1), np.arange(5, 15), np.arange(1, 11)]).astype(np.int32)
    made = NameIndex(words, starts, members, many)
    assert made.beginning(["ad"]).tolist() == list(range(1, many + 1))
    assert made.beginning(["ad", "zo"]).tolist() == list(range(1, 11))
    assert made.beginning(["adam", "zoe"]).tolist() == list(range(5, 11))


def test_the_most_borne_of_equally_near_spellings_is_taken() -> None:
    made = index(["Hanna", "Hannah", "Hanno", "Hanno"])
    assert made.respelt(["hanni"]) == ["hanno"]
    assert made.respelt(["hann"]) is None
    assert made.respelt(["qqqq"]) is None
    assert made.respelt(["h4nna"]) is None


def test_an_index_reads_back_as_it_was_saved(tmp_path: Path) -> None:
    made = index(["Ada Lovelace", "", "Grace Hopper"])
    made.save(tmp_path / "names.npz")
    again = NameIndex.load(tmp_path / "names.npz")
    assert again.beginning(["ad"]).tolist() == [1]
    assert again.beginning(["gr", "hop"]).tolist() == [3]
    index([]).save(tmp_path / "nobody.npz")
    assert NameIndex.load(tmp_path / "nobody.npz").holding(["ada"]).tolist() == []


def test_another_file_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "names.npz").write_bytes(b"not a zip")
    with pytest.raises(PackDamaged):
        NameIndex.load(tmp_path / "names.npz")
