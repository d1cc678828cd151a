"""`clerk export | forget | interest`: a member's data as a file, its erasure, and the interest list of an item."""

from __future__ import annotations

import argparse
import json
import os
import secrets
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from clerk import report
from clerk.commands.cards import record_all
from clerk.commands.member import WAIT_S, member_of
from clerk.commands.opening import chosen_clock, open_desk
from clerk.desk import Desk
from clerk.desk.member_data.erase import Found
from clerk.desk.member_data.export import lines_csv
from clerk.desk.member_data.export_text import as_text
from clerk.desk.member_data.interest_list import Wants
from clerk.errors import Forgotten, SettingsError
from clerk.model import EventKind, Record
from clerk.phrases import count
from clerk.privacy.erasure import Scope
from clerk.privacy.receipts import FOLDER
from clerk.report import Exit, ProgressBar

_MINE = 0o600


def run(options: argparse.Namespace) -> Exit:
    desk = open_desk(options)
    try:
        code = {"export": _export, "forget": _forget, "interest": _interest}[options.command](desk, options)
    finally:
        desk.close()
    return code


def _export(desk: Desk, options: argparse.Namespace) -> Exit:
    member_id = member_of(desk, options.who)
    document = desk.export.of(member_id)
    # On record before anybody sees it.
    desk.records.append(Record(EventKind.ACCESS, member_id, {"what": "exported", "visit_id": ""})).result(WAIT_S)
    if options.out is None:
        report.data(document, as_json=options.json, text="" if options.json else as_text(document))
        return Exit.OK
    texts = {
        "everything.txt": as_text(document) + "\n",
        "everything.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n",
        "lines.csv": lines_csv(document),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write(options.out / name, text)
    lines = count(len(document["lines"]), "line item")
    told = {"out": str(options.out), "files": sorted(texts), "lines": len(document["lines"])}
    report.data(told, as_json=options.json, text=f"{', '.join(sorted(texts))} in {options.out}: {lines}")
    return Exit.OK


def _write(path: Path, text: str) -> None:
    """A file that its owner alone may read, whole or not at all."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MINE)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(beside, path)


def _forget(desk: Desk, options: argparse.Namespace) -> Exit:
    scope = scope_of(options)
    if (scope is Scope.EXPIRED) == bool(options.who):
        raise SettingsError("Nobody, or too many, are named to forget.", "Name one member, or say --expired alone.")
    if scope is Scope.EXPIRED:
        found = desk.erasure.expired()
        if options.dry_run or not found:
            return _would(found, scope, options)
        receipt = desk.erasure.forget_expired()
    else:
        try:
            member_id = member_of(desk, options.who)
        except Forgotten:
            # What was cut off before everything had gone is gone on with; otherwise the same is said again.
            member_id = options.who.strip()
        if options.dry_run:
            return _would([desk.erasure.found(one, scope) for one in desk.erasure.ids(member_id)], scope, options)
        receipt = desk.erasure.forget(member_id, scope)
    rebuilt = _rebuilt(options, scope)
    document = {"receipt": receipt.as_json(), "rebuilt": rebuilt}
    more = "store data was built anew without them" if rebuilt == "installed" else ""
    kept = f"this receipt is kept in {options.home / FOLDER}"
    report.data(document, as_json=options.json, text="\n".join(filter(None, [receipt.text(), more, kept])))
    return Exit.OK


def scope_of(options: argparse.Namespace) -> Scope:
    """Which part is meant; everything when none is named."""
    parts = (Scope.NOTES, Scope.PURCHASES, Scope.CONTACT, Scope.EXPIRED)
    return next((part for part in parts if getattr(options, part.value)), Scope.ALL)


def _would(found: list[Found], scope: Scope, options: argparse.Namespace) -> Exit:
    rows = [
        f"would forget ({scope.value}) {one.member_id}: {count(one.lines, 'line item')}, "
        f"{count(one.said, 'thing')} said here, {one.carried:,} elsewhere, {count(one.cards, 'card')}"
        for one in found
    ]
    report.data({"would_forget": found, "scope": scope}, as_json=options.json, text="\n".join(rows) or "nobody")
    return Exit.OK if found else Exit.NOTHING_FOUND


def _rebuilt(options: argparse.Namespace, scope: Scope) -> str:
    """On a machine that is alone and has books: store data without the member, now. How it went, or empty."""
    from clerk.settings import load

    if scope is Scope.NOTES or load(options.home).exchange.role != "alone":
        return ""
    if not (options.home / "books" / "BOOKS.json").exists():
        return ""
    from clerk.commands.encoder import builder_encoder
    from clerk.nights.local import Means, take_in
    from clerk.pack_build.learn.process import learn_apart

    bar = ProgressBar(quiet=options.json)
    means = Means(
        clock=chosen_clock(options),
        encoder=partial(builder_encoder, options.home),
        meaning=True,
        learn=learn_apart,
        progress=lambda step: bar(step.stage, step.done, step.total, step.unit),
    )
    told = take_in(options.home, means)
    bar.close()
    if told.error:
        report.say(f"{told.error['code']} {told.error['what']} The next night builds without the member.")
    return told.outcome


def _interest(desk: Desk, options: argparse.Namespace) -> Exit:
    """Records for every listed member that they were shown, before anybody sees the list."""
    bar = ProgressBar(quiet=options.json)
    found, looked_at = desk.interest.of(options.sku, lambda done, of: bar("asking who", done, of, "members"))
    bar.close()
    _kept_for_audit(desk, found[: options.limit], options.sku)
    rows = []
    for one in found[: options.limit]:
        contact = ", ".join(filter(None, (one.phone, one.email)))
        rows.append(f"{one.name} ({one.member_id}) {contact}: {one.why}")
    if len(found) > options.limit:
        rows.append(f"and {len(found) - options.limit:,} more; --limit shows them")
    none = f"Nobody of {count(looked_at, 'member')} who agreed to be contacted."
    document = {"wants": found[: options.limit], "total": len(found), "looked_at": looked_at}
    report.data(document, as_json=options.json, text="\n".join(rows) or none)
    return Exit.OK if found else Exit.NOTHING_FOUND


def _kept_for_audit(desk: Desk, named: Sequence[Wants], sku: str) -> None:
    """Effect: an event about everybody who is named.

    Raises:
        StoreLocked: it took so long that nobody knows whether it was recorded; then nothing is shown.
    """
    payload: dict[str, object] = {"what": "contact asked", "sku": sku, "of": len(named)}
    record_all(desk, [Record(EventKind.ACCESS, one.member_id, payload) for one in named])
