"""Nothing complete is ever replaced by something incomplete: whole nights over cut, torn and repeated exports."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import FixedClock
from clerk.history.arriving_baskets import TORN
from clerk.history.store import HistoryStore
from clerk.intake.checks.line_items import NO_PURCHASE
from clerk.model import LineFlag
from clerk.nights.local import Means, take_in
from clerk.nights.report import NightReport, Verdict, verdict_of
from tests.intake.export_headers import HEADERS
from tests.pack_build.shop import NOW
from tests.proof import rounds

HEADER = "basket_id,member_id,sku,sold_at,quantity,modifiers\n"
DAY = "2026-01-02"


def night(home: Path, text: str, name: str = "lines.csv") -> NightReport:
    """One night of one file; no pack is made of it."""
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    (home / "inbox" / name).write_bytes(text.encode())
    number = len(list((home / "nights").glob("*.json"))) if (home / "nights").is_dir() else 0
    return take_in(home, Means(FixedClock(NOW + number * 86_400), everything=True), build=False)


def canonical(*rows: str, end: str = "\n") -> str:
    """`b1 A 1` is one item A of basket b1; a fourth word are modifiers."""
    lines = []
    for row in rows:
        basket, sku, quantity, *how = row.split(" ")
        lines.append(f"{basket},m1,{sku},{DAY}T08:00,{quantity},{''.join(how)}")
    return HEADER + "\n".join(lines) + end


def on_record(home: Path) -> list[str]:
    lines = HistoryStore.open(home).checked().tables.get("lines")
    if lines is None:
        return []
    rows = lines.select("basket_id", "sku", "milli", "modifiers").iter_rows()
    return sorted(f"{basket} {sku} {milli // 1000} {how}".rstrip() for basket, sku, milli, how in rows)


def test_a_basket_of_which_a_row_was_set_aside_leaves_the_one_on_record(tmp_path: Path) -> None:
    rows = [f"b{n} A 1" for n in range(2, 30)]
    night(tmp_path, canonical("b1 A 1", "b1 B 1", *rows))
    told = night(tmp_path, canonical("b1 A 3", "b1 B many", *rows, "b30 A 1"))
    assert {"b1 A 1", "b1 B 1", "b30 A 1"} <= set(on_record(tmp_path))
    assert told.conflicts == ["1 basket not updated: its rows were cut"]


def test_a_cut_basket_that_is_not_on_record_is_taken_as_far_as_it_is_readable(tmp_path: Path) -> None:
    night(tmp_path, canonical("b1 A 1", "b1 B many"))
    assert on_record(tmp_path) == ["b1 A 1"]
    told = night(tmp_path, canonical("b1 A 2", "b1 B 1"))
    assert on_record(tmp_path) == ["b1 A 2", "b1 B 1"]
    assert told.conflicts == ["1 basket came again with other content; the newer one counts"]


@pytest.mark.parametrize(
    "broken", [f'b1,m1,B,{DAY}T08:00,"2', "b1,m1", f"{DAY}T08:00,2", f"b1,m1,B,{DAY}T08:00,2,,x", "\ufffd,,,"]
)
def test_a_row_that_cannot_be_taken_apart_cuts_the_baskets_that_it_may_belong_to(tmp_path: Path, broken: str) -> None:
    whole = ("b1 A 1", "b1 B 1", "b2 A 1", "b9 A 1")
    night(tmp_path, canonical(*whole))
    torn = HEADER + canonical("b1 A 5")[len(HEADER) :] + broken + "\n" + canonical("b2 A 5", "b9 A 5")[len(HEADER) :]
    told = night(tmp_path, torn)
    assert on_record(tmp_path) == ["b1 A 1", "b1 B 1", "b2 A 1", "b9 A 5"]
    assert "2 baskets not updated: their rows were cut" in told.conflicts


def test_the_id_in_a_broken_row_cuts_its_basket_wherever_the_row_stands(tmp_path: Path) -> None:
    night(tmp_path, canonical("b1 A 1", "b2 A 1", "b3 A 1", "b4 A 1"))
    again = canonical("b1 A 5", "b2 A 5", "b3 A 5", "b4 A 5", end=f"\nb1,m1,B,{DAY}T08:00\n")
    night(tmp_path, again)
    assert on_record(tmp_path) == ["b1 A 1", "b2 A 5", "b3 A 5", "b4 A 1"]


def test_a_last_line_without_an_end_may_lack_some_of_its_last_field(tmp_path: Path) -> None:
    night(tmp_path, canonical("b1 A 12 Milk=oat", "b2 A 12 Milk=oat"))
    told = night(tmp_path, canonical("b1 A 1 Milk=soy", "b2 A 12 Milk=o", end=""))
    assert on_record(tmp_path) == ["b1 A 1 Milk=soy", "b2 A 12 Milk=oat"]
    assert "1 basket not updated: its rows were cut" in told.conflicts


def test_a_line_from_a_torn_end_gives_way_to_the_whole_basket(tmp_path: Path) -> None:
    header = "basket_id,member_id,sold_at,quantity,sku\n"
    home, row = tmp_path, f"b1,m1,{DAY}T08:00,1,"
    night(home, header + row + "MUG\n" + row + "LAT")
    assert on_record(home) == ["b1 LAT 1", "b1 MUG 1"]
    night(home, header + row + "MUG\n" + row + "LATTE\n")
    assert on_record(home) == ["b1 LATTE 1", "b1 MUG 1"]
    assert TORN not in HistoryStore.open(home).checked().tables["lines"].columns
    night(home, header + row + "MUG\n")
    assert on_record(home) == ["b1 LATTE 1", "b1 MUG 1"]


def test_a_torn_line_that_comes_again_whole_is_not_taken_for_torn_any_more(tmp_path: Path) -> None:
    night(tmp_path, canonical("b1 A 1", "b1 B 1", end=""))
    night(tmp_path, canonical("b1 A 1", "b1 B 1"))
    told = night(tmp_path, canonical("b1 A 1"))
    assert on_record(tmp_path) == ["b1 A 1", "b1 B 1"]
    assert told.conflicts == ["1 basket came again without lines that are on record: those were kept"]


def test_a_row_that_was_dropped_takes_nothing_out(tmp_path: Path) -> None:
    night(tmp_path, canonical("b1 A 1 Milk=oat", "b1 A 1 Milk=soy", "b1 B 1", "b2 A 1", "b2 B 1"))
    told = night(tmp_path, canonical("b1 A 2 Milk=soy", "b1 B 3", "b2 B 1"))
    assert on_record(tmp_path) == ["b1 A 1 Milk=oat", "b1 A 2 Milk=soy", "b1 B 3", "b2 A 1", "b2 B 1"]
    assert told.conflicts == [
        "1 basket came again with other content; the newer one counts",
        "2 baskets came again without lines that are on record: those were kept",
    ]


def test_a_cut_basket_that_is_on_record_as_another_members_is_not_taken_twice(tmp_path: Path) -> None:
    night(tmp_path, canonical("b1 A 1", "b1 B 1"))
    told = night(tmp_path, canonical("b1 A 1", "b1 B many").replace("m1", "m2"))
    assert HistoryStore.open(tmp_path).checked().tables["lines"]["member_id"].to_list() == ["m1", "m1"]
    assert told.conflicts == ["1 basket not updated: its rows were cut"]


KINDS = "basket_id,member_id,sku,sold_at,quantity,modifiers,kind\n"


def stated(*rows: str) -> str:
    """`b1 A 1 none`: kind last; `-` stands for an empty cell."""
    made = []
    for row in rows:
        basket, sku, quantity, kind, *how = (word.replace("-", "") for word in row.split(" "))
        made.append(f"{basket},m1,{sku},{DAY}T08:00,{quantity},{''.join(how)},{kind}")
    return KINDS + "\n".join(made) + "\n"


def test_what_is_no_purchase_on_the_first_night_is_not_kept(tmp_path: Path) -> None:
    told = night(tmp_path, stated("b1 A 1 sale", "b1 B 1 none", "b1 C 0 sale", "b2 - - none"))
    assert on_record(tmp_path) == ["b1 A 1"]
    (file,) = told.files
    assert (file.rows, sum(file.quarantined.values())) == (4, 0)
    assert file.text().splitlines()[1:] == [f"      3 left out: {NO_PURCHASE}"]


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (["b1 A 1 sale", "b1 B 1 none"], ["b1 A 1", "b2 A 1"]),
        (["b1 B 0 sale"], ["b1 A 1", "b2 A 1"]),
        (["b1 - - none"], ["b2 A 1"]),
        (["b1 - - void", "b2 A 1 sale"], ["b2 A 1"]),
        (["b1 A 1 none", "b1 B 1 none", "b2 - - none"], []),
        (["b3 A 1 none", "b1 C 1 none"], ["b1 A 1", "b1 B 1", "b2 A 1"]),
        (["b1 B 1 none", "b1 B 1 sale"], ["b1 A 1", "b1 B 1", "b2 A 1"]),
    ],
)
def test_what_is_no_purchase_any_more_is_taken_out(tmp_path: Path, later: list[str], left: list[str]) -> None:
    night(tmp_path, stated("b1 A 1 sale", "b1 B 1 sale", "b2 A 1 sale"))
    told = night(tmp_path, stated(*later))
    assert on_record(tmp_path) == left
    gone = 3 - len(left)
    said = {1: "1 line on record was no purchase: taken out", 0: None}.get(
        gone, f"{gone} lines on record were no purchases: taken out"
    )
    assert [one for one in told.conflicts if "taken out" in one] == ([said] if said else [])
    version = HistoryStore.open(tmp_path).version
    night(tmp_path, stated(*later) + "\n")
    assert (on_record(tmp_path), HistoryStore.open(tmp_path).version) == (left, version)


def test_of_equal_items_the_one_with_the_stated_modifiers_is_taken_out(tmp_path: Path) -> None:
    night(tmp_path, stated("b1 A 1 sale Milk=oat", "b1 A 1 sale Milk=soy"))
    night(tmp_path, stated("b1 A 1 none Milk=soy"))
    assert on_record(tmp_path) == ["b1 A 1 Milk=oat"]


def test_of_two_statements_with_one_line_number_the_later_counts(tmp_path: Path) -> None:
    header = "basket_id,member_id,sku,sold_at,quantity,line_no,kind\n"
    sale, none = f"b1,m1,A,{DAY},1,7,sale\n", f"b1,m1,A,{DAY},1,7,none\n"
    night(tmp_path / "a", header + sale + none)
    assert on_record(tmp_path / "a") == []
    night(tmp_path / "b", header + none + sale)
    assert on_record(tmp_path / "b") == ["b1 A 1"]


def test_a_cut_basket_takes_nothing_out(tmp_path: Path) -> None:
    rows = [f"b{n} A 1 sale" for n in range(2, 30)]
    night(tmp_path, stated("b1 A 1 sale", "b1 B 1 sale", *rows))
    night(tmp_path, stated("b1 A 1 none", "b1 B x sale", *rows))
    assert {"b1 A 1", "b1 B 1"} <= set(on_record(tmp_path))


def test_a_newer_file_may_say_that_it_was_a_purchase_after_all(tmp_path: Path) -> None:
    for row in ("b1 A 1 sale", "b1 A 1 none", "b1 A 2 sale"):
        night(tmp_path, stated(row))
    assert on_record(tmp_path) == ["b1 A 2"]
    assert [file.state for file in night(tmp_path, stated("b1 A 1 none")).files] == ["taken before"]
    assert on_record(tmp_path) == ["b1 A 2"]


def test_a_dropped_row_moves_no_line_to_another_number(tmp_path: Path) -> None:
    """A mark on `#1:2` stays on what it was put on, though the export counts its rows anew."""
    shop = _shopify([("#1", "m1", sku, 1) for sku in ("mug", "bowl", "plate")])
    night(tmp_path, shop, "orders.csv")
    before = _numbers(tmp_path)
    night(tmp_path, _without_row(shop, 2), "orders.csv")
    night(tmp_path, _shopify([("#1", "m1", sku, 1) for sku in ("jug", "mug", "plate")]), "orders.csv")
    assert _numbers(tmp_path) == {**before, "jug": 4}


def test_an_item_that_was_removed_from_an_order_is_no_purchase(tmp_path: Path) -> None:
    bought = [("#1", "m1", "mug", 1), ("#1", "m1", "bowl", 1)]
    night(tmp_path, _shopify(bought), "orders.csv")
    told = night(tmp_path, _shopify([bought[0], ("#1", "m1", "bowl", 0)]), "orders.csv")
    assert [sku for _, _, sku in held(tmp_path)] == ["mug"]
    assert "1 line on record was no purchase: taken out" in told.conflicts


def _numbers(home: Path) -> dict[str, int]:
    return dict(HistoryStore.open(home).checked().tables["lines"].select("sku", "line_no").iter_rows())


def _without_row(text: str, number: int) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[:number] + lines[number + 1 :])


Sold = tuple[str, str, str, int]
"""Basket, member, item, pieces."""


def _table(header: Sequence[str], rows: Sequence[dict[str, object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _lines(sold: Sequence[Sold]) -> str:
    header = ("basket_id", "member_id", "sku", "sold_at", "quantity")
    return _table(header, [dict(zip(header, (b, m, s, f"{DAY}T08:00", q), strict=True)) for b, m, s, q in sold])


def _shopify(sold: Sequence[Sold]) -> str:
    rows: list[dict[str, object]] = []
    for basket, member, sku, pieces in sold:
        first = not any(row["Name"] == basket for row in rows)
        order = {"Email": f"{member}@mail.example", "Financial Status": "paid", "Created at": f"{DAY} 09:00:00 +0100"}
        rows.append({
            "Name": basket, **(order if first else {}), "Lineitem quantity": pieces, "Lineitem name": sku.title(),
            "Lineitem price": "5.00", "Lineitem sku": sku,
        })  # fmt: skip
    return _table(HEADERS["shopify_orders"].split(","), rows)


def _square(sold: Sequence[Sold]) -> str:
    return _table(HEADERS["square_items"].split(","), [
        {
            "Date": DAY, "Time": "12:59:30", "Time Zone": "Eastern Time (US & Canada)", "Item": sku.title(),
            "SKU": sku, "Qty": f"{pieces}.0", "Gross Sales": "$8.00", "Net Sales": "$8.00", "Transaction ID": basket,
            "Event Type": "Payment", "Customer ID": member,
        }
        for basket, member, sku, pieces in sold
    ])  # fmt: skip


def _till(sold: Sequence[Sold]) -> str:
    header = ("Receipt", "Item", "Pieces", "Day", "Card")
    return _table(header, [dict(zip(header, (b, s, q, DAY, m), strict=True)) for b, m, s, q in sold])


MAPPING = """
[[file]]
match = "till*.csv"
table = "lines"
[file.columns]
basket_id = "Receipt"
member_id = "Card"
sku = "Item"
sold_at = "Day"
quantity = "Pieces"
"""

EXPORTS: dict[str, tuple[str, Callable[[Sequence[Sold]], str]]] = {
    "canonical": ("lines.csv", _lines), "shopify": ("orders.csv", _shopify), "square": ("items.csv", _square),
    "mapping": ("till.csv", _till),
}  # fmt: skip
_Baskets = list[tuple[str, list[str]]]
"""Member and items of each."""
BASKETS = st.lists(
    st.tuples(st.sampled_from(["m1", "m2"]), st.lists(st.sampled_from(["mug", "bowl", "tea"]), min_size=1, max_size=3)),
    min_size=1, max_size=5,
)  # fmt: skip
DAMAGE = st.tuples(
    st.sampled_from(["prefix", "drop", "double", "swap", "cell", "fields", "quote", "blank"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


def damaged(text: str, how: str, one: int, other: int) -> str:
    """An export as a full disk, a spreadsheet or a slip of the hand leaves it."""
    head, *rows = text.splitlines(keepends=True)
    if how == "prefix":
        return text[: len(head) + one % (len(text) - len(head) + 1)]
    at, second = one % len(rows), other % len(rows)
    fields = rows[at].rstrip("\n").split(",")
    if how == "drop":
        del rows[at]
    elif how == "double":
        rows.insert(second, rows[at])
    elif how == "swap":
        rows[at], rows[second] = rows[second], rows[at]
    elif how == "cell":
        # What can be seen: a number or a day that is none.
        places = [n for n, cell in enumerate(fields) if cell[:1].isdigit() and cell not in ("5.00",)]
        if places:
            fields[places[other % len(places)]] = "soon"
            rows[at] = ",".join(fields) + "\n"
    elif how == "fields":
        rows[at] = ",".join(fields[: other % len(fields)]) + "\n"
    elif how == "quote":
        place = other % len(fields)
        rows[at] = ",".join([*fields[:place], '"' + fields[place], *fields[place + 1 :]]) + "\n"
    elif how == "blank":
        rows[at] = "\n"
    return head + "".join(rows)


def held(home: Path) -> Counter[tuple[str, str, str]]:
    tables = HistoryStore.open(home).checked().tables
    if "lines" not in tables:
        return Counter()
    bought = tables["lines"].filter((pl.col("flags") & int(LineFlag.RETURN)) == 0)
    return Counter(bought.select("basket_id", "member_id", "sku").iter_rows())


@pytest.mark.proof
@pytest.mark.parametrize("kind", EXPORTS)
def test_no_damage_to_a_later_export_takes_anything_from_what_complete_rows_said(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name, written = EXPORTS[kind]

    @settings(max_examples=rounds(8, 400), deadline=None)
    @given(baskets=BASKETS, more=BASKETS, damage=st.lists(DAMAGE, min_size=1, max_size=3))
    def check(baskets: _Baskets, more: _Baskets, damage: list[tuple[str, int, int]]) -> None:
        home = tmp_path_factory.mktemp("shop")
        (home / "mapping.toml").write_text(MAPPING)
        # The share of bad rows is another rule; here every file is taken that has a good row.
        (home / "settings.toml").write_text("[pack]\nbad_rows_from = 100\n")
        sold = [(f"B{n}", member, sku, 1) for n, (member, skus) in enumerate(baskets) for sku in skus]
        later = [(f"C{n}", member, sku, 1) for n, (member, skus) in enumerate(more) for sku in skus]
        night(home, written(sold), name)
        before = held(home)
        assert before.total() == len(sold)
        text = written([*sold, *later])
        for how, one, other in damage:
            text = damaged(text, how, one, other) if text.count("\n") > 1 else text
        told = night(home, text, name)
        after = held(home)
        assert before <= after, told.text()
        version = HistoryStore.open(home).version
        # The same again, as another file.
        night(home, text + "\n" if text.endswith("\n") else text, name.replace(".csv", "2.csv"))
        assert (held(home), HistoryStore.open(home).version) == (after, version)
        night(home, written([*sold, *later]), name)
        assert Counter((basket, sku) for basket, _, sku, _ in [*sold, *later]) <= Counter(
            (basket, sku) for basket, _, sku in held(home).elements()
        )
        shutil.rmtree(home)

    check()


def test_a_row_cut_within_its_last_value_gives_no_purchase_to_another_member(tmp_path: Path) -> None:
    header = "basket_id,sku,sold_at,quantity,member_id\n"
    rows = ["R1,A,2026-01-02T08:00,1,M-10077", "R2,A,2026-01-03T08:00,1,M-100", "R3,A,2026-01-04T08:00,1,M-10077"]
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "items.csv").write_text("sku,name\nA,Latte\n")
    (tmp_path / "inbox" / "lines.csv").write_text((header + "\n".join(rows))[:-2])
    report = take_in(tmp_path, Means(FixedClock(NOW), everything=True))
    assert verdict_of(report) == Verdict("lines.csv ends in the middle of a row: export it again", needs_a_person=True)
    lines = HistoryStore.open(tmp_path).checked().tables["lines"]
    assert lines.select("basket_id", "member_id").rows() == [("R1", "M-10077"), ("R2", "M-100")]
    (tmp_path / "inbox" / "lines.csv").write_text(header + "\n".join(rows))
    assert not verdict_of(take_in(tmp_path, Means(FixedClock(NOW + 60), everything=True))).needs_a_person
    assert HistoryStore.open(tmp_path).checked().tables["lines"].height == 3
