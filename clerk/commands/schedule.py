"""`clerk schedule systemd|cron|windows`: files for a timer that runs the night, and how to install and remove them."""

from __future__ import annotations

import argparse
import getpass
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clerk import report
from clerk.errors import DiskFailed, SettingsError
from clerk.nights.schedule import Scheduled, schedule
from clerk.report import Exit
from clerk.settings import load


def run(options: argparse.Namespace) -> Exit:
    """Runs the command: prints the files, or writes them with `--out`. Installs nothing by itself."""
    home = options.home.expanduser().absolute()
    also = [folder for place in _places(home) if (folder := local_folder(place))]
    made = schedule(options.system, options.time, program(), str(home), user=_user(), also=also)
    written = _written(made, options.out, dry_run=options.dry_run) if options.out is not None else []
    document = {
        "system": made.system,
        "files": dict(made.files),
        "written": written,
        "dry_run": options.dry_run,
        "install": made.install,
        "remove": made.remove,
    }
    report.data(document, as_json=options.json, text="\n".join(_text(made, options.out, written, options.dry_run)))
    return Exit.OK


def program() -> tuple[str, ...]:
    """What runs Clerk without anybody's PATH: the installed `clerk`, else this Python with `-m clerk`."""
    python = Path(sys.executable)
    beside = shutil.which("clerk", path=str(python.parent))
    found = beside or shutil.which("clerk")
    return (str(Path(found).absolute()),) if found else (str(python.absolute()), "-m", "clerk")


def local_folder(place: str) -> str:
    """The folder of a place on this machine; empty where it is none."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return unquote(parts.path)
    return place if place.startswith("/") else ""


def _places(home: Path) -> tuple[str, ...]:
    exchange = load(home).exchange
    return exchange.place, exchange.archive


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _written(made: Scheduled, folder: Path, *, dry_run: bool) -> list[str]:
    """Writes the files; a task for Windows in the encoding that its scheduler reads."""
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder.name} is no folder.", "Name a folder for --out.")
    names = [str(folder / name) for name, _ in made.files]
    if not dry_run:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in made.files:
                (folder / name).write_text(text, encoding="utf-16" if name.endswith(".xml") else "utf-8", newline="\n")
        except OSError as error:
            raise DiskFailed(f"The files cannot be written ({error.strerror}).", "Name another folder.") from error
    return names


def _text(made: Scheduled, out: Path | None, written: list[str], dry_run: bool) -> list[str]:
    lines: list[str] = []
    if out is None:
        for name, text in made.files:
            lines += [f"# {name}", *text.splitlines(), ""]
        lines.append("to install, write these files with `--out DIR`, then in that folder:")
    else:
        lines += [f"{'would write' if dry_run else 'wrote'} {name}" for name in written]
        lines.append(f"to install, in {out}:")
    lines += [f"  {command}" for command in made.install]
    return [*lines, "to remove:", *(f"  {command}" for command in made.remove)]
