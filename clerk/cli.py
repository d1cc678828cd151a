"""The `clerk` command: parses, calls, and turns errors into codes.

Nothing heavy is imported here; each command's module is imported when it is chosen, so `--help` is instant.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from clerk import __version__, crash, report
from clerk.errors import ClerkError, DiskFailed, DiskFull
from clerk.home import SHOPS, default_home, for_owner_alone
from clerk.model.events import AnswerKind, LineMark
from clerk.model.members import Purpose
from clerk.report import Exit

_MEMBER = "id of the member, as `clerk find` prints it"
_SKU = "the shop's id of the item, as `clerk find --items` prints it"


def parser() -> argparse.ArgumentParser:
    """The whole command line: every command, argument and option."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, metavar="DIR", help="data folder (default: CLERK_HOME, else the checkout)")
    common.add_argument("--at", metavar="TIME", help="pretend it is this time: 2017-12-15 or 2017-12-15T08:30")
    common.add_argument("--json", action="store_true", help="one JSON document on stdout")
    writes = argparse.ArgumentParser(add_help=False)
    writes.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")

    root = argparse.ArgumentParser(prog="clerk", description="The barista's memory for any shop. Offline.")
    root.add_argument("--version", action="version", version=f"clerk {__version__}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, module: str, help_: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_, parents=[common, *parents])
        made.set_defaults(module=module)
        return made

    opened = add("open", "counter", "open the counter")
    demo = add("demo", "counter", "build a built-in shop if need be and open its counter")
    for screen in (opened, demo):
        screen.add_argument("--touch", action="store_true", help="large buttons for fingers")
    demo.add_argument("--shop", choices=SHOPS, default="sample", help="which shop (default sample)")

    show = add("show", "member", "show a member's screen as text")
    show.add_argument("who", metavar="CODE|MEMBER", help="code of a card, or id of a member")
    show.add_argument("--lines", action="store_true", help="also the latest lines with their references")
    find = add("find", "find", "find members, or items with --items")
    find.add_argument("text", metavar="TEXT", nargs="?", help="parts of a name, phone, id; or words for an item")
    find.add_argument("--items", action="store_true", help="search items by words and meaning")
    find.add_argument("--here", action="store_true", help="only items that are in stock here")
    find.add_argument("--limit", type=int, default=10, metavar="N", help="how many rows (default 10)")
    find.add_argument("--batch", type=Path, metavar="FILE", help="one query a line; answers as JSON lines")
    why = add("why", "member", "why an item is, or is not, suggested to a member")
    why.add_argument("who", metavar="MEMBER", help=_MEMBER)
    why.add_argument("sku", metavar="SKU", help=_SKU)

    answer = add("answer", "member", "record what the member said to an item", writes)
    answer.add_argument("who", metavar="MEMBER", help=_MEMBER)
    answer.add_argument("sku", metavar="SKU", help=_SKU)
    answer.add_argument("answer", choices=[kind.value for kind in AnswerKind], help="what the member said")
    answer.add_argument("--category", action="store_true", help="with never: the item's whole category")
    mark = add("mark", "member", "mark a past line item as gift, mistake or for someone else", writes)
    mark.add_argument("who", metavar="MEMBER", help=_MEMBER)
    mark.add_argument("line", metavar="LINE", help="line reference BASKET:LINE_NO, as `clerk show --lines` prints it")
    mark.add_argument(
        "mark", choices=[kind.value for kind in LineMark], help="what the purchase was; other is for someone else"
    )
    strike = add("strike", "statements", "do not use this: strike out a line, an item, a category or a period", writes)
    strike.add_argument("who", metavar="MEMBER", help=_MEMBER)
    struck = strike.add_mutually_exclusive_group(required=True)
    struck.add_argument("--line", metavar="LINE", default="", help="one past line item, BASKET:LINE_NO")
    struck.add_argument("--item", metavar="SKU", default="", help="every purchase of an item")
    struck.add_argument("--category", metavar="PATH", default="", help="every purchase in or below a category")
    struck.add_argument("--since", metavar="DATE", default="", help="everything from this day on")
    strike.add_argument("--until", metavar="DATE", default="", help="with --since: the last day (default: the same)")
    state = add("state", "statements", "record an allergen, a dislike or a note that the member states", writes)
    state.add_argument("who", metavar="MEMBER", help=_MEMBER)
    state.add_argument("fact", choices=["allergen", "dislike", "note"], help="what is stated")
    state.add_argument("text", metavar="TEXT", help="in a few words; never a payment card number")
    consent = add("consent", "statements", "record what the member agrees to, or no longer agrees to", writes)
    consent.add_argument("who", metavar="MEMBER", help=_MEMBER)
    consent.add_argument(
        "purpose", choices=[purpose.value for purpose in Purpose], help="what the data may be used for"
    )
    consent.add_argument("state", choices=["given", "withdrawn"], help="yes, or no longer")
    said = add("statements", "statements", "everything the member said here that still counts")
    said.add_argument("who", metavar="MEMBER", help=_MEMBER)
    undo = add("undo", "member", "take back the member's last answer, mark, strike or statement", writes)
    undo.add_argument("who", metavar="MEMBER", help=_MEMBER)
    undo.add_argument("--event", metavar="ID", default="", help="this one instead, as `clerk statements` prints it")

    forecast = add("forecast", "outlook", "who is likely on a day and for what, or what given visits will take")
    when = forecast.add_mutually_exclusive_group()
    when.add_argument("--date", metavar="DAY", help="the day, as 2017-12-15 (default: tomorrow)")
    when.add_argument("--visits", type=Path, metavar="FILE", help="CSV or Parquet with member_id, at: a row a visit")
    forecast.add_argument("--top", type=int, default=10, metavar="N", help="items a member (default 10)")
    forecast.add_argument("--out", type=Path, metavar="FILE", help="customer_id, rank, item_id, p as .csv or .parquet")

    prep = add("prep", "outlook", "what to have ready on a day: expected quantities, how sure, against stock")
    prep.add_argument("--date", metavar="DAY", help="the day, as 2017-12-15 (default: tomorrow)")

    scorecard = add("scorecard", "outlook", "how well the shop does by its members in the long run, week by week")
    scorecard.add_argument("--weeks", type=int, metavar="N", help="how many weeks to look back on (default 12)")

    build = add("build", "build", "build a pack from canonical tables and install it", writes)
    source = build.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="source", type=Path, metavar="DIR", help="folder of canonical CSV or Parquet")
    source.add_argument("--shop", choices=SHOPS, help="a built-in shop")
    build.add_argument("--no-meaning", action="store_true", help="search by words only: embed nothing")
    pack = add("pack", "pack", "list, verify or roll back installed packs", writes)
    pack.add_argument(
        "action", choices=["list", "verify", "rollback"], help="rollback goes back to the pack that was in use before"
    )
    _nights(add, writes)
    _people(add, writes)
    add("check", "check", "check the data folder: pack, journal, encoder, disk, settings")
    return root


