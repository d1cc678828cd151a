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
        (ENGLISH, ["R1", "R1", "R2"], ["sale", "none", "none"], ("latte", "2026-06-04 14:30:00", "2", "$7.00")),
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
    assert "2 left out: no purchase" in seen
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
    assert next((table["table"], table["rows"], table["taken"]) for table in told["tables"]) == ("lines", 3, 1)


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


def kinds_of(path: Path) -> list[str]:
    made = convert(recognised(path, from_toml(proposed(path).toml)))
    assert not made.problems
    return [kind or "sale" for kind in made["lines"].frame["kind"].to_list()]


SOLD = "Receipt,Date,Item,Qty,Total,{},Email\n"


@pytest.mark.parametrize(
    ("column", "rows", "kinds"),
    [
        ("Status", ["1,4.00,PAID", "1,5.00,PAID", "1,4.00,REFUNDED", "1,4.00,PAID"], ["sale", "sale", "none", "sale"]),
        ("Status", ["1,4.00,PAID", "-1,-4.00,REFUNDED"], ["sale", "return"]),
        ("Type", ["1,4.00,Sale", "1,4.00,Refund"], ["sale", "return"]),
        ("Status", ["1,4.00,Sale", "1,4.00,Refund"], ["sale", "return"]),
        ("Status", ["2,4.00,Paid", "2,4.00,Partially refunded"], ["sale", "sale"]),
        ("Refunded?", ["1,4.00,no", "1,4.00,yes"], ["sale", "none"]),
        ("Is refund", ["1,4.00,no", "1,4.00,yes"], ["sale", "return"]),
        ("Refunded (EUR)", ["1,4.00,", "1,4.00,4.00"], ["sale", "none"]),
        ("Estado", ["1,4.00,Pagado", "1,4.00,Devuelto", "1,4.00,Anulado"], ["sale", "none", "none"]),
        ("状態", ["1,400,支払済", "1,400,返金済"], ["sale", "none"]),
        ("区分", ["1,400,売上", "1,400,返品"], ["sale", "return"]),
    ],
)
def test_a_status_on_the_purchases_own_row_is_no_return(
    tmp_path: Path, column: str, rows: list[str], kinds: list[str]
) -> None:
    text = SOLD.format(column) + "".join(
        f"R{at},2026-11-{at:02d} 08:00,Latte,{row},ada@mail.example\n" for at, row in enumerate(rows, 13)
    )
    assert kinds_of(written(tmp_path, text)) == kinds


def test_what_was_paid_back_in_part_stays_a_sale_and_is_asked_about(tmp_path: Path) -> None:
    rows = "R1,2026-11-13,Latte,1,4.00,0.00,a@x.example\nR2,2026-11-14,Latte,2,8.00,4.00,a@x.example\n"
    made = proposed(written(tmp_path, SOLD.format("Refunded amount") + rows))
    assert "none_where" not in made.toml
    assert "return_where" not in made.toml
    assert "# to do: Refunded amount tells what was paid back" in made.toml


def test_a_trial_doubts_a_return_that_is_the_purchase_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["PAID,4.00", "REFUNDED,4.00", "PAID,4.00"]
    text = "Receipt,Date,Item,Status,Total,Card\n" + "".join(
        f"R{at},2026-11-{at} 08:00,Latte,{row},M-1\n" for at, row in enumerate(rows, 13)
    )
    path = written(tmp_path, text, "sales.csv")
    mapping = (
        '[[file]]\nmatch = "sales*.csv"\ntable = "lines"\n[file.columns]\nbasket_id = "Receipt"\nsold_at = "Date"\n'
        'item_name = "Item"\nline_total = "Total"\ncard = "Card"\nkind = "Status"\n[file.constants]\nquantity = "1"\n'
        '[file.values.kind]\n"PAID" = "sale"\n"REFUNDED" = "return"\n'
    )
    for words, doubted in ((mapping, True), (mapping.replace('"return"', '"none"'), False)):
        (tmp_path / "mapping.toml").write_text(words, encoding="utf-8")
        assert cli.main(["mapping", "try", str(path), "--home", str(tmp_path / "home")]) == 0
        assert ("1 receipt with nothing but returns" in capsys.readouterr().out) is doubted
    path.write_text(text.replace("REFUNDED,4.00", "REFUNDED,-4.00"), encoding="utf-8")
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    assert cli.main(["mapping", "try", str(path), "--home", str(tmp_path / "home")]) == 0
    assert "nothing but returns" not in capsys.readouterr().out


ORDERS = """Row type,Order ID,Row ID,Parent row,Created at,Status,Customer,Name,Option group,Qty,Amount (cents)
ORDER,o1,o1,,2026-11-13T08:00:00Z,PAID,"Brandt, Ada <ada@mail.example>, (213) 555-0142",,,,825
ITEM,o1,r1,o1,,,,Milk tea,,1,650
MODIFIER,o1,r2,r1,,,,Large,Size,1,100
MODIFIER,o1,r3,r1,,,,Boba,Topping,1,75
ORDER,o2,o2,,2026-11-14T08:00:00Z,VOID,"Bo Castell, +1 310 555 0199",,,,300
ITEM,o2,r4,o2,,,,Green tea,,1,300
"""


