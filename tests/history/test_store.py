from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import parse_at
from clerk.durable import Disk
from clerk.errors import DiskFailed, PackDamaged
from clerk.history import store as store_module
from clerk.history.store import Arrived, HistoryStore
from clerk.intake.canonical_tables import ROW, Source, read_table
from clerk.intake.checks.tables import Checked, check
from clerk.intake.report import BuildReport
from clerk.pack_build.numbering import number
from clerk.settings import PackSettings
from tests.pack_build.shop import NOW, write_table

LINE = ("basket_id", "member_id", "sku", "sold_at", "quantity")
DAY = "2026-01-02"


def delivery(tmp_path: Path, table: str, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> Source:
    return read_table(write_table(tmp_path / "delivery", table, header, rows), table)


def take(home: Path, *sources: Source, name: str = "f.csv", digest: str = "", commit: bool = True) -> list[str]:
    """One night of one file. Gives its conflicts."""
    history = HistoryStore.open(home)
    columns = {source.table: frozenset(source.frame.columns) - {ROW} for source in sources}
    by_table = {source.table: source for source in sources}
    checked = check(by_table, {"currency": "GBP"}, BuildReport("f"), PackSettings(), NOW, home, "night")
    told = history.take(checked, Arrived(name, digest or f"hash {history.index.serial}", columns), "night").conflicts
    if commit:
        history.commit()
    return told


def table(home: Path, name: str) -> list[dict[str, object]]:
    return HistoryStore.open(home).checked().tables[name].drop(ROW).to_dicts()


def lines_of(home: Path) -> list[tuple[object, ...]]:
    rows = HistoryStore.open(home).checked().tables["lines"]
    return sorted(rows.select("basket_id", "member_id", "sku", "milli").iter_rows())


def test_the_newest_statement_counts_and_absence_deletes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "members", ("member_id", "name"), [("m1", "Ada"), ("m2", "Grace")]))
    take(home, delivery(tmp_path, "members", ("member_id", "name"), [("m2", "Grace H."), ("m3", "Mary")]))
    assert {(row["member_id"], row["name"]) for row in table(home, "members")} == {
        ("m1", "Ada"), ("m2", "Grace H."), ("m3", "Mary"),
    }  # fmt: skip


def test_a_column_that_a_file_does_not_have_states_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    full = ("member_id", "name", "birthday", "email")
    take(home, delivery(tmp_path, "members", full, [("m1", "Ada", "1990-12-10", "ada@x.org")]))
    take(home, delivery(tmp_path, "members", ("member_id", "name", "email"), [("m1", "Ada L.", "")]))
    (row,) = table(home, "members")
    assert (row["name"], row["birthday"], row["email"]) == ("Ada L.", "1990-12-10", "")


def test_a_price_that_is_not_delivered_stays_as_it_was(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "items", ("sku", "name", "price", "durable"), [("A", "Kettle", "20.00", "yes")]))
    take(home, delivery(tmp_path, "items", ("sku", "name"), [("A", "Red kettle"), ("B", "Cup")]))
    told = {row["sku"]: (row["name"], row["price_minor"], row["durable"]) for row in table(home, "items")}
    assert told == {"A": ("Red kettle", 2000, True), "B": ("Cup", None, False)}


def test_a_history_store_from_before_items_said_whom_they_are_for_is_added_to(tmp_path: Path) -> None:
    home, added = tmp_path / "h", ["audience", "diets", "mention", "goes_with", "language"]
    take(home, delivery(tmp_path, "items", ("sku", "name"), [("A", "Kettle"), ("B", "Cup")]))
    older = HistoryStore.open(home)
    older._tables["items"] = older.checked().tables["items"].drop(ROW, *added)
    older._dirty.add("items")
    older.commit()
    assert not set(added) & set(table(home, "items")[0])
    numbered = number(HistoryStore.open(home).checked().tables, NOW, BuildReport("")).items
    assert numbered.select(*added).unique().rows() == [("", "", True, "", "")]
    take(home, delivery(tmp_path, "items", ("sku", "name", "audience"), [("B", "Cup", "children")]))
    numbered = number(HistoryStore.open(home).checked().tables, NOW, BuildReport("")).items
    assert sorted(numbered.select("sku", *added).rows()) == [
        ("A", "", "", True, "", ""), ("B", "children", "", True, "", "")
    ]  # fmt: skip


