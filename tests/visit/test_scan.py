"""Scans and who they open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.model import Card, CardStatus, EventKind, MemberHit, Members, Nobody, ScanKind, ScannedCode, Several
from clerk.settings import ScanSettings
from clerk.visit.identify.member_by_code import identify, identify_found
from clerk.visit.identify.scan import check_digit_holds, gtin_in, item_codes, understand
from tests.visit.build import event


class OwnCodes:
    """Own codes of the tests: `OWN` and four letters; anything else that starts so is damaged."""

    def is_own(self, text: str) -> bool:
        return len(self.normalise(text)) == 7 and self.normalise(text).startswith("OWN")

    def looks_own(self, text: str) -> bool:
        return self.normalise(text).startswith("OWN")

    def normalise(self, text: str) -> str:
        return text.replace(" ", "").upper()


RULES = OwnCodes()


@pytest.mark.parametrize(
    "keys",
    [
        "OWNABCD\r",
        "OWNABCD\n",
        "OWNABCD\t",
        "]Q1OWNABCD\r",
        "ownabcd\r\n",
        " OWN ABCD ",
        "OWN\x1dABCD\r",
        "\x02OWNABCD\x03",
    ],
)
def test_whatever_a_scanner_adds_the_card_is_the_same(keys: str) -> None:
    assert understand(keys, RULES) == ScannedCode(ScanKind.MEMBER_CARD, "OWNABCD")


def test_a_half_read_code_is_partial_and_opens_nobody() -> None:
    code = understand("OWNAB\r", RULES)
    assert code.kind is ScanKind.PARTIAL
    answer = identify(code, [Card("OWNAB", 1)], {1: "M-1"})
    assert isinstance(answer, Nobody)
    assert answer.code == "E223"


@pytest.mark.parametrize(
    ("keys", "kind", "text"),
    [
        ("4006381333931\r", ScanKind.OTHER_CODE, "4006381333931"),
        ("]E04006381333931", ScanKind.OTHER_CODE, "4006381333931"),
        ("]C1A1", ScanKind.OTHER_CODE, "A1"),
        ("https://id.gs1.org/01/09506000134352/21/A", ScanKind.OTHER_CODE, "https://id.gs1.org/01/09506000134352/21/A"),
        ("ada  lovelace", ScanKind.TEXT, "ada lovelace"),
        ("4471", ScanKind.TEXT, "4471"),
        ("", ScanKind.TEXT, ""),
        ("\x1b[31m", ScanKind.TEXT, "[31m"),
    ],
)
def test_codes_are_told_from_typed_words(keys: str, kind: ScanKind, text: str) -> None:
    assert understand(keys, RULES) == ScannedCode(kind, text)


@given(st.text(max_size=600))
def test_no_control_character_survives_a_scan(keys: str) -> None:
    text = understand(keys, RULES).text
    assert text.isprintable()
    assert len(text) <= ScanSettings().longest


def test_a_digital_link_gives_its_gtin() -> None:
    assert gtin_in("https://shop.example/01/09506000134352/21/12345") == "09506000134352"
    assert gtin_in("https://shop.example/p?01=9506000134352") == "9506000134352"
    assert gtin_in("https://shop.example/01/09506000134353") == ""
    assert gtin_in("https://[broken") == ""
    assert gtin_in("0109506000134352211234") == "09506000134352"


@pytest.mark.parametrize(
    "sent",
    [
        "https://id.gs1.org/01/09506000134352",
        "HTTPS://ID.GS1.ORG/01/09506000134352/10/ABC",
        "https://example.com/some/where/01/09506000134352/10/ABC/21/123?17=261231",
        "https://example.com/gtin/09506000134352#x",
        "https://example.com/GTIN/9506000134352",
        "https://example.com/01/9506000134352/22/2A",
        "id.gs1.org/01/09506000134352/21/12345",
        "]Q3https://id.gs1.org/01/09506000134352",
        "]Q1HTTP://EXAMPLE.COM/01/09506000134352?LINKTYPE=ALL\r",
        "]C10109506000134352\x1d10ABC\x1d21XYZ\r",
        "]d2\x1d010950600013435217261231",
        "]Q3\x1d17261231010950600013435210A",
        "(01)09506000134352(10)ABC",
        "(17)261231(01)09506000134352",
        "01095060001343521726123110ABC123",
        "]e00109506000134352",
        "]E09506000134352\n",
        "9 506000 134352",
        " 9506000134352\t",
    ],
)
def test_every_common_form_of_an_item_code_gives_the_same_gtin(sent: str) -> None:
    code = understand(sent, RULES)
    assert code.kind is ScanKind.OTHER_CODE
    assert "9506000134352" in item_codes(code.text)


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("04252614", "042100005264"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234565", "012345000065"),
        ("01278942", None),
    ],
)
def test_a_upc_e_is_the_upc_a_it_stands_for(short: str, whole: str | None) -> None:
    assert (whole in item_codes(short)) if whole else item_codes(short)[0] == short


@pytest.mark.parametrize("typed", ["0044 7700 900123", "9123 4567", "030 901820", "1 2", "4 006381 333932"])
def test_a_phone_number_as_people_write_it_is_searched_for(typed: str) -> None:
    assert understand(typed, RULES).kind is ScanKind.TEXT


def test_a_gtin_is_tried_in_every_length_a_catalogue_may_hold() -> None:
    assert item_codes("012345678905")[:2] == ("012345678905", "0012345678905")
    assert "00012345678905" in item_codes("012345678905")
    assert item_codes("AB-1") == ("AB-1",)


@given(st.integers(0, 10**13 - 1))
def test_exactly_one_check_digit_holds(number: int) -> None:
    assert sum(check_digit_holds(f"{number:013d}{digit}") for digit in range(10)) == 1


CODE = ScannedCode(ScanKind.OTHER_CODE, "77001234")
IDS = {1: "M-1", 2: "M-2"}


def test_one_active_card_opens_its_member() -> None:
    assert identify(CODE, [Card("77001234", 1)], IDS) == "M-1"


def test_a_revoked_card_opens_nobody_and_says_so() -> None:
    answer = identify(CODE, [Card("77001234", 1, CardStatus.REVOKED)], IDS)
    assert isinstance(answer, Nobody)
    assert answer.code == "E224"


def test_an_unknown_card_opens_nobody() -> None:
    answer = identify(CODE, [], IDS)
    assert isinstance(answer, Nobody)
    assert (answer.code, bool(answer.remedy)) == ("E220", True)


def test_a_card_shared_by_two_members_asks_a_person() -> None:
    assert identify(CODE, [Card("77001234", 1), Card("77001234", 2)], IDS) == Several(("M-1", "M-2"))


def test_a_card_revoked_here_this_morning_is_revoked_at_once() -> None:
    gone = event(EventKind.CARD, code="77001234", status="revoked")
    answer = identify(CODE, [Card("77001234", 1)], IDS, [gone])
    assert isinstance(answer, Nobody)
    assert answer.code == "E224"


def test_a_card_issued_here_opens_before_the_next_pack() -> None:
    assert identify(CODE, [], {}, [event(EventKind.CARD, code="77001234", status="active")]) == "M-1"


def test_typed_words_open_the_only_one_found() -> None:
    ada, bob = MemberHit("M-1", "Ada", ""), MemberHit("M-2", "Bob", "")
    assert identify_found("ada", Members((ada,), 1)) == "M-1"
    assert identify_found("a", Members((ada, bob), 2)) == Several(("M-1", "M-2"))
    # One row of a capped list is not the only one.
    assert identify_found("a", Members((ada,), 7)) == Several(("M-1",))
    assert isinstance(identify_found("zz", Members((), 0)), Nobody)