def test_orders_items_and_modifiers_in_rows_of_one_file_are_told_apart(tmp_path: Path) -> None:
    path = written(tmp_path, ORDERS, "orders.csv")
    made = convert(recognised(path, from_toml(proposed(path).toml)), {"currency": "USD"})
    assert not made.problems
    lines = made["lines"].frame.select("sku", "line_total", "modifiers", "kind").rows()
    assert lines == [("milk-tea", "8.25", "Size=Large; Topping=Boba", "sale"), ("green-tea", "3.0", "", "none")]
    people = made["members"].frame.select("name", "email", "phone").rows()
    assert people == [("Brandt, Ada", "ada@mail.example", "(213) 555-0142")]


def test_choices_in_columns_and_cells_are_proposed_by_what_stands_in_them(tmp_path: Path) -> None:
    text = (
        "Data;Ora;N. scontrino;Articolo;Variante;Aggiunte;Q.tà;Totale riga;Carta fedeltà\n"
        "13/11/2026;08:00;1;Cornetto;Integrale;Miele + Cacao;1;1,40;12 3456 7806\n"
        "14/11/2026;08:00;2;Focaccia;Grande;;1;3,20;12 3456 7806\n"
    )
    path = written(tmp_path, text)
    made = convert(recognised(path, from_toml(proposed(path).toml)))
    assert made["lines"].frame["modifiers"].to_list() == ["Cacao; Integrale; Miele", "Size=Grande"]


@pytest.mark.parametrize(
    "header",
    [
        "Fecha,Hora,Nº de ticket,Artículo,Cantidad,Importe,Tarjeta de socio",
        "Data da venda,Hora,Número do cupom,Produto,Qtde,Valor total,Cartão fidelidade",
        "Datum,Tijd,Bonnummer,Productnaam,Aantal,Bedrag,Klantenpas",
        "Data sprzedaży,Godzina,Nr paragonu,Nazwa towaru,Ilość,Wartość brutto,Karta lojalnościowa",
        "Datum,Klockslag,Kvittonummer,Artikelnamn,Antal,Belopp,Medlemskort",
        "取引日,時刻,伝票番号,商品名,数量,金額,ポイントカード番号",
    ],
    ids=["Spanish", "Portuguese", "Dutch", "Polish", "Swedish", "Japanese"],
)
def test_headings_of_a_language_are_known_by_name(tmp_path: Path, header: str) -> None:
    path = written(tmp_path, f"{header}\n13/11/2026,08:15,R1,Tea,1,4,M-1001\n14/11/2026,09:15,R2,Cake,2,9,M-1002\n")
    made = proposed(path)
    assert not made.guesses
    assert made.used.keys() == {"basket_id", "sold_at", "item_name", "quantity", "line_total", "card"}


def test_a_proposal_by_which_nobody_bought_anything_says_so_first(tmp_path: Path) -> None:
    made = proposed(written(tmp_path, "Receipt,Date,Item,Qty,Total\nR1,2026-11-13,Tea,1,4.00\n"))
    assert made.toml.startswith("# Nobody would have bought anything by this proposal: no column says who bought.")


def test_a_trial_shows_what_a_night_takes_and_nothing_that_it_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "R1,2026-11-13,901,Coperto,1,1.00,M-1\nR1,2026-11-13,10,Tea,1,4.00,M-1\nR2,2026-11-13,10,Tea,two,4.00,M-1\n"
    path = written(tmp_path, "Receipt,Date,SKU,Item,Qty,Total,Card\n" + rows, "sales.csv")
    mapping = (
        '[[file]]\nmatch = "sales*.csv"\ntable = "lines"\n[file.columns]\nbasket_id = "Receipt"\nsold_at = "Date"\n'
        'sku = "SKU"\nitem_name = "Item"\nquantity = "Qty"\nline_total = "Total"\ncard = "Card"\n'
    )
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    assert cli.main(["mapping", "try", str(path), "--home", str(tmp_path / "home")]) == 0
    seen = capsys.readouterr().out
    assert "1 left out: no items" in seen
    assert "901" not in seen.partition("items: ")[0]
    assert 'row 4 set aside: quantity "two" is no number' in seen


def test_a_trial_names_receipts_of_which_a_part_came_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "R1,2026-11-13,Tea,1,4.00,Paid,a@x.example\nR2,2026-11-14,Tea,2,8.00,Partial refund,a@x.example\n"
    path = written(tmp_path, SOLD.format("Status") + rows, "sales.csv")
    (tmp_path / "mapping.toml").write_text(proposed(path).toml, encoding="utf-8")
    assert cli.main(["mapping", "try", str(path), "--home", str(tmp_path / "home")]) == 0
    assert "1 row such as Partial refund: a part was brought back" in capsys.readouterr().out
