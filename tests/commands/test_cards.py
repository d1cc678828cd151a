"""`clerk cards`: issued, revoked, replaced, printed, and the scanner judged."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from clerk.cards.code import check, encode, grouped
from clerk.cards.scanner_check import TEST_CODE
from clerk.cli import main
from clerk.clock import FixedClock
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.report import Exit
from tests.pack_build.shop import NOW

BLANK = encode(b"blank-card")


class Clerk:
    """The command on one data folder."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = home, capsys
        self.talk = ""

    def __call__(self, *words: str) -> tuple[int, str]:
        code = main([*words, "--home", str(self.home), "--at", "2026-02-02"])
        told = self._capsys.readouterr()
        self.talk = told.err
        return code, told.out

    def json(self, *words: str, code: int = Exit.OK) -> Any:
        exited, out = self(*words, "--json")
        assert exited == code, out
        return json.loads(out)

    def events(self, kind: EventKind) -> list[tuple[str, dict[str, object]]]:
        with Journal.open(self.home, FixedClock(NOW)) as journal:
            return [(one.member_id, dict(one.payload)) for one in journal.events(0, [kind])]


@pytest.fixture
def clerk(home: Path, capsys: pytest.CaptureFixture[str]) -> Clerk:
    return Clerk(home, capsys)


def test_an_issued_card_opens_its_member_and_a_revoked_one_nobody(clerk: Clerk) -> None:
    (issued,) = clerk.json("cards", "issue", "m1")["issued"]
    assert issued["member_id"] == "m1"
    assert check(issued["code"])
    assert clerk.json("show", issued["code"])["member"]["member_id"] == "m1"
    assert clerk.json("cards", "revoke", issued["code"])["revoked"] == [issued["code"]]
    assert clerk.json("show", issued["code"], code=Exit.NOTHING_FOUND)["error"]["code"] == "E224"
    code, out = clerk("cards", "list", "m1")
    assert (code, out.split()[:2]) == (Exit.OK, ["m1", "revoked"])
    assert grouped(issued["code"]) in out


def test_a_replaced_card_is_revoked_and_the_new_one_opens_the_same_member(clerk: Clerk) -> None:
    old = clerk.json("cards", "issue", "m1")["issued"][0]["code"]
    told = clerk.json("cards", "replace", "m1")
    assert told["revoked"] == [old]
    assert clerk.json("show", told["issued"][0]["code"])["member"]["member_id"] == "m1"
    kinds = [one["payload"]["status"] for one in told["recorded"]]
    assert kinds == ["revoked", "active"]


def test_a_dry_run_changes_nothing(clerk: Clerk, tmp_path: Path) -> None:
    out = tmp_path / "cards.pdf"
    for words in (("issue", "m1", "--count", "2"), ("replace", "m1"), ("issue", "m1", "--card", BLANK)):
        code, text = clerk("cards", *words, "--dry-run", "--out", str(out))
        assert code == Exit.OK
        assert "would record" in text
    assert clerk("cards", "sheet", "--count", "2", "--dry-run", "--out", str(out))[0] == Exit.OK
    assert not out.exists()
    assert clerk.events(EventKind.CARD) == clerk.events(EventKind.ACCESS) == []
    assert clerk("cards", "list", "m1") == (Exit.NOTHING_FOUND, "no card\n")


def test_blank_cards_belong_to_nobody_until_they_are_handed_out(clerk: Clerk) -> None:
    blank = clerk.json("cards", "issue", "--count", "3")["blank"]
    assert len(set(blank)) == 3
    assert clerk.events(EventKind.CARD) == []
    assert clerk.json("show", blank[0], code=Exit.NOTHING_FOUND)["error"]["code"] == "E220"
    clerk.json("cards", "issue", "m2", "--card", blank[0])
    assert clerk.json("show", blank[0])["member"]["member_id"] == "m2"
    assert clerk.json("cards", "issue", "m1", "--card", blank[0], code=Exit.NOTHING_FOUND)["error"]["code"] == "E224"


