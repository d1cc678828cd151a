"""In which encoding a text file is written, and its lines as UTF-8, a part of the file at a time.

Read are what can be told for certain: UTF-8, UTF-16 and UTF-32, Japanese tills' Shift-JIS, and Windows Western. A file
in another encoding is refused: read in a wrong one, its names would be other names.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from clerk.errors import SourceUnreadable

BLOCK_BYTES = 8 << 20
"""Text looked at together."""
LINE_AT_MOST = 32 << 20
"""Bytes of a line; of a longer one only the beginning is kept, as a broken row."""
CUT = b"\xff\xff(cut)"
"""End of a line that was longer than `LINE_AT_MOST`: bytes that no UTF-8 has."""

REMEDY = "Export it again as CSV in UTF-8, or as Parquet."
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_START = 65_536
_NULS_AT_MOST = 8
"""A text of which more than one byte in eight is NUL is no text."""
_JUDGED_BYTES = 1 << 18

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]|[\uff66-\uff9f]{4}")
"""Without kana no Japanese export: three half-width ones may be a Swedish `ÅÄÖ`, four are Japanese."""
_JAPANESE = re.compile(
    "[\u3000-\u30ff\u4e00-\u9fff\uf900-\ufaff\uff01-\uff9f\u2010-\u266f\xa7\xa8\xb0\xb1\xb4\xb6\xd7\xf7]"
)
_RUN = re.compile(rb"[\xa1-\xff]{4,}")
"""Four letters beyond ASCII in a row, which hardly a Western word has."""


def encoding_of(path: Path, start: bytes | None = None) -> str:
    """The codec of a text file.

    Args:
        path: the file.
        start: its beginning, when that is enough to decide by.

    Raises:
        SourceUnreadable: it is no text, or its encoding cannot be told.
    """
    if start is None:
        with path.open("rb") as file:
            head = file.read(_START)
    else:
        head = start[:_START]
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head and (wide := _wide(head)):
        return wide
    if head.count(b"\0") > len(head) // _NULS_AT_MOST:
        raise SourceUnreadable(f"{path.name} is no text.", REMEDY)
    if start is None:
        strange = _not_utf8(path)
    else:
        lines = start.replace(b"\r", b"\n")
        strange = _strange_lines([lines[: lines.rfind(b"\n") + 1] or lines])
    return "utf-8" if strange is None else _other(path, strange)


def utf8_blocks(path: Path, encoding: str) -> Iterator[bytes]:
    """The file in blocks of whole lines: UTF-8 without byte order mark, each line but the last ended by a line feed.

    Lines of one file may end in CR, in LF and in both. In a file that is written in UTF-8, bytes that are none are
    left as they are; in another one U+FFFD stands for them.
    """
    rest = b""
    dropping, first = False, True
    for piece in _pieces(path, encoding):
        if first:
            piece, first = piece.removeprefix(codecs.BOM_UTF8), False
        piece = rest + piece
        rest = b""
        # A carriage return at the end may be half of a line end.
        held = piece.endswith(b"\r")
        if b"\r" in piece:
            piece = (piece[:-1] if held else piece).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if dropping:
            end = piece.find(b"\n")
            dropping, piece = end < 0, piece[end + 1 :] if end >= 0 else b""
        cut = piece.rfind(b"\n") + 1
        rest = piece[cut:] + (b"\r" if held else b"")
        if len(rest) > LINE_AT_MOST:
            piece, rest, dropping = piece[:cut] + rest[:BLOCK_BYTES] + CUT + b"\n", b"", True
            yield piece
        elif cut:
            yield piece[:cut]
    if rest:
        yield rest.replace(b"\r", b"\n")


def is_utf8(text: bytes) -> bool:
    """Whether bytes are UTF-8."""
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _pieces(path: Path, encoding: str) -> Iterator[bytes]:
    with path.open("rb") as file:
        if encoding == "utf-8":
            while piece := file.read(BLOCK_BYTES):
                yield piece
            return
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        while piece := file.read(BLOCK_BYTES):
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()


def _wide(head: bytes) -> str:
    """UTF-16 without a byte order mark: every other byte of its separators and line ends is NUL."""
    ends = head.count(b"\n") + head.count(b"\r")
    for name in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) // 2 * 2].decode(name, "ignore")
        told = text.count("\n") + text.count("\r")
        if "\0" not in text and told and 2 * told > ends and any(mark in text for mark in ",;\t|"):
            return name
    return ""


def _not_utf8(path: Path) -> bytes | None:
    """Lines that are no UTF-8, when there are more of them than of lines with letters beyond ASCII that are."""
    if all(is_utf8(block) for block in utf8_blocks(path, "utf-8")):
        return None
    return _strange_lines(utf8_blocks(path, "utf-8"))


def _strange_lines(blocks: Iterator[bytes] | list[bytes]) -> bytes | None:
    good = bad = 0
    strange: list[bytes] = []
    for block in blocks:
        for line in block.split(b"\n"):
            if line.isascii():
                continue
            if is_utf8(line):
                good += 1
            else:
                bad += 1
                if bad * len(line) < _JUDGED_BYTES or not strange:
                    strange.append(line[:_JUDGED_BYTES])
    return None if good >= bad else b"\n".join(strange)


def _other(path: Path, strange: bytes) -> str:
    """The encoding of lines that are no UTF-8."""
    try:
        text = strange.decode("cp932")
    except UnicodeDecodeError:
        text = ""
    beyond = [letter for letter in text if not letter.isascii()]
    if _KANA.search(text) and all(_JAPANESE.match(letter) for letter in beyond):
        return "cp932"
    letters = sum(byte >= 0xA1 for byte in strange)
    if 2 * sum(map(len, _RUN.findall(strange))) > letters:
        raise SourceUnreadable(f"{path.name} is written in an encoding that cannot be told.", REMEDY)
    return "cp1252"
