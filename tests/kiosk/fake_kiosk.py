"""A kiosk's desk that answers from made-up members, each of whose texts carries a mark of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from clerk.cards.code import encode, is_own, normalise
from clerk.errors import ClerkError, DiskFull
from clerk.model import Agreement, AgreementState, Purpose
from clerk.model.kiosk import (
    KioskCard,
    KioskLine,
    KioskMonth,
    KioskPurchase,
    KioskRefused,
    KioskStatement,
    Remembered,
)

REFUSED = KioskRefused("This code opens nothing here.", "Scan your own card, or ask at the counter.")
PAUSED = KioskRefused("Too many codes that open nothing.", "Reading goes on soon.", 60)
DIGITS = "4471"


def code_of(number: int) -> str:
    """The card of a made-up member."""
    return encode(number.to_bytes(10, "big"))


ADA_CODE = code_of(1)


@dataclass
class FakeMyData:
    """What is remembered of a made-up member."""

    mark: str
    fails: bool = False
    deeds: list[str] = field(default_factory=list)
    found: Remembered = field(init=False)

    def __post_init__(self) -> None:
        mark = self.mark
        wordings = {
            Purpose.REMEMBER: "May we remember what you buy here, so that we know your usual?",
            Purpose.SUGGEST: "May we use what you buy here to mention a thing or two when you come in?",
            Purpose.CONTACT: "May the shop write to you or call you?",
        }
        self.found = Remembered(
            name=f"Ada Lindqvist {mark}".rstrip(),
            phone="ends in 71",
            email="a***@e***.org",
            usual=(KioskLine(f"1 × Flat white {mark}, oat milk", "here today"),),
            usual_why=f"8 of the last 10 visits {mark}".rstrip(),
            months=tuple(
                KioskMonth(f"2026-{month:02}", f"{name} 2026", 4, 9)
                for month, name in ((11, "November"), (10, "October"), (9, "September"), (8, "August"), (7, "July"))
            ),
            said=(KioskStatement("e1", f"Never to Kettle {mark}".rstrip(), "said on 3 Nov 2026"),),
            purposes=tuple(
                Agreement(one, state, wordings[one], "2026-11", "on 3 Nov 2026 (counter)" if agreed else "")
                for one in Purpose
                for agreed in (one is not Purpose.CONTACT,)
                for state in (AgreementState.GIVEN if agreed else AgreementState.NOT_ASKED,)
            ),
            lines=45,
            visits=20,
        )

    def remembered(self) -> Remembered:
        return self.found

    def lines(self, month: str) -> tuple[KioskPurchase, ...]:
        return tuple(
            KioskPurchase(
                f"b{number}:1",
                "FW",
                f"1 × Flat white {self.mark}".rstrip(),
                f"{20 - number} Nov · oat milk",
                "Drinks > Coffee",
            )
            for number in range(6)
        )

    def strike(self, *, line: str = "", category: str = "", month: str = "") -> None:
        self._do(f"strike {line or category or month}")

    def gift(self, line: str) -> None:
        self._do(f"gift {line}")

    def never(self, sku: str) -> None:
        self._do(f"never {sku}")

    def take_back(self, event_id: str) -> None:
        self._do(f"take back {event_id}")
        self.found = replace(self.found, said=())

    def agree(self, purpose: Purpose, yes: bool) -> None:
        self._do(f"agree {purpose} {yes}")
        now = AgreementState.GIVEN if yes else AgreementState.WITHDRAWN
        changed = [replace(one, state=now) if one.purpose is purpose else one for one in self.found.purposes]
        self.found = replace(self.found, purposes=tuple(changed))

    def correct_phone(self, number: str) -> None:
        self._do(f"phone {number}")

    def ask(self, what: str) -> None:
        self._do(what)

    def forget(self) -> bool:
        self._do("forget")
        return True

    def _do(self, deed: str) -> None:
        if self.fails:
            raise DiskFull("The disk is full.", "Free some space.")
        self.deeds.append(deed)


class FakeKiosk:
    """The desk. Members are made when their card is scanned and forgotten when the visit ends."""

    store = "Harbour Lane Coffee"
    idle_s = 40
    warn_s = 20

    def __init__(self, sample: bool = False, bad_scans: int = 1000) -> None:
        self.sample_code = ADA_CODE if sample else ""
        self.scanned: list[str] = []
        self.ended: list[str] = []
        self.deeds: list[str] = []
        self.fails = False
        self.answers = threading.Event()
        """Cleared, a try at the second factor waits."""
        self.answers.set()
        self._left = bad_scans
        self._visits = 0
        self._open = ""
        self._mark = ""

    def is_own_code(self, text: str) -> bool:
        return is_own(text)

    def scan(self, keys: str) -> KioskCard | KioskRefused:
        self.end("scan")
        self.scanned.append(keys)
        if not is_own(keys):
            self._left -= 1
            return REFUSED if self._left > 0 else PAUSED
        number = int.from_bytes(bytes.fromhex(_hex(normalise(keys)))[:10], "big")
        self._visits += 1
        self._open, self._mark = f"visit-{self._visits}", mark_of(number)
        return kiosk_card(self._open, self._mark)

    def end(self, how: str) -> None:
        if self._open:
            self.ended.append(how)
        self._open = self._mark = ""

    def unlock(self, visit_id: str, digits: str) -> bool:
        self.answers.wait(10)
        return visit_id == self._open and digits == DIGITS

    def my_data(self, visit_id: str) -> FakeMyData:
        if visit_id != self._open:
            raise ClerkError("This visit has ended.", "Scan your card again.")
        return FakeMyData(self._mark, self.fails, self.deeds)

    def prepare_newer(self) -> None:
        pass

    def close(self) -> None:
        self.end("closed")


def mark_of(number: int) -> str:
    """The mark in every text of a member; Ada has none, for the goldens."""
    return f"Qz{number}zQ" if number > 1 else ""


def kiosk_card(visit_id: str, mark: str = "") -> KioskCard:
    """The card of a made-up member."""
    tail = f" {mark}" if mark else ""
    return KioskCard(
        visit_id=visit_id,
        greeting=f"A*** L.{tail}",
        usual_title="Your usual",
        usual=(
            KioskLine(f"1 × Flat white, large, oat milk{tail}", "oat milk is out → instead: soy milk"),
            KioskLine(f"1 × Almond croissant{tail}", "here today · shelf Bar"),
        ),
        usual_why=f"8 of the last 10 visits{tail}",
        again=(KioskLine(f"House beans 250 g{tail}", "You take it about every 12 days, last 14 days ago"),),
        here=(
            KioskLine(f"V60 filter papers{tail}", "shelf B2 · Bought with House beans in 3 of 12 visits here"),
            KioskLine(f"Sencha{tail}", "shelf C1 · new for you, picked by the shop"),
        ),
    )


def _hex(code: str) -> str:
    return code.translate(str.maketrans("BCDFGHJKLNPRSTVX", "0123456789abcdef"))
