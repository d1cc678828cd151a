"""A card code as a QR picture: for the terminal, for print (SVG) and for a phone (PNG).

Version 2 at error correction Q holds 24 letters in 25 × 25 modules: fewer modules are read from farther than more
error correction. The quiet zone is the four modules the standard asks for. Always dark on light, whatever the theme.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, cast

QUIET: Final = 4
"""Light modules around the code, on each side."""
SIDE: Final = 25 + 2 * QUIET
"""Modules across, quiet zone included."""
_VERSION = 2
_HALF = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def modules(code: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of modules, quiet zone included; True is dark.

    Raises:
        ValueError: the text does not fit the small code a card carries.
    """
    # Drawing a code is rare and qrcode costs 13 ms to import, so a counter does not pay for it at start.
    import qrcode
    from qrcode.exceptions import DataOverflowError
    from qrcode.util import MODE_ALPHA_NUM, QRData

    picture = qrcode.QRCode(version=_VERSION, error_correction=qrcode.ERROR_CORRECT_Q, border=QUIET)
    try:
        # Capitals and digits take 5.5 bits each in this mode, and 8 in any other.
        picture.add_data(QRData(code, mode=MODE_ALPHA_NUM, check_data=True))
        picture.make(fit=False)
    except (DataOverflowError, ValueError):
        raise ValueError("a card code has at most 29 capital letters or digits") from None
    return tuple(tuple(bool(dark) for dark in row) for row in cast("list[list[bool]]", picture.get_matrix()))


def terminal_rows(code: str) -> list[str]:
    """Rows of half blocks, two rows of modules to a row of text; dark modules are the inked halves.

    Draw them black on white: with the colours exchanged many readers see nothing.
    """
    grid = modules(code)
    light = (False,) * len(grid[0])
    lower = (*grid[1::2], light)
    return [
        "".join(_HALF[pair] for pair in zip(top, bottom, strict=True))
        for top, bottom in zip(grid[::2], lower, strict=False)
    ]


def svg(code: str, millimetres: float = 20.0) -> str:
    """An SVG document to print, `millimetres` wide with its quiet zone."""
    grid = modules(code)
    size = len(grid)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(grid) for x, dark in enumerate(row) if dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{millimetres:g}mm" height="{millimetres:g}mm"'
        f' viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>\n'
    )


def png(code: str, scale: int = 8) -> bytes:
    """A one-bit PNG file, `scale` pixels a module."""
    grid = modules(code)
    width = len(grid[0]) * scale
    rows = bytearray()
    for row in grid:
        # A set bit is white in one-bit greyscale.
        bits = "".join(("0" if dark else "1") * scale for dark in row).ljust((width + 7) // 8 * 8, "1")
        line = b"\x00" + int(bits, 2).to_bytes(len(bits) // 8, "big")
        rows += line * scale
    header = struct.pack(">IIBBBBB", width, len(grid) * scale, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
