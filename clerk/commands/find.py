"""`clerk find`: members by fragments, items by words and meaning; one query or a file of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from clerk import report
from clerk.commands.opening import open_desk
from clerk.desk import Desk
from clerk.errors import SettingsError, SourceMissing, SourceUnreadable
from clerk.model import Item, ItemHit, Items, Members
from clerk.phrases import NOT_STATED, clock_time, date, money
from clerk.report import Exit


def run(options: argparse.Namespace) -> Exit:
    if (options.text is None) == (options.batch is None):
        report.say("find takes a TEXT, or --batch FILE with one query a line.")
        return Exit.USAGE
    if options.limit < 1:
        raise SettingsError(f"--limit is {options.limit}.", "It has to be 1 or more.")
    # Read before the desk is opened: a slip in the path costs no time.
    queries = _queries(options.batch) if options.batch is not None else []
    desk = open_desk(options)
    try:
        if options.batch is not None:
            return _batch(desk, options, queries)
        found = _search(desk, options)(options.text)
        status = desk.status.now()
        report.data(found, as_json=options.json, text=_text(found, status.currency, status.now))
        return Exit.OK if found.hits else Exit.NOTHING_FOUND
    finally:
        desk.close()


def _search(desk: Desk, options: argparse.Namespace) -> Callable[[str], Items | Members]:
    if options.items:
        return lambda text: desk.finding.items_here(text, options.limit, in_stock=options.here)
    return lambda text: desk.finding.members(text, options.limit)


def _queries(path: Path) -> list[str]:
    """The lines of a batch file.

    Raises:
        SettingsError: the command line names no file.
        SourceMissing: the file cannot be opened.
        SourceUnreadable: it is no text in UTF-8.
    """
    if not path.is_file():
        raise SettingsError(f"There is no file {path.name}.", "Name a text file with one query a line.")
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SourceMissing(f"{path.name} cannot be read ({error.strerror}).", "Check its permissions.") from None
    except UnicodeError:
        raise SourceUnreadable(f"{path.name} is no text in UTF-8.", "Save it as UTF-8, one query a line.") from None


def _batch(desk: Desk, options: argparse.Namespace, queries: list[str]) -> Exit:
    search = _search(desk, options)
    for query in queries:
        found = search(query)
        rows: list[dict[str, object]] = (
            [_row(hit) for hit in found.hits]
            if isinstance(found, Items)
            else [{"member_id": hit.member_id, "name": hit.name, "hint": hit.hint} for hit in found.hits]
        )
        line: dict[str, object] = {"query": query, "total": found.total, "hits": rows}
        if isinstance(found, Items):
            line |= {"understood": list(found.understood), "remark": found.remark}
        report.line(report.document(line))
    return Exit.OK


def _row(hit: ItemHit) -> dict[str, object]:
    return {"sku": hit.item.sku, "name": hit.item.name, "score": round(hit.score, 6), "note": hit.note}


def _text(found: Items | Members, currency: str, now: int) -> str:
    if isinstance(found, Items) and (found.understood or found.remark):
        return "\n".join(_answer(found, currency, now))
    if not found.hits:
        return "Nothing found. Try fewer letters, or another word."
    if isinstance(found, Members):
        rows = [f"{hit.member_id:<12} {hit.name or '(no name)':<32} {hit.hint}" for hit in found.hits]
        head = f"{found.total:,} found" + (f", spelled {found.corrected!r}" if found.corrected else "")
    else:
        rows = [_item_row(hit, currency, now) for hit in found.hits]
        head = _counted(found)
    return "\n".join([head, *rows])


def _counted(found: Items) -> str:
    """`5 of 12 found by words`, or, where meaning added some, `1 found by words, 7 more by meaning`."""
    more = sum(1 for hit in found.hits if hit.by == "meaning")
    by_words = len(found.hits) - more
    if more and not by_words:
        return f"{more:,} found by meaning"
    shown = f"{by_words:,} of {found.total:,}" if by_words < found.total else f"{found.total:,}"
    return f"{shown} found by words" + (f", {more:,} more by meaning" if more else "")


def _answer(found: Items, currency: str, now: int) -> list[str]:
    """What was understood, what has to be said about it, then the rows: those stated to fit first."""
    stated = [hit for hit in found.hits if not hit.note]
    unknown = [hit for hit in found.hits if hit.note]
    shown = f"{len(found.hits):,} of {found.total:,}" if found.total > len(found.hits) else f"{found.total:,}"
    lines = [f"{' · '.join(found.understood)}: {shown} found"] if found.understood and found.hits else []
    lines += [found.remark] if found.remark else []
    lines += [_item_row(hit, currency, now) for hit in stated]
    if unknown and stated:
        lines.append(NOT_STATED)
    return lines + [_item_row(hit, currency, now) for hit in unknown]


def _item_row(hit: ItemHit, currency: str, now: int) -> str:
    item = hit.item
    row = f"{item.sku:<12} {item.name:<40.40} {money(item.price_minor, currency):>10}  {stock_words(item, now)}"
    return f"{row}  ({hit.note})" if hit.note else row


def stock_words(item: Item, now: int) -> str:
    """`3 here, shelf B2, counted today 06:00`, `out of stock …` or `not counted`."""
    if item.on_hand is None:
        return "not counted"
    words = f"{item.on_hand} here" if item.on_hand > 0 else "out of stock"
    if item.shelf:
        words += f", {item.shelf}"
    if item.counted_at is not None:
        same_day = item.counted_at // 86_400 == now // 86_400
        words += f", counted {'today ' + clock_time(item.counted_at) if same_day else date(item.counted_at)}"
    return words