def _nights(add: Callable[..., argparse.ArgumentParser], writes: argparse.ArgumentParser) -> None:
    """The commands of the night: the shop's exports in, the day's answers out."""
    nightly = add("nightly", "nightly", "the whole night: inbox to installed pack, events and packs exchanged", writes)
    nightly.add_argument(
        "--inbox", type=Path, metavar="DIR", help="where the exports lie (default: inbox/ below --home)"
    )
    nightly.add_argument("--now", action="store_true", help="take every file as complete, without a quiet period")
    nightly.add_argument("--no-meaning", action="store_true", help="search by words only: embed nothing")
    nightly.add_argument(
        "--quiet", action="store_true", help="no progress, and on stderr only the report of a night that failed"
    )
    nightly.add_argument(
        "--events-are-lost", action="store_true", help="make store data without events that the ledger lost for good"
    )
    add("nights", "nights", "last night, tonight, quarantine, devices, unsent events, free space")
    template = add("template", "template", "write an empty canonical folder with a commented example", writes)
    template.add_argument("folder", type=Path, metavar="DIR", help="where to; files that are there stay as they are")
    mapping = add("mapping", "mapping", "a mapping.toml for another till's file: try it, or have one suggested")
    mapping.add_argument(
        "action", choices=["try", "suggest"], help="try shows what would become of the file; suggest proposes a mapping"
    )
    mapping.add_argument("file", type=Path, metavar="FILE", help="the file as the till exported it")
    mapping.add_argument("--out", type=Path, metavar="FILE", help="with suggest: write it there (default: print it)")
    pull = add("pull", "pull", "fetch what is new from the shop's own system into the inbox, where settings permit it")
    pull.add_argument("system", choices=["shopify", "square"], help="which system")
    pull.add_argument("--set-token", action="store_true", help="ask for the token and keep it in this system's keyring")
    schedule = add("schedule", "schedule", "a timer that runs `clerk nightly`: systemd, cron or Windows", writes)
    schedule.add_argument("system", choices=["systemd", "cron", "windows"], help="what starts it")
    schedule.add_argument("--time", default="03:30", metavar="HH:MM", help="when, local time (default 03:30)")
    schedule.add_argument("--out", type=Path, metavar="DIR", help="write the files there (default: print them)")

    office = add("office", "office", "head office: keys, devices, ledger", writes)
    office.add_argument(
        "action",
        choices=["init", "devices", "accept", "remove", "renew", "restore"],
        help="make keys; list, accept, remove devices; sign a new root of trust; restore the ledger from the archive",
    )
    office.add_argument("device", nargs="?", default="", metavar="DEVICE", help="with accept, remove: its name or id")
    office.add_argument("--out", type=Path, metavar="FILE", help="with init: the file that devices are enrolled with")
    office.add_argument("--store", default="", metavar="ID", help="only this store, where the office has several")
    office.add_argument("--root", type=Path, metavar="FILE", help="with renew: the root key, wherever it is kept")
    office.add_argument(
        "--shows", default="", metavar="FINGERPRINT", help="with accept: only the device that shows this itself"
    )
    office.add_argument("--new-keys", action="store_true", help="with renew: also replace the release keys")
    enrol = add("enrol", "enrol", "make this machine a device of a head office", writes)
    enrol.add_argument("office", type=Path, metavar="FILE", help="the file that `clerk office init` wrote")
    enrol.add_argument("--place", required=True, metavar="URL", help="folder, file://, s3:// or sftp://")
    enrol.add_argument(
        "--store", required=True, metavar="ID", help="id of this device's store, the same as at the office"
    )
    enrol.add_argument("--name", default="", metavar="NAME", help="what people call this device")
    publish = add("publish", "exchange", "office: publish the installed pack for its devices", writes)
    publish.add_argument("--clock-is-right", action="store_true", help="somebody looked: months have passed indeed")
    add("collect", "exchange", "office: take the devices' events into the ledger", writes)
    add("fetch", "exchange", "device: install the newest published pack", writes)
    add("push", "exchange", "device: send the events that head office has not acknowledged", writes)


