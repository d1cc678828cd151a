"""`clerk kiosk`: the member's own screen on this terminal; with `--print-unit`, the service that keeps it there.

With `--confirmed`, an associate says that a member is who they say: the kiosk opens for them again.

The service is a systemd unit and what closes the ways around it. `console` runs on a virtual terminal of Linux;
`touch` runs in the terminal `foot` under the compositor `cage`, which turns touches into taps. Both start again
whatever ends them, as a user without a shell or a network.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clerk import report
from clerk.clock import FixedClock, parse_at
from clerk.errors import SettingsError
from clerk.report import Exit

if TYPE_CHECKING:
    from clerk.desk.kiosk.session import KioskDesk

NAME = "clerk-kiosk"
"""Of the unit, of its user and of the files."""
TERMINAL = 7
"""The virtual terminal: one on which no login is offered."""

_PLAIN = re.compile(r"[\w./@+: -]+")
_LOCK, _UNLOCK = "0x560B", "0x560C"
"""ioctl VT_LOCKSWITCH and VT_UNLOCKSWITCH of Linux."""

_SYSCTL = "# No magic SysRq keys, no restart from the keyboard.\nkernel.sysrq = 0\nkernel.ctrl-alt-del = 0\n"
_LOGIND = "# No login on any virtual terminal; the power key is the shop's.\n[Login]\nNAutoVTs=0\nReserveVT=0\n"
_FOOT_KEYS = (
    "scrollback-up-page", "scrollback-down-page", "clipboard-copy", "clipboard-paste", "primary-paste", "search-start",
    "font-increase", "font-decrease", "font-reset", "spawn-terminal", "show-urls-launch", "prompt-prev", "prompt-next",
    "unicode-input",
)  # fmt: skip
_FOOT_MOUSE = (
    "scrollback-up-mouse", "scrollback-down-mouse", "select-begin", "select-begin-block", "select-extend",
    "select-extend-character-wise", "select-word", "select-word-whitespace", "select-row", "primary-paste",
    "font-increase", "font-decrease",
)  # fmt: skip


def unit_files(form: str, program: Sequence[str], python: str, home: str) -> tuple[tuple[str, str], ...]:
    """Path and content of every file of the service.

    Args:
        form: `console` or `touch`.
        program: what runs Clerk, absolute.
        python: an interpreter, absolute; it locks the virtual terminal.
        home: the data folder, absolute.

    Raises:
        SettingsError: a path holds a letter that a unit reads in a way of its own.
    """
    for part in (*program, python, home):
        if not _PLAIN.fullmatch(part):
            raise SettingsError("A path holds a letter that systemd does not take as it is.", "Move the data folder.")
    command = " ".join(f'"{part}"' for part in (*program, "kiosk", "--home", home))
    made = [(f"/etc/systemd/system/{NAME}.service", _service(form, command, python, home))]
    if form == "touch":
        made.append((f"/etc/{NAME}/foot.ini", _foot()))
    made += [(f"/etc/sysctl.d/60-{NAME}.conf", _SYSCTL), (f"/etc/systemd/logind.conf.d/60-{NAME}.conf", _LOGIND)]
    return tuple(made)


def unit_steps(home: str) -> tuple[str, ...]:
    """What is done once, in order, by whoever sets the machine up."""
    return (
        f"sudo useradd --system --shell /usr/sbin/nologin --groups tty,video,input {NAME}",
        f'sudo chown -R {NAME} "{home}"',
        "sudo systemctl mask ctrl-alt-del.target getty@tty1.service",
        "sudo sysctl --system",
        f"sudo systemctl daemon-reload && sudo systemctl enable --now {NAME}.service",
    )


def _service(form: str, command: str, python: str, home: str) -> str:
    tty = f"/dev/tty{TERMINAL}"
    if form == "touch":
        # cage switches no virtual terminal unless it is told to (-s), and ends with the one program it shows.
        run = f"/usr/bin/cage -d -- /usr/bin/foot --config=/etc/{NAME}/foot.ini --fullscreen {command}"
        session = "PAMName=login\nEnvironment=XDG_SESSION_TYPE=wayland"
    else:
        run, session = command, "Environment=TERM=linux"

    def switch(code: str) -> str:
        return f'"{python}" -c "import fcntl, os; fcntl.ioctl(os.open(\'{tty}\', os.O_RDWR | os.O_NOCTTY), {code}, 1)"'

    return f"""[Unit]
Description=Clerk, the member's own screen
After=systemd-user-sessions.service
Conflicts=getty@tty{TERMINAL}.service
StartLimitIntervalSec=0

[Service]
User={NAME}
ExecStartPre=+/usr/bin/chvt {TERMINAL}
ExecStartPre=+{switch(_LOCK)}
ExecStart={run}
ExecStopPost=+{switch(_UNLOCK)}
Restart=always
RestartSec=1
StandardInput=tty-fail
StandardOutput=tty
StandardError=tty
TTYPath={tty}
TTYReset=yes
TTYVHangup=yes
TTYVTDisallocate=yes
{session}
UMask=0077
NoNewPrivileges={"false" if form == "touch" else "true"}
PrivateNetwork=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths="{home}"
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectControlGroups=true
LockPersonality=true

[Install]
WantedBy=multi-user.target
"""


def _foot() -> str:
    """A terminal without a key, a scroll-back, a clipboard or a link of its own."""
    keys = "".join(f"{name}=none\n" for name in _FOOT_KEYS)
    mouse = "".join(f"{name}=none\n" for name in _FOOT_MOUSE)
    return (
        "font=monospace:size=22\n[scrollback]\nlines=0\n[security]\nosc52=disabled\n[bell]\nsystem=no\n"
        f"[key-bindings]\n{keys}[mouse-bindings]\n{mouse}"
    )


def run(options: argparse.Namespace) -> Exit:
    if options.print_unit:
        return _print_unit(options)
    if options.confirmed:
        return _confirm(options)
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        report.say("the kiosk needs a terminal of its own; `clerk kiosk --print-unit` prints a service for one.")
        return Exit.USAGE
    from clerk.ui.kiosk.launch import deaf, open_kiosk

    deaf()
    clock = FixedClock(parse_at(options.at)) if options.at else None

    def open_desk() -> KioskDesk:
        # After the first frame: this imports numpy and SQLite.
        from clerk.desk.kiosk.session import KioskDesk

        return KioskDesk.open(options.home, clock=clock)

    open_kiosk(open_desk, needed=["clerk.desk.kiosk.session"])
    return Exit.OK


def _confirm(options: argparse.Namespace) -> Exit:
    """Records that a member is who they say: the kiosk opens for them again."""
    from clerk.commands.member import member_of, write
    from clerk.commands.opening import open_desk

    desk = open_desk(options)
    try:
        record = desk.records.confirmed_at_counter(member_of(desk, options.confirmed))
        return write(desk, record, "the kiosk opens again for this member", options)
    finally:
        desk.close()


def _print_unit(options: argparse.Namespace) -> Exit:
    """Prints the files of the service and how to put them in place; installs nothing."""
    from clerk.commands.schedule import program

    home = str(options.home.expanduser().absolute())
    made, done = unit_files(options.print_unit, program(), sys.executable, home), unit_steps(home)
    lines = [line for path, text in made for line in (f"# {path}", *text.splitlines(), "")]
    text = "\n".join([*lines, "write these files, then:", *(f"  {step}" for step in done)])
    report.data({"form": options.print_unit, "files": dict(made), "steps": done}, as_json=options.json, text=text)
    return Exit.OK
