"""Whatever lies in the inbox: no crash, nothing opened that should not be, one file never blocks another."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clerk.errors import AllRowsBad, ClerkError, SourceUnknown, SourceUnreadable, SourceUnsafe
from clerk.intake.canonical_tables import Source
from clerk.intake.checks.tables import check
from clerk.intake.convert import convert, recognised
from clerk.intake.delimited.header import COLUMNS_AT_MOST, START_BYTES
from clerk.intake.files.recognition import recognise
from clerk.intake.report import BuildReport
from clerk.settings import PackSettings
from tests.intake.export_headers import HEADERS
from tests.intake.exports import column, everything, read_any, write_export

LAX = PackSettings(bad_rows_share=1.0)


def taken(path: Path) -> dict[str, Source]:
    made = read_any(path)
    assert not isinstance(made, ClerkError), made
    return dict(made)


def test_a_parquet_file_of_few_bytes_and_endless_rows_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "items.parquet"
    pl.select(sku=pl.repeat("A", 3_000_000), name=pl.repeat("B", 3_000_000)).write_parquet(path)
    assert isinstance(read_any(path), SourceUnsafe)


def test_a_damaged_parquet_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    pl.DataFrame({"sku": ["A"] * 100, "name": ["B"] * 100}).write_parquet(path)
    whole = path.read_bytes()
    for cut in (4, 5, 50, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert isinstance(read_any(path), SourceUnreadable)
    for place in range(4, len(whole) - 8, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        read_any(path)


def test_links_folders_and_pipes_are_refused_unread(tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text("sku,name\nS,secret\n")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "items.csv").symlink_to(outside)
    (inbox / "members.csv").mkdir()
    os.mkfifo(inbox / "lines.csv")
    for name in ("items.csv", "members.csv", "lines.csv"):
        assert isinstance(read_any(inbox / name), SourceUnsafe)


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("sku,name\nA,One\n")
    with pytest.raises(SourceUnsafe, match="larger"):
        recognise(path, bytes_at_most=10)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", SourceUnreadable), (b"\n\n\n", SourceUnreadable), (b"sku\0,name\n", SourceUnreadable),
        (b"\xef\xbb\xbf", SourceUnreadable), (b"\xff\xfe", SourceUnreadable), (b"%PDF-1.7\n", SourceUnknown),
        (b"just words\n", SourceUnknown), (bytes(range(256)) * 40, SourceUnreadable),
        (b"a," * (START_BYTES // 2 + 1), SourceUnsafe),
        (b",".join([b"c"] * (COLUMNS_AT_MOST + 1)) + b"\n", SourceUnsafe),
        (b"x" * (START_BYTES + 9) + b"\n", SourceUnsafe),
    ],
)  # fmt: skip
def test_a_file_without_a_usable_header_is_told_and_not_read(
    tmp_path: Path, content: bytes, kind: type[ClerkError]
) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(content)
    assert type(read_any(path)) is kind


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(b",".join(b"%d" % number for number in range(1_000_000)) + b"\n")
    assert isinstance(read_any(path), SourceUnsafe)


@pytest.mark.parametrize("name", list(HEADERS))
def test_a_header_alone_is_an_empty_export(tmp_path: Path, name: str) -> None:
    path = tmp_path / "e.csv"
    path.write_text(HEADERS[name])
    assert all(source.rows == 0 for source in taken(path).values())


def test_of_two_columns_of_one_name_the_first_counts(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("sku,name,SKU\nA,One,B\n")
    assert column(taken(path)["items"], "sku") == ["A"]


ODD = [
    "=cmd|'/c calc'!A0", "@SUM(1)", "\x1b[2J\x1b]0;pwned\x07", "a\0b", "\u202eevil", "../../etc/passwd",
    "\ud7ff\uffff", "'=1+1", "NaN", "1e999", "-0", "9" * 400, "\N{PILE OF POO}" * 50, "\t", '"', "a;b=c", "$" * 80,
]  # fmt: skip


@pytest.mark.parametrize("name", list(HEADERS))
def test_cells_of_every_kind_are_cleaned_or_set_aside(tmp_path: Path, name: str) -> None:
    columns = HEADERS[name].split(",")
    rows = [dict.fromkeys(columns, cell) for cell in ODD]
    rows += [{name: "x" * 1_000_000} for name in columns[::12]]
    path = write_export(tmp_path / "e.csv", name, *rows)
    made = taken(path)
    if made:
        report = BuildReport("test")
        try:
            checked = check(dict(made), {}, report, LAX, 1_700_000_000, tmp_path, "n")
        except AllRowsBad:
            return
        for frame in checked.tables.values():
            for series in frame.select(pl.col(pl.String)).iter_columns():
                assert not series.str.contains("[\x00-\x1f\u202e]").any()
                assert (series.str.len_chars() <= 2000).all()


@pytest.mark.parametrize("name", list(HEADERS))
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "cp1252", "latin-1", "utf-32"])
def test_wrong_encodings_are_read_or_told(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes((HEADERS[name] + "\nZoë,é\n").encode(encoding))
    made = read_any(path)
    assert isinstance(made, (dict, ClerkError))


def test_one_bad_file_blocks_no_other(tmp_path: Path) -> None:
    good = write_export(tmp_path / "c.csv", "square_customers", {"Square Customer ID": "C1", "First Name": "Ada"})
    bad = write_export(tmp_path / "i.csv", "square_items", {"Item": "Latte"})
    files = [*recognised(good), *recognised(bad)]
    bad.unlink()
    made = convert(files)
    assert "members" in made
    assert list(made.problems) == ["i.csv"]


def test_a_row_with_a_card_number_in_it_is_set_aside_without_it(tmp_path: Path) -> None:
    path = write_export(tmp_path / "c.csv", "shopify_customers", {"Customer ID": "1", "Email": "a@x.example"})
    path.write_text(path.read_text() + "2,torn,paid with 4111 1111 1111 1111\n")
    assert "4111" not in everything(taken(path))


PIECES = st.sampled_from(
    [",", ";", "\n", "\r", '"', "'", "\0", "é", "$1.0", "2026-07-18", "\ufeff", "x", "-", "(", " "]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(HEADERS)), st.lists(PIECES, max_size=120), st.binary(max_size=60), st.integers(0, 3))
def test_anything_behind_a_known_header_is_read_or_told(
    tmp_path: Path, name: str, pieces: list[str], tail: bytes, quotes: int
) -> None:
    path = tmp_path / "e.csv"
    lead = ",".join(["1"] * quotes)
    path.write_bytes(f"{HEADERS[name]}\n{lead}{''.join(pieces)}".encode() + tail)
    made = read_any(path)
    if not isinstance(made, ClerkError) and made:
        # A file of nothing but bad rows is told, too.
        with suppress(AllRowsBad):
            check(dict(made), {}, BuildReport("test"), LAX, 1_700_000_000, tmp_path, "n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["items.csv", "x.parquet", "lines.tsv", "\u202ea.csv"]))
def test_any_bytes_are_read_or_told(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert isinstance(read_any(path), (dict, ClerkError))
