"""A decoder of another make reads back what is printed: from every path, tilted, blurred, noisy, faint and small."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from clerk.cards import image_files, qr
from clerk.cards.code import encode
from clerk.cards.sheet import FORMS, PAPERS, Label, on_a_sheet, rectangles, write_sheet
from clerk.errors import NotKept
from tests.proof import record_proof, rounds

CODES = [encode(random.Random(number).randbytes(10)) for number in range(24)]


def read(picture: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(np.array(picture.convert("L")))
    return [one.text for one in found]


def drawn(code: str, scale: int = 8) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(code, scale))).convert("L")


def terminal(rows: list[str], cell: int = 8) -> Image.Image:
    """Half blocks as a terminal paints them: a cell is twice as high as wide."""
    picture = Image.new("L", (len(rows[0]) * cell, len(rows) * 2 * cell), 255)
    pen = ImageDraw.Draw(picture)
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            for half, inked in ((0, letter in "▀█"), (1, letter in "▄█")):
                if inked:
                    top = (2 * y + half) * cell
                    pen.rectangle((x * cell, top, (x + 1) * cell - 1, top + cell - 1), fill=0)
    return picture


def test_png_svg_and_terminal_show_the_same_code(tmp_path: Path) -> None:
    for code in CODES[:8]:
        assert read(drawn(code)) == [code]
        assert read(terminal(qr.terminal_rows(code))) == [code]
        side = 33 * 6
        picture = Image.new("L", (side, side), 255)
        for x, y, wide, high in rectangles(code):
            ImageDraw.Draw(picture).rectangle((x * 6, y * 6, (x + wide) * 6 - 1, (y + high) * 6 - 1), fill=0)
        assert read(picture) == [code]
    assert image_files.write_folder(tmp_path / "folder", CODES[:2], lambda *_: None) == 4
    assert read(Image.open(tmp_path / "folder" / f"{CODES[1]}.png")) == [CODES[1]]


def test_a_code_is_written_in_capitals_mode_with_version_2_and_level_q() -> None:
    (found,) = zxingcpp.read_barcodes(np.array(drawn(CODES[0])))
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.ec_level == "Q"
    assert len(qr.modules(CODES[0])) - 2 * qr.QUIET == 25


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("form", FORMS)
def test_every_card_of_a_printed_sheet_is_read_where_it_stands(form: str, paper: str, tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    codes = CODES[: on_a_sheet(form, paper)]
    assert write_sheet(path, [Label(code) for code in codes], shop="Corner Café", day=0, form=form, paper=paper) == 1
    document = pypdfium2.PdfDocument(path)
    picture = document[0].render(scale=200 / 72).to_pil()
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert sorted(read(picture)) == sorted(codes)
    for code in codes:
        assert " ".join(code[at : at + 4] for at in range(0, 24, 4)) in text
    assert text.count("Corner Café") == len(codes)


def test_cards_and_stickers_have_their_size_and_fill_an_a4_sheet() -> None:
    cards, stickers = FORMS["cards"], FORMS["stickers"]
    assert (cards.wide, cards.high, on_a_sheet("cards"), on_a_sheet("cards", "letter")) == (85.60, 53.98, 10, 10)
    assert (stickers.wide, stickers.high, on_a_sheet("stickers")) == (70, 37, 24)
    for form in FORMS.values():
        # GS1's smallest module for retail counters, rounded up: what every counter scanner reads.
        assert form.module >= 0.4
        assert form.code_at + qr.SIDE * form.module < form.letters_at
        assert form.letters_at < form.name_at < form.high - 1


def test_the_same_cards_on_the_same_day_are_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("a.pdf", "b.pdf"):
        write_sheet(tmp_path / name, [Label(code) for code in CODES], shop="Corner", day=86_400 + len(made))
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_nothing_personal_is_on_a_sheet_unless_it_is_handed_in(tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    write_sheet(path, [Label(CODES[0]), Label(CODES[1], "Zoë")], shop="", day=0)
    document = pypdfium2.PdfDocument(path)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    words = {word for word in text.split() if len(word) != 4 or word not in " ".join(CODES[:2])}
    assert [word for word in text.split() if word == "Zoë"] == ["Zoë"]
    assert {word for word in words if not word.isupper()} == {"Zoë"}


def test_a_name_that_the_font_lacks_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(NotKept, match="--font"):
        write_sheet(tmp_path / "sheet.pdf", [Label(CODES[0], "Ελένη")], shop="", day=0)
    assert not (tmp_path / "sheet.pdf").exists()


def test_wallet_payloads_carry_the_code_and_its_letters() -> None:
    apple = image_files.apple_pass(CODES[0], "Corner")
    (barcode,) = apple["barcodes"]  # type: ignore[misc]
    assert barcode == {
        "format": "PKBarcodeFormatQR", "message": CODES[0], "messageEncoding": "iso-8859-1",
        "altText": " ".join(CODES[0][at : at + 4] for at in range(0, 24, 4)),
    }  # fmt: skip
    assert "storeCard" in apple
    google = image_files.google_object(CODES[0], "Corner")
    assert google["barcode"] == {"type": "QR_CODE", "value": CODES[0], "alternateText": barcode["altText"]}


def photographed(code: str, pick: random.Random) -> Image.Image:
    """A printed code as a cheap camera sees it, 160 pixels across with its quiet zone."""
    picture = drawn(code).resize((160, 160), Image.Resampling.BILINEAR)
    tilted = Image.new("L", (256, 256), 255)
    tilted.paste(picture, (48, 48))
    tilted = tilted.rotate(pick.uniform(0, 360), Image.Resampling.BICUBIC, fillcolor=255)
    tilted = tilted.filter(ImageFilter.GaussianBlur(pick.uniform(0, 1.2)))
    shades = np.asarray(tilted, dtype=np.float64)
    faint = pick.uniform(0.35, 1.0)
    shades = 128 + (shades - 128) * faint + pick.uniform(-30, 30) * faint
    noise = np.random.default_rng(pick.randrange(1 << 30)).normal(0, pick.uniform(0, 10), shades.shape)
    return Image.fromarray(np.clip(shades + noise, 0, 255).astype(np.uint8))


def test_cards_are_read_blurred_rotated_noisy_and_faint_at_160_pixels() -> None:
    frames = rounds(150, 3000)
    pick = random.Random(5)
    missed = wrong = 0
    for number in range(frames):
        code = CODES[number % len(CODES)]
        found = read(photographed(code, pick))
        missed += not found
        wrong += bool(found) and found != [code]
    record_proof("printed codes read back by another decoder", frames, wrong)
    assert not wrong, "no frame is read as another code"
    assert missed <= frames * 0.02
