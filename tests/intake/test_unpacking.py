"""Archives and workbooks: what lies in them is read as if it lay there by itself, or refused in words."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from clerk.errors import ClerkError, SourceUnknown, SourceUnreadable, SourceUnsafe
from clerk.intake.delimited.header import header_of
from clerk.intake.delimited.rows import rows_of
from clerk.intake.files.unpacking import Part, Unpacking, is_packed
from tests.intake.export_headers import HEADERS
from tests.intake.exports import column, read_any

ITEMS = "sku,name\nA,One\nB,Two\n"


def packed(path: Path, *members: tuple[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def unpacked(path: Path, *, at_most: int = 50_000_000) -> list[Part]:
    assert is_packed(path)
    return Unpacking(path.parent / "unpacked", at_most).unpacked(path, path.name)


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def raw_workbook(path: Path, sheet: str, *, parts: dict[str, str] | None = None) -> Path:
    """A workbook of one sheet, its cells as XML."""
    workbook(path, S=[["x"]])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'<worksheet xmlns="{namespace}"><sheetData>{sheet}</sheetData></worksheet>'
    members["xl/worksheets/sheet1.xml"] = text.encode()
    members |= {name: content.encode() for name, content in (parts or {}).items()}
    return packed(path, *members.items())


def cells(part: Part) -> list[tuple[str, ...]]:
    names = header_of(part.path).names
    return [row[1:] for row in rows_of(part.path, {name: at for at, name in enumerate(names)}).frame.rows()]


def test_each_file_of_an_archive_is_one_by_itself(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "export.zip",
        ("a/", ""), ("a/items.csv", ITEMS), ("orders.csv", HEADERS["shopify_orders"]),
        ("__MACOSX/._items.csv", "x"), (".DS_Store", "x"),
    )  # fmt: skip
    parts = unpacked(path)
    assert [part.name for part in parts] == ["export.zip › items.csv", "export.zip › orders.csv"]
    assert [part.path.read_text() for part in parts] == [ITEMS, HEADERS["shopify_orders"]]


def test_an_archive_is_known_by_what_it_is_not_by_its_name(tmp_path: Path) -> None:
    path = packed(tmp_path / "items.csv", ("items.csv", ITEMS))
    (part,) = unpacked(path)
    made = read_any(part.path)
    assert isinstance(made, dict)
    assert column(made["items"], "sku") == ["A", "B"]


def test_no_path_of_an_archive_is_followed(tmp_path: Path) -> None:
    path = packed(tmp_path / "e.zip", ("../../up.csv", ITEMS), ("/etc/items.csv", ITEMS), ("c:\\x\\lines.csv", ITEMS))
    for part in unpacked(path):
        assert part.path.resolve().is_relative_to(tmp_path / "unpacked")
    assert [path.name for path in tmp_path.iterdir()] == ["e.zip", "unpacked"]


def test_two_files_of_one_name_stay_two(tmp_path: Path) -> None:
    path = packed(tmp_path / "e.zip", ("a/items.csv", ITEMS), ("b/items.csv", ITEMS + "C,Three\n"))
    parts = unpacked(path)
    assert len({part.path.name for part in parts}) == 2
    assert all(isinstance(read_any(part.path), dict) for part in parts)


def test_what_is_compressed_is_opened_too(tmp_path: Path) -> None:
    path = tmp_path / "items.csv.gz"
    path.write_bytes(gzip.compress(ITEMS.encode()))
    (part,) = unpacked(path)
    assert (part.name, part.path.name, part.path.read_text()) == ("items.csv.gz › items.csv", "items.csv", ITEMS)


@pytest.mark.parametrize("kind", ["zip", "gz", "xlsx", "zip in small pieces"])
def test_a_file_that_would_fill_the_disk_is_refused_before_it_does(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bomb"
    zeros = b"0" * 60_000_000
    if kind == "gz":
        path.write_bytes(gzip.compress(zeros))
    elif kind == "zip":
        packed(path, ("a.csv", zeros))
    elif kind == "xlsx":
        raw_workbook(path, "<row><c><v>1</v></c></row>", parts={"xl/sharedStrings.xml": "<sst>" + " " * 60_000_000})
    else:
        packed(path, *((f"{at}.csv", b"0" * 2_000_000) for at in range(30)))
    tracemalloc.start()
    with pytest.raises(SourceUnsafe, match="holds"):
        unpacked(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    written = sum(file.stat().st_size for file in (tmp_path / "unpacked").rglob("*") if file.is_file())
    assert written <= 52_000_000


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "e.zip", ("items.csv", ITEMS * 100))
    honest = path.read_bytes()
    for size in (1, 0, 10**9):
        at = honest.rindex(b"PK\x01\x02")
        path.write_bytes(honest[: at + 24] + struct.pack("<I", size) + honest[at + 28 :])
        try:
            parts = unpacked(path)
        except ClerkError:
            continue
        assert all(part.path.stat().st_size <= len(ITEMS) * 100 for part in parts)


def test_thousands_of_files_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "e.zip", *((f"{at}.csv", "") for at in range(500)))
    with pytest.raises(SourceUnsafe, match="500 files"):
        unpacked(path)


def test_an_endless_list_of_files_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    entries = b"PK\x01\x02" + b"\0" * 42
    body = b"PK\x03\x04" + entries * 200_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65_535, 65_535, len(entries) * 200_000, 4, 0)
    path.write_bytes(body + end)
    with pytest.raises(SourceUnsafe, match="endless"):
        unpacked(path)


def test_an_archive_in_an_archive_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("items.csv", ITEMS)
    path = packed(tmp_path / "e.zip", ("inner.zip", inner.getvalue()), ("items.csv", ITEMS))
    first, second = unpacked(path)
    assert isinstance(first.problem, SourceUnknown)
    assert "archive in an archive" in first.problem.what
    assert (second.problem, second.path.read_text()) == (None, ITEMS)


def test_a_password_is_said(tmp_path: Path) -> None:
    path = packed(tmp_path / "e.zip", ("items.csv", ITEMS))
    honest = bytearray(path.read_bytes())
    honest[6] |= 1
    honest[honest.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(honest)
    (part,) = unpacked(path)
    assert part.problem is not None
    assert "password" in part.problem.what


@pytest.mark.parametrize(
    ("start", "word"),
    [(b"\xd0\xcf\x11\xe0", ".xls"), (b"7z\xbc\xaf", "7z"), (b"Rar!", "rar"), (b"BZh", "bzip2"), (b"%PDF", "PDF")],
)
def test_what_is_not_opened_is_named(tmp_path: Path, start: bytes, word: str) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(start + b"\x1a" * 600)
    told = read_any(path)
    assert isinstance(told, SourceUnknown)
    assert word in told.what


def test_a_damaged_archive_or_workbook_is_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "whole.xlsx", items=[["sku", "name"], ["A", "One"]])
    whole = path.read_bytes()
    for place in range(4, len(whole), 37):
        for changed in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            path.write_bytes(changed)
            with suppress(ClerkError):
                if is_packed(path):
                    unpacked(path)


def test_cells_of_a_workbook_keep_their_digits_and_their_days(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["phone", "card", "price", "day", "at", "time", "yes", "text"],
        [447700900123, 123456789012345, 3.1, date(2026, 11, 2), datetime(2026, 11, 2, 8, 30), time(8, 30), True, "007"],
        [4.47700900123e11, 1234567890123456, 0.1 + 0.2, None, None, None, False, "a\nb"],
    ]  # fmt: skip
    (part,) = unpacked(workbook(tmp_path / "e.xlsx", Sheet1=rows))
    assert part.name == "e.xlsx"
    assert cells(part) == [
        ("447700900123", "123456789012345", "3.1", "2026-11-02", "2026-11-02 08:30:00", "08:30:00", "true", "007"),
        ("447700900123", "1.23456789012346e+15", "0.3", "", "", "", "false", "a\nb"),
    ]


def test_each_sheet_with_something_in_it_is_a_file(tmp_path: Path) -> None:
    path = workbook(tmp_path / "shop.xlsx", items=[["sku", "name"], ["A", "One"]], Notes=[["hello"]], Empty=[])
    items, notes = unpacked(path)
    assert [part.name for part in (items, notes)] == ["shop.xlsx › items", "shop.xlsx › Notes"]
    assert [part.path.name for part in (items, notes)] == ["items.csv", "shop Notes.xlsx"]
    assert isinstance(read_any(items.path), dict)


def test_rows_of_a_sheet_have_the_numbers_that_the_sheet_shows(tmp_path: Path) -> None:
    (part,) = unpacked(workbook(tmp_path / "items.xlsx", S=[["Items of May"], [], ["sku", "name"], ["A", "One"]]))
    made = read_any(part.path)
    assert isinstance(made, dict)
    assert made["items"].frame.rows() == [(4, "A", "One")]


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
        '<row><c r="ZZZZZZ9"><v>1</v></c></row>',
        '<row r="99999999"><c><v>1</v></c><c r="&#90;Z1"><v>1</v></c></row>',
        '<x:row xmlns:x="u" r="1048576"><x:c r="XFD1048576"/></x:row>',
    ],
)
def test_a_cell_far_away_makes_no_room_for_all_before_it(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(SourceUnsafe, match="beyond"):
        unpacked(raw_workbook(tmp_path / "e.xlsx", sheet))


def test_a_sheet_with_entities_of_its_own_is_refused(tmp_path: Path) -> None:
    text = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    with pytest.raises(SourceUnreadable, match="entities"):
        unpacked(raw_workbook(tmp_path / "e.xlsx", "", parts={"xl/sharedStrings.xml": text}))


TABLES = st.lists(
    st.tuples(st.integers(1, 999), st.sampled_from(["Latte", "Zoë, 2", '5" pipe', "a\nb", "渡辺"])), max_size=8
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES)
def test_however_a_table_is_packed_it_gives_the_same_rows(tmp_path: Path, table: list[tuple[int, str]]) -> None:
    quoted = "".join('S{},"{}"\n'.format(number, name.replace('"', '""')) for number, name in table)
    plain = tmp_path / "items.csv"
    plain.write_text("sku,name\n" + quoted, encoding="utf-8")
    packed(tmp_path / "e.zip", ("items.csv", plain.read_bytes()))
    (tmp_path / "e.gz").write_bytes(gzip.compress(plain.read_bytes()))
    workbook(tmp_path / "items.xlsx", S=[["sku", "name"], *([f"S{number}", name] for number, name in table)])
    packed(tmp_path / "w.zip", ("items.xlsx", (tmp_path / "items.xlsx").read_bytes()))
    wanted = [(f"S{number}", name) for number, name in table]
    for name in ("e.zip", "e.gz", "items.xlsx", "w.zip"):
        (part,) = unpacked(tmp_path / name)
        assert cells(part) == wanted, name
