"""Members are matched by id, then e-mail, then phone; nobody rather than the wrong one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.intake.cells import e_mail, id_digits
from clerk.intake.customer_matching import KnownMembers, match
from tests.intake.exports import column, converted, write_export


def known(*rows: tuple[str, str, str]) -> KnownMembers:
    made = KnownMembers()
    made.add(rows)
    return made


def who(members: KnownMembers, member_id: str = "", email: str = "", phone: str = "") -> str:
    frame = pl.DataFrame({"id": [member_id], "email": [email], "phone": [phone]})
    return str(match(frame, members).member_ids[0])


ADA, BO = ("A", "ada@x.example", "+31612345678"), ("B", "bo@x.example", "0170 8891234")


def test_the_id_counts_before_the_e_mail_and_that_before_the_phone() -> None:
    members = known(ADA, BO)
    assert who(members, "B", "ada@x.example", "+31612345678") == "B"
    assert who(members, "?", "BO@x.example ", "+31612345678") == "B"
    assert who(members, "?", "?", "0031 6 12 34 56 78") == "A"
    assert who(members, "?", "strange@x.example", "+49999999999") == ""


def test_a_card_or_an_id_of_another_system_is_an_id() -> None:
    members = known(ADA)
    members.aliases["CARD1"] = "A"
    assert who(members, "CARD1") == "A"


@pytest.mark.parametrize("phone", ["06 12345678", "+31 6 12345678", "0031612345678", "'+31612345678", "612345678"])
def test_a_phone_is_the_same_with_and_without_its_country(phone: str) -> None:
    assert who(known(ADA), phone=phone) == "A"


@pytest.mark.parametrize("phone", ["+32612345678", "12345678", "45678", "", "+1 612 345 678 999 999 99"])
def test_another_countrys_number_or_a_part_of_one_matches_nobody(phone: str) -> None:
    members = known(ADA, ("C", "", "+4112345678"))
    assert who(members, phone=phone) in ("", "C" if phone == "12345678" else "")
    assert who(members, phone="+32612345678") == ""


def test_an_address_of_two_members_matches_neither_and_is_reported(tmp_path: Path) -> None:
    members = known(ADA, ("C", "ADA@x.example", ""))
    assert who(members, email="ada@x.example") == ""
    assert who(members, email="ada@x.example", phone="+31612345678") == "A"
    row = {"Name": "#1", "Email": "ada@x.example", "Lineitem name": "Tea", "Lineitem price": "1"}
    made = converted(write_export(tmp_path / "o.csv", "shopify_orders", row), known=members)
    assert column(made["lines"], "member_id") == [""]
    assert made.conflicts
    assert "ada" not in str(made.conflicts + made.notices).lower()


def test_a_buyer_who_is_in_no_customers_export_yet_keeps_the_order_until_it_comes(tmp_path: Path) -> None:
    row = {"Name": "#1", "Email": "New@x.example", "Lineitem name": "Tea", "Lineitem price": "1"}
    members = known(ADA)
    made = converted(write_export(tmp_path / "o.csv", "shopify_orders", row), known=members)
    (made_id,) = column(made["lines"], "member_id")
    assert column(made["members"], "member_id") == [made_id]
    assert any("export the customers too" in sentence for sentence in made.notices)
    late = {"Customer ID": "'700", "First Name": "Nell", "Email": "new@x.example"}
    came = converted(write_export(tmp_path / "c.csv", "shopify_customers", late), known=members)
    assert came["members"].frame.select("member_id", "name").rows() == [(made_id, "Nell")]
    assert came["cards"].frame.select("code", "member_id").rows() == [("700", made_id)]


def test_an_order_without_any_address_is_a_guests(tmp_path: Path) -> None:
    row = {"Name": "#1", "Email": "", "Lineitem name": "Tea", "Lineitem price": "1"}
    made = converted(write_export(tmp_path / "o.csv", "shopify_orders", row), known=known(ADA))
    assert column(made["lines"], "member_id") == [""]
    assert "members" not in made


def test_a_person_of_another_system_with_a_members_e_mail_is_that_member(tmp_path: Path) -> None:
    row = {"Square Customer ID": "SQ1", "First Name": "Ada", "Email Address": "ada@x.example"}
    people = write_export(tmp_path / "c.csv", "square_customers", row)
    sold = {"Item": "Latte", "Transaction ID": "T", "Customer ID": "SQ1", "Qty": "1", "Date": "2026-01-01"}
    made = converted(people, write_export(tmp_path / "i.csv", "square_items", sold), known=known(ADA))
    assert column(made["members"], "member_id") == ["A"]
    assert made["cards"].frame.select("code", "member_id").rows() == [("SQ1", "A")]
    assert column(made["lines"], "member_id") == ["A"]


def test_two_of_one_file_with_one_e_mail_stay_two(tmp_path: Path) -> None:
    rows = [{"Square Customer ID": f"SQ{n}", "First Name": "A", "Email Address": "a@x.example"} for n in (1, 2)]
    made = converted(write_export(tmp_path / "c.csv", "square_customers", *rows))
    assert column(made["members"], "member_id") == ["SQ1", "SQ2"]


def test_what_the_books_know_is_taken_from_their_tables() -> None:
    made = KnownMembers.of(
        {
            "members": pl.DataFrame({"member_id": ["A"], "email": ["ada@x.example"], "phone": [""]}),
            "cards": pl.DataFrame({"code": ["1"], "member_id": ["A"]}),
            "consents": pl.DataFrame(
                {
                    "member_id": ["A", "A"],
                    "purpose": ["contact", "contact"],
                    "state": ["withdrawn", "given"],
                    "at": [5, 1],
                }
            ),
            "items": pl.DataFrame({"sku": ["S"], "name": ["Tea"]}),
            "lines": pl.DataFrame({"modifiers": ["Milk=Oat; Size=Large", ""]}),
        }
    )
    assert (made.by_id("1"), made.by_email("ada@x.example"), made.contact) == ("A", "A", {"A": "withdrawn"})
    assert (made.items, made.groups) == ({"S": "Tea"}, {"oat": "Milk", "large": "Size"})


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert e_mail(e_mail(text)) == e_mail(text)
    assert id_digits(id_digits(text)) == id_digits(text)