def test_stock_is_a_whole_count(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "stock", ("sku", "on_hand"), [("A", "5"), ("B", "7")]))
    take(home, delivery(tmp_path, "stock", ("sku", "on_hand"), [("A", "4")]))
    assert [(row["sku"], row["on_hand"]) for row in table(home, "stock")] == [("A", 4)]


def test_a_basket_that_arrives_again_states_its_lines_anew(tmp_path: Path) -> None:
    home = tmp_path / "h"
    first: list[tuple[object, ...]] = [("b1", "m1", sku, f"{DAY}T08:00", 1) for sku in "AB"]
    take(home, delivery(tmp_path, "lines", LINE, [*first, ("b2", "m1", "A", f"{DAY}T09:00", 1)]))
    again: list[tuple[object, ...]] = [("b1", "m1", "A", f"{DAY}T08:00", 3), ("b1", "m1", "B", f"{DAY}T08:00", 1)]
    told = take(home, delivery(tmp_path, "lines", LINE, again))
    assert lines_of(home) == [("b1", "m1", "A", 3000), ("b1", "m1", "B", 1000), ("b2", "m1", "A", 1000)]
    assert told == ["1 basket came again with other content; the newer one counts"]


def test_a_basket_known_as_it_is_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    rows: list[tuple[object, ...]] = [("b1", "m1", "A", f"{DAY}T08:00", 1), ("b1", "m1", "A", f"{DAY}T08:00", 1)]
    take(home, delivery(tmp_path, "lines", LINE, rows))
    version = HistoryStore.open(home).version
    assert take(home, delivery(tmp_path, "lines", LINE, rows)) == []
    assert HistoryStore.open(home).version == version
    assert len(lines_of(home)) == 2


def test_a_receipt_number_of_another_day_or_store_is_another_basket(tmp_path: Path) -> None:
    home = tmp_path / "h"
    header = (*LINE, "store_id")
    take(home, delivery(tmp_path, "lines", header, [("1", "m1", "A", f"{DAY}T08:00", 1, "s1")]))
    take(home, delivery(tmp_path, "lines", header, [("1", "m1", "A", "2026-01-03T08:00", 1, "s1")]))
    take(home, delivery(tmp_path, "lines", header, [("1", "m1", "A", f"{DAY}T08:00", 1, "s2")]))
    assert len(lines_of(home)) == 3


def test_tills_that_share_numbers_keep_both_members_baskets(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "lines", LINE, [("1", "m1", "A", f"{DAY}T08:00", 1)]))
    take(home, delivery(tmp_path, "lines", LINE, [("1", "m2", "B", f"{DAY}T08:30", 1)]))
    assert lines_of(home) == [("1", "m1", "A", 1000), ("1", "m2", "B", 1000)]


def test_a_basket_that_is_now_another_members_moves(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "lines", LINE, [("b1", "m1", "A", f"{DAY}T08:00", 1)]))
    told = take(home, delivery(tmp_path, "lines", LINE, [("b1", "m2", "A", f"{DAY}T08:00", 1)]))
    assert lines_of(home) == [("b1", "m2", "A", 1000)]
    assert told == ["1 basket came again as another member's; the newer one counts"]


def test_members_who_share_an_address_are_reported_once_and_kept(tmp_path: Path) -> None:
    home = tmp_path / "h"
    header = ("member_id", "email", "phone")
    take(home, delivery(tmp_path, "members", header, [("m1", "Ada@x.org", "+44 1")]))
    again = delivery(tmp_path, "members", header, [("m2", "ada@x.org", "+44 2")])
    assert take(home, again) == ["members m1 and m2 have the same e-mail address; both are kept"]
    assert take(home, delivery(tmp_path, "members", header, [("m3", "", "")])) == []


