"""Whatever becomes of the journal's files: everything acknowledged is read, or an error says why not.

Never a shorter history. The damage is random: cut short, bits flipped, pages of zeros, a file gone or of another time,
in the database, its log and the log's shared memory. One thing SQLite cannot see without encryption: a bit inside a
row or an index entry that stays readable. The hash chain and the check of the structure see it (`clerk check`).
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from clerk.errors import ClerkError
from clerk.journal import Journal, file
from clerk.keys_at_rest import make_key
from clerk.model import Event
from tests.journal.helpers import NOON, PATIENCE_S, FaultyDriver, answer, answering, open_journal
from tests.proof import record_proof, rounds

MEMBERS = [f"m{number}" for number in range(6)]
FILES = (file.FILE, f"{file.FILE}-wal", f"{file.FILE}-shm")
PAGE = 4096


@dataclass(frozen=True)
class Made:
    """A journal whose process was killed: some of it folded in, some in the log."""

    home: Path
    older: Path
    """The same journal, some events before."""
    events: list[Event]
    encrypted: bool
    """Then SQLCipher checks every page that is read."""


def _made(folder: Path, *, encrypted: bool) -> Made:
    running, older, home = folder / "running", folder / "older", folder / "home"
    running.mkdir(parents=True)
    if encrypted:
        make_key(running, "file:rest.key")
        (running / "settings.toml").write_text('[rest]\nkey = "file:rest.key"\n')
    with open_journal(running) as journal:
        events = [answer(journal, MEMBERS[n % 6], f"SKU-{n}") for n in range(150)]
    with open_journal(running) as journal:
        events += [answer(journal, MEMBERS[n % 6], f"SKU-{n}") for n in range(150, 180)]
        shutil.copytree(running, older)
        events += [answer(journal, MEMBERS[n % 6], f"SKU-{n}") for n in range(180, 200)]
        shutil.copytree(running, home)
    return Made(home, older, events, encrypted)


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "encrypted"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _made(tmp_path_factory.mktemp("made"), encrypted=request.param)


def _damage(made: Made, home: Path, chance: random.Random) -> str:
    """Does one thing to one file; says what."""
    name = chance.choice(FILES)
    path = home / name
    data = bytearray(path.read_bytes())
    what = chance.choice(("cut", "flip", "zeros", "gone", "older", "empty"))
    if what == "cut":
        data = data[: chance.randrange(len(data))]
    elif what == "flip":
        for _ in range(chance.choice((1, 1, 8))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif what == "zeros":
        start = chance.randrange(len(data)) // PAGE * PAGE
        data[start : start + PAGE] = bytes(len(data[start : start + PAGE]))
    elif what == "older":
        data = bytearray((made.older / name).read_bytes())
    elif what == "empty":
        data = bytearray()
    if what == "gone":
        path.unlink()
    else:
        path.write_bytes(data)
    return f"{name} {what}"


def _read(home: Path) -> tuple[list[Event], dict[str, list[Event]]]:
    with Journal.open(home, NOON) as journal:
        return list(journal.events()), {member: list(journal.events_of(member)) for member in MEMBERS}


def _is_found_by_checking(home: Path) -> bool:
    with Journal.open(home, NOON) as journal:
        return not journal.verify().ok


@pytest.mark.proof
def test_everything_acknowledged_is_read_or_an_error_says_why(made: Made, tmp_path: Path) -> None:
    wrong: list[str] = []
    number = rounds(150, 4_000)
    by_member = {member: [one for one in made.events if one.member_id == member] for member in MEMBERS}
    for seed in range(number):
        chance = random.Random(seed)
        home = tmp_path / str(seed)
        shutil.copytree(made.home, home)
        what = _damage(made, home, chance)
        try:
            everything, of_members = _read(home)
            if what == f"{file.FILE} flip" and not made.encrypted and _is_found_by_checking(home):
                continue
        except ClerkError as error:
            if error.code != "E207":
                wrong.append(f"{seed} {what}: {error.code} {error.what}")
        else:
            if everything != made.events or of_members != by_member:
                wrong.append(f"{seed} {what}: {len(everything)} {[len(v) for v in of_members.values()]}")
    record_proof("damaged journals", number, len(wrong))
    assert not wrong, f"{len(wrong)} of {number}: " + "\n".join(wrong[:30])


CODES = {13: "E205", 5: "E204", 6: "E204", 15: "E204", 10: "E206", 14: "E206", 8: "E236", 11: "E207", 26: "E207"}
"""Of what SQLite says, the one that a person is told."""


@pytest.mark.proof
def test_whatever_fails_while_opening_reading_or_writing_is_called_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_S", 0.05)
    with open_journal(tmp_path) as journal:
        kept = [answer(journal, MEMBERS[n % 6], f"SKU-{n}") for n in range(20)]
    number = rounds(150, 3_000)
    for seed in range(number):
        chance = random.Random(seed)
        code, at, forever = chance.choice(list(CODES)), chance.randrange(40), chance.random() < 0.5
        faulty, asked = FaultyDriver(), 0

        def failing(
            statement: str, code: int = code, at: int = at, forever: bool = forever, faulty: FaultyDriver = faulty
        ) -> None:
            nonlocal asked
            # Neither keeps anything from being read: a mode that is not reached, a log that is not folded in.
            if "checkpoint" in statement or "journal_mode = " in statement or statement == "ROLLBACK":
                return
            asked += 1
            if asked == at + 1 or (forever and asked > at):
                raise faulty.error(code, "it fails")

        faulty.fault, told = failing, CODES[code]
        try:
            with Journal.open(tmp_path, NOON, module=faulty) as journal:  # type: ignore[arg-type]
                events = list(journal.events())
                assert events == kept, (seed, code)
                assert journal.events_of("m1") == tuple(one for one in kept if one.member_id == "m1"), (seed, code)
                future = answering(journal, "m1", f"SKU-{len(kept)}")
                if (failed := future.exception(PATIENCE_S)) is None:
                    kept.append(future.result())
                elif isinstance(failed, ClerkError):
                    raise failed
        except ClerkError as error:
            told = error.code
        assert told == CODES[code], (seed, code, at, forever)
    with open_journal(tmp_path) as journal:
        assert list(journal.events()) == kept
        assert journal.verify().ok
    record_proof("failing reads and writes of a journal", number)
