"""What is fuzzed: each target takes any bytes, and raises only when Clerk would have crashed.

A refusal with a code of ours is an answer. Seeds are whole, valid inputs, so that a fuzzer need not find them first.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from clerk.cards import code
from clerk.errors import ClerkError
from clerk.exchange.between import event_bundle
from clerk.exchange.between.bundle_rows import parsed
from clerk.exchange.between.event_bundle import open_bundle, parse_name, seal_bundle
from clerk.exchange.between.keys import OfficeFile
from clerk.history.index import HistoryIndex, read_index
from clerk.intake.canonical_tables import read_store
from clerk.intake.checks.tables import check
from clerk.intake.delimited import encoding
from clerk.intake.delimited.rows import rows_of
from clerk.intake.files.unpacking import Unpacking
from clerk.intake.mapping import FileMapping, read_mappings
from clerk.intake.report import BuildReport
from clerk.journal import acknowledged
from clerk.journal.acknowledged import Ack
from clerk.journal.chain import genesis, link
from clerk.pack import generations
from clerk.pack.open import MANIFEST, PACKS, damaged, manifest_hash, read_manifest
from clerk.settings import PackSettings, ScanSettings, load
from clerk.visit.identify.scan import check_digit_holds, gtin_in, item_codes, understand
from tests.intake.export_headers import HEADERS
from tests.intake.exports import read_any

_KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
_OFFICE = X25519PrivateKey.from_private_bytes(b"f" * 32)
_NAMES = ("items.csv", "members.csv", "lines.csv", "x.parquet", "stock.tsv", "e.csv", "\u202ea.csv", "cards.csv")
_LAX = PackSettings(bad_rows_share=1.0)
_LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Target:
    """One way in."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    longest: int = 4_096