def test_what_is_not_committed_never_was(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "lines", LINE, [("b1", "m1", "A", f"{DAY}T08:00", 1)]))
    version = HistoryStore.open(home).version
    take(home, delivery(tmp_path, "lines", LINE, [("b1", "m1", "A", f"{DAY}T08:00", 9)]), commit=False)
    assert HistoryStore.open(home).version == version
    assert lines_of(home) == [("b1", "m1", "A", 1000)]
    HistoryStore.open(home).clear_leftovers()
    assert {path.name.partition("-")[0] for path in (home / "books").iterdir()} == {"BOOKS.json", "lines"}


class _FullAt(Disk):
    """Fails at the nth durable step."""

    def __init__(self, step: int) -> None:
        self.left = step

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(5, "Input/output error")

    def sync_file(self, path: Path) -> None:
        self._step()
        super().sync_file(path)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)


@pytest.mark.parametrize("step", range(1, 8))
def test_a_disk_that_fails_at_any_step_leaves_the_books_as_they_were_or_as_they_became(
    tmp_path: Path, step: int
) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "members", ("member_id", "name"), [("m1", "Ada")]))
    before = HistoryStore.open(home).version
    history = HistoryStore.open(home, _FullAt(step))
    source = delivery(tmp_path, "members", ("member_id", "name"), [("m1", "Ada L."), ("m2", "Grace")])
    checked = check({"members": source}, {}, BuildReport("f"), PackSettings(), NOW, home, "n")
    history.take(checked, Arrived("f", "x"), "n")
    with suppress(DiskFailed):
        history.commit()
    held = {history.version: 2, before: 1}
    assert len(table(home, "members")) == held[HistoryStore.open(home).version]


def test_parts_are_made_one_when_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PARTS_AT_MOST", 3)
    home = tmp_path / "h"
    for day in range(1, 6):
        take(home, delivery(tmp_path, "lines", LINE, [(f"b{day}", "m1", "A", f"2026-01-0{day}", 1)]))
    assert len(HistoryStore.open(home).index.parts["lines"]) == 2
    assert [row[0] for row in lines_of(home)] == ["b1", "b2", "b3", "b4", "b5"]
    assert len(list((home / "books").glob("lines-*.parquet"))) == 2


def test_making_parts_one_is_no_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [[(f"b{day}", "m1", "A", f"2026-01-0{day}", 1)] for day in range(1, 6)]
    for home, most in ((tmp_path / "a", 100), (tmp_path / "b", 2)):
        monkeypatch.setattr(store_module, "PARTS_AT_MOST", most)
        for rows in days:
            take(home, delivery(tmp_path, "lines", LINE, [*rows]))
    assert HistoryStore.open(tmp_path / "a").version == HistoryStore.open(tmp_path / "b").version


def test_a_part_that_is_not_what_it_was_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "lines", LINE, [("b1", "m1", "A", f"{DAY}T08:00", 1)]))
    (part,) = (home / "books").glob("lines-*.parquet")
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    with pytest.raises(PackDamaged, match="inbox/done"):
        HistoryStore.open(home).checked()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "parts": 3}'])
def test_an_index_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "BOOKS.json").write_text(text)
    with pytest.raises(PackDamaged):
        HistoryStore.open(tmp_path)


def test_the_same_count_after_another_count_is_news_but_the_same_receipts_never_are(tmp_path: Path) -> None:
    home = tmp_path / "h"
    for on_hand, digest in (("5", "monday"), ("4", "tuesday")):
        take(home, delivery(tmp_path, "stock", ("sku", "on_hand"), [("A", on_hand)]), digest=digest)
    for basket, digest in (("b1", "first"), ("b2", "second")):
        take(home, delivery(tmp_path, "lines", LINE, [(basket, "m1", "A", DAY, 1)]), digest=digest)
    history = HistoryStore.open(home)
    assert [history.taken(digest) is not None for digest in ("monday", "tuesday", "first", "second")] == [
        False, True, True, True,
    ]  # fmt: skip