def _people(add: Callable[..., argparse.ArgumentParser], writes: argparse.ArgumentParser) -> None:
    """Cards, kiosk, tablets, people and privacy."""
    cards = add("cards", "cards", "issue, revoke and replace cards, print them, set up the scanner", writes)
    cards.add_argument(
        "action",
        choices=["issue", "revoke", "replace", "list", "sheet", "test"],
        help="hand out, block, replace, list or print cards; or see whether the scanner is set up right",
    )
    cards.add_argument(
        "who", nargs="*", metavar="MEMBER|CODE", help="members to issue or print for, or a code to revoke"
    )
    cards.add_argument("--count", type=int, default=0, metavar="N", help="blank cards that are handed out later")
    cards.add_argument("--out", type=Path, metavar="FILE", help=".pdf, .png, .svg, .json (wallets) or a folder")
    cards.add_argument("--form", choices=["cards", "stickers"], default="cards", help="of a printed sheet")
    cards.add_argument("--paper", choices=["a4", "letter"], default="a4", help="of a printed sheet")
    cards.add_argument("--given-name", action="store_true", help="print the member's given name (default: nothing)")
    cards.add_argument("--font", type=Path, metavar="FILE", help="TrueType font for names beyond Western Europe")
    cards.add_argument("--new", action="store_true", help="with issue: another card, also for who has one")
    cards.add_argument(
        "--card", default="", metavar="CODE", help="with issue, replace: a blank card that is handed out"
    )
    join = add("join", "join", "enrol a member at this counter; every device knows them after the next night", writes)
    join.add_argument("name", metavar="NAME", help="given name and family name")
    join.add_argument("--phone", default="", metavar="NUMBER", help="the member's phone")
    join.add_argument("--email", default="", metavar="ADDRESS", help="the member's e-mail")
    join.add_argument(
        "--card", default="", metavar="CODE", help="a blank card that is handed out (default: a new code)"
    )
    join.add_argument("--anyway", action="store_true", help="also where somebody of this name and phone is here")
    kiosk = add("kiosk", "kiosk", "the member's own screen, with no way out of it", writes)
    kiosk.add_argument(
        "--confirmed",
        default="",
        metavar="MEMBER",
        help="instead: this member is who they say, so the kiosk opens for them again after too many wrong tries",
    )
    kiosk.add_argument(
        "--print-unit",
        nargs="?",
        const="console",
        choices=["console", "touch"],
        help="print the service that keeps the kiosk on a screen of its own, instead of opening it",
    )
    serve = add("serve", "serve", "the same screens for tablets on the shop's own network")
    serve.add_argument("--host", default="", metavar="ADDRESS", help="default: [serve] of settings.toml")
    serve.add_argument("--port", type=int, default=0, metavar="N", help="default: [serve] of settings.toml")

    people = add("people", "people", "associates and managers: add, change a PIN or role, unlock, remove", writes)
    people.add_argument("action", choices=["list", "add", "pin", "role", "unlock", "remove"], help="what to do")
    people.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="the associate's name; the first one is the manager"
    )
    people.add_argument(
        "--role", choices=["associate", "manager"], default="associate", help="with add, role (default associate)"
    )
    audit = add("audit", "people", "who opened whom and changed what, newest first")
    audit.add_argument("--member", default="", metavar="MEMBER", help="only this member")
    audit.add_argument("--associate", default="", metavar="NAME", help="only this associate")
    audit.add_argument("--limit", type=int, default=50, metavar="N", help="how many rows (default 50)")

    add("duplicates", "duplicates", "members who may be one person twice, cards of two, one id in two spellings")
    for name, what in (
        ("merge", "take two member ids for one person: one card shows both, both cards open it"),
        ("apart", "keep two member ids apart: two persons, not listed again"),
    ):
        pair = add(name, "duplicates", what, writes)
        pair.add_argument("one", metavar="MEMBER", help=_MEMBER)
        pair.add_argument("other", metavar="OTHER", help="id of the other member")
    unmerge = add("unmerge", "duplicates", "take back that a member is one person with another", writes)
    unmerge.add_argument("who", metavar="MEMBER", help=_MEMBER)

    export = add("export", "privacy", "everything held about a member, readable and machine-readable")
    export.add_argument("who", metavar="MEMBER", help=_MEMBER)
    export.add_argument("--out", type=Path, metavar="DIR", help="folder for the files (default: print the text)")
    forget = add("forget", "privacy", "forget a member, or a part of what is held", writes)
    forget.add_argument("who", metavar="MEMBER", nargs="?", default="", help=_MEMBER)
    part = forget.add_mutually_exclusive_group()
    part.add_argument("--notes", action="store_true", help="only notes and statements")
    part.add_argument("--purchases", action="store_true", help="only purchases")
    part.add_argument("--contact", action="store_true", help="only name, phone and e-mail")
    part.add_argument("--expired", action="store_true", help="everybody whose last visit is older than is kept")
    who = add("interest", "privacy", "interest list of an item: who would want it and agreed to be contacted")
    who.add_argument("sku", metavar="SKU", help=_SKU)
    who.add_argument("--limit", type=int, default=50, metavar="N", help="how many members (default 50)")
    key = add("key", "key", "encryption of journal and packs: status, set, change, remove", writes)
    key.add_argument("action", choices=["status", "set", "change", "remove"], help="what to do")
    key.add_argument("--to", default="", metavar="SOURCE", help="file:PATH, env:NAME, systemd:NAME or keyring")


