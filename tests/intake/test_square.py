"""Square's exports: money and refunds, modifiers, zones, locations; card columns go nowhere."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clerk.intake.checks.no_items import RULE, NoItems
from clerk.intake.context import Context
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.layouts import words_of, zones
from clerk.intake.modifier_groups import Grouping
from clerk.intake.quarantine import Quarantine
from clerk.intake.report import BuildReport
from tests.intake.exports import column, converted, everything, write_export

STORE = {"timezone": "America/New_York", "location": "Quay", "store_id": "q"}


def sale(**told: object) -> dict[str, object]:
    return {
        "Date": "2026-07-18", "Time": "12:59:30", "Time Zone": "Eastern Time (US & Canada)", "Item": "Latte",
        "Qty": "1.0", "Price Point Name": "Regular", "Gross Sales": "$8.00", "Net Sales": "$7.20",
        "Transaction ID": "T1", "Event Type": "Payment", "Location": "Quay", "Customer ID": "C1", **told,
    }  # fmt: skip


def person(**told: object) -> dict[str, object]:
    return {"Square Customer ID": "C1", "First Name": "Ada", "Last Name": "Brandt", "Instant Profile": "No", **told}


def sales(tmp_path: Path, *rows: dict[str, object], **options: Any) -> Any:
    path = write_export(tmp_path / "items.csv", "square_items", *rows)
    return converted(path, store=options.get("store", STORE), known=options.get("known"))


def grouping(**options: Any) -> Grouping:
    known = KnownMembers(groups=options.get("books", {}))
    return Grouping(Context(options.get("store", {}), known, sets=options.get("sets", [])))


def test_a_line_says_who_what_when_and_for_how_much(tmp_path: Path) -> None:
    made = sales(tmp_path, sale(**{"Modifiers Applied": "Oat Milk, Extra Shot", "Price Point Name": "Large"}))["lines"]
    assert made.frame.to_dicts() == [
        {
            "row": 2, "member_id": "C1", "sku": "latte", "sold_at": "2026-07-18 12:59:30", "channel": "",
            "modifiers": "Milk=Oat Milk; Shots=Extra Shot; Size=Large", "basket_id": "T1", "quantity": "1.0",
            "unit_price": "8.0", "line_total": "7.2", "kind": "sale", "store_id": "q", "line_no": "1",
            "item_name": "Latte", "item_category": "",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "told", [{"Event Type": "Refund"}, {"Qty": "-1.0"}, {"Net Sales": "-$7.20", "Gross Sales": "($8.00)"}]
)
def test_a_refund_is_a_return(tmp_path: Path, told: dict[str, object]) -> None:
    made = sales(tmp_path, sale(**told))["lines"]
    assert (column(made, "kind"), column(made, "quantity")) == (["return"], ["1.0"])


CARD = {"Card Brand": "MasterMarvel", "PAN Suffix": "8361"}


@pytest.mark.parametrize(
    "bad", ["", "2026-07-18,12:59:30,torn row,MasterMarvel,8361", '2026-07-18,"torn MasterMarvel 8361']
)
def test_card_brand_and_digits_are_neither_kept_nor_set_aside(tmp_path: Path, bad: str) -> None:
    items = write_export(tmp_path / "items.csv", "square_items", sale(**CARD), sale(Qty="many", **CARD))
    paid = write_export(tmp_path / "t.csv", "square_transactions", {"Transaction ID": "T1", "Card": "$9.99", **CARD})
    for path in (items, paid):
        path.write_text(path.read_text() + bad + "\n")
    made = converted(items, paid, store=STORE)
    report = BuildReport("test")
    quarantine = Quarantine(report, share=1, rows_from=1)
    for source in made.values():
        quarantine.arrived(source)
    lines = made["lines"]
    quarantine.sift(lines, lines.frame.select("row", "quantity"), [(pl.col("quantity") == "many", "no number")])
    quarantine.write(tmp_path, "n")
    said = everything(made) + str(report) + (tmp_path / "quarantine/n/rows.csv").read_text()
    assert "MasterMarvel" not in said
    assert "8361" not in said


def test_rails_names_of_zones_are_iana_zones() -> None:
    for name in zones().values():
        ZoneInfo(name)
    assert zones()["Eastern Time (US & Canada)"] == "America/New_York"


def test_a_sale_in_another_zone_is_told_in_the_stores(tmp_path: Path) -> None:
    rows = [sale(), sale(**{"Time Zone": "Pacific Time (US & Canada)"}), sale(**{"Time Zone": "Nowhere"})]
    assert column(sales(tmp_path, *rows)["lines"], "sold_at") == [
        "2026-07-18 12:59:30", "2026-07-18 15:59:30", "2026-07-18 12:59:30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "clock", "read"),
    [
        ("7/18/26", "1:05:00 PM", "2026-07-18 13:05:00"), ("18/07/2026", "08:00", "2026-07-18 08:00:00"),
        ("2026-07-18", "", "2026-07-18"), ("soon", "12:00:00", "soon 12:00:00"),
    ],
)  # fmt: skip
def test_dates_are_read_in_each_form_and_left_as_written_otherwise(
    tmp_path: Path, day: str, clock: str, read: str
) -> None:
    assert column(sales(tmp_path, sale(Date=day, Time=clock))["lines"], "sold_at") == [read]


@pytest.mark.parametrize(
    ("applied", "modifiers"),
    [
        ("Oat Milk", "Milk=Oat Milk"),
        ("Milk: Oat, Extra Shot", "Milk=Oat; Shots=Extra Shot"),
        ("Oat Milk ($0.50), Extra Hot", "Extra Hot; Milk=Oat Milk"),
        ("12oz, Oat Milk", "Milk=Oat Milk; Size=12oz"),
        ("オーツミルク（¥50）, ホット", "オーツミルク; ホット"),
        ("2 x Extra Shot", "Shots=Extra Shot; Shots=Extra Shot"),
        ("Vanilla, Caramel", "Syrup=Caramel; Syrup=Vanilla"),
        ("No foam; A=B", "No foam  A B"),
        ("Modifier: Extra Hot", "Extra Hot"),
        ("", ""),
    ],
)
def test_modifiers_applied_become_modifiers_and_options_of_one_group_all_survive(applied: str, modifiers: str) -> None:
    assert "; ".join(sorted(grouping().options(applied))) == modifiers


def test_the_group_comes_from_the_store_then_the_books_then_the_catalogs_sets() -> None:
    assert grouping(sets=["Foams"]).group("Dry Foam") == "Foams"
    assert grouping(sets=["Foams"], books={"dry foam": "Froth"}).group("Dry Foam") == "Froth"
    store = {"modifier_groups": {"Top": ["Dry Foam"]}}
    assert grouping(store=store, books={"dry foam": "Froth"}).group("Dry Foam") == "Top"


def test_a_group_that_says_nothing_is_not_learned_from_earlier_nights() -> None:
    assert grouping(books={"12oz": "Choice", "extra hot": "Choice"}).group("12oz") == "Size"
    assert grouping(books={"extra hot": "Choice"}).group("Extra Hot") == ""


@pytest.mark.parametrize(("name", "modifiers"), [("Latte, Large", ""), ("Latte", "Size=Large")])
def test_the_size_is_left_out_where_the_items_name_says_it(tmp_path: Path, name: str, modifiers: str) -> None:
    made = sales(tmp_path, sale(**{"SKU": "L", "Price Point Name": "Large"}), known=KnownMembers(items={"L": name}))
    assert column(made["lines"], "modifiers") == [modifiers]


def test_amounts_without_an_item_are_left_out_and_counted(tmp_path: Path) -> None:
    nothing = sale(Item="Custom Amount", **{"Itemization Type": "Custom Amount"})
    named = [sale(Item=name) for name in ("Tip", "Service Charge 10%", "Asparagus tips")]
    made = sales(tmp_path, sale(), nothing, sale(Item=""), *named)
    whole = made["lines"]
    assert column(NoItems({}).without(whole, whole), "sku") == ["latte", "asparagus-tips"]
    assert whole.left_out == {RULE: 4}
    assert column(made["items"], "name") == ["Latte", "Asparagus tips"]


@pytest.mark.parametrize("told", [{"Event Type": "Void"}, {"Qty": "0"}])
def test_what_was_voided_is_not_a_purchase(tmp_path: Path, told: dict[str, object]) -> None:
    assert column(sales(tmp_path, sale(**told))["lines"], "kind") == ["none"]


def test_an_event_of_which_nothing_is_known_is_said(tmp_path: Path) -> None:
    made = sales(tmp_path, sale(**{"Event Type": "Barter"}))
    assert column(made["lines"], "kind") == ["sale"]
    assert any("Barter" in sentence for sentence in made.notices)


def test_transactions_tell_who_bought_where_the_sales_do_not(tmp_path: Path) -> None:
    gone = ["Customer ID", "Customer Reference ID", "Customer Name"]
    items = write_export(tmp_path / "i.csv", "square_items", sale(), sale(**{"Transaction ID": "T2"}), without=gone)
    paid = write_export(tmp_path / "t.csv", "square_transactions", {"Transaction ID": "T1", "Customer ID": "C9"})
    assert column(converted(items, paid)["lines"], "member_id") == ["C9", ""]


def test_customers_give_members_with_both_their_numbers_as_cards(tmp_path: Path) -> None:
    people = write_export(tmp_path / "c.csv", "square_customers", person(**{"Reference ID": "'2001"}))
    items = write_export(
        tmp_path / "i.csv", "square_items", sale(**{"Customer ID": "", "Customer Reference ID": "2001"})
    )
    made = converted(people, items)
    assert made["cards"].frame.select("code", "member_id").rows() == [("C1", "C1"), ("2001", "C1")]
    assert column(made["lines"], "member_id") == ["C1"]


def test_an_instant_profile_has_agreed_to_nothing(tmp_path: Path) -> None:
    row = person(**{"Instant Profile": "Yes", "Email Subscription Status": "subscribed"})
    made = converted(write_export(tmp_path / "c.csv", "square_customers", row))["consents"]
    assert sorted(made.frame.select("purpose", "state").rows()) == [
        ("contact", "not-asked"), ("remember", "not-asked"), ("suggest", "not-asked"),
    ]  # fmt: skip


@pytest.mark.parametrize(("word", "state"), [("subscribed", "given"), ("Unsubscribed", "withdrawn"), ("", "not-asked")])
def test_the_subscription_is_the_consent_to_contact(tmp_path: Path, word: str, state: str) -> None:
    row = person(**{"Email Subscription Status": word})
    made = converted(write_export(tmp_path / "c.csv", "square_customers", row))["consents"]
    assert made.frame.select("purpose", "state").rows() == [("contact", state)]


def catalog(tmp_path: Path, header: str, *rows: str) -> Path:
    path = tmp_path / "catalog.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


WIDE = (
    "Reference Handle,Token,Item Name,Variation Name,SKU,Description,Categories,Price,Archived,"
    "Enabled Quay,Current Quantity Quay,Price Quay,Enabled Mill,Current Quantity Mill,Price Mill,"
    "Modifier Set - Milk"
)


def test_the_catalog_gives_items_with_the_price_and_stock_of_our_location(tmp_path: Path) -> None:
    path = catalog(
        tmp_path, WIDE, "#l,T1,Latte,Small,,Good,Coffee,3.00,N,Y,,3.50,Y,9,4,Y",
        "#l,T2,Latte,Large,,,Coffee,4,N,Y,,,Y,,,Y",
        "#b,T3,Bun,Regular,BUN,,Pastry,2.00,N,Y,5,2.20,Y,9,3,N", "#o,T4,Old,Regular,OLD,,,1,Y,Y,5,,Y,9,,N",
    )  # fmt: skip
    made = converted(path, store=STORE)
    assert made["items"].frame.select("sku", "name", "price", "category").rows() == [
        ("latte", "Latte", "3.50", "Coffee"), ("BUN", "Bun", "2.20", "Pastry"),
    ]  # fmt: skip
    assert made["stock"].frame.select("sku", "on_hand").rows() == [("BUN", "5")]


def test_stock_of_several_locations_and_none_named_is_not_counted(tmp_path: Path) -> None:
    made = converted(catalog(tmp_path, WIDE, "#b,T3,Bun,Regular,BUN,,Pastry,2.00,N,Y,5,2.20,Y,9,3,N"))
    assert "stock" not in made
    assert column(made["items"], "price") == ["2.00"]
    assert any("not counted" in sentence for sentence in made.notices)


def test_variations_with_skus_are_items_of_their_own_together(tmp_path: Path) -> None:
    header = "Token,Item Name,Variation Name,SKU,Price"
    path = catalog(tmp_path, header, "T1,Shirt,S,SH-S,20", "T2,Shirt,M,SH-M,20")
    items = write_export(
        tmp_path / "i.csv", "square_items", sale(Item="Shirt", SKU="SH-M", **{"Price Point Name": "M"})
    )
    made = converted(path, items)
    assert made["items"].frame.select("sku", "name", "variant_of").rows() == [
        ("SH-S", "Shirt, S", "shirt"), ("SH-M", "Shirt, M", "shirt"),
    ]  # fmt: skip
    assert column(made["lines"], "modifiers") == [""]


MONEY = (
    "Gross Sales",
    "Net Sales",
    "Ventes brutes",
    "Ventes nettes",
    "Bruttoumsatz",
    "Nettoumsatz",
    "総売上高",
    "純売上高",
)
LOCALES = {
    "en": (
        "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Net Sales,Event Type,"
        "Transaction ID,Location,Customer ID",
        "18/07/2026,12:59:30,London,None,Latte,1,Regular,,Oat Milk,£1.00,£1.00,{event},T1,Quay,C1",
        ("Payment", "Refund"),
        "GBP",
    ),
    "de": (
        "Datum,Uhrzeit,Zeitzone,Kategorie,Artikel,Menge,Preispunktname,SKU,Angewendete Modifikatoren,Bruttoumsatz,"
        "Nettoumsatz,Ereignistyp,Transaktions-ID,Standort,Kunden-ID",
        '18.07.2026,12:59:30,Berlin,Keine,Latte,"1,0",Normal,,Oat Milk,"1,00 €","1,00 €",{event},T1,Quay,C1',
        ("Zahlung", "Rückerstattung"),
        "EUR",
    ),
    "fr": (
        "Date,Heure,Fuseau horaire,Catégorie,Article,Qté,Nom du prix,SKU,Modificateurs appliqués,Ventes brutes,"
        "Ventes nettes,Type d’activité,N°\u00a0de transaction,Point de vente,Identifiant client",
        '18/07/2026,12:59:30,Paris,Aucune,Latte,"1,0",Normal,,Oat Milk,"1,00\u00a0€","1,00\u00a0€",{event},T1,Quay,C1',
        ("Paiement", "Remboursement"),
        "EUR",
    ),
    "es": (
        "Fecha,Hora,Zona horaria,Categoría,Artículo,Cantidad,Nombre del punto de precio,SKU,Modificadores aplicados,"
        "Ventas brutas,Ventas netas,Tipo de evento,ID de transacción,Sucursal,ID de cliente",
        '18/07/2026,12:59:30,Madrid,Ninguna,Latte,"1,0",Normal,,Oat Milk,"1,00 €","1,00 €",{event},T1,Quay,C1',
        ("Pago", "Reembolso"),
        "EUR",
    ),
    "ja": (
        "日付,時刻,タイムゾーン,カテゴリ,商品,数量,価格ポイント名,SKU,適用されたカスタマイズ,総売上高,純売上高,イベントタイプ,取引ID,店舗,顧客ID",
        "2026/07/18,12:59:30,Tokyo,なし,Latte,1,定価,,Oat Milk,￥1,￥1,{event},T1,Quay,C1",
        ("支払い", "払い戻し"),
        "JPY",
    ),
    "pt": (
        "Data,Hora,Fuso horário,Categoria,Item,Qtd,Nome do preço,SKU,Modificadores aplicados,Vendas brutas,"
        "Vendas líquidas,Tipo de evento,ID da transação,Localização,ID do cliente",
        '18/07/2026,12:59:30,Lisbon,Nenhuma,Latte,"1,0",Normal,,Oat Milk,"1,00 €","1,00 €",{event},T1,Quay,C1',
        ("Pagamento", "Reembolso"),
        "EUR",
    ),
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_item_sales_say_the_same_in_every_language(tmp_path: Path, locale: str, encoding: str) -> None:
    header, row, (paid, back), currency = LOCALES[locale]
    text = "\n".join([header, row.format(event=paid), row.format(event=back), ""])
    path = tmp_path / "items.csv"
    path.write_text(text, encoding=encoding)
    made = converted(path, store={"currency": currency, "location": "Quay", "store_id": "q"})["lines"]
    assert made.frame.select("member_id", "sku", "sold_at", "modifiers", "basket_id", "kind", "store_id").rows() == [
        ("C1", "latte", "2026-07-18 12:59:30", "Milk=Oat Milk", "T1", kind, "q") for kind in ("sale", "return")
    ]
    assert [float(total) for total in column(made, "line_total")] == [1.0, 1.0]
    assert [float(number) for number in column(made, "quantity")] == [1.0, 1.0]
    assert set(column(made, "item_category")) == {""}


CARD_HEADS = [
    "Card Brand", "PAN Suffix", "Marque de la carte", "Suffixe PAN", "Kartenmarke", "Sufijo PAN", "カードブランド",
    "下4桁", "Bandeira do cartão", "Letzte Ziffern der Karte", "Derniers chiffres de la carte", "カード番号",
]  # fmt: skip


@pytest.mark.parametrize("head", CARD_HEADS)
@pytest.mark.parametrize("locale", ["fr", "ja"])
def test_card_data_goes_nowhere_in_any_language(tmp_path: Path, locale: str, head: str) -> None:
    header, row, (paid, _), _ = LOCALES[locale]
    path = tmp_path / "items.csv"
    path.write_text(f'{header},{head}\n{row.format(event=paid)},8361\ntorn,8361\n2026-07-18,"torn 8361\n')
    made = converted(path)
    assert "8361" not in everything(made)
    assert made["lines"].broken


@pytest.mark.parametrize("sale_words", ["square.sales", "square.customers", "square.catalog"])
def test_the_words_of_cells_are_lower_case_and_said_once(sale_words: str) -> None:
    for said in words_of(sale_words).values():
        assert {word for word in said if word != word.lower()} == set()
    events = [words_of("square.sales")[name] for name in ("payment", "refund", "void")]
    assert len(set().union(*events)) == sum(map(len, events))


def test_customers_with_french_headings_are_members(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(
        "Numéro de référence,Prénom,Nom,Adresse e-mail,Numéro de téléphone,Identifiant client Square,"
        "Source de création,Première visite,Statut d'abonnement aux e-mails,Profil instantané\n"
        "2001,Zoé,Brandt,zoe@mail.example,+33612345678,C1,Annuaire,2024-05-01,Abonné,Non\n"
        "2002,Bo,Castell,,,C2,Vente,2024-05-01,,Oui\n"
    )
    made = converted(path)
    assert column(made["members"], "name") == ["Zoé Brandt", "Bo Castell"]
    states = dict(
        made["consents"].frame.filter(pl.col("purpose") == "contact").select("member_id", "state").iter_rows()
    )
    assert states == {"C1": "given", "C2": "not-asked"}


def test_a_catalog_with_japanese_headings_gives_items(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "トークン,商品名,バリエーション名,SKU,説明,カテゴリ,価格,アーカイブ済み,価格 本店,"
        "現在の数量 本店,カスタマイズセット - ミルク\n"
        "T1,抹茶ラテ,定価,,,ドリンク,600,いいえ,650,4,Y\nT2,旧品,定価,,,,1,はい,,,\n"
    )
    made = converted(path, store={"location": "本店", "currency": "JPY"})
    assert made["items"].frame.select("name", "price", "category").rows() == [("抹茶ラテ", "650", "ドリンク")]
    assert made["stock"].frame["on_hand"].to_list() == ["4"]


AMOUNTS = st.lists(st.integers(1, 9_999_999), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(AMOUNTS)
def test_an_amount_is_the_same_in_every_way_of_writing_it(tmp_path: Path, cents: list[int]) -> None:
    # One amount with cents tells every reader what the column's marks mean.
    values = [*cents, 1299]
    english = [f"${value / 100:,.2f}" for value in values]
    french = [f"{value / 100:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€" for value in values]
    german = [f"{value / 100:,.2f}".translate({44: ".", 46: ","}) + " €" for value in values]
    japanese = [f"￥{value:,}" for value in values]
    read = []
    for locale, texts in (("en", english), ("fr", french), ("de", german), ("ja", japanese)):
        header, row, (paid, _), currency = LOCALES[locale]
        names = header.split(",")
        cells = next(csv.reader([row.format(event=paid)]))
        gross, net = (at for at, name in enumerate(names) if name in MONEY)
        path = tmp_path / f"{locale}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for text in texts:
                cells[gross] = cells[net] = text
                writer.writerow(cells)
        totals = column(converted(path, store={"currency": currency})["lines"], "line_total")
        read.append([round(float(total) * (1 if locale == "ja" else 100)) for total in totals])
    assert read == [values] * 4
