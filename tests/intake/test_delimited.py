"""Delimited text as tills write it: any encoding, line end and separator gives the same rows; each row by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from clerk.errors import ClerkError, SourceUnreadable
from clerk.intake.delimited import encoding, rows
from clerk.intake.delimited.encoding import encoding_of
from clerk.intake.delimited.header import SEPARATORS, header_of
from clerk.intake.delimited.rows import AGAIN, EMPTY, LINE, TOTALS, Rows, rows_of
from tests.intake.exports import read_any

HERE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = ("sku", "name", "note")


def read(path: Path, names: tuple[str, ...] = NAMES) -> Rows:
    header = header_of(path)
    return rows_of(path, {name: [one.strip() for one in header.names].index(name) for name in names})


def cells(found: Rows) -> list[tuple[str, ...]]:
    return [row[1:] for row in found.frame.rows()]


def written(table: list[tuple[str, ...]], separator: str = ",", end: str = "\n", *, quoted: bool = False) -> str:
    def cell(text: str) -> str:
        needs = quoted or any(mark in text for mark in (separator, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(separator.join(map(cell, row)) + end for row in table)


WORDS = {
    "utf-8": ("Zoë", "Łukasz", "渡辺", "Ελένη", "Анна", "🎁", "x"),
    "utf-8-sig": ("Zoë", "渡辺", "x"),
    "utf-16": ("Zoë", "渡辺", "🎁", "x"),
    "utf-16-le": ("Zoë", "渡辺", "Анна", "x"),
    "utf-16-be": ("Zoë", "渡辺", "Анна", "x"),
    "utf-32": ("Zoë", "渡辺", "x"),
    "cp1252": ("Zoë", "Müller", "garçon", "€ 5", "“so”", "Straße", "x"),
    "cp932": ("コーヒー", "渡辺さん", "ｶﾌｪﾗﾃ", "①", "髙橋 みさき", "x"),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[tuple[str, ...]]]:
    name = draw(st.sampled_from(sorted(WORDS)))
    word = st.sampled_from(WORDS[name])
    cell = st.lists(st.one_of(word, st.sampled_from([" ", ",", ";", '"', "\n", "'", "1,5", "|"])), max_size=4).map(
        "".join
    )
    row = st.tuples(st.integers(1, 99).map(lambda n: f"S{n}"), word, cell)
    return name, draw(st.lists(row, min_size=1, max_size=12))


@HERE
@given(tables(), st.sampled_from(SEPARATORS), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.integers(1, 80))
def test_any_encoding_line_end_and_separator_gives_the_same_rows(
    tmp_path: Path, table: tuple[str, list[tuple[str, ...]]], separator: str, end: str, quoted: bool, block: int
) -> None:
    name, made = table
    kana = [("K", "コーヒー", "ミルク")] if name == "cp932" else []
    made = [*made, *kana]
    path = tmp_path / "e.csv"
    path.write_bytes(written([NAMES, *made], separator, end, quoted=quoted).encode(name))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(encoding, "BLOCK_BYTES", block * 4)
        found = read(path)
    assert (found.broken, found.left_out) == ([], {})
    assert cells(found) == [tuple(cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row) for row in made]


LINES = st.lists(
    st.one_of(
        st.sampled_from([
            'S1,Latte,x', 'S2,"Flat, white",y', 'S3,"two', 'lines",z', 'S4,a', 'S5,a,b,c', '"S6,open,quote', "", ",,",
            'S7,5" pipe,x', '"S8","say ""yes""",', 'S9,"a"b,c', "sku,name,note", "Total,,12.50", 'é,ü,"', '"', '""",',
            " , , ", "S10,a,b,", 'S11,"x"', "\ufeffsku,name,note", "a\0b,c,d",
        ]),
        st.text(alphabet='",\nab é\r\0', max_size=12),
    ),
    max_size=14,
)  # fmt: skip


@HERE
@given(LINES, st.integers(1, 60), st.sampled_from(["\n", "\r\n"]))
@example(['"S6,open,quote'] * 70, 1000, "\n")
def test_reading_many_lines_at_once_gives_what_each_by_itself_gives(
    tmp_path: Path, lines: list[str], block: int, end: str
) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(end.join([",".join(NAMES), *lines]).encode("utf-8", "surrogatepass"))
    assume(path.read_bytes().count(b"\0") * 8 < path.stat().st_size)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(encoding, "BLOCK_BYTES", block)
        fast = read(path)
        patched.setattr(encoding, "BLOCK_BYTES", 1 << 20)
        patched.setattr(rows._Lines, "are_regular", lambda self, _, **__: np.zeros(len(self), np.bool_))
        slow = read(path)
    # Totals that are whole rows are looked for in the last lines only, which are regular.
    if TOTALS not in fast.left_out and TOTALS not in slow.left_out:
        assert fast.frame.rows() == slow.frame.rows()
        assert (fast.broken, fast.left_out) == (slow.broken, slow.left_out)
    numbers = [*fast.frame[LINE], *(number for number, _, _ in fast.broken)]
    assert len(set(numbers)) == len(numbers)


@HERE
@given(
    st.lists(st.booleans(), min_size=1, max_size=30),
    st.sampled_from(['B,"open', "B,a", "B,a,b,c", 'B,"x"y,z,w', "B\0,x,y"]),
)
def test_a_broken_row_spoils_no_other_and_rows_have_the_numbers_of_the_file(
    tmp_path: Path, pattern: list[bool], broken: str
) -> None:
    path = tmp_path / "e.csv"
    text = ["sku,name,note", *(f'S{at},"a, b",x' if good else broken for at, good in enumerate(pattern))]
    path.write_text("\n".join(text))
    found = read(path)
    assert found.frame.rows() == [(at + 2, f"S{at}", "a, b", "x") for at, good in enumerate(pattern) if good]
    assert [number for number, _, _ in found.broken] == [at + 2 for at, good in enumerate(pattern) if not good]


def test_every_kind_of_line_end_in_one_file_ends_a_line(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(b"sku,name,note\r\nA,1,x\rB,2,y\nC,3,z\r\n\rD,4,w")
    assert read(path).frame.rows() == [(2, "A", "1", "x"), (3, "B", "2", "y"), (4, "C", "3", "z"), (6, "D", "4", "w")]


def test_title_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    for above in (
        "Sales report\n\n", "Sales report,,,,\nFrom,2026-11-01,,,\n,,,,\n", "sep=,\n",
        "Sales, all stores\nPeriod: 1 to 30 Nov\n",
    ):  # fmt: skip
        path.write_text(above + "sku,name,note,price,day\nA,Latte,x,3.5,2026-11-02\nB,Tea,y,2,2026-11-03\n")
        found = read(path)
        assert cells(found) == [("A", "Latte", "x"), ("B", "Tea", "y")], above
        assert found.frame[LINE].to_list() == [above.count("\n") + 2, above.count("\n") + 3]
        assert not found.broken


def test_title_lines_above_a_header_with_another_separator_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("Umsätze, Filiale 1, November\n\nsku;name;note;price\nA;Latte;x;3,50\nB;Tee;y;2,00\n")
    assert cells(read(path)) == [("A", "Latte", "x"), ("B", "Tee", "y")]


def test_a_first_line_with_names_for_the_rows_is_the_header_whatever_follows(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text('sku,name,note\nA,"a\nb\nc\nd\ne,f,g,h\ni",x\nB,Fritz, Hans,y\nC,Eva, Anna,y\n')
    assert header_of(path).names == NAMES


def test_the_header_again_empty_rows_and_totals_are_left_out_by_rule(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text(
        "sku,name,note\nA,Latte,1\n,,\n\ufeffsku,name,note\nB,Tea,2\nsku,name,note\n  ,,\nTotal,3\n"
        "Total,Total soap,4\nGrand total:,,EUR 7.00\n"
    )
    found = read(path)
    assert cells(found) == [("A", "Latte", "1"), ("B", "Tea", "2"), ("Total", "Total soap", "4")]
    assert (found.left_out, found.broken) == ({AGAIN: 2, EMPTY: 2, TOTALS: 2}, [])


@pytest.mark.parametrize(
    "text", ["sku,name,note\nA,b,c,\nD,e,f,\n", "sku,name,note,\nA,b,c\nD,e,f\n", "sku,name,note,\nA,b,c,\nD,e,f,\n"]
)
def test_a_separator_more_or_less_at_the_end_of_rows_does_no_harm(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.csv"
    path.write_text(text)
    assert (cells(read(path)), read(path).broken) == ([("A", "b", "c"), ("D", "e", "f")], [])


def test_a_field_more_with_something_in_it_is_never_dropped(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("sku,name,note\nA,b,c,\nB,b,c,\nD,e,1,50\n")
    found = read(path)
    assert cells(found) == [("A", "b", "c"), ("B", "b", "c")]
    assert [(number, reason) for number, reason, _ in found.broken] == [(4, "4 fields, the header has 3")]


def test_a_cell_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    long = "x" * 10_000_000
    path.write_text(f'sku,name,note\nA,{long},1\nB,"{long}\n",2\nC,y,3\n')
    found = read(path)
    assert [(number, len(name), note) for number, _, name, note in found.frame.rows()] == [
        (2, 10_000_000, "1"), (3, 10_000_001, "2"), (5, 1, "3"),
    ]  # fmt: skip


def test_a_line_without_end_is_one_broken_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "LINE_AT_MOST", 3000)
    monkeypatch.setattr(encoding, "BLOCK_BYTES", 1000)
    path = tmp_path / "e.csv"
    path.write_text("sku,name,note\nA,b,c\nB," + "x" * 20_000 + ",c\nD,e,f\n")
    found = read(path)
    assert found.frame.rows() == [(2, "A", "b", "c"), (4, "D", "e", "f")]
    assert [(number, reason[:11]) for number, reason, _ in found.broken] == [(3, "longer than")]


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    names = [f"c{at}" for at in range(10_000)]
    path.write_text(",".join(names) + "\n" + ",".join("x" * 10_000) + "\n" + ",".join("y" * 9_999) + "\n")
    found = read(path, ("c0", "c9999"))
    assert (found.frame.rows(), len(found.broken)) == ([(2, "x", "x")], 1)


def test_a_nul_is_one_broken_row_and_many_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(b"sku,name,note\nA,b\0,c\nD,e,f\n")
    found = read(path)
    assert (cells(found), [number for number, _, _ in found.broken]) == ([("D", "e", "f")], [2])
    path.write_bytes(b"sku,name,note\n" + b"\0" * 100)
    with pytest.raises(SourceUnreadable, match="no text"):
        read(path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Анна,Борис Иванов,чай", "cp1251"), ("张伟先生,北京烤鸭饭,好", "gb18030"), ("김민수,아메리카노,네", "cp949"),
        ("Ελένη,Καφές ελληνικός,ναι", "cp1253"),
    ],
)  # fmt: skip
def test_an_encoding_that_cannot_be_told_is_refused_in_words(tmp_path: Path, text: str, name: str) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(f"sku,name,note\n{text}\n".encode(name))
    told = read_any(path)
    assert isinstance(told, ClerkError)
    assert "encoding that cannot be told" in told.what
    assert "UTF-8" in told.remedy


@pytest.mark.parametrize(
    "text",
    ["PÄÄSYLIPPU", "ÅÄÖ", "Müller", "CAFÉ CRÈME", "Žižek", "«Où?»", "‚Änderung‘", "£5 – 10 °C", "Þór", "naïve ½"],
)
def test_western_letters_are_read_as_such(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(f"sku,name,note\nA,{text},c\n".encode("cp1252"))
    assert encoding_of(path) == "cp1252"
    assert cells(read(path)) == [("A", text, "c")]


def test_a_file_of_utf8_with_a_few_lines_in_another_encoding_loses_only_those(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes("sku,name,note\nA,Zoë,1\nB,Zoë,2\n".encode() + "C,Zoë,3\n".encode("cp1252"))
    found = read(path)
    assert [row[0] for row in cells(found)] == ["A", "B"]
    assert [number for number, _, _ in found.broken] == [4]


def test_quotes_that_never_close_take_time_by_the_line(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("sku,name,note\n" + 'A,5","x,"\n' * 20_000 + "B,c,d\n")
    found = read(path)
    assert cells(found)[-1:] == [("B", "c", "d")]
    assert found.frame.height + len(found.broken) == 20_001