def test_a_sheet_holds_the_members_newest_card_and_that_it_was_printed_is_kept(clerk: Clerk, tmp_path: Path) -> None:
    import pypdfium2

    code = clerk.json("cards", "issue", "m1")["issued"][0]["code"]
    out = tmp_path / "cards.pdf"
    told = clerk.json("cards", "sheet", "m1", "--count", "11", "--out", str(out))
    assert (told["sheets"], len(told["cards"])) == (2, 12)
    document = pypdfium2.PdfDocument(out)
    found = [one.text for one in zxingcpp.read_barcodes(document[0].render(scale=2).to_numpy())]
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert code in found
    assert len(found) == 10
    assert "Ada" not in text, "nothing personal on a card"
    assert clerk.events(EventKind.ACCESS) == [("m1", {"what": "printed"}), ("", {"what": "printed"})]
    clerk("cards", "sheet", "m1", "--given-name", "--out", str(out), "--form", "stickers", "--paper", "letter")
    assert "drawing cards" in clerk.talk
    document = pypdfium2.PdfDocument(out)
    assert "Ada" in document[0].get_textpage().get_text_bounded()
    document.close()


def test_cards_are_written_as_pictures_and_phone_passes(clerk: Clerk, tmp_path: Path) -> None:
    told = clerk.json("cards", "issue", "m1", "--out", str(tmp_path / "card.png"))
    code = told["issued"][0]["code"]
    (found,) = zxingcpp.read_barcodes(Image.open(tmp_path / "card.png").convert("L"))
    assert found.text == code
    clerk.json("cards", "sheet", "m1", "--out", str(tmp_path / "pass.json"))
    passes = json.loads((tmp_path / "pass.json").read_text(encoding="utf-8"))
    assert passes["apple"]["barcodes"][0]["message"] == passes["google"]["barcode"]["value"] == code
    assert clerk("cards", "sheet", "m1", "--count", "1", "--out", str(tmp_path / "folder"))[0] == Exit.OK
    assert len(list((tmp_path / "folder").iterdir())) == 4


@pytest.mark.parametrize(
    "words",
    [
        ["issue"],
        ["issue", "--count", "-1"],
        ["revoke", "m1", "--count", "2"],
        ["sheet", "m1"],
        ["sheet", "m1", "--out", "cards.docx"],
        ["sheet", "m1", "--out", "no-such-folder/cards.pdf"],
        ["issue", "m1", "m2", "--card", BLANK],
        ["sheet", "--count", "2", "--out", "two.png"],
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_recorded(clerk: Clerk, words: list[str]) -> None:
    assert clerk("cards", *words)[0] == Exit.USAGE
    assert clerk.events(EventKind.CARD) == []


def test_the_scanner_is_judged_from_standard_input(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{TEST_CODE}\n{TEST_CODE[:9]}\n{TEST_CODE.lower()}\t\n"))
    told = clerk.json("cards", "test")
    assert [one["fine"] for one in told["scans"]] == [True, False, True]
    monkeypatch.setattr("sys.stdin", io.StringIO(TEST_CODE))
    code, out = clerk("cards", "test")
    assert code == Exit.NOTHING_FOUND
    assert "no key ended the scan" in out
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, out = clerk("cards", "test")
    assert grouped(TEST_CODE) in out


def test_a_card_in_other_forms_is_the_same_card_until_a_new_one_is_asked_for(clerk: Clerk, tmp_path: Path) -> None:
    (first,) = clerk.json("cards", "issue", "m1", "--out", str(tmp_path / "a.svg"))["issued"]
    again = clerk.json("cards", "issue", "m1", "--out", str(tmp_path / "a.json"))
    assert (again["issued"], again["recorded"], again["printed_again"]) == ([], [], ["m1"])
    assert first["code"] in (tmp_path / "a.json").read_text()
    assert "would print again: m1" in clerk("cards", "issue", "m1", "--out", str(tmp_path / "b.json"), "--dry-run")[1]
    (new,) = clerk.json("cards", "issue", "m1", "--new", "--out", str(tmp_path / "c.svg"))["issued"]
    assert new["code"] != first["code"]
    clerk.json("cards", "revoke", new["code"])
    clerk.json("cards", "issue", "m1", "--out", str(tmp_path / "d.json"))
    assert first["code"] in (tmp_path / "d.json").read_text()
