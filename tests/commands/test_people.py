from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from clerk.cli import main
from clerk.clock import FixedClock, parse_at
from clerk.desk import Desk
from clerk.errors import NotSignedIn
from clerk.model import Signed, StaffRole
from clerk.people import People

AT = "2026-11-22T10:00"


@pytest.fixture
def clerk(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str, pin: str = "") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(pin + "\n"))
        code = main([*words, "--home", str(home), "--at", AT, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


def test_the_first_one_is_manager_and_the_last_manager_stays(clerk: Any) -> None:
    code, said = clerk("people", "add", "Maia", pin="4071")
    assert code == 0
    assert said["associate"]["role"] == "manager"
    assert clerk("people", "add", "Noor", pin="860413")[1]["associate"]["role"] == "associate"
    assert clerk("people", "remove", "maia")[1]["error"]["code"] == "E225"
    assert clerk("people", "role", "Maia", "--role", "associate")[1]["error"]["code"] == "E225"
    assert clerk("people", "role", "Maia", "--role", "associate", "--dry-run")[1]["error"]["code"] == "E225"
    assert clerk("people", "role", "Noor", "--role", "manager")[0] == 0
    assert clerk("people", "remove", "Maia")[0] == 0
    assert [one["name"] for one in clerk("people", "list")[1]["people"]] == ["Noor"]


def test_no_list_and_no_answer_holds_a_hash(clerk: Any, home: Path) -> None:
    said = clerk("people", "add", "Maia", pin="4071")
    listed = clerk("people", "list")
    assert "argon2" not in json.dumps([said, listed])
    assert (home / "people.json").stat().st_mode & 0o777 == 0o600
    assert "4071" not in (home / "people.json").read_text()


@pytest.mark.parametrize(
    "pin", ["", "123", "1234", "4321", "1111", "1212", "1984", "2580", "12a4", "123456789", "٤٠٧١"]
)
def test_a_pin_that_is_missing_or_easy_is_refused_and_nobody_is_added(clerk: Any, pin: str) -> None:
    assert clerk("people", "add", "Maia", pin=pin)[1]["error"]["code"] == "E231"
    assert clerk("people", "list")[1]["people"] == []


def test_a_dry_run_changes_nothing_and_reads_no_pin(clerk: Any, home: Path) -> None:
    code, said = clerk("people", "add", "Maia", "--dry-run")
    assert code == 0
    assert said["would"] == "add"
    assert not (home / "people.json").exists()


@pytest.mark.parametrize("name", ["command", " Kiosk", "associate", "\x1b", ""])
def test_a_name_that_the_audit_uses_itself_is_refused(clerk: Any, name: str) -> None:
    code, said = clerk("people", "add", name, pin="4071")
    assert code == 2
    assert said["error"]["code"].startswith("E5")


def test_the_audit_says_who_did_what_and_the_commands_are_in_it(clerk: Any, home: Path) -> None:
    clerk("people", "add", "Maia", pin="4071")
    people = clerk("people", "list")[1]
    assert people["sign_in"] is True
    clerk("people", "unlock", "Maia")
    found = clerk("audit", "--associate", "maia")[1]["audit"]
    assert [(one["actor"], one["words"]) for one in found] == [
        ("command", "unlocked (Maia)"),
        ("command", "added as manager (Maia)"),
    ]


def member_ids(home: Path) -> list[str]:
    with_desk = Desk.open(home, clock=FixedClock(parse_at(AT)), actor="command")
    try:
        return [hit.member_id for hit in with_desk.finding.members("a").hits]
    finally:
        with_desk.close()


def test_what_a_signed_in_associate_does_carries_the_name_and_contact_asks_for_the_role(clerk: Any, home: Path) -> None:
    clerk("people", "add", "Maia", pin="4071")
    clerk("people", "add", "Noor", pin="860413")
    member_id = member_ids(home)[0]
    clock = FixedClock(parse_at(AT))
    desk = Desk.open(home, clock=clock)
    assert desk.signing.is_locked
    assert desk.signing.role == "associate"
    with pytest.raises(NotSignedIn):
        desk.audit.lines()
    desk.signing.sign(Signed("Noor", StaffRole.ASSOCIATE))
    card = desk.visit.open(member_id)
    desk.visit.record(desk.visit.visit_id, desk.records.fact(member_id, "note", "prefers the window seat")).result(10)
    with pytest.raises(NotSignedIn):
        desk.signing.contact(member_id)
    with pytest.raises(NotSignedIn):
        desk.nights.go_to("x")
    desk.signing.sign(Signed("Maia", StaffRole.MANAGER))
    full = desk.signing.contact(member_id)
    desk.close()
    assert not card.member.phone or card.member.phone != full.phone
    found = clerk("audit", "--member", member_id)[1]["audit"]
    assert [(one["actor"], one["words"]) for one in found] == [
        ("Maia", "looked at contact details"),
        ("Noor", "note written down"),
        ("Noor", "opened, by find"),
    ]
    signs = [one["words"] for one in clerk("audit", "--associate", "Noor")[1]["audit"] if one["kind"] == "sign"]
    assert signs == ["signed out", "signed in", "added as associate (Noor)"]


def test_notes_stay_with_the_shop_when_an_associate_is_removed(clerk: Any, home: Path) -> None:
    clerk("people", "add", "Maia", pin="4071")
    clerk("people", "add", "Noor", pin="860413")
    member_id = member_ids(home)[0]
    desk = Desk.open(home, clock=FixedClock(parse_at(AT)))
    desk.signing.sign(Signed("Noor", StaffRole.ASSOCIATE))
    desk.visit.open(member_id)
    desk.visit.record(desk.visit.visit_id, desk.records.fact(member_id, "note", "prefers the window seat")).result(10)
    desk.close()
    clerk("people", "remove", "Noor")
    assert any("window seat" in one["words"] for one in clerk("statements", member_id)[1]["said"])


def test_wrong_pins_are_kept_for_the_audit_and_a_pin_typed_as_a_name_is_not(clerk: Any, home: Path) -> None:
    clerk("people", "add", "Maia", pin="4071")
    desk = Desk.open(home, clock=FixedClock(parse_at(AT)))
    for name in ("Maia", "4071"):
        with pytest.raises(Exception, match="not right"):
            desk.signing.check(name, "5555")
    desk.close()
    found = clerk("audit")[1]["audit"]
    assert {one["words"] for one in found} >= {"wrong PIN (Maia)", "wrong PIN"}
    assert "4071" not in json.dumps(found)


def test_a_counter_on_a_tablet_tries_no_pin(clerk: Any, home: Path) -> None:
    clerk("people", "add", "Maia", pin="4071")
    desk = Desk.open(home, clock=FixedClock(parse_at(AT)))
    desk.signing.at_tablet = True
    with pytest.raises(NotSignedIn):
        desk.signing.check("Maia", "4071")
    with pytest.raises(NotSignedIn):
        desk.signing.check("Maia", "5555")
    desk.close()
    assert clerk("people", "list")[1]["people"][0]["wrong"] == 0


def test_the_settings_may_ask_nobody_or_always(clerk: Any, home: Path) -> None:
    clock = FixedClock(parse_at(AT))
    assert not People.open(home, clock).must_sign_in
    (home / "settings.toml").write_text('[people]\nsign_in = "always"\n')
    assert People.open(home, clock).must_sign_in
    (home / "settings.toml").write_text('[people]\nsign_in = "never"\n')
    clerk("people", "add", "Maia", pin="4071")
    assert not People.open(home, clock).must_sign_in
