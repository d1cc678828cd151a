"""Forged codes open nobody: against a shop whose members carry codes, through the same way a scan takes.

A check letter alone lets one random code in 65,536 pass; what keeps a forged card out is that its 80 random bits have
to be some member's. So a forgery counts as accepted only when it opens a member.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle

from clerk.cards import code as own_codes
from clerk.cards.code import ALPHABET, encode
from clerk.model import Card, Nobody, ScanKind, Several
from clerk.visit.identify.member_by_code import identify
from clerk.visit.identify.scan import understand
from tests.proof import record_proof, rounds

MEMBERS = 20_000
HELD = {encode(random.Random(number).randbytes(10)): number for number in range(1, MEMBERS + 1)}
KNOWN = sorted(HELD)


def opens(keys: str) -> str:
    """The member whom a scan opens in a shop with these cards, or nobody."""
    scanned = understand(keys, own_codes)
    if scanned.kind not in (ScanKind.MEMBER_CARD, ScanKind.OTHER_CODE, ScanKind.PARTIAL):
        return ""
    cards = [Card(scanned.text, HELD[scanned.text])] if scanned.text in HELD else []
    found = identify(scanned, cards, {card.member_no: f"m{card.member_no}" for card in cards})
    assert not isinstance(found, Several)
    return "" if isinstance(found, Nobody) else found


def letter(pick: random.Random, but: str = "") -> str:
    return pick.choice([one for one in ALPHABET if one != but])


def one_letter(pick: random.Random, code: str) -> str:
    at = pick.randrange(24)
    return code[:at] + letter(pick, code[at]) + code[at + 1 :]


def two_letters(pick: random.Random, code: str) -> str:
    return one_letter(pick, one_letter(pick, code))


def swapped(pick: random.Random, code: str) -> str:
    one, other = sorted(pick.sample(range(24), 2))
    return code[:one] + code[other] + code[one + 1 : other] + code[one] + code[other + 1 :]


def shifted(pick: random.Random, code: str) -> str:
    by = pick.randrange(1, 24)
    return code[by:] + code[:by]


def two_halves(pick: random.Random, code: str) -> str:
    other, at = pick.choice(KNOWN), pick.randrange(1, 24)
    return code[:at] + other[at:]


def next_id_with_its_check(pick: random.Random, code: str) -> str:
    """Somebody who knows the rules counts on from a card that they hold."""
    number = int.from_bytes(bytes.fromhex(code.translate(str.maketrans(ALPHABET, "0123456789abcdef"))[:20]), "big")
    return encode(((number + pick.choice((-2, -1, 1, 2, 256, 1 << 40))) % (1 << 80)).to_bytes(10, "big"))


def random_with_its_check(pick: random.Random, code: str) -> str:
    return encode(pick.randbytes(10))


def random_letters(pick: random.Random, code: str) -> str:
    return "".join(pick.choices(ALPHABET, k=24))


def cut_and_filled(pick: random.Random, code: str) -> str:
    kept = pick.randrange(4, 24)
    return code[:kept] + "".join(pick.choices(ALPHABET, k=24 - kept))


def dressed(pick: random.Random, code: str) -> str:
    """A valid code in clothes: what stays is the card itself, so one letter of it is wrong."""
    return f"]Q1{one_letter(pick, code).lower()}\x1b[A\r"


FORGERS: Mapping[str, Callable[[random.Random, str], str]] = {
    made.__name__: made
    for made in (
        one_letter, two_letters, swapped, shifted, two_halves, next_id_with_its_check, random_with_its_check,
        random_letters, cut_and_filled, dressed,
    )
}  # fmt: skip


def forged(many: int) -> Iterator[tuple[str, str]]:
    """(forger, code): every forger in turn, knowing all valid codes; none of what they make is a card of the shop."""
    pick = random.Random(80)
    forgers = cycle(FORGERS.items())
    made = 0
    while made < many:
        name, forger = next(forgers)
        code = forger(pick, pick.choice(KNOWN))
        if own_codes.normalise(code) in HELD:
            # A swap of two equal letters is the card itself, not a forged one.
            continue
        made += 1
        yield name, code


def test_no_forged_code_opens_anybody() -> None:
    many = rounds(20_000, 1_000_000)
    accepted = [(name, code) for name, code in forged(many) if opens(code)]
    record_proof("forged cards against 20,000 members", many, len(accepted))
    assert accepted == []


def test_every_genuine_card_opens_its_member_however_it_is_typed() -> None:
    for number, code in enumerate(KNOWN[:2000]):
        keys = (code, code.lower(), own_codes.grouped(code), f"]Q1{code}\r")[number % 4]
        assert opens(keys) == f"m{HELD[code]}"


def test_one_wrong_letter_two_wrong_letters_or_a_swap_are_always_noticed() -> None:
    pick = random.Random(9)
    for _ in range(rounds(3000, 100_000)):
        code = pick.choice(KNOWN)
        for forger in (one_letter, two_letters, swapped):
            made = forger(pick, code)
            assert made == code or understand(made, own_codes).kind is ScanKind.PARTIAL
