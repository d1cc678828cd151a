"""`clerk mapping`: what would become of a file, and a proposal for it."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from clerk import cli
from clerk.errors import ClerkError
from clerk.intake.convert import convert, recognised
from clerk.intake.mapping.entries import from_toml
from clerk.intake.mapping.suggest import Suggestion, suggest

TODAY = date(2026, 11, 30)

ENGLISH = """Receipt No,Date,Time,Cashier,Item Name,Qty,Amount,Status,Void?,Customer Phone
R1,04/06/2026,2:30 PM,Ann,Latte,2,"$7.00",Completed,false,+44 7700 900101
R1,04/06/2026,2:30 PM,Ann,Scone,1,"$2.50",Completed,true,+44 7700 900101
R2,05/06/2026,2:40 PM,Ann,Latte,1,"$3.50",Refunded,false,+44 7700 900102
"""
GERMAN = """Bon;Datum;Zeit;Artikelnummer;Artikel;Menge;Gesamtpreis;Kundennummer;Vorgang
1;20.11.2026;08:15;47;Kaffee;1;3,20 €;K1;Verkauf
1;20.11.2026;08:15;48;Hörnchen;2;4,40 €;K1;Verkauf
2;21.11.2026;09:15;47;Kaffee;1;3,20 €;K2;Storno
"""
JAPANESE = """伝票番号,取引日時,商品コード,商品名,数量,金額,会員番号,取引種別
1001,2026/11/20 08:15:00,A1,カフェラテ,1,450,K-1,売上
1002,2026/11/21 08:15:00,A1,カフェラテ,1,450,K-2,返品
"""
SPANISH = """Fecha;Hora;Nº de ticket;Artículo;Cantidad;Importe;Correo electrónico;Estado
03/11/2026;10:15;T1;Café;1;1,50 €;ana@mail.example;Pagado
14/11/2026;10:15;T2;Café;1;1,50 €;ana@mail.example;Anulado
"""


def written(folder: Path, text: str, name: str = "till-2026-11.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def proposed(path: Path) -> Suggestion:
    return suggest(path, {}, TODAY)


@pytest.mark.parametrize(
    ("text", "baskets", "kinds", "first"),
    [
        (ENGLISH, ["R1", "R1", "R2"], ["sale", "none", "return"], ("latte", "2026-06-04 14:30:00", "2", "$7.00")),
        (GERMAN, ["1", "1", "2"], ["sale", "sale", "none"], ("47", "20.11.2026 08:15", "1", "3,20 €")),
        (JAPANESE, ["1001", "1002"], ["sale", "return"], ("A1", "2026/11/20 08:15:00", "1", "450")),
        (SPANISH, ["T1", "T2"], ["sale", "none"], ("cafe", "03/11/2026 10:15", "1", "1,50 €")),
    ],
    ids=["English", "German", "Japanese", "Spanish"],
)
def test_a_proposal_for_an_ordinary_list_of_items_works_unedited(
    tmp_path: Path, text: str, baskets: list[str], kinds: list[str], first: tuple[str, ...]
) -> None:
    path = written(tmp_path, text)
    made = convert(recognised(path, from_toml(proposed(path).toml)))
    assert not made.problems
    lines = made["lines"].frame
    assert lines["basket_id"].to_list() == baskets
    assert lines["kind"].to_list() == kinds
    assert lines.select("sku", "sold_at", "quantity", "line_total").row(0) == first
    assert (lines["member_id"] != "").all()


def test_what_only_the_cells_suggest_is_marked_as_a_guess_and_other_columns_are_listed(tmp_path: Path) -> None:
    path = written(
        tmp_path, "when,what,who,till\n2026-11-20 08:15,Tea,a@x.example,7\n2026-11-21 08:15,Tea,b@x.example,7\n"
    )
    made = proposed(path)
    assert set(made.guesses) == {"basket_id", "sold_at", "item_name", "email"}
    for line in made.toml.splitlines():
        if line.partition(" = ")[0] in made.guesses:
            assert "# guess: " in line
    assert made.unknown == ["till"]
    assert "# till, such as 7" in made.toml


def test_every_line_of_a_proposal_says_why_and_the_same_file_gives_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, ENGLISH)
    made = proposed(path)
    assert proposed(path) == made
    columns = made.toml.partition("[file.columns]")[2].partition("\n\n")[0].splitlines()[1:]
    assert all("  # " in line for line in columns)


def test_numbers_of_receipts_that_begin_anew_each_day_are_joined_with_their_day(tmp_path: Path) -> None:
    path = written(tmp_path, GERMAN + "1;22.11.2026;08:15;47;Kaffee;1;3,20 €;K1;Verkauf\n")
    made = convert(recognised(path, from_toml(proposed(path).toml)))
    assert made["lines"].frame["basket_id"].to_list() == [
        "20.11.2026 1",
        "20.11.2026 1",
        "21.11.2026 2",
        "22.11.2026 1",
    ]


def test_customers_and_items_are_told_from_sales(tmp_path: Path) -> None:
    people = written(tmp_path, "Vorname,Nachname,E-Mail,Kunde seit\nAda,Brandt,ada@x.example,31.05.2024\n")
    made = convert(recognised(people, from_toml(proposed(people).toml)))
    assert made["members"].frame.select("name", "email", "joined_on").row(0) == (
        "Ada Brandt", "ada@x.example", "31.05.2024",
    )  # fmt: skip
    goods = written(tmp_path, "SKU,Product name,Price,In stock\nA,Tea,3.20,5\n", "goods.csv")
    made = convert(recognised(goods, from_toml(proposed(goods).toml)))
    assert made["items"].frame.select("sku", "name", "price").row(0) == ("A", "Tea", "3.20")
    assert made["stock"].frame.select("sku", "on_hand").row(0) == ("A", "5")


NAMES = st.one_of(
    st.sampled_from(["Date", "Time", "Item", "SKU", "Qty", "Total", "Email", "Status", "Void?", "Receipt", "Customer",
                     "Phone", "Size", 'Price "EUR"', "Betrag (€)", "a\\b", "Modifiers", "Stock", "Birthday"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(["", "2026-11-20", "03/04/2026 10:00 PM", "10:15", "1,250", "€ 3.50", "a@b.example", "Tea", "void",
                     "true", "+44 7700 900101", "#REF!", "Ada (4711)"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    header=st.lists(NAMES, min_size=1, max_size=8), rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=5)
)
def test_a_proposal_for_any_file_can_be_used_or_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(row[: len(header)] for row in rows)
    try:
        made = suggest(path, {}, TODAY)
    except ClerkError:
        return
    mappings = from_toml(made.toml)
    assert not convert(recognised(path, mappings)).problems


# ---- trying


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a till's file and its proposed mapping."""
    folder = tmp_path / "shop"
    folder.mkdir()
    path = written(folder, ENGLISH)
    (folder / "mapping.toml").write_text(proposed(path).toml, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = cli.main([*map(str, arguments), "--at", "2026-11-30"])
    seen = capsys.readouterr()
    return code, seen.out + seen.err


def test_a_trial_shows_rows_before_and_after_within_80_columns_and_changes_nothing(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    before = sorted(path.name for path in shop.parent.iterdir())
    code, seen = run(capsys, "mapping", "try", shop, "--home", home)
    assert code == 0
    assert "sold_at     2026-06-04 14:30:00  < Date: 04/06/2026, Time: 2:30 PM" in seen
    assert "1 left out: no purchase" in seen
    assert "not used: Cashier" in seen
    assert all(len(line) <= 80 for line in seen.splitlines())
    assert sorted(path.name for path in shop.parent.iterdir()) == before
    assert not home.exists()


def test_a_trial_names_what_is_doubtful(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = (shop.parent / "mapping.toml").read_text(encoding="utf-8")
    kept = [line for line in mapping.splitlines() if not line.startswith(("date =", '"Refunded"'))]
    (shop.parent / "mapping.toml").write_text("\n".join(kept).replace('["Date", "Time"]', '"Date"'), encoding="utf-8")
    shop.write_text(ENGLISH + "R2,07/06/2026,2:40 PM,Ann,Latte,1,much,Sold,false,n/a\n", encoding="utf-8")
    _, seen = run(capsys, "mapping", "try", shop, "--home", tmp_path / "home")
    told = " ".join(seen.split())
    assert 'no row proves it: write date = "day first" or "month first"' in told
    assert "no sale has a time of day" in told
    assert "1 receipt number on several days" in told
    assert "kind: values that [file.values.kind] does not name: Refunded (1), Sold (1)" in told


def test_a_trial_as_json_has_the_counts_of_each_table(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, seen = run(capsys, "mapping", "try", shop, "--home", tmp_path / "home", "--json")
    (told,) = json.loads(seen)["files"]
    assert code == 0
    assert next((table["table"], table["rows"], table["taken"]) for table in told["tables"]) == ("lines", 3, 2)


def test_a_workbook_is_tried_and_proposed_like_any_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, home = tmp_path / "till.xlsx", tmp_path / "home"
    book = Workbook()
    for line in csv.reader(ENGLISH.splitlines()):
        book.active.append(line)
    book.save(path)
    code, _ = run(capsys, "mapping", "suggest", path, "--home", home, "--out", tmp_path / "mapping.toml")
    assert code == 0
    code, seen = run(capsys, "mapping", "try", path, "--home", home)
    assert code == 0
    assert "< Date: 04/06/2026, Time: 2:30 PM" in seen


def test_a_file_that_nothing_describes_is_answered_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, ENGLISH)
    code, seen = run(capsys, "mapping", "try", path, "--home", tmp_path / "home")
    assert code == 3
    assert "clerk mapping suggest till-2026-11.csv --out mapping.toml" in seen
    code, _ = run(capsys, "mapping", "suggest", path, "--home", tmp_path / "home", "--out", tmp_path / "mapping.toml")
    assert code == 0
    code, seen = run(
        capsys, "mapping", "suggest", path, "--home", tmp_path / "home", "--out", tmp_path / "mapping.toml"
    )
    assert code == 3
    assert "is there already" in seen
    assert run(capsys, "mapping", "try", path, "--home", tmp_path / "home")[0] == 0
