"""What a scanner, a keyboard or a paste can send that was never meant for us: bytes as a terminal delivers them."""

from __future__ import annotations

import random

FIXED: tuple[bytes, ...] = (
    *(bytes((code,)) for code in range(0x20)),
    bytes(range(0x20)),
    b"\x7f" * 40,
    *(f"\x1b{letter}".encode() for letter in "NOPVWX\\]^_78=>cDEHMZ#%()*+"),
    "".join(map(chr, range(0x80, 0xA0))).encode(),
    bytes(range(0x80, 0x100)),
    b"\x1b" * 50,
    b"\x1b[A\x1b[B\x1b[C\x1b[D" * 5,
    b"".join(b"\x1bO" + bytes((letter,)) for letter in b"PQRS"),
    b"".join(f"\x1b[{code}~".encode() for code in range(1, 35)),
    b"".join(f"\x1b[1;{shift}{letter}".encode() for shift in range(2, 9) for letter in "PQRSABCDHF"),
    b"\x1b[99;5u\x1b[113;5u\x1b[122;5u\x1b[92;5u\x1b[112;6u",
    b"\x03\x03\x03\x11\x11\x13\x1a\x1a\x1c\x1c\x04\x10\x1d\x1f",
    b"\x13",
    b"\x1b]0;title\x07\x1b]52;c;cm0gLXJmIC8=\x07\x1b]8;;file:///etc/passwd\x07x\x1b]8;;\x07",
    b'\x1bPq#0;2;0;0;0\x1b\\\x1bP$q"p\x1b\\\x1b_Gi=1;AAAA\x1b\\\x1b^secret\x1b\\',
    b"\x1b]52;c;" + b"A" * 4000,
    b"\x1bP" + b"9" * 4000,
    b"\x1b[<0;10;10M\x1b[<0;10;10m" * 20,
    b"\x1b[<64;10;10M\x1b[<65;10;10M" * 10,
    b"\x1b[<2;1;1M\x1b[<1;1;1M\x1b[<35;5;5M",
    b"\x1b[<0;-5;-5M\x1b[<0;99999;99999M\x1b[M   \x1b[M!!!",
    b"\x1b[48;1;1;1;1t",
    b"\x1b[48;0;0;0;0t\x1b[48;99999;99999;9;9t",
    b"\x1b[?2048;1$y\x1b[?2026;1$y\x1b[?9999;4$y",
    b"\x1b[5;7R\x1b[I\x1b[O\x1b[I\x1b[?62;4c\x1b[>41;354;0c",
    b"\x1b[200~q\n:!sh\nexit\n\x1b[201~",
    b"\x1b[200~" + b"4471" * 500 + b"\x1b[201~",
    b"\x1b[200~\x1b[200~\x03\x1a\x1b[201~\x1b[201~",
    b"\x1b[200~never closed",
    b"\x1b[201~",
    b"1" * 3000,
    b"0\r0\r0\r",
    b"4006381333931\r",
    b"7" * 600 + b"\r",
    "\u202e\u2066Ada\u2069\u200b\ufeff\U000e0041".encode(),
    b"\xff\xfe\xc0\xaf\xed\xa0\x80",
    b"[@click=app.quit]quit[/]\r",
    b"$(reboot)\r`sh`\r;exit\r",
    b"\x1b[3J\x1bc\x1b[!p\x1b[?1049l",
    b"\x1b[1;1H\x1b[2J\x1b#8",
    b"\x10quit\r",
    b"\x1b:q!\r\x1bZZ",
)


def made_up(chance: random.Random) -> bytes:
    """A random mixture."""
    kinds = (
        lambda: chance.choice(FIXED),
        lambda: chance.randbytes(chance.randrange(1, 60)),
        lambda: f"\x1b[{chance.randrange(999)};{chance.randrange(999)}{chr(chance.randrange(64, 127))}".encode(),
        lambda: f"\x1b[<{chance.randrange(128)};{chance.randrange(200)};{chance.randrange(60)}M".encode(),
        lambda: bytes(chance.choices(range(32), k=chance.randrange(1, 30))),
        lambda: "".join(chr(chance.randrange(32, 0x3000)) for _ in range(chance.randrange(1, 40))).encode(),
        lambda: chance.choice((b"\r", b"\t", b"\n", b"\x1b\r", b"0", b"1", b"12", b"\x7f")),
    )
    return b"".join(chance.choice(kinds)() for _ in range(chance.randrange(1, 4)))
