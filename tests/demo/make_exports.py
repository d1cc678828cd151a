"""Two made-up shops as the exports they would come in: a tea shop on Shopify, a café on Square.

In: nothing but a seed. Out: the files in `store_data/exports`, in the exact layouts and with the habits of the real
ones: BOM, apostrophes, order-level fields on first rows only, refunds, a torn row, columns with (invented) card data
that must never be kept. Dates are fixed, up to 20 November 2026. Nothing here is a real person; phone numbers are of
ranges kept free for fiction.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random


def _columns(header: str) -> tuple[str, ...]:
    return tuple(header.split(","))


SHOPIFY_CUSTOMERS = _columns(
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
    "Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,"
    "Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,"
    "Total Spent,Total Orders,Note,Tax Exempt,Tags"
)
SHOPIFY_ORDERS = _columns(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,"
    "Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,"
    "Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,"
    "Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,"
    "Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,"
    "Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,"
    "Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,"
    "Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
)
SHOPIFY_PRODUCTS = _columns(
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,"
    "Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,"
    "Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,"
    "Image Alt Text,Gift Card,SEO Title,SEO Description,Google Shopping / Google Product Category,"
    "Google Shopping / Gender,Google Shopping / Age Group,Google Shopping / MPN,Google Shopping / Condition,"
    "Google Shopping / Custom Product,Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item,"
    "Included / United States,Price / United States,Compare At Price / United States,Included / International,"
    "Price / International,Compare At Price / International,Status"
)
SHOPIFY_INVENTORY = _columns(
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,HS Code,"
    "COO,Location,Bin name,Incoming (not editable),Unavailable (not editable),Committed (not editable),"
    "Available (not editable),On hand (current),On hand (new)"
)
SQUARE_CUSTOMERS = _columns(
    "Reference ID,First Name,Last Name,Email Address,Phone Number,Nickname,Company Name,Street Address 1,"
    "Street Address 2,City,State,Postal Code,Birthday,Memo,Square Customer ID,Creation Source,First Visit,"
    "Last Visit,Transaction Count,Lifetime Spend,Email Subscription Status,Instant Profile,"
    "Blocked from online booking"
)
SQUARE_ITEMS = _columns(
    "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,"
    "Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,"
    "Customer ID,Customer Name,Customer Reference ID,Unit,Count,GTIN,Itemization Type,Commission,Employee,"
    "Fulfillment Note,Channel,Token,Card Brand,PAN Suffix"
)
SQUARE_TRANSACTIONS = _columns(
    "Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,Partial Refunds,"
    "Total Collected,Source,Card,Card Entry Methods,Cash,Square Gift Card,Other Tender,Other Tender Type,"
    "Tender Note,Fees,Net Total,Transaction ID,Payment ID,Card Brand,PAN Suffix,Device Name,Staff Name,Staff ID,"
    "Details,Description,Event Type,Location,Dining Option,Customer ID,Customer Name,Customer Reference ID,"
    "Device Nickname,Third Party Fees,Deposit ID,Deposit Date,Deposit Details,Fee Percentage Rate,Fee Fixed Rate,"
    "Refund Reason,Discount Name,Transaction Status,Cash App,Order Reference ID,Fulfillment Note,"
    "Free Processing Applied,Channel,Unattributed Tips,Table Info,International Fee"
)
SQUARE_CATALOG = _columns(
    "Reference Handle,Token,Item Name,Customer-facing Name,Variation Name,Unit and Precision,SKU,Description,"
    "Categories,Reporting Category,SEO Title,SEO Description,Permalink,GTIN,Square Online Item Visibility,"
    "Item Type,Weight (lb),Price,Online Sale Price,Archived,Sellable,Stockable,Default Unit Cost,"
    "Default Vendor Name,Default Vendor Code,Enabled Quay Street,Current Quantity Quay Street,"
    "New Quantity Quay Street,Stock Alert Enabled Quay Street,Stock Alert Count Quay Street,Price Quay Street,"
    "Enabled Mill Lane,Current Quantity Mill Lane,New Quantity Mill Lane,Stock Alert Enabled Mill Lane,"
    "Stock Alert Count Mill Lane,Price Mill Lane,Modifier Set - Milk,Modifier Set - Extras,"
    "Tax - Sales Tax (8.875%)"
)


UNTIL = datetime(2026, 11, 20, 17, 30)
"""When both exports were made."""

_PEOPLE = (
    ("Ada", "Brandt"), ("Bo", "Castell"), ("Cleo", "Dahl"), ("Dario", "Ek"), ("Ella", "Faber"), ("Finn", "'t Hooft"),
    ("Greta", "Ibsen"), ("Hugo", "Jansen"), ("Ines", "Keller"), ("Jonas", "Lind"), ("Kaya", "Moreau"),
    ("Leo", "Núñez"), ("Mila", "Okafor"), ("Nils", "Petrov"), ("Olga", "Quist"), ("Pia", "Rossi"), ("Quinn", "Sato"),
    ("Rosa", "Thorne"), ("Sami", "Ulrich"), ("Tess", "Vega"),
)  # fmt: skip

_TEAS = (
    ("jasmine-pearls", "Jasmine Pearls", "Green tea", "14.00", "24.00", "JAS"),
    ("sencha", "Sencha Fukamushi", "Green tea", "9.50", "17.00", "SEN"),
    ("earl-grey", "Earl Grey Bergamot", "Black tea", "7.50", "13.00", "EAR"),
    ("assam", "Assam Second Flush", "Black tea", "8.00", "14.00", "ASS"),
    ("oolong", "Tie Guan Yin", "Oolong", "15.00", "27.00", "TGY"),
    ("rooibos", "Rooibos Vanilla", "Herbal", "6.50", "11.00", "ROO"),
    ("mint", "Nana Mint", "Herbal", "5.50", "9.50", "MIN"),
    ("chamomile", "Chamomile Flowers", "Herbal", "6.00", "10.50", "CHA"),
)
_WARES = (
    ("filter", "Paper Filters, 100", "Accessories", "4.50", "FIL-100"),
    ("pot", "Glass Teapot 0.6 l", "Teaware", "34.00", "POT-06"),
    ("whisk", "Bamboo Whisk", "Teaware", "19.00", ""),
)

_DRINKS = (
    ("Latte", "Coffee", {"Small": 3.5, "Regular": 4.0, "Large": 4.5}, "Milk"),
    ("Flat White", "Coffee", {"Regular": 4.0}, "Milk"),
    ("Cappuccino", "Coffee", {"Regular": 4.0, "Large": 4.6}, "Milk"),
    ("Cold Brew", "Coffee", {"Regular": 4.2, "Large": 4.9}, ""),
    ("Chai", "Tea", {"Regular": 4.4, "Large": 5.0}, "Milk"),
    ("Butter Croissant", "Pastry", {"Regular": 3.2}, ""),
    ("Cardamom Bun", "Pastry", {"Regular": 3.6}, ""),
    ("Banana Bread", "Pastry", {"Regular": 3.9}, ""),
)
_OPTIONS = ("Oat Milk", "Soy Milk", "Whole Milk", "Extra Shot", "Vanilla Syrup")
_REFUNDS = (160, 231)
CAFE, OTHER_CAFE = "Quay Street", "Mill Lane"


def write_sample_exports(folder: Path) -> list[Path]:
    """Both shops. Effect: writes `shopify/` and `square/` below the folder; the same bytes each time."""
    written = []
    for shop, files in (("shopify", shopify()), ("square", square())):
        (folder / shop).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / shop / name
            path.write_bytes(text.encode("utf-8"))
            written.append(path)
    return written


def shopify() -> dict[str, str]:
    """The tea shop: file name -> text."""
    chance = Random(41)
    orders: list[dict[str, str]] = []
    for number, (at, person) in enumerate(_days(chance, visits=(2, 7), every=24), 1001):
        orders += _order(chance, number, at, person)
    variants = _variants()
    products = [
        {
            "Handle": handle, "Title": title if first else "", "Body (HTML)": f"<p>{title}. <b>Loose</b> leaf.</p>",
            "Vendor": "Pier Teas" if first else "",
            "Product Category": "Food, Beverages & Tobacco > Beverages > Tea & Infusions" if first else "",
            "Type": kind if first else "", "Published": "true", "Option1 Name": "Size" if first else "",
            "Option1 Value": size, "Variant SKU": sku, "Variant Inventory Tracker": "shopify",
            "Variant Inventory Qty": "", "Variant Price": price, "Variant Barcode": "'4006381333931" if first else "",
            "Status": "active",
        }
        for handle, title, kind, size, price, sku, first in variants
    ]  # fmt: skip
    products.append({"Handle": "jasmine-pearls", "Image Src": "https://cdn.example/j2.jpg", "Image Position": "2"})
    inventory = [
        {
            "Handle": handle, "Title": title, "Option1 Name": "Size", "Option1 Value": size, "SKU": sku or "-",
            "Location": location, "Bin name": f"Shelf {1 + at % 4}" if location == "Pier" else "",
            "Incoming (not editable)": "0", "Unavailable (not editable)": "0", "Committed (not editable)": "0",
            "Available (not editable)": stock, "On hand (current)": stock, "On hand (new)": "",
        }
        for at, (handle, title, _, size, _, sku, _) in enumerate(variants)
        for location, stock in (("Pier", "0" if sku == "TGY-50" else str(4 + at)), ("Warehouse", "80"))
    ]  # fmt: skip
    customers = [
        {
            "Customer ID": f"'70010020{at:02d}", "First Name": first, "Last Name": last, "Email": _email(at),
            "Accepts Email Marketing": "yes" if at % 3 == 0 else "no", "Default Address Country Code": "GB",
            "Default Address Zip": "'0117" if at == 4 else "BS1 4XX", "Phone": _phone(at),
            "Accepts SMS Marketing": "yes" if at == 3 else "no", "Total Spent": "120.00", "Total Orders": "9",
            "Tags": "tea,regular" if at < 6 else "", "Note": "paid with 4111 1111 1111 1111" if at == 7 else "",
            "Tax Exempt": "no",
        }
        for at, (first, last) in enumerate(_PEOPLE)
    ]  # fmt: skip
    torn = '#1044,"unclosed, half a row'
    return {
        "customers_export.csv": "\ufeff" + _csv(SHOPIFY_CUSTOMERS, customers),
        "orders_export_1.csv": _csv(SHOPIFY_ORDERS, orders) + torn + "\n",
        "products_export_1.csv": _csv(SHOPIFY_PRODUCTS, products),
        "inventory_export_1.csv": _csv(SHOPIFY_INVENTORY, inventory),
        "store.toml": _STORE_TEA,
    }


def square() -> dict[str, str]:
    """The café: file name -> text."""
    chance = Random(43)
    sales: list[dict[str, str]] = []
    payments: list[dict[str, str]] = []
    for number, (at, person) in enumerate(_days(chance, visits=(9, 22), every=5), 1):
        lines, payment = _sale(chance, number, at, person)
        sales += lines
        payments.append(payment)
    customers = [
        {
            "Reference ID": f"'20{at:04d}" if at % 2 == 0 else "", "First Name": first, "Last Name": last,
            "Email Address": _email(at) if at % 4 else "", "Phone Number": f"'{_phone(at)}" if at % 3 else "",
            "Birthday": "1988-02-11" if at == 2 else "", "Square Customer ID": _square_id(at),
            "Creation Source": "Instant Profile" if at == 19 else "Directory",
            "First Visit": "2026-03-02", "Last Visit": "2026-11-19", "Transaction Count": "14",
            "Lifetime Spend": "$96.40",
            "Email Subscription Status": "subscribed" if at % 3 == 1 else "unsubscribed" if at == 3 else "",
            "Instant Profile": "Yes" if at == 19 else "No", "Blocked from online booking": "No",
        }
        for at, (first, last) in enumerate(_PEOPLE)
    ]  # fmt: skip
    catalog = [
        {
            "Reference Handle": f"#{name.lower().replace(' ', '-')}", "Token": f"TOK{at:02d}{size[:1]}",
            "Item Name": name, "Variation Name": size, "Description": f"{name} of the day.", "Categories": kind,
            "Reporting Category": kind, "Item Type": "Prepared food and beverage", "Price": f"{price:.2f}",
            "Archived": "N", "Sellable": "Y", "Stockable": "N", f"Enabled {CAFE}": "Y", f"Enabled {OTHER_CAFE}": "Y",
            f"Current Quantity {CAFE}": "12" if kind == "Pastry" else "", f"Price {CAFE}": f"{price:.2f}",
            f"Current Quantity {OTHER_CAFE}": "30" if kind == "Pastry" else "",
            f"Price {OTHER_CAFE}": f"{price + 1:.2f}", "Modifier Set - Milk": "Y" if milk else "N",
            "Modifier Set - Extras": "Y" if kind == "Coffee" else "N", "Tax - Sales Tax (8.875%)": "Y",
        }
        for at, (name, kind, sizes, milk) in enumerate(_DRINKS)
        for size, price in sizes.items()
    ]  # fmt: skip
    torn = "2026-11-20,16:59:00,Eastern Time (US & Canada),Coffee,Latte,1.0,Regular,torn here 4242"
    return {
        "customers.csv": _csv(SQUARE_CUSTOMERS, customers),
        "items-2026-07-01-2026-11-20.csv": _csv(SQUARE_ITEMS, sales) + torn + "\n",
        "transactions-2026-07-01-2026-11-20.csv": _csv(SQUARE_TRANSACTIONS, payments),
        "catalog-2026-11-20.csv": _csv(SQUARE_CATALOG, catalog),
        "store.toml": _STORE_CAFE,
    }


def _days(chance: Random, *, visits: tuple[int, int], every: int) -> list[tuple[datetime, int]]:
    """(moment, person) of every purchase, oldest first; the first people come most often."""
    moments = []
    for person in range(len(_PEOPLE)):
        hour = 8 + person % 5
        times = visits[1] - (visits[1] - visits[0]) * person // len(_PEOPLE)
        for back in range(times):
            days = back * every * (3 + person % 3) // 4 + chance.randrange(0, 3)
            at = UNTIL.replace(hour=hour, minute=chance.randrange(0, 50), second=chance.randrange(60))
            moments.append((at - timedelta(days=days + 1), person))
    return sorted(moments)


def _variants() -> list[tuple[str, str, str, str, str, str, bool]]:
    """(handle, title, type, size, price, sku, first of its item)."""
    rows = []
    for handle, title, kind, small, large, code in _TEAS:
        rows.append((handle, title, kind, "50 g", small, f"{code}-50", True))
        rows.append((handle, title, kind, "100 g", large, f"{code}-100", False))
    rows += [(handle, title, kind, "Default Title", price, sku, True) for handle, title, kind, price, sku in _WARES]
    return rows


def _order(chance: Random, number: int, at: datetime, person: int) -> list[dict[str, str]]:
    variants = _variants()
    favourite = variants[(person * 2) % 16]
    chosen = [favourite] + [chance.choice(variants) for _ in range(chance.choice((0, 1, 1, 2)))]
    shown = f"{at:%Y-%m-%d %H:%M:%S} {'+0100' if 4 <= at.month <= 10 else '+0000'}"
    total = sum(float(one[4]) for one in chosen)
    status = "refunded" if number == 1020 else "partially_refunded" if number == 1031 else "paid"
    first = {
        "Email": _email(person) if person % 5 else "", "Financial Status": status, "Paid at": shown,
        "Fulfillment Status": "fulfilled", "Accepts Marketing": "no", "Currency": "GBP", "Subtotal": f"{total:.2f}",
        "Total": f"{total:.2f}", "Created at": shown, "Billing Zip": "'75008", "Cancelled at": "",
        "Refunded Amount": f"{total:.2f}" if status == "refunded" else "2.00" if "partial" in status else "0.00",
        "Location": "Pier" if person % 2 == 0 else "", "Id": str(5_550_000_000 + number),
        "Source": "pos" if person % 2 == 0 else "web", "Phone": f"'{_phone(person)}" if person % 5 == 0 else "",
    }  # fmt: skip
    if number == 1050:
        first["Cancelled at"] = shown
    rows = []
    for at_line, (_, title, _, size, price, sku, _) in enumerate(chosen):
        row = {
            "Name": f"#{number}", "Lineitem quantity": "1", "Lineitem price": price, "Lineitem sku": sku,
            "Lineitem name": title if size == "Default Title" else f"{title} - {size}", "Lineitem discount": "0.00",
            "Vendor": "Pier Teas",
        }  # fmt: skip
        rows.append({**row, **(first if at_line == 0 else {})})
    return rows


def _sale(chance: Random, number: int, at: datetime, person: int) -> tuple[list[dict[str, str]], dict[str, str]]:
    drink, _, sizes, milk = _DRINKS[person % 5]
    size = list(sizes)[person % len(sizes)]
    applied = [_OPTIONS[person % 3]] if milk else []
    if person % 4 == 0:
        applied.append("Extra Shot")
    bought = [(drink, "Coffee" if drink != "Chai" else "Tea", size, sizes[size], ", ".join(applied))]
    if chance.random() < 0.45:
        name, kind, prices, _ = _DRINKS[5 + person % 3]
        bought.append((name, kind, "Regular", prices["Regular"], ""))
    transaction = f"Tx{number:05d}aQ9zK"
    is_refund = number in _REFUNDS
    guest = number % 37 == 0
    sign, quantity = ("-", "-1.0") if is_refund else ("", "1.0")
    shared = {
        "Date": f"{at:%Y-%m-%d}", "Time": f"{at:%H:%M:%S}", "Time Zone": "Eastern Time (US & Canada)",
        "Transaction ID": transaction, "Payment ID": f"Pay{number:05d}", "Location": CAFE,
        "Event Type": "Refund" if is_refund else "Payment", "Dining Option": "To Go",
        "Customer ID": "" if guest else _square_id(person),
        "Customer Name": "" if guest else " ".join(_PEOPLE[person]),
        "Customer Reference ID": f"20{person:04d}" if person % 2 == 0 and not guest else "",
        "Channel": "Quay till", "Card Brand": "Visa", "PAN Suffix": "4242",
    }  # fmt: skip
    lines = [
        {
            **shared, "Category": kind, "Item": name, "Qty": quantity, "Price Point Name": size,
            "Modifiers Applied": modifiers, "Gross Sales": f"{sign}${price:.2f}", "Discounts": "$0.00",
            "Net Sales": f"{sign}${price:.2f}", "Tax": "$0.00", "Device Name": "Till 1", "Count": "1",
            "Itemization Type": "Physical Good", "Token": f"tk{number}",
        }
        for name, kind, size, price, modifiers in bought
    ]  # fmt: skip
    total = sum(one[3] for one in bought)
    payment = {
        **shared, "Gross Sales": f"{sign}${total:.2f}", "Net Sales": f"{sign}${total:.2f}", "Tip": "$0.00",
        "Total Collected": f"{sign}${total:.2f}", "Source": "Point of Sale", "Card": f"{sign}${total:.2f}",
        "Card Entry Methods": "Contactless", "Transaction Status": "Complete",
    }  # fmt: skip
    return lines, payment


def _square_id(person: int) -> str:
    return f"SQ8WCUSTOMER{person:04d}ZX"


def _email(person: int) -> str:
    first, last = _PEOPLE[person]
    plain = "".join(letter for letter in last.lower() if letter.isascii() and letter.isalpha())
    return f"{first.lower()}.{plain}@mail.example"


def _phone(person: int) -> str:
    """Ofcom keeps 07700 900000 to 900999 free for fiction."""
    return f"+4477009000{person:02d}"


def _csv(header: Sequence[str], rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


_STORE_TEA = """# Lies beside the exports, in the inbox or in the data folder.
store = "Pier Teas"
store_id = "pier"
currency = "GBP"
timezone = "Europe/London"
# This store's name in the exports: stock of other locations is not ours.
location = "Pier"
demo_member = "7001002001"
"""

_STORE_CAFE = """# Lies beside the exports, in the inbox or in the data folder.
store = "Quay Street Coffee"
store_id = "quay"
currency = "USD"
timezone = "America/New_York"
# This store's name in the exports: stock and prices of other locations are not ours.
location = "Quay Street"
demo_member = "SQ8WCUSTOMER0000ZX"

# Options of which the export does not say what they choose. Others are told by their words.
[modifier_groups]
Milk = ["Oat Milk", "Soy Milk", "Whole Milk"]
"""