def _folder() -> Path:
    """One for this process, in memory where there is some."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="clerk-fuzz-", dir=memory if os.access(memory, os.W_OK) else None))


def _in(name: str, data: bytes) -> Path:
    """A file in a folder of its own."""
    folder = _folder()
    (folder / name).write_bytes(data)
    return folder


def _checked(path: Path, mappings: Sequence[FileMapping] = ()) -> None:
    """What a night does with one file, up to the tables it merges."""
    made = read_any(path, {}, mappings)
    if isinstance(made, ClerkError):
        return
    checked = check(dict(made), {}, BuildReport("fuzz"), _LAX, 1_700_000_000, path.parent, "n")
    for frame in checked.tables.values():
        for series in frame.iter_columns():
            if str(series.dtype) == "String":
                assert not series.str.contains("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]").any(), "escapes got in"
                assert (series.str.len_chars().fill_null(0) <= _LONGEST_TEXT).all(), "an endless cell got in"


def _export_under(headers: Sequence[str], data: bytes, name: str = "e.csv") -> None:
    """Any rows under one of the headers, which the first byte chooses."""
    if data:
        folder = _in(name, headers[data[0] % len(headers)].encode() + b"\n" + data[1:])
        try:
            _checked(folder / name)
        except ClerkError:
            return
        finally:
            shutil.rmtree(folder)


def _rows_under(headers: Sequence[str]) -> list[bytes]:
    return [bytes([at]) + b",".join([b"1"] * (header.count(",") + 1)) for at, header in enumerate(headers)]


SHOPIFY = tuple(header for name, header in HEADERS.items() if name.startswith("shopify"))
SQUARE = tuple(header for name, header in HEADERS.items() if name.startswith("square"))
_SYSTEMS = Path(str(resources.files("clerk.intake").joinpath("systems")))
EXAMPLES = tuple(sorted(_SYSTEMS.glob("*/example/*.csv")))


def shopify(data: bytes) -> None:
    """Any rows under a header of Shopify."""
    _export_under(SHOPIFY, data)


def square(data: bytes) -> None:
    """Any rows under a header of Square."""
    _export_under(SQUARE, data)


def canonical(data: bytes) -> None:
    """Any file under the name of a table of our own, or any other."""
    if data:
        name = _NAMES[data[0] % len(_NAMES)]
        folder = _in(name, data[1:])
        try:
            _checked(folder / name)
        except ClerkError:
            return
        finally:
            shutil.rmtree(folder)


def _tables() -> list[bytes]:
    return [b"\x00sku,name\nA,One\n", b"\x01member_id,name,email\nm1,Ada,a@x.example\n",
            b"\x02basket_id,member_id,sku,sold_at,quantity\nb1,m1,A,2026-01-02T08:00,1\n"]  # fmt: skip


def systems(data: bytes) -> None:
    """Any rows under a header of a system that is data only, under the name of its example."""
    if data and EXAMPLES:
        example = EXAMPLES[data[0] % len(EXAMPLES)]
        head = example.read_bytes().split(b"\n", 1)[0]
        folder = _in(example.name, head + b"\n" + data[1:])
        try:
            _checked(folder / example.name)
        except ClerkError:
            return
        finally:
            shutil.rmtree(folder)


def _example_rows() -> list[bytes]:
    return [bytes([at]) + example.read_bytes().split(b"\n", 1)[1][:900] for at, example in enumerate(EXAMPLES)]


def delimited(data: bytes) -> None:
    """Any text: read in blocks of any size, and every row of it read, broken or left out, once."""
    folder = _in("e.csv", b"a,b,c\n" + data[1:])
    before = encoding.BLOCK_BYTES
    encoding.BLOCK_BYTES = 1 + (data[0] if data else 0)
    try:
        found = rows_of(folder / "e.csv", {"a": 0, "b": 1})
        numbers = [*found.frame["row"], *(number for number, _, _ in found.broken)]
        assert len(set(numbers)) == len(numbers), "a row was read twice"
        encoding.BLOCK_BYTES = before
        whole = rows_of(folder / "e.csv", {"a": 0, "b": 1})
        assert whole.frame.rows() == found.frame.rows(), "the size of a block changes what is read"
        assert whole.broken == found.broken, "the size of a block changes what is broken"
    except (ClerkError, ValueError):
        return
    finally:
        encoding.BLOCK_BYTES = before
        shutil.rmtree(folder)


def _unpacked(data: bytes) -> None:
    folder = _in("e.zip", data)
    try:
        for part in Unpacking(folder / "out", 1_000_000).unpacked(folder / "e.zip", "e.zip"):
            assert part.problem is not None or part.path.resolve().is_relative_to(folder), "it was written elsewhere"
            if part.problem is None:
                _checked(part.path)
    except ClerkError:
        return
    finally:
        shutil.rmtree(folder)


def archive(data: bytes) -> None:
    """Any archive."""
    if data[:2] in (b"PK", b"\x1f\x8b"):
        _unpacked(data)


def _archive_of(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return made.getvalue()


_XML = b'<?xml version="1.0"?>'
_SCHEMA = b"http://schemas.openxmlformats.org/"
_BOOK = {
    "[Content_Types].xml": _XML + b'<Types xmlns="' + _SCHEMA + b'package/2006/content-types"></Types>',
    "_rels/.rels": _XML + b'<Relationships xmlns="' + _SCHEMA + b'package/2006/relationships">'
    b'<Relationship Id="r1" Type="' + _SCHEMA + b'officeDocument/2006/relationships/officeDocument" '
    b'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": _XML + b'<Relationships xmlns="' + _SCHEMA + b'package/2006/relationships">'
    b'<Relationship Id="r1" Type="' + _SCHEMA + b'officeDocument/2006/relationships/worksheet" '
    b'Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": _XML + b'<workbook xmlns="' + _SCHEMA + b'spreadsheetml/2006/main" xmlns:r="' + _SCHEMA
    + b'officeDocument/2006/relationships"><sheets><sheet name="items" sheetId="1" r:id="r1"/></sheets></workbook>',
}  # fmt: skip
_CELLS = (
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c><c r="B1" t="str"><v>name</v></c></row>'
    b'<row r="2"><c r="A2"><v>447700900123</v></c><c r="B2" t="s"><v>0</v></c><c r="C2" s="1"><v>45000.5</v></c></row>'
)


def workbook(data: bytes) -> None:
    """Any sheet, strings or styles in a workbook that is whole."""
    which, rest = data[:1], data[1:]
    space = b' xmlns="' + _SCHEMA + b'spreadsheetml/2006/main"'
    parts = dict(_BOOK)
    cells, strings, styles = _CELLS, b"<si><t>One</t></si>", b'<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
    cells, strings, styles = {b"s": (cells, rest, styles), b"f": (cells, strings, rest)}.get(
        which, (rest, strings, styles)
    )
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet" + space + b"><sheetData>" + cells + b"</sheetData></worksheet>"
    parts["xl/sharedStrings.xml"] = b"<sst" + space + b">" + strings + b"</sst>"
    parts["xl/styles.xml"] = b"<styleSheet" + space + b">" + styles + b"</styleSheet>"
    if which == b"w":
        parts["xl/workbook.xml"] = rest
    _unpacked(_archive_of(**parts))


def _workbooks() -> list[bytes]:
    return [
        b"c" + _CELLS,
        b"s<si><t>One</t></si>",
        b'f<cellXfs><xf numFmtId="14"/></cellXfs>',
        b"w" + _BOOK["xl/workbook.xml"],
    ]


def _rows(count: int = 3) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    head = genesis("till-1", "0a1b2c3d")
    for seq in range(1, count + 1):
        body = ("till-1", "0a1b2c3d", seq, f"0190-{seq}", seq, seq, seq, "answer", 1, "", "m1", '{"sku":"A"}', "p")
        before, head = head, link(head, body)
        rows.append((*body, before, head))
    return rows


_WHOLE = seal_bundle(_rows(), "till-1", "0a1b2c3d", genesis("till-1", "0a1b2c3d"), _KEY, _OFFICE.public_key(), "s1")


def segment(data: bytes) -> None:
    """A bundle as it lies on the place; as a device that lies would sign it; and its rows once unsealed."""
    how, rest = data[:1], data[1:]
    public = _KEY.public_key()
    if how == b"h":
        signed = event_bundle.MAGIC + len(rest).to_bytes(4, "big") + rest
        rest = signed + _KEY.sign(signed) + _WHOLE.data[-200:]
    elif how == b"b":
        outline = replace(_WHOLE.header, plain_bytes=len(rest), body_sha256="")
        body = event_bundle._SUITE.encrypt(rest, _OFFICE.public_key(), info=event_bundle._info(outline))
        header = replace(outline, body_sha256=hashlib.sha256(body).hexdigest())
        text = json.dumps(asdict(header), sort_keys=True, separators=(",", ":")).encode()
        signed = event_bundle.MAGIC + len(text).to_bytes(4, "big") + text
        rest = signed + _KEY.sign(signed) + body
    elif how == b"r":
        parsed(rest, "till-1", "0a1b2c3d", 1, "0" * 64)
        parse_name(rest.decode("utf-8", "replace"))
        return
    try:
        open_bundle(rest, public, _OFFICE)
    except ClerkError:
        return
    assert rest == _WHOLE.data or how in (b"h", b"b"), "a bundle that nobody made was opened"


def _segments() -> list[bytes]:
    text = json.dumps(asdict(_WHOLE.header), sort_keys=True, separators=(",", ":")).encode()
    line = b'["0190-1",1,1,1,"answer",1,"","m1","{}",""]\n'
    return [b"x" + _WHOLE.data, b"h" + text, b"r" + line, b"b" + event_bundle.zstd.compress(line)]


def acknowledgements(data: bytes) -> None:
    """What head office publishes; whatever is taken says the same when it is written again."""
    try:
        read = acknowledged.from_bytes(data)
    except ClerkError:
        return
    assert acknowledged.from_bytes(acknowledged.to_bytes(read)) == read


def manifest(data: bytes) -> None:
    """A manifest whose own hash holds, with anything in it."""
    try:
        made = json.loads(data)
        if isinstance(made, dict):
            made.pop("sha256", None)
            data = json.dumps({**made, "sha256": manifest_hash(made)}, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        pass
    folder = _in(MANIFEST, data)
    try:
        read = read_manifest(folder)
        damaged(folder, read, read["files"])
        packs = folder / PACKS
        packs.mkdir()
        (packs / "g").symlink_to(folder)
        generations.generations(folder)
    except ClerkError:
        return
    finally:
        shutil.rmtree(folder)


def _manifests() -> list[bytes]:
    entry = {"size": 4, "sha256": "0" * 64}
    made = {"format": 2, "generation": "20260101T030000-abcdef", "built_at": 1, "source": "s", "counts": {}}
    return [json.dumps({**made, "files": {"pack.db": entry, "encoder/model.onnx": entry}}).encode()]


def books(data: bytes) -> None:
    """The index of the books."""
    folder = _in("BOOKS.json", data)
    try:
        read_index(folder / "BOOKS.json").text()
    except ClerkError:
        return
    finally:
        shutil.rmtree(folder)


def scan(data: bytes) -> None:
    """Keys of a scanner, or of anybody."""
    text = data.decode("utf-8", "replace")
    found = understand(text, code, ScanSettings())
    assert not any(ord(letter) < 32 for letter in found.text), "a control key got through"
    assert len(found.text) <= ScanSettings().longest * 4
    item_codes(found.text)
    item_codes(text)
    gtin_in(text)
    check_digit_holds(text)
    code.tail(text)


def _scans() -> list[bytes]:
    own = code.encode(b"\x01" * code.ID_BYTES).encode()
    return [own, b"]Q1" + own + b"\r", b"https://id.gs1.org/01/09506000134352?17=261122", b"0104012345678901\x1d10ABC"]


def settings(data: bytes) -> None:
    """The settings file of a shop, and what an export says of its store."""
    folder = _in("settings.toml", data)
    (folder / "store.toml").write_bytes(data)
    try:
        for read in (load, read_store):
            with suppress(ClerkError):
                read(folder)
    finally:
        shutil.rmtree(folder)


def mapping(data: bytes) -> None:
    """A mapping by itself, and over a file that it may fit."""
    folder = _in("mapping.toml", data)
    (folder / "sales.csv").write_text("Nr,Kunde,Artikel,Datum,Menge\n1,m1,A,02.01.2026,1\n2,m2,B,x,-1\n")
    try:
        for_files = read_mappings(folder)
        _checked(folder / "sales.csv", for_files)
    except ClerkError:
        return
    finally:
        shutil.rmtree(folder)


_MAPPING = b"""[[file]]
match = "sales*.csv"
table = "lines"
date = "%d.%m.%Y"
[file.columns]
basket_id = "Nr"
member_id = "Kunde"
sku = "Artikel"
sold_at = "Datum"
quantity = "Menge"
"""


def office(data: bytes) -> None:
    """The file that a device is enrolled with."""
    try:
        OfficeFile.from_bytes(data).to_bytes()
    except ClerkError:
        return


TARGETS: dict[str, Target] = {
    "delimited": Target(delimited, lambda: [b'\x05x,"y, z",1\r\n"a\nb",c,2\rTotal,,3\n', b"\x40\xff\xfea\0,\0b\0\n\0"]),
    "canonical": Target(canonical, _tables),
    "shopify": Target(shopify, lambda: _rows_under(SHOPIFY)),
    "square": Target(square, lambda: _rows_under(SQUARE)),
    "systems": Target(systems, _example_rows),
    "archive": Target(
        archive,
        lambda: [
            _archive_of(**{"items.csv": b"sku,name\nA,One\n"}),
            _archive_of(**{"w.xlsx": _archive_of(**_BOOK)}),
            gzip.compress(b"sku,name\nA,One\n"),
        ],
    ),
    "workbook": Target(workbook, _workbooks),
    "mapping": Target(mapping, lambda: [_MAPPING], 1_000),
    "segment": Target(segment, _segments),
    "acks": Target(
        acknowledgements, lambda: [acknowledged.to_bytes({"t": {"e": (Ack(7, "ab" * 32), Ack(5, "cd" * 32))}})]
    ),
    "manifest": Target(manifest, _manifests),
    "books": Target(books, lambda: [HistoryIndex(version="a").text().encode()]),
    "scan": Target(scan, _scans, 700),
    "settings": Target(settings, lambda: [b'[exchange]\nrole = "device"\n[scan]\nquiet_ms = 50\n'], 1_000),
    "office": Target(office, lambda: [b'{"format":1,"root":"{}","sealing":"' + b"09" * 32 + b'"}'], 1_000),
}
assert tomllib.loads(_MAPPING.decode())["file"]
