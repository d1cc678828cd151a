"""The search finds what is there, in whatever form it lies, and says so when a machine deletes nothing."""

from __future__ import annotations

import gzip
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from fpdf import FPDF

from clerk import driver
from clerk.clock import FixedClock
from clerk.exchange.device.erase import Deleted
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal import Journal
from clerk.keys_at_rest import Key, seal
from clerk.model import EventKind
from clerk.privacy.erasure import Erasure, Scope
from clerk.privacy.which_events import EventRule
from tests.exchange.histories import Header
from tests.exchange.histories import rows as made_up
from tests.exchange.postgres import Server
from tests.privacy.byte_search import Keys, Traces, search
from tests.privacy.lives import NOW, STORE, TOPOLOGIES, Shop
from tests.privacy.test_every_byte import check

NAME, PHONE = "Zoë Quillfeather", "+43 664 7654321"
KEY = Key("5a" * 32)


@pytest.fixture
def traces() -> Traces:
    made = Traces()
    made.add("name", "Zoë", "Quillfeather")
    made.add_phone(PHONE)
    return made


def _parquet(path: Path) -> None:
    pl.DataFrame({"name": [NAME] * 500, "phone": [PHONE] * 500}).write_parquet(path, compression="zstd")


def _npz(path: Path) -> None:
    np.savez_compressed(path, names=np.array([NAME.upper(), "+436647654321"]))


def _sealed(path: Path) -> None:
    inside = io.BytesIO()
    np.savez(inside, text=np.frombuffer(f"{NAME.lower()}\n06647654321".encode(), dtype=np.uint8))
    path.write_bytes(seal(inside.getvalue(), KEY))


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a.txt", f"{NAME} {PHONE}" * 50)


def _pdf(path: Path) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica")
    made.text(10, 10, f"{NAME} {PHONE}")
    made.output(str(path))


