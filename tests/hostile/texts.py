"""Names, notes and scans as somebody would write them who wants to steer a terminal, a spreadsheet or a screen."""

from __future__ import annotations

import random
from collections.abc import Callable

MARK = "Zz"
"""Begins every hostile name, so that a test can tell that it was drawn at all."""

_LETTERS = "abcdefghij KLMNOP"
_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_NOTHING = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u3164\uffa0\u115f\u2800"
_STORM = "\u0300\u0301\u0316\u0336\u20dd\u0489\u1ab0\u0e49\u0e4a"
_ODD = "\ue000\uf8ff\U000e0001\U000e0041\U0001fffe\ud800\udfff\U0010ffff\u0378\uffff\ufffe\x00"
_RIGHT = "שלום مرحبا ܫܠܡܐ ޝާދ"
_FAMILY = "👨\u200d👩\u200d👧\u200d👦🏳\ufe0f\u200d🌈👩🏽\u200d🚀🇩🇪🇺"
_WIDE = "漢字ｱﾊﾝ가각나\u1100\u1161\u11a8"
_ESCAPES = (
    "\x1b]52;c;aGk=\x07",
    "\x1b]0;title\x07",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[2J",
    "\x1b[H",
    "\x1b[31m",
    "\x1b[?1049l",
    "\x1b[?25l",
    "\x1bc",
    "\x1b[6n",
    "\x1b[c",
    "\x1b]11;?\x07",
    "\x1bP+q544e\x1b\\",
    "\x1b_Gf=24;AAAA\x1b\\",
    "\x1b^pm\x1b\\",
    "\x1bX\x1b\\",
    "\x9b31m",
    "\x9d0;t\x9c",
    "\x90q\x9c",
    "\x1b[20t",
    "\x1b[21t",
    "\x1b#8",
    "\x1b(0",
    "\x0e",
    "\x0f",
    "\x05",
    "\x07\x07",
    "\x08\x08\x08",
    "\r\nroot:x",
    "\x0b\x0c",
    "\x1bPtmux;\x1b\x1b]52;c;x\x07\x1b\\",
    "\x7f",
    "\x84\x85\x88\x8d",
    "\u2028\u2029",
    "\x1c\x1d\x1e\x1f",
    "\x1b[1000000000b",
    "\x1b[38:2:1:2:3m",
)
_MARKUP = (
    "[/]",
    "[@click=app.quit]x[/]",
    "[@click=app.exit()]",
    "[bold]",
    "[/bold]",
    "[[",
    "\\[",
    "[link=file:///etc]x",
    "[#fff on",
    "{0}",
    "{name!r}",
    "%s%n",
    "$name",
    "${HOME}",
    "$(id)",
    "`id`",
    "&lt;b&gt;",
    "<script>alert(1)</script>",
    "</style>",
    ":smile:",
    "[on red]",
    "[red",
    "]]",
    "[$primary]",
)
_SHEET = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x";"y")',
    "＝1+1",
    "'=1",
)

_KINDS: tuple[Callable[[random.Random], str], ...] = (
    lambda chance: chance.choice(_ESCAPES),
    lambda chance: chance.choice(_ESCAPES)[: chance.randrange(1, 4)],
    lambda chance: chance.choice(_MARKUP),
    lambda chance: chance.choice(_SHEET),
    lambda chance: "".join(chance.choices(_BIDI, k=chance.randrange(1, 6))),
    lambda chance: "".join(chance.choices(_NOTHING, k=chance.randrange(1, 9))),
    lambda chance: chance.choice("aeZ漢א") + "".join(chance.choices(_STORM, k=chance.choice((3, 30, 300)))),
    lambda chance: "".join(chance.choices(_ODD, k=chance.randrange(1, 5))),
    lambda chance: "".join(chance.choices(_RIGHT, k=chance.randrange(1, 12))),
    lambda chance: _FAMILY[chance.randrange(4) :],
    lambda chance: "".join(chance.choices(_WIDE, k=chance.randrange(1, 40))),
    lambda chance: "".join(chance.choices(_LETTERS, k=chance.choice((1, 5, 20)))),
    lambda chance: chance.choice(_LETTERS) * chance.choice((100, 3_000)),
    lambda chance: "".join(chr(chance.randrange(0x20)) for _ in range(chance.randrange(1, 8))),
    lambda chance: "".join(chr(chance.randrange(0x80, 0xA0)) for _ in range(chance.randrange(1, 8))),
    lambda chance: chr(chance.randrange(0x110000)) * chance.randrange(1, 4),
)


def hostile(chance: random.Random, *, marked: bool = True) -> str:
    """One text of several attacks; with `MARK` before it unless that would spoil the attack."""
    parts = [chance.choice(_KINDS)(chance) for _ in range(chance.randrange(1, 6))]
    return (MARK if marked else "") + "".join(parts)


MOUSE = ("\x1b[M !!", "\x1b[<0;10;10M", "\x1b[<0;10;10m", "\x1b[<64;1;1M", "\x1b[M#\xff\xff", "\x1b[<35;5;24M")
KEYS = (
    "\x1bOP",
    "\x1bOQ",
    "\x1b[15~",
    "\x1b[17~",
    "\x1b[18~",
    "\x1b[24~",
    "\x1b[A",
    "\x1b[B",
    "\x1b[5~",
    "\x1b[1;5C",
    "\x1bOS",
    "\x1b",
    "\x1b\x1b",
    "\x7f",
    "\x08",
    "\x1b[3~",
    "\x1b[24;2~",
    "\x1bq",
    "\x1b[I",
    "\x1b[O",
    "\x1b[1;2R",
    "\x1b[?62;4c",
    "\x1b[113;5u",
    "\x1b[27;5;113~",
)
CODES = (
    "4006381333931",
    "]E04006381333931",
    "]C10109506000134352\x1d10ABC",
    "https://id.gs1.org/01/09506000134352/21/A",
    "ABC-1234",
    "00001111",
    "]Q1HELLO",
    "ada",
    "0042",
)
SUFFIXES = ("\r", "\t", "\n", "\r\n", "", "\r\r", "\t\r")


def hostile_scan(chance: random.Random, genuine: str) -> str:
    """What a printed code could send: control bytes, keys, mouse reports and escape sequences among fast letters."""
    parts = []
    for _ in range(chance.randrange(1, 5)):
        parts.append(
            chance.choice(("".join(chance.choices("BCDFGHJKLNPRSTVX", k=chance.randrange(4, 30))), *CODES, genuine))
        )
        kind = chance.randrange(6)
        if kind == 0:
            parts.append(chr(chance.choice((*range(1, 32), 127))))
        elif kind == 1:
            parts.append(chance.choice(KEYS))
        elif kind == 2:
            parts.append(chance.choice(MOUSE))
        elif kind == 3:
            parts.append(chance.choice(_ESCAPES))
        elif kind == 4:
            parts.append("".join(chr(chance.randrange(1, 32)) for _ in range(chance.randrange(1, 6))))
    if chance.random() < 0.15:
        parts.insert(0, chance.choice((*KEYS, "\x11", "\x10", "\x03", "\x1a")))
    if chance.random() < 0.05:
        parts = ["\x1b[200~", *parts, "\x1b[201~"]
    return "".join(parts) + chance.choice(SUFFIXES)
