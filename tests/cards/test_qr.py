"""QR pictures: the same modules in the terminal, on paper and on a phone."""

from __future__ import annotations

import re
import struct
import zlib

import pytest

from clerk.cards import code as cards
from clerk.cards import qr

CODE = cards.encode(b"clerk-card")


def _png_modules(picture: bytes, scale: int) -> tuple[tuple[bool, ...], ...]:
    """Reads a one-bit PNG back the long way."""
    width, height = struct.unpack(">II", picture[16:24])
    start = picture.index(b"IDAT")
    (length,) = struct.unpack(">I", picture[start - 4 : start])
    raw = zlib.decompress(picture[start + 4 : start + 4 + length])
    stride = 1 + (width + 7) // 8
    rows = []
    for y in range(0, height, scale):
        line = raw[y * stride + 1 : (y + 1) * stride]
        rows.append(tuple(not line[x // 8] >> (7 - x % 8) & 1 for x in range(0, width, scale)))
    return tuple(rows)


def test_a_code_is_version_2_with_four_quiet_modules() -> None:
    grid = qr.modules(CODE)
    assert len(grid) == 25 + 2 * qr.QUIET
    assert all(len(row) == len(grid) for row in grid)
    quiet = [*grid[:4], *grid[-4:], *(row[:4] + row[-4:] for row in grid)]
    assert not any(dark for row in quiet for dark in row)
    finder = [row[4:11] for row in grid[4:11]]
    assert finder[0] == (True,) * 7
    assert finder[1] == (True, *(False,) * 5, True)


def test_the_terminal_shows_two_modules_a_letter() -> None:
    grid = qr.modules(CODE)
    rows = qr.terminal_rows(CODE)
    assert len(rows) == 17
    assert {len(row) for row in rows} == {33}
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            below = grid[2 * y + 1][x] if 2 * y + 1 < len(grid) else False
            assert (letter in "▀█", letter in "▄█") == (grid[2 * y][x], below)


def test_the_png_holds_the_same_modules() -> None:
    assert _png_modules(qr.png(CODE, scale=3), 3) == qr.modules(CODE)
    assert qr.png(CODE).startswith(b"\x89PNG\r\n\x1a\n")


def test_the_svg_holds_the_same_modules_dark_on_light() -> None:
    picture = qr.svg(CODE, millimetres=15)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", picture)}
    assert dark == {(x, y) for y, row in enumerate(qr.modules(CODE)) for x, on in enumerate(row) if on}
    assert 'width="15mm"' in picture
    assert picture.index("#fff") < picture.index("#000")


def test_more_than_a_card_code_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 29"):
        qr.modules("B" * 30)