def test_books_without_items_are_a_shop_whose_items_are_known_from_lines(tmp_path: Path) -> None:
    take(tmp_path, delivery(tmp_path, "lines", LINE, [("b1", "m1", "A", DAY, 1)]))
    tables = HistoryStore.open(tmp_path).checked().tables
    assert tables["items"].is_empty()
    assert set(tables) == {"items", "lines"}


def test_books_give_the_frames_that_checks_make(tmp_path: Path) -> None:
    """The build behind them cannot tell a shop's books from one delivery."""
    sources = {
        "items": delivery(tmp_path, "items", ("sku", "name", "price"), [("A", "Kettle", "20")]),
        "members": delivery(tmp_path, "members", ("member_id", "name"), [("m1", "Ada")]),
        "lines": delivery(tmp_path, "lines", LINE, [("b1", "m1", "A", DAY, 1), ("b2", "m1", "A", DAY, 1)]),
    }
    given_ = check(dict(sources), {}, BuildReport("f"), PackSettings(), NOW, tmp_path, "n")
    expected = {name: frame.drop(ROW) for name, frame in given_.tables.items()}
    history = HistoryStore.open(tmp_path)
    history.take(Checked(dict(given_.tables), given_.currency, {}), Arrived("f", "x"), "n")
    history.commit()
    told = HistoryStore.open(tmp_path).checked().tables
    for name, frame in expected.items():
        assert told[name].drop(ROW).select(frame.columns).equals(frame)
        assert told[name].drop(ROW).schema == frame.schema
        assert told[name][ROW].n_unique() == frame.height


SKUS = st.lists(st.sampled_from("AB"), min_size=1, max_size=3)
BASKETS = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(["m1", "m2"]), SKUS),
    min_size=1, max_size=4, unique_by=lambda basket: (basket[0], basket[1]),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(nights=st.lists(BASKETS, min_size=1, max_size=4))
def test_the_store_holds_as_many_of_each_item_as_any_delivery_of_the_basket_had(
    nights: list[list[tuple[str, str, list[str]]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Baskets of one number carry different moments a member, as two tills would give them."""
    scratch = tmp_path_factory.mktemp("law")
    expected: dict[tuple[str, str], Counter[str]] = {}
    for night in nights:
        rows: list[tuple[object, ...]] = []
        for basket, member, skus in night:
            hour = {"m1": "08", "m2": "09"}[member]
            rows += [(basket, member, sku, f"{DAY}T{hour}:00", 1) for sku in skus]
            expected[basket, member] = expected.get((basket, member), Counter()) | Counter(skus)
        take(scratch / "h", delivery(scratch, "lines", LINE, rows))
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in lines_of(scratch / "h"):
        found.setdefault((str(row[0]), str(row[1])), Counter())[str(row[2])] += 1
    assert found == expected


def test_the_index_names_every_file_that_was_taken_in(tmp_path: Path) -> None:
    take(tmp_path, delivery(tmp_path, "stock", ("sku", "on_hand"), [("A", "5")]), name="stock.csv", digest="ab")
    told = json.loads((tmp_path / "books" / "BOOKS.json").read_text())
    assert told["taken"]["ab"]["name"] == "stock.csv"
    assert told["parts"]["stock"][0]["rows"] == 1


def test_a_dry_run_knows_what_would_conflict_and_writes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    take(home, delivery(tmp_path, "lines", LINE, [("b1", "m1", "A", DAY, 1)]))
    before = sorted(path.name for path in (home / "books").iterdir())
    history = HistoryStore.open(home, dry_run=True)
    version = history.version
    frame = pl.DataFrame(HistoryStore.open(home).checked().tables["lines"]).with_columns(
        milli=pl.lit(9000, dtype=pl.Int64)
    )
    told = history.take(Checked({"lines": frame}, "", {}), Arrived("f", "x"), "n").conflicts
    history.commit()
    assert told == ["1 basket came again with other content; the newer one counts"]
    assert history.version != version
    assert sorted(path.name for path in (home / "books").iterdir()) == before
    assert parse_at(DAY) == frame["at"][0]
