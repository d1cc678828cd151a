"""What a mapping can say of a file, each by a small one; and what holds for any file and any rules."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.errors import SourceMissing, SourceUnreadable
from clerk.intake.canonical_tables import ROW
from clerk.intake.context import Context
from clerk.intake.convert import Converted, convert, recognised
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.mapping import filters, read_mappings
from clerk.intake.mapping.entries import from_toml
from clerk.intake.mapping.modifiers import Modifiers, written_in

HEAD = '[[file]]\nmatch = "sales*.csv"\ntable = "lines"\n'
COLUMNS = """[file.columns]
basket_id = "Receipt"
member_id = "Member"
sku = "Item"
sold_at = "When"
quantity = "Qty"
"""
ROW_OF: Mapping[str, str] = {"Receipt": "R1", "Member": "M1", "Item": "Tea", "When": "2026-11-20 08:15", "Qty": "1"}


def delivered(
    folder: Path,
    mapping: str,
    rows: Sequence[Mapping[str, str]],
    name: str = "sales.csv",
    store: Mapping[str, Any] | None = None,
    known: KnownMembers | None = None,
) -> Converted:
    """A file with these rows by a mapping, beside whatever lies in the folder."""
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    write(folder / name, rows)
    mappings = read_mappings(folder)
    files = [one for path in sorted(folder.glob("*.csv")) for one in recognised(path, mappings)]
    made = convert(files, store, known)
    assert not made.problems, made.problems
    return made


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def values(made: Converted, *columns: str, table: str = "lines") -> list[tuple[Any, ...]]:
    return made[table].frame.select(columns).rows()


def row(**more: str) -> dict[str, str]:
    return {**ROW_OF, **more}


def test_columns_are_joined_split_found_and_fall_back(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """[file.columns]
basket_id = { join = ["Shop", "No"], with = "-" }
email = { from = "Contact", find = "[^ <>,]+@[^ <>,]+" }
phone = { from = "Contact", find = "(\\\\+[0-9 ]+)$" }
member_name = { from = "Contact", split = "<", part = 1 }
sku = { first_of = ["SKU", "Item"] }
item_name = { from = "Item", split = " - ", part = "rest" }
sold_at = ["Day", "Time"]
quantity = { from = "Qty", else = "1" }
"""
    )
    made = delivered(tmp_path, mapping, [
        {"Shop": "A", "No": "1", "Contact": "Ada Brandt <ada@x.example>, +44 7700 900101", "SKU": "",
         "Item": "Hot - Tea", "Day": "20/11/2026", "Time": "8:15 PM", "Qty": ""},
        {"Shop": "A", "No": "", "Contact": "", "SKU": "S", "Item": "Hot - Tea - big", "Day": "21/11/2026", "Time": "",
         "Qty": "2"},
    ])  # fmt: skip
    assert values(made, "basket_id", "sku", "sold_at", "quantity") == [
        ("A-1", "Hot - Tea", "20/11/2026 8:15 PM", "1"),
        ("", "S", "21/11/2026", "2"),
    ]
    assert values(made, "email", "phone", "name", table="members") == [
        ("ada@x.example", "+44 7700 900101", "Ada Brandt")
    ]
    assert values(made, "sku", "name", table="items") == [("Hot - Tea", "Tea"), ("S", "Tea - big")]


def test_sums_are_worked_out_and_what_is_no_number_is_left_to_be_set_aside(tmp_path: Path) -> None:
    mapping = HEAD + COLUMNS + 'line_total = { from = "Net", plus = "Tax", minus = ["Off", "Gift"] }\n'
    mapping += 'unit_price = { from = "Net", divided_by = "Qty" }\n'
    made = delivered(tmp_path, mapping, [
        row(Net="$10.00", Tax="1.50", Off="0.5", Gift="", Qty="4"),
        row(Net="many", Tax="1", Off="", Gift="", Qty="0"),
        row(Net="", Tax="", Off="", Gift="", Qty="1"),
        row(Net="", Tax="2", Off="", Gift="", Qty=""),
        row(Net="1", Tax="lots", Off="", Gift="", Qty="0"),
    ])  # fmt: skip
    assert values(made, "line_total", "unit_price") == [
        ("11", "2.5"), ("many", "many"), ("", ""), ("2", ""), ("lots", ""),
    ]  # fmt: skip


def test_rows_are_kept_and_skipped_by_several_columns_in_any_letter_case_and_counted_by_rule(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """keep_where = [ { "Type" = ["Sale", "Refund"] }, { "Type" = "", "Total" = "*" } ]
skip_where = [ { "Item" = ["", "total*"] }, { "Type" = "sale", "Void?" = true } ]
"""
        + COLUMNS
    )
    made = delivered(tmp_path, mapping, [
        row(Type="SALE", Item="Tea", Total="1", **{"Void?": "false"}),
        row(Type="sale", Item="Tea", Total="1", **{"Void?": "True"}),
        row(Type="refund", Item="Total of the day", Total="9", **{"Void?": ""}),
        row(Type="", Item="Tea", Total="1", **{"Void?": ""}),
        row(Type="", Item="Tea", Total="", **{"Void?": ""}),
        row(Type="Payment", Item="", Total="3", **{"Void?": ""}),
    ])  # fmt: skip
    assert made["lines"].frame[ROW].to_list() == [2, 5]
    assert made["lines"].left_out == {
        "Item is empty or total*": 2,
        "Type is sale and Void? is true": 1,
        "Type is neither Sale nor Refund, and Type is not empty or Total is empty": 1,
    }


def test_kinds_come_of_one_column_by_its_words_or_of_several(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """none_where = [ { "Void?" = ["true"] } ]
return_where = [ { "Back" = "*" } ]
"""
        + COLUMNS
        + """kind = "Status"
