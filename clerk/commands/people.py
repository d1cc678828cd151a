"""`clerk people` and `clerk audit`: who works here and may sign in, and who opened whom and changed what.

Whoever may run these commands on this machine may read its files anyway, so they ask for no PIN: they act as a manager,
and their events say `command`.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping
from pathlib import Path

from clerk import report
from clerk.clock import Clock
from clerk.commands.opening import chosen_clock, open_desk
from clerk.errors import ClerkError, PinRefused, SettingsError
from clerk.model import Acting, Associate, AuditLine, EventKind, StaffRole
from clerk.people import People
from clerk.people.pins import checked
from clerk.phrases import clock_time, date
from clerk.report import Exit

WAIT_S = 10.0
"""How long the audit event is waited for; the change itself is on the disk by then."""

_PIN_LINE = 64
"""Characters of stdin that are read as a PIN; a longer line is none."""


def run(options: argparse.Namespace) -> Exit:
    if options.command == "audit":
        return _audit(options)
    clock = chosen_clock(options)
    people = People.open(options.home, clock)
    if options.action == "list":
        return _list(people, options, clock)
    if not options.name.strip():
        raise SettingsError(f"`clerk people {options.action}` needs a name.", "Name the associate.")
    does = {"add": _add, "pin": _pin, "role": _role, "unlock": _unlock, "remove": _remove}[options.action]
    name, done, event = does(people, options)
    if options.dry_run:
        report.data({"would": options.action, "name": name}, as_json=options.json, text=f"would: {done}")
        return Exit.OK
    kept_for_audit(options.home, clock, {"what": event, "associate": name})
    now = next((one for one in people.everybody() if one.name == name), None)
    report.data({"done": options.action, "name": name, "associate": now}, as_json=options.json, text=done)
    return Exit.OK


def _list(people: People, options: argparse.Namespace, clock: Clock) -> Exit:
    found = people.everybody()
    document = {"people": found, "sign_in": people.must_sign_in}
    if not found:
        text = "nobody yet; counters ask nobody to sign in. `clerk people add NAME` enters the first, as manager."
        report.data(document, as_json=options.json, text=text)
        return Exit.NOTHING_FOUND
    rows = [_row(one, clock.now()) for one in found]
    asks = "counters ask for a PIN" if people.must_sign_in else "settings.toml: counters ask nobody to sign in"
    report.data(document, as_json=options.json, text="\n".join([*rows, asks]))
    return Exit.OK


def _row(one: Associate, now: int) -> str:
    state = ""
    if one.locked_until > now:
        state = f"  locked until {date(one.locked_until)} {clock_time(one.locked_until)}"
    elif one.wrong:
        state = f"  {one.wrong} wrong in a row"
    state += "  no new tablet takes this PIN: `clerk people unlock`" if one.new_tablets_shut else ""
    return f"{one.name:<24} {one.role.value:<10} since {date(one.created)}{state}"


def _add(people: People, options: argparse.Namespace) -> tuple[str, str, str]:
    name = people.free_name(options.name)
    first = not people.everybody()
    role = StaffRole.MANAGER if first else StaffRole(options.role)
    if not options.dry_run:
        role = people.add(name, _new_pin(name), role).role
    why = "; the first one always is" if first else ""
    return name, f"{name} can sign in as {role.value}{why}", f"added as {role.value}"


def _pin(people: People, options: argparse.Namespace) -> tuple[str, str, str]:
    name = people.find(options.name).name
    if not options.dry_run:
        people.set_pin(name, _new_pin(name))
    return name, f"{name} has a new PIN and is not locked out", "PIN set"


def _role(people: People, options: argparse.Namespace) -> tuple[str, str, str]:
    name, role = people.find(options.name).name, StaffRole(options.role)
    if not options.dry_run:
        people.set_role(name, role)
    elif role is not StaffRole.MANAGER:
        people.check_removable(name)
    return name, f"{name} is {role.value} now", f"made {role.value}"


def _unlock(people: People, options: argparse.Namespace) -> tuple[str, str, str]:
    name = people.find(options.name).name
    if not options.dry_run:
        people.unlock(name)
    return name, f"{name} may try again", "unlocked"


def _remove(people: People, options: argparse.Namespace) -> tuple[str, str, str]:
    name = people.find(options.name).name
    people.check_removable(name)
    if not options.dry_run:
        people.remove(name)
    return name, f"{name} cannot sign in any more; what {name} wrote down stays with the shop", "removed"


def _new_pin(name: str) -> str:
    """A PIN from the terminal, twice and without echo, or the first line of stdin; never from the command line.

    Raises:
        PinRefused: none came, the two differ, or it is too easy.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline(_PIN_LINE).strip()
        if not line:
            raise PinRefused("No PIN came.", "Type it at a terminal, or send it on stdin.")
        return checked(line)
    pin = checked(getpass.getpass(f"PIN for {name} (4 to 8 digits, not shown): ").strip())
    if getpass.getpass("The same again: ").strip() != pin:
        raise PinRefused("The two PINs differ.", "Nothing was changed; run it again.")
    return pin


def kept_for_audit(home: Path, clock: Clock, payload: Mapping[str, object], actor: str = "command") -> None:
    """Writes what happened about associates into the journal; one that cannot be written stops nobody.

    Args:
        home: the data folder.
        clock: now.
        payload: of an event of kind SIGN.
        actor: who did it.
    """
    from clerk.journal import Journal

    try:
        with Journal.open(home, clock, acting=Acting(actor)) as journal:
            journal.append(EventKind.SIGN, "", payload).result(WAIT_S)
    except (ClerkError, TimeoutError) as error:
        report.say(report.not_kept("done", error))


def _audit(options: argparse.Namespace) -> Exit:
    if options.limit < 1:
        raise SettingsError(f"--limit is {options.limit}.", "It has to be 1 or more.")
    desk = open_desk(options)
    try:
        member_id = options.member.strip()
        if member_id:
            meant = desk.finding.who(member_id)
            # Somebody who was forgotten is still asked about by the id that stands in a receipt.
            member_id = meant if isinstance(meant, str) else member_id
        found = desk.audit.lines(member_id=member_id, associate=options.associate.strip(), limit=options.limit)
    finally:
        desk.close()
    text = "\n".join(audit_row(one) for one in found) or "nothing on record"
    report.data({"audit": found}, as_json=options.json, text=text)
    return Exit.OK if found else Exit.NOTHING_FOUND


def audit_row(one: AuditLine) -> str:
    """`22 Nov 2026 10:12  Noor  M-0001  looked at contact details`; what a night brought says so."""
    where = "" if one.here else "  (another counter)"
    return (
        f"{date(one.at)} {clock_time(one.at)}  {one.actor:<16}  {one.member_id or '-':<12}  {one.words}{where}".rstrip()
    )
