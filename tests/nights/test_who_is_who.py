"""From the inbox to the counter: damaged identifiers match nobody and are said, and a card opens whose it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.history.store import HistoryStore
from clerk.intake.customer_matching import KnownMembers, match
from clerk.model import Several, VisitCard
from clerk.nights.report import NightReport
from tests.nights.test_local import DAY, LINE, run
from tests.pack_build.shop import NOW, write_table
from tests.test_identifiers import DAMAGED

ITEMS = [("A", "Tea")]
PEOPLE = ("member_id", "name", "email", "phone")
ORDERS = ("Name", "Email", "Financial Status", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
          "Lineitem sku", "Billing Name", "Phone", "Id")  # fmt: skip


def bought(*who: str) -> list[tuple[object, ...]]:
    return [(f"b{at}", member, "A", f"2026-01-{at + 1:02}T10:00", 1) for at, member in enumerate(who)]


def taken(home: Path, at: int = NOW, **tables: tuple[tuple[str, ...], list[tuple[object, ...]]]) -> NightReport:
    write_table(home / "inbox", "items", ("sku", "name"), ITEMS)
    for name, (columns, rows) in tables.items():
        write_table(home / "inbox", name, columns, rows)
    return run(home, at)


def history(home: Path, table: str) -> pl.DataFrame:
    return HistoryStore.open(home).checked().tables[table]


def said(report: NightReport, words: str) -> list[str]:
    return [sentence for sentence in report.conflicts if words in sentence]


def test_orders_that_name_a_number_that_a_spreadsheet_spoilt_are_nobodys_and_the_report_says_why(
    tmp_path: Path,
) -> None:
    customers = ("Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing", "Phone",
                 "Accepts SMS Marketing", "Total Spent", "Total Orders", "Note", "Tax Exempt", "Tags")  # fmt: skip
    ada = ("71001", "Ada", "Lind", "", "no", "4.47701E+11", "no", "10", "1", "", "no", "")
    orders: list[tuple[object, ...]] = [
        (f"#{n}", "", "paid", f"2026-01-0{n} 10:00:00 +0000", 1, "Mug", "20.00", "MUG", "", "4.47701E+11", n)
        for n in (1, 2, 3)
    ]
    report = taken(tmp_path, customers_export=(customers, [ada]), orders=(ORDERS, orders))
    assert said(report, "orders.csv: 3 phone numbers are in exponent form")
    assert said(report, "customers_export.csv: 1 phone number is in exponent form")
    assert not [sentence for sentence in report.conflicts if "Ada" in sentence or "71001" in sentence]
    assert "lines" not in HistoryStore.open(tmp_path).checked().tables or history(tmp_path, "lines").is_empty()


def test_a_number_under_four_names_is_the_shops_own_and_makes_nobody_a_member(tmp_path: Path) -> None:
    members = (PEOPLE, [("P1", "Ann One", "", "0774768867")])
    names = ["Ann One", "Bo Two", "Cy Three", "Di Four"]
    orders: list[tuple[object, ...]] = [
        (f"#{n}", "", "paid", f"2026-01-0{n + 1} 10:00:00 +0000", 1, "Mug", "20.00", "MUG", name, "0774768867", n)
        for n, name in enumerate(names)
    ]
    report = taken(tmp_path, members=members, orders=(ORDERS, orders))
    assert said(report, "1 e-mails or phones stand for several members")
    assert history(tmp_path, "members")["member_id"].to_list() == ["P1"]


@pytest.mark.parametrize("damaged", ["4.47701E+11", "#####", "n/a", "00000"])
def test_a_damaged_id_is_set_aside_with_its_reason_and_two_members_never_meet_in_it(
    damaged: str, tmp_path: Path
) -> None:
    report = taken(
        tmp_path,
        members=(PEOPLE, [("P1", "Ann", "", ""), (damaged, "Bo", "", ""), (damaged, "Cy", "", "")]),
        cards=(("code", "member_id"), [(damaged, "P1"), ("77001234", "P1"), ("77005678", damaged)]),
        lines=(LINE, bought("P1", "P1", damaged, damaged)),
    )
    reasons = {file.name: list(file.quarantined) for file in report.files}
    assert reasons["members.csv"][0].startswith("member_id is ")
    assert sorted(reason.split(" is ")[0] for reason in reasons["cards.csv"]) == ["code", "member_id"]
    assert said(report, "lines.csv: 2 ids are ")
    assert history(tmp_path, "members")["member_id"].to_list() == ["P1"]
    assert history(tmp_path, "lines")["member_id"].to_list() == ["P1", "P1"]


def test_a_spoilt_number_takes_no_good_one_away(tmp_path: Path) -> None:
    taken(tmp_path, members=(PEOPLE, [("P1", "Ann", "ann@mail.org", "0774768867"), ("P2", "Bo", "", "")]))
    report = taken(tmp_path, NOW + DAY, members=(
        PEOPLE, [("P1", "Ann B", "noreply@shop.org", "4.47701E+11"), ("P2", "Bo", "", "00000")]))  # fmt: skip
    assert said(report, "1 e-mail address is ")
    assert history(tmp_path, "members").sort("member_id").select(PEOPLE).rows() == [
        ("P1", "Ann B", "ann@mail.org", "0774768867"), ("P2", "Bo", "", ""),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(DAMAGED), st.sampled_from(["id", "email", "phone"])), min_size=1, max_size=6))
def test_a_damaged_identifier_never_gives_a_row_to_a_member(cells: list[tuple[str, str]]) -> None:
    known = KnownMembers()
    known.add((f"M{at}" if kind != "id" else text, text, text) for at, (text, kind) in enumerate(cells))
    known.aliases.update((text, "M") for text, _ in cells)
    for text, kind in cells:
        assert match(pl.DataFrame({kind: [text]}), known).member_ids.to_list() == [""]


CARDS = [("ABC 12-34", "P3"), ("00420017", "P1"), ("420017", "P2"), ("036000291452", "P1"), ("9-9 9X", "P1"),
         ("99.9x", "P2"), ("5901234123457", "P1"), ("1042", "P3")]  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cards") / "home"
    people: list[tuple[object, ...]] = [("P1", "Ann One", "", ""), ("P2", "Bo Two", "", "0660 1001042"),
                                        ("P3", "Cy Three", "", "")]  # fmt: skip
    taken(home, members=(PEOPLE, people), cards=(("code", "member_id"), list(CARDS)), lines=(LINE, bought("P1", "P3")))
    return home


@pytest.fixture(scope="module")
def desk(shop: Path) -> Desk:
    return Desk.open(shop, clock=FixedClock(NOW))


def opens(desk: Desk, keys: str) -> str | tuple[str, ...]:
    found = desk.visit.scan(keys)
    if isinstance(found, VisitCard):
        return found.member.member_id
    return found.member_ids if isinstance(found, Several) else ""


@pytest.mark.parametrize(("keys", "who"), [
    ("ABC 12-34", "P3"), ("ABC1234", "P3"), ("abc1234", "P3"), ("*ABC1234*", "P3"), ("]C0ABC 12-34", "P3"),
    ("00420017", "P1"), ("420017", "P2"), ("0042 0017", "P1"), ("036000291452", "P1"), ("0036000291452", "P1"),
    ("00036000291452", "P1"), ("0 36000 29145 2", "P1"), ("5901234123457", "P1"), ("05901234123457", "P1"),
    ("1042", "P3"), ("Cy", "P3"),
])  # fmt: skip
def test_a_card_opens_its_member_however_it_is_spelt_and_no_other(keys: str, who: str, desk: Desk) -> None:
    assert opens(desk, keys) == who
    assert desk.finding.who(keys) == who


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["ABC1234", "00420017", "420017"]), st.lists(st.sampled_from(["", "", " ", "-", "."]),
       min_size=8, max_size=8), st.booleans())  # fmt: skip
def test_no_spelling_of_a_card_opens_somebody_else(desk: Desk, code: str, gaps: list[str], small: bool) -> None:
    spelt = "".join(letter + gap for letter, gap in zip(code, gaps, strict=False))
    assert opens(desk, spelt.lower() if small else spelt) == {"ABC1234": "P3", "00420017": "P1", "420017": "P2"}[code]


def test_a_card_of_two_members_offers_both_by_name(desk: Desk) -> None:
    assert opens(desk, "999X") == ("P1", "P2") == opens(desk, "9-9 9X")
    hits = desk.finding.choice(("P2", "P1")).hits
    assert [(hit.member_id, hit.name) for hit in hits] == [("P1", "Ann One"), ("P2", "Bo Two")]


def test_a_card_issued_at_the_counter_is_revoked_and_refused_however_it_is_spelt(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "home", symlinks=True)
    desk = Desk.open(tmp_path / "home", clock=FixedClock(NOW))
    try:
        for record in desk.cards.revoke("abc-1234"):
            desk.records.append(record).result(10)
        assert opens(desk, "ABC 12-34") == ""
        assert desk.cards.holders("*ABC1234*") == {"P3": False}
    finally:
        desk.close()