[file.values.kind]
"Paid" = "sale"
"Refund*" = "return"
"*" = "none"
"""
    )
    made = delivered(tmp_path, mapping, [
        row(Status="PAID", Back="", **{"Void?": "false"}),
        row(Status="Refunded in part", Back="", **{"Void?": ""}),
        row(Status="draft", Back="", **{"Void?": ""}),
        row(Status="", Back="", **{"Void?": ""}),
        row(Status="Paid", Back="yes", **{"Void?": ""}),
        row(Status="Paid", Back="yes", **{"Void?": "TRUE"}),
    ])  # fmt: skip
    assert [kind for (kind,) in values(made, "kind")] == ["sale", "return", "none", "none", "return", "none"]


def test_facts_on_the_first_row_of_a_receipt_count_for_its_other_rows_and_for_no_other_receipt(tmp_path: Path) -> None:
    mapping = HEAD + 'fill_down = { by = ["Receipt"], columns = ["Receipt", "Member", "When"] }\n' + COLUMNS
    made = delivered(tmp_path, mapping, [
        row(), row(Receipt="", Member="", When=""),
        row(Receipt="R2", Member="", When="2026-11-21"), row(Receipt="R2", Member="", When=""),
    ])  # fmt: skip
    assert values(made, "basket_id", "member_id", "sold_at") == [
        ("R1", "M1", "2026-11-20 08:15"), ("R1", "M1", "2026-11-20 08:15"), ("R2", "", "2026-11-21"),
        ("R2", "", "2026-11-21"),
    ]  # fmt: skip


def test_items_in_one_cell_become_a_row_each_and_their_row_counts_once(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """split_rows = { column = "Items", between = "," }
skip_where = { "Items" = ["*tip*", ""] }
[file.columns]
basket_id = "Receipt"
member_id = "Member"
sold_at = "When"
item_name = { from = "Items", find = "^(?:[0-9]+ ?x )?(.*)$" }
quantity = { from = "Items", find = "^([0-9]+) ?x ", else = "1" }
"""
    )
    made = delivered(tmp_path, mapping, [
        row(Items="2 x Latte, Scone, Tip"), row(Items=""), row(Items=", "), row(Items="1 x Tip"),
    ])  # fmt: skip
    assert values(made, ROW, "sku", "quantity") == [(2, "latte", "2"), (2, "scone", "1")]
    assert made["lines"].left_out == {"Items is *tip* or empty": 3}
    many = delivered(tmp_path, mapping, [row(Items="Tea," * 3_000)])
    assert many["lines"].frame.height == 1_000
    assert "1 cell has more than 1,000 items" in many.notices[0]


def test_cents_become_amounts_by_the_currency_of_their_row(tmp_path: Path) -> None:
    mapping = HEAD + 'money = "minor"\n' + COLUMNS + 'line_total = "Amount"\ncurrency = "Currency"\n'
    made = delivered(tmp_path, mapping, [
        row(Amount="1250", Currency="EUR"), row(Amount="1250", Currency="JPY"), row(Amount="-40", Currency=""),
        row(Amount="none", Currency="EUR"),
    ], store={"currency": "GBP"})  # fmt: skip
    assert [total for (total,) in values(made, "line_total")] == ["12.5", "1250.0", "-0.4", "none"]


def test_the_order_of_dates_and_their_zone_can_be_stated(tmp_path: Path) -> None:
    mapping = HEAD + 'date = "month first"\nzone = "America/New_York"\n' + COLUMNS
    made = delivered(tmp_path, mapping, [row(When="03/04/2026 10:00 PM")], store={"timezone": "Europe/Vienna"})
    assert values(made, "sold_at") == [("2026-03-05 04:00:00",)]


def test_a_form_without_a_time_reads_a_date_with_one(tmp_path: Path) -> None:
    mapping = HEAD + 'date = "%d/%m/%Y"\n' + COLUMNS.replace('"When"', '["When", "Time"]')
    made = delivered(tmp_path, mapping, [row(When="01/11/2026", Time="10:01")])
    assert values(made, "sold_at") == [("2026-11-01 10:01:00",)]


def test_a_star_in_a_name_stands_for_the_stores_own_column(tmp_path: Path) -> None:
    mapping = (
        '[[file]]\nmatch = "*.csv"\ntable = "items"\n[file.columns]\nsku = "SKU"\nname = "Name"\nprice = "Price [*]"\n'
    )
    rows = [{"SKU": "A", "Name": "Tea", "Price [Quay]": "3", "Price [Hill]": "4"}]
    assert values(delivered(tmp_path, mapping, rows, store={"location": "Hill"}), "price", table="items") == [("4",)]
    made = delivered(tmp_path, mapping, rows)
    assert not made["items"].has("price")
    assert "store.toml names none" in made.notices[0]


def test_modifiers_of_a_cell_of_columns_and_of_rows_below_stand_on_their_line(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + COLUMNS
        + """[file.modifiers]
