"""A timer that runs `clerk nightly`: files for systemd, a line for cron, a task for Windows. Pure text.

Paths may hold blanks, quotes, percent signs and other letters that each of the three reads in its own way; here they
are escaped for each. A path with a line break or another control character is refused: no escape is safe for it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from clerk.errors import SettingsError

NAME = "clerk-nightly"
"""Of the unit, the task and the files."""
LATER_S = 600
"""Shops do not all begin in the same second: a location that many write to is not stormed."""
LONGEST_S = 6 * 3600
"""A night that runs longer is stopped; the next one goes on where it was."""

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What to install, and how."""

    system: str
    files: tuple[tuple[str, str], ...]
    """Name and content."""
    install: tuple[str, ...]
    """Commands, in order, run where the files lie."""
    remove: tuple[str, ...]


def schedule(
    system: str, time: str, program: Sequence[str], home: str, *, user: str = "", also: Sequence[str] = ()
) -> Scheduled:
    """The timer for one system.

    Args:
        system: `systemd`, `cron` or `windows`.
        time: local time, `03:30`.
        program: what runs Clerk, absolute: `/usr/local/bin/clerk`, or a Python with `-m clerk`.
        home: the data folder, absolute.
        user: whose night it is; systemd starts it as this user.
        also: folders outside the data folder that a night writes to; they may be absent.

    Raises:
        SettingsError: the time is none, or a path cannot be written safely.
    """
    found = _TIME.fullmatch(time.strip())
    if found is None:
        raise SettingsError(f"{time!r} is no time of day.", "Write it as 03:30.")
    command = (*program, "nightly", "--home", home, "--quiet")
    if not all(part.isprintable() for part in (*command, user, *also)):
        raise SettingsError("A path holds a line break or a control character.", "Move the data folder.")
    hour, minute = int(found[1]), int(found[2])
    if system == "systemd":
        return _systemd(hour, minute, command, user, (home, *(f"-{folder}" for folder in also)))
    return _cron(hour, minute, command) if system == "cron" else _windows(hour, minute, command)


def _systemd(hour: int, minute: int, command: Sequence[str], user: str, writes: Sequence[str]) -> Scheduled:
    if set(command[0]) & set("\"'\\"):
        raise SettingsError("Clerk lies in a folder whose name holds a quote.", "systemd starts no program there.")
    # The colon keeps `$` from being replaced; it belongs to the first word, so it stands inside its quotes.
    line = " ".join([_unit_word(":" + command[0]), *(_unit_word(part) for part in command[1:])])
    in_tmp = any(folder.startswith(("/tmp", "/var/tmp")) for folder in (*command, *writes))
    service = f"""[Unit]
Description=Clerk: the shop's exports in, the day's answers out
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{f"User={user}" if user else "# User="}
ExecStart={line}
Nice=10
IOSchedulingClass=idle
TimeoutStartSec={LONGEST_S}
UMask=0077
NoNewPrivileges=true
PrivateTmp={"false" if in_tmp else "true"}
ProtectSystem=strict
{"".join(f"ReadWritePaths={_unit_word(folder)}{chr(10)}" for folder in writes)}ProtectKernelTunables=true
ProtectKernelModules=true
ProtectControlGroups=true
RestrictSUIDSGID=true
LockPersonality=true
"""
    timer = f"""[Unit]
Description=Clerk, every night

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
Persistent=true
RandomizedDelaySec={LATER_S}
Unit={NAME}.service

[Install]
WantedBy=timers.target
"""
    units = "/etc/systemd/system"
    return Scheduled(
        "systemd",
        ((f"{NAME}.service", service), (f"{NAME}.timer", timer)),
        (
            f"sudo cp {NAME}.service {NAME}.timer {units}/",
            "sudo systemctl daemon-reload",
            f"sudo systemctl enable --now {NAME}.timer",
        ),
        (
            f"sudo systemctl disable --now {NAME}.timer",
            f"sudo rm {units}/{NAME}.service {units}/{NAME}.timer",
            "sudo systemctl daemon-reload",
        ),
    )


def _cron(hour: int, minute: int, command: Sequence[str]) -> Scheduled:
    if any("\\" in part for part in command):
        # Before a percent sign some crons take it away and some do not.
        raise SettingsError("A path holds a backslash, which crons read differently.", "Use systemd, or rename it.")
    # A cron ends a command at a percent sign, quoted or not, unless a backslash stands before it.
    words = " ".join(shlex.quote(part) for part in command).replace("%", "\\%")
    line = f"{minute} {hour} * * * nice -n 10 {words} >/dev/null # {NAME}\n"
    others = f"crontab -l 2>/dev/null | grep -v '# {NAME}$'"
    return Scheduled(
        "cron", ((f"{NAME}.cron", line),), (f"( {others} ; cat {NAME}.cron ) | crontab -",), (f"{others} | crontab -",)
    )


def _windows(hour: int, minute: int, command: Sequence[str]) -> Scheduled:
    first, *rest = command
    arguments = " ".join(_windows_word(part) for part in rest)
    text = f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Clerk: the shop's exports in, the day's answers out</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{hour:02}:{minute:02}:00</StartBoundary>
      <Enabled>true</Enabled>
      <RandomDelay>PT{LATER_S // 60}M</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <WakeToRun>true</WakeToRun>
    <ExecutionTimeLimit>PT{LONGEST_S // 3600}H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(first)}</Command>
      <Arguments>{escape(arguments)}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
    return Scheduled(
        "windows",
        ((f"{NAME}.xml", text),),
        (f"schtasks /Create /TN {NAME} /XML {NAME}.xml",),
        (f"schtasks /Delete /TN {NAME} /F",),
    )


def _plain(path: str) -> bool:
    """Whether it holds nothing that could be read in another way."""
    return bool(re.fullmatch(r"[\w/.:+%-]+", path, re.ASCII))


def _unit_word(text: str) -> str:
    """One word of a systemd unit: specifiers doubled; quoted where more than plain letters stand in it."""
    text = text.replace("%", "%%")
    if _plain(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _windows_word(text: str) -> str:
    """One argument as Windows programs take a line apart: backslashes count double before a quote."""
    if text and not re.search(r'[\s"]', text):
        return text
    doubled = re.sub(r'(\\*)"', r'\1\1\\"', text)
    return '"' + re.sub(r"(\\+)$", r"\1\1", doubled) + '"'
