"""Data folders of an older revision are read, worked on and exchanged by today's code; `make.py` says what they hold.

Everything goes through the command line, as somebody who updates Clerk would go on working.
"""

from __future__ import annotations

import csv
import json
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from clerk.cli import main

HERE = Path(__file__).parent
SHOWN_AT = "2025-03-06T10:00"
"""When the older revision was asked what it shows."""
AT_NIGHT = "2025-03-06T23:00"
DAY_AFTER = "2025-03-07T10:00"
KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

RENAMED = {"said": "statements", "who": "interest"}
"""Commands by the names that the expected screens were made with -> their names now."""


class Homes:
    """The folder with the data folders: commands run in it, since the exchange location is named relative to it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def clerk(self, home: str, *words: str, at: str = SHOWN_AT) -> tuple[int, str]:
        """The exit code of a command, and its text on stdout."""
        self._capsys.readouterr()
        name = RENAMED.get(words[0], words[0])
        code = main([name, "--home", home, "--at", at, *words[1:]])
        return code, self._capsys.readouterr().out

    def good(self, home: str, *words: str, at: str = SHOWN_AT) -> str:
        """The text of a command that must succeed."""
        code, text = self.clerk(home, *words, at=at)
        assert code == 0, f"clerk {' '.join(words)}: exit {code}\n{text}"
        return text

    def document(self, home: str, *words: str, at: str = SHOWN_AT) -> Any:
        """The JSON document of a command that must succeed."""
        return json.loads(self.good(home, *words, "--json", at=at))

    def known(self, home: str, member: str, at: str = SHOWN_AT) -> bool:
        """Whether a member can be shown; whoever cannot is not there (exit 1), never an error of another kind."""
        code, text = self.clerk(home, "show", member, at=at)
        assert code in (0, 1), text
        return code == 0

    def night(self, home: str, at: str = AT_NIGHT) -> str:
        """A night."""
        code, text = self.clerk(home, "nightly", "--now", "--no-meaning", at=at)
        # A file that no night knows lies in the older inboxes.
        assert code in (0, 5), text
        return text


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive as it came."""
    folder = tmp_path_factory.mktemp("older") / "homes"
    with tarfile.open(HERE / "homes.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def homes(unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Homes:
    """The data folders, each test's own."""
    folder = Path(shutil.copytree(unpacked, tmp_path / "homes"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("OLDER_KEY", KEY)
    return Homes(folder, capsys)


def expected(home: str) -> list[tuple[list[str], int, str]]:
    """What the older revision showed: command line, exit code, text."""
    found = []
    for part in ("\n" + (HERE / f"{home}.txt").read_text(encoding="utf-8")).split("\n$ ")[1:]:
        line, _, text = part.partition("\n")
        words, _, code = line.rpartition(" = ")
        found.append((words.split(), int(code), text.rstrip("\n")))
    return found


def answers(home: str) -> list[list[str]]:
    """The command lines that list what a member said and that still counts."""
    return [words for words, _, _ in expected(home) if words[0] == "said"]


def export(inbox: Path, name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A later export of the shop."""
    with (inbox / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.mark.parametrize("home", ["alone", "device", "sealed"])
def test_every_member_is_shown_as_the_older_revision_showed_them(homes: Homes, home: str) -> None:
    """Except that nothing is suggested to whom nobody asked."""
    for words, code, text in expected(home):
        found, shown = homes.clerk(home, *words)
        assert (found, shown.rstrip("\n")) == (code, text), " ".join(words)


@pytest.mark.parametrize("home", ["alone", "device", "office", "sealed"])
def test_journal_and_packs_hold(homes: Homes, home: str) -> None:
    assert "chain holds" in homes.good(home, "check")
    homes.good(home, "pack", "verify")


def test_a_night_in_which_nothing_came_keeps_every_answer(homes: Homes) -> None:
    before = {tuple(words): homes.clerk("alone", *words) for words in answers("alone")}
    homes.night("alone")
    assert {words: homes.clerk("alone", *words) for words in before} == before
    assert not homes.known("alone", "m8")
    assert "chain holds" in homes.good("alone", "check")


def test_whoever_was_forgotten_stays_so_when_a_later_export_brings_them_again(homes: Homes) -> None:
    inbox = homes.folder / "alone" / "inbox"
    members = [
        # Forgotten as a whole: at the counter before the last night, at the kiosk after it.
        ("m3", "Cleo Marchetti", "+43 664 3333300", "cleo@example.org", "2024-05-01"),
        ("m8", "Hal Iversen", "0664 8888800", "hal@example.org", "2024-05-01"),
        # The same two under another id: the phone alone says so, written as it was.
        ("x3", "Cleo Marchetti", "+43 664 3333300", "", "2024-05-01"),
        ("x8", "Hal Iversen", "0664 8888800", "", "2024-05-01"),
        # Forgotten in part: purchases, contact details, notes, purchases again.
        ("m4", "Dan Ferris", "+43 664 4444400", "dan@example.org", "2024-05-01"),
        ("m5", "Eve Lindgren", "+43 664 5555500", "eve@example.org", "2024-05-01"),
        ("m6", "Finn Osei", "0664 6666600", "", "2024-05-01"),
        ("m9", "Ida Petrov", "0664 9999900", "ida@example.org", "2024-05-01"),
        # Never heard of before: the night does take in what came.
        ("x1", "Xenia Falk", "0664 1010100", "", "2024-05-01"),
    ]
    export(inbox, "members", ("member_id", "name", "phone", "email", "joined_on"), members)
    lines = [(f"again-{member[0]}", member[0], "FW", "2025-02-21T08:00", "1") for member in members]
    lines += [(f"new-{member[0]}", member[0], "CR", "2025-03-06T08:00", "1") for member in members]
    export(inbox, "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity"), lines)

    kept = [words for words in answers("alone") if words[1] not in ("m3", "m8")]
    before = {tuple(words): homes.clerk("alone", *words) for words in kept}
    homes.night("alone")
    assert {words: homes.clerk("alone", *words) for words in before} == before

    assert [who for who in ("m3", "m8", "x3", "x8") if homes.known("alone", who, DAY_AFTER)] == []
    for name in ("Cleo", "Hal", "Eve"):
        assert homes.clerk("alone", "find", name, at=DAY_AFTER)[0] == 1
    assert homes.known("alone", "x1", DAY_AFTER)
    for member in ("m4", "m9"):
        shown = homes.good("alone", "show", member, "--lines", at=DAY_AFTER)
        assert f"new-{member}:1" in shown
        assert f"again-{member}:1" not in shown
        assert "Feb" not in shown
    assert "Lindgren" not in homes.good("alone", "show", "m5", at=DAY_AFTER)
    assert "a note" not in homes.good("alone", "show", "m6", at=DAY_AFTER)
    assert "a note about m5" in homes.good("alone", "show", "m5", at=DAY_AFTER)


def test_no_file_of_the_journal_or_the_pack_holds_a_forgotten_member_after_a_night(homes: Homes) -> None:
    homes.night("alone")
    forgotten = [text.encode() for text in ("Marchetti", "Iversen", "3333300", "8888800", "a note about m3")]
    folders = (homes.folder / "alone" / "books", homes.folder / "alone")
    files = [path for folder in folders for path in folder.glob("*") if path.is_file() and path.name != "ballast"]
    newest = max((homes.folder / "alone" / "packs").glob("2*"), key=lambda path: path.name)
    files += [path for path in newest.rglob("*") if path.is_file()]
    assert any(b"Ada Brandt" in path.read_bytes() for path in files)
    assert [path.name for path in files for text in forgotten if text in path.read_bytes()] == []


def test_going_back_to_the_older_pack_brings_nobody_back(homes: Homes) -> None:
    homes.good("alone", "pack", "rollback")
    assert [who for who in ("m3", "m8") if homes.known("alone", who)] == []
    assert homes.known("alone", "m1")


def test_the_office_takes_in_the_bundle_that_the_older_device_left(homes: Homes) -> None:
    (collected,) = homes.document("office", "collect")["stores"]
    assert (collected["taken"], collected["events"], collected["refused"]) == (1, 4, [])
    (again,) = homes.document("office", "collect")["stores"]
    assert (again["taken"], again["events"]) == (0, 0)


def test_the_device_installs_the_pack_that_the_older_office_published(homes: Homes) -> None:
    published = max(path.name for path in (homes.folder / "office" / "packs").glob("2*"))
    before = {tuple(words): homes.clerk("device", *words) for words in answers("device")}
    fetched = homes.document("device", "fetch")["fetched"]
    assert (fetched["state"], fetched["generation"]) == ("installed", published)
    # What was said since the older pack lies over the newer one.
    assert {words: homes.clerk("device", *words) for words in before} == before


def test_the_first_publish_takes_what_the_older_office_published_in_clear_off_the_location(homes: Homes) -> None:
    def in_clear() -> list[str]:
        files = [path for path in (homes.folder / "place").rglob("*") if path.is_file()]
        return [path.name for path in files if b"Ada Brandt" in path.read_bytes()]

    assert in_clear() != []
    path = homes.folder / "office" / "settings.toml"
    path.write_text(path.read_text().replace('place = "place"', f'place = "{homes.folder / "place"}"'))
    assert "lies at the exchange location as an earlier version published it" in homes.good("office", "check")
    homes.good("office", "collect")
    (published,) = homes.document("office", "publish")["stores"]
    assert published["state"] == "published"
    assert any("store data in clear, from an earlier version, removed" in notice for notice in published["notices"])
    assert in_clear() == []
    assert "earlier version" not in homes.good("office", "check")
    # The device was accepted by the older office: nobody has to go to it.
    assert homes.document("device", "fetch")["fetched"]["state"] == "installed"
    assert homes.known("device", "m1")
    assert homes.document("office", "publish")["stores"][0]["notices"] == []


def test_office_and_device_go_on_with_their_nights_and_answers(homes: Homes) -> None:
    before = {tuple(words): homes.clerk("device", *words) for words in answers("device")}
    homes.night("office")
    homes.good("device", "nightly", at="2025-03-06T23:30")
    assert {words: homes.clerk("device", *words, at=DAY_AFTER) for words in before} == before
    assert homes.good("office", "said", "m1", at=DAY_AFTER) == before["said", "m1"][1]
    assert [home for home in ("office", "device") if homes.known(home, "m3", DAY_AFTER)] == []
    assert "no visits on record" in homes.good("office", "show", "m4", at=DAY_AFTER)
    homes.good("device", "state", "m1", "note", "said after the update", at=DAY_AFTER)
    homes.good("device", "push", at=DAY_AFTER)
    (collected,) = homes.document("office", "collect", at=DAY_AFTER)["stores"]
    assert collected["refused"] == []
    assert collected["events"] > 0
    homes.night("office", at="2025-03-07T23:00")
    assert "said after the update" in homes.good("office", "said", "m1", at="2025-03-08T10:00")


def test_a_lost_ledger_is_made_again_from_the_older_archive(homes: Homes) -> None:
    for path in (homes.folder / "office" / "exchange").glob("ledger.db*"):
        path.unlink()
    assert "events back from" in homes.good("office", "office", "restore")
    homes.night("office")
    assert "never to" in homes.good("office", "said", "m1", at=DAY_AFTER)
    assert not homes.known("office", "m3", DAY_AFTER)


def test_without_its_key_nothing_of_an_older_encrypted_folder_is_shown(
    homes: Homes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OLDER_KEY")
    assert main(["show", "m1", "--home", "sealed", "--at", SHOWN_AT]) == 3
    told = capsys.readouterr()
    assert "E234" in told.err
    assert "Ada" not in told.out


def test_an_older_encrypted_folder_takes_a_new_key_and_more_answers(
    homes: Homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes.good("sealed", "state", "m1", "note", "said after the update")
    monkeypatch.setenv("NEWER_KEY", KEY[::-1])
    homes.good("sealed", "key", "change", "--to", "env:NEWER_KEY")
    monkeypatch.delenv("OLDER_KEY")
    said = homes.good("sealed", "said", "m1")
    assert "said after the update" in said
    assert "never to Butter croissant" in said