cell = "Options"
between = " | "
group_mark = "="
columns = { Size = "Variant", "Extra shot" = "Shot" }
rows_where = { "Type" = "Modifier" }
option = "Item"
"""
    )
    made = delivered(tmp_path, mapping, [
        row(Options="Milk=Oat, warm | Syrup=None", Variant="Large", Shot="Yes", Type="Item"),
        row(Item="Honey", Options="", Variant="", Shot="", Type="Modifier"),
        row(Item="Cake", Options="", Variant="-", Shot="no", Type="Item"),
    ])  # fmt: skip
    assert values(made, "sku", "modifiers") == [
        ("Tea", "Honey; Milk=Oat  warm; Shots=Extra shot; Size=Large; Syrup=None"),
        ("Cake", ""),
    ]
    assert made["lines"].left_out == {"modifiers: taken with their line": 1}


def test_rows_of_modifiers_find_their_line_by_its_id_and_stray_ones_are_counted(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + COLUMNS
        + """[file.modifiers]
rows_where = { "Type" = "Mod" }
option = "Item"
group = "Group"
of = "Parent"
line = "Id"
"""
    )
    made = delivered(tmp_path, mapping, [
        row(Item="Oat", Group="Milk", Type="Mod", Id="3", Parent="2"),
        row(Item="Tea", Group="", Type="Item", Id="1", Parent=""),
        row(Item="Latte", Group="", Type="Item", Id="2", Parent=""),
        row(Item="Soy", Group="Milk", Type="Mod", Id="4", Parent="9"),
    ])  # fmt: skip
    assert values(made, "sku", "modifiers") == [("Tea", ""), ("Latte", "Milk=Oat")]
    assert made["lines"].left_out == {
        "modifiers: taken with their line": 1,
        "modifiers whose line is not in the file": 1,
    }


def test_receipts_and_modifiers_in_files_of_their_own_complete_the_lines(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """[file.columns]
basket_id = "Receipt"
sku = "Item"
quantity = "Qty"
kind = "Kind"
line_key = { join = ["Receipt", "Item"], with = "/" }
line_order = "Id"
[[file]]
match = "receipts*.csv"
table = "baskets"
[file.columns]
basket_id = "Receipt"
sold_at = "When"
email = "Email"
kind = "State"
[file.values.kind]
"Voided" = "none"
[[file]]
match = "mods*.csv"
table = "line_modifiers"
[file.columns]
line_key = { join = ["Receipt", "Of"], with = "/" }
line_order = "Id"
option = "Option"
group = "Group"
quantity = "Qty"
"""
    )
    write(tmp_path / "receipts.csv", [
        {"Receipt": "R1", "When": "2026-11-20 08:15", "Email": "ada@x.example", "State": ""},
        {"Receipt": "R2", "When": "2026-11-21 08:15", "Email": "ada@x.example", "State": "voided"},
    ])  # fmt: skip
    write(tmp_path / "mods.csv", [
        {"Receipt": "R1", "Of": "Latte", "Id": "1", "Option": "Oat", "Group": "Milk", "Qty": "1"},
        {"Receipt": "R1", "Of": "Latte", "Id": "3", "Option": "Extra shot", "Group": "Shots", "Qty": "2"},
        {"Receipt": "R1", "Of": "Cake", "Id": "5", "Option": "Cream", "Group": "Top", "Qty": "1"},
    ])  # fmt: skip
    made = delivered(tmp_path, mapping, [
        {"Receipt": "R1", "Item": "Latte", "Qty": "1", "Kind": "sale", "Id": "2"},
        {"Receipt": "R1", "Item": "Latte", "Qty": "1", "Kind": "return", "Id": "4"},
        {"Receipt": "R2", "Item": "Latte", "Qty": "1", "Kind": "sale", "Id": "6"},
    ])  # fmt: skip
    member = made["members"].frame["member_id"].item()
    assert values(made, "basket_id", "member_id", "sold_at", "kind", "modifiers") == [
        ("R1", member, "2026-11-20 08:15", "sale", "Milk=Oat"),
        ("R1", member, "2026-11-20 08:15", "return", "Shots=Extra shot; Shots=Extra shot"),
        ("R2", member, "2026-11-21 08:15", "none", ""),
    ]


def test_two_descriptions_of_one_table_share_a_file_and_count_each_row_once(tmp_path: Path) -> None:
    one = HEAD + 'keep_where = { "Type" = "Sale" }\n' + COLUMNS
    two = HEAD + 'keep_where = { "Type" = "Refund" }\n' + COLUMNS + '[file.constants]\nkind = "return"\n'
    made = delivered(tmp_path, one + two, [row(Type="Sale"), row(Type="Refund"), row(Type="Payment")])
    assert values(made, ROW, "kind") == [(2, None), (3, "return")]
    assert made["lines"].left_out == {"Type is not Sale": 1}


def test_a_line_without_a_sku_is_the_known_item_of_its_name_else_a_new_one(tmp_path: Path) -> None:
    mapping = HEAD + COLUMNS.replace('sku = "Item"', 'item_name = "Item"\nunit_price = "Each"')
    known = KnownMembers(items={"T1": "tea", "X": "Twice", "Y": "Twice"})
    made = delivered(
        tmp_path, mapping, [row(Item="Tea", Each="3"), row(Item="Twice", Each="1"), row(Item="Café", Each="2")],
        known=known,
    )  # fmt: skip
    assert [sku for (sku,) in values(made, "sku")] == ["T1", "twice", "cafe"]
    assert values(made, "sku", "name", "price", table="items") == [("twice", "Twice", "1"), ("cafe", "Café", "2")]


def test_members_are_found_by_name_only_where_the_file_says_nothing_else_and_one_person_is_called_so(
    tmp_path: Path,
) -> None:
    mapping = HEAD + COLUMNS.replace("member_id", "member_name")
    known = KnownMembers()
    known.add_names(pl.DataFrame({"member_id": ["1", "2", "3"], "name": ["Ada  Brandt", "Bo Li", "bo li"]}))
    made = delivered(tmp_path, mapping, [row(Member="ADA BRANDT"), row(Member="Bo Li"), row(Member="Cy")], known=known)
    assert [member for (member,) in values(made, "member_id")] == ["1", "", ""]


def test_an_address_of_several_members_is_nobodys_and_makes_no_further_member(tmp_path: Path) -> None:
    known = KnownMembers()
    known.add([("M1", "both@x.example", ""), ("M2", "both@x.example", "")])
    made = delivered(
        tmp_path, HEAD + COLUMNS.replace("member_id", "email"), [row(Member="both@x.example")], known=known
    )
    assert values(made, "member_id") == [("",)]
    assert "members" not in made


def test_customers_that_come_after_their_sales_are_the_same_persons(tmp_path: Path) -> None:
    mapping = '[[file]]\nmatch = "people.csv"\ntable = "members"\n[file.columns]\n'
    mapping += 'member_id = "No"\nemail = "Mail"\ncard = "Card"\n'
    known = KnownMembers()
    known.add([("SHOLD", "ada@x.example", "")])
    made = delivered(
        tmp_path, mapping, [{"No": "9", "Mail": "ADA@x.example", "Card": "C1"}, {"No": "", "Mail": "", "Card": "C2"}],
        "people.csv", known=known,
    )  # fmt: skip
    assert values(made, "member_id", table="members") == [("SHOLD",), ("C2",)]
    assert values(made, "code", "member_id", table="cards") == [("C1", "SHOLD"), ("C2", "C2"), ("9", "SHOLD")]


def test_a_line_finds_its_member_by_a_card_in_another_spelling_of_the_same_night(tmp_path: Path) -> None:
    write(tmp_path / "cards.csv", [{"code": "A-1001", "member_id": "M9"}])
    made = delivered(tmp_path, HEAD + COLUMNS.replace("member_id", "card"), [row(Member="a 1001"), row(Member="A7")])
    assert [member for (member,) in values(made, "member_id")] == ["M9", "A7"]


def test_a_file_that_is_not_needed_is_known_and_not_read(tmp_path: Path) -> None:
    mapping = '[[file]]\nmatch = "sales*.csv"\nhas = ["Card"]\nnever = ["Card"]\nignore = "payments only"\n'
    made = delivered(tmp_path, mapping, [{"Card": "4111111111111111"}])
    assert not made
    assert made.helping["sales.csv"].left_out == {"not read: payments only": 1}


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ('[[file]]\nmatch = "x"\ntable = "line"', 'Did you mean "lines"?'),
        (HEAD.replace("match", "mach"), 'no key mach. Did you mean "match"?'),
        (HEAD + COLUMNS + 'line_totl = "X"', 'no column line_totl. Did you mean "line_total"?'),
        (HEAD + COLUMNS + '[file.values.kind]\n"x" = "sale"', "kind is not in [file.columns]"),
        (HEAD + COLUMNS + 'kind = "K"\n[file.values.kind]\n"x" = "retrun"', 'Did you mean "return"?'),
        (HEAD + COLUMNS + 'phone = { from = "P", find = "(" }', "phone: find = '(' is no pattern"),
        (HEAD + COLUMNS + 'phone = { from = "P", spilt = "," }', 'Did you mean "split"?'),
        (HEAD + COLUMNS + 'phone = { split = ",", part = 1 }', "write one of from, join, first_of"),
        (HEAD + COLUMNS + 'phone = { from = "P", split = ",", part = 0 }', "part = 0"),
        (HEAD + 'date = "dd/mm/yyyy"\n' + COLUMNS, "day first, month first, year first"),
        (HEAD + 'date = { joined_on = "day first" }\n' + COLUMNS, "date names joined_on"),
        (HEAD + 'zone = "Mars/Base"\n' + COLUMNS, "no time zone Mars/Base"),
        (HEAD + 'decimal_comma = "yes"\n' + COLUMNS, "true or false, without quotes"),
        (HEAD + 'keep_where = ["Paid"]\n' + COLUMNS, "keep_where is written"),
        (HEAD + 'never = ["Qty"]\n' + COLUMNS, "Qty is used, and never says that it is not read"),
        (HEAD + COLUMNS + '[file.constants]\nsku = "X"', "sku is in [file.columns] and in [file.constants]"),
        (HEAD + COLUMNS.replace("quantity", "#"), "lines needs quantity"),
        (HEAD + COLUMNS.replace("member_id", "#"), "lines needs member_id (or email, phone or card)"),
        (HEAD + COLUMNS + '[file.modifiers]\noption = "X"', "option belongs to rows_where"),
        ("files = 1", 'no key files. Did you mean "file"?'),
        ("[file]\nmatch = 'x'", "[[file]], in two brackets"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_entry_and_the_nearest_right_name(
    tmp_path: Path, mapping: str, said: str
) -> None:
    (tmp_path / "mapping.toml").write_text(mapping)
    with pytest.raises(SourceUnreadable) as told:
        read_mappings(tmp_path)
    assert said in told.value.what
    assert "mapping.toml" in told.value.what


def test_a_missing_column_is_named_with_the_nearest_one_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(HEAD + COLUMNS)
    write(tmp_path / "sales.csv", [{"Receipt": "", "Member": "", "Item": "", "When": "", "Qty.": ""}])
    with pytest.raises(SourceMissing, match=r'no column Qty.*Did you mean "Qty\."\?'):
        recognised(tmp_path / "sales.csv", read_mappings(tmp_path))


# ---- what holds for any file and any rules

CELL = st.sampled_from(["", "Sale", "sale ", "REFUND", "void", "Ünïcode", "a*b", "total 3", "0", "true"])
RULE = st.sampled_from(["", "*", "sale", "Refund", "*d", "t*", "*o*", "a*b", "ünïcode", True, 0])
ENTRY = st.dictionaries(
    st.sampled_from(["A", "B", "C"]), st.lists(RULE, min_size=1, max_size=3), min_size=1, max_size=3
)
KIND = st.sampled_from(["sale", "return", "none"])
RULES = st.lists(ENTRY, max_size=3)


@given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=12), keep=RULES, skip=RULES, empty=st.booleans())
def test_any_rules_take_or_count_every_row_once(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    keep: list[dict[str, list[Any]]],
    skip: list[dict[str, list[Any]]],
    empty: bool,
) -> None:
    folder = tmp_path_factory.mktemp("rules")
    rules = [f"{key} = [{', '.join(inline(one) for one in entries)}]\n" for key, entries in
             (("keep_where", keep), ("skip_where", skip)) if entries]  # fmt: skip
    columns = COLUMNS.replace('"Item"', '"A"')
    mapping = HEAD + "".join(rules) + ('skip_empty = "sku"\n' if empty else "") + columns
    made = delivered(folder, mapping, [row(A=a, B=b, C=c) for a, b, c in rows] or [row(A="x", B="", C="")])
    source = made["lines"]
    assert source.frame.height + sum(source.left_out.values()) == max(1, len(rows))
    assert all(number > 0 for number in source.left_out.values())
    wanted = [
        at for at, cells in enumerate(rows, 2)
        if (not keep or any(fits(one, cells) for one in keep)) and not any(fits(one, cells) for one in skip)
        and not (empty and not cells[0].strip())
    ]  # fmt: skip
    assert not rows or source.frame[ROW].to_list() == wanted


def inline(entry: Mapping[str, list[Any]]) -> str:
    """An entry as TOML."""
    shown = (f'"{name}" = [{", ".join(toml(value) for value in values_)}]' for name, values_ in entry.items())
    return "{ " + ", ".join(shown) + " }"


def toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int) else f'"{value}"'


def fits(entry: Mapping[str, list[Any]], cells: Sequence[str]) -> bool:
    """The rule of filters, said once more in plain Python."""
    return all(any(fits_one(value, cells["ABC".index(name)]) for value in values_) for name, values_ in entry.items())


def fits_one(value: Any, cell: str) -> bool:
    plain, asked = cell.strip().lower(), toml(value).strip('"').lower()
    if "*" not in asked:
        return plain == asked
    if asked == "*":
        return plain != ""
    begin, _, end = asked.partition("*")
    if "*" in end:
        return end.strip("*") in plain
    return plain.startswith(begin) and plain.endswith(end) and len(plain) >= len(begin) + len(end)


@given(parts=st.lists(st.text("abc é", min_size=1, max_size=5).map(str.strip).filter(bool), min_size=1, max_size=4))
def test_what_was_joined_is_split_again(parts: list[str]) -> None:
    frame = pl.DataFrame({str(at): [part] for at, part in enumerate(parts)})
    listed = ", ".join(f'"{name}"' for name in frame.columns)
    joined = cell(f'{{ join = [{listed}], with = " / " }}', frame)
    assert joined == " / ".join(parts)
    again = pl.DataFrame({"whole": [joined]})
    for at, part in enumerate(parts, 1):
        assert cell(f'{{ from = "whole", split = "/", part = {at} }}', again) == part
        assert cell(f'{{ from = "whole", split = "/", part = {at - len(parts) - 1} }}', again) == part
    assert cell('{ from = "whole", split = " / ", part = "rest" }', again) == " / ".join(parts[1:])


def cell(written: str, frame: pl.DataFrame) -> str:
    """What a cell of a description makes of the first row."""
    (one,) = from_toml(HEAD + COLUMNS + f"line_total = {written}")
    return str(one.columns["line_total"].text(lambda name: frame[name], lambda texts: texts.cast(pl.Float64))[0])


@given(
    cells=st.lists(st.one_of(CELL, st.text(max_size=6)), min_size=1, max_size=12),
    pairs=st.dictionaries(
        st.sampled_from(["sale", "REFUND", "*d", "t*", ""]), st.sampled_from(["sale", "return", "none"])
    ),
)
def test_a_map_with_a_star_names_a_kind_for_every_cell_and_without_one_changes_no_other(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], pairs: dict[str, str]
) -> None:
    cells = [" ".join(filters.folded(text).split()) for text in cells]
    cells = [text for text in cells if text.isprintable() and not text.startswith(("'", '"'))] or ["sale"]
    listed = "".join(f'"{theirs}" = "{ours}"\n' for theirs, ours in pairs.items())
    mapping = HEAD + COLUMNS + 'kind = "Kind"\n[file.values.kind]\n' + listed
    rows = [row(Kind=text) for text in cells]
    total = delivered(tmp_path_factory.mktemp("map"), mapping + '"*" = "none"\n', rows)
    assert {kind for (kind,) in values(total, "kind")} <= {"sale", "return", "none"}
    partly = delivered(tmp_path_factory.mktemp("map"), mapping, rows)
    for text, (kind,) in zip(cells, values(partly, "kind"), strict=True):
        if not any(fits_one(theirs, text) for theirs in pairs):
            assert kind == text
        elif text in pairs:
            assert kind == pairs[text]


@given(texts=st.lists(st.text(max_size=12), max_size=5))
def test_no_text_of_modifiers_breaks_their_form(texts: list[str]) -> None:
    (one,) = from_toml(HEAD + COLUMNS + '[file.modifiers]\ncell = "M"\ncolumns = { Size = "M" }')
    assert isinstance(one.modifiers, Modifiers)
    context = Context({}, KnownMembers())
    made = written_in(
        one.modifiers, lambda _: pl.Series(texts, dtype=pl.String), lambda t: t.cast(pl.Float64), [], context
    )
    for text in made:
        assert all(part.count("=") <= 1 and part.strip() == part for part in text.split("; ") if part)


ROWS_OF_MODIFIERS = """[file.modifiers]
rows_where = { "Type" = "Mod" }
option = "Item"
"""


@pytest.mark.parametrize(
    ("more", "columns", "price", "added", "line"),
    [
        ("", 'line_total = "Total"', "6,50", "1,00", 7.5),
        ('amounts = "included"\n', 'line_total = "Total"', "6,50", "1,00", 6.5),
        ("", 'unit_price = "Total"', "6,50", "1,00", 15.0),
        ("", 'line_total = "Total"', "", "1,00", 1.0),
    ],
    ids=["added", "included", "by the piece", "a line without an amount"],
)
def test_what_modifiers_in_rows_of_their_own_cost_is_part_of_their_line(
    tmp_path: Path, more: str, columns: str, price: str, added: str, line: float
) -> None:
    mapping = (HEAD + "decimal_comma = true\n" + COLUMNS).replace('quantity = "Qty"', f'quantity = "Qty"\n{columns}')
    made = delivered(tmp_path, mapping + ROWS_OF_MODIFIERS + more, [
        row(Total=price, Type="Item", Qty="2"), row(Item="Oat", Total=added, Type="Mod", Qty="2"),
        row(Item="Ice", Total="", Type="Mod", Qty="2"), row(Item="Cake", Total="3,00", Type="Item", Qty="1"),
    ])  # fmt: skip
    first, second = (float(total or "3") for (total,) in values(made, "line_total"))
    assert (first, second) == (line, 3.0)
