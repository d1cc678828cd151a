from __future__ import annotations

import codecs
from pathlib import Path

import polars as pl
import pytest

from clerk.errors import SourceMissing, SourceUnreadable
from clerk.intake.canonical_tables import read_folder, read_store, read_table


def items(path: Path) -> list[tuple[str, str]]:
    return read_table(path, "items").frame.select("sku", "name").rows()


@pytest.mark.parametrize(
    "content",
    [
        "sku,name\nA,Zoë\n".encode(),
        codecs.BOM_UTF8 + "sku,name\r\nA,Zoë\r\n".encode(),
        "sku,name\r\nA,Zoë\r\n".encode("utf-16"),
        "sku,name\nA,Zoë\n".encode("cp1252"),
        "sku;name\nA;Zoë\n".encode(),
        "sku\tname\nA\tZoë".encode(),
        'SKU ," Name"\nA,"Zoë"\n'.encode(),
        "sku,name\rA,Zoë\r".encode(),
        "name,extra,sku\nZoë,whatever,A\n".encode(),
        "\nsku,name\nA,Zoë\n".encode()[1:],
    ],
)
def test_a_table_is_read_in_any_encoding_line_end_and_separator(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(content)
    assert items(path) == [("A", "Zoë")]


def test_headers_match_in_any_case_and_with_spaces_or_hyphens(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("Member ID,GIVEN-NAME\nm1,Ada\n")
    assert read_table(path, "members").frame.columns == ["row", "member_id", "given_name"]


def test_a_torn_line_costs_itself_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("sku,name\nA,One\ntorn\nB,Two\nC,Three,too,many\n\nD,Four\n")
    source = read_table(path, "items")
    assert source.frame.rows() == [(2, "A", "One"), (4, "B", "Two"), (7, "D", "Four")]
    assert source.broken == [
        (3, "1 fields, the header has 2", "torn"),
        (5, "4 fields, the header has 2", "C,Three,too,many"),
    ]
    assert source.rows == 5


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text('sku,name\nA,"One\nB,Two\nC,"Three, with comma"\nD,"broken\n')
    source = read_table(path, "items")
    assert source.frame.rows() == [(3, "B", "Two"), (4, "C", "Three, with comma")]
    assert [number for number, _, _ in source.broken] == [2, 5]


def test_a_quoted_field_may_span_lines_and_hold_quotes(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text('sku,name\nA,"two\nlines"\nB,"say ""hi"""\nC,5" pipe\n')
    source = read_table(path, "items")
    assert source.frame["name"].to_list() == ["two\nlines", 'say "hi"', '5" pipe']
    assert source.frame["row"].to_list() == [2, 4, 5]
    assert source.broken == []


def test_one_bad_byte_in_a_good_file_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes("sku,name\nA,Zoë\nB,Café\nC,Ol\xe9\n".encode("latin-1").replace(b"Zo\xeb", "Zoë".encode()).replace(
        b"Caf\xe9", "Café".encode()))  # fmt: skip
    source = read_table(path, "items")
    assert source.frame["name"].to_list() == ["Zoë", "Café"]
    assert [(number, reason) for number, reason, _ in source.broken] == [(4, "not in the encoding of the file")]


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    pl.DataFrame({"SKU": ["A"], "Name": ["One"], "other": [1]}).write_parquet(tmp_path / "items.parquet")
    assert items(tmp_path / "items.parquet") == [("A", "One")]


def test_only_items_are_indispensable(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="items"):
        read_folder(tmp_path)
    (tmp_path / "Items.CSV").write_text("sku,name\nA,One\n")
    assert list(read_folder(tmp_path)) == ["items"]
    with pytest.raises(SourceMissing):
        read_folder(tmp_path / "nowhere")


def test_a_missing_required_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("sku,price\nA,1\n")
    with pytest.raises(SourceMissing, match="name"):
        read_folder(tmp_path)
    (tmp_path / "items.csv").write_text("sku,name\nA,One\n")
    (tmp_path / "modifiers.csv").write_text("group,option\nMilk,Oat\n")
    with pytest.raises(SourceMissing, match="sku or category"):
        read_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 100, b"\n\n"])
def test_what_is_no_table_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "items.csv").write_bytes(content)
    with pytest.raises((SourceUnreadable, SourceMissing)):
        read_folder(tmp_path)


def test_a_broken_parquet_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "items.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(SourceUnreadable):
        read_folder(tmp_path)


def test_a_broken_store_file_is_unreadable_and_none_is_fine(tmp_path: Path) -> None:
    assert read_store(tmp_path) == {}
    (tmp_path / "store.toml").write_text("store = ")
    with pytest.raises(SourceUnreadable):
        read_store(tmp_path)
