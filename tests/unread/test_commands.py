"""Every command in every state: while the journal cannot be read, it says so with a code and shows nothing of a member.

The commands are those that the command line has; one that is not in the table makes the first test fail.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from clerk.cli import main, parser
from clerk.report import Exit
from clerk.visit.card import ASK_ABOUT_ALLERGIES
from tests.proof import proving, record_proof
from tests.unread import shop, states

EVERYBODY = tuple(shop.MEMBERS)

READERS: dict[str, tuple[str, ...]] = {
    "show": ("show {who}", "show {card}", "show {who} --lines"),
    "find": ("find {name}", "find {phone}", "find Nobodyatall", "find --batch {names}"),
    "why": ("why {who} SENCHA", "why {who} {sku}"),
    "answer": ("answer {who} SENCHA never", "answer {who} SENCHA never --dry-run"),
    "mark": ("mark {who} {who}-0:1 gift", "mark {who} {who}-0:1 gift --dry-run"),
    "strike": ("strike {who} --item SENCHA", "strike {who} --item SENCHA --dry-run"),
    "state": ("state {who} note anything", "state {who} note anything --dry-run"),
    "consent": ("consent {who} suggest given", "consent {who} suggest given --dry-run"),
    "statements": ("statements {who}",),
    "undo": ("undo {who}", "undo {who} --dry-run"),
    "forecast": ("forecast", "forecast --visits {visits}", "forecast --out {out}/forecast.csv"),
    "prep": ("prep",),
    "scorecard": ("scorecard --weeks 2",),
    "build": ("build --from {tables} --no-meaning",),
    "nightly": ("nightly --no-meaning",),
    "nights": ("nights",),
    "cards": (
        "cards list {who}", "cards issue {who}", "cards issue {who} --dry-run", "cards revoke {who}",
        "cards replace {who} --dry-run", "cards sheet {who} --out {out}/sheet.pdf",
    ),
    "join": ("join {name} --phone {phone}", "join {name} --phone {phone} --dry-run", "join Somebody --anyway"),
    "audit": ("audit", "audit --member {who}"),
    "export": ("export {who}", "export {who} --out {out}/export"),
    "forget": ("forget {who} --dry-run", "forget {who}", "forget {who} --notes", "forget --expired --dry-run"),
    "duplicates": ("duplicates",),
    "merge": ("merge {who} alma", "merge {who} alma --dry-run"),
    "apart": ("apart {who} alma", "apart {who} alma --dry-run"),
    "unmerge": ("unmerge {who}",),
    "interest": ("interest {sku}", "interest SENCHA"),
    "check": ("check",),
}  # fmt: skip
"""Commands whose answer rests on what was said here."""

APART: dict[str, tuple[str, ...]] = {
    "open": ("open",),
    "demo": ("demo",),
    "find": ("find --items Sencha",),
    "pack": ("pack list", "pack verify"),
    "template": ("template {out}/template --dry-run",),
    "schedule": ("schedule cron",),
    "mapping": ("mapping try {visits}", "mapping suggest {visits}"),
    "pull": ("pull shopify",),
    "office": ("office devices",),
    "enrol": ("enrol {names} --place file:///nowhere --store 1 --dry-run",),
    "publish": ("publish --dry-run",),
    "collect": ("collect --dry-run",),
    "fetch": ("fetch --dry-run",),
    "push": ("push --dry-run",),
    "kiosk": ("kiosk", "kiosk --print-unit"),
    "people": ("people list",),
    "key": ("key status",),
}
"""Commands that have nothing to do with a member, or, on a machine that works alone, nothing to do at all."""

SCREENS_ONLY = {"serve": "shows the counter's own screens, which test_screens walks through"}


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return f"{self.out}\n{self.err}"


class Bench:
    """Runs commands about the members of the shop.

    Args:
        spoken: the whole data folder.
        folder: for what commands write outside of a data folder.
    """

    def __init__(self, spoken: Path, folder: Path) -> None:
        self.spoken, self.folder = spoken, folder
        (folder / "names.txt").write_text("".join(f"{one[0]}\n" for one in shop.MEMBERS.values()))
        (folder / "visits.csv").write_text("member_id,at\n" + "".join(f"{who},2026-03-09T08:00\n" for who in EVERYBODY))

    def run(self, home: Path, line: str, who: str, *, as_json: bool = False) -> Told:
        """One command about one member."""
        name, phone, _, sku, _, _ = shop.MEMBERS[who]
        given = {
            "who": who, "card": shop.CARD[who], "sku": sku, "name": name, "phone": phone, "out": str(self.folder),
            "tables": str(self.spoken.parent / "tables"), "names": str(self.folder / "names.txt"),
            "visits": str(self.folder / "visits.csv"),
        }  # fmt: skip
        words = [word.format(**given) for word in line.split()]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*words, *(["--json"] if as_json else []), "--home", str(home), *shop.AT])
        written = [path for path in self.folder.rglob("*") if path.is_file() and path.name not in _GIVEN]
        files = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in sorted(written))
        for path in written:
            path.unlink()
        return Told(int(code), out.getvalue(), f"{err.getvalue()}{files}")


_GIVEN = ("names.txt", "visits.csv")


@pytest.fixture(scope="module")
def bench(spoken: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(spoken, tmp_path_factory.mktemp("bench"))


def cells(number: int, many: int) -> list[tuple[str, str]]:
    """Member and way of printing of one command in one state: all of them, or one that differs from cell to cell."""
    every = [(who, how) for who in EVERYBODY for how in ("text", "json")]
    return every if proving() else [every[(number * 3 + many) % len(every)]]


def in_turn(lines: list[str], state: str) -> list[tuple[int, str]]:
    """The commands that are tried in a state: all, or a part so that each is tried in some states."""
    if proving():
        return [*enumerate(lines)]
    at = [*states.STATES].index(state)
    in_part = [(number, line) for number, line in enumerate(lines) if (number + at) % 3 == 0]
    return [one for one in in_part if state != "locked" or one[1].split()[0] not in WAITING]


WAITING = ("forecast", "prep", "scorecard", "build", "nightly", "nights", "check")
"""Commands that nobody stands in front of: they wait five seconds for a lock."""

EMPTY = re.compile(
    r"nothing on record|nothing at the moment|no usual yet|no visits on record|not remembered|has not agreed|said no|"
    r"never agreed",
    re.IGNORECASE,
)
"""What an empty card says: what cannot be read must not be told as something that is not there."""

ALL_READERS = [line for lines in READERS.values() for line in lines]
ALL_APART = [line for lines in APART.values() for line in lines]


def test_the_table_holds_every_command_that_there_is() -> None:
    (commands,) = [one for one in parser()._actions if isinstance(one, argparse._SubParsersAction)]
    assert set(commands.choices) == {*READERS, *APART, *SCREENS_ONLY}


def test_the_words_that_are_looked_for_are_shown_while_nothing_is_wrong(bench: Bench) -> None:
    with states.whole(bench.spoken) as home:
        found = {one for who in EVERYBODY for one in shop.told(bench.run(home, "show {who}", who).text)}
        found |= {one for who in ("suse", "alma") for one in shop.told(bench.run(home, "export {who}", who).text)}
        of_rosa = [
            one for line in ("show {who}", "statements {who}") for one in shop.told(bench.run(home, line, "rosa").text)
        ]
    assert of_rosa == []
    for who, (_, phone, email, _, item, note) in shop.MEMBERS.items():
        shown = {phone, email, item, note} & found
        assert bool(shown) is (who in ("suse", "alma"))
    assert {shop.ALLERGEN, shop.EVERYBODYS} <= found


@pytest.mark.proof
def test_no_command_shows_what_may_have_been_withdrawn(bench: Bench, state: str) -> None:
    tried = 0
    for number, line in in_turn(ALL_READERS, state):
        for who, how in cells(number, len(state)):
            with states.STATES[state](bench.spoken) as home:
                told = bench.run(home, line, who, as_json=how == "json")
            tried += 1
            where = f"{line} ({who}, {how}) {state}:\n{told.text}"
            if state in states.UNREADABLE:
                assert shop.told(told.text) == [], where
                assert told.code not in (Exit.OK, Exit.NOTHING_FOUND), where
                assert re.search(r"\bE2\d\d\b", told.out if how == "json" else told.text), where
            else:
                with states.whole(bench.spoken) as home:
                    as_ever = bench.run(home, line, who, as_json=how == "json")
                assert set(shop.told(told.text)) <= set(shop.told(as_ever.text)), where
                assert told.code == as_ever.code or re.search(r"\bE\d\d\d\b", told.text), where
    record_proof("commands while the journal cannot be read", tried)


@pytest.mark.proof
def test_commands_that_ask_nothing_of_the_journal_name_nobody_either(bench: Bench, state: str) -> None:
    tried = 0
    for number, line in in_turn(ALL_APART, state):
        who, how = cells(number, len(state))[0]
        with states.STATES[state](bench.spoken) as home:
            told = bench.run(home, line, who, as_json=how == "json")
        tried += 1
        assert shop.told(told.text) == [], f"{line} ({how}) {state}:\n{told.text}"
    record_proof("commands while the journal cannot be read", tried)


@pytest.mark.proof
@pytest.mark.parametrize("how", ["text", "json"])
def test_a_card_shows_the_allergen_or_says_to_ask(bench: Bench, state: str, how: str) -> None:
    with states.STATES[state](bench.spoken) as home:
        told = bench.run(home, "show {card}", "alma", as_json=how == "json")
    if state == "with a wrong key set":
        # Not even the store data can be read.
        assert (told.code, "E234" in told.err) == (Exit.STORE_DATA, True)
        return
    text = " ".join(told.out.split())
    assert (shop.ALLERGEN in text) != (ASK_ABOUT_ALLERGIES in text), told.text
    assert shop.ALLERGEN not in text or state in states.UNWRITABLE
    if state in states.UNREADABLE:
        assert EMPTY.search(text) is None, told.text


@pytest.mark.proof
@pytest.mark.parametrize("line", ["build --from {tables} --no-meaning", "nightly --no-meaning"])
def test_no_night_replaces_store_data_while_the_journal_cannot_be_read(bench: Bench, state: str, line: str) -> None:
    """What members withdrew or had erased here would be missing from it as if it had never been said."""
    if state in states.UNWRITABLE or (state == "locked" and not proving()):
        return
    with states.STATES[state](bench.spoken) as home:
        before = (home / "packs" / "CURRENT").read_text(encoding="utf-8")
        told = bench.run(home, line, "rosa")
        after = (home / "packs" / "CURRENT").read_text(encoding="utf-8")
    assert (before == after, told.code) == (True, Exit.STORE_DATA), told.text
