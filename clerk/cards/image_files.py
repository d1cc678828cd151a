"""Codes as files: PNG and SVG, one or a folder of them, and the unsigned content of a pass for a phone.

Apple takes a pass only with the signature of the shop's own certificate (a signed .pkpass made of this `pass.json`);
Google takes an object for which the shop's own issuer account signs a link. Neither key belongs on a counter, so what
is written here is the content, for whoever holds the keys. Nothing personal is in it beyond the name handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from clerk.cards.code import grouped
from clerk.cards.qr import png, svg
from clerk.errors import SettingsError

PICTURES = (".png", ".svg")
"""Kinds of file for one code."""


def write_picture(path: Path, code: str) -> None:
    """Effect: writes one code as PNG (8 pixels a module) or SVG (20 mm wide), by the name's ending.

    Raises:
        SettingsError: another ending.
        OSError: the file cannot be written.
    """
    if path.suffix.lower() == ".png":
        path.write_bytes(png(code))
    elif path.suffix.lower() == ".svg":
        path.write_text(svg(code), encoding="utf-8")
    else:
        raise SettingsError(f"{path.name} is no .png or .svg.", "Name a .png, .svg, .pdf or .json file, or a folder.")


def write_folder(folder: Path, codes: Sequence[str], progress: Callable[[str, int, int, str], None]) -> int:
    """Effect: writes a PNG and an SVG a code into a folder, named by the code; how many files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, code in enumerate(codes):
        for suffix in PICTURES:
            write_picture(folder / f"{code}{suffix}", code)
        progress("writing pictures", number + 1, len(codes), "cards")
    return len(codes) * len(PICTURES)


def apple_pass(code: str, shop: str, given_name: str = "") -> dict[str, object]:
    """Content of `pass.json` of a store card.

    Source: Apple, Wallet Passes, `Pass` and `Pass.Barcodes`. The two empty identifiers are the shop's own and are
    filled in by whoever signs.
    """
    return {
        "formatVersion": 1,
        "passTypeIdentifier": "",
        "teamIdentifier": "",
        "serialNumber": code,
        "organizationName": shop,
        "description": f"Card of {shop}" if shop else "Card",
        "logoText": shop,
        "foregroundColor": "rgb(0, 0, 0)",
        "backgroundColor": "rgb(255, 255, 255)",
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": code,
                "messageEncoding": "iso-8859-1",
                "altText": grouped(code),
            }
        ],
        "storeCard": {
            "primaryFields": [{"key": "member", "label": "", "value": given_name}] if given_name else [],
        },
    }


def google_object(code: str, shop: str, given_name: str = "") -> dict[str, object]:
    """A `loyaltyObject`.

    Source: Google Wallet, `loyaltyobject`. `id` and `classId` begin with the shop's issuer id, which stands as
    `ISSUER` until whoever holds it fills it in.
    """
    made: dict[str, object] = {
        "id": f"ISSUER.{code}",
        "classId": "ISSUER.clerk",
        "state": "ACTIVE",
        "accountId": code,
        "barcode": {"type": "QR_CODE", "value": code, "alternateText": grouped(code)},
    }
    if given_name:
        made["accountName"] = given_name
    if shop:
        made["textModulesData"] = [{"id": "shop", "header": "", "body": shop}]
    return made
