"""What is no item is never a taste: one rule for every source, by name, category, the shop's own list."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.intake.canonical_tables import Source
from clerk.intake.checks.no_items import RULE, NoItems, without_no_items
from clerk.languages.item_words import item_words

NO_ITEMS = """
Tip; Tips; TIP; Tip (15%); Tip 15%; 20% Tip; Staff tip; Tip for staff; Driver Tip; Credit card tip; Cash tip; Tip - Card
Gratuity; Gratuity 18%; 18% Gratuity; Auto Gratuity; Large party gratuity; Added gratuity; Tip/Gratuity
Gift Card; Gift card - $25.00; Gift Card $50; $100 Gift Card; E-Gift Card; eGift card 25; Digital Gift Card; Gift Cards
Quay Street Coffee Gift Card; Gift Card Pier Teas; Gift Card Reload; Gift Voucher; £20 gift voucher; Gift certificate
Holiday Gift Card – 50 USD; Gift card for Anna; Physical Gift Card / $25; giftcard 30; Store credit; Store Credit 12.50
Shipping; Standard Shipping; Express shipping; Free shipping; International Shipping; Shipping (UPS); Postage; Shipping fee
Shipping & Handling; Shipping Protection; Shipping protection by Route; Route Shipping Insurance; Package Protection
Package Protection (98% chosen); Order protection; Shipping Insurance; Delivery; Home delivery; Local Delivery; Next day delivery
Delivery fee; Delivery Charge 3.50; Delivery (zone 2); Service charge; Service Charge 12.5%; Optional service charge
Service fee; Booking fee; Credit card fee; Card surcharge; Holiday surcharge; Weekend Surcharge 10%; Processing fee; Late fee
Cancellation fee; No show fee; Corkage fee; Cleaning fee; Restocking Fee; Bag fee; Bag charge 10p; Environmental fee; Eco fee
Small order fee; Platform fee; Convenience Fee; Extra charge; Packaging charge; Fee; Surcharge; Cover charge
Donation; Charity donation; Donation $5; Donation to the food bank; Donation for RNLI; Food bank donation; Round up
Round up for charity; Rounding; Cash rounding; Rounding adjustment; Swedish Rounding; Rounding difference
Bottle deposit; Can deposit 5c; Keg deposit; Deposit; Deposit (bottle); Cup Deposit; Container deposit; Jar deposit; CRV
CA CRV 10c; Deposit return; Deposit for wedding cake; Booking deposit; Returnable bottle deposit; Glass deposit
Discount; 10% Discount; Employee discount; Senior discount; Student discount 10%; Happy hour discount; Coupon; Loyalty discount
Voucher; Promo discount; Custom Amount; Custom Sale; Money order; Refund; Paid out; Cash out
Trinkgeld; Trinkgeld 10 %; Trinkgeld Karte; Trinkgeld (bar); Trinkgeld Team; Küchentrinkgeld; Geschenkkarte; Geschenkkarte 25 €
Geschenkgutschein; Gutschein; Gutschein 50 EUR; Wertgutschein 20; Geschenkkarte Café Blau; Frühstücksgutschein
Gutschein über 30 Euro; Versand; Versandkosten; Versand DHL; Expressversand; Lieferung; Lieferung nach Hause; Liefergebühr
Lieferpauschale; Servicegebühr; Bearbeitungsgebühr; Stornogebühr; Gebühr; Versandversicherung; Porto und Versand
Spende; Spende 2 €; Spende für das Tierheim; Spende an die Tafel; Pfand; Pfand 0,25; Pfand 0,25 €; Flaschenpfand; Dosenpfand
Becherpfand; Mehrwegpfand; Einwegpfand 0,25; Pfand Flasche; Pfand Kasten; Pfand (Mehrweg); Pfandrückgabe; Pfandflasche; Leergut
Rundung; Rundungsdifferenz; Aufrundung; Rabatt; Rabatt 10 %; Mitarbeiterrabatt; Personalrabatt; Stammkundenrabatt; Anzahlung
Anzahlung für Torte; Kaution; Feiertagszuschlag; Benutzerdefinierter Betrag; Freier Betrag
pourboire; Pourboire 15 %; Pourboire équipe; Pourboire (carte); Carte cadeau; Carte-cadeau 25 €; Carte cadeau 50€; Chèque cadeau
Carte cadeau Le Petit Café; Bon cadeau; E-carte cadeau; Livraison; Livraison à domicile; Livraison standard; Livraison gratuite
Livraison point relais; Frais de port; Frais de livraison; Frais de service; Frais de dossier; Frais d'emballage; Frais d’envoi
Assurance livraison; Protection du colis; Don; Don association; Don pour la recherche; Don à la Croix-Rouge; Arrondi solidaire
Arrondi; Arrondi caisse; consigne; Consigne bouteille; Consigne verre 1 €; Consigne gobelet; Consigne (fût); Remise
Remise 10 %; Remise fidélité; Remise étudiant; Réduction; Rabais employé; Bon d'achat 20 €; Acompte; Arrhes; Montant personnalisé
propina; Propina 10%; Propina sugerida; Propina (efectivo); Tarjeta regalo; Tarjeta de regalo 50 €; Cheque regalo
Tarjeta regalo Café Sol; Envío; Envío estándar; Envío gratis; Gastos de envío; Costo de envío; Seguro de envío; Cargo por servicio
Donación; Donación 1 €; Donación a Cruz Roja; Donativo; Depósito; Depósito botella; Depósito envase; Redondeo; Redondeo solidario
Descuento; Descuento 15%; Descuento empleado; Cupón; Anticipo; Recargo; Importe personalizado; Monto personalizado
チップ; チップ 15%; チップ（10％）; ﾁｯﾌﾟ; 心付け; ギフトカード; ギフトカード 3000円; ギフトカード（5,000円）; 喫茶店ギフトカード; 商品券; 商品券1000円
ギフト券; 送料; 送料 500円; 送料（冷蔵）; 全国一律送料; 配送料; 配達料; 手数料; 代引手数料; サービス料; サービス料10%; 席料; 割引; 10%割引; 学生割引
500円割引; 値引き; 値引; クーポン; 10%OFFクーポン; 寄付; 募金; 赤い羽根募金; デポジット; 容器代; 端数調整; カスタム金額; 任意の金額; 返金
"""

ITEMS = """
Tip Top Bread; Tip-Top Loaf; Round tip brush; Q-Tips; Beef tips; Asparagus tips; Steak Tips; Felt tip pen; Fine tip marker
Tip jar; Tippy Assam tea; Golden Tips Tea; Sirloin tips & fries; Cake tip set; Filter tips; Ear tips; Wing tip shoe; Silver Tip Pekoe
Delivery Pizza; Pizza Delivery Box; Shipping box; Shipping tape; Postage stamps; Postcard; Shipping container shelf
Bag of Coffee; Gift box; Gift basket; Gift wrap; Gift Card Holder; Gift card box; Gift card envelope; Gift set; Gift tin
Giftable mug; Greeting card; Birthday Card; Thank you card; Card holder; Gift bag; Voucher wallet; Coupon organizer
Donation coffee blend; Donation mug; Charity bake cookie; Roundup weed killer; Round steak; Round table; Rounders bat
Deposit bottle brush; Safe deposit box; Bottle opener; Water bottle; Can of beans; Cold brew can; Growler fill; Keg cup
Service dog vest; Service plate; Charger; USB charge cable; Turbo Charge energy drink; Charged Lemonade; Portable charger
Fee fi fo fum book; Coffee; Toffee; Coffee bean; Discount cheese; Discount bin paperback; Credit card holder; Insurance binder
Protection spray; Sun Protection SPF 50; Screen Protection; Package of napkins; Custom cake; Custom T-shirt; Amount Tea
Cover; Cover letter paper; Tablecloth; Extra shot; Extra large latte; Express-o; Espresso; Overnight oats; Flat white
Standard Lamp; Local Honey; Staff of life loaf; Party Pack; Large Party Platter; Home blend; Ground coffee; Priority notebook
Mail order bride DVD; Free range eggs; Cash; Johnny Cash LP; Round cake; Refundable ticket sticker; Rounded spoon
Gute Fee Tee; Zahnfee Figur; Feenstaub; Trinkgeldglas aus Holz; Trinkschokolade; Trinkflasche; Cola inkl. Pfand
Wasser 0,5 l zzgl. Pfand; Limo + Pfand; Unterpfand der Liebe; Pfandhaus (Roman); Pfannkuchen; Pfefferminztee; Geschenkbox
Geschenkkorb; Geschenkpapier; Geschenkkartenhalter; Gutedel Wein; Versandkarton; Versandtasche; Lieferant Roman; Rundstück
Runde Torte; Rundbrot; Spendenlauf-Shirt; Spendendose; Kartenspiel; Becher; Flasche Wein; Kaffee; Bar au chocolat; Porto Tawny
Porto; Glas Sekt; Kiste Mate; Käse; Rabattmarkenheft; Stornorolle; Zuschlaghammer; Anzahlungsheft; Leberkäse; Lieferando Tasse
Saumon frais; Fromage frais; Œufs frais; Jus frais pressé; Frais pilé; Carte postale; Carte de vœux; Coffret cadeau; Sac cadeau
Porte-carte; Livre; Livret de recettes; Don Quichotte; Don Julio; Dondurma; Arrondissement Paris affiche; Consommé
Consignateur; Remise en forme huile; Bon vin; Bonbon; Bon appétit torchon; Pourpre thé; Café au lait; Pain d'épices
Bouteille d'eau; Verre à vin; Gobelet réutilisable; Service à thé; Réglisse; Rabais-toi roman; Acompte-gouttes; Avoir faim livre
Tarjeta postal; Caja regalo; Cesta de regalo; Papel de regalo; Envidia perfume; Don Simón; Donut; Donas; Pan de muerto
Propinas y verdades libro; Botella de vino; Vaso de agua; Café con leche; Redondo de ternera; Pan redondo; Queso descuadrado
Depositario novela; Cargo pants; Pantalón cargo; Valeriana té; Vale todo novela; Bocadillo; Servilletas; Cubierto de plata
ポテトチップ; ポテトチップス; チョコチップクッキー; チョコチップ; バナナチップ; ギフトカードケース; ギフトボックス; ギフトセット; 花束ギフト; 送料無料ガイド本
手数料の本; 割引シール; クーポンブック; 寄付の歴史; コーヒー; 抹茶ラテ; カフェラテ; サービスエリア弁当; サービス定食; 席札; 容器; 弁当容器; カスタムケーキ
商品棚; 端数ノート; 値引きシール; 任意保険の本; チップスター; 木製チップ
"""


def names(block: str) -> list[str]:
    return [name.strip() for line in block.splitlines() for name in line.split(";") if name.strip()]


def test_there_are_hundreds_of_names_both_ways() -> None:
    assert len(names(NO_ITEMS)) > 250
    assert len(names(ITEMS)) > 200


def test_a_tip_a_gift_card_a_fee_is_no_item() -> None:
    assert [name for name in names(NO_ITEMS) if not item_words().is_no_item(name)] == []


def test_a_thing_with_such_a_word_in_its_name_is_an_item() -> None:
    assert [name for name in names(ITEMS) if item_words().is_no_item(name)] == []


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(names(NO_ITEMS)), st.sampled_from(["upper", "title", "casefold"]), st.integers(0, 999))
def test_letter_case_brackets_and_a_price_change_nothing(name: str, form: str, price: int) -> None:
    written = getattr(name, form)()
    # "SS" is another letter than "ß".
    if "ß" not in name and "º" not in name:
        assert item_words().is_no_item(f" {written} ({price},50 €)")
        assert item_words().is_no_item(f"{written} {price}")


def frame(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["sku", "item_name", "item_category"], orient="row")


def items(*rows: tuple[str, str, str, bool | None]) -> pl.DataFrame:
    kinds = {"sku": pl.String, "name": pl.String, "category": pl.String, "mention": pl.Boolean}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def test_the_name_is_that_of_the_line_of_the_table_of_items_or_the_sku_itself() -> None:
    rule = NoItems({}, items(("9", "Tip", "", None), ("TIP", "Tip Top Bread", "", None), ("7", "Bun", "", None)))
    lines = frame(
        ("9", "", ""), ("TIP", "", ""), ("gift-card-25", "", ""), ("7", "", ""), ("8", "Tip", ""), ("x", "Mug", "Tips")
    )
    assert rule.among(lines).to_list() == [True, False, True, False, True, True]
    assert rule.among(lines.select("sku")).to_list() == [True, False, True, False, False, False]


def test_a_shop_names_its_own_and_an_item_to_mention_is_an_item() -> None:
    rule = NoItems({"no_items": ["Stempelkarte", "Z9"]}, items(("1", "Gift card", "", True), ("2", "Tip", "", False)))
    lines = frame(("1", "Gift card", ""), ("2", "", ""), ("3", "STEMPELKARTE", ""), ("z9", "Bun", ""), ("4", "Bun", ""))
    assert rule.among(lines).to_list() == [False, True, True, True, False]


def test_rows_of_no_items_are_counted_and_nothing_else_of_them_is_asked() -> None:
    bad = {"row": 2, "basket_id": "", "sku": "", "item_name": "Tip", "sold_at": "never"}
    good = {"row": 3, "basket_id": "B", "sku": "S", "item_name": "Mug", "sold_at": "2026-11-01"}
    source = Source("lines", "f.csv", pl.DataFrame([bad, good]))
    left = NoItems({}).without(source, source)
    assert left.frame["row"].to_list() == [3]
    assert source.left_out == {RULE: 1}


def test_what_came_in_before_the_rule_leaves_the_next_pack() -> None:
    lines = pl.DataFrame({"sku": ["tip", "mug", "g"], "milli": [1000, 1000, 1000]})
    tables = {"lines": lines, "items": items(("g", "Gift card", "", None), ("mug", "Mug", "", None))}
    assert without_no_items(tables, {}) == 2
    assert tables["lines"]["sku"].to_list() == ["mug"]


def test_the_list_is_the_only_place(tmp_path: Path) -> None:
    systems = Path("clerk/intake/systems")
    told = [file for file in systems.rglob("*.py") if "gift card" in file.read_text(encoding="utf-8").lower()]
    assert [file.name for file in told] == ["products.py"], "only the shop's own column Gift card is read elsewhere"
