"""Any other CSV by a mapping.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clerk.errors import SourceMissing, SourceUnreadable
from clerk.intake.convert import Converted, convert, recognised
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.mapping import read_mappings
from tests.intake.exports import column

LINES = """[[file]]
match = "till*.csv"
table = "lines"
date = "%d/%m/%Y %H:%M"
decimal_comma = true
skip_empty = "sku"
[file.columns]
basket_id = "Bon"
member_id = "Kunde"
sku = "Artikel"
sold_at = "Zeit"
quantity = "Menge"
line_total = "Summe"
kind = "Art"
[file.constants]
channel = "till"
[file.values.kind]
"Storno" = "return"
"Verkauf" = "sale"
"""


def written(folder: Path, mapping: str, name: str, text: str) -> Converted:
    (folder / "mapping.toml").write_text(mapping)
    (folder / name).write_text(text)
    return convert(recognised(folder / name, read_mappings(folder)))


def test_a_mapped_file_gives_its_table_with_dates_decimals_values_and_constants(tmp_path: Path) -> None:
    text = "BON;kunde;Artikel;Zeit;Menge;Summe;Art;Rest\n1;M1;A;20/11/2026 08:15;1,5;1.234,50;Verkauf;x\n"
    text += ";;;;;;;subtotal\n2;M1;A;20/11/2026 09:00;1;3;Storno;x\n"
    lines = written(tmp_path, LINES, "Till 1.csv", text)["lines"]
    assert lines.frame.drop("sku", "member_id").rows() == [
        (2, "1", "2026-11-20 08:15:00", "1.5", "1234.50", "sale", "till"),
        (4, "2", "2026-11-20 09:00:00", "1", "3", "return", "till"),
    ]


def test_a_value_that_is_not_in_the_date_format_stays_for_quarantine(tmp_path: Path) -> None:
    text = "Bon;Kunde;Artikel;Zeit;Menge;Summe;Art\n1;M1;A;yesterday;1;1;Verkauf\n"
    assert column(written(tmp_path, LINES, "till.csv", text)["lines"], "sold_at") == ["yesterday"]


def test_one_file_may_give_several_tables_and_lines_find_members_by_e_mail(tmp_path: Path, project: Path) -> None:
    shutil.copy(project / "store_data/exports/odoo-mapping.toml", tmp_path / "mapping.toml")
    mappings = read_mappings(tmp_path / "absent", tmp_path)
    (tmp_path / "product.product.csv").write_text(
        "Internal Reference,Display Name,Barcode,Sales Price,Product Category,Description for Customers,"
        "Quantity On Hand\nA,Tea,,3.5,All / Tea,,7\n"
    )
    (tmp_path / "res.partner.csv").write_text("ID,Display Name,Email,Phone\n9,Ada,ada@x.example,\n")
    (tmp_path / "sale.order.line (1).csv").write_text(
        "Order Reference,Order Reference/Customer/Email,Order Reference/Customer/Phone,Order Reference/Customer/ID,"
        "Product/Internal Reference,Order Reference/Order Date,Quantity,Unit Price,Total\n"
        "S1,ADA@x.example,,,A,2026-11-20 08:00:00,1,3.5,3.5\nS1,,,,,,,,\n"
    )
    files = [one for path in sorted(tmp_path.glob("*.csv")) for one in recognised(path, mappings)]
    made = convert(files, known=KnownMembers())
    assert sorted(made) == ["items", "lines", "members", "stock"]
    assert made["lines"].frame.select("member_id", "sku", "channel").rows() == [("9", "A", "odoo")]
    assert column(made["stock"], "on_hand") == ["7"]


def test_a_mapping_counts_before_the_layout(tmp_path: Path) -> None:
    mapping = '[[file]]\nmatch = "items.csv"\ntable = "items"\n[file.columns]\nsku = "name"\nname = "sku"\n'
    made = written(tmp_path, mapping, "items.csv", "sku,name\nA,One\n")
    assert made["items"].frame.select("sku", "name").rows() == [("One", "A")]


def test_a_column_that_the_file_has_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="Summe"):
        written(tmp_path, LINES, "till.csv", "Bon;Kunde;Artikel;Zeit;Menge;Art\n")


@pytest.mark.parametrize(
    "mapping",
    [
        "not toml",
        "file = 3",
        "[[file]]\nmatch = 'x'\ntable = 'nothing'",
        "[[file]]\nmatch = 'x'\ntable = 'items'\n[file.columns]\nsku = 'A'",
        "[[file]]\nmatch = 'x'\ntable = 'items'\n[file.columns]\nsku = 'A'\nname = 'B'\ncolour = 'C'",
        "[[file]]\nmatch = 'x'\ntable = 'items'\nskip_empty = 'gtin'\n[file.columns]\nsku = 'A'\nname = 'B'",
        "[[file]]\ntable = 'items'\n[file.columns]\nsku = 'A'\nname = 'B'",
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_with_its_reason(tmp_path: Path, mapping: str) -> None:
    (tmp_path / "mapping.toml").write_text(mapping)
    with pytest.raises(SourceUnreadable, match=r"mapping\.toml"):
        read_mappings(tmp_path)


def test_without_a_mapping_there_is_none(tmp_path: Path) -> None:
    assert read_mappings(tmp_path) == ()