def _database(path: Path, key: str, *, gone: bool = False, log: bool = False) -> None:
    connection = driver.connect(path, key=key, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {'WAL' if log else 'DELETE'}")
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("CREATE TABLE kept (words TEXT)")
    connection.execute("INSERT INTO kept VALUES (?)", (f"{NAME} {PHONE} " * 900,))
    if gone:
        connection.execute("DELETE FROM kept")
    if log:
        copy = path.with_name("copy.db-wal")
        shutil.copyfile(path.with_name(path.name + "-wal"), copy)
    connection.close()
    if log:
        path.unlink()


WRITTEN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "in capitals": ("a.txt", lambda path: path.write_text(f"{NAME.upper()} {PHONE}")),
    "as JSON escapes it": ("a.json", lambda path: path.write_text(f'"Zo\\u00eb" "{PHONE}"')),
    "in UTF-16": ("a.xml", lambda path: path.write_text(f"{NAME} {PHONE}", encoding="utf-16")),
    "without accents and spaces": ("a.csv", lambda path: path.write_text("zoe,06647654321")),
    "as the name of a file": ("quillfeather 664 7654321", lambda path: path.write_text("664 7654321 6647654321")),
    "in Parquet": ("a.parquet", _parquet),
    "in Parquet under another name": ("a.tmp", _parquet),
    "in npz": ("a.npz", _npz),
    "in a sealed file": ("names.npz", _sealed),
    "in a zip": ("a.zip", _zip),
    "in gzip": ("a.gz", lambda path: path.write_bytes(gzip.compress(f"{NAME} {PHONE}".encode()))),
    "in a PDF": ("a.pdf", _pdf),
    "in free pages": ("a.db", lambda path: _database(path, "", gone=True)),
    "in an encrypted database": ("a.db", lambda path: _database(path, KEY.hex)),
    "in free pages of an encrypted database": ("a.db", lambda path: _database(path, KEY.hex, gone=True)),
    "in the log of an encrypted database": ("a.db", lambda path: _database(path, KEY.hex, log=True)),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_the_search_finds_a_name_and_a_number(tmp_path: Path, traces: Traces, form: str) -> None:
    name, write = WRITTEN[form]
    write(tmp_path / name)
    assert {one.what for one in search({"here": tmp_path}, traces, Keys(KEY))} == {"name", "phone"}


def test_the_search_finds_nothing_where_nothing_is(tmp_path: Path, traces: Traces) -> None:
    (tmp_path / "a.txt").write_text("Grace Hopper +43 664 1112223")
    assert search({"here": tmp_path}, traces, Keys(KEY)) == []


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_before_the_erasure_the_search_finds_everything(tmp_path: Path, topology: str) -> None:
    shop = Shop(tmp_path, topology, 3)
    shop._note(shop.counters[-1])
    found = search(shop.folders(), shop.person.traces, shop.keys())
    assert {one.what for one in found} >= {"name", "phone", "e-mail", "note"}
    assert shop.counters[-1].name in {one.place for one in found if one.what == "note"}
    assert topology == "alone" or {"name", "phone"} <= {one.what for one in found if "/targets/" in one.path}
    shop.close()


def test_a_device_that_deletes_nothing_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken on purpose: what fetches and does not delete afterwards stays longer than the receipt says."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("clerk.commands.exchange.after_exchange", lambda home, clock: Deleted())
    monkeypatch.setattr("clerk.exchange.device.erase.after_exchange", lambda home, clock: Deleted())
    shop = Shop(tmp_path / "shop", TOPOLOGIES[1], 3)
    till = shop.counters[-1]
    shop._note(till)
    shop.run(till, "push")
    shop.night(shop.office)
    with shop.desk(shop.office) as desk:
        desk.erasure.forget(shop.person.member_id)
    shop.days_of_nights(4)
    with pytest.raises(AssertionError, match=r"till: journal\.db.*note"):
        check(shop, "office", "after four nights")
    shop.close()


def test_a_large_ledger_holds_nothing_in_its_tables_that_was_redacted(
    postgres_server: Server, tmp_path: Path, traces: Traces
) -> None:
    """PostgreSQL leaves old rows in its pages when they are only freed; its own log is on the receipt."""
    import psycopg

    told = [
        (*row[:11], f'{{"fact": "note", "text": "{NAME} {PHONE} {"x" * 3000 * (row[2] % 2)}"}}', *row[12:])
        for row in made_up(6)
    ]
    told = rehashed(told)
    header = Header(str(told[0][0]), str(told[0][1]), 1, 6, str(told[0][13]))
    with Ledger.open(postgres_server.fresh(), tmp_path, FixedClock(NOW)) as ledger:
        ledger.take(STORE, header, told)
        ledger.redact(STORE, lambda _: EventRule([Erasure("", Scope.ALL, 0, 1 << 62)]))
    with psycopg.connect(host=str(postgres_server._folder), user="postgres", dbname="postgres", autocommit=True) as one:
        one.execute("CHECKPOINT")
    left = search({"data": postgres_server._folder / "data"}, traces, Keys())
    assert not [one for one in left if not one.path.startswith("pg_wal/")]


def rehashed(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows with the chain that their contents give."""
    from clerk.journal import chain

    made: list[tuple[object, ...]] = []
    prev = str(rows[0][13])
    for row in rows:
        body = (*row[:13],)
        made.append((*body, prev, chain.link(prev, body)))
        prev = str(made[-1][-1])
    return made


def test_a_journal_holds_nothing_of_whom_it_redacted_after_many(tmp_path: Path, traces: Traces) -> None:
    """Pages are joined when rows shrink, which moves rows of others: no copy of them may stay behind."""
    (tmp_path / "ballast").touch()
    with Journal.open(tmp_path, FixedClock(NOW)) as journal:
        waiting = [
            journal.append(EventKind.FACT, f"m{n % 25}", {"fact": "note", "text": f"{NAME} " + "x" * (n * 37 % 5000)})
            for n in range(300)
        ]
        for one in waiting:
            one.result(30)
        everything = EventRule([Erasure("", Scope.ALL, 0, 1 << 62)])
        for n in range(25):
            journal.redact({f"m{n}": everything})
        assert journal.verify().ok
        assert not search({"here": tmp_path}, traces, Keys())