_NO_SPACE = 28
"""errno ENOSPC."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code (see `report.Exit`); what it writes is its owner's alone."""
    with for_owner_alone():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    # Nothing may be fetched at run time, whatever a library would like.
    os.environ["HF_HUB_OFFLINE"] = "1"
    # Products of a visit are small: a second thread only waits for a core, and beside a busy one it costs 10 ms a scan.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _never_tear()
    options = parser().parse_args(arguments)
    if options.home is None:
        options.home = default_home(getattr(options, "shop", None) or "sample")
    crash.keep_in(options.home, hooks=arguments is None)
    try:
        module = importlib.import_module(f"clerk.commands.{options.module}")
        return int(module.run(options))
    except ClerkError as error:
        return report.failed(error, as_json=options.json)
    except KeyboardInterrupt:
        report.say("stopped.")
        return Exit.STOPPED
    except BrokenPipeError:
        # The reader of our output went away (`clerk find … | head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return Exit.OK
    except OSError as error:
        return report.failed(_of_the_disk(error), as_json=options.json)
    except Exception as error:
        # Python's own traceback prints what the error says, and that may be a member's name.
        report.say(crash.command_text(error))
        return Exit.STORE_DATA


def _never_tear() -> None:
    """A terminal that cannot write a letter gets a question mark, and the command goes on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _of_the_disk(error: OSError) -> ClerkError:
    """What the operating system refused, in words of our own."""
    if error.errno == _NO_SPACE:
        return DiskFull("The disk is full.", "Free some space and run it again.")
    named = f" of {os.path.basename(str(error.filename))}" if error.filename else ""
    why = error.strerror or type(error).__name__
    return DiskFailed(f"Reading or writing{named} failed ({why}).", "Check the path, its permissions and the disk.")
